"""Scope and what is done of the largest open entry of the roadmap, or else of the largest team or container."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncline.report.draft import Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.days import days_of
from syncline.report.formulas.forecast import Basis, Law, fan, law
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.sample import Sample, guard, sample
from syncline.report.model import Figure, Line, Name, Series
from syncline.report.parts import Refused
from syncline.report.pictures import Fan, Lines
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.roadmap.outlook import window
from syncline.report.words import tidy

PERCENTS = (50, 85, 95)
AHEAD = 12
"""Weeks that the fan is drawn for."""

_DATED = "(w.stage <> 'canceled' OR w.canceled_at IS NOT NULL)"
"""What was canceled nobody knows when would stay in the scope for ever."""

OF_ENTRY = (
    "SELECT item, created_at, done_at, canceled_at FROM inside_work w"
    f" WHERE leaf = 1 AND counted = 1 AND {_DATED} AND entry = :burn_up"
)
OF_TEAM = (
    f"SELECT item, created_at, done_at, canceled_at FROM work w WHERE counted = 1 AND sub_task = 0 AND {_DATED}"
    " AND coalesce(team, container) = :burn_up AND coalesce(done_at, canceled_at, :as_of) >= :weeks_start"
)


@dataclass(frozen=True)
class Whole:
    """What a burn-up is of: its name, the query for its parts, and whether they are those of an entry."""

    name: Line
    sql: str
    entry: Entry | None = None


def burn_up(draft: Draft, roadmap: Entries) -> Lines | None:
    """The picture; None where nothing is open."""
    whole = _largest(draft, roadmap)
    if whole is None:
        return None
    days = tuple(days_of(draft.weeks[0], draft.calendar.today - timedelta(days=1)))
    made = draft.ledger.family(
        {
            "burn_up_done": "Parts of what the burn-up is of that were done by the end of each day; of a team or"
            " container, without those that had ended before the first day.",
            "burn_up_scope": "Parts that were there and not canceled by the end of each day.",
        },
        whole.sql,
        "items",
        lambda rows: _by_day(draft, rows, days),
    )
    rows = draft.ledger.rows(whole.sql)
    fans = _fans(draft, whole, rows)
    series = (
        Series("Done", "done", made["burn_up_done"]),
        Series("Scope", "backlog", made["burn_up_scope"]),
    )
    last = days[-1].isoformat()
    summary: Line = (
        *whole.name,
        ": ",
        Figure(made["burn_up_done"].fact, last),
        " of ",
        Figure(made["burn_up_scope"].fact, last),
        " items are done",
        *_unsaid(whole, fans),
        ".",
    )
    return Lines("burn_up", "Burn-up of the largest", summary, "items", days, series, fans)


def _unsaid(whole: Whole, fans: Sequence[Fan]) -> Line:
    """Why no fan is drawn of an entry."""
    if fans or whole.entry is None or whole.entry.prospect is None:
        return ()
    if isinstance(whole.entry.prospect.outlook, Refusal):
        return ("; ", Refused(whole.entry.numbers.half))
    return ("; its forecast goes by its team",)


def _largest(draft: Draft, roadmap: Entries) -> Whole | None:
    """By how much is left; among equals by name, so that it does not change from run to run."""
    left = [
        (draft.ledger.number(one.numbers.open), one.id, one) for one in roadmap if one.prospect is not None
    ]
    if left and max(left)[0]:
        entry = min(left, key=lambda one: (-one[0], one[1]))[2]
        draft.ledger.let("burn_up", entry.id)
        return Whole((entry.item,), OF_ENTRY, entry)
    rows = draft.ledger.rows(
        "SELECT coalesce(team, container) AS name, coalesce(max(team), max(container_title)) AS title FROM work"
        " WHERE is_open = 1 AND sub_task = 0 AND coalesce(team, container) <> '' GROUP BY coalesce(team, container)"
        " ORDER BY count(*) DESC, name LIMIT 1"
    )
    if not rows:
        return None
    draft.ledger.let("burn_up", rows[0]["name"])
    return Whole((Name(tidy(rows[0]["title"], "(no name)")),), OF_TEAM)


def _by_day(draft: Draft, rows: Sequence[Row], days: Sequence[date]) -> Mapping[str, Mapping[str, Given]]:
    """At the end of each day: how many were done, and how many there were."""
    step: dict[str, dict[date, int]] = {"burn_up_done": {}, "burn_up_scope": {}}

    def add(name: str, at: str | None, by: int) -> None:
        if at is not None:
            day = max(draft.calendar.day(at), days[0])
            step[name][day] = step[name].get(day, 0) + by

    for row in rows:
        add("burn_up_scope", row["created_at"] or to_first(draft), 1)
        add("burn_up_scope", row["canceled_at"], -1)
        add("burn_up_done", row["done_at"], 1)
    found: dict[str, dict[str, Given]] = {}
    for name, steps in step.items():
        level = 0
        found[name] = {}
        for day in days:
            level += steps.get(day, 0)
            found[name][day.isoformat()] = level
    return found


def to_first(draft: Draft) -> str:
    """An item whose creation is not known was always there."""
    return draft.calendar.midnight(draft.weeks[0]).isoformat()


def _fans(draft: Draft, whole: Whole, rows: Sequence[Row]) -> tuple[Fan, ...]:
    """How much will be done at least, by the parts' own history; none where the forecast goes by another's."""
    prospect = whole.entry.prospect if whole.entry else None
    if prospect is not None and prospect.basis is not Basis.OWN:
        return ()
    settings = window(draft)
    day, today = draft.calendar.day, draft.calendar.today
    began = min((day(row["created_at"]) for row in rows if row["created_at"]), default=today)
    if whole.entry and whole.entry.standing.since:
        began = day(whole.entry.standing.since)
    own = sample([day(row["done_at"]) for row in rows if row["done_at"]], today, settings, known_from=began)
    left = sum(row["done_at"] is None and row["canceled_at"] is None for row in rows)
    steps = law(own)
    if not left or guard(own, settings) or not isinstance(steps, Law):
        return ()
    ahead = list(days_of(today, today + timedelta(weeks=AHEAD)))
    worked = [sum(map(settings.working.works, ahead[1 : at + 1])) for at in range(len(ahead))]
    future = fan(left, steps, worked[-1], PERCENTS)
    done = sum(row["done_at"] is not None for row in rows)
    return tuple(
        Fan(percent, _fan(draft, whole, own, percent, {
            one.isoformat(): done + left - future[min(worked[at], len(future) - 1)][place]
            for at, one in enumerate(ahead)
        }))
        for place, percent in enumerate(PERCENTS)
    )  # fmt: skip


def _fan(draft: Draft, whole: Whole, own: Sample, percent: int, values: Mapping[str, Given]) -> Figure:
    return draft.ledger.series(
        f"burn_up_fan_{percent}",
        f"M13: parts that will be done at least by the end of each day, with {percent} % probability, if the coming"
        f" worked days are like the {len(own.steps)} of the window.",
        whole.sql,
        "items",
        lambda _: values,
    )
