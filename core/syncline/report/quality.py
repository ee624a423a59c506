"""What is wrong with the data, and what the report does not cover."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.report.draft import Draft, plural, work
from syncline.report.facts import Row
from syncline.report.model import Column, Figure, Line, Name, Section, Table
from syncline.report.shared import Shared
from syncline.report.words import tidy

EXAMPLES = 5
SET_ASIDE = 20

_ITEMS = "counted = 1 AND sub_task = 0"
_OPEN = "is_open = 1 AND sub_task = 0"

_UNOWNED = "lead NOT IN (SELECT ref FROM assigned)"
_RESOLVING = "connection IN (SELECT connection FROM work WHERE resolution IS NOT NULL)"
_REOPENED = "lead IN (SELECT ref FROM reopened WHERE at >= :period_start AND at < :period_end)"

QUALITY_RULE = "Each line is a rule, how many items break it, and the first of them. No line, nothing broken."


@dataclass(frozen=True)
class Rule:
    """A way in which an item's data can be poor, and which numbers suffer."""

    name: str
    title: str
    condition: str
    effect: str


RULES = (
    Rule("unread_status", "Status without a category", f"{_ITEMS} AND category IS NULL", "in no stage"),
    Rule(
        "no_owner",
        "In progress without an owner",
        f"{_OPEN} AND stage IN ('doing', 'review') AND {_UNOWNED}",
        "counted as unassigned",
    ),
    Rule(
        "no_resolution",
        "Done without a resolution, where the tool has resolutions",
        f"{_ITEMS} AND stage = 'done' AND resolution IS NULL AND {_RESOLVING}",
        "counted as done",
    ),
    Rule(
        "done_unstarted",
        "Done in the period without ever being in progress",
        f"{_ITEMS} AND stage = 'done' AND started_at IS NULL"
        " AND done_at >= :period_start AND done_at < :period_end",
        "counted as done, left out of cycle times",
    ),
    Rule(
        "done_undated",
        "Done, but not known when",
        f"{_ITEMS} AND stage = 'done' AND done_at IS NULL",
        "in no period",
    ),
    Rule(
        "done_by_update",
        "Done, dated by its last change",
        f"{_ITEMS} AND stage = 'done' AND done_by = 'updated'",
        "perhaps in a later period than it should be",
    ),
    Rule(
        "no_created", "Without a creation date", f"{_ITEMS} AND created_at IS NULL", "not counted as created"
    ),
    Rule(
        "no_change",
        "In progress without any date of change",
        f"{_OPEN} AND stage IN ('doing', 'review') AND changed_at IS NULL",
        "never counted as stuck",
    ),
    Rule("no_container", "Without a container", f"{_ITEMS} AND container = ''", "counted under no container"),
    Rule("no_title", "Without a title", f"{_ITEMS} AND coalesce(title, '') = ''", "hard to recognise"),
)


def quality_section(draft: Draft, _shared: Shared) -> Section:
    found = [_broken(draft, rule) for rule in RULES]
    rows = [row for row in found if row] + [row for row in (_reopened(draft), _unread(draft)) if row]
    columns = (
        Column("rule", "Rule"),
        Column("found", "Found", numeric=True),
        Column("effect", "Effect on the numbers"),
        Column("examples", "First of them"),
    )
    table = Table("quality", "Broken rules", columns, tuple(rows), listing=True, empty="Every rule is kept.")
    return Section("quality", "Data quality", QUALITY_RULE, (), (table, _quarantine(draft)))


def _broken(draft: Draft, rule: Rule) -> tuple[Line, ...] | None:
    figure = draft.ledger.count(rule.name, f"{rule.title}.", work(rule.condition))
    return _finding(draft, figure, rule.title, rule.effect)


def _finding(draft: Draft, figure: Figure, title: str, effect: str) -> tuple[Line, ...] | None:
    if not draft.ledger.number(figure):
        return None
    return (
        (title,),
        (figure,),
        (effect,),
        _examples(draft, draft.ledger.behind(figure, "key IS NULL, key", EXAMPLES)),
    )


def _examples(draft: Draft, rows: list[Row]) -> Line:
    line: list[Line] = [(", ", draft.item(row)) for row in rows]
    return tuple(part for pair in line for part in pair)[1:]


def _reopened(draft: Draft) -> tuple[Line, ...] | None:
    figure = draft.ledger.count(
        "reopened",
        "Items that left a done status in the period.",
        work(f"{_ITEMS} AND {_REOPENED}"),
    )
    return _finding(draft, figure, "Reopened in the period", "not done unless done again")


def _unread(draft: Draft) -> tuple[Line, ...] | None:
    figure = draft.ledger.fold(
        "unread_events",
        "Changes of status into a status whose category is not known any more.",
        "SELECT origin, unread FROM history",
        "events",
        lambda rows: sum(row[1] for row in rows),
    )
    if not draft.ledger.number(figure):
        return None
    title = "Changes into a status that the tool no longer lists"
    return ((title,), (figure,), ("start or end of work may be missed",), ())


def _quarantine(draft: Draft) -> Table:
    ledger = draft.ledger
    figure = ledger.count(
        "quarantined",
        "Records that could not be read; their payload is kept and tried again.",
        "SELECT connection || ':' || kind || ':' || remote_id FROM quarantined",
        "records",
    )
    rows = ledger.rows("SELECT * FROM quarantined ORDER BY connection, kind, remote_id")[:SET_ASIDE]
    columns = (Column("record", "Record"), Column("stream", "Stream"), Column("reason", "Reason"))
    return Table(
        "quarantined",
        "Records set aside because they could not be read",
        columns,
        tuple(_set_aside(row) for row in rows),
        total=(("All", " ", figure), (), ()) if rows else None,
        listing=True,
        cut=ledger.number(figure) > len(rows),
        empty="None.",
    )


def _set_aside(row: Row) -> tuple[Line, ...]:
    record = ":".join(tidy(row[part], "?") for part in ("connection", "kind", "remote_id"))
    return (Name(record),), (Name(tidy(row["stream"], "?")),), (Name(tidy(row["reason"], "?")),)


def limits_section(draft: Draft, _shared: Shared) -> Section:
    """What is left out, with counts, so that nobody takes the report for more than it is."""
    ledger = draft.ledger
    absent = ledger.groups(
        "absent",
        "Items the tool no longer shows, by reason: left out of every count.",
        "SELECT item, absent FROM work WHERE counted = 0",
    )
    archived = ledger.count(
        "archived",
        "Archived items that are neither done nor canceled: left out of open work.",
        "SELECT item FROM work WHERE counted = 1 AND archived = 1 AND stage NOT IN ('done', 'canceled')",
    )
    return Section(
        "limits",
        "What this report does not cover",
        None,
        (*_sub_tasks(draft), *_left_out(draft, absent, archived), *_general()),
    )


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


def _general() -> list[Line]:
    past = "Titles, containers, owners, flags, due dates are those of the last pull, even in a report about the past."
    return [
        (past,),
        ("Items linked across tools count once. Numbers say how many items, never how large they are.",),
        ("Forecasts, goals, metrics and customer tickets are not part of this report.",),
    ]
