"""Endpoints of one card: reading it and what hangs on it, making, changing and deleting it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import feed, nested, shapes
from syncline_connectors.trello.simulator.call import Call, Route, route
from syncline_connectors.trello.simulator.errors import Refusal, invalid
from syncline_connectors.trello.simulator.render import Renderer, pick

_CREATE = (
    "name desc pos due start dueComplete idList idMembers idLabels urlSource fileSource mimeType idCardSource "
    "keepFromSource address locationName coordinates dueReminder closed cardRole"
)
_UPDATE = (
    "name desc closed idMembers idAttachmentCover idList idLabels idBoard pos due start dueComplete subscribed address "
    "locationName coordinates cover dueReminder"
)


def routes() -> list[Route]:
    return [
        route("GET", "/cards/{id}", card, "", nested.CARD_PARTS),
        route("GET", "/cards/{id}/actions", actions, "", feed.FEED),
        route("GET", "/cards/{id}/board", card_board, "fields"),
        route("GET", "/cards/{id}/list", card_list, "fields"),
        route("GET", "/cards/{id}/members", members, "fields"),
        route("GET", "/cards/{id}/{field}", one_field),
        route("POST", "/cards", create, _CREATE),
        route("PUT", "/cards/{id}", update, _UPDATE),
        route("DELETE", "/cards/{id}", delete),
        route("POST", "/cards/{id}/idLabels", add_label, "value"),
        route("DELETE", "/cards/{id}/idLabels/{idLabel}", remove_label),
        route("POST", "/cards/{id}/idMembers", add_member, "value"),
        route("DELETE", "/cards/{id}/idMembers/{idMember}", remove_member),
    ]


# ---- reading ---------------------------------------------------------------------------------------------------------


def card(call: Call) -> e.Json:
    return nested.document(call, call.card(call.args["id"]))


def actions(call: Call) -> object:
    """Comments and moves to this card unless filtered, and never all types that the board tells."""
    asked = call.card(call.args["id"])
    if not call.has("filter"):
        call = _with(call, filter="commentCard,updateCard:idList")
    return feed.answer(call, call.site.actions_on(asked), at_card=True)


def _with(call: Call, **more: str) -> Call:
    return replace(call, given={**call.given, **more})


def card_board(call: Call) -> e.Json:
    wanted = call.words("fields", ",".join(shapes.BOARD))
    return pick(Renderer(call.site).board(call.card(call.args["id"]).board), wanted)


def card_list(call: Call) -> e.Json:
    wanted = call.words("fields", ",".join(shapes.LIST))
    return pick(Renderer(call.site).list_(call.card(call.args["id"]).list_), wanted)


def members(call: Call) -> list[e.Json]:
    render, wanted = Renderer(call.site), call.words("fields", ",".join(shapes.MEMBER_SHORT))
    return [pick(render.member(member), wanted) for member in call.card(call.args["id"]).members]


def one_field(call: Call) -> object:
    """One field by itself: a list as it is, anything else as ``{"_value": …}``."""
    asked, name = call.card(call.args["id"]), call.args["field"]
    if name not in (*shapes.CARD, *shapes.CARD_MORE):
        raise invalid("field")
    value = Renderer(call.site).card(asked)[name]
    return value if isinstance(value, (list, dict)) else {"_value": value}


# ---- making ----------------------------------------------------------------------------------------------------------


def create(call: Call) -> e.Json:
    """A new card each time: nothing tells a second try from a second card."""
    list_ = call.list_(call.needed("idList"), write=True)
    _room(call, list_)
    if call.has("idCardSource"):
        source = call.card(call.text("idCardSource"))
        kept = call.words("keepFromSource", "all")
        made = call.site.copy(source, list_, name=call.text("name") or None, keep=kept, by=call.member)
    else:
        made = _create(call, list_)
    if call.has("urlSource"):
        _attach_source(call, made)
    if "fileSource" in call.files:
        file = call.files["fileSource"]
        call.site.attach(made, name=file.name, content=file.content, mime_type=file.mime_type, by=call.member)
    document = nested.document(call, made)
    render = Renderer(call.site)
    document["attachments"] = [render.attachment(attachment) for attachment in made.attachments]
    return document | {"stickers": [], "limits": {}}


def _create(call: Call, list_: e.TrelloList) -> e.Card:
    return call.site.create_card(
        list_,
        call.text("name"),
        desc=call.text("desc"),
        due=call.time("due"),
        start=call.time("start"),
        due_complete=call.flag("dueComplete"),
        labels=_labels(call, list_.board, call.words("idLabels")),
        members=_members(call, list_.board, call.words("idMembers")),
        pos=call.place(),
        by=call.member,
    )


def _attach_source(call: Call, made: e.Card) -> None:
    """The address becomes an attachment, and the name of a card that has none."""
    url = call.text("urlSource")
    if not url.startswith(("http://", "https://")):
        raise invalid("value for urlSource")
    call.site.attach(made, url, by=call.member)
    if not made.name:
        made.name = url


def _room(call: Call, list_: e.TrelloList) -> None:
    """Raises the Refusal of a card too many; a list that is archived still takes cards."""
    site, board = call.site, list_.board
    open_ = sum(1 for card in site.cards_of(board) if card.visible)
    here = sum(1 for card in site.cards_in(list_) if not card.closed)
    total = len(site.cards_of(board))
    for name, used in (
        ("cards.openPerBoard", open_),
        ("cards.openPerList", here),
        ("cards.totalPerBoard", total),
    ):
        if used >= site.cap(name):
            what = "board" if "Board" in name else "list"
            raise Refusal(403, f"The {what} has reached its limit of cards")


def _labels(call: Call, board: e.Board, ids: Iterable[str]) -> list[e.Label]:
    """Labels of the board; any other is refused."""
    found = [call.site.labels.get(id_) for id_ in dict.fromkeys(ids)]
    kept = [label for label in found if label is not None and label.board is board]
    if len(kept) != len(found):
        raise invalid("value for idLabels")
    return kept


def _members(call: Call, board: e.Board, ids: Iterable[str]) -> list[e.Member]:
    wanted = list(dict.fromkeys(ids))
    kept = [call.site.members[id_] for id_ in wanted if id_ in board.members and id_ in call.site.members]
    if len(kept) != len(wanted):
        raise invalid("value for idMembers")
    return kept


# ---- changing --------------------------------------------------------------------------------------------------------


def update(call: Call) -> e.Json:
    """Any fields together. All are looked at before any is written."""
    asked = call.card(call.args["id"], write=True)
    target = _target(call, asked)
    board = target.board if target else asked.board
    labels = _labels(call, board, call.words("idLabels")) if call.has("idLabels") else None
    people = _members(call, board, call.words("idMembers")) if call.has("idMembers") else None
    plain = _plain(call, asked)
    place = call.place() if call.has("pos") else "bottom"
    if target and target is not asked.list_:
        if target.board is not asked.board:
            _room(call, target)
        call.site.move(asked, target, pos=place, by=call.member)
    elif call.has("pos"):
        neighbours = (card.pos for card in call.site.cards_in(asked.list_) if card is not asked)
        plain["pos"] = call.site.position(neighbours, place)
    call.site.edit(asked, by=call.member, **plain)
    if labels is not None:
        call.site.set_ids(asked, "labels", labels, by=call.member)
    if people is not None:
        call.site.set_ids(asked, "members", people, by=call.member)
    return nested.document(call, asked)


def _target(call: Call, asked: e.Card) -> e.TrelloList | None:
    """The list to go to. With only a board it is that board's first open list."""
    if call.has("idList"):
        list_ = call.list_(call.needed("idList"), write=True)
        wanted = call.board(call.needed("idBoard"), write=True) if call.has("idBoard") else list_.board
        if list_.board is not wanted or (wanted is not asked.board and not call.has("idBoard")):
            raise invalid("value for idList")
        return list_
    if not call.has("idBoard"):
        return None
    board = call.board(call.needed("idBoard"), write=True)
    if board is asked.board:
        return None
    first = next((list_ for list_ in call.site.lists_of(board) if not list_.closed), None)
    if first is None:
        raise invalid("value for idBoard")
    return first


