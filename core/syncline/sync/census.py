"""The census: list all ids, notice what was missed and what vanished.

Absence is not deletion. A record that the list lacks is looked at by itself; only where the vendor says it is not
there, the list was whole and its container is visible to these credentials in the same run, it counts as gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, func, or_, select, union

from syncline.connector import (
    Archived,
    Cadence,
    Censuses,
    Describes,
    Fetched,
    Forbidden,
    Gone,
    Missing,
    Moved,
    Page,
    Present,
    Source,
    Stream,
)
from syncline.errors import GuardTripped, ProtocolError, SynclineError
from syncline.model import Kind, Ref
from syncline.seams import crashpoint
from syncline.store.compare import chunks
from syncline.store.ingest import Ingest, Tally
from syncline.store.statements import insert_missing
from syncline.store.tables import connection as connections
from syncline.store.tables import listed, member, quarantine, record
from syncline.sync.walking import Failure

if TYPE_CHECKING:
    from syncline.sync.observe import Observer

BATCH = 100
"""How many records are looked at together."""


class Unlisted(NamedTuple):
    """A record that we know and the list lacks."""

    id: int
    remote_id: str
    container: str | None
    absent: str | None


def begin(db: Connection, connection_id: int, kinds: Iterable[Kind]) -> None:
    """Forget what an earlier census had listed."""
    names = [kind.value for kind in kinds]
    db.execute(_BEGIN, {"connection": connection_id, "kinds": names})


_CONNECTION: BindParameter[Any] = bindparam("connection")
_KIND: BindParameter[Any] = bindparam("kind")
_BEGIN = delete(listed).where(
    listed.c.connection_id == _CONNECTION, listed.c.kind.in_(bindparam("kinds", expanding=True))
)
"""Made once, as all statements of a census: making them cost more than a quiet one's answers."""


def note(db: Connection, connection_id: int, kind: Kind, remote_ids: Iterable[str]) -> None:
    """Add ids to the list."""
    # sorted, so that the key's tree is filled page by page
    rows = [(connection_id, kind.value, remote_id) for remote_id in sorted(set(remote_ids))]
    insert_missing(db, listed, ("connection_id", "kind", "remote_id"), rows)


def take(observer: Observer, stream: Stream) -> None:
    """Compare a stream with the list of all there is; raises VendorError where that cannot be done wholly."""
    if stream.cadence is Cadence.CENSUS:
        _retire(observer, stream)
    elif stream.listed and isinstance(observer.source, Censuses):
        if observer.listed != stream:
            _list(observer, observer.source, stream)
        _fetch_missed(observer, stream)
        _look_for_unlisted(observer, stream)
    with observer.store.writing() as db:
        begin(db, observer.connected.id, stream.kinds)
    crashpoint("census.ended")


def _retire(observer: Observer, stream: Stream) -> None:
    """After a whole walk of a small stream: what it delivered once and does not show any more is missing."""
    for kind in stream.kinds:
        with observer.store.reading() as db:
            unlisted = _unlisted(db, observer, kind, stream)
            total = _count(db, observer, kind)
        if not total:
            continue
        if unlisted:
            observer.connected.prove_before_removal()
        with observer.store.writing() as db:
            _release_unlisted(db, observer, kind, stream)
            Ingest(db, observer.home, observer.run_id, observer.clock.now()).mark_absent(
                [row.id for row in unlisted], "missing"
            )
        if unlisted:
            observer.tally(stream, {kind: Tally(removed=len(unlisted))})


def _list(observer: Observer, source: Censuses, stream: Stream) -> None:
    with observer.store.writing() as db:
        begin(db, observer.connected.id, stream.kinds[:1])
    for remote_ids in source.census(stream):
        keep(observer, stream, remote_ids)


def keep(observer: Observer, stream: Stream, remote_ids: Iterable[str]) -> None:
    """One page of the list."""
    observer.go_on()
    with observer.store.writing() as db:
        note(db, observer.connected.id, stream.kinds[0], remote_ids)
    crashpoint("census.listed")


def beside(source: Source, stream: Stream) -> Iterator[Sequence[str] | Failure]:
    """The list, for who reads it beside walks."""
    assert isinstance(source, Censuses)
    try:
        yield from source.census(stream)
    except SynclineError as error:
        yield Failure(error)


