"""Endpoints that make and change boards, lists, labels and custom fields."""

from __future__ import annotations

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import shapes
from syncline_connectors.trello.simulator.call import Call, Route, route
from syncline_connectors.trello.simulator.errors import Refusal, invalid, no_permission
from syncline_connectors.trello.simulator.render import Renderer, pick

_CREATE = "name desc defaultLabels defaultLists idOrganization prefs_permissionLevel"


def routes() -> list[Route]:
    return [
        route("POST", "/boards", create_board, _CREATE),
        route("PUT", "/boards/{id}", update_board, "name desc closed subscribed idOrganization"),
        route("DELETE", "/boards/{id}", delete_board),
        route("POST", "/boards/{id}/labels", create_label, "name color"),
        route("POST", "/labels", create_label, "name color idBoard"),
        route("PUT", "/labels/{id}", update_label, "name color"),
        route("DELETE", "/labels/{id}", delete_label),
        route("POST", "/boards/{id}/lists", create_list, "name pos"),
        route("POST", "/lists", create_list, "name idBoard idListSource pos"),
        route("PUT", "/lists/{id}", update_list, "name closed idBoard pos subscribed"),
        route("PUT", "/lists/{id}/closed", close_list, "value"),
        route("PUT", "/lists/{id}/idBoard", move_list, "value"),
        route("POST", "/lists/{id}/archiveAllCards", archive_all),
        route("POST", "/lists/{id}/moveAllCards", move_all, "idBoard idList"),
        route(
            "POST", "/customFields", create_field, "idModel modelType name type options pos display_cardFront"
        ),
        route("PUT", "/customFields/{id}", update_field, "name pos display/cardFront"),
        route("DELETE", "/customFields/{id}", delete_field),
    ]


# ---- boards ----------------------------------------------------------------------------------------------------------


def create_board(call: Call) -> e.Json:
    """With six labels and three lists unless told otherwise, as the vendor does."""
    if call.caller.token is None or not call.caller.token.write:
        raise no_permission()
    level, organization = call.text("prefs_permissionLevel", "private"), call.text("idOrganization") or None
    if level not in ("private", "org", "public"):
        raise invalid("value for prefs_permissionLevel")
    public = level == "public"
    made = call.site.add_board(call.needed("name"), by=call.member, organization=organization, public=public)
    made.desc = call.text("desc")
    if call.flag("defaultLabels", default=True):
        for color in ("green", "yellow", "orange", "red", "purple", "blue"):
            call.site.add_label(made, "", color)
    if call.flag("defaultLists", default=True):
        for name in ("To Do", "Doing", "Done"):
            call.site.add_list(made, name, by=call.member)
    return pick(Renderer(call.site).board(made), shapes.BOARD) | {"limits": {}}


def update_board(call: Call) -> e.Json:
    asked = call.board(call.args["id"], write=True)
    call.site.edit_board(
        asked,
        name=call.needed("name") if call.has("name") else None,
        desc=call.text("desc") if call.has("desc") else None,
        closed=call.flag("closed") if call.has("closed") else None,
        by=call.member,
    )
    return pick(Renderer(call.site).board(asked), shapes.BOARD)


def delete_board(call: Call) -> e.Json:
    asked = call.board(call.args["id"], write=True)
    if asked.members[call.member.id] != "admin":
        raise no_permission()
    call.site.delete_board(asked)
    return {"_value": None}


# ---- labels ----------------------------------------------------------------------------------------------------------


def _color(call: Call) -> str | None:
    color = call.text("color")
    if color in ("", "null"):
        return None
    if color not in e.SHADES:
        raise invalid("value for color")
    return color


def create_label(call: Call) -> e.Json:
    """``name`` and ``color`` are both needed; either may be empty."""
    board = call.board(call.args["id"] if "id" in call.args else call.needed("idBoard"), write=True)
    if not call.has("name") or not call.has("color"):
        raise invalid("value for name" if not call.has("name") else "value for color")
    if len(call.site.labels_of(board)) >= call.site.cap("labels.perBoard"):
        raise Refusal(403, "The board has reached its limit of labels")
    made = call.site.add_label(board, call.text("name"), _color(call), by=call.member)
    return Renderer(call.site).label(made) | {"limits": {}}


