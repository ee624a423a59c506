"""What holds an entry up: parts that wait or are flagged, what blocks them, and the entries it waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncline.report.draft import Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.days import WorkingDays
from syncline.report.model import Figure
from syncline.report.settings import WEEKDAYS

_STUCK = """
SELECT w.item, w.priority, w.flagged, w.category, w.key, w.title, w.url, h.since
FROM work w
LEFT JOIN (
  SELECT item, min(since) AS since, max(blocked) AS blocked FROM (
    SELECT p.item, p.since, 0 AS blocked FROM pause p JOIN work v ON v.item = p.item
    WHERE p.field = 'flagged' AND v.flagged = 1 OR p.field = 'status' AND v.category = 'waiting'
    UNION ALL
    SELECT coalesce(r.item, k.item), k.since, 1
    FROM blocking k JOIN work v ON v.item = k.blocker AND v.is_open = 1 LEFT JOIN entry_record r ON r.entry = k.item
  ) begun GROUP BY item) h ON h.item = w.item
WHERE w.is_open = 1 AND (w.flagged = 1 OR w.category = 'waiting' OR h.blocked = 1)"""
"""Of several reasons the one that has held for longest tells since when."""

HELD = f"""
SELECT s.*, i.entry, 0 AS own FROM ({_STUCK}) s JOIN inside i ON i.item = s.item
UNION
SELECT s.*, r.entry, 1 FROM ({_STUCK}) s JOIN entry_record r ON r.item = s.item
ORDER BY since, item"""  # noqa: S608
"""Open parts of entries, and (``own``) the entries' own records, that go no further."""

_ENDS = """
SELECT entry, item AS node FROM inside WHERE item IN (SELECT item FROM blocking UNION SELECT blocker FROM blocking)
UNION ALL SELECT entry, entry FROM entry_record WHERE place = 1"""
"""Whatever blocks or is blocked, and the entries it belongs to: an entry to itself."""

WAITS = f"""
SELECT DISTINCT b.item, a.entry AS waits, c.entry AS waits_for, b.blocker, b.since
FROM blocking b JOIN ({_ENDS}) a ON a.node = b.item JOIN ({_ENDS}) c ON c.node = b.blocker
LEFT JOIN work v ON v.item = b.blocker
JOIN entry_record o ON o.entry = c.entry AND o.place = 1 AND o.stage NOT IN ('done', 'canceled')
JOIN entry_record s ON s.entry = a.entry AND s.place = 1 AND s.stage NOT IN ('done', 'canceled')
WHERE a.entry <> c.entry AND coalesce(v.is_open, 1) = 1
  AND NOT EXISTS (SELECT 1 FROM inside n WHERE n.entry = a.entry AND n.item = c.entry
                  OR n.entry = c.entry AND n.item = a.entry)
ORDER BY a.entry, c.entry, b.item"""  # noqa: S608
"""An entry waits for another where a part of it, or it itself, is blocked by an open part of the other."""

URGENT = ("urgent", "high")


@dataclass(frozen=True)
class Held:
    """A part of an entry, or (``own``) the entry itself, that goes no further; ``days`` are worked days since then."""

    row: Row
    own: bool
    since: datetime | None
    days: int | None
    critical: bool


def held(draft: Draft, left: Mapping[str, int]) -> dict[str, tuple[Held, ...]]:
    """By entry what goes no further, longest first. ``left``: open leaves of each.

    Critical is the entry itself, what is urgent or high, and everything where nothing else is left to be done.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in draft.ledger.rows(HELD):
        rows[row["entry"]].append(row)
    days = frozenset(WEEKDAYS.index(day) for day in draft.settings.workdays)
    return {
        entry: tuple(_held(draft, row, len(found) >= left.get(entry, 0), WorkingDays(days)) for row in found)
        for entry, found in rows.items()
    }


def _held(draft: Draft, row: Row, everything: bool, working: WorkingDays) -> Held:
    since = datetime.fromisoformat(row["since"]) if row["since"] else None
    days = working.after(draft.calendar.day(since), draft.calendar.today) if since else None
    critical = bool(row["own"]) or row["priority"] in URGENT or everything
    return Held(row, bool(row["own"]), since, days, critical)


def waits(draft: Draft) -> dict[str, tuple[str, ...]]:
    """By entry the entries that it waits for."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in draft.ledger.rows(WAITS):
        found[row["waits"]][row["waits_for"]] = None
    return {entry: tuple(others) for entry, others in found.items()}


def figures(draft: Draft, found: Mapping[str, Sequence[Held]], ids: Sequence[str]) -> dict[str, Figure]:
    """The facts of what holds entries up."""

    def longest(_: Sequence[Row]) -> dict[str, Given]:
        return {entry: _longest(found[entry]) for entry in ids if _longest(found.get(entry, ())) is not None}

    return {
        "held": draft.ledger.groups(
            "roadmap_held",
            "Open parts of each entry, and the entry itself, that are flagged, wait, or are blocked by open work.",
            f"SELECT item, entry FROM ({HELD})",  # noqa: S608
            keys=ids,
        ),
        "blocked_days": draft.ledger.series(
            "roadmap_blocked_days",
            "Worked days since the longest of the critical ones among them is held up. Critical is the entry itself, a"
            " part of urgent or high priority, and every part where no other is left.",
            HELD,
            "days",
            longest,
        ),
        "waits": draft.ledger.series(
            "roadmap_waits",
            "Open entries that each entry waits for: a part of it is blocked by an open part of theirs.",
            WAITS,
            "entries",
            lambda rows: {
                entry: len({row["waits_for"] for row in rows if row["waits"] == entry})
                for entry in sorted({row["waits"] for row in rows})
            },
        ),
    }


def _longest(found: Sequence[Held]) -> int | None:
    return max((one.days for one in found if one.critical and one.days is not None), default=None)
