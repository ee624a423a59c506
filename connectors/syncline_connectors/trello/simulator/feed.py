"""Which actions an answer holds: the newest first, by type and time, 50 of them unless asked for up to 1000."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.call import Call
from syncline_connectors.trello.simulator.errors import invalid
from syncline_connectors.trello.simulator.render import Renderer, pick
from syncline_connectors.trello.simulator.shapes import ACTION, words
from syncline_connectors.trello.simulator.site import is_id

FEED = frozenset(
    words(
        "fields filter format idModels limit member member_fields memberCreator memberCreator_fields page reactions "
        "before since display entities"
    )
)
MOST, USUAL = 1000, 50


def answer(call: Call, actions: Iterable[e.Action], *, at_card: bool = False) -> object:
    """The answer to a request for a feed: a list of actions, or ``{"_value": n}`` where only their number is asked."""
    listed = select(call, actions, prefix="", at_card=at_card)
    if call.text("format") == "count":
        return {"_value": len(listed)}
    return shown(call, listed)


def select(call: Call, actions: Iterable[e.Action], *, prefix: str, at_card: bool) -> list[e.Action]:
    """``prefix`` is "" or that of a nested request, ``actions_``."""
    most = call.number(f"{prefix}limit", USUAL, most=MOST)
    page = call.number(f"{prefix}page", 0, most=MOST)
    if page and most * page >= MOST:
        raise invalid(f"value for {prefix}page")
    kinds = call.words(f"{prefix}filter" if not prefix else prefix.rstrip("_"), "all")
    models = set(call.words(f"{prefix}idModels"))
    listed = (a for a in actions if _listed(call, a, at_card) and _wanted(a, kinds))
    found = [a for a in listed if not models or models & {a.card_id, a.board.id, *a.list_ids}]
    ordered = sorted(found, key=_order, reverse=True)
    within = _between(call, ordered, prefix)
    return within[page * most : (page + 1) * most]


def _listed(call: Call, action: e.Action, at_card: bool) -> bool:
    if action.unlisted or (at_card and action.type in call.quirks.not_at_card):
        return False
    return action.visible_from is None or action.visible_from <= call.site.now()


def _wanted(action: e.Action, kinds: Sequence[str]) -> bool:
    """A type, ``updateCard:idList`` for one of its fields, ``all``, or several."""
    if "all" in kinds or action.type in kinds:
        return True
    changed = action.data.get("old") or {}
    return any(f"{action.type}:{name}" in kinds for name in changed)


def _order(action: e.Action) -> tuple[datetime, str]:
    return action.date, action.id


def _between(call: Call, ordered: list[e.Action], prefix: str) -> list[e.Action]:
    since = _bound(call, f"{prefix}since")
    before = _bound(call, f"{prefix}before")
    same = call.quirks.inclusive
    if since is not None:
        ordered = [a for a in ordered if _side(a, since) > 0 or (same and _side(a, since) == 0)]
    if before is not None:
        ordered = [a for a in ordered if _side(a, before) < 0 or (same and _side(a, before) == 0)]
    return ordered


def _side(action: e.Action, bound: tuple[datetime, str]) -> int:
    """1 for what is newer than a boundary, -1 for what is older, 0 for what stands on it. A time has no id."""
    here = _order(action) if bound[1] else (action.date, "")
    return (here > bound) - (here < bound)


def _bound(call: Call, name: str) -> tuple[datetime, str] | None:
    text = call.text(name)
    if not text or text == "null":
        return None
    if is_id(text):
        known = call.site.actions.get(text)
        gone = call.site.dropped.get(text, e.made_at(text))
        return known.date if known else gone, text
    if text == "lastView":
        return None
    try:
        return e.parse_time(text), ""
    except ValueError:
        raise invalid(f"value for {name}") from None


def shown(call: Call, actions: Iterable[e.Action], *, prefix: str = "") -> list[e.Json]:
    """Documents with the fields that were asked for. ``prefix`` is "" or that of a nested request, ``action_``."""
    render = Renderer(call.site)
    fields = call.words(f"{prefix}fields", "all")
    named = ACTION if "all" in fields else fields
    people = [x for x in ("memberCreator", "member") if call.flag(f"{prefix}{x}", default=True)]
    display = call.flag(f"{prefix}display")
    left = {"memberCreator", "member"} - set(people)
    wanted = [name for name in (*named, *people, "display") if name not in left]
    shape = {name: call.words(f"{prefix}{name}_fields") for name in people}
    made = [pick(render.action(action, whole=display), wanted) for action in actions]
    for document in made:
        for name, chosen in shape.items():
            if chosen and name in document:
                document[name] = pick(document[name], chosen)
    return made