def _fetch_missed(observer: Observer, stream: Stream) -> None:
    """Records that the list shows and no walk delivered, or that were held to be absent or could not be read.

    What this very run could not read is not tried again so soon.
    """
    kind = stream.kinds[0]
    with observer.store.reading() as db:
        missed = _missed(db, observer, kind)
    for part in chunks(missed, BATCH):
        answers = list(observer.source.fetch([Ref(observer.home.site, kind, number) for number in part]))
        observer.store_page(stream, joined_page(answers))


def _missed(db: Connection, observer: Observer, kind: Kind) -> list[str]:
    """One query for each reason to look at a listed record: each reads indexes only, joined they read all records."""
    asked = _about(observer, kind) | {"site": observer.home.site, "started": observer.started}
    return sorted(db.execute(_MISSED, asked).scalars())


def _about(observer: Observer, kind: Kind) -> dict[str, Any]:
    return {"connection": observer.connected.id, "kind": kind.value}


def _missed_query() -> Any:
    ids: Any = listed.c.remote_id
    site: BindParameter[Any] = bindparam("site")
    unread = select(quarantine.c.remote_id).where(
        quarantine.c.connection_id == _CONNECTION, quarantine.c.kind == _KIND
    )
    mine = _LISTED.where(ids.not_in(unread.where(quarantine.c.last_seen_at >= bindparam("started"))))
    theirs = select(connections.c.id).where(connections.c.site == site)
    absent = select(record.c.remote_id).where(
        record.c.connection_id.in_(theirs), record.c.kind == _KIND, record.c.absent.is_not(None)
    )
    stored = and_(record.c.site == site, record.c.kind == _KIND, record.c.remote_id == ids)
    return union(
        mine.outerjoin_from(listed, record, stored).where(record.c.id.is_(None)),
        mine.where(ids.in_(absent)),
        mine.where(ids.in_(unread)),
    )


_LISTED = select(listed.c.remote_id).where(listed.c.connection_id == _CONNECTION, listed.c.kind == _KIND)
_MISSED = _missed_query()


def _look_for_unlisted(observer: Observer, stream: Stream) -> None:
    kind = stream.kinds[0]
    with observer.store.reading() as db:
        unlisted = _unlisted(db, observer, kind, stream)
        total = _count(db, observer, kind)
    visible = _visible_containers(observer) if unlisted else frozenset()
    if unlisted and not total:
        _refuse_empty(observer, stream, unlisted, visible)
    by_id = {row.remote_id: row for row in unlisted}
    for part in chunks(list(by_id), BATCH):
        answers = list(observer.source.fetch([Ref(observer.home.site, kind, number) for number in part]))
        observer.store_page(stream, joined_page(answers))
        _mark(observer, stream, answers, by_id, visible)
    if total:
        with observer.store.writing() as db:
            _release_unlisted(db, observer, kind, stream)


def _refuse_empty(
    observer: Observer, stream: Stream, unlisted: Sequence[Unlisted], visible: frozenset[str]
) -> None:
    """A list without anything is believed only where a person approves it; then each record is looked at by itself.

    Raises ProtocolError, which nobody can approve, where no container of theirs is visible: that is what a permission
    looks like that was lost.
    """
    known = [row for row in unlisted if row.absent is None]
    if not known:
        return
    observer.connected.prove_before_removal()
    said = f"the census lists nothing, but {len(known)} records of {stream.name} are known"
    if all(row.container is not None and row.container not in visible for row in known):
        raise ProtocolError(said, hint="nothing was marked as gone; check what the account may see")
    if observer.may_empty(len(known)):
        return
    with observer.store.reading() as db:
        linked = _linked(db, [row.id for row in known])
    raise GuardTripped(
        f"{said}, {linked} of them linked",
        hint="nothing was marked as gone; check what the account may see and, if all of it was removed, "
        f"`syncline sync --approve {len(known)}`",
    )


def _linked(db: Connection, numbers: Sequence[int]) -> int:
    """How many of these records are in a group."""
    found = func.count(func.distinct(member.c.record_id))
    return sum(
        int(db.execute(select(found).where(member.c.record_id.in_(part))).scalar_one())
        for part in chunks(numbers)
    )


