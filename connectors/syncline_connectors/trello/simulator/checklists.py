"""Endpoints of checklists and their items."""

from __future__ import annotations

from typing import Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import shapes
from syncline_connectors.trello.simulator.call import Call, Route, route
from syncline_connectors.trello.simulator.errors import Refusal, invalid, not_found
from syncline_connectors.trello.simulator.render import Renderer, pick

_ITEM = "name state idChecklist pos due dueReminder idMember"


def routes() -> list[Route]:
    return [
        route("GET", "/cards/{id}/checklists", of_card, "checkItems checkItem_fields filter fields"),
        route("POST", "/cards/{id}/checklists", create, "name idChecklistSource pos"),
        route("DELETE", "/cards/{id}/checklists/{idChecklist}", delete),
        route("GET", "/cards/{id}/checkItem/{idCheckItem}", item, "fields"),
        route("PUT", "/cards/{id}/checkItem/{idCheckItem}", update_item, _ITEM),
        route("DELETE", "/cards/{id}/checkItem/{idCheckItem}", delete_item),
        route("POST", "/checklists", create, "idCard name pos idChecklistSource"),
        route("GET", "/checklists/{idChecklist}", checklist, "cards checkItems checkItem_fields fields"),
        route("PUT", "/checklists/{idChecklist}", update, "name pos"),
        route("DELETE", "/checklists/{idChecklist}", delete),
        route("GET", "/checklists/{idChecklist}/checkItems", items, "filter fields"),
        route("POST", "/checklists/{idChecklist}/checkItems", add_item, f"checked {_ITEM}"),
        route("GET", "/checklists/{idChecklist}/checkItems/{idCheckItem}", item, "fields"),
        route("DELETE", "/checklists/{idChecklist}/checkItems/{idCheckItem}", delete_item),
    ]


def _shown(call: Call, found: e.Checklist) -> e.Json:
    fields = call.words("checkItem_fields", ",".join(shapes.CHECK_ITEM))
    document = Renderer(call.site).checklist(found, fields)
    if call.text("checkItems", "all") == "none":
        del document["checkItems"]
    wanted = call.words("fields", "all")
    return document if "all" in wanted else pick(document, [*wanted, "checkItems"])


def of_card(call: Call) -> list[e.Json]:
    asked = call.card(call.args["id"])
    return [_shown(call, found) for found in sorted(asked.checklists, key=lambda c: (c.pos, c.id))]


def _checklist(call: Call, *, write: bool = False) -> e.Checklist:
    return call.checklist(call.args["idChecklist"], write=write)


def checklist(call: Call) -> e.Json:
    return _shown(call, _checklist(call))


def create(call: Call) -> e.Json:
    asked = call.card(call.args["id"] if "id" in call.args else call.needed("idCard"), write=True)
    if len(asked.checklists) >= call.site.cap("checklists.perCard"):
        raise Refusal(403, "The card has reached its limit of checklists")
    name = call.text("name") or "Checklist"
    made = call.site.add_checklist(asked, name, pos=call.place(), by=call.member)
    if call.has("idChecklistSource"):
        for source in call.checklist(call.text("idChecklistSource")).items:
            call.site.add_item(made, source.name, by=call.member)
    return Renderer(call.site).checklist(made) | {"limits": {}}


def update(call: Call) -> e.Json:
    found = _checklist(call, write=True)
    if call.has("pos"):
        others = (other.pos for other in found.card.checklists if other is not found)
        found.pos = call.site.position(others, call.place())
    if call.has("name"):
        call.site.rename_checklist(found, call.needed("name"), by=call.member)
    return Renderer(call.site).checklist(found)


def delete(call: Call) -> e.Json:
    found = _checklist(call, write=True)
    if "id" in call.args and call.card(call.args["id"]) is not found.card:
        raise not_found()
    call.site.remove_checklist(found, by=call.member)
    return {"limits": {}}


# ---- items -----------------------------------------------------------------------------------------------------------


def items(call: Call) -> list[e.Json]:
    found, render = _checklist(call), Renderer(call.site)
    return [render.item(found, item) for item in sorted(found.items, key=lambda i: (i.pos, i.id))]


def add_item(call: Call) -> e.Json:
    found = _checklist(call, write=True)
    if len(found.items) >= call.site.cap("checkItems.perChecklist"):
        raise Refusal(403, "The checklist has reached its limit of items")
    made = call.site.add_item(
        found,
        call.needed("name"),
        complete=call.flag("checked"),
        due=call.time("due"),
        member=call.site.members.get(call.text("idMember")),
        pos=call.place(),
        by=call.member,
    )
    return Renderer(call.site).item(found, made) | {"limits": {}}


def _item(call: Call, *, write: bool = False) -> tuple[e.Checklist, e.CheckItem]:
    """An item of a checklist, or of whichever checklist of a card has it."""
    if "idChecklist" in call.args:
        found = _checklist(call, write=write)
        return found, call.item(found, call.args["idCheckItem"])
    asked = call.card(call.args["id"], write=write)
    for found in asked.checklists:
        for item_ in found.items:
            if item_.id == call.args["idCheckItem"]:
                return found, item_
    raise not_found()


def item(call: Call) -> e.Json:
    found, known = _item(call)
    return Renderer(call.site).item(found, known)


def update_item(call: Call) -> e.Json:
    found, known = _item(call, write=True)
    changes: dict[str, Any] = {}
    if call.has("name"):
        changes["name"] = call.needed("name")
    if call.has("state"):
        state = call.text("state")
        if state not in ("complete", "incomplete"):
            raise invalid("value for state")
        changes["complete"] = state == "complete"
    if call.has("due"):
        changes["due"] = call.time("due")
    if call.has("idMember"):
        changes["member"] = call.site.members.get(call.text("idMember"))
    if call.has("pos"):
        others = (other.pos for other in found.items if other is not known)
        changes["pos"] = call.site.position(others, call.place())
    call.site.edit_item(found, known, by=call.member, **changes)
    return Renderer(call.site).item(found, known) | {"creationMethod": None}


def delete_item(call: Call) -> e.Json:
    found, known = _item(call, write=True)
    call.site.remove_item(found, known, by=call.member)
    return {"limits": {}}
