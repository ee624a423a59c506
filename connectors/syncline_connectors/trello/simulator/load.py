"""Taking in whole boards as the vendor exports them: the document of ``/b/{id}.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from syncline_connectors.trello.simulator import entities as e

if TYPE_CHECKING:
    from syncline_connectors.trello.simulator.site import Site

Raw = Mapping[str, Any]


def load_board(site: Site, document: Raw) -> e.Board:
    """A board with everything in the document; raises KeyError where an id or a time is missing."""
    for person in _people(document):
        _member(site, person)
    board = _board(site, document)
    for raw in document.get("lists", ()):
        made = e.TrelloList(raw["id"], raw["name"], board, float(raw["pos"]), raw["closed"], raw)
        site.lists[made.id] = made
    for raw in document.get("labels", ()):
        site.labels[raw["id"]] = e.Label(raw["id"], raw["name"], raw["color"], board, raw)
    for raw in document.get("customFields", ()):
        site.fields[raw["id"]] = _field(raw, board)
    board.fields_on = bool(document.get("customFields"))
    for raw in document.get("cards", ()):
        site.register_card(_card(site, raw))
    for raw in document.get("checklists", ()):
        _checklist(site, raw)
    for raw in sorted(document.get("actions", ()), key=lambda raw: (raw["date"], raw["id"])):
        site.register_action(_action(site, raw, board))
    site.changes += 1
    return board


def _people(document: Raw) -> Iterator[Raw]:
    """Members of the board, and those who left it but acted on it."""
    yield from document.get("members", ())
    for action in document.get("actions", ()):
        for role in ("memberCreator", "member"):
            if role in action:
                yield action[role]


def _member(site: Site, raw: Raw) -> None:
    name = raw.get("fullName") or raw["username"]
    site.members.setdefault(raw["id"], e.Member(raw["id"], name, raw["username"], raw.get("email"), raw))


def _board(site: Site, raw: Raw) -> e.Board:
    created = e.made_at(raw["id"])
    board = e.Board(raw["id"], raw["shortLink"], raw["name"], created, raw["desc"], raw["closed"])
    for membership in raw.get("memberships", ()):
        board.members[membership["idMember"]] = membership["memberType"]
        board.memberships[membership["idMember"]] = membership["id"]
    board.organization = raw.get("idOrganization")
    board.public = raw.get("prefs", {}).get("permissionLevel") == "public"
    board.activity = e.parse_time(raw["dateLastActivity"]) if raw.get("dateLastActivity") else created
    board.last_number = max((card["idShort"] for card in raw.get("cards", ())), default=0)
    apart = (
        "actions",
        "cards",
        "checklists",
        "customFields",
        "labels",
        "lists",
        "members",
        "pluginData",
        "limits",
    )
    board.raw = {name: value for name, value in raw.items() if name not in apart}
    site.register_board(board)
    return board


def _field(raw: Raw, board: e.Board) -> e.CustomField:
    options = [
        e.Option(o.get("id") or o["_id"], o["value"]["text"], o["color"], float(o["pos"]))
        for o in raw.get("options", ())
    ]
    return e.CustomField(raw["id"], raw["name"], raw["type"], board, float(raw["pos"]), options, raw)


def _card(site: Site, raw: Raw) -> e.Card:
    made = e.made_at(raw["id"])
    card = e.Card(
        raw["id"],
        raw["shortLink"],
        raw["idShort"],
        raw["name"],
        site.lists[raw["idList"]],
        float(raw["pos"]),
        made,
        e.parse_time(raw["dateLastActivity"]) if raw.get("dateLastActivity") else made,
        raw["desc"],
        raw["closed"],
    )
    card.due = e.parse_time(raw["due"]) if raw.get("due") else None
    card.start = e.parse_time(raw["start"]) if raw.get("start") else None
    card.due_complete = raw.get("dueComplete", False)
    card.members = [site.members[id_] for id_ in raw["idMembers"] if id_ in site.members]
    card.labels = [site.labels[id_] for id_ in raw["idLabels"] if id_ in site.labels]
    card.attachments = [_attachment(site, each) for each in raw.get("attachments", ())]
    card.items = [
        e.FieldItem(
            each["id"], site.fields[each["idCustomField"]], each.get("value"), each.get("idValue"), each
        )
        for each in raw.get("customFieldItems", ())
        if each["idCustomField"] in site.fields
    ]
    card.cover_attachment = raw.get("idAttachmentCover")
    apart = ("attachments", "customFieldItems", "checklists", "limits", "cover")
    card.raw = {name: value for name, value in raw.items() if name not in apart}
    return card


def _attachment(site: Site, raw: Raw) -> e.Attachment:
    who = site.members.get(raw["idMember"])
    when, place = e.parse_time(raw["date"]), float(raw.get("pos", 0))
    return e.Attachment(
        raw["id"], raw["name"], raw["url"], place, when, who, None, raw["mimeType"] or "", raw
    )


def _checklist(site: Site, raw: Raw) -> None:
    """Checklists of cards that are gone are left out."""
    card = site.cards.get(raw["idCard"])
    if card is None:
        return
    made = e.Checklist(raw["id"], raw["name"], card, float(raw["pos"]))
    made.raw = {name: value for name, value in raw.items() if name not in ("checkItems", "limits")}
    for each in raw["checkItems"]:
        due = e.parse_time(each["due"]) if each.get("due") else None
        who = site.members.get(each.get("idMember") or "")
        done = each["state"] == "complete"
        made.items.append(e.CheckItem(each["id"], each["name"], float(each["pos"]), done, due, who, each))
    card.checklists.append(made)
    site.checklists[made.id] = made


def _action(site: Site, raw: Raw, board: e.Board) -> e.Action:
    data = raw["data"]
    lists = [data[name]["id"] for name in ("list", "listBefore", "listAfter") if name in data]
    return e.Action(
        raw["id"],
        raw["type"],
        e.parse_time(raw["date"]),
        site.members.get(raw["idMemberCreator"]),
        dict(data),
        board,
        data.get("card", {}).get("id"),
        tuple(lists),
        raw=raw,
    )
