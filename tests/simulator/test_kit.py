"""The simulation kit: over sockets and inside the process a fault looks the same to an HTTP client."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from syncline.sim import App, SimClock, SimRequest, SimResponse, Traffic, Wire, WireFault, server
from syncline.sim.faults import Fault, Faults, Script, Step, on
from syncline.sim.server import serve
from syncline.sim.transport import SimTransport

Connect = Callable[[App, Traffic], AbstractContextManager[httpx.Client]]

PATIENT = httpx.Timeout(60.0)
"""Over sockets an answer may take long on a busy machine; only who waits for none gives up soon."""
HASTY = httpx.Timeout(60.0, read=0.3)


@contextmanager
def over_sockets(app: App, traffic: Traffic) -> Iterator[httpx.Client]:
    with serve(app, traffic) as url, httpx.Client(base_url=url, timeout=PATIENT) as client:
        yield client


@contextmanager
def in_process(app: App, traffic: Traffic) -> Iterator[httpx.Client]:
    with httpx.Client(transport=SimTransport(app, traffic), base_url="http://vendor") as client:
        yield client


both = pytest.mark.parametrize("connect", [over_sockets, in_process])


class Vendor:
    """Counts what it has done; answers with what was asked."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, request: SimRequest) -> SimResponse:
        self.done += 1
        told = {"method": request.method, "path": request.path, "query": list(request.query)}
        return SimResponse.of_json({**told, "body": request.body.decode(), "filler": "x" * 500})


@both
def test_a_request_arrives_whole(connect: Connect) -> None:
    traffic = Traffic()
    with connect(Vendor(), traffic) as client:
        answer = client.post("/a b/ü?x=1&x=2&y=", content=b"body \xc3\xbc")
    assert answer.json()["path"] == "/a b/ü"
    assert answer.json()["query"] == [["x", "1"], ["x", "2"], ["y", ""]]
    assert answer.json()["body"] == "body ü"
    assert traffic.count(method="POST", path="/a b/") == traffic.total == 1
    assert traffic.answers == {200: 1}


@both
def test_chunks_arrive_whole(connect: Connect) -> None:
    with connect(lambda request: SimResponse(body=[b"one ", b"", b"two"]), Traffic()) as client:
        assert client.get("/").content == b"one two"


@both
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (WireFault.DROP, httpx.TransportError),
        (WireFault.STALL, httpx.ReadTimeout),
        (WireFault.TRUNCATE, httpx.RemoteProtocolError),
    ],
)
def test_broken_connections_are_errors(connect: Connect, fault: WireFault, error: type[Exception]) -> None:
    broken = SimResponse(body=b"x" * 4000, wire=Wire(fault, 5.0))
    patience = HASTY if fault is WireFault.STALL else PATIENT
    with connect(lambda request: broken, Traffic()) as client, pytest.raises(error):
        client.get("/", timeout=patience)


@both
def test_a_trickle_is_only_slow(connect: Connect) -> None:
    slow = SimResponse(body=b"x" * 1000, wire=Wire(WireFault.DRIP, 0.1))
    with connect(lambda request: slow, Traffic()) as client:
        assert len(client.get("/").content) == 1000


def test_one_connection_serves_many_requests() -> None:
    traffic = Traffic()
    with over_sockets(Vendor(), traffic) as client:
        for _ in range(5):
            client.get("/")
    assert (traffic.connections, traffic.total) == (1, 5)


def test_the_most_at_one_time_is_known() -> None:
    traffic, together = Traffic(), threading.Barrier(4, timeout=10)

    def meet(request: SimRequest) -> SimResponse:
        together.wait()
        return SimResponse()

    with serve(meet, traffic) as url, httpx.Client(base_url=url) as client, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: client.get("/"), range(4)))
    assert traffic.peak == 4


def test_closing_ends_waiting_connections() -> None:
    began = time.monotonic()
    with serve(lambda request: SimResponse(wire=Wire(WireFault.STALL, 60.0))) as url:
        host, port = url.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
    connection.close()
    assert time.monotonic() - began < 5


def test_a_client_that_dies_in_the_middle_of_an_answer_leaves_no_socket_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, gone = threading.Event(), threading.Event()
    handlers, begin = list[Any](), server._Handler.setup

    def answer_late(_: SimRequest) -> SimResponse:
        asked.set()
        gone.wait(10)
        return SimResponse(body=b"a few")

    def setup(handler: server._Handler) -> None:
        handlers.append(handler)
        begin(handler)

    monkeypatch.setattr(server._Handler, "setup", setup)
    with serve(answer_late) as url:
        host, port = url.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert asked.wait(10)
        connection.close()  # with a reset, as of a process that was killed
        gone.set()
    (handler,) = handlers
    assert handler.rfile.closed


# ---- faults ----------------------------------------------------------------------------------------------------------

