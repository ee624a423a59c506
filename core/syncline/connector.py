"""What a connector is: everything a plug-in author must read.

A connector knows one tool and nothing else: no links, no policy, no retries, no logging, no database. It is built with
its configuration and a ready HTTP client, says what it can do (`Capabilities`), and turns the vendor's answers into
records. The engine does the rest.

A *source* reads: `check`, `streams`, `pull` and `fetch` are required, the protocols further down are optional and are
asked for with ``isinstance``. One that writes as well is a `syncline.target.Target`. Register the class under the entry
point group ``syncline.connectors``, and prove it with ``syncline.testing``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from syncline.model import Event, Kind, Record, Ref, Sourced, Status, TextFormat

if TYPE_CHECKING:
    from syncline.http import Auth, Http

API_VERSION = 1
"""The version of this protocol; a connector states the one it was written for."""


# ---- what a connector declares -------------------------------------------------------------------------------------


class History(StrEnum):
    """Where the history of a field comes from."""

    NATIVE = "native"
    """The tool keeps it; the connector yields `Event` objects."""
    OBSERVED = "observed"
    """The engine notes a change when two readings differ."""


@dataclass(frozen=True)
class Bucket:
    """A rate limit of the vendor: ``rate`` permits a second, at most ``burst`` at once.

    ``pause`` is how many seconds to wait after a 429 that does not say how long; 0: a little longer with every try.
    ``own``: the vendor counts for each credential; otherwise all connections to one address share the bucket.
    ``within`` names a wider bucket that the same requests count against as well.
    """

    name: str
    rate: float
    burst: int
    pause: float = 0.0
    own: bool = False
    within: str | None = None


class CreateBy(StrEnum):
    """How a create whose answer was lost is found again."""

    CLIENT_ID = "client_id"
    """We choose the id: sending again makes no second record."""
    IDEMPOTENCY_KEY = "idempotency_key"
    """The vendor answers a repeated key with the first answer, for a time."""
    MARKER = "marker"
    """The record bears our marker; it is looked for."""
    NONE = "none"
    """There is no way: a person must look."""


@dataclass(frozen=True)
class Creation:
    """How records of one kind are made. ``settle``: seconds after which a marker that exists is surely found.

    ``later`` are fields that a create never gives: they are told to what was made by an update.
    """

    by: CreateBy
    settle: float = 0.0
    later: frozenset[str] = frozenset({"status"})


FIELDS: Mapping[str, str] = {
    "title": "one line of text",
    "description": "Text: in the tool's own format it is stored as it is, Markdown is converted",
    "status": "only as a Move",
    "type": "the tool's own name of the type",
    "priority": "Priority; the tool's own name stays where the common value is unchanged",
    "assignees": "remote ids of persons",
    "labels": "words",
    "due_on": "date or None",
    "start_on": "date or None",
    "estimate": "number or None",
    "parent": "remote id of the parent or None",
    "releases": "remote ids of releases",
    "iterations": "remote ids of iterations",
    "components": "names",
    "relations": "Related; only as AddRemove",
    "backlinks": "Backlink; only as AddRemove, and adding one whose id is there replaces it",
}
"""The common fields that can be written, and what a value of each is. A name of ``[fields]`` is written as well: a JSON
value in the company's words."""


@dataclass(frozen=True)
class Capabilities:
    """What a connector can do: data, so that documents and plans are made from it and nothing is tried blindly."""

    reads: frozenset[Kind]
    writes: frozenset[str] = frozenset()
    """Common fields that `syncline.target` can write; all company fields where it holds ``fields``."""
    creates: Mapping[Kind, Creation] = field(default_factory=dict)
    """Kinds that can be made, comments and attachments too."""
    history: Mapping[str, History] = field(default_factory=dict)
    """Per common field; a field not named is OBSERVED."""
    history_of: frozenset[Kind] = frozenset({Kind.ISSUE, Kind.TICKET})
    """The kinds whose history the tool keeps; that of others is OBSERVED."""
    text_format: TextFormat = TextFormat.PLAIN
    volatile: frozenset[str] = frozenset()
    """Dotted paths in a payload that change without the record changing; left out of the hash."""
    buckets: tuple[Bucket, ...] = (Bucket("default", rate=10.0, burst=10),)
    concurrency: int = 4
    """How many requests of one connection may be under way at once."""


@dataclass(frozen=True)
class Account:
    """Whom the credentials belong to, and where.

    ``site`` is the vendor's immutable identity of the account's home (Jira cloudId): it must be the same at every
    check, and must hold no colon. ``memo`` is handed back to the connector at the next run (for example which of two
    addresses worked).
    """

    site: str
    site_name: str
    user_id: str
    user_name: str
    url: str
    scopes: tuple[str, ...] = ()
    memo: Mapping[str, str] = field(default_factory=dict)


