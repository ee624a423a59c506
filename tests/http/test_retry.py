"""What is sent again, when, and how often."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from tests.http.lab import Always, FakeClock, MakeHttp, answering, failing, ok

from syncline.connector import Bucket
from syncline.errors import InDoubt, RateLimited, SynclineError, TransientError
from syncline.http import Bearer, LocalPermits, NotSent, RetryBudget
from syncline.http.limits import Limits
from syncline.http.retry import RetryPolicy


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


REFUSED = caused(httpx.ConnectError("canary"), ConnectionRefusedError(errno.ECONNREFUSED, "canary"))
NO_DNS = caused(httpx.ConnectError("canary"), socket.gaierror(socket.EAI_AGAIN, "canary"))
NO_HOST = caused(httpx.ConnectError("canary"), socket.gaierror(socket.EAI_NONAME, "canary"))
UNTRUSTED = caused(httpx.ConnectError("canary"), ssl.SSLCertVerificationError(1, "canary"))
NO_TLS = caused(httpx.ConnectError("canary"), ssl.SSLError(1, "canary"))
AWAY = httpx.ConnectTimeout("canary")
SLOW = httpx.ReadTimeout("canary")
DROPPED = httpx.ReadError("canary")
CUT = httpx.RemoteProtocolError("canary")


@pytest.mark.parametrize(
    ("fault", "read", "write", "named"),
    [
        (REFUSED, 5, 5, "refused"),
        (NO_DNS, 5, 5, "could not resolve"),
        (NO_HOST, 1, 1, "could not resolve"),
        (UNTRUSTED, 1, 1, "certificate"),
        (NO_TLS, 5, 5, "TLS failed"),
        (AWAY, 5, 5, "timed out while connecting"),
        (SLOW, 5, 1, "timed out"),
        (DROPPED, 5, 1, "connection dropped"),
        (CUT, 5, 1, "connection dropped"),
        (failing(500), 5, 1, "500"),
        (failing(502), 5, 1, "502"),
        (failing(503), 5, 1, "503"),
        (failing(408), 5, 1, "408"),
        (failing(429), 5, 5, "429"),
        (failing(400), 1, 1, "400"),
        (failing(401), 1, 1, "401"),
        (failing(403), 1, 1, "403"),
        (failing(404), 1, 1, "404"),
        (failing(409), 1, 1, "409"),
    ],
)
def test_how_often_a_fault_is_met(make_http: MakeHttp, fault: Any, read: int, write: int, named: str) -> None:
    def tries(method: str, **declared: bool) -> int:
        transport = answering(fault)
        with pytest.raises(SynclineError, match=named) as caught:
            getattr(make_http(transport=transport), method)("/x", **declared)
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        return len(transport.seen)

    assert tries("get") == read
    assert tries("post", read=True) == read
    assert tries("post", idempotent=True) == read
    assert tries("put", idempotent=True) == read
    assert tries("post") == write
    assert tries("put") == write
    assert tries("delete") == write


def test_a_write_that_was_never_sent_says_so(make_http: MakeHttp) -> None:
    with pytest.raises(NotSent):
        make_http(transport=answering(REFUSED)).post("/x")
    with pytest.raises(InDoubt, match="not known whether"):
        make_http(transport=answering(SLOW)).post("/x")


def test_a_write_is_in_doubt_when_any_of_its_tries_may_have_been_executed(make_http: MakeHttp) -> None:
    with pytest.raises(InDoubt):
        make_http(transport=answering(SLOW, REFUSED)).put("/x", idempotent=True)
    with pytest.raises(InDoubt):
        make_http(transport=answering(failing(502))).delete("/x")
    assert make_http(transport=answering(SLOW, ok({}))).put("/x", idempotent=True).status == 200


def test_only_writes_are_in_doubt(make_http: MakeHttp) -> None:
    for fault in (SLOW, DROPPED, failing(500)):
        with pytest.raises(TransientError) as caught:
            make_http(transport=answering(fault)).post("/x", read=True)
        assert not isinstance(caught.value, InDoubt)
    with pytest.raises(RateLimited):
        make_http(transport=answering(failing(429))).post("/x")


def test_backoff_doubles_with_full_jitter(make_http: MakeHttp, clock: FakeClock) -> None:
    with pytest.raises(TransientError):
        make_http(transport=answering(failing(500)), random=Always(1.0)).get("/x")
    assert clock.slept == [2.0, 4.0, 8.0, 16.0]
    clock.slept.clear()
    with pytest.raises(TransientError):
        make_http(transport=answering(failing(500)), random=Always(0.0)).get("/x")
    assert clock.slept == [0.0, 0.0, 0.0, 0.0]


def test_backoff_is_capped(make_http: MakeHttp, clock: FakeClock) -> None:
    with pytest.raises(TransientError):
        make_http(transport=answering(failing(500)), random=Always(1.0), limits=Limits(tries=7)).get("/x")
    assert clock.slept == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_retry_after_is_waited_for(make_http: MakeHttp, clock: FakeClock) -> None:
    transport = answering(failing(429, retry_after="7"), failing(503, retry_after="3"), ok({"a": 1}))
    assert make_http(transport=transport, random=Always(0.0)).get_json("/x") == {"a": 1}
    assert sum(clock.slept) == pytest.approx(10.0, abs=0.1)


def test_retry_after_beyond_patience_is_told_at_once(make_http: MakeHttp, clock: FakeClock) -> None:
    transport = answering(failing(429, retry_after="1000000000"))
    with pytest.raises(RateLimited) as caught:
        make_http(transport=transport).get("/x")
    assert caught.value.after == 1e9
    assert (len(transport.seen), clock.slept) == (1, [])


def test_a_date_far_off_by_our_clock_is_still_seconds_by_theirs(
    make_http: MakeHttp, clock: FakeClock
) -> None:
    clock.advance(86400)
    asked = failing(429, date="Mon, 02 Mar 2026 10:00:00 GMT", retry_after="Mon, 02 Mar 2026 10:00:05 GMT")
    make_http(transport=answering(asked, ok()), random=Always(0.0)).get("/x")
    assert sum(clock.slept) == pytest.approx(5.0, abs=0.1)


def test_a_429_that_says_no_time_waits_as_long_as_the_bucket_says(
    make_http: MakeHttp, clock: FakeClock
) -> None:
    buckets = (Bucket("default", rate=1000.0, burst=1000, pause=60.0),)
    make_http(transport=answering(failing(429), ok()), buckets=buckets, random=Always(0.0)).get("/x")
    assert clock.slept == [60.0]
    make_http(
        transport=answering(failing(429, retry_after="7"), ok()), buckets=buckets, random=Always(0.0)
    ).get("/x")
    assert clock.slept == [60.0, 7.0]


def test_the_reset_of_another_limit_does_not_shorten_the_pause_of_a_bucket(
    make_http: MakeHttp, clock: FakeClock
) -> None:
    buckets = (Bucket("default", rate=1000.0, burst=1000, pause=10.0),)
    http = make_http(
        transport=answering(failing(429, x_ratelimit_reset="3"), ok()), buckets=buckets, random=Always(0.0)
    )
    assert http.get("/x").status == 200
    assert clock.slept == [10.0]


def test_a_429_stops_other_connections_of_the_account(make_http: MakeHttp, clock: FakeClock) -> None:
    permits = LocalPermits(clock)
    with pytest.raises(RateLimited):
        make_http(permits=permits, transport=answering(failing(429, retry_after="500"))).get("/x")
    with pytest.raises(RateLimited):
        make_http(permits=permits, transport=answering(ok())).get("/x")
    assert make_http(permits=permits, account="other", transport=answering(ok())).get("/x").status == 200


def test_a_bucket_of_ones_own_is_not_shared_with_other_credentials(
    make_http: MakeHttp, clock: FakeClock
) -> None:
    permits = LocalPermits(clock)
    own = {"permits": permits, "buckets": (Bucket("default", rate=1000.0, burst=1000, own=True),)}
    with pytest.raises(RateLimited):
        make_http(**own, transport=answering(failing(429, retry_after="500"))).get("/x")
    with pytest.raises(RateLimited):
        make_http(**own, transport=answering(ok())).get("/x")
    other = Bearer(SecretStr("canary-token-2"))
    assert make_http(**own, auth=other, transport=answering(ok())).get("/x").status == 200


def test_an_absurd_wait_does_not_block_the_bucket_for_years(make_http: MakeHttp, clock: FakeClock) -> None:
    permits = LocalPermits(clock)
    with pytest.raises(RateLimited):
        make_http(permits=permits, transport=answering(failing(429, retry_after="1000000000"))).get("/x")
    assert permits.reserve("acme/default", 1000.0, 1000, 1) <= 3601


def test_connections_share_one_budget(make_http: MakeHttp) -> None:
    budget = RetryBudget(total=5)
    counts = []
    for _ in range(3):
        transport = answering(failing(500))
        with pytest.raises(TransientError):
            make_http(transport=transport, budget=budget).get("/x")
        counts.append(len(transport.seen))
    assert counts == [5, 2, 1]


def test_the_budget_also_counts_the_time_waited(make_http: MakeHttp, clock: FakeClock) -> None:
    transport = answering(failing(429, retry_after="60"))
    with pytest.raises(RateLimited):
        make_http(transport=transport, budget=RetryBudget(waiting=100), random=Always(0.0)).get("/x")
    assert len(transport.seen) == 2
    assert sum(clock.slept) <= 100


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(0, 30), st.floats(0, 500))
def test_a_budget_is_never_overdrawn(waits: list[float], total: int, waiting: float) -> None:
    budget = RetryBudget(total=total, waiting=waiting)
    paid = [wait for wait in waits if budget.spend(wait)]
    assert len(paid) <= total
    assert sum(paid) <= waiting + 1e-6


def test_threads_do_not_overdraw_a_budget() -> None:
    budget = RetryBudget(total=100, waiting=1e9)
    paid: list[bool] = []
    threads = [
        threading.Thread(target=lambda: paid.extend(budget.spend(1.0) for _ in range(50))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(paid) == 100


def test_errors_of_our_own_code_are_not_repeated(clock: FakeClock) -> None:
    calls = []

    def broken() -> None:
        calls.append(1)
        raise KeyError("bug")

    with pytest.raises(KeyError):
        RetryPolicy(Limits(), RetryBudget(), clock, Always()).run(broken, repeatable=True)
    assert len(calls) == 1
