"""A menu of faults: each with a probability and a counter, or scripted for one request."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from enum import StrEnum

from syncline.seams import Clock
from syncline.sim.app import App, SimRequest, SimResponse, Wire, WireFault


class Fault(StrEnum):
    """Everything that a vendor, or what lies between, may do to a request.

    Faults named ``…_AFTER`` and those of the body strike when the vendor has already done what was asked.
    """

    TIMEOUT_BEFORE = "timeout before commit"
    TIMEOUT_AFTER = "timeout after commit"
    DROP_BEFORE = "connection dropped before commit"
    DROP_AFTER = "connection dropped after commit"
    RATE_LIMIT_SECONDS = "429, Retry-After in seconds"
    RATE_LIMIT_DATE = "429, Retry-After as a date"
    RATE_LIMIT_PAST = "429, Retry-After in the past"
    RATE_LIMIT_HUGE = "429, Retry-After of 10^9 seconds"
    RATE_LIMIT_BARE = "429 without Retry-After"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502, HTML"
    UNAVAILABLE = "503, Retry-After in seconds"
    LOGIN_PAGE = "200, HTML login page"
    TRUNCATED_JSON = "JSON cut short, length to match"
    TRUNCATED_BODY = "connection lost within the body"
    DUPLICATED_BODY = "body sent twice"
    INVALID_UTF8 = "body is not UTF-8"
    EMPTY_BODY = "200 without a body"
    SLOW = "answer is late"
    DRIP = "body trickles"


_WIRE_BEFORE = {Fault.TIMEOUT_BEFORE: WireFault.STALL, Fault.DROP_BEFORE: WireFault.DROP}
_WIRE_AFTER = {
    Fault.TIMEOUT_AFTER: WireFault.STALL,
    Fault.DROP_AFTER: WireFault.DROP,
    Fault.TRUNCATED_BODY: WireFault.TRUNCATE,
    Fault.DRIP: WireFault.DRIP,
}
_HTML = [("Content-Type", "text/html;charset=UTF-8")]
_LOGIN = b"<!DOCTYPE html><html><head><title>Log in to continue</title></head><body></body></html>"
_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>"

_REFUSALS: Mapping[Fault, Callable[[Clock], SimResponse]] = {
    Fault.RATE_LIMIT_SECONDS: lambda clock: _refused(429, "2"),
    Fault.RATE_LIMIT_DATE: lambda clock: _refused(429, _date(clock, 3)),
    Fault.RATE_LIMIT_PAST: lambda clock: _refused(429, _date(clock, -3600)),
    Fault.RATE_LIMIT_HUGE: lambda clock: _refused(429, "1000000000"),
    Fault.RATE_LIMIT_BARE: lambda clock: _refused(429),
    Fault.SERVER_ERROR: lambda clock: SimResponse.of_json({"errorMessages": ["Internal server error"]}, 500),
    Fault.BAD_GATEWAY: lambda clock: SimResponse(502, _HTML, _GATEWAY),
    Fault.UNAVAILABLE: lambda clock: _refused(503, "1"),
    Fault.LOGIN_PAGE: lambda clock: SimResponse(200, _HTML, _LOGIN),
}
_SPOILED: Mapping[Fault, Callable[[bytes], bytes]] = {
    Fault.TRUNCATED_JSON: lambda body: body[: len(body) // 2],
    Fault.DUPLICATED_BODY: lambda body: body + body,
    Fault.INVALID_UTF8: lambda body: body[:1] + b"\xff\xfe" + body[1:],
    Fault.EMPTY_BODY: lambda body: b"",
}


def _date(clock: Clock, seconds: float) -> str:
    return format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)


def _refused(status: int, retry_after: str | None = None) -> SimResponse:
    return SimResponse(status, [("Retry-After", retry_after)] if retry_after else [])


def inflict(fault: Fault, app: App, request: SimRequest, clock: Clock, seconds: float) -> SimResponse:
    """Answer ``request`` with one fault. ``seconds`` is how long slow things take."""
    if fault in _WIRE_BEFORE:
        return SimResponse(wire=Wire(_WIRE_BEFORE[fault], seconds))
    if fault in _REFUSALS:
        return _REFUSALS[fault](clock)
    response = app(request)
    if fault in _WIRE_AFTER:
        return replace(response, wire=Wire(_WIRE_AFTER[fault], seconds))
    if fault is Fault.SLOW:
        clock.sleep(seconds)
        return response
    return replace(response, body=_SPOILED[fault](response.content()))


@dataclass
class Faults:
    """An app that fails now and then, by the seed. ``fired`` counts each fault, ``enabled`` is the switch."""

    app: App
    clock: Clock
    probabilities: Mapping[Fault, float]
    seed: int = 0
    seconds: float = 1.0
    enabled: bool = True
    fired: Counter[Fault] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - reproducible by design
        self._lock = threading.Lock()

    def __call__(self, request: SimRequest) -> SimResponse:
        fault = self._draw()
        if fault is None:
            return self.app(request)
        return inflict(fault, self.app, request, self.clock, self.seconds)

    def _draw(self) -> Fault | None:
        with self._lock:
            drawn = self._random.random()
            if not self.enabled:
                return None
            for fault, probability in self.probabilities.items():
                drawn -= probability
                if drawn < 0:
                    self.fired[fault] += 1
                    return fault
        return None

    @property
    def never_fired(self) -> set[Fault]:
        """Faults that were meant to happen and did not: a simulation that ends with any has proved little."""
        return {fault for fault, chance in self.probabilities.items() if chance > 0 and not self.fired[fault]}


Matcher = Callable[[SimRequest], bool]


def on(method: str | None = None, path: str = "") -> Matcher:
    """Requests whose path ends with ``path``, of one method or of all."""
    return lambda request: method in (None, request.method) and request.path.endswith(path)


@dataclass
class Step:
    """``fault`` strikes requests that match, after ``skip`` of them were let through, ``times`` times."""

    matches: Matcher
    fault: Fault | SimResponse
    times: int = 1
    skip: int = 0
    fired: int = 0


@dataclass
class Script:
    """An app with faults at chosen requests: the third page of a search is truncated, and so on."""

    app: App
    clock: Clock
    steps: Sequence[Step]
    seconds: float = 1.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, request: SimRequest) -> SimResponse:
        fault = self._next(request)
        if fault is None:
            return self.app(request)
        if isinstance(fault, SimResponse):
            return fault
        return inflict(fault, self.app, request, self.clock, self.seconds)

    def _next(self, request: SimRequest) -> Fault | SimResponse | None:
        with self._lock:
            for step in self.steps:
                if step.fired >= step.times or not step.matches(request):
                    continue
                if step.skip > 0:
                    step.skip -= 1
                    continue
                step.fired += 1
                return step.fault
        return None

    @property
    def finished(self) -> bool:
        """Whether every step has struck as often as it was meant to."""
        return all(step.fired == step.times for step in self.steps)