# ---- reading -------------------------------------------------------------------------------------------------------


class Cadence(StrEnum):
    """How often a stream is pulled."""

    RUN = "run"
    """In every run, incrementally."""
    CENSUS = "census"
    """Whole, when a census is due: people, projects, boards, …"""


EVERYTHING = "*"
"""The scope of a stream that covers all that is visible."""


@dataclass(frozen=True)
class Stream:
    """One feed of a connection.

    ``scope`` names what it covers, in elements that can be pulled on their own (Jira project keys), or EVERYTHING. When
    an element is new, the engine pulls `narrowed` to it from the beginning. ``since`` and ``until`` bound the first
    pull (aware UTC; None: unbounded). ``counted_as`` names the feeds under which kinds that ride along are counted
    (comments inside issues).
    """

    name: str
    kinds: tuple[Kind, ...]
    scope: frozenset[str] = frozenset({EVERYTHING})
    cadence: Cadence = Cadence.RUN
    counted_as: Mapping[Kind, str] = field(default_factory=dict)
    history_as: str = "history"
    """The name under which events are counted."""
    selection: str = ""
    """What else decides what is delivered (a filter, which children ride along). When it changes, the stream is pulled
    from the beginning."""
    listed: bool = True
    """Whether `Censuses.census` lists its first kind. What only ever grows need not be: nothing of it vanishes."""
    since: datetime | None = None
    until: datetime | None = None
    remark: str = ""
    """What a person should know of what it delivers ("may be incomplete"): shown beside its counts."""

    def narrowed(
        self, scope: Iterable[str], since: datetime | None = None, until: datetime | None = None
    ) -> Stream:
        """The same stream over a part of its scope, or another stretch of time."""
        return replace(self, scope=frozenset(scope), since=since, until=until)


@dataclass(frozen=True)
class Cursor:
    """Where a walk stands. Both texts belong to the connector; the engine only keeps them.

    ``position`` is inside a walk and is saved with every page; ``mark`` is where the next walk starts, a value of the
    vendor's own clock or counter, fixed when the walk began. A walk that has ended has no position.
    """

    position: str | None = None
    mark: str | None = None


@dataclass(frozen=True)
class Quarantined:
    """A record that could not be read; its payload is kept so that nothing is lost."""

    kind: Kind
    remote_id: str
    reason: str
    payload: Mapping[str, Any]
    subject: str | None = None
    """Remote id of the issue or ticket that it hangs on, where it does."""


@dataclass(frozen=True)
class Page:
    """One step of a walk, stored in one transaction together with ``next``.

    ``last`` ends the walk; a walk that ends without it was cut short, whatever the number of records. ``stubs`` are
    records known only in part (a person seen as an author): stored when unknown, never over a full reading.
    ``children_complete`` names pairs of child kind and parent id whose children are all on this page: any other child
    known for them is gone; of the kind Issue, any other below that parent. ``statuses`` lists native statuses with
    their ids, so that history can be read.

    ``gone`` names records that the vendor says outright were deleted: they are marked, what was known of them stays.
    ``withdrawn`` names records that may not be kept any more (a ticket that is now excluded): they are erased with all
    that hangs on them, payloads, history and quarantine too.
    """

    records: Sequence[Sourced] = ()
    next: Cursor = Cursor()
    last: bool = False
    events: Sequence[Event] = ()
    stubs: Sequence[Sourced] = ()
    children_complete: frozenset[tuple[Kind, str]] = frozenset()
    quarantined: Sequence[Quarantined] = ()
    statuses: Sequence[Status] = ()
    gone: frozenset[tuple[Kind, str]] = frozenset()
    withdrawn: frozenset[tuple[Kind, str]] = frozenset()
    census_due: bool = False
    """What was delivered makes it likely that something else vanished: the census is taken in this run, not in its
    time (a file was written anew)."""


@dataclass(frozen=True)
class Present:
    """The record exists; here it is, with what rides on it."""

    ref: Ref
    page: Page


@dataclass(frozen=True)
class Archived:
    """The record exists but is archived or in the bin."""

    ref: Ref


@dataclass(frozen=True)
class Moved:
    """The record lives on under another identity."""

    ref: Ref
    to: Ref


@dataclass(frozen=True)
class Gone:
    """The vendor says outright that the record was deleted; ``evidence`` is how."""

    ref: Ref
    evidence: str


