"""Real sockets on loopback: redirects, credentials, drips, cut connections, pooling."""

from __future__ import annotations

import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest
from pydantic import SecretStr
from tests.http.lab import MakeHttp, Seen, loopback, reply

from syncline.errors import ProtocolError, TransientError
from syncline.http import Auth, Basic, Bearer, Header, Limits, Query
from syncline.seams import SystemClock

CREDENTIALS: list[Auth] = [
    Basic("ann", SecretStr("canary-1")),
    Bearer(SecretStr("canary-1")),
    Header("X-Api-Key", SecretStr("canary-1")),
    Header("Private-Token", SecretStr("canary-1")),
    Query({"token": SecretStr("canary-1")}),
]
ONCE = Limits(tries=1)


def redirecting(target: str, status: int = 302) -> object:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, status, b"", [("Location", target), ("Set-Cookie", "session=canary-2; Path=/")])

    return respond


def leaked(seen: Seen) -> list[str]:
    pair = "YW5uOmNhbmFyeS0x"  # ann:canary-1 in base64
    return [text for text in map(repr, seen.requests) if "canary" in text or pair in text]


@pytest.mark.parametrize("auth", CREDENTIALS, ids=lambda auth: next(iter(auth.headers()), "query"))
@pytest.mark.parametrize("known", [False, True], ids=["foreign", "other origin of the connection"])
def test_nothing_at_all_reaches_a_second_origin_by_redirect(
    make_http: MakeHttp, auth: Auth, known: bool
) -> None:
    with (
        loopback(lambda handler: reply(handler, 200)) as second,
        loopback(
            redirecting(f"{second.base}/stolen?from=first")  # type: ignore[arg-type]
        ) as first,
    ):
        http = make_http(first.base, *([second.base] if known else []), auth=auth)
        with pytest.raises(ProtocolError) as caught:
            http.get("/x")
    assert second.requests == []
    assert f"127.0.0.1:{first.port}" in caught.value.message
    assert f"127.0.0.1:{second.port}" in caught.value.message
    assert leaked(first)  # the credentials were really there to be leaked


@pytest.mark.parametrize("auth", CREDENTIALS, ids=lambda auth: next(iter(auth.headers()), "query"))
def test_downloads_carry_no_credentials_and_no_cookies(make_http: MakeHttp, auth: Auth) -> None:
    with (
        loopback(lambda handler: reply(handler, 200, b"picture")) as second,
        loopback(
            redirecting(f"{second.base}/signed")  # type: ignore[arg-type]
        ) as first,
    ):
        http = make_http(first.base, second.base, auth=auth)
        for _ in range(2):
            assert http.download(f"{first.base}/attachment/1") == b"picture"
    assert len(first.requests) == len(second.requests) == 2
    assert leaked(first) == leaked(second) == []


def test_redirects_within_the_origin_are_followed_with_credentials(make_http: MakeHttp) -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/jira/old?a=1":
            reply(handler, 301, b"moved", [("Location", "/jira/new?b=2")])
        else:
            reply(handler, 200, b'{"here": true}')

    with loopback(respond) as server:
        http = make_http(f"{server.base}/jira/")
        assert http.get_json("/old", params={"a": 1}) == {"here": True}
        assert http.requests == 2
    assert [path for _, path, _ in server.requests] == ["/jira/old?a=1", "/jira/new?b=2"]
    assert all(headers["authorization"] == "Bearer canary-token-1" for _, _, headers in server.requests)


def test_a_redirect_loop_ends_after_five_hops(make_http: MakeHttp) -> None:
    with loopback(redirecting("/again")) as server:  # type: ignore[arg-type]
        with pytest.raises(ProtocolError, match="more than 5 redirects"):
            make_http(server.base).get("/again")
        assert len(server.requests) == 6


def test_a_redirected_post_is_not_followed(make_http: MakeHttp) -> None:
    with loopback(redirecting("/elsewhere", 307)) as server:  # type: ignore[arg-type]
        with pytest.raises(ProtocolError, match="307"):
            make_http(server.base).post("/x", json={}, read=True)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "location", ["http://[", "https://127.0.0.1/x", "//evil.example/x", "http://u:p@127.0.0.1/x"]
)
def test_a_hostile_location_is_a_protocol_error(make_http: MakeHttp, location: str) -> None:
    with loopback(redirecting(location)) as server:  # type: ignore[arg-type]
        with pytest.raises(ProtocolError):
            make_http(server.base).get("/x")
        assert len(server.requests) == 1


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    drip(handler, b"x")


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    drip(handler, b"x")


def drip(handler: BaseHTTPRequestHandler, byte: bytes) -> None:
    for _ in range(60):
        handler.wfile.write(byte)
        handler.wfile.flush()
        time.sleep(0.05)
    handler.close_connection = True


@pytest.mark.parametrize("respond", [drip_body, drip_head])
def test_a_byte_now_and_then_ends_at_the_deadline(make_http: MakeHttp, respond: object) -> None:
    limits = Limits(tries=1, deadline=0.4)
    with loopback(respond) as server:  # type: ignore[arg-type]
        http = make_http(server.base, clock=SystemClock(), limits=limits)
        started = time.monotonic()
        with pytest.raises(TransientError, match="timed out"):
            http.get("/x")
        assert time.monotonic() - started < 2


def half_a_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"issues": [')
    handler.close_connection = True


def half_a_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(bytes(range(256)) * 50)[:-20]
    reply(handler, 200, body, [("Content-Encoding", "gzip")])


def no_answer(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("respond", [half_a_body, half_a_gzip, no_answer, nonsense])
def test_a_connection_cut_short_is_tried_again(make_http: MakeHttp, respond: object) -> None:
    tries = []

    def mend(handler: BaseHTTPRequestHandler) -> None:
        tries.append(1)
        if len(tries) < 3:
            respond(handler)  # type: ignore[operator]
        else:
            reply(handler, 200, b'{"a": 1}')

    with loopback(mend) as server:
        assert make_http(server.base).get_json("/x") == {"a": 1}
    assert len(tries) == 3


def test_a_refused_connection_is_named(make_http: MakeHttp) -> None:
    with loopback(lambda handler: reply(handler, 200)) as server:
        gone = server.base
    with pytest.raises(TransientError, match="connection refused"):
        make_http(gone, limits=ONCE).get("/x")


def test_tls_with_a_server_that_has_none_is_named(make_http: MakeHttp) -> None:
    with (
        loopback(lambda handler: reply(handler, 200)) as server,
        pytest.raises(TransientError, match="TLS failed"),
    ):
        make_http(f"https://127.0.0.1:{server.port}", limits=ONCE).get("/x")


def test_threads_share_few_connections_and_no_more_requests_at_once_than_allowed(make_http: MakeHttp) -> None:
    ports: set[int] = set()
    lock = threading.Lock()
    now, most = 0, 0

    def respond(handler: BaseHTTPRequestHandler) -> None:
        nonlocal now, most
        with lock:
            ports.add(handler.client_address[1])
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        reply(handler, 200)

    with loopback(respond) as server:
        http = make_http(server.base, concurrency=3, clock=SystemClock())
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: http.get("/x").status, range(30)))
    assert answers == [200] * 30
    assert http.requests == 30
    assert 1 < most <= 3
    assert len(ports) <= 3


def test_errors_do_not_cost_the_connection(make_http: MakeHttp) -> None:
    ports = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        reply(handler, 500 if len(ports) < 3 else 200, b'{"message": "busy"}')

    with loopback(respond) as server:
        make_http(server.base).get("/x")
    assert len(ports) == 3
    assert len(set(ports)) == 1
