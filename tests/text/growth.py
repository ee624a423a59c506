"""How the time of a conversion grows with its text."""

from __future__ import annotations

import time
from collections.abc import Callable

SHORT, LONG = 15_000, 60_000
"""Characters: with four times the text, sixteen times the time is quadratic."""
TRIES = 6


def is_about_linear(
    convert: Callable[[str], object], piece: str, clock: Callable[[], float] = time.thread_time
) -> bool:
    """Whether four times the text takes less than ten times as long.

    Processor time of this thread, and the least of several tries: others at work on the machine only ever add to it.
    The short text is tried thrice as often, so that the ratio is not made small by one slow try of it.
    """

    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        began = clock()
        convert(text)
        return clock() - began

    short = long = float("inf")
    for _ in range(TRIES):
        short = min(short, seconds(SHORT), seconds(SHORT), seconds(SHORT))
        long = min(long, seconds(LONG))
        if long < 10 * max(short, 0.05):
            return True
    return False
