"""Walking in processes of their own: they fetch and read, this one compares and stores.

One interpreter runs one thread at a time, so a large first pull takes as long as all its work. A helper
(`syncline.sync.processes`) asks the vendor, reads and hashes; whole pages come through a pipe, at most a few ahead, and
only this process writes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from syncline.config import ConnectionConfig
from syncline.connector import Source
from syncline.errors import TransientError
from syncline.seams import Tasks
from syncline.store.home import Home
from syncline.store.readings import Packed
from syncline.sync.processes import Message, Work
from syncline.sync.walking import Failure, Leg, Prepared, learn

T = TypeVar("T")


class Helpers(Protocol):
    """Starts what walks aside. ``most`` is how many at once are of use here."""

    most: int

    def start(self, connector: type[Source]) -> Helper: ...


class Helper(Protocol):
    """One that walks, once it has been told its work. ``messages`` ends with TransientError where it died."""

    def tell(self, work: Work) -> None: ...
    def messages(self) -> Iterator[Message]: ...
    def close(self) -> None: ...


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

    def walk(
        self, legs: Sequence[Leg], home: Home, beside: Sequence[Iterator[T]] = ()
    ) -> Iterator[tuple[int, Prepared | Failure | T]]:
        """What comes of the legs, by their indices, as it comes, and by the indices after these what comes ``beside``.

        A helper that dies fails its legs alone.
        """
        count = min(self.helpers.most, len(legs))
        shares = [range(number, len(legs), count) for number in range(count)]
        self._before, self._sent = self.requests, {}
        with ExitStack() as stack:
            started = [self._start([legs[at] for at in share], home, stack) for share in shares]
            feeds: list[Iterator[Any]] = [*map(_heard, started), *beside]
            for number, told in self.tasks.merge(feeds, ahead=0):
                if number >= count:
                    yield len(legs) + number - count, told
                    continue
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
