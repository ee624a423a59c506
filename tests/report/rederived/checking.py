"""What is wrong with the data, derived anew: by rule the items that break it (the section *Data quality*)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .asked import Asked
from .flowing import in_weeks, untold
from .stored import GONE, Standing, Stored, at


def rules(asked: Asked, parts: set[tuple[str, str]], names: Mapping[str, str]) -> dict[str, set[str]]:
    """The items that each rule names. ``parts`` and ``names`` as in `parts_of`."""
    stored, clock, period, first = asked.stored, asked.clock, asked.period, asked.first
    items = stored.items
    busy = [one for one in items if one.under_way]
    opened = [one for one in items if one.still_open]
    done = [one for one in items if one.stage == "done"]
    within = [one for one in done if one.done and period[0] <= one.done < period[1]]
    estimating = {
        one.piece.connection for one in stored.standings if one.piece.data.get("estimate") is not None
    }
    resolving = {
        one.piece.connection for one in stored.standings if one.piece.data.get("resolution") is not None
    }
    part_of = {child for _, child in parts}
    whole = part_of | {parent for parent, _ in parts}
    mostly = 2 * sum(one.item in part_of for one in stored.standings) > len(stored.standings)
    return {
        "unread_status": named(one for one in items if one.state.category is None),
        "no_owner": named(one for one in busy if not one.piece.owned),
        "no_estimate": named(
            one for one in busy
            if one.piece.data.get("estimate") is None and one.piece.connection in estimating
        ),
        "orphan": named(one for one in busy if mostly and names.get(one.item, one.item) not in whole),
        "twins": _twins(opened),
        "parent_done": named(done) & _with_open_parts(parts, stored),
        "reversed": named(one for one in done if one.started and one.done and one.started > one.done),
        "due_before_created": named(
            one for one in opened
            if one.due and one.piece.created_at and one.due < clock.day(one.piece.created_at)
        ),
        "disagree": _disagreeing(stored) & named(items),
        "link_to_nothing": _linked_with_nothing(stored) & named(items),
        "no_resolution": named(
            one for one in done
            if one.piece.data.get("resolution") is None and one.piece.connection in resolving
        ),
        "done_unstarted": named(one for one in within if one.started is None),
        "done_undated": named(one for one in done if one.done is None),
        "done_by_update": named(one for one in done if one.dated == "updated"),
        "no_created": named(one for one in items if one.piece.created_at is None),
        "no_change": named(busy) - asked.changed.keys(),
        "no_container": named(one for one in items if not one.piece.box),
        "no_title": named(one for one in items if not one.piece.title),
        "reopened": named(one for one in items if _left_done(one, stored, period)),
        "start_unknown": named(one for one in busy if one.started is None),
        "cfd_untold": named(one for one in in_weeks(items, clock, first) if untold(one, stored.as_of)),
        "sub_tasks_in_progress": named(
            one for one in stored.standings
            if one.piece.sub_task and one.still_open and one.stage in ("doing", "review")
        ),
        "sub_tasks_done": named(
            one for one in stored.standings
            if one.piece.sub_task and one.counted and one.done and period[0] <= one.done < period[1]
        ),
        "archived": named(
            one for one in stored.standings
            if one.counted and one.archived and one.stage not in ("done", "canceled")
        ),
        "absent": named(one for one in stored.standings if not one.counted),
    }  # fmt: skip


def named(found: Iterable[Standing]) -> set[str]:
    return {one.item for one in found}


def _twins(opened: list[Standing]) -> set[str]:
    """Of twelve letters or more, without regard to capitals."""
    titles = Counter((one.piece.title or "").strip().lower() for one in opened)
    return {
        one.item for one in opened
        if len(title := (one.piece.title or "").strip().lower()) >= 12 and titles[title] > 1
    }  # fmt: skip


def _with_open_parts(parts: set[tuple[str, str]], stored: Stored) -> set[str]:
    left = {one.item for one in stored.standings if one.still_open}
    return {parent for parent, child in parts if child in left}


def _disagreeing(stored: Stored) -> set[str]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in stored.of("Issue"):
        groups[row["item"]].append(row)
    found = set()
    for item, rows in groups.items():
        words = {row["status_category"] for row in rows if row["speaks"] and not row["absent"]}
        others = {row["status_category"] for row in rows if not row["speaks"] and not row["absent"]}
        pairs = [(word, other) for word in words for other in others if word and other]
        if any(word != other for word, other in pairs):
            found.add(item)
    return found


def _linked_with_nothing(stored: Stored) -> set[str]:
    found = set()
    for link in stored.links:
        if link["until"] is None and at(link["at"]) <= stored.as_of:
            ends = [stored.by_ref[link[end]] for end in ("source", "target")]
            if any(end["absent"] in GONE for end in ends):
                found.add(next((end for end in ends if end["absent"] is None), ends[1])["item"])
    return found


def _left_done(one: Standing, stored: Stored, period: tuple[datetime, datetime]) -> bool:
    """On any record that speaks for it."""
    moves = [move for move in one.piece.of("status") if move.at <= stored.as_of]
    return any(
        move.was.category == "done" != move.now.category and period[0] <= move.at < period[1]
        for move in moves
    )


def unread_events(stored: Stored) -> int:
    return sum(
        event["field"] == "status" and event["new_category"] is None and at(event["at"]) <= stored.as_of
        for event in stored.events
    )
