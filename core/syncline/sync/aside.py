"""Walking in processes of their own: they fetch and read, this one compares and stores.

One interpreter runs one thread at a time, so a large first pull takes as long as all its work. A helper process asks
the vendor, reads and hashes; whole pages come through a pipe, at most a few ahead, and only this process writes.

What a helper needs, secrets too, goes through its pipe. It ends when that pipe is closed, thus with this process.
"""

from __future__ import annotations

import fcntl
import logging
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from syncline.config import ConnectionConfig
from syncline.connector import Source
from syncline.errors import TransientError
from syncline.seams import Tasks
from syncline.store.home import Home
from syncline.store.readings import Packed
from syncline.sync.walking import Failure, Leg, Prepared, learn

MOST = 2
"""Helpers of one connection, also on two processors: two of them read about as fast as this process stores."""


BEGIN = "import gc; gc.set_threshold(200_000, 20, 20); from syncline.sync.helper import main; raise SystemExit(main())"
"""What a helper runs; the collector is told first, because what is loaded makes most of the objects."""
PIPE = 1 << 20
"""Bytes a pipe holds, about a page: with the usual 64 kB each side waits for the other all the time."""


@dataclass(frozen=True)
class Work:
    """What a helper does: ``legs`` of one connection. Rates are agreed upon in the file ``rates``, where there is one,
    else in the ``database``.
    """

    config: ConnectionConfig
    memo: Mapping[str, str]
    database: str
    rates: Path | None
    home: Home
    legs: Sequence[Leg]
    level: int
    """What is worth logging."""


@dataclass(frozen=True)
class Message:
    """What a helper says. ``item`` comes of the leg at ``index``; ``log`` is for the log; ``error`` ended it; none of
    these: all legs are done.

    ``requests`` were sent so far; ``vouched`` says that every answer named our account (`syncline.connector.Vouches`).
    """

    index: int = 0
    item: Prepared | Failure | None = None
    requests: int = 0
    vouched: bool = False
    log: tuple[str, int, str] | None = None
    error: Exception | None = None


class Helpers(Protocol):
    """Starts what walks aside. ``most`` is how many at once are of use here."""

    most: int

    def start(self, connector: type[Source]) -> Helper: ...


class Helper(Protocol):
    """One that walks, once it has been told its work. ``messages`` ends with TransientError where it died."""

    def tell(self, work: Work) -> None: ...
    def messages(self) -> Iterator[Message]: ...
    def close(self) -> None: ...


class Processes:
    """Helpers that are processes, where this machine has more than one processor."""

    def __init__(self) -> None:
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.most = min(MOST, usable) if usable > 1 and sys.executable else 0

    def start(self, connector: type[Source]) -> Helper:
        return Process(connector)


class Process:
    """A fresh interpreter that runs `syncline.sync.helper`, and loads the connector while it waits for its work.

    A group of its own, so that Ctrl-C reaches only this process, which then ends it. The folder we are in is no place
    to import from (``-P``). Raises TransientError where the system gives no process.
    """

    def __init__(self, connector: type[Source]) -> None:
        with ExitStack() as theirs, ExitStack() as ours:
            told, self._orders = _pipe(theirs, ours)
            answers, telling = _pipe(ours, theirs)
            with suppress(AttributeError, OSError):  # not everywhere, and not beyond what the system allows
                fcntl.fcntl(telling, fcntl.F_SETPIPE_SZ, PIPE)
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-P", "-c", BEGIN, str(told), str(telling)],
                    pass_fds=(told, telling),
                    stdin=subprocess.DEVNULL,
                    process_group=0,
                )
            except OSError as error:
                raise TransientError(
                    f"no helper process can be started: {error.strerror}", hint="try again later"
                ) from error
            self._ours = ours.pop_all()
        self._answers = os.fdopen(answers, "rb", buffering=1 << 16, closefd=False)
        self._told: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        for part in (sys.path, connector):
            self._told.put(pickle.dumps(part))
        # by a thread: the helper reads when it has been loaded, and what is told may be longer than a pipe holds
        self._teller = threading.Thread(target=self._tell, daemon=True)
        self._teller.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def tell(self, work: Work) -> None:
        self._told.put(pickle.dumps(work))

    def _tell(self) -> None:
        with suppress(BrokenPipeError):  # it died: seen when its answers are read
            while (part := self._told.get()) is not None:
                write(self._orders, part)

    def messages(self) -> Iterator[Message]:
        while (told := read(self._answers)) is not None:
            message: Message = pickle.loads(told)  # noqa: S301 - written by our own helper, through our own pipe
            yield message
            if message.item is None and message.log is None:
                return
        raise TransientError(
            f"the helper process that was reading ended ({_ending(self._process)})",
            hint="what came before is kept; the next run goes on",
        )

    def close(self) -> None:
        """End it, whatever it is at: it holds nothing that would be lost."""
        self._process.kill()
        self._process.wait()
        self._told.put(None)
        self._teller.join()
        self._answers.close()
        self._ours.close()


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """A pipe whose ends are closed with ``reader`` and ``writer``."""
    ends = os.pipe()
    reader.callback(os.close, ends[0])
    writer.callback(os.close, ends[1])
    return ends


