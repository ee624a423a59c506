"""The process that walks for another one, which begins it (`syncline.sync.processes`).

It asks the vendor, reads and hashes; it stores nothing, and touches the database only to agree upon rates. Its
arguments are two pipes, of orders and of answers. When the first is closed, the process ends at once.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from traceback import format_exception
from typing import IO, Any

from syncline.config import values_of
from syncline.connector import Source, Vouches
from syncline.errors import SynclineError
from syncline.http import BlockPermits, Http, Permits, RetryBudget
from syncline.http.redact import Redactor
from syncline.model import ready as ready_models
from syncline.seams import Clock, SystemClock, ThreadTasks, system_random
from syncline.store import columns
from syncline.store.columns import Spelling
from syncline.store.rates import FileRates
from syncline.store.readings import Read, Reading
from syncline.sync.processes import Message, Work, read, write
from syncline.sync.walking import Failure, Prepared, open_http, prepare, walk

SWITCH = 0.02
"""As the command line has it."""


def main() -> int:
    """The command."""
    return serve(int(sys.argv[1]), int(sys.argv[2]))


def serve(orders: int, answers: int) -> int:
    """Do what the pipe ``orders`` tells; returns an exit code."""
    sys.setswitchinterval(SWITCH)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # who started us decides, and closes the pipe
    pipe = open(orders, "rb")  # noqa: SIM115 - as long as the process
    told = _orders(pipe)
    try:
        sys.path[:] = next(told)
        connector: type[Source] = next(told)
        work: Work = next(told)
    except StopIteration:
        return 1  # not needed after all, or nobody is there any more
    threading.Thread(target=_end_with, args=(pipe,), daemon=True).start()
    walking = Walking(connector, work, answers)
    try:
        walking.go()
    except BrokenPipeError:
        return 1  # nobody is there any more
    except SynclineError as error:
        walking.say(Message(error=error))
    except Exception as error:  # raised again by who started us
        walking.say(Message(error=RuntimeError("".join(format_exception(error)))))
    return 0


def _orders(pipe: IO[bytes]) -> Iterator[Any]:
    """What we are told, each loaded when it is asked for: to load a connector needs the path that was told before."""
    while (told := read(pipe)) is not None:
        yield pickle.loads(told)  # noqa: S301 - from who started us


def _end_with(orders: IO[bytes]) -> None:
    orders.read(1)
    os._exit(1)


class Walking:
    """All legs of one ``work``, side by side; what comes of them is written to the pipe ``answers``."""

    def __init__(self, connector: type[Source], work: Work, answers: int) -> None:
        self._connector = connector
        self._work = work
        self._answers = answers
        self._writing = threading.Lock()
        self._tasks = ThreadTasks()

    def go(self) -> None:
        work, clock = self._work, SystemClock()
        redactor = Redactor()
        redactor.add(*values_of(work.config))
        logging.getLogger().handlers[:] = [_Forward(self)]
        logging.getLogger("syncline").setLevel(work.level)
        with ExitStack() as stack:
            http = stack.enter_context(
                open_http(
                    work.config,
                    self._connector,
                    access="read",
                    permits=_permits(work, clock, stack),
                    clock=clock,
                    random=system_random(),
                    budget=RetryBudget(),
                    redactor=redactor,
                    tasks=self._tasks,
                )
            )
            ready_models(self._connector.capabilities.reads)
            source: Source = self._connector(work.config, http, work.memo)
            self._walk(source, http)

    def _walk(self, source: Source, http: Http | None) -> None:
        def sent() -> int:
            return http.requests if http else 0

        for index, item in self._items(source):
            self.say(Message(index, item, sent()))
        vouched = isinstance(source, Vouches) and bool(source.vouched)
        self.say(Message(requests=sent(), vouched=vouched))

    def _items(self, source: Source) -> Iterator[tuple[int, Prepared | Failure]]:
        work = self._work
        spell = columns.spelling(work.rates is not None)
        feeds = [walk(source, leg) for leg in work.legs]
        for index, item in self._tasks.merge(feeds, ahead=0):
            yield index, item if isinstance(item, Failure) else _packed(prepare(work.home, item), spell)

    def say(self, message: Message) -> None:
        told = pickle.dumps(message, protocol=5)
        with self._writing:
            write(self._answers, told)


def _permits(work: Work, clock: Clock, stack: ExitStack) -> Permits:
    """Those that all processes on the database share."""
    if work.rates is not None:
        return BlockPermits(stack.enter_context(FileRates(work.rates, clock)), clock)
    from syncline.store.database import unchecked  # on a server only: it loads much
    from syncline.sync.opening import shared_permits

    return shared_permits(stack.enter_context(unchecked(work.database)), clock, stack)


def _packed(found: Prepared, spell: Spelling) -> Prepared:
    """Rows as plain tuples (`syncline.sync.aside.unpacked`): of these, a pipe takes the most at a time."""

    def all_of(readings: Sequence[Read]) -> list[Any]:
        return [tuple(columns.packed(item, spell)) for item in readings if isinstance(item, Reading)]

    return found._replace(readings=all_of(found.readings), stubs=all_of(found.stubs))


class _Forward(logging.Handler):
    """Hands what is logged to the process that keeps the log."""

    def __init__(self, walking: Walking) -> None:
        super().__init__()
        self._walking = walking

    def emit(self, record: logging.LogRecord) -> None:
        self._walking.say(Message(log=(record.name, record.levelno, record.getMessage())))