BEFORE = {Fault.TIMEOUT_BEFORE, Fault.DROP_BEFORE, *(f for f in Fault if f.name.startswith("RATE_LIMIT"))}
BEFORE |= {Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.UNAVAILABLE, Fault.LOGIN_PAGE}


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_strikes_before_or_after_the_deed(fault: Fault) -> None:
    clock, vendor = SimClock(), Vendor()
    script = Script(vendor, clock, [Step(on(), fault)])
    with in_process(script, Traffic()) as client:
        try:
            answer = client.get("/thing")
            told = answer.status_code != 200 or fault in (Fault.SLOW, Fault.DRIP) or not _is_right(answer)
        except httpx.TransportError:
            told = True
        assert told
        assert vendor.done == (0 if fault in BEFORE else 1)
        assert _is_right(client.get("/thing"))
    assert script.finished


def _is_right(answer: httpx.Response) -> bool:
    try:
        return bool(answer.json()["path"] == "/thing")
    except (ValueError, UnicodeDecodeError):
        return False


@pytest.mark.parametrize(
    ("fault", "wait"),
    [(Fault.RATE_LIMIT_SECONDS, 2), (Fault.RATE_LIMIT_HUGE, 10**9), (Fault.RATE_LIMIT_BARE, None)],
)
def test_waits_in_seconds(fault: Fault, wait: int | None) -> None:
    answer = Script(Vendor(), SimClock(), [Step(on(), fault)])(SimRequest("GET", "/"))
    assert answer.status == 429
    assert answer.header("retry-after") == (None if wait is None else str(wait))


@pytest.mark.parametrize(("fault", "ahead"), [(Fault.RATE_LIMIT_DATE, 3), (Fault.RATE_LIMIT_PAST, -3600)])
def test_waits_as_dates(fault: Fault, ahead: int) -> None:
    clock = SimClock()
    answer = Script(Vendor(), clock, [Step(on(), fault)])(SimRequest("GET", "/"))
    told = parsedate_to_datetime(answer.header("Retry-After") or "")
    assert told - clock.now() == timedelta(seconds=ahead)


def test_a_script_strikes_the_third_page_only() -> None:
    vendor = Vendor()
    script = Script(vendor, SimClock(), [Step(on("POST", "/search"), Fault.TRUNCATED_JSON, skip=2)])
    answers = [script(SimRequest("POST", "/api/search")) for _ in range(4)]
    readable = []
    for answer in answers:
        try:
            readable.append(bool(json.loads(answer.content())))
        except ValueError:
            readable.append(False)
    assert readable == [True, True, False, True]
    assert script(SimRequest("GET", "/api/search")).status == 200


def test_a_script_may_answer_for_the_vendor() -> None:
    vendor = Vendor()
    script = Script(vendor, SimClock(), [Step(on(path="/x"), SimResponse(418), times=2)])
    assert [script(SimRequest("GET", "/x")).status for _ in range(3)] == [418, 418, 200]
    assert vendor.done == 1


def test_faults_follow_the_seed_and_are_counted() -> None:
    def run(seed: int) -> list[int]:
        faults = Faults(Vendor(), SimClock(), {Fault.SERVER_ERROR: 0.2, Fault.RATE_LIMIT_BARE: 0.2}, seed)
        statuses = [faults(SimRequest("GET", "/")).status for _ in range(100)]
        assert faults.fired[Fault.SERVER_ERROR] == statuses.count(500) > 0
        assert not faults.never_fired
        return statuses

    assert run(1) == run(1) != run(2)


def test_faults_can_be_switched_off_and_know_what_never_fired() -> None:
    faults = Faults(Vendor(), SimClock(), {Fault.SERVER_ERROR: 1.0}, enabled=False)
    assert faults(SimRequest("GET", "/")).status == 200
    assert faults.never_fired == {Fault.SERVER_ERROR}
    faults.enabled = True
    assert faults(SimRequest("GET", "/")).status == 500
    assert faults.never_fired == set()


def test_slowness_passes_on_the_simulated_clock() -> None:
    clock = SimClock()
    Script(Vendor(), clock, [Step(on(), Fault.SLOW)], seconds=90.0)(SimRequest("GET", "/"))
    assert clock.slept == 90.0


# ---- clock -----------------------------------------------------------------------------------------------------------


def test_the_clock_moves_when_told() -> None:
    clock = SimClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.sleep(2.5)
    clock.advance(7.5)
    assert (clock.now().second, clock.monotonic(), clock.slept) == (10, 10.0, 2.5)
    clock.sleep(-1)
    assert clock.monotonic() == 10.0


def test_turning_the_hands_is_not_time_passing() -> None:
    clock = SimClock()
    clock.set(clock.now() - timedelta(days=1))
    assert clock.monotonic() == 0.0
    assert clock.now().day == 1
