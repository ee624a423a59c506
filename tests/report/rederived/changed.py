"""What changed since the last report, derived anew from the facts of both."""

from __future__ import annotations

from typing import Any

from . import flowing
from .counting import Facts
from .everything import Everything

Side = dict[str, dict[str, Any]]

WATCHED = ("roadmap_slip", "roadmap_health", "roadmap_leaves", "rollout_percent", "demand_tickets")
STATES = ("off track", "at risk", "on track", "no data")
"""What an open entry can be."""

TENTH = 0.1
UNUSUAL = 3.5
MANY = 200
"""Of more items than that who they were is not kept."""


def watched(facts: Facts) -> Side:
    """By fact the values whose changes are told."""
    found = {name: facts[name] for name in WATCHED if name in facts}
    scores = {name: {"": value} for name, value in facts.items() if name.startswith("score_of_metric_")}
    return found | scores


def news(name: str, old: Any, new: Any, *, born: bool) -> bool:
    """Whether a change is beyond noise: of scope a tenth, of a metric that it is unusual now and was not before."""
    if new is None or old == new or (born and name != "rollout_percent"):
        return False
    if name.startswith("score_of_metric_"):
        return abs(new) > UNUSUAL and not (old is not None and abs(old) > UNUSUAL)
    if name == "roadmap_leaves":
        return bool(abs(new - old) >= TENTH * max(abs(old), 1))
    return True


def told(part: str, before: Side, after: Side) -> Facts:
    """Facts about what stood there before; of what was learned late also about what is known now."""
    found: Facts = {}
    for name, values in after.items():
        old = before.get(name, {})
        keys = [key for key in values if news(name, old.get(key), values[key], born=key not in old)]
        if any(key in old for key in keys):
            found[f"before_{part}_{name}"] = {key: old.get(key) for key in keys}
        if keys and part == "learned":
            found[f"restated_{part}_{name}"] = {key: values[key] for key in keys}
    return found


def changes(said: Everything, restated: Everything, now: Everything) -> Facts:
    """``said``: what was known when the last report was made; ``restated``: of the same time what is known now."""
    sides = [watched(one.facts) for one in (said, restated, now)]
    found = told("learned", sides[0], sides[1]) | told("happened", sides[1], sides[2])
    for name, before, after in (
        ("blocked", _blocked(said), _blocked(now)),
        ("overdue", set(said.facts["late"]), set(now.facts["late"])),
        ("roadmap_live", set(said.roadmap.open), set(now.roadmap.open)),
    ):
        if max(len(before), len(after)) <= MANY and (name != "roadmap_live" or _both(said, now)):
            came, left = after - before, before - after
            found |= {f"{name}_came": len(came)} if came else {}
            found |= {f"{name}_left": len(left)} if left else {}
    states = said.facts.get("roadmap_states")
    if states is not None:
        found["roadmap_states_before"] = dict.fromkeys(STATES, 0) | states
    return found


def _both(one: Everything, other: Everything) -> bool:
    return bool(one.roadmap.entries and other.roadmap.entries)


def _blocked(one: Everything) -> set[str]:
    return {item.item for item in flowing.blocked(one.asked.items)}
