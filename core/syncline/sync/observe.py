"""Observing one connection: prove who we are, walk its streams, store what they deliver, take the census.

Nothing is decided here. A stream that fails leaves the others alone; what it had delivered stays, and its walk goes on
from there in the next run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from syncline.connector import Cadence, Censuses, Cursor, Page, Source, Splits, Stream
from syncline.errors import AuthError, ConfigError, GuardTripped, Stopped, SynclineError, VendorError
from syncline.model import Kind, Record
from syncline.seams import Clock, Stop, Tasks, crashpoint
from syncline.store import Store, walks
from syncline.store.compare import compare
from syncline.store.home import Home
from syncline.store.ingest import Ingest, Tally
from syncline.store.tables import record
from syncline.store.walks import Purpose, Standing, Walk
from syncline.sync import census, walking
from syncline.sync.opening import Connected
from syncline.sync.result import Counts, OnProgress, Problem, Progress
from syncline.sync.schedule import is_due, is_stale, reach, uncovered, walks_needed
from syncline.sync.walking import Failure, Prepared

if TYPE_CHECKING:
    from syncline.sync.aside import Aside

PARTS = 6
"""Walks side by side in a first pull, at most; half as many where this process reads them itself: each may hold two
pages, which take ten times the memory of what was sent."""
TOGETHER = 2
"""Pages that helpers have read which go into one transaction: each writes many pages of the indexes anew."""
PROOF_LASTS = 10.0
"""Seconds after which credentials are proven again before a walk is believed to be whole."""
LAG = timedelta(hours=1)
"""Longer than any search shows what was before our own write."""
EVER = datetime.min.replace(tzinfo=UTC)
_NEWEST = select(func.max(record.c.id))

Step = tuple[Prepared, Walk]
"""A page of a walk."""


@dataclass
class Observer:
    """One connection in one run. ``since`` is how far back a first pull goes; None: to the beginning.

    ``aside`` gives where large walks are done, None: here. ``may_empty``: whether a list may lack all of so many
    records that are known. ``overrule`` hears of a connection whose reading of shared records counts no more.
    """

    connected: Connected
    home: Home
    store: Store
    run_id: int
    clock: Clock
    tasks: Tasks
    census_every: timedelta
    since: datetime | None
    full: bool
    requests: Callable[[], int]
    on_progress: OnProgress
    stop: Stop = field(default_factory=Stop)
    aside: Callable[[], Aside | None] = lambda: None
    may_empty: Callable[[int], bool] = lambda known: False
    overrule: Callable[[str, ConfigError], None] = lambda rival, error: None

    def __post_init__(self) -> None:
        self.counts: dict[str, Counts] = {}
        self.problems: list[Problem] = []
        self.started = self.clock.now()
        self._moments = itertools.count()
        self._proven_moment = -1
        self._proven_at = self.clock.monotonic()
        self._counted_requests = 0
        self._erased = 0
        self._aside: Aside | None = None
        self.known = 0
        """The newest record from before this run; ids ascend."""
        self.listed: Stream | None = None
        """Whose list was read beside its walks."""

    @property
    def source(self) -> Source:
        return self.connected.source

    def observe(self) -> None:
        """Pull every stream that is due; failures end up in ``problems``. What was erased is wiped out at the end."""
        try:
            self._pull_all()
        finally:
            if self._aside is not None:
                self._aside.close()
            if self._erased:
                self.store.forget()

    def _pull_all(self) -> None:
        with self.store.reading() as db:
            self.known = db.execute(_NEWEST).scalar_one() or 0
        for stream in sorted(self.source.streams(), key=_turn):
            self.go_on()
            try:
                self._pull(stream)
            except AuthError as error:
                self.problems.append(Problem(self.connected.name, None, error))
                return
            except (VendorError, GuardTripped) as error:
                self.problems.append(Problem(self.connected.name, stream.name, error))
            finally:
                self._count_requests(stream)

    def _pull(self, stream: Stream) -> None:
        now = self.clock.now()
        with self.store.writing() as db:
            at = walks.standing(db, self.connected.id, stream.name)
            stream = stream.narrowed(stream.scope, reach(self.since, at))
            unfinished = self._still_wanted(db, stream, walks.open_walks(db, at.id))
        widened = at.scope is not None and bool(uncovered(stream.scope, at.scope))
        widened |= at.selection != stream.selection
        due = self.full or widened or is_due(at.census_at, self.census_every, now)
        if stream.cadence is Cadence.CENSUS and not due and not unfinished:
            return
        complete = False
        try:
            if due and at.census_at is not None:
                with self.store.writing() as db:
                    walks.note(db, at.id, census_at=None)  # owed until it has been taken
            self._walk_all(stream, at, unfinished)
            with self.store.reading() as db:
                at = walks.standing(db, self.connected.id, stream.name)
            due |= at.census_at is None  # a page may have asked for it
            if due:
                census.take(self, stream.narrowed(stream.scope, reach(stream.since, at)))
            complete = True
        finally:
            with self.store.writing() as db:
                taken = {"census_at": self.clock.now()} if due and complete else {}
                walks.note(db, at.id, complete=complete, **taken)
            feeds = {stream.name, *stream.counted_as.values()} | ({stream.history_as} & self.counts.keys())
            for name in sorted(feeds):
                self._counts(name).complete = complete
            self._counts(stream.name).remark = stream.remark
        crashpoint("stream.ended")

    def _still_wanted(self, db: Connection, stream: Stream, unfinished: list[Walk]) -> list[Walk]:
        """The walks to go on with; a full pull and a changed configuration begin anew."""
        stale = [walk for walk in unfinished if self.full or is_stale(walk, stream)]
        walks.abandon(db, stale)
        return [walk for walk in unfinished if walk not in stale]

    # ---- walking ---------------------------------------------------------------------------------------------------

    def _walk_all(self, stream: Stream, at: Standing, unfinished: list[Walk]) -> None:
        """Finish the walks that an earlier run left, then do the new ones, in order.

        What an earlier run began ends where that run began: what changed since needs a walk of its own.
        """
        self._drive(stream, unfinished)
        full = self.full or stream.cadence is Cadence.CENSUS
        if unfinished:
            with self.store.reading() as db:
                at = walks.standing(db, self.connected.id, stream.name)
        for purpose, part in walks_needed(stream, at, full=full):
            cursors = self._cursors(purpose, part)
            anew = (
                at.scope is None and len(cursors) > 1 and stream.listed and isinstance(self.source, Censuses)
            )
            with self.store.writing() as db:
                at = walks.standing(db, self.connected.id, stream.name)
                if purpose is Purpose.INCREMENT:
                    cursors = [Cursor(mark=at.mark)]
                walks.start(db, at, purpose, part, cursors, self.clock.now())
                if anew or stream.cadence is Cadence.CENSUS:
                    census.begin(db, self.connected.id, stream.kinds)
                fresh = [walk for walk in walks.open_walks(db, at.id) if walk.purpose is purpose]
            self._drive(stream, fresh, part if anew else None)

    def _cursors(self, purpose: Purpose, part: Stream) -> list[Cursor]:
        parts = min(PARTS, self.source.capabilities.concurrency)
        if purpose is not Purpose.FIRST or parts < 2 or not isinstance(self.source, Splits):
            return [Cursor()]
        if part.cadence is Cadence.RUN:
            self._aside = self._aside or self.aside()
            if self._aside is not None:
                self._aside.start_ahead()
        wanted = parts if self._aside is not None else max(2, parts // 2)
        cursors = list(self.source.split(part, wanted)) or [Cursor()]
        if self._aside is not None and len(cursors) == 1:
            self._aside.close()
        return cursors

    def _drive(self, stream: Stream, todo: list[Walk], listing: Stream | None = None) -> None:
        """Walk to the end of all of ``todo``; a walk that fails lets the others finish first.

        Last pages wait for each other, so that one proof of the credentials serves them all. Beside the walks the list
        of ``listing`` is read: where nothing was known before, nobody will be looked for who is not on it.
        """
        read = 0
        held: list[tuple[int, Prepared, Walk]] = []
        waiting: list[Step] = []
        failure: SynclineError | None = None
        beside = [] if listing is None else [census.beside(self.source, listing)]
        with closing(self._arriving(stream, todo, beside)) as arriving:
            for index, item in arriving:
                if isinstance(item, Failure):
                    failure = failure or item.error
                    continue
                if not isinstance(item, Prepared):
                    census.keep(self, stream, item)
                    continue
                read += len(item.readings)
                if item.page.last:
                    held.append((next(self._moments), item, todo[index]))
                    continue
                waiting.append((item, todo[index]))
                if self._aside is None or len(todo) == 1 or len(waiting) == TOGETHER:
                    self._store_waiting(stream, waiting, abreast=len(todo) > 1)
        self._store_waiting(stream, waiting, abreast=len(todo) > 1)
        for moment, item, walk in held:
            if moment > self._proven_moment:
                self._believe(stream, walk, read)
            self._store(stream, item, [(item, walk)], abreast=len(todo) > 1)
        if failure is not None:
            raise failure
        self.listed = listing

    def _arriving(
        self, stream: Stream, todo: list[Walk], beside: Sequence[Iterator[Sequence[str] | Failure]]
    ) -> Generator[tuple[int, Prepared | Failure | Sequence[str]]]:
        """What comes of the walks, as it comes. Where there are many, much is to be read: that is done aside.

        What comes from ``beside`` has the numbers after these.
        """
        legs = [(walk.of(stream), walk.cursor) for walk in todo]
        if len(legs) > 1:
            self._aside = self._aside or self.aside()
        if len(legs) > 1 and self._aside is not None:
            yield from self._aside.walk(legs, self.home, beside)
            return
        feeds = [*(walking.walk(self.source, leg) for leg in legs), *beside]
        for index, item in self.tasks.merge(feeds, ahead=0):
            yield index, walking.prepare(self.home, item) if isinstance(item, Page) else item

    def _believe(self, stream: Stream, walk: Walk, read: int) -> None:
        """Before a walk counts as whole: are we still who we were? Lost credentials can look like an empty end."""
        long_ago = self.clock.monotonic() - self._proven_at > PROOF_LASTS
        large = stream.cadence is Cadence.RUN and walk.purpose is not Purpose.INCREMENT
        if long_ago or large or (read == 0 and walk.cursor.mark):
            self._proven_moment = next(self._moments)
            self.connected.assure(again=True, heard=self._aside is None or self._aside.vouched)
            self._proven_at = self.clock.monotonic()
        if read == 0 and walk.cursor.mark:
            self.connected.prove_site()  # what stood at the mark should have come again: is this still the same site?

    def go_on(self) -> None:
        """Raise Stopped where the run shall end; between pages, so that each is stored whole with its place."""
        if self.stop.asked:
            raise Stopped(f"told to end by {self.stop.by}")

    # ---- storing ---------------------------------------------------------------------------------------------------

    def store_page(self, stream: Stream, page: Page) -> None:
        """One page that belongs to no walk, in one transaction."""
        self._store(stream, walking.prepare(self.home, page))

    def _store_waiting(self, stream: Stream, waiting: list[Step], *, abreast: bool) -> None:
        """Pages in one transaction, where none has to do with another; then none waits any more."""
        whole = walking.joined([item for item, _ in waiting])
        if whole is not None:
            self._store(stream, whole, waiting, abreast=abreast)
        else:
            for item, walk in waiting:
                self._store(stream, item, [(item, walk)], abreast=abreast)
        waiting.clear()

    def _store(
        self, stream: Stream, prepared: Prepared, steps: Sequence[Step] = (), *, abreast: bool = False
    ) -> None:
        """One page in one transaction, with the steps of walks that it is; ``abreast`` of it come others."""
        page, readings = prepared.page, prepared.readings
        self.go_on()
        self.connected.assure()
        wary_since = self._wary_since if steps else None
        if self.connected.account is None:
            with self.store.reading() as db:
                changes = bool(compare(db, self.home, readings, wary_since))
            changes = changes or bool(page.quarantined or page.gone or page.withdrawn)
            if changes:
                self.connected.prove_site()
        now = self.clock.now()
        crashpoint("page.received")
        with self.store.writing() as db:
            ingest = Ingest(db, self.home, self.run_id, now, stream.name, wary_since)
            tallies = ingest.page(page, readings, prepared.stubs)
            for item, rival in ingest.disputed:
                raise two_maps(self.connected.name, item.record, rival)
            overruled = {rival: item.record for item, rival in ingest.overruled}
            if stream.cadence is Cadence.CENSUS:
                for kind in stream.kinds:
                    seen = [item.remote_id for item in readings if item.kind is kind]
                    seen += [item.remote_id for item in page.quarantined if item.kind is kind]
                    census.note(db, self.connected.id, kind, seen)
            self.connected.outdate(db, prepared.outdated, others=abreast)
            crashpoint("page.stored")
            for one, walk in steps:
                _step(db, walk, one.page, now)
        crashpoint("page.committed")
        for rival, found in overruled.items():
            self.overrule(rival, two_maps(rival, found, self.connected.name))
        self._erased += ingest.erased
        self.tally(stream, tallies)

    @property
    def _wary_since(self) -> datetime:
        """A walk goes by a search, which may lag; but a full pull believes it of what is no longer new to us."""
        return self.started - LAG if self.full else EVER

    def tally(self, stream: Stream, tallies: dict[Kind | str, Tally]) -> None:
        for kind, tally in tallies.items():
            name = stream.counted_as.get(kind, stream.name) if isinstance(kind, Kind) else stream.history_as
            self._counts(name).add(tally)
        self.on_progress(Progress(self.connected.name, stream.name, self._counts(stream.name)))

    def _counts(self, name: str) -> Counts:
        return self.counts.setdefault(name, Counts())

    def _count_requests(self, stream: Stream) -> None:
        """Put what was sent since the last stream down to this one, if it was due; proving who we are comes on top."""
        if stream.name in self.counts:
            sent = self.requests() + (self._aside.requests if self._aside else 0)
            self._counts(stream.name).requests += sent - self._counted_requests
            self._counted_requests = sent


def _step(db: Connection, walk: Walk, page: Page, now: datetime) -> None:
    """A walk has come past a page."""
    if page.census_due:
        walks.note(db, walk.stream_id, census_at=None)  # owed, though the run should end here
    if page.last:
        walks.finish(db, walk, page.next.mark, now)
    else:
        walks.advance(db, walk, page.next)


def two_maps(name: str, found: Record, rival: str) -> ConfigError:
    """What is said where two connections would turn over each other's records."""
    return ConfigError(
        f"connection {name} reads {found.key or found.remote_id} by another map of statuses or "
        f"fields than connection {rival}, which reads it too",
        hint="give both the same status and fields, or let each read containers of its own",
    )


def _turn(stream: Stream) -> tuple[bool, bool]:
    """Small streams come first, of these the containers: what follows is read by their keys."""
    return stream.cadence is not Cadence.CENSUS, Kind.CONTAINER not in stream.kinds
