"""Rules that refuse a block's plan because it looks like a disaster. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.config.company import Guard, Guards


@dataclass(frozen=True)
class Counts:
    """What a block's plan would do, in records; ``links`` is how many groups the block has, 0 while not counted."""

    creates: int
    updates: int
    removals: int
    links: int = 0


def tripped(counts: Counts, guards: Guards) -> list[str]:
    """One line for each guard that refuses the plan."""
    found = []
    for what, number, guard in (
        ("creates", counts.creates, guards.creates),
        ("updates", counts.updates, guards.updates),
        ("removals", counts.removals, guards.removals),
    ):
        limit = allowed(guard, counts.links)
        if number > limit:
            found.append(f"{number} {what}, {limit} are allowed ({_explained(guard, counts.links)})")
    return found


def allowed(guard: Guard, links: int) -> int:
    """How many records a plan may touch: the larger of the number and the share of the block's links."""
    return max(guard.number, int(guard.share * links))


def may_empty(known: int, guards: Guards, approve: int | None) -> bool:
    """Whether a list may lack everything that is known: somebody approved it, or no share of removals is too large.

    However few there are: nothing at all is what a tool lists that does not show them to us.
    """
    return guards.removals.share >= 1 or (approve is not None and known <= approve)


def _explained(guard: Guard, links: int) -> str:
    return f"the larger of {guard.number} and {guard.share:.0%} of {links} links"
