"""Section 3: what somebody must decide, and what else needs a person."""
# ruff: noqa: S608 - the parts put together here are constants of this package, or quoted

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from syncline.report.draft import LONGEST_LIST, Draft, plural
from syncline.report.facts import Row
from syncline.report.model import Column, Figure, Item, Line, Name, Section, State, Table
from syncline.report.signal.asks import entry_asks
from syncline.report.words import safe_url, tidy

if TYPE_CHECKING:
    from syncline.report.shared import Shared

DECISIONS_RULE = (
    "A decision is open until its record says that it was made, or replaced; overdue ones come first. Asks are what the"
    " data shows to need a person."
)
SHOWN = 6
"""Open decisions that everybody sees; the table is folded if there are more."""

ENDED = "('decided', 'superseded', 'rejected', 'accepted', 'done', 'closed')"
WAS_OPEN = f"(coalesce(state, '') NOT IN {ENDED} OR (decided_on > :today AND state <> 'superseded'))"
_OPEN = f"SELECT ref, key, title, url, owner, due_on, at FROM choice WHERE {WAS_OPEN}"
_OVERDUE = f"{_OPEN} AND due_on < :today"
_MADE = f"SELECT ref, key, title, url, owner, state, decided_on FROM choice WHERE NOT {WAS_OPEN}"
_UNOWNED_BLOCKERS = (
    "SELECT DISTINCT w.item FROM blocking b JOIN work w ON w.item = b.blocker JOIN work o ON o.item = b.item"
    " WHERE w.is_open = 1 AND o.is_open = 1 AND NOT EXISTS (SELECT 1 FROM assigned a WHERE a.ref = w.lead)"
)
_CONFLICTS = "SELECT id FROM unsettled WHERE kind = 'conflict'"
_BLOCKED = "SELECT id FROM unsettled WHERE kind = 'blocked'"


@dataclass(frozen=True)
class Asks:
    """Figures of what needs a person."""

    decisions: Figure
    overdue: Figure
    conflicts: Figure
    blocked: Figure
    blockers: Figure


def asks(draft: Draft) -> Asks:
    ledger = draft.ledger
    return Asks(
        ledger.count("decisions_open", "Decisions that are open.", _OPEN, "decisions"),
        ledger.count(
            "decisions_overdue", "Open decisions that were needed before today.", _OVERDUE, "decisions"
        ),
        ledger.count(
            "conflicts_open",
            "Fields that two tools disagree on, which wait for a person.",
            _CONFLICTS,
            "fields",
        ),
        ledger.count(
            "fields_blocked", "Fields that could not be written to another tool.", _BLOCKED, "fields"
        ),
        ledger.count(
            "blockers_unowned",
            "Open items that block other open items and that nobody has.",
            _UNOWNED_BLOCKERS,
        ),
    )


def decisions_section(draft: Draft, shared: Shared) -> Section:
    """Open decisions, asks, and folded what was decided."""
    ledger, found = draft.ledger, shared.asks
    id, title = "decisions", "Decisions and asks"
    if draft.settings.profile == "public":
        return Section(id, title, DECISIONS_RULE, silent="Decisions are not shown to this audience.")
    known = bool(ledger.rows("SELECT 1 FROM choice LIMIT 1"))
    lines = (*_asks(draft, found), *entry_asks(draft, shared, WAS_OPEN))
    if not known and not lines:
        return Section(id, title, DECISIONS_RULE, silent="No decision was read, and nothing needs a person.")
    if known and not ledger.number(found.decisions):
        lines = (("No decision is open.",), *lines)
    tables = (_open_table(draft), _log(draft)) if known else ()
    return Section(id, title, DECISIONS_RULE, lines, tables)


