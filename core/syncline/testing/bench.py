"""What a conformance check needs: a tool it may edit, and fresh connectors to it.

A `Bench` is enough for reading. A `WritingBench` shows besides, without the connector, what the tool truly holds, and
names what the tool refuses, so that the refusal can be checked. What a tool does not have is None: the checks for it
are skipped, and say so.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from syncline.connector import Source
from syncline.sim.faults import Fault
from syncline.target import TakesMarks, Target


class Skipped(unittest.SkipTest):
    """The connector or the tool declares that it does not have what a check is about. pytest counts it as skipped."""


class Bench(Protocol):
    """A tool with at least 25 issues and 5 comments, small pages, and somebody who edits it.

    Where a tool has no issues, the records that its first stream delivers stand for them. What the tool does not have
    at all (comments, credentials) raises `Skipped` when a check asks for it.

    Edits must be visible to the next request, or `settle` must wait until they are.
    """

    issues: set[str]
    """Remote ids of the issues there are; kept up to date by the bench."""

    def connect(self) -> Source:
        """A new connector with good credentials, as a new run would build it."""
        ...

    def create_issue(self, title: str) -> str:
        """Returns the remote id."""
        ...

    def edit_issue(self, remote_id: str, title: str) -> None: ...

    def add_comment(self, issue: str, text: str) -> str: ...

    def delete_comment(self, issue: str, comment: str) -> None: ...

    def delete_issue(self, remote_id: str) -> None: ...

    def revoke(self) -> None:
        """From now on the credentials are worth nothing."""
        ...

    def settle(self) -> None:
        """Wait until the tool shows everything that was edited."""
        ...


class Quirk(StrEnum):
    """What a tool may do to those who read it without being broken."""

    EMPTY_PAGES = "pages without rows that are not the last"
    OVERLAPPING_PAGES = "rows of the page before are delivered again"
    REPEATED_PAGE = "a search answers the same page for ever"
    STALE_SEARCH = "search shows an edit only after it settles"
    ZONED_TIMES = "times are written in a zone other than UTC"
    HIDDEN_RECORD = "the issue with the first id is out of sight of these credentials, but not deleted"


class FaultyBench(Bench, Protocol):
    """A bench that can let requests fail, and the tool behave oddly."""

    @property
    def faults(self) -> frozenset[Fault]:
        """What `inject` can do."""
        ...

    @property
    def quirks(self) -> frozenset[Quirk]:
        """What `behave` can do."""
        ...

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        """Let the next ``times`` requests that change something (``writes``), or that only read, meet ``fault``.

        The last call counts; 0 times ends what an earlier one began.
        """
        ...

    def behave(self, quirk: Quirk) -> None:
        """From now on, and with the edits that come, the tool has this quirk."""
        ...


@dataclass(frozen=True)
class Workflow:
    """Native statuses as seen from the status of a new record.

    ``near`` is one move away; ``far`` can be reached only over ``path``; ``closed`` exists but no move leads to it from
    the new status or from ``near``. None where the tool's workflow has no such thing.
    """

    near: str
    far: str | None = None
    path: tuple[str, ...] = ()
    closed: str | None = None


class WritingBench(FaultyBench, Protocol):
    """A tool that may be written to, and the truth about it.

    A new record is made in ``container`` with ``type_name``. `titles`, `comments`, `files` and `written` tell the
    tool's truth: they must not go through the connector, must not count as requests and meet no fault.
    """

    @property
    def container(self) -> str:
        """Remote id of a container in which records may be made."""
        ...

    @property
    def type_name(self) -> str | None:
        """The tool's own name of a type that needs a title only."""
        ...

    @property
    def samples(self) -> Mapping[str, tuple[Any, Any]]:
        """For each field in ``capabilities.writes`` two different values as a change sets them, and for a company field
        where it holds ``fields``. For fields left out the values of `syncline.testing.making.USUAL` are taken."""
        ...

    @property
    def workflow(self) -> Workflow | None:
        """None only where the connector writes no status."""
        ...

    @property
    def required(self) -> tuple[str, str] | None:
        """A type, and a field that must be given when a record of that type is made."""
        ...

    @property
    def off_screen(self) -> tuple[str, str] | None:
        """A container, and a field with a sample that its records do not take although the connector can write it."""
        ...

    @property
    def title_limit(self) -> int | None:
        """Characters of the longest title."""
        ...

    @property
    def file_limit(self) -> int | None:
        """Bytes of the largest file."""
        ...

    def connect(self, access: Literal["read", "write"] = "write") -> Target:
        """A new connector with good credentials, as a new run would build it."""
        ...

    def now(self) -> datetime:
        """Our clock, aware."""
        ...

    def titles(self) -> Sequence[str]:
        """Of every record that exists, archived ones too, the title."""
        ...

    def comments(self, issue: str) -> Sequence[str]:
        """The plain text of every comment on a record."""
        ...

    def files(self, issue: str) -> Sequence[str]:
        """The name of every file on a record."""
        ...

    def written(self) -> int:
        """How many requests have changed anything through a connector so far; faults after the change count."""
        ...

    def edit_comment(self, issue: str, comment: str, text: str) -> None:
        """Somebody else edits a comment."""
        ...

    def protect(self, remote_id: str) -> bool:
        """From now on the credentials may read this record but not change it. False: the tool has no such thing."""
        ...


@runtime_checkable
class ShowsBacklinks(Protocol):
    """A writing bench of a tool with links to elsewhere."""

    def backlinks(self, issue: str) -> Mapping[str, str]:
        """Of every link on a record the address, by our id."""
        ...


Check = Callable[[Bench], None]
FaultyCheck = Callable[[FaultyBench], None]
WritingCheck = Callable[[WritingBench], None]


class MarkingBench(FaultyBench, Protocol):
    """A tool whose charts may be marked; `FaultyBench.inject` reaches its writes, too."""

    def board(self, access: Literal["read", "write"] = "write") -> TakesMarks:
        """A connector to it, new each time."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """Whose days its charts have."""
        ...

    def shown(self) -> Sequence[tuple[str, datetime]]:
        """Label and time (aware) of every mark that the tool truly holds."""
        ...

    def edit_mark(self, remote_id: str) -> None:
        """Somebody gives a mark other words."""
        ...


MarkingCheck = Callable[[MarkingBench], None]


def name_of(check: Callable[..., None]) -> str:
    """The name of a check, for reports."""
    return getattr(check, "__name__", repr(check)).removeprefix("check_")
