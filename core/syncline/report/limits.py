"""What the report does not cover, with counts, so that nobody takes it for more than it is."""

from __future__ import annotations

from syncline.report.draft import Draft, plural, work
from syncline.report.model import Column, Figure, Line, Name, Section, Table
from syncline.report.shared import Shared
from syncline.report.words import tidy


def limits_section(draft: Draft, _shared: Shared) -> Section:
    """What is left out, with counts, so that nobody takes the report for more than it is."""
    ledger = draft.ledger
    absent = ledger.groups(
        "absent",
        "Items and sub-tasks the tool no longer shows, by reason: left out of every count.",
        "SELECT item, absent FROM work WHERE counted = 0",
    )
    archived = ledger.count(
        "archived",
        "Archived items and sub-tasks that are neither done nor canceled: left out of open work.",
        "SELECT item FROM work WHERE counted = 1 AND archived = 1 AND stage NOT IN ('done', 'canceled')",
    )
    lines = (
        *_sub_tasks(draft),
        *_left_out(draft, absent, archived),
        *_tickets(draft),
        *_sources(draft),
        *_general(),
    )
    return Section("limits", "What this report does not cover", None, lines, (_coverage(draft),), folded=True)


def _left_out(draft: Draft, absent: Figure, archived: Figure) -> list[Line]:
    reasons = {"gone": "deleted", "missing": "no longer shown", "out_of_scope": "no longer in scope"}
    value = draft.ledger.value(absent)
    keys = [key for key, _ in value] if isinstance(value, tuple) else []
    lines: list[Line] = [
        (
            *plural(draft.ledger, Figure(absent.fact, key), "item is", "items are"),
            f" {reasons[key]} and not counted.",
        )
        for key in keys
    ]
    if draft.ledger.number(archived):
        words = plural(draft.ledger, archived, "archived item is", "archived items are")
        lines.append((*words, " left out of open work; archived items that are done stay done."))
    return lines


def _sub_tasks(draft: Draft) -> list[Line]:
    ledger = draft.ledger
    select = "SELECT item FROM work WHERE sub_task = 1 AND"
    doing = ledger.count(
        "sub_tasks_in_progress",
        "Sub-tasks in progress or waiting.",
        f"{select} is_open = 1 AND stage IN ('doing', 'review')",
        "sub-tasks",
    )
    done = ledger.count(
        "sub_tasks_done",
        "Sub-tasks done in the period.",
        f"{select} counted = 1 AND stage = 'done' AND done_at >= :period_start AND done_at < :period_end",
        "sub-tasks",
    )
    counts = (*plural(ledger, doing, "sub-task is", "sub-tasks are"), " in progress, ")
    apart = "Sub-tasks are counted apart from items and are in no table: "
    return [(apart, *counts, *plural(ledger, done, "was", "were"), " done in the period.")]


def _tickets(draft: Draft) -> list[Line]:
    """Merged tickets and spam are no demand."""
    figure = draft.ledger.groups(
        "tickets_left_out",
        "Tickets that are in no number, by reason.",
        "SELECT item, left_out FROM ticket WHERE left_out <> ''",
        "tickets",
    )
    if not draft.ledger.number(figure):
        return []
    words = plural(draft.ledger, figure, "ticket is", "tickets are")
    return [(*words, " left out: merged into another, spam, or no longer there.")]


def _sources(draft: Draft) -> list[Line]:
    rows = draft.ledger.rows(
        "SELECT connection FROM sources GROUP BY connection HAVING max(pulled_at) IS NULL ORDER BY connection"
    )
    never: list[Line] = [
        ("Nothing was read of ", Name(tidy(row["connection"], "?")), " yet.") for row in rows
    ]
    since = draft.ledger.rows("SELECT min(since) AS since FROM sources")[0]["since"]
    if since is not None:
        never.append(("What ended before ", draft.moment(since), " was not read from every tool."))
    return never


_COVERED = (
    (
        "covered_times",
        "Cycle times",
        "Items done in the last ninety days",
        "counted = 1 AND sub_task = 0 AND stage = 'done' AND done_at >= :cycles_from",
        "started_at IS NOT NULL",
    ),
    (
        "covered_ages",
        "Age",
        "Items in progress",
        "is_open = 1 AND sub_task = 0 AND stage IN ('doing', 'review')",
        "started_at IS NOT NULL",
    ),
    (
        "covered_owners",
        "By person",
        "Items in progress",
        "is_open = 1 AND sub_task = 0 AND stage IN ('doing', 'review')",
        "EXISTS (SELECT 1 FROM assigned WHERE ref = lead)",
    ),
    ("covered_due", "Due", "Open items", "is_open = 1 AND sub_task = 0", "due_on IS NOT NULL"),
)


def _coverage(draft: Draft) -> Table:
    """M25: how many of its items have what a section needs."""
    rows: list[tuple[Line, ...]] = []
    for name, title, whom, items, needed in _COVERED:
        have = draft.ledger.count(
            name, f"M25: {whom}, as far as {title} can count them.", work(f"{items} AND {needed}")
        )
        every = draft.ledger.count(f"{name}_of", f"M25: {whom}.", work(items))
        rows.append(((title,), (whom,), (have,), (every,)))
    columns = (
        Column("section", "Needed for"),
        Column("items", "Items"),
        Column("have", "Have it", numeric=True),
        Column("every", "Of", numeric=True),
    )
    return Table("coverage", "How much of the data is there", columns, tuple(rows), folded=True)


def _general() -> list[Line]:
    past = "Titles, containers, owners, flags, due dates are those of the last pull, even in a report about the past."
    return [
        (past,),
        ("Items linked across tools count once. Numbers say how many items, never how large they are.",),
    ]
