"""Lists in pages: newest first, a cursor is an entity's id.

As recorded: the server looks up where the cursor's entity stands now, in the order asked for now. So an entity that was
changed since stands further forward in a walk by ``updatedAt``, and what lies behind it is served again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.errors import input_error, invalid_argument

DEFAULT, MOST = 50, 250


@dataclass(frozen=True)
class Page:
    """A piece of a list."""

    nodes: Sequence[Any]
    has_next_page: bool
    has_previous_page: bool

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
    cap: int,
    find: Callable[[str], e.Node | None],
    lost: str = "error",
) -> Page:
    """A page of ``rows``, which are sorted. ``find`` gives the entity of a cursor, in the rows or not.

    ``lost`` is what a cursor without entity gets: "error", or "end" for an empty last page.
    """
    check_sizes(args)
    key = sort_key(args.get("orderBy") or "createdAt")
    start, end = 0, len(rows)
    for name in ("after", "before"):
        cursor = args.get(name)
        if cursor is None:
            continue
        anchor = find(cursor)
        if anchor is None:
            if lost == "end":
                return Page([], False, False)
            raise input_error(f"Invalid cursor: {cursor}", "The cursor is not valid.")
        before, past = _place(rows, key, key(anchor))
        if name == "after":
            start = past
        else:
            end = before
    size = min(args.get("first") or args.get("last") or DEFAULT, cap)
    if args.get("last") and not args.get("first"):
        start = max(start, end - size)
    stop = max(start, min(end, start + size))
    return Page(rows[start:stop], stop < len(rows), start > 0)


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