def _ending(process: subprocess.Popen[bytes]) -> str:
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    code = process.returncode
    return "it hung up" if code is None else f"signal {-code}" if code < 0 else f"exit {code}"


def write(pipe: int, told: bytes) -> None:
    """Put one message into a pipe; raises BrokenPipeError where nobody listens."""
    rest = memoryview(len(told).to_bytes(8, "big") + told)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def read(pipe: IO[bytes]) -> bytes | None:
    """One message; None where the other end was closed, in the middle of one too."""
    head = pipe.read(8)
    size = int.from_bytes(head, "big")
    told = pipe.read(size) if len(head) == 8 else b""
    return told if len(head) == 8 and len(told) == size else None


@dataclass
class Aside:
    """Where a connection's large walks are done: by ``helpers``, of whom each gets its share of them.

    Those that were started ahead wait for the next walk; `close` ends them.
    """

    helpers: Helpers
    connector: type[Source]
    config: ConnectionConfig
    memo: Mapping[str, str]
    database: str
    rates: Path | None
    tasks: Tasks
    vouched: bool = True
    _sent: dict[int, int] = field(default_factory=dict)
    _before: int = 0
    _waiting: list[Helper] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests all helpers have sent."""
        return self._before + sum(self._sent.values())

    def start_ahead(self) -> None:
        """Have helpers load what they need while it is worked out what there is to do."""
        while len(self._waiting) < self.helpers.most:
            self._waiting.append(self.helpers.start(self.connector))

    def close(self) -> None:
        """End those that wait."""
        while self._waiting:
            self._waiting.pop().close()

    def walk(self, legs: Sequence[Leg], home: Home) -> Iterator[tuple[int, Prepared | Failure]]:
        """What comes of the legs, by their indices, as it comes. A helper that dies fails its legs alone."""
        count = min(self.helpers.most, len(legs))
        shares = [range(number, len(legs), count) for number in range(count)]
        self._before, self._sent = self.requests, {}
        with ExitStack() as stack:
            started = [self._start([legs[at] for at in share], home, stack) for share in shares]
            feeds = [_heard(helper) for helper in started]
            for number, told in self.tasks.merge(feeds, ahead=1):
                share = shares[number]
                if isinstance(told, Failure):
                    yield share[0], told
                    continue
                if told.error is not None:
                    raise told.error
                if told.log is not None:
                    name, level, text = told.log
                    logging.getLogger(name).log(level, "%s", text)
                    continue
                self._sent[number] = told.requests
                if told.item is None:
                    self.vouched &= told.vouched
                    continue
                if isinstance(told.item, Prepared):
                    learn(home, told.item.containers)
                    yield share[told.index], unpacked(told.item)
                else:
                    yield share[told.index], told.item

    def _start(self, legs: Sequence[Leg], home: Home, stack: ExitStack) -> Helper:
        level = logging.getLogger("syncline").getEffectiveLevel()
        helper = self._waiting.pop() if self._waiting else self.helpers.start(self.connector)
        stack.callback(helper.close)
        helper.tell(Work(self.config, self.memo, self.database, self.rates, home, legs, level))
        return helper


def unpacked(found: Prepared) -> Prepared:
    """A page as a helper sends it: its rows are plain tuples there."""
    rows, stubs = ([Packed._make(row) for row in part] for part in (found.readings, found.stubs))
    return found._replace(readings=rows, stubs=stubs)


def _heard(helper: Helper) -> Iterator[Any]:
    try:
        yield from helper.messages()
    except TransientError as error:
        yield Failure(error)
