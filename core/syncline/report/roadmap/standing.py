"""How each entry stands by what its own records say: stage, dates, baseline and moves. Pure but for its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from syncline.report.draft import Draft
from syncline.report.facts import Row
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.slips import Slip, TargetChange, TargetMove, slip
from syncline.report.parts import Item
from syncline.report.roadmap.targets import Told, Trail, day, trail

BEGUN = ("doing", "review", "done")
_FIRST = datetime.min.replace(tzinfo=UTC)

RECORDS = "SELECT * FROM entry_record ORDER BY entry, place"
CHANGES = """
SELECT r.ref, r.entry, r.place, r.target, e.at, e.old, e.new, e.actor_name, r.connection, e.origin
FROM entry_record r LEFT JOIN entry_event e ON e.record_id = r.record_id AND e.field = 'due_on' AND e.at <= :as_of
ORDER BY r.entry, r.place, e.at, e.event_id"""
"""The dates of every record of an entry, now and before: the rows behind all that is said of slips."""

STARTS = """
SELECT entry, min(started_at) AS started_at FROM inside_work
WHERE counted = 1 AND started_at IS NOT NULL GROUP BY entry"""
"""When work on the first of an entry's parts began."""


@dataclass(frozen=True)
class Standing:
    """One thing on the roadmap, by its own records; ``id`` is the item of its lead.

    ``stage`` is backlog, ready, doing, review, done, canceled or unknown, as the lead has it. ``target`` is the date
    that counts. ``began``: work on it has begun, at ``since``; else its slip counts from the first date it was given.
    Instants are aware; ``done_at`` is set where it is done.
    """

    id: str
    item: Item
    rows: tuple[Row, ...]
    stage: str
    committed: bool
    public: bool
    dates: Trail
    began: bool
    since: datetime | None
    slipped: Slip | Refusal
    done_at: datetime | None

    @property
    def target(self) -> date | None:
        return self.dates.target

    @property
    def baseline(self) -> date | None:
        """What was promised when work began."""
        return self.slipped.baseline if isinstance(self.slipped, Slip) else None

    @property
    def trail(self) -> tuple[TargetMove, ...]:
        """Every move of the target since the baseline, oldest first."""
        return self.slipped.moves if isinstance(self.slipped, Slip) else ()

    @property
    def typed_start(self) -> date | None:
        """The first day that somebody typed."""
        return next((found for row in self.rows if (found := day(row["start_on"]))), None)

    def start_on(self, draft: Draft) -> date | None:
        """The first day, as typed or else as work began."""
        return self.typed_start or (draft.calendar.day(self.since) if self.since else None)

    def due_between(self, first: date, last: date) -> bool:
        """Whether it is open and its target lies between these days, both included."""
        return not self.ended and self.target is not None and first <= self.target <= last

    @property
    def ended(self) -> bool:
        return self.stage in ("done", "canceled")

    @property
    def tools(self) -> tuple[str, ...]:
        """The connections that hold a record of it, the lead's first."""
        return tuple(dict.fromkeys(row["connection"] for row in self.rows))


def standings(draft: Draft) -> tuple[Standing, ...]:
    """Every entry, in the order of its lead's number."""
    by_entry: dict[str, list[Row]] = defaultdict(list)
    for row in draft.ledger.rows(RECORDS):
        by_entry[row["entry"]].append(row)
    changes: dict[str, list[Row]] = defaultdict(list)
    changed = draft.ledger.rows(CHANGES)
    for row in changed:
        changes[row["ref"]].append(row)
    telling = {row["connection"] for row in changed if row["origin"] == "native"}
    starts = {row["entry"]: row["started_at"] for row in draft.ledger.rows(STARTS)}
    order = {
        name: place
        for place, name in enumerate((draft.settings.roadmap and draft.settings.roadmap.target) or ())
    }
    return tuple(
        _standing(draft, rows, starts.get(entry), _told(rows, changes, telling, order))
        for entry, rows in sorted(by_entry.items(), key=lambda pair: int(pair[0][1:]))
    )


def _told(
    rows: Iterable[Row], changes: Mapping[str, Sequence[Row]], telling: set[str], order: Mapping[str, int]
) -> list[Told]:
    """What each record says of its date, those first whose date counts."""
    ordered = sorted(rows, key=lambda row: (order.get(row["connection"], len(order)), row["place"]))
    return [
        Told(
            row["connection"],
            day(row["target"]),
            _instant(row["created_at"] if row["connection"] in telling else row["first_seen_at"]) or _FIRST,
            tuple(_changes(changes[row["ref"]])),
        )
        for row in ordered
    ]


def _changes(rows: Iterable[Row]) -> Iterator[TargetChange]:
    for row in rows:
        old, new = day(row["old"]), day(row["new"])
        unreadable = (row["old"] and not old) or (row["new"] and not new)
        if row["at"] and not unreadable:
            at = datetime.fromisoformat(row["at"])
            yield TargetChange(at, old, new, row["connection"], row["actor_name"] or "")


def _standing(draft: Draft, rows: Sequence[Row], started: str | None, told: Sequence[Told]) -> Standing:
    lead = rows[0]
    own = min((row["started_at"] for row in rows if row["started_at"]), default=None)
    created = min((row["created_at"] for row in rows if row["created_at"]), default=None)
    since = _instant(own or started or (created if lead["stage"] in BEGUN else None))
    dates = trail(told, draft.settings.as_of)
    committed_at = since or _instant(created) or _FIRST
    slipped = _to(dates.target, slip(dates.changes, dates.target, committed_at, draft.settings.as_of))
    return Standing(
        id=lead["entry"],
        item=draft.item(lead),
        rows=tuple(rows),
        stage=lead["stage"],
        committed=bool(lead["committed"]),
        public=bool(lead["public"]),
        dates=dates,
        began=since is not None,
        since=since,
        slipped=slipped,
        done_at=_instant(lead["done_at"]),
    )


def _to(target: date | None, found: Slip | Refusal) -> Slip | Refusal:
    """The slip to the target that is printed beside it: a history with gaps may end with another day."""
    if isinstance(found, Refusal) or found.current == target:
        return found
    return replace(found, current=target, days=(target - found.baseline).days if target else None)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