def _visible_containers(observer: Observer) -> frozenset[str]:
    source = observer.source
    if not isinstance(source, Describes):
        return frozenset()
    return frozenset(item.record.remote_id for item in source.containers())


def _mark(
    observer: Observer,
    stream: Stream,
    answers: Sequence[Fetched],
    by_id: dict[str, Unlisted],
    visible: frozenset[str],
) -> None:
    """Note why each record is not listed, where that is news."""
    observer.connected.prove_before_removal()
    groups: dict[str, list[int]] = {}
    removed = 0
    for answer in answers:
        if isinstance(answer, Present) and answer.page.withdrawn:
            continue  # erased by now
        row = by_id[answer.ref.remote_id]
        word = absence(answer, row.container in visible)
        if word != row.absent:
            groups.setdefault(word, []).append(row.id)
            removed += row.absent is None
    with observer.store.writing() as db:
        writer = Ingest(db, observer.home, observer.run_id, observer.clock.now())
        for word, numbers in groups.items():
            writer.mark_absent(numbers, word)
    crashpoint("census.marked")
    observer.tally(stream, {stream.kinds[0]: Tally(removed=removed)})


def absence(answer: Fetched, container_visible: bool) -> str:
    """Why a record is not listed, from what looking at it told."""
    match answer:
        case Present():
            return "out_of_scope"
        case Archived():
            return "archived"
        case Gone() | Moved():
            return "gone"
        case Forbidden():
            return "forbidden"
        case Missing():
            return "gone" if container_visible else "missing"


def joined_page(answers: Iterable[Fetched]) -> Page:
    """What fetched records brought, as one page."""
    pages = [answer.page for answer in answers if isinstance(answer, Present)]
    return Page(
        records=[item for page in pages for item in page.records],
        events=[item for page in pages for item in page.events],
        stubs=[item for page in pages for item in page.stubs],
        children_complete=frozenset(pair for page in pages for pair in page.children_complete),
        quarantined=[item for page in pages for item in page.quarantined],
        gone=frozenset(pair for page in pages for pair in page.gone),
        withdrawn=frozenset(pair for page in pages for pair in page.withdrawn),
    )


def _release_unlisted(db: Connection, observer: Observer, kind: Kind, stream: Stream) -> None:
    """What could not be read and is not there any more concerns nobody."""
    db.execute(_RELEASE, _about(observer, kind) | {"stream": stream.name})


_RELEASE = delete(quarantine).where(
    quarantine.c.connection_id == _CONNECTION,
    quarantine.c.kind == _KIND,
    or_(quarantine.c.stream == bindparam("stream"), quarantine.c.stream == ""),
    quarantine.c.remote_id.not_in(_LISTED),
)


def _count(db: Connection, observer: Observer, kind: Kind) -> int:
    """How many ids the list holds."""
    return int(db.execute(_COUNT, _about(observer, kind)).scalar_one())


_COUNT = (
    select(func.count())
    .select_from(listed)
    .where(listed.c.connection_id == _CONNECTION, listed.c.kind == _KIND)
)


def _unlisted(db: Connection, observer: Observer, kind: Kind, stream: Stream) -> list[Unlisted]:
    """Records that this stream delivered and that should be on the list, not counting what is new in this run.

    A small stream is walked whole every time, so what it lacks needs to be noted only once.
    """
    query = _UNLISTED_NEWLY if stream.cadence is Cadence.CENSUS else _UNLISTED
    asked = _about(observer, kind) | {"stream": stream.name, "known": observer.known}
    return [Unlisted(*row) for row in db.execute(query, asked)]


def _unlisted_query(absent: Any) -> Any:
    return (
        select(record.c.id, record.c.remote_id, record.c.container, record.c.absent)
        .where(
            record.c.connection_id == _CONNECTION,
            record.c.kind == _KIND,
            record.c.stream == bindparam("stream"),
            absent,
            record.c.remote_id.not_in(_LISTED),
            record.c.id <= bindparam("known"),
        )
        .order_by(record.c.id)
    )


_UNLISTED_NEWLY = _unlisted_query(record.c.absent.is_(None))
_UNLISTED = _unlisted_query(or_(record.c.absent.is_(None), record.c.absent.in_(("missing", "forbidden"))))
