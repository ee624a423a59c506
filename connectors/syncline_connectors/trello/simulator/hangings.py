"""Endpoints of what hangs on a card: comments, attachments, values of custom fields."""

from __future__ import annotations

from syncline.sim import SimResponse
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import nested
from syncline_connectors.trello.simulator.call import Call, Route, route
from syncline_connectors.trello.simulator.errors import Refusal, invalid, no_permission, not_found
from syncline_connectors.trello.simulator.render import Renderer

MOST_NAME = 256


def routes() -> list[Route]:
    return [
        route("POST", "/cards/{id}/actions/comments", comment, "text"),
        route("PUT", "/cards/{id}/actions/{idAction}/comments", edit_comment, "text"),
        route("DELETE", "/cards/{id}/actions/{idAction}/comments", delete_comment),
        route("PUT", "/actions/{idAction}", edit_comment, "text"),
        route("PUT", "/actions/{idAction}/text", edit_comment, "value"),
        route("DELETE", "/actions/{idAction}", delete_comment),
        route("GET", "/cards/{id}/attachments", attachments, "fields filter"),
        route("POST", "/cards/{id}/attachments", attach, "name file mimeType url setCover"),
        route("GET", "/cards/{id}/attachments/{idAttachment}", attachment, "fields"),
        route("GET", "/cards/{id}/attachments/{idAttachment}/download/{name}", download),
        route("DELETE", "/cards/{id}/attachments/{idAttachment}", detach),
        route("GET", "/cards/{id}/customFieldItems", field_items),
        route("PUT", "/cards/{id}/customField/{idCustomField}/item", put_field, "value idValue"),
        route("PUT", "/cards/{id}/customFields", put_fields, "customFieldItems"),
    ]


# ---- comments --------------------------------------------------------------------------------------------------------


def comment(call: Call) -> e.Json:
    asked = call.card(call.args["id"], write=True)
    made = call.site.comment(asked, call.needed("text"), by=call.member)
    return Renderer(call.site).action(made, whole=True)


def _comment(call: Call) -> e.Action:
    """A comment that there is; raises Refusal for any other action."""
    found = call.action(call.args["idAction"], write=True)
    if "id" in call.args and call.card(call.args["id"]).id != found.card_id:
        raise not_found()
    if found.type != "commentCard":
        raise Refusal(400, "action is not a comment")
    return found


def edit_comment(call: Call) -> e.Json:
    """Only by the one who wrote it."""
    found = _comment(call)
    if found.member is not call.member:
        raise no_permission("action")
    text = call.needed("value" if call.request.path.endswith("/text") else "text")
    call.site.edit_comment(found, text, by=call.member)
    return Renderer(call.site).action(found, whole=True)


def delete_comment(call: Call) -> e.Json:
    """By the one who wrote it, or who administers the board."""
    found = _comment(call)
    if found.member is not call.member and call.home(found).members[call.member.id] != "admin":
        raise no_permission("action")
    call.site.delete_comment(found, by=call.member)
    return {"_value": None}


# ---- attachments -----------------------------------------------------------------------------------------------------


def attachments(call: Call) -> list[e.Json]:
    asked, render = call.card(call.args["id"]), Renderer(call.site)
    wanted = call.words("fields", "all")
    covers = call.text("filter") == "cover"
    kept = [a for a in asked.attachments if not covers or a.id == asked.cover_attachment]
    return [nested.attachment(render, a, wanted) for a in kept]


def attach(call: Call) -> e.Json:
    """A link or a file. The same address may come twice: nothing is unique."""
    asked = call.card(call.args["id"], write=True)
    if len(asked.attachments) >= call.site.cap("attachments.perCard"):
        raise Refusal(403, "The card has reached its limit of attachments")
    if len(call.text("name")) > MOST_NAME:
        raise invalid("value for name")
    made = _attach(call, asked)
    if call.flag("setCover"):
        call.site.edit(asked, cover_attachment=made.id, by=call.member)
    return Renderer(call.site).attachment(made) | {"limits": {}}


