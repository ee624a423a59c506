"""When a request is sent again: the only place that knows tenacity.

=========================  ==================  =====================================
fault                      read or idempotent  any other write
=========================  ==================  =====================================
never reached the vendor   again               again
429                        again, after        again, after (it was not executed)
time-out, drop, 5xx        again               never: it may have been executed
no such host, certificate  never               never
all else                   never               never
=========================  ==================  =====================================

A write that ends in a time-out, a drop or a 5xx, or had one among its tries and never an answer, raises `InDoubt`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_base

from syncline.errors import InDoubt, RateLimited, TransientError
from syncline.http.faults import Busy, NotSent, Unreachable
from syncline.http.limits import Limits
from syncline.seams import Clock, Random

T = TypeVar("T")
_log = logging.getLogger("syncline.http")


class RetryBudget:
    """What all connections of one run may spend on repeating requests: a number of retries, seconds of waiting."""

    def __init__(self, total: int = 200, waiting: float = 900.0) -> None:
        self._lock = threading.Lock()
        self._retries = total
        self._seconds = waiting

    def spend(self, seconds: float) -> bool:
        """Pay for one retry after a wait of ``seconds``; False when that is more than is left."""
        with self._lock:
            if self._retries < 1 or seconds > self._seconds:
                return False
            self._retries -= 1
            self._seconds -= seconds
            return True


class RetryPolicy:
    """Repeats a call as the table above says; the error of the last try is the one raised."""

    def __init__(self, limits: Limits, budget: RetryBudget, clock: Clock, random: Random) -> None:
        self._limits = limits
        self._budget = budget
        self._clock = clock
        self._backoff = _Backoff(limits, random)

    def run(self, call: Callable[[], T], *, repeatable: bool, writes: bool = False) -> T:
        """The result of ``call``; ``repeatable`` says that executing it twice does no harm, ``writes`` what it does."""
        executed = _Doubt()
        try:
            return self._run(lambda: executed.noting(call), repeatable)
        except TransientError as error:
            if writes and executed.possibly:
                raise InDoubt(
                    f"{error.message}, so that it is not known whether it was executed", status=error.status
                ) from None
            raise

    def _run(self, call: Callable[[], T], repeatable: bool) -> T:
        retrying = Retrying(
            sleep=self._clock.sleep,
            stop=self._give_up,
            wait=self._backoff,
            retry=lambda state: _may_repeat(state, repeatable),
            before_sleep=_note,
            reraise=True,
        )
        return retrying(call)

    def _give_up(self, state: RetryCallState) -> bool:
        asked = _asked(state)
        if asked is not None and asked > self._limits.patience:
            return True
        return state.attempt_number >= self._limits.tries or not self._budget.spend(state.upcoming_sleep)


class _Doubt:
    """Whether any try of a call may have been executed although no answer told."""

    def __init__(self) -> None:
        self.possibly = False

    def noting(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except TransientError as error:
            self.possibly = self.possibly or not isinstance(error, NotSent | RateLimited)
            raise


class _Backoff(wait_base):
    """What the vendor asked for and up to a second more, else exponential with full jitter."""

    def __init__(self, limits: Limits, random: Random) -> None:
        self._limits = limits
        self._random = random

    def __call__(self, retry_state: RetryCallState) -> float:
        asked = _asked(retry_state)
        if asked is not None:
            return asked + self._random.random()
        ceiling = self._limits.backoff * 2.0 ** (retry_state.attempt_number - 1)
        return float(self._random.random() * min(self._limits.backoff_cap, ceiling))


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _asked(state: RetryCallState) -> float | None:
    error = _error(state)
    return error.after if isinstance(error, RateLimited | Busy) else None


def _may_repeat(state: RetryCallState, repeatable: bool) -> bool:
    error = _error(state)
    if not isinstance(error, TransientError) or isinstance(error, Unreachable):
        return False
    return repeatable or isinstance(error, NotSent | RateLimited)


def _note(state: RetryCallState) -> None:
    _log.info("%s; try %d in %.1f s", _error(state), state.attempt_number + 1, state.upcoming_sleep)