def _asks(draft: Draft, found: Asks) -> tuple[Line, ...]:
    ledger = draft.ledger
    lines: list[Line] = []
    if ledger.number(found.decisions):
        line: Line = plural(ledger, found.decisions, "decision is open", "decisions are open")
        overdue: Line = (", ", found.overdue, " overdue.") if ledger.number(found.overdue) else (".",)
        lines.append((*line, *overdue))
    for figure, one, many in (
        (
            found.conflicts,
            "field waits for a choice between two tools.",
            "fields wait for a choice between two tools.",
        ),
        (found.blocked, "field could not be written.", "fields could not be written."),
        (found.blockers, "item blocks others and has no owner.", "items block others and have no owner."),
    ):
        if ledger.number(figure):
            lines.append(plural(ledger, figure, one, many))
    return tuple(lines)


def _open_table(draft: Draft) -> Table:
    ledger, calendar = draft.ledger, draft.calendar
    ages = ledger.each(
        "decision_age",
        "Midnights since each open decision was made known, by its tool's date or else by when it was first read.",
        _OPEN,
        "days",
        lambda row: calendar.days_since(row["at"]),
    )
    rows = ledger.rows(f"{_OPEN} ORDER BY due_on IS NULL, due_on, at, ref LIMIT {LONGEST_LIST}")
    about = _about(draft)
    columns = (
        Column("decision", "Decision"),
        Column("owner", "Who"),
        Column("due", "By"),
        Column("about", "About"),
        Column("age", "Age (days)", numeric=True),
    )
    lines = tuple(
        (
            (_decision(draft, row),),
            _owner(row),
            _due(draft, row),
            about.get(row["ref"], ()),
            (Figure(ages.fact, row["ref"]),),
        )
        for row in rows
    )
    return Table(
        "open_decisions",
        "Open decisions",
        columns,
        lines,
        listing=True,
        cut=len(rows) == LONGEST_LIST,
        empty="No decision is open.",
        folded=len(rows) > SHOWN,
    )


def _log(draft: Draft) -> Table:
    rows = draft.ledger.rows(f"{_MADE} ORDER BY decided_on DESC, ref LIMIT {LONGEST_LIST}")
    about = _about(draft)
    columns = (
        Column("decision", "Decision"),
        Column("owner", "Who"),
        Column("decided", "When"),
        Column("state", "State"),
        Column("about", "About"),
    )
    lines = tuple(
        (
            (_decision(draft, row),),
            _owner(row),
            (date.fromisoformat(row["decided_on"]),) if row["decided_on"] else ("not said",),
            (Name(tidy(row["state"], "?")),),
            about.get(row["ref"], ()),
        )
        for row in rows
    )
    cut = len(rows) == LONGEST_LIST
    return Table("decision_log", "Decision log", columns, lines, listing=True, cut=cut, folded=True)


def _about(draft: Draft) -> dict[str, Line]:
    """What each decision is about: items by name, and names that fit none as they stand."""
    found: dict[str, Line] = {}
    rows = draft.ledger.rows(
        "SELECT n.ref, n.name, l.item, l.key, l.title, l.url FROM named n"
        " LEFT JOIN meant m ON m.ref = n.ref AND m.name = n.name LEFT JOIN label l ON l.item = m.item"
        " WHERE n.kind = 'Decision' ORDER BY n.ref, n.name"
    )
    for row in rows:
        part = draft.item(row) if row["item"] else Name(tidy(row["name"], "?"))
        found[row["ref"]] = (*found[row["ref"]], ", ", part) if row["ref"] in found else (part,)
    return found


def _decision(draft: Draft, row: Row) -> Item:
    key = tidy(row["key"], "")
    return Item(row["ref"], key or None, tidy(row["title"], "(no title)"), safe_url(row["url"], draft.hosts))


def _owner(row: Row) -> Line:
    return (Name(tidy(row["owner"], "?")),) if row["owner"] else ("nobody",)


def _due(draft: Draft, row: Row) -> Line:
    if not row["due_on"]:
        return ("no date",)
    due = date.fromisoformat(row["due_on"])
    return (due, " ", State.OVERDUE) if due < draft.calendar.today else (due,)