def _plain(call: Call, asked: e.Card) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if call.has("name"):
        changes["name"] = call.needed("name")
    if call.has("desc"):
        changes["desc"] = call.text("desc")
    for name, field in (("due", "due"), ("start", "start")):
        if call.has(name):
            changes[field] = call.time(name)
    for name, field in (("dueComplete", "due_complete"), ("closed", "closed")):
        if call.has(name):
            changes[field] = call.flag(name)
    if call.has("idAttachmentCover"):
        cover = call.text("idAttachmentCover") or None
        if cover and all(attachment.id != cover for attachment in asked.attachments):
            raise invalid("value for idAttachmentCover")
        changes["cover_attachment"] = cover
    return changes


def delete(call: Call) -> e.Json:
    call.site.delete(call.card(call.args["id"], write=True), by=call.member)
    return {"limits": {}}


# ---- labels and members ----------------------------------------------------------------------------------------------


def add_label(call: Call) -> list[str]:
    asked = call.card(call.args["id"], write=True)
    label = call.site.labels.get(call.needed("value"))
    if label is None or label.board is not asked.board:
        raise invalid("value for value")
    if label in asked.labels:
        raise Refusal(400, "that label is already on the card")
    call.site.label(asked, label, by=call.member)
    return [label.id for label in asked.labels]


def remove_label(call: Call) -> e.Json:
    asked = call.card(call.args["id"], write=True)
    label = next((label for label in asked.labels if label.id == call.args["idLabel"]), None)
    if label is None:
        raise Refusal(400, "that label is not on the card")
    call.site.unlabel(asked, label, by=call.member)
    return {"_value": None}


def add_member(call: Call) -> list[e.Json]:
    asked = call.card(call.args["id"], write=True)
    member = call.site.members.get(call.needed("value"))
    if member is None or member.id not in asked.board.members:
        raise invalid("value for value")
    if member in asked.members:
        raise Refusal(400, "member is already on the card")
    call.site.assign(asked, member, by=call.member)
    render = Renderer(call.site)
    return [pick(render.member(member), shapes.MEMBER_SHORT) for member in asked.members]


def remove_member(call: Call) -> list[e.Json]:
    asked = call.card(call.args["id"], write=True)
    member = next((member for member in asked.members if member.id == call.args["idMember"]), None)
    if member is None:
        raise Refusal(400, "member is not on the card")
    call.site.unassign(asked, member, by=call.member)
    render = Renderer(call.site)
    return [pick(render.member(member), shapes.MEMBER_SHORT) for member in asked.members]