def _attach(call: Call, asked: e.Card) -> e.Attachment:
    name, kind = call.text("name") or None, call.text("mimeType")
    if file := call.files.get("file"):
        name, kind = name or file.name, kind or file.mime_type
        return call.site.attach(asked, name=name, content=file.content, mime_type=kind, by=call.member)
    url = call.text("url")
    if not url:
        raise Refusal(400, "Must provide either url or file")
    if not url.startswith(("http://", "https://")):
        raise invalid("URL")
    return call.site.attach(asked, url, name=name, mime_type=kind, by=call.member)


def _attachment(call: Call, *, write: bool = False) -> tuple[e.Card, e.Attachment]:
    asked = call.card(call.args["id"], write=write)
    found = next((a for a in asked.attachments if a.id == call.args["idAttachment"]), None)
    if found is None:
        raise not_found()
    return asked, found


def attachment(call: Call) -> e.Json:
    _, found = _attachment(call)
    return nested.attachment(Renderer(call.site), found, call.words("fields", "all"))


def download(call: Call) -> SimResponse:
    """A file's bytes, only for credentials in the header."""
    _, found = _attachment(call)
    if found.content is None:
        raise not_found()
    if not call.request.header("Authorization"):
        raise no_permission()
    return SimResponse(200, [("Content-Type", found.mime_type or "application/octet-stream")], found.content)


def detach(call: Call) -> e.Json:
    asked, found = _attachment(call, write=True)
    call.site.detach(asked, found, by=call.member)
    return {"limits": {}}


# ---- custom fields ---------------------------------------------------------------------------------------------------


def field_items(call: Call) -> list[e.Json]:
    asked, render = call.card(call.args["id"]), Renderer(call.site)
    return [render.field_item(asked, item) for item in asked.items] if asked.board.fields_on else []


def put_field(call: Call) -> e.Json:
    """Set or clear one value; texts inside, whatever the type."""
    asked = call.card(call.args["id"], write=True)
    field = call.custom_field(call.args["idCustomField"])
    made = _put(call, asked, field, call.given.get("value"), call.given.get("idValue"))
    return Renderer(call.site).field_item(asked, made) if made else {}


def put_fields(call: Call) -> list[e.Json]:
    asked = call.card(call.args["id"], write=True)
    wanted = call.given.get("customFieldItems")
    if not isinstance(wanted, list) or not all(isinstance(row, dict) for row in wanted):
        raise invalid("value for customFieldItems")
    for row in wanted:
        field = call.custom_field(str(row.get("idCustomField")))
        _put(call, asked, field, row.get("value"), row.get("idValue"))
    return field_items(call)


def _put(
    call: Call, asked: e.Card, field: e.CustomField, value: object, option: object
) -> e.FieldItem | None:
    if field.board is not asked.board:
        raise invalid("custom field")
    if value in ("", None, {}) and option in ("", None):
        return call.site.put_field(asked, field, None, None, by=call.member)
    if field.type == "list":
        if all(known.id != option for known in field.options):
            raise invalid("value for idValue")
        return call.site.put_field(asked, field, None, str(option), by=call.member)
    return call.site.put_field(asked, field, _value(field, value), None, by=call.member)


def _value(field: e.CustomField, value: object) -> e.Json:
    """What the vendor keeps of a value: one key by the field's type, and a text in it."""
    key = {"checkbox": "checked"}.get(field.type, field.type)
    given = value.get(key) if isinstance(value, dict) else None
    if given is None or (isinstance(value, dict) and len(value) != 1):
        raise invalid("custom field item value")
    text = str(given).lower() if isinstance(given, bool) else str(given)
    if not _fits(field.type, text):
        raise invalid("custom field item value")
    return {key: e.stamp(e.parse_time(text)) if field.type == "date" else text}


def _fits(kind: str, text: str) -> bool:
    try:
        if kind == "number":
            float(text)
        if kind == "date":
            e.parse_time(text)
    except ValueError:
        return False
    return kind != "checkbox" or text in ("true", "false")
