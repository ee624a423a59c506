"""The sections about single pieces of work: done, in progress, stuck, and due next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from syncline.report.draft import LONGEST_LIST, Draft, plural, work
from syncline.report.facts import Row
from syncline.report.flow import DONE_RULE, DUE_RULE, OVERDUE, PROGRESS_RULE, STUCK, STUCK_RULE, Flow
from syncline.report.model import Chart, Column, Figure, Line, Name, Section, Series, State, Table
from syncline.report.shared import Shared
from syncline.report.words import tidy


def done_section(draft: Draft, shared: Shared) -> Section:
    flow = shared.flow
    ledger = draft.ledger
    lines = [_how_long(draft, flow)]
    if ledger.number(flow.done_today):
        words = plural(ledger, flow.done_today, "item was", "items were")
        lines.append((*words, " done since the period ended, and will be in the next report."))
    rows = ledger.behind(flow.done, "container = '', container, done_at DESC", LONGEST_LIST)
    table = draft.listing(
        "done_items",
        "Done in the period",
        rows,
        flow.done,
        {
            Column("container", "Container"): [draft.container(row) for row in rows],
            Column("owner", "Owner"): [draft.owners(row) for row in rows],
            Column("done", "Done"): [_done_on(draft, row) for row in rows],
        },
        "Nothing was done in the period.",
    )
    return Section("done", "Done", DONE_RULE, tuple(lines), (table,), folded=len(shared.roadmap) > 0)


def _how_long(draft: Draft, flow: Flow) -> Line:
    if draft.ledger.value(flow.half) is None:
        few = "Too few items were done in the last ninety days with a known start ("
        return (few, flow.cycles, ") to say how long work takes.")
    known: Line = ("Of the ", flow.cycles, " items done in the last ninety days whose start is known, ")
    return (
        *known,
        "half took at most ",
        flow.half,
        " days, and all but the slowest ",
        flow.slow,
        " days at most.",
    )


def _done_on(draft: Draft, row: Row) -> Line:
    marks = {"resolved": " (resolution time)", "updated": " (last change)"}
    mark = marks.get(row["done_by"])
    return (*draft.day(row["done_at"]), *([mark] if mark else []))


def throughput(draft: Draft) -> Chart:
    """Items done in each of the last twelve whole weeks."""
    calendar, week_start = draft.calendar, draft.settings.week_start
    weeks = draft.weeks
    figure = draft.ledger.groups(
        "throughput",
        "Items done in each of the last 12 whole weeks, by the day the week begins.",
        "SELECT item, done_at FROM work WHERE counted = 1 AND sub_task = 0 AND stage = 'done'"
        " AND done_at >= :weeks_start AND done_at < :weeks_end",
        key=lambda at: calendar.week_of(calendar.day(at), week_start).isoformat(),
        keys=[week.isoformat() for week in weeks],
    )
    return Chart(
        "throughput_chart",
        "Items done per week",
        (figure, " items were done in the last twelve whole weeks."),
        upright=True,
        head="Week from",
        unit="items",
        categories=tuple((week.isoformat(), week) for week in weeks) if draft.ledger.number(figure) else (),
        series=(Series("Done", "done", figure),),
    )


def progress_section(draft: Draft, shared: Shared) -> Section:
    flow = shared.flow
    ledger = draft.ledger
    rows = ledger.behind(
        flow.doing, "container = '', container, started_at IS NULL, started_at", LONGEST_LIST
    )
    table = draft.listing(
        "in_progress_items",
        "Items in progress",
        rows,
        flow.doing,
        {
            Column("state", "State"): [state_of(row) for row in rows],
            Column("container", "Container"): [draft.container(row) for row in rows],
            Column("owner", "Owner"): [draft.owners(row) for row in rows],
            Column("age", "Age (days)", numeric=True): [
                _keyed(flow.ages, row, row["started_at"]) for row in rows
            ],
        },
        "Nothing is in progress.",
    )
    lines: list[Line] = []
    if ledger.number(flow.review):
        lines.append((*plural(ledger, flow.review, "of them is", "of them are"), " in review."))
    if ledger.number(flow.started_unknown):
        words = plural(ledger, flow.started_unknown, "item", "items")
        lines.append(("The history of ", *words, " does not say when work on it began."))
    return Section(
        "in-progress", "In progress", PROGRESS_RULE, tuple(lines), (table,), folded=len(shared.roadmap) > 0
    )


def _keyed(figure: Figure, row: Row, known: object) -> Line:
    return (Figure(figure.fact, row["item"]),) if known else ("unknown",)


def state_of(row: Row) -> Line:
    if row["flagged"] or row["category"] == "waiting":
        state = State.BLOCKED if row["flagged"] else State.WAITING
    else:
        state = State.REVIEW if row["stage"] == "review" else State.IN_PROGRESS
    name = tidy(row["status_name"], state.value)
    return (state,) if name.casefold() == state.value else (state, " (", Name(name), ")")


def stuck_section(draft: Draft, shared: Shared) -> Section:
    flow = shared.flow
    lines: tuple[Line, ...] = (
        ("The threshold of this report is ", flow.threshold, " days, from ", flow.cycles, " cycle times."),
    )
    tables = (_stuck(draft, flow), _blocked(draft, flow), _overdue(draft, flow))
    return Section("stuck", "Stuck", STUCK_RULE, lines, tables, folded=len(shared.roadmap) > 0)


def _stuck(draft: Draft, flow: Flow) -> Table:
    quiet = draft.ledger.each(
        "quiet",
        "Midnights since the last change of each stuck item.",
        work(STUCK, "changed_at"),
        "days",
        lambda row: draft.calendar.days_since(row["changed_at"]),
    )
    rows = draft.ledger.behind(flow.stuck, "changed_at", LONGEST_LIST)
    return draft.listing(
        "stuck_items",
        "Without any change, longest first",
        rows,
        flow.stuck,
        {
            Column("state", "State"): [state_of(row) for row in rows],
            Column("container", "Container"): [draft.container(row) for row in rows],
            Column("owner", "Owner"): [draft.owners(row) for row in rows],
            Column("quiet", "Days without change", numeric=True): [_keyed(quiet, row, True) for row in rows],
        },
        "Nothing is stuck.",
    )


def _blocked(draft: Draft, flow: Flow) -> Table:
    rows = draft.ledger.behind(flow.blocked, "container = '', container, changed_at", LONGEST_LIST)
    return draft.listing(
        "blocked_items",
        "Blocked, waiting or flagged",
        rows,
        flow.blocked,
        {
            Column("state", "State"): [state_of(row) for row in rows],
            Column("container", "Container"): [draft.container(row) for row in rows],
            Column("owner", "Owner"): [draft.owners(row) for row in rows],
            Column("changed", "Last change"): [draft.day(row["changed_at"]) for row in rows],
        },
        "Nothing is blocked.",
    )


def _overdue(draft: Draft, flow: Flow) -> Table:
    late = draft.ledger.each(
        "late",
        "Days past the due date of each overdue item.",
        work(OVERDUE, "due_on"),
        "days",
        lambda row: (draft.calendar.today - date.fromisoformat(row["due_on"])).days,
    )
    rows = draft.ledger.behind(flow.overdue, "due_on", LONGEST_LIST)
    return draft.listing(
        "overdue_items",
        "Overdue, longest first",
        rows,
        flow.overdue,
        {
            **_due_cells(draft, rows),
            Column("late", "Days late", numeric=True): [_keyed(late, row, True) for row in rows],
        },
        "Nothing is overdue.",
    )


def due_section(draft: Draft, shared: Shared) -> Section:
    flow = shared.flow
    rows = draft.ledger.behind(flow.due_soon, "due_on", LONGEST_LIST)
    table = draft.listing(
        "due_soon_items",
        "Items due next",
        rows,
        flow.due_soon,
        _due_cells(draft, rows),
        "Nothing is due in the next five workdays.",
    )
    return Section("due", "Due next", DUE_RULE, (), (table,), folded=len(shared.roadmap) > 0)


def _due_cells(draft: Draft, rows: Sequence[Row]) -> dict[Column, list[Line]]:
    return {
        Column("status", "Status"): [(Name(tidy(row["status_name"], "(no status)")),) for row in rows],
        Column("owner", "Owner"): [draft.owners(row) for row in rows],
        Column("due", "Due"): [(date.fromisoformat(row["due_on"]),) for row in rows],
    }