def update_label(call: Call) -> e.Json:
    asked = call.label(call.args["id"], write=True)
    name = call.text("name") if call.has("name") else None
    if call.has("color"):
        call.site.edit_label(asked, name=name, color=_color(call))
    else:
        call.site.edit_label(asked, name=name)
    return Renderer(call.site).label(asked)


def delete_label(call: Call) -> e.Json:
    call.site.delete_label(call.label(call.args["id"], write=True))
    return {"limits": {}}


# ---- lists -----------------------------------------------------------------------------------------------------------


def create_list(call: Call) -> e.Json:
    board = call.board(call.args["id"] if "id" in call.args else call.needed("idBoard"), write=True)
    open_ = sum(1 for list_ in call.site.lists_of(board) if not list_.closed)
    if open_ >= call.site.cap("lists.openPerBoard"):
        raise Refusal(403, "The board has reached its limit of lists")
    made = call.site.add_list(board, call.needed("name"), pos=call.place(), by=call.member)
    return _list(call, made, shapes.LIST) | {"limits": {}}


def _list(call: Call, made: e.TrelloList, fields: list[str]) -> e.Json:
    """Each endpoint shows other fields, as recorded."""
    return pick(Renderer(call.site).list_(made), fields)


def update_list(call: Call) -> e.Json:
    asked = call.list_(call.args["id"], write=True)
    if call.has("idBoard"):
        call.site.move_list(asked, call.board(call.needed("idBoard"), write=True), by=call.member)
    pos = None
    if call.has("pos"):
        others = (x.pos for x in call.site.lists_of(asked.board) if x is not asked)
        pos = call.site.position(others, call.place())
    call.site.edit_list(
        asked,
        name=call.needed("name") if call.has("name") else None,
        closed=call.flag("closed") if call.has("closed") else None,
        pos=pos,
        by=call.member,
    )
    return _list(call, asked, shapes.LIST_LEAST)


def close_list(call: Call) -> e.Json:
    asked = call.list_(call.args["id"], write=True)
    call.site.edit_list(asked, closed=call.flag("value"), by=call.member)
    return _list(call, asked, shapes.LIST_SHORT)


def move_list(call: Call) -> e.Json:
    asked = call.list_(call.args["id"], write=True)
    call.site.move_list(asked, call.board(call.needed("value"), write=True), by=call.member)
    return _list(call, asked, shapes.LIST_SHORT)


def archive_all(call: Call) -> e.Json:
    for card in call.site.cards_in(call.list_(call.args["id"], write=True)):
        call.site.archive(card, by=call.member)
    return {}


def move_all(call: Call) -> list[e.Json]:
    source = call.list_(call.args["id"], write=True)
    board = call.board(call.needed("idBoard"), write=True)
    target = call.list_(call.needed("idList"), write=True)
    if target.board is not board:
        raise invalid("value for idList")
    for card in call.site.cards_in(source):
        if not card.closed:
            call.site.move(card, target, by=call.member)
    return []


# ---- custom fields ---------------------------------------------------------------------------------------------------


def create_field(call: Call) -> e.Json:
    """On a board that has the power-up; options are texts or ``{"value": {"text": …}}``."""
    board = call.board(call.needed("idModel"), write=True)
    kind = call.needed("type")
    if kind not in e.FIELD_TYPES or call.text("modelType", "board") != "board":
        raise invalid("value for type")
    if not board.fields_on:
        raise Refusal(403, "Custom Fields Power-Up is not enabled")
    if len(call.site.fields_of(board)) >= call.site.cap("customFields.perBoard"):
        raise Refusal(403, "The board has reached its limit of custom fields")
    options = call.given.get("options") or []
    texts = [row["value"]["text"] if isinstance(row, dict) else str(row) for row in options]
    made = call.site.add_custom_field(board, call.needed("name"), kind, options=texts, by=call.member)
    return Renderer(call.site).custom_field(made) | {"limits": {}}


def update_field(call: Call) -> e.Json:
    asked = call.custom_field(call.args["id"], write=True)
    if call.has("name"):
        call.site.edit_custom_field(asked, name=call.needed("name"))
    return Renderer(call.site).custom_field(asked)


def delete_field(call: Call) -> e.Json:
    call.site.delete_custom_field(call.custom_field(call.args["id"], write=True))
    return {"limits": {}}
