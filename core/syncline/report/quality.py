"""What is wrong with the data: rules, how many items break them, and which."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from syncline.report.draft import Draft, work
from syncline.report.facts import Row
from syncline.report.model import Column, Figure, Line, Name, Section, Table
from syncline.report.relations import literal
from syncline.report.shared import Shared
from syncline.report.words import tidy
from syncline.report.work.sprints import in_two
from syncline.store.instants import to_text

EXAMPLES = 5

SET_ASIDE = 20

_ITEMS = "counted = 1 AND sub_task = 0"
_OPEN = "is_open = 1 AND sub_task = 0"

_UNOWNED = "NOT EXISTS (SELECT 1 FROM assigned WHERE ref = lead)"
_RESOLVING = "connection IN (SELECT connection FROM work WHERE resolution IS NOT NULL)"
_REOPENED = "lead IN (SELECT ref FROM reopened WHERE at >= :period_start AND at < :period_end)"

QUALITY_RULE = "Each line is a rule, how many items break it, and the first of them. No line, nothing broken."


_ESTIMATING = "connection IN (SELECT connection FROM work WHERE estimate IS NOT NULL)"
_UNDER_WAY = f"{_OPEN} AND stage IN ('doing', 'review')"
_TWINS = (
    "lower(trim(title)) IN (SELECT lower(trim(title)) FROM work WHERE is_open = 1 AND sub_task = 0"
    " AND length(trim(title)) > 11 GROUP BY lower(trim(title)) HAVING count(*) > 1)"
)
_OF_ENTRIES = (
    "SELECT r.item FROM entry_record r"
    " WHERE r.entry IN (SELECT parent FROM part) OR r.entry IN (SELECT child FROM part)"
)
"""Of an entry with records in several tools, parts name the lead alone."""
_OPEN_PARTS = (
    "item IN (SELECT p.parent FROM part p JOIN work c ON c.item = p.child"
    " WHERE c.is_open = 1 AND c.counted = 1)"
)


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
        "no_estimate",
        "In progress without an estimate, where the tool has estimates",
        f"{_UNDER_WAY} AND estimate IS NULL AND {_ESTIMATING}",
        "weighs nothing in sprints",
    ),
    Rule(
        "orphan",
        "In progress, and part of nothing, where most work is part of something",
        f"{_UNDER_WAY} AND item NOT IN (SELECT child FROM part) AND item NOT IN (SELECT parent FROM part)"
        f" AND item NOT IN ({_OF_ENTRIES})"
        " AND (SELECT count(*) FROM work WHERE item IN (SELECT child FROM part)) * 2 > (SELECT count(*) FROM work)",
        "in no progress of the roadmap",
    ),
    Rule(
        "twins",
        "Open with the title of another open item, of twelve letters or more",
        f"{_OPEN} AND {_TWINS}",
        "perhaps counted twice",
    ),
    Rule(
        "parent_done",
        "Done while a part of it is open",
        f"{_ITEMS} AND stage = 'done' AND {_OPEN_PARTS}",
        "counted as done",
    ),
    Rule(
        "reversed",
        "Done before work on it began",
        f"{_ITEMS} AND stage = 'done' AND started_at > done_at",
        "left out of cycle times",
    ),
    Rule(
        "due_before_created",
        "Open and due before it was created",
        f"{_OPEN} AND created_at >= coalesce((SELECT e.at FROM due_end e WHERE e.day = due_on), due_on || 'T24')",
        "overdue from its first day",
    ),
    Rule(
        "disagree",
        "In another state in another tool",
        f"{_ITEMS} AND item IN (SELECT item FROM disagreeing)",
        "the leading tool is believed",
    ),
    Rule(
        "link_to_nothing",
        "Linked with a record that is no longer there",
        f"{_ITEMS} AND item IN (SELECT item FROM dead_link)",
        "the link counts for nothing",
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


def quality_section(draft: Draft, shared: Shared) -> Section:
    _give_ends(draft)
    found = [_broken(draft, rule) for rule in RULES]
    untargeted = partial(_untargeted, shared=shared)
    others = (_reopened, untargeted, _circles, _round, _doubtful, _twice, _unread)
    found += _roadmap(draft)
    rows = tuple(row for row in (*found, *(other(draft) for other in others)) if row)
    columns = (
        Column("rule", "Rule"),
        Column("found", "Found", numeric=True),
        Column("effect", "Effect on the numbers"),
        Column("examples", "First of them"),
    )
    table = Table(
        "quality",
        "Broken rules",
        columns,
        rows,
        listing=True,
        empty="Every rule is kept.",
    )
    return Section("quality", "Data quality", QUALITY_RULE, (), (table, _quarantine(draft)), folded=True)


def _give_ends(draft: Draft) -> None:
    """When the days end that items are due on about when they were created: a query knows no zones."""
    columns = ("day", "at")
    days = draft.ledger.rows(
        f"SELECT DISTINCT due_on FROM work WHERE {_OPEN} AND due_on BETWEEN date(created_at, '-1 day')"
        " AND date(created_at, '+1 day') ORDER BY due_on"
    )
    ends = tuple((row["due_on"], to_text(_end(draft, date.fromisoformat(row["due_on"])))) for row in days)
    draft.ledger.give("due_end", literal(columns, ends), columns, ends)


def _end(draft: Draft, day: date) -> datetime:
    return draft.calendar.midnight(day + timedelta(days=1))


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


def _untargeted(draft: Draft, shared: Shared) -> tuple[Line, ...] | None:
    """Which date counts of several tools, and since when work goes on, is for the roadmap to say."""
    open_ = [one.standing for one in shared.roadmap if not one.standing.ended]
    found = [
        (one.id,) for one in open_ if one.target is None and (one.began or one.stage in ("doing", "review"))
    ]
    draft.ledger.give("untargeted", literal(("entry",), tuple(found)), ("entry",), found)
    figure = draft.ledger.count(
        "no_target",
        "Entries of the roadmap on which work has begun and which have no date.",
        "SELECT entry FROM untargeted",
        "entries",
    )
    return _of_roadmap(
        draft, figure, "On the roadmap, begun, and without a date", "in no slip and no likelihood"
    )


@dataclass(frozen=True)
class RoadmapRule:
    """A way in which an entry of the roadmap can be poor: ``sql`` gives these entries."""

    name: str
    title: str
    sql: str
    effect: str


_OPEN_PARTS = "sum(CASE WHEN w.stage IN ('done', 'canceled') THEN 0 ELSE 1 END)"
_PARTS = (
    "SELECT r.entry FROM entry_record r JOIN inside_work w ON w.entry = r.entry AND w.leaf = 1 AND w.counted = 1"
    " WHERE r.place = 1 AND r.stage {stage} GROUP BY r.entry"
    " HAVING {parts}"
)
ROADMAP_RULES = (
    RoadmapRule(
        "roadmap_reversed",
        "On the roadmap, and to end before it begins",
        "SELECT DISTINCT entry FROM entry_record WHERE target < substr(start_on, 1, 10)",
        "drawn by its end alone",
    ),
    RoadmapRule(
        "roadmap_two_dates",
        "On the roadmap, with another date in another tool",
        "SELECT entry FROM entry_record WHERE stage NOT IN ('done', 'canceled') AND target IS NOT NULL"
        " GROUP BY entry HAVING count(DISTINCT target) > 1",
        "the first of the tools counts",
    ),
    RoadmapRule(
        "roadmap_unclosed",
        "On the roadmap and open, though every part is done",
        _PARTS.format(
            stage="NOT IN ('done', 'canceled')", parts=f"{_OPEN_PARTS} = 0 AND max(w.stage) = 'done'"
        ),
        "counted as open",
    ),
    RoadmapRule(
        "roadmap_unfinished",
        "On the roadmap and done, though parts are open",
        _PARTS.format(stage="= 'done'", parts=f"{_OPEN_PARTS} > 0"),
        "counted as done",
    ),
)


def _roadmap(draft: Draft) -> list[tuple[Line, ...] | None]:
    ledger = draft.ledger
    figures = [
        (rule, ledger.count(rule.name, f"{rule.title}.", rule.sql, "entries")) for rule in ROADMAP_RULES
    ]
    return [_of_roadmap(draft, figure, rule.title, rule.effect) for rule, figure in figures]


def _round(draft: Draft) -> tuple[Line, ...] | None:
    """Work that is part of itself, by way of others."""
    sql = "SELECT parent, child FROM part"
    figure = draft.ledger.fold(
        "part_of_itself",
        "Items that are parts of each other in a circle.",
        sql,
        "items",
        lambda rows: len(circles([(row["parent"], row["child"]) for row in rows])),
    )
    if not draft.ledger.number(figure):
        return None
    found = circles([(row["parent"], row["child"]) for row in draft.ledger.rows(sql)])
    rows = draft.ledger.rows("SELECT item, key, title, url FROM work ORDER BY key IS NULL, key")
    shown = [row for row in rows if row["item"] in found][:EXAMPLES]
    return (
        ("Part of itself, by way of others",),
        (figure,),
        ("nothing is counted twice",),
        _examples(draft, shown),
    )


def _of_roadmap(draft: Draft, figure: Figure, title: str, effect: str) -> tuple[Line, ...] | None:
    if not draft.ledger.number(figure):
        return None
    ids = set(draft.ledger.fact(figure).ids)
    rows = draft.ledger.rows(
        "SELECT entry AS item, key, title, url FROM entry_record WHERE place = 1 ORDER BY key IS NULL, key, title"
    )
    return (
        (title,),
        (figure,),
        (effect,),
        _examples(draft, [row for row in rows if row["item"] in ids][:EXAMPLES]),
    )


def _doubtful(draft: Draft) -> tuple[Line, ...] | None:
    figure = draft.ledger.count(
        "roadmap_apart",
        "Entries of the roadmap that may be one with another, but whose name or address fits several.",
        "SELECT entry FROM roadmap_record WHERE place = 1 AND entry IN"
        " (SELECT entry FROM roadmap_doubt UNION SELECT other FROM roadmap_doubt)",
        "entries",
    )
    return _of_roadmap(draft, figure, "On the roadmap more than once, perhaps", "each stands for itself")


def _circles(draft: Draft) -> tuple[Line, ...] | None:
    """Work that waits for itself, by way of others."""
    figure = draft.ledger.fold(
        "waits_for_itself",
        "Items that wait for each other in a circle.",
        "SELECT item, blocker FROM blocking ORDER BY item, blocker",
        "items",
        lambda rows: len(circles([(row["item"], row["blocker"]) for row in rows])),
    )
    if not draft.ledger.number(figure):
        return None
    pairs = [(row["item"], row["blocker"]) for row in draft.ledger.rows("SELECT item, blocker FROM blocking")]
    named = sorted(circles(pairs))
    rows = draft.ledger.rows("SELECT item, key, title, url FROM work ORDER BY key IS NULL, key")
    shown = [row for row in rows if row["item"] in named][:EXAMPLES]
    return ("Waits for itself, by way of others",), (figure,), ("no order helps",), _examples(draft, shown)


def circles(pairs: Sequence[tuple[str, str]]) -> set[str]:
    """Whatever stands in a circle: what remains when ends are taken away, from either side, until none is left."""
    left = set(pairs)
    while True:
        waiting, waited = {one for one, _ in left}, {one for _, one in left}
        kept = {pair for pair in left if pair[0] in waited and pair[1] in waiting}
        if kept == left:
            return _in_circle(left)
        left = kept


def _in_circle(left: set[tuple[str, str]]) -> set[str]:
    """Of circles and the ways between them only the circles: what can reach itself."""
    following: dict[str, set[str]] = {}
    for one, other in left:
        following.setdefault(one, set()).add(other)
    found: set[str] = set()
    for start in following:
        seen: set[str] = set()
        ahead = list(following[start])
        while ahead:
            here = ahead.pop()
            if here not in seen:
                seen.add(here)
                ahead += following[here]
        if start in seen:
            found.add(start)
    return found


def _twice(draft: Draft) -> tuple[Line, ...] | None:
    figure = in_two(draft)
    if not draft.ledger.number(figure):
        return None
    return ("In several running sprints",), (figure,), ("counted in each of them",), ()


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
