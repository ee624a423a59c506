"""Cards with what an answer may bring along, and pages of cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import feed, shapes
from syncline_connectors.trello.simulator.call import Call
from syncline_connectors.trello.simulator.errors import invalid, told
from syncline_connectors.trello.simulator.render import Renderer, pick
from syncline_connectors.trello.simulator.shapes import words
from syncline_connectors.trello.simulator.site import is_id

PARTS = (
    "attachments attachment_fields members member_fields checklists checklist_fields checkItemStates customFieldItems "
    "actions actions_limit actions_since actions_before action_fields action_memberCreator board board_fields list "
    "list_fields pluginData stickers sticker_fields membersVoted memberVoted_fields labels"
)
CARD_PARTS = frozenset(PARTS.split()) | {"fields"}
CARDS = CARD_PARTS | frozenset(words("limit since before filter page"))
BOARD_CARDS = frozenset(f"card_{name}" for name in CARD_PARTS) | {"cards", "cards_limit"}
MOST = 1000
FILTERS = ("all", "closed", "none", "open", "visible")
_COUNTED = (
    "attachments",
    "members",
    "checklists",
    "customFieldItems",
    "checkItemStates",
    "stickers",
    "pluginData",
)


def filtered(cards: Iterable[e.Card], kind: str) -> list[e.Card]:
    """``open`` looks only at the card; ``visible`` also at its list."""
    if kind not in FILTERS:
        raise invalid("value for filter")
    wants: dict[str, Callable[[e.Card], bool]] = {
        "all": lambda card: True,
        "none": lambda card: False,
        "open": lambda card: not card.closed,
        "closed": lambda card: card.closed,
        "visible": lambda card: card.visible,
    }
    return [card for card in cards if wants[kind](card)]


def page(call: Call, cards: Iterable[e.Card]) -> list[e.Card]:
    """By place where all are asked for; where a page is, the newest first by id."""
    if not any(call.has(name) for name in ("limit", "since", "before")):
        return sorted(cards, key=lambda card: (card.list_.pos, card.list_.id, card.pos, card.id))
    ordered = sorted(cards, key=lambda card: card.id, reverse=True)
    since, before, same = _bound(call, "since"), _bound(call, "before"), call.quirks.inclusive
    if since:
        ordered = [card for card in ordered if card.id > since or (same and card.id == since)]
    if before:
        ordered = [card for card in ordered if card.id < before or (same and card.id == before)]
    return ordered[: call.number("limit", MOST, most=MOST)]


def _bound(call: Call, name: str) -> str | None:
    text = call.text(name)
    if not text:
        return None
    if is_id(text):
        return text
    try:
        when: datetime = e.parse_time(text)
    except ValueError:
        raise invalid(f"value for {name}") from None
    return f"{int(when.timestamp()):08x}{0:016x}"


def documents(call: Call, cards: Sequence[e.Card], *, prefix: str = "", nested: bool = False) -> list[e.Json]:
    """Cards with the fields and parts that were asked for; raises the Refusal of an answer that would be too large."""
    _not_too_greedy(call, len(cards), prefix, nested)
    fields = _fields(call, f"{prefix}fields")
    return [_document(call, card, fields, prefix) for card in cards]


def document(call: Call, card: e.Card) -> e.Json:
    return documents(call, [card])[0]


def _not_too_greedy(call: Call, cards: int, prefix: str, nested: bool) -> None:
    most = call.quirks.greedy_cards
    parts = sum(1 for name in _COUNTED if call.text(f"{prefix}{name}", "false") not in ("false", "none"))
    actions = call.has(f"{prefix}actions")
    few = most // 4
    many = cards > most and (nested or parts or actions)
    if many or (cards > few and (actions or parts > call.quirks.greedy_parts)):
        raise told(429, "API_TOO_MANY_CARDS_REQUESTED", "Too many cards requested")


def _fields(call: Call, name: str) -> list[str]:
    wanted = call.words(name, ",".join(shapes.CARD))
    known = [*shapes.CARD, *shapes.CARD_MORE]
    if "all" in wanted:
        return [field for field in known if field != "checklists"]
    if any(field not in known for field in wanted):
        raise invalid(f"value for {name}")
    return wanted


def _document(call: Call, card: e.Card, fields: Sequence[str], prefix: str) -> e.Json:
    render = Renderer(call.site)
    made = pick(render.card(card), fields)
    made |= _parts(call, card, render, prefix)
    if call.has(f"{prefix}actions"):
        happened = feed.select(call, call.site.actions_on(card), prefix=f"{prefix}actions_", at_card=True)
        made["actions"] = feed.shown(call, happened, prefix="action_")
    if call.flag(f"{prefix}board"):
        wanted = call.words(f"{prefix}board_fields", ",".join(shapes.BOARD))
        made["board"] = pick(render.board(card.board), wanted)
    if call.flag(f"{prefix}list"):
        made["list"] = pick(render.list_(card.list_), shapes.LIST)
    return made


def _parts(call: Call, card: e.Card, render: Renderer, prefix: str) -> e.Json:
    made: e.Json = {}
    if call.text(f"{prefix}attachments", "false") in ("true", "cover"):
        wanted = call.words(f"{prefix}attachment_fields", "all")
        kept = [a for a in card.attachments if call.text(f"{prefix}attachments") == "true" or _cover(card, a)]
        made["attachments"] = [attachment(render, a, wanted) for a in kept]
    if call.flag(f"{prefix}members"):
        wanted = call.words(f"{prefix}member_fields", ",".join(shapes.MEMBER_SHORT))
        made["members"] = [pick(render.member(member), wanted) for member in card.members]
    if call.text(f"{prefix}checklists", "none") in ("all", "true"):
        made["checklists"] = [render.checklist(checklist) for checklist in _ordered(card)]
    if call.flag(f"{prefix}customFieldItems"):
        on = card.board.fields_on
        made["customFieldItems"] = [render.field_item(card, item) for item in card.items] if on else []
    if call.flag(f"{prefix}checkItemStates"):
        made["checkItemStates"] = render.item_states(card)
    for name in ("stickers", "pluginData", "membersVoted"):
        if call.flag(f"{prefix}{name}"):
            made[name] = card.raw.get(name, [])
    return made


def attachment(render: Renderer, attachment: e.Attachment, wanted: Sequence[str]) -> e.Json:
    document = render.attachment(attachment)
    return document if "all" in wanted else pick(document, wanted)


def _cover(card: e.Card, attachment: e.Attachment) -> bool:
    return attachment.id == card.cover_attachment


def _ordered(card: e.Card) -> list[e.Checklist]:
    return sorted(card.checklists, key=lambda checklist: (checklist.pos, checklist.id))
