"""Lists in pages: newest first, a cursor is an entity's id.

As recorded: the server looks up where the cursor's entity stands now, in the order asked for now. So an entity that was
changed since stands further forward in a walk by ``updatedAt``, and what lies behind it is served again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.errors import input_error, invalid_argument

DEFAULT, MOST = 50, 250


@dataclass(frozen=True)
class Page:
    """A piece of a list. ``previous`` tells whether there is something before it, once a client wants to know."""

    nodes: Sequence[Any]
    has_next_page: bool
    previous: Callable[[], bool]

    @property
    def has_previous_page(self) -> bool:
        return self.previous()

    @property
    def start_cursor(self) -> str | None:
        return self.nodes[0].id if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return self.nodes[-1].id if self.nodes else None

    @property
    def page_info(self) -> Page:
        return self

    @property
    def edges(self) -> list[dict[str, Any]]:
        return [{"cursor": node.id, "node": node} for node in self.nodes]


def sort_key(order_by: str) -> Callable[[e.Node], tuple[datetime, str]]:
    """What entities are sorted by, newest first; equal times by id, so that the order is always the same."""
    if order_by == "updatedAt":
        return lambda node: (node.updated_at, node.id)
    return lambda node: (node.created_at, node.id)


def check_sizes(args: Mapping[str, Any]) -> None:
    """Raises a refusal for what cannot be a page's size."""
    for name in ("first", "last"):
        size = args.get(name)
        if size is not None and size > MOST:
            raise invalid_argument(name, "max", f"{name} must not be greater than {MOST}")
        if size is not None and size < 1:
            raise invalid_argument(name, "min", f"{name} must not be less than 1")


def page(
    rows: Sequence[e.Node],
    args: Mapping[str, Any],
    *,
    keep: Callable[[e.Node], bool],
    cap: int,
    find: Callable[[str], e.Node | None],
    lost: str = "error",
) -> Page:
    """A page of those of ``rows`` to ``keep``; the rows are sorted. ``find`` gives the entity of any cursor.

    ``lost`` is what a cursor without entity gets: "error", or "end" for an empty last page.
    """
    check_sizes(args)
    span = _span(rows, args, find)
    if span is None:
        if lost == "end":
            return Page([], False, lambda: False)
        raise input_error("Invalid cursor", "The cursor is not valid.")
    start, end = span
    size = min(args.get("first") or args.get("last") or DEFAULT, cap)
    within = (row for row in islice(rows, start, end) if keep(row))
    if args.get("last") and not args.get("first"):
        kept = list(within)
        more = len(kept) > size
        return Page(kept[-size:], any(map(keep, rows[end:])), lambda: more or any(map(keep, rows[:start])))
    nodes = list(islice(within, size + 1))
    more = len(nodes) > size or any(map(keep, rows[end:]))
    return Page(nodes[:size], more, lambda: any(map(keep, rows[:start])))


def _span(
    rows: Sequence[e.Node], args: Mapping[str, Any], find: Callable[[str], e.Node | None]
) -> tuple[int, int] | None:
    """Where the rows between the cursors begin and end; None for a cursor without entity."""
    key = sort_key(args.get("orderBy") or "createdAt")
    bounds = [0, len(rows)]
    for end, name in enumerate(("after", "before")):
        if args.get(name) is None:
            continue
        anchor = find(args[name])
        if anchor is None:
            return None
        before, past = _place(rows, key, key(anchor))
        bounds[end] = before if end else past
    return bounds[0], max(bounds)


def _place(
    rows: Sequence[e.Node], key: Callable[[e.Node], tuple[datetime, str]], wanted: tuple[datetime, str]
) -> tuple[int, int]:
    """How many rows stand before a key, and how many before or at it, the greatest being first."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        if key(rows[middle]) > wanted:
            low = middle + 1
        else:
            high = middle
    return low, low + (low < len(rows) and key(rows[low]) == wanted)
