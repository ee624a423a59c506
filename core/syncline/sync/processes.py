"""Helpers that are processes (`syncline.sync.aside`): how they begin, how they are spoken to, how they end.

What a helper needs, secrets too, goes through its pipe. It ends when that pipe is closed, thus with this process.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from syncline.config import ConnectionConfig
from syncline.connector import Source
from syncline.errors import TransientError
from syncline.seams import processors
from syncline.store.home import Home
from syncline.sync.walking import Failure, Leg, Prepared

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

MOST = 2
"""Helpers of one connection, also on two processors: two of them read about as fast as this process stores."""
BEGIN = "import gc; gc.set_threshold(200_000, 20, 20); from syncline.sync.helper import main; raise SystemExit(main())"
"""What a fresh helper runs; the collector is told first, because what is loaded makes most of the objects."""
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


# ---- how they begin ----


class Child(Protocol):
    """A process that was begun, with a group of its own: Ctrl-C reaches only this process, which then ends it."""

    @property
    def pid(self) -> int: ...
    def kill(self) -> None: ...
    def code(self, within: float | None) -> int | None:
        """How it ended, below zero by a signal; None where it still runs after so many seconds."""


Begin = Callable[[int, int, Sequence[int]], Child]
"""Begins one that reads orders from a pipe and writes answers to another; the other ends, ours, are not for it."""


class Fresh:
    """A new interpreter. The folder we are in is no place to import from (``-P``). Raises OSError."""

    def __init__(self, orders: int, answers: int, ours: Sequence[int]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-c", BEGIN, str(orders), str(answers)],
            pass_fds=(orders, answers),
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        self.pid = self._process.pid

    def kill(self) -> None:
        self._process.kill()

    def code(self, within: float | None) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(within)
        return None


class Forked:
    """A copy of this process, which must have one thread only: it has loaded already what a fresh one loads for long.

    What we have open it never touches, least of all a database. Raises OSError.
    """

    def __init__(self, orders: int, answers: int, ours: Sequence[int]) -> None:
        import multiprocessing  # few pulls are large

        fork = multiprocessing.get_context("fork")
        self._process: ForkProcess = fork.Process(target=_forked, args=(orders, answers, ours), daemon=True)
        self._process.start()
        self.pid = int(self._process.pid or 0)

    def kill(self) -> None:
        self._process.kill()

    def code(self, within: float | None) -> int | None:
        self._process.join(within)
        return self._process.exitcode


def _forked(orders: int, answers: int, ours: Sequence[int]) -> None:
    os.setpgid(0, 0)
    for end in ours:
        os.close(end)  # or no pipe would end with the process that began us
    from syncline.sync.helper import serve

    raise SystemExit(serve(orders, answers))


# ---- how they are spoken to, and end ----


class Processes:
    """Helpers that are processes, where this machine has more than one processor.

    Those that were forked are given out first, to whoever asks.
    """

    def __init__(self) -> None:
        usable = processors()
        self.most = min(MOST, usable) if usable > 1 and sys.executable else 0
        self._forked: list[Process] = []

    def start(self, connector: type[Source]) -> Process:
        """One that loads ``connector`` while it waits for its work."""
        with suppress(IndexError):
            return self._forked.pop().loading(connector)
        return Process(Fresh).loading(connector)

    @contextmanager
    def forked(self, connectors: Sequence[type[Source]]) -> Iterator[None]:
        """Have helpers at hand that need to load nothing for any of ``connectors``; those not used end with the block.

        Only where that is safe: on Linux, in a process of one thread.
        """
        safe = sys.platform == "linux" and threading.active_count() == 1
        with ExitStack() as stack:
            if connectors and self.most and safe:
                _load(connectors)
                for _ in range(self.most):
                    one = Process(Forked, [end for other in self._forked for end in other.ends])
                    stack.callback(one.close)
                    self._forked.append(one)
            yield


def _load(connectors: Iterable[type[Source]]) -> None:
    """What a helper needs; most of it this process will need, too."""
    import syncline.http.library
    import syncline.sync.helper  # noqa: F401 - for those that are forked
    from syncline.model import ready

    for connector in connectors:
        ready(connector.capabilities.reads)


class Process:
    """One helper, begun by ``begin``. Raises TransientError where the system gives no process."""

    def __init__(self, begin: Begin, ours: Sequence[int] = ()) -> None:
        with ExitStack() as theirs, ExitStack() as kept:
            told, self._orders = _pipe(theirs, kept)
            self._heard, telling = _pipe(kept, theirs)
            with suppress(AttributeError, OSError):  # not everywhere, and not beyond what the system allows
                fcntl.fcntl(telling, fcntl.F_SETPIPE_SZ, PIPE)
            try:
                self._child = begin(told, telling, (*ours, *self.ends))
            except OSError as error:
                raise TransientError(
                    f"no helper process can be started: {error.strerror}", hint="try again later"
                ) from error
            self._kept = kept.pop_all()
        self._answers = os.fdopen(self._heard, "rb", buffering=1 << 16, closefd=False)
        self._told: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._teller: threading.Thread | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """Our ends of its pipes."""
        return self._orders, self._heard

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.code(0) is None

    def loading(self, connector: type[Source]) -> Process:
        """Have it load the connector."""
        for part in (sys.path, connector):
            self._told.put(pickle.dumps(part))
        # by a thread: the helper reads when it has been loaded, and what is told may be longer than a pipe holds
        self._teller = threading.Thread(target=self._tell, daemon=True)
        self._teller.start()
        return self

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
            f"the helper process that was reading ended ({_ending(self._child)})",
            hint="what came before is kept; the next run goes on",
        )

    def close(self) -> None:
        """End it, whatever it is at: it holds nothing that would be lost. Once more does nothing."""
        self._child.kill()
        self._child.code(None)
        if self._teller is not None:
            self._told.put(None)
            self._teller.join()
        self._answers.close()
        self._kept.close()


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """A pipe whose ends are closed with ``reader`` and ``writer``."""
    ends = os.pipe()
    reader.callback(os.close, ends[0])
    writer.callback(os.close, ends[1])
    return ends


def _ending(child: Child) -> str:
    code = child.code(5)
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
