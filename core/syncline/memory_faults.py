"""How requests to the in-memory tool fail: what ``syncline.http`` would raise, or an answer that is damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncline.errors import InDoubt, ProtocolError, RateLimited, TransientError, VendorError
from syncline.sim.faults import Fault

UNSENT = {Fault.TIMEOUT_BEFORE, Fault.DROP_BEFORE}
UNHEARD = {Fault.TIMEOUT_AFTER, Fault.DROP_AFTER, Fault.TRUNCATED_BODY}
FAILED = {Fault.SERVER_ERROR, Fault.BAD_GATEWAY}
SPOILT: Mapping[Fault, Callable[[str], str]] = {
    Fault.TRUNCATED_JSON: lambda text: text[: len(text) // 2],
    Fault.DUPLICATED_BODY: lambda text: text + text,
    Fault.EMPTY_BODY: lambda text: "",
}


@dataclass
class Strike:
    """``fault`` strikes the next ``times`` requests."""

    fault: Fault
    times: int


def unknown(writes: bool) -> VendorError:
    """No answer came: a read may be tried again, a write may have been executed."""
    return (InDoubt if writes else TransientError)("memory: no answer")


def refuse(fault: Fault, writes: bool) -> None:
    """Raise for a fault that strikes before anything is done."""
    if fault in UNSENT:
        raise unknown(writes)
    if fault in FAILED:
        raise (InDoubt if writes else TransientError)("memory: internal error", status=500)
    if fault is Fault.UNAVAILABLE:
        raise TransientError("memory: unavailable", status=503)
    if fault in (Fault.RATE_LIMIT_SECONDS, Fault.RATE_LIMIT_BARE):
        raise RateLimited("memory: too many requests", status=429, after=2.0)
    if fault is Fault.LOGIN_PAGE:
        raise ProtocolError("memory: a web page instead of data", status=200)
