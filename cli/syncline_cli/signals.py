"""Being told to end: the first SIGTERM or SIGINT lets a run finish what it is at, a second one ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from syncline.seams import Stop

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Within, a signal asks for the end. Handlers are the process's own business: the library installs none."""
    stop = Stop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def told(number: int, _: FrameType | None) -> None:
        restore()
        stop.ask(signal.Signals(number).name)

    for number in SIGNALS:
        signal.signal(number, told)
    try:
        yield stop
    finally:
        restore()
