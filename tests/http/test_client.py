"""Requests as a connector makes them, against vendors faked at the library's edge."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr
from tests.http.lab import FakeClock, MakeHttp, answering, failing, ok

from syncline import __version__
from syncline.connector import Bucket
from syncline.errors import (
    AccessDenied,
    AuthError,
    ConfigError,
    InDoubt,
    Invalid,
    NotFound,
    ProtocolError,
    RateLimited,
    SynclineError,
    TransientError,
    VersionConflict,
)
from syncline.http import Basic, Limits, LocalPermits, Query, ReadOnly

BASE = "https://acme.example/jira"


@respx.mock
def test_a_request_carries_credentials_agent_and_encoding(make_http: MakeHttp) -> None:
    route = respx.get(f"{BASE}/rest/api/3/myself", params={"expand": "groups"}).respond(
        json={"accountId": "1"}
    )
    http = make_http(BASE, auth=Basic("ann", SecretStr("canary-1")))
    assert http.get_json("/rest/api/3/myself", params={"expand": "groups", "none": None}) == {
        "accountId": "1"
    }
    headers = route.calls.last.request.headers
    assert headers["authorization"] == "Basic YW5uOmNhbmFyeS0x"
    assert headers["user-agent"] == f"syncline/{__version__}"
    assert headers["accept-encoding"] == "gzip"
    assert headers["accept"] == "application/json"
    assert "cookie" not in headers
    assert http.base == BASE
    assert http.requests == 1


@respx.mock
def test_a_read_may_go_without_credentials(make_http: MakeHttp) -> None:
    route = respx.get("https://acme.example/_edge/tenant_info").respond(json={"cloudId": "c"})
    http = make_http(auth=Query({"token": SecretStr("canary-1")}))
    http.get_json("_edge/tenant_info", authenticated=False)
    assert "canary" not in str(route.calls.last.request.url)


@respx.mock
def test_query_credentials_join_the_connectors_parameters(make_http: MakeHttp) -> None:
    route = respx.get("https://acme.example/cards").respond(json=[])
    make_http(auth=Query({"token": SecretStr("canary 1&")})).get("cards?a=1", params={"b": ["2", "3"]})
    assert route.calls.last.request.url.params.multi_items() == [
        ("a", "1"),
        ("b", "2"),
        ("b", "3"),
        ("token", "canary 1&"),
    ]


@respx.mock
def test_a_whole_url_is_taken_at_any_of_the_origins_and_nowhere_else(make_http: MakeHttp) -> None:
    respx.get("https://gateway.example/ex/jira/1/myself").respond(json={})
    http = make_http("https://acme.example", "https://gateway.example")
    assert http.get("https://gateway.example/ex/jira/1/myself").status == 200
    for foreign in (
        "https://evil.example/x",
        "http://acme.example/x",
        "https://acme.example:8443/x",
        "https://acme.example@evil.example/x",
        "https://user:pass@acme.example/x",
        "HTTPS://EVIL.example/x",
    ):
        with pytest.raises(ProtocolError, match=r"leads from https://acme\.example"):
            http.get(foreign)
    assert http.requests == 1


@pytest.mark.parametrize(
    "origin",
    [
        "http://acme.example",
        "https://user:canary-1@acme.example",
        "https://acme.example?token=canary-1",
        "ftp://acme.example",
        "acme.example",
        "https://",
        "https://acme.example:notaport",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_its_secrets(
    make_http: MakeHttp, origin: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_http(origin)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "origin", ["http://localhost:8080", "http://127.0.0.1", "http://127.9.9.9", "http://[::1]:1"]
)
def test_plain_http_is_taken_for_this_machine(make_http: MakeHttp, origin: str) -> None:
    assert make_http(origin).base == origin


def test_plain_http_elsewhere_must_be_asked_for(make_http: MakeHttp) -> None:
    assert make_http("http://jira.corp.example", insecure=True).base == "http://jira.corp.example"


def test_a_reading_connection_sends_no_write(make_http: MakeHttp) -> None:
    transport = answering(ok())
    http = make_http(access="read", transport=transport)
    for write in (
        lambda: http.post("/issue", json={}),
        lambda: http.post_json("/issue", json={}),
        lambda: http.put("/issue/1", json={}),
        lambda: http.delete("/issue/1"),
        lambda: http.post("/issue", json={}, idempotent=True),
    ):
        with pytest.raises(ReadOnly, match=r"acme\.example/issue"):
            write()
    assert transport.seen == []
    http.post("/search/jql", json={"jql": "x"}, read=True)
    assert [request.method for request in transport.seen] == ["POST"]
    assert transport.seen[0].content == b'{"jql":"x"}'
    assert transport.seen[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (401, AuthError),
        (402, ProtocolError),
        (403, AccessDenied),
        (404, NotFound),
        (405, ProtocolError),
        (408, TransientError),
        (409, VersionConflict),
        (410, NotFound),
        (422, Invalid),
        (425, TransientError),
        (429, RateLimited),
        (500, TransientError),
        (502, TransientError),
        (503, TransientError),
        (599, TransientError),
        (304, ProtocolError),
    ],
)
def test_a_status_is_an_error_by_reaction(
    make_http: MakeHttp, status: int, error: type[SynclineError]
) -> None:
    http = make_http(transport=answering(failing(status, {"message": "no"})))
    with pytest.raises(error, match=rf"^GET acme\.example/rest/x answered {status}: no") as caught:
        http.get("/rest/x", params={"jql": "canary-query"})
    assert type(caught.value) is error
    assert getattr(caught.value, "status", None) == status
    assert "canary-query" not in str(caught.value)


def test_an_accepted_status_is_handed_back(make_http: MakeHttp) -> None:
    http = make_http(transport=answering(failing(404, {"a": 1})))
    answer = http.get("/x", accept_status=frozenset({404}))
    assert (answer.status, answer.json()) == (404, {"a": 1})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errorMessages": ["Field 'x' is wrong", "more"], "errors": {}}, "Field 'x' is wrong more"),
        ({"errorMessages": [], "errors": {"summary": "is required"}}, "summary: is required"),
        ({"error": {"title": "Oops", "message": "bad"}}, "bad Oops"),
        ({"errors": [{"message": "GraphQL says no"}]}, "GraphQL says no"),
        ({"message": "line\nbreak \x1b[2J\u202etab\tcanary-token-1"}, "line break [2Jtab [secret]"),
        ("plain text https://x.example/a?token=abc", "plain text https://x.example/a?…"),
    ],
)
def test_the_vendors_own_words_are_quoted_in_one_safe_line(make_http: MakeHttp, body: Any, said: str) -> None:
    http = make_http(transport=answering(failing(400, body)))
    with pytest.raises(Invalid) as caught:
        http.get("/x")
    assert caught.value.message == f"GET acme.example/x answered 400: {said}"


def test_the_refused_field_is_named(make_http: MakeHttp) -> None:
    http = make_http(transport=answering(failing(400, {"errors": {"duedate": "not a date"}})))
    with pytest.raises(Invalid) as caught:
        http.put("/x", json={})
    assert caught.value.field == "duedate"


def test_a_web_page_is_not_quoted_and_a_long_text_is_cut(make_http: MakeHttp) -> None:
    page = httpx.Response(404, text="<html><title>Not here</title></html>")
    with pytest.raises(NotFound) as caught:
        make_http(transport=answering(page)).get("/x")
    assert caught.value.message == "GET acme.example/x answered 404"
    with pytest.raises(NotFound) as caught:
        make_http(transport=answering(httpx.Response(404, text="x" * 5000))).get("/x")
    assert len(caught.value.message) < 260


def test_a_removed_endpoint_is_named_so(make_http: MakeHttp) -> None:
    with pytest.raises(NotFound, match="removed"):
        make_http(transport=answering(failing(410))).get("/search")


def test_a_login_page_with_200_is_an_error_at_once(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200, html="<html>Log in</html>"))
    with pytest.raises(ProtocolError, match="web page"):
        make_http(transport=transport).get_json("/x")
    assert len(transport.seen) == 1


def test_json_under_the_wrong_content_type_is_still_json(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200, text="[1]", headers={"content-type": "text/html"}))
    assert make_http(transport=transport).get_json("/x") == [1]


def test_truncated_json_is_asked_for_again(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200, text='{"issues": ['), ok({"issues": []}))
    assert make_http(transport=transport).get_json("/x") == {"issues": []}
    assert len(transport.seen) == 2


def test_json_that_stays_truncated_is_a_protocol_error(make_http: MakeHttp) -> None:
    transport = answering(lambda request: httpx.Response(200, text='{"issues": ['))
    with pytest.raises(ProtocolError, match="damaged JSON"):
        make_http(transport=transport).get_json("/x")
    assert len(transport.seen) == 5


@pytest.mark.parametrize("body", ['{"id": ', "<!DOCTYPE html><html><title>Log in</title></html>"])
def test_a_write_with_an_answer_that_does_not_tell_is_in_doubt(make_http: MakeHttp, body: str) -> None:
    transport = answering(lambda request: httpx.Response(201, text=body))
    with pytest.raises(InDoubt, match="not known whether"):
        make_http(transport=transport).post_json("/issue", json={})
    assert len(transport.seen) == 1


def test_a_file_is_sent_as_a_form(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200, json=[]))
    content = bytes(range(256))
    make_http(transport=transport).upload(
        "/issue/1/attachments",
        name='Größe "1".png',
        content=content,
        mime_type="image/png",
        headers={"X-Atlassian-Token": "no-check"},
    )
    sent = transport.seen[0]
    assert sent.headers["x-atlassian-token"] == "no-check"
    form = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + sent.headers["content-type"].encode() + b"\r\n\r\n" + sent.content
    )
    (part,) = form.iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    assert part.get_content_type() == "image/png"
    assert part.get_payload(decode=True) == content


def test_an_upload_that_may_have_arrived_is_not_repeated(make_http: MakeHttp) -> None:
    transport = answering(httpx.ReadTimeout(""))
    with pytest.raises(InDoubt):
        make_http(transport=transport).upload("/files", name="a.txt", content=b"a")
    assert len(transport.seen) == 1


def test_a_reading_connection_uploads_nothing(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(200, json=[]))
    with pytest.raises(ReadOnly):
        make_http(transport=transport, access="read").upload("/files", name="a.txt", content=b"a")
    assert not transport.seen


def test_a_file_behind_credentials_may_be_larger_than_a_page(make_http: MakeHttp) -> None:
    limits = Limits(page=10, attachment=100)
    transport = answering(httpx.Response(200, content=b"x" * 50))
    http = make_http(transport=transport, limits=limits)
    assert http.get_bytes("/content/1") == b"x" * 50
    assert http.get_file("/content/1", accept_status=frozenset({404})).status == 200
    with pytest.raises(ProtocolError, match="larger"):
        http.get_bytes("/content/1", cap=20)
    assert "authorization" in transport.seen[0].headers


def test_a_header_that_cannot_be_sent_is_refused_before_anything_is(make_http: MakeHttp) -> None:
    transport = answering(httpx.Response(201, json={}))
    with pytest.raises(ConfigError):
        make_http(transport=transport).post("/x", headers={"Idempotency-Key": "a\nb"})
    assert not transport.seen


def test_204_has_no_json(make_http: MakeHttp) -> None:
    assert make_http(transport=answering(httpx.Response(204))).post_json("/x", json={}) is None


def test_every_request_takes_its_permits(make_http: MakeHttp, clock: FakeClock) -> None:
    http = make_http(buckets=(Bucket("search", rate=2.0, burst=2),), transport=answering(ok()))
    for _ in range(3):
        http.get("/x", bucket="search", cost=2)
    assert clock.slept == pytest.approx([1.0, 1.0])


def test_a_shared_block_beyond_patience_is_told_at_once(make_http: MakeHttp, clock: FakeClock) -> None:
    permits = LocalPermits(clock)
    permits.block("acme/default", 3000)
    http = make_http(permits=permits, transport=answering(ok()))
    with pytest.raises(RateLimited) as caught:
        http.get("/x")
    assert caught.value.after == pytest.approx(3000, abs=1)
    assert (http.requests, clock.slept) == (0, [])


def test_a_vendor_near_its_limit_is_asked_more_slowly_and_then_again_as_before(
    make_http: MakeHttp, clock: FakeClock
) -> None:
    near = {"X-RateLimit-NearLimit": "true", "X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "50"}
    http = make_http(buckets=(Bucket("default", 10.0, 1),), transport=answering(ok(**near), ok(**near), ok()))
    for _ in range(5):
        http.get("/x")
    assert clock.slept == pytest.approx(
        [0.1, 10.0, 10.0, 0.1]
    )  # five requests in fifty seconds, then ten a second


def test_limits_are_taken_from_the_caller(make_http: MakeHttp) -> None:
    http = make_http(limits=Limits(page=10), transport=answering(httpx.Response(200, content=b"x" * 11)))
    with pytest.raises(ProtocolError, match="larger"):
        http.get("/x")


def test_no_more_requests_are_under_way_than_allowed_whatever_the_transport(make_http: MakeHttp) -> None:
    lock = threading.Lock()
    now, most = 0, 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return httpx.Response(200)

    http = make_http(concurrency=2, transport=answering(answer))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: http.get("/x"), range(18)))
    assert most == 2
