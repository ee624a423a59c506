"""A connector's rule about what may leave, bodies that are sent as they are, and limits of single endpoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.http.lab import MakeHttp

from syncline.errors import Unsupported
from syncline.http import ReadOnly
from syncline.http.pace import sustainable_rate
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.transport import SimTransport

Seen = list[tuple[str, str, Any]]


def sent_by(make_http: MakeHttp, **options: Any) -> tuple[Any, list[SimRequest]]:
    sent: list[SimRequest] = []

    def app(request: SimRequest) -> SimResponse:
        sent.append(request)
        return SimResponse.of_json({})

    return make_http(transport=SimTransport(app), **options), sent


def test_a_rule_sees_every_write_and_no_read(make_http: MakeHttp) -> None:
    http, sent = sent_by(make_http)
    seen: Seen = []
    http.forbid(lambda method, address, body: seen.append((method, address, body)))
    http.get("/a")
    http.post("/b", json={"asks": 1}, read=True)
    http.post("/c", json={"writes": 1})
    http.post_json("/d", json={"writes": 2})
    http.put("/e?notify=false", json={"writes": 3})
    http.delete("/f", json={"part": 1})
    http.upload("/g", name="a.txt", content=b"bytes", params={"filename": "a.txt"})
    base = "https://acme.example"
    assert seen == [
        ("POST", f"{base}/c", {"writes": 1}),
        ("POST", f"{base}/d", {"writes": 2}),
        ("PUT", f"{base}/e", {"writes": 3}),
        ("DELETE", f"{base}/f", {"part": 1}),
        ("POST", f"{base}/g", None),
    ]
    assert len(sent) == 7


def test_what_a_rule_forbids_is_not_sent(make_http: MakeHttp) -> None:
    http, sent = sent_by(make_http)

    def never(method: str, address: str, body: Any) -> None:
        raise Unsupported("not this")

    http.forbid(never)
    writes: tuple[Callable[[], object], ...] = (
        lambda: http.post("/a", json={}),
        lambda: http.put("/a", json={}),
        lambda: http.delete("/a"),
        lambda: http.upload("/a", name="a.txt", content=b"bytes"),
        lambda: http.graphql("mutation { a }", {}),
    )
    for write in writes:
        with pytest.raises(Unsupported, match="not this"):
            write()
    assert not sent


def test_a_reading_connection_is_refused_before_its_rule_is_asked(make_http: MakeHttp) -> None:
    http, _ = sent_by(make_http, access="read")
    seen: Seen = []
    http.forbid(lambda method, address, body: seen.append((method, address, body)))
    with pytest.raises(ReadOnly):
        http.put("/a", json={})
    assert not seen


def test_a_file_is_sent_as_a_form_or_as_it_is(make_http: MakeHttp) -> None:
    http, sent = sent_by(make_http)
    http.upload("/a", name="a.txt", content=b"bytes", mime_type="text/plain")
    http.upload("/a", name="a.txt", content=b"bytes", mime_type="text/plain", form=False)
    form, plain = sent
    assert str(form.header("content-type")).startswith("multipart/form-data")
    assert (plain.header("content-type"), plain.body) == ("text/plain", b"bytes")


def test_a_delete_may_say_what_of_it(make_http: MakeHttp) -> None:
    http, sent = sent_by(make_http)
    http.delete("/tags", json={"tags": ["one"]})
    http.delete("/all")
    assert [request.body for request in sent] == [b'{"tags":["one"]}', b""]


def test_the_lowest_of_several_limits_counts() -> None:
    headers = {
        "zendesk-ratelimit-one": "total=100; remaining=10; resets=10",
        "zendesk-ratelimit-two": "total=100; remaining=1; resets=10",
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "99",
    }
    assert sustainable_rate(headers, datetime(2026, 1, 1, tzinfo=UTC)) == pytest.approx(0.1)
