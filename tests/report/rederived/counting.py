"""Plain counts of work, derived anew from what is stored: by period, by stage, by container, by person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from .asked import Asked, Span, within
from .flowing import ages
from .stored import Standing, at, instant

Facts = dict[str, Any]


def counts(asked: Asked) -> Facts:
    """Every number that the first sections of a status report share."""
    items, start, end = asked.items, *asked.period
    due = [one for one in items if one.still_open and one.due]
    late = {one.item: (asked.today - one.due).days for one in due if one.due and one.due < asked.today}
    soon = _workdays_on(asked, 5)
    aged = ages(items, asked.clock)
    found: Facts = {
        "done": sum(within(one.done, asked.period) for one in items),
        "done_before": sum(within(one.done, asked.before) for one in items),
        "done_after": sum(one.done is not None and one.done >= end for one in items),
        "created": sum(within(one.piece.created_at, (start, end)) for one in items),
        "created_before": sum(within(one.piece.created_at, asked.before) for one in items),
        "in_progress": sum(one.under_way for one in items),
        "in_review": sum(one.under_way and one.stage == "review" for one in items),
        "stuck_after": asked.quiet_after,
        "stuck": len(asked.stuck),
        "quiet": {one.item: asked.ago(asked.changed[one.item]) for one in asked.stuck},
        "overdue": len(late),
        "late": late,
        "due_soon": sum(asked.today <= one.due <= soon for one in due if one.due),
        "aged": len(aged),
    }
    if (limit := asked.usual(85)) is not None:
        found["older_than_usual"] = sum(age is not None and age > limit for age in aged.values())
    return found | _covered(asked)


def _workdays_on(asked: Asked, count: int) -> Any:
    day = asked.today
    while count:
        day += timedelta(days=1)
        count -= asked.works(day)
    return day


def _covered(asked: Asked) -> Facts:
    """M25: of what a section speaks of, how much has what it needs."""
    ended = [one for one in asked.items if one.done and one.done >= asked.since(90)]
    busy = [one for one in asked.items if one.under_way]
    left = [one for one in asked.items if one.still_open]
    return {
        "covered_times": sum(one.started is not None for one in ended),
        "covered_times_of": len(ended),
        "covered_ages": sum(one.started is not None for one in busy),
        "covered_ages_of": len(busy),
        "covered_owners": sum(one.piece.owned for one in busy),
        "covered_owners_of": len(busy),
        "covered_due": sum(one.due is not None for one in left),
        "covered_due_of": len(left),
    }


# ---- by container, person and team -----------------------------------------------------------------------------------


def groups(asked: Asked) -> Facts:
    items, stuck = asked.items, {one.item for one in asked.stuck}
    left = [one for one in items if one.still_open]
    parts = {
        stage: [one for one in left if one.stage == stage]
        for stage in ("backlog", "ready", "doing", "review", "unknown")
    }
    parts["done"] = [one for one in items if within(one.done, asked.period)]
    parts["canceled"] = [one for one in items if within(one.canceled, asked.period)]
    parts["stuck"] = [one for one in items if one.item in stuck]
    found: Facts = {f"container_{name}": _by(some, _box) for name, some in parts.items()}
    if asked.wanted.profile == "team":
        persons = {name: parts[name] for name in ("doing", "review", "stuck", "done")}
        found |= {
            f"person_{name}": dict(Counter(who for one in some for who in owners(asked, one)))
            for name, some in persons.items()
        }
    if asked.wanted.teams:
        busy = Counter(one.piece.team for one in items if one.under_way and one.piece.team)
        found["wip"] = dict.fromkeys(asked.wanted.teams, 0) | dict(busy)
        found["wip_limit"] = dict(asked.wanted.wip)
    return found


def owners(asked: Asked, one: Standing) -> list[str]:
    """Nobody is the empty text."""
    return sorted(asked.stored.owners.get(one.piece.ref, ())) or [""]


def _box(one: Standing) -> str:
    return one.piece.box


def _by(some: Iterable[Standing], key: Callable[[Standing], str]) -> dict[str, int]:
    return dict(Counter(map(key, some)))


def board(asked: Asked) -> Facts:
    """Columns of the wall: work that holds no other and is no part of other work (level nought)."""
    plain = [one for one in asked.items if one.piece.level == 0]
    left = {stage: [one for one in plain if one.still_open and one.stage == stage]
            for stage in ("ready", "doing", "review")}  # fmt: skip
    left["done"] = [one for one in plain if within(one.done, asked.period)]
    found: Facts = {f"board_{stage}": len(some) for stage, some in left.items()}
    if any(left.values()):
        found["board_age"] = ages(plain, asked.clock)
    return found


# ---- what is left out, and where it all comes from -------------------------------------------------------------------


def left_out(asked: Asked) -> Facts:
    return {
        "absent": dict(Counter(one.piece.absent for one in asked.stored.standings if not one.counted)),
    }


def origins(asked: Asked) -> Facts:
    stored = asked.stored
    moves = [event for event in stored.events if event["field"] == "status"]
    found: Facts = {
        "records": len(stored.records),
        "known_seq": max((row["seq"] for row in stored.records), default=0),
    }
    if any(at(event["at"]) <= stored.as_of for event in moves):
        found["status_events"] = sum(at(event["at"]) <= stored.as_of for event in moves)
    return found


def aside(asked: Asked) -> Facts:
    return {"quarantined": len(asked.stored.rows("SELECT * FROM quarantine"))}


def unsettled(asked: Asked) -> Facts:
    """What waits for a person: it was held back by then, and not answered yet."""
    rows = asked.stored.rows(
        "SELECT kind FROM held WHERE at <= :as_of AND (closed_at IS NULL OR closed_at > :as_of)",
        as_of=instant(asked.wanted.as_of),
    )
    kinds = Counter(row["kind"] for row in rows)
    return {"conflicts_open": kinds["conflict"], "fields_blocked": kinds["blocked"]}


def unowned_blockers(asked: Asked, pairs: Iterable[tuple[str, str]]) -> Facts:
    """``pairs``: what waits, and what it waits for."""
    left = {one.item: one for one in asked.stored.standings if one.still_open}
    found = {
        blocker for waiting, blocker in pairs
        if waiting in left and blocker in left and not left[blocker].piece.owned
    }  # fmt: skip
    return {"blockers_unowned": len(found)}


def spans(asked: Asked) -> dict[str, Span]:
    """What names of facts end in: the period, the stretch before, ninety days."""
    long = asked.clock.begins(asked.until - timedelta(days=90))
    return {"": asked.period, "_before": asked.before, "_90": (long, asked.wanted.period_end)}
