"""The standup: what moved since the last workday, what is stuck or newly blocked, what is due; by team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncline.report.draft import LONGEST_LIST, Draft, plural, work
from syncline.report.facts import Row
from syncline.report.flow import BLOCKED, STUCK
from syncline.report.making import drafting, made, working_set
from syncline.report.model import Column, Figure, Line, Name, Provenance, Report, Section, State
from syncline.report.progress import state_of
from syncline.report.provenance import provenance
from syncline.report.settings import WEEKDAYS, Calendar, ReportSettings
from syncline.report.shared import Shared
from syncline.report.words import tidy
from syncline.store.instants import to_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

SOON = 3
"""Days."""

MOVED = (
    "SELECT DISTINCT m.item FROM move m JOIN work w ON w.item = m.item"
    " WHERE w.counted = 1 AND w.sub_task = 0 AND m.place > 0 AND m.at >= :standup_from"
)
NEWLY = (
    "SELECT item FROM work WHERE {blocked} AND (item IN (SELECT item FROM move WHERE place > 0 AND waits = 1"
    " AND at >= :standup_from) OR item IN (SELECT item FROM flag_change WHERE flagged = 1 AND at >= :standup_from))"
)
MOVED_RULE = "Items that entered another status since the last workday began; on a Monday that is Friday."
BLOCKED_RULE = "Items that began to wait, or were flagged, since then, and still are."
STUCK_RULE = (
    "In progress or waiting, and nothing changed for longer than a week, or than all but the slowest of the items done"
    " in the last ninety days took, whichever is longer."
)
DUE_RULE = f"Open items that are overdue or due within {SOON} days."


def build_standup(connection: Connection, settings: ReportSettings) -> Report:
    """What a team talks about on the morning of ``settings.as_of``; the period of the settings plays no part."""
    basis = working_set(connection, settings)
    with drafting(basis, settings) as draft:
        shared = Shared(draft)
        day = last_workday(draft.calendar, settings.workdays)
        origin = _since(draft, day)
        began = draft.calendar.midnight(day)
        draft.ledger.let("standup_from", to_text(began))
        soon = draft.calendar.today + timedelta(days=SOON)
        draft.ledger.let("standup_until", soon.isoformat())
        moved, stuck, blocked, due = _figures(draft, shared)
        sections = (
            _section(draft, "moved", "Moved", MOVED_RULE, moved, "changed_at IS NULL, changed_at DESC"),
            _section(draft, "stuck", "Stuck", STUCK_RULE, stuck, "changed_at"),
            _section(draft, "blockers", "New blockers", BLOCKED_RULE, blocked, "changed_at DESC"),
            _section(draft, "due", "Due", DUE_RULE, due, "due_on"),
        )
        top = (_top(draft, moved, stuck, blocked, due),)
        return made("standup", draft, basis, origin, top, (), sections)


def _since(draft: Draft, day: date) -> Provenance:
    """Where it comes from, and the time that it speaks of, which is not the period of the settings."""
    whole = provenance(draft)
    since: Line = (
        "Since ",
        day,
        ", the last workday. Days are those of ",
        Name(draft.settings.timezone),
        ".",
    )
    return replace(whole, lines=(since, *whole.lines[1:]))


def last_workday(calendar: Calendar, workdays: Sequence[str]) -> date:
    """The last worked day before today."""
    day = calendar.today - timedelta(days=1)
    while WEEKDAYS[day.weekday()] not in workdays:
        day -= timedelta(days=1)
    return day


def _figures(draft: Draft, shared: Shared) -> tuple[Figure, Figure, Figure, Figure]:
    shared.flow  # noqa: B018 - gives the queries the threshold of stuck
    count = draft.ledger.count
    quiet = "Items in progress or waiting without any change since the threshold."
    due = work("is_open = 1 AND sub_task = 0 AND due_on <= :standup_until")
    return (
        count("standup_moved", "Items that entered another status since the last workday began.", MOVED),
        count("standup_stuck", quiet, work(STUCK)),
        count(
            "standup_blocked", "Items blocked since the last workday began.", NEWLY.format(blocked=BLOCKED)
        ),
        count("standup_due", f"Open items that are overdue or due within {SOON} days.", due),
    )


def _top(draft: Draft, moved: Figure, stuck: Figure, blocked: Figure, due: Figure) -> Line:
    ledger = draft.ledger
    return (
        *plural(ledger, moved, "item moved", "items moved"),
        " since the last workday, ",
        *plural(ledger, stuck, "is stuck", "are stuck"),
        ", ",
        *plural(ledger, blocked, "is newly blocked", "are newly blocked"),
        ", ",
        *plural(ledger, due, "is due", "are due"),
        ".",
    )


def _section(draft: Draft, id: str, title: str, rule: str, figure: Figure, order: str) -> Section:
    if not draft.ledger.number(figure):
        return Section(id, title, rule, silent="Nothing.")
    rows = draft.ledger.behind(figure, f"coalesce(team, container), {order}", LONGEST_LIST)
    cells: dict[Column, list[Line]] = {
        Column("team", "Team"): [_team(draft, row) for row in rows],
        Column("state", "State"): [_state(row) for row in rows],
        Column("due", "Due"): [(date.fromisoformat(row["due_on"]),) if row["due_on"] else () for row in rows],
    }
    table = draft.listing(f"standup_{id}_items", title, rows, figure, cells)
    return Section(id, title, rule, (), (replace(table, folded=False),))


def _team(draft: Draft, row: Row) -> Line:
    return (Name(tidy(row["team"], "?")),) if row["team"] else draft.container(row)


def _state(row: Row) -> Line:
    ended = {"done": State.DONE, "canceled": State.CANCELED}.get(row["stage"])
    return (ended,) if ended else state_of(row)