@dataclass(frozen=True)
class Forbidden:
    """The record exists but these credentials may not see it."""

    ref: Ref


@dataclass(frozen=True)
class Missing:
    """Not found, which may mean deleted or out of sight: never proof by itself."""

    ref: Ref


Fetched = Present | Archived | Moved | Gone | Forbidden | Missing


class Source(Protocol):
    """A tool that can be read."""

    name: ClassVar[str]
    api_version: ClassVar[int]
    Config: ClassVar[type[Any]]
    """The model of its keys: a subclass of `syncline.config.ConnectionConfig`."""
    capabilities: Capabilities
    """A constant of the class; an instance may narrow it to what its configuration allows."""

    def __init__(self, config: Any, http: Http | None, memo: Mapping[str, str]) -> None:
        """``http`` is None where `origins` names no address: such a connector has no network at all."""
        ...

    @classmethod
    def auth(cls, config: Any) -> Auth:
        """How requests are authenticated; applied in ``syncline.http``, never by the connector."""
        ...

    @classmethod
    def origins(cls, config: Any) -> tuple[str, ...]:
        """Addresses this connection may talk to, the base address first; none where it needs no network."""
        ...

    def check(self) -> Account:
        """Prove the credentials and tell the site; raises AuthError."""
        ...

    def streams(self) -> Sequence[Stream]:
        """What there is to pull, as configured."""
        ...

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """Walk a stream from ``cursor``. Anything may be delivered twice, nothing may be left out silently."""
        ...

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """Look at single records by id: one answer for each, in any order."""
        ...


@runtime_checkable
class Probes(Protocol):
    """Has a check of the credentials that is cheaper than `Source.check`."""

    def probe(self) -> None:
        """Raise AuthError unless the credentials are good. What it learns, a later `check` need not ask again."""
        ...


@runtime_checkable
class Vouches(Protocol):
    """Learns from the answers themselves whom the vendor took us for, which saves asking."""

    @property
    def vouched(self) -> bool | None:
        """Whether every answer so far, and at least one, was given to the account of the last `Source.check`.

        None where answers do not tell.
        """
        ...


@runtime_checkable
class Splits(Protocol):
    """Can be walked at several places at once when everything is pulled."""

    def split(self, stream: Stream, parts: int) -> Sequence[Cursor]:
        """At most ``parts`` cursors that together cover the stream, all with one mark; each walk ends by itself."""
        ...


@runtime_checkable
class Censuses(Protocol):
    """Can list the ids of all that exists."""

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        """Remote ids of the stream's first kind, in batches. Ending normally means that the list is whole."""
        ...


@runtime_checkable
class Translates(Protocol):
    """Can read a stored payload again, so that a change of the configuration needs no request."""

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        """The record of a payload stored earlier. Pure; raises ValueError where the payload makes no sense."""
        ...


@dataclass(frozen=True)
class FieldInfo:
    """A field of the tool: its id, the name people see, its type, and its choices where it has any.

    ``writable`` says whether it can be given; ``field`` is the common or company field that it holds, where it does.
    """

    id: str
    name: str
    type: str
    choices: tuple[str, ...] = ()
    required: bool = False
    custom: bool = False
    writable: bool = True
    field: str | None = None


@dataclass(frozen=True)
class Description:
    """What ``doctor`` needs to know of one container."""

    container: str
    statuses: tuple[Status, ...] = ()
    types: tuple[str, ...] = ()
    fields: tuple[FieldInfo, ...] = ()
    creation: Mapping[str, tuple[FieldInfo, ...]] = field(default_factory=dict)
    """By the name of a type: what may and what must be given when one is made."""
    people: tuple[Sourced, ...] = ()
    """Persons that work here can be assigned to."""


@runtime_checkable
class Describes(Protocol):
    """Can say what containers there are and what they are made of."""

    def containers(self) -> Sequence[Sourced]:
        """The containers these credentials can see."""
        ...

    def describe(self, container: str) -> Description:
        """Statuses, types and fields of one container, by its remote id; raises NotFound."""
        ...


@runtime_checkable
class Remarks(Protocol):
    """Can say what a person should know of how things are read here."""

    def remarks(self) -> Sequence[str]:
        """Sentences for ``doctor``; nothing in them needs to be corrected."""
        ...


@runtime_checkable
class ProvesWriting(Protocol):
    """Can tell credentials that only read, where the tool does not say so by itself."""

    def prove_writing(self) -> None:
        """Raise AccessDenied where the credentials surely cannot write; nothing is written.

        It is asked with a client that may write, by ``doctor``, and only where ``access`` is "write".
        """
        ...


Connector = Source
"""A connector is at least a source."""
