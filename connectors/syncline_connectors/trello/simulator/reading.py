"""Endpoints that read boards and what they define, people, feeds."""

from __future__ import annotations

from collections.abc import Sequence

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import feed, nested, shapes
from syncline_connectors.trello.simulator.access import Token
from syncline_connectors.trello.simulator.call import Call, Route, route
from syncline_connectors.trello.simulator.errors import invalid, no_permission, not_found
from syncline_connectors.trello.simulator.render import Renderer, pick

_BOARD_PARTS = (
    "actions actions_limit actions_since actions_before action_fields action_memberCreator boardStars card_pluginData "
    "checklists checklist_fields customFields fields labels labels_limit label_fields lists list_fields members "
    "member_fields memberships pluginData organization organization_pluginData myPrefs tags"
)
_MEMBER = (
    "actions boards board_fields cards fields notifications organizations tokens paid_account savedSearches"
)


def routes() -> list[Route]:
    return [
        route("GET", "/members/{id}", member, _MEMBER),
        route(
            "GET",
            "/members/{id}/boards",
            member_boards,
            "filter fields lists organization organization_fields",
        ),
        route("GET", "/members/{id}/cards", member_cards, "filter", nested.CARDS),
        route("GET", "/members/{id}/organizations", member_organizations, "filter fields paid_account"),
        route("GET", "/boards/{id}", board, _BOARD_PARTS, nested.BOARD_CARDS),
        route("GET", "/members/{id}/actions", member_actions, "", feed.FEED),
        route("GET", "/boards/{id}/actions", board_actions, "", feed.FEED),
        route("GET", "/boards/{id}/{field}", board_field),
        route("GET", "/boards/{id}/cards", board_cards, "", nested.CARDS),
        route("GET", "/boards/{id}/cards/{filter}", board_cards, "", nested.CARDS),
        route(
            "GET",
            "/boards/{id}/checklists",
            board_checklists,
            "fields checkItems checkItem_fields filter cards",
        ),
        route("GET", "/boards/{id}/customFields", custom_fields),
        route("GET", "/boards/{id}/labels", labels, "fields limit"),
        route("GET", "/boards/{id}/lists", lists, "cards card_fields filter fields"),
        route("GET", "/boards/{id}/lists/{filter}", lists, "fields cards card_fields"),
        route("GET", "/boards/{id}/members", board_members, "fields filter"),
        route(
            "GET",
            "/boards/{id}/memberships",
            memberships,
            "filter activity orgMemberType member member_fields",
        ),
        route("GET", "/lists/{id}", list_, "fields"),
        route("GET", "/lists/{id}/cards", list_cards, "", nested.CARDS),
        route("GET", "/lists/{id}/actions", list_actions, "", feed.FEED),
        route("GET", "/labels/{id}", label, "fields"),
        route("GET", "/actions/{id}", action, "display entities fields member member_fields memberCreator"),
        route("GET", "/actions/{id}/board", action_board, "fields"),
        route("GET", "/actions/{id}/card", action_card, "fields"),
        route("GET", "/customFields/{id}", custom_field),
        route("GET", "/customFields/{id}/options", custom_field_options),
        route("GET", "/tokens/{token}", token, "fields webhooks"),
        route("GET", "/tokens/{token}/member", token_member, "fields"),
        route("DELETE", "/tokens/{token}", revoke),
    ]


# ---- people ----------------------------------------------------------------------------------------------------------


def member(call: Call) -> e.Json:
    """What others may see of a person; of oneself all."""
    asked = call.person(call.args["id"])
    own = asked is call.caller.member
    document = Renderer(call.site).member(asked, own=own)
    fields = call.words("fields", "all")
    return document if "all" in fields else pick(document, fields)


def member_boards(call: Call) -> list[e.Json]:
    """The boards of a person, closed ones too unless filtered."""
    asked = call.person(call.args["id"])
    kinds = call.words("filter", "all")
    unknown = set(kinds) - {
        "all",
        "closed",
        "members",
        "open",
        "organization",
        "public",
        "starred",
        "unpinned",
        "pinned",
    }
    if unknown:
        raise invalid("value for filter")
    found = [b for b in call.site.boards.values() if asked.id in b.members and call.caller.may_read(b)]
    kept = [
        b
        for b in found
        if "all" in kinds or (b.closed and "closed" in kinds) or (not b.closed and "open" in kinds)
    ]
    return [_with_lists(call, b) for b in kept]


def _with_lists(call: Call, asked: e.Board) -> e.Json:
    document = _board_document(call, asked, "all")
    if (kind := call.text("lists", "none")) != "none":
        render = Renderer(call.site)
        kept = _lists(call.site.lists_of(asked), kind)
        document["lists"] = [pick(render.list_(x), shapes.LIST) for x in kept]
    return document


def member_cards(call: Call) -> list[e.Json]:
    asked = call.person(call.args["id"])
    found = [c for c in call.site.cards.values() if asked in c.members and call.caller.may_read(c.board)]
    return nested.documents(call, nested.page(call, nested.filtered(found, call.text("filter", "visible"))))


def member_actions(call: Call) -> object:
    """What a person did on boards that the caller sees."""
    asked = call.person(call.args["id"])
    boards = [b for b in call.site.boards.values() if call.caller.may_read(b)]
    return feed.answer(call, (a for b in boards for a in call.site.actions_of(b) if a.member is asked))


def member_organizations(call: Call) -> list[e.Json]:
    asked = call.person(call.args["id"])
    ids = {b.organization for b in call.site.boards.values() if asked.id in b.members and b.organization}
    return [
        {"id": id_, "name": id_, "displayName": "Workspace", "desc": "", "url": ""} for id_ in sorted(ids)
    ]


# ---- boards ----------------------------------------------------------------------------------------------------------


def _board_document(call: Call, asked: e.Board, default: str) -> e.Json:
    document = Renderer(call.site).board(asked)
    wanted = call.words("fields", default)
    if any(name not in (*shapes.BOARD_ALL, "all") for name in wanted):
        raise invalid("value for fields")
    return document if "all" in wanted else pick(document, wanted)


def board(call: Call) -> e.Json:
    """A board with what was asked for besides; everything of a large board at once is refused."""
    asked = call.board(call.args["id"])
    site, render = call.site, Renderer(call.site)
    made = _board_document(call, asked, ",".join(shapes.BOARD))
    if (kind := call.text("cards", "none")) != "none":
        cards = nested.filtered(nested.page(call, site.cards_of(asked)), kind)
        made["cards"] = nested.documents(call, cards, prefix="card_", nested=True)
    if (kind := call.text("lists", "none")) != "none":
        kept = _lists(site.lists_of(asked), kind)
        wanted = call.words("list_fields", ",".join(shapes.LIST))
        made["lists"] = [_of(render.list_(x), wanted) for x in kept]
    if call.text("labels", "none") not in ("none", "false"):
        most = call.number("labels_limit", 50, most=1000)
        made["labels"] = [render.label(label) for label in site.labels_of(asked)[:most]]
    if call.text("members", "none") not in ("none", "false"):
        wanted = call.words("member_fields", ",".join(shapes.MEMBER_SHORT))
        made["members"] = [_of(render.member(m), wanted) for m in _people(call, asked)]
    if call.text("checklists", "none") not in ("none", "false"):
        made["checklists"] = _checklists(call, asked)
    if call.flag("customFields"):
        made["customFields"] = [render.custom_field(field) for field in site.fields_of(asked)]
    if call.text("memberships", "none") not in ("none", "false"):
        made["memberships"] = render.memberships(asked)
    if call.text("actions", "none") not in ("none", "false"):
        told = feed.select(call, site.actions_of(asked), prefix="actions_", at_card=False)
        made["actions"] = feed.shown(call, told, prefix="action_")
    return made


def _of(document: e.Json, wanted: Sequence[str]) -> e.Json:
    return document if "all" in wanted else pick(document, wanted)


def board_actions(call: Call) -> object:
    asked = call.board(call.args["id"])
    answer = feed.answer(call, call.site.actions_of(asked))
    call.after_page(asked)
    return answer


def board_cards(call: Call) -> list[e.Json]:
    """Open ones in open lists unless filtered."""
    asked = call.board(call.args["id"])
    kind = call.args.get("filter") or call.text("filter", "visible")
    if call.site.find_card(kind):
        return nested.document(call, call.card(kind))  # type: ignore[return-value]
    found = nested.page(call, nested.filtered(call.site.cards_of(asked), kind))
    answer = nested.documents(call, found)
    call.after_page(asked)
    return answer


def board_field(call: Call) -> object:
    """One field by itself: a list or an object as it is, anything else as ``{"_value": …}``."""
    document = Renderer(call.site).board(call.board(call.args["id"]))
    if call.args["field"] not in document:
        raise invalid("field")
    value = document[call.args["field"]]
    return value if isinstance(value, (list, dict)) else {"_value": value}


def _checklists(call: Call, asked: e.Board) -> list[e.Json]:
    render = Renderer(call.site)
    return [render.checklist(c) for c in call.site.checklists.values() if c.card.board is asked]


def board_checklists(call: Call) -> list[e.Json]:
    return _checklists(call, call.board(call.args["id"]))


def custom_fields(call: Call) -> list[e.Json]:
    """Nothing where the power-up is off, whatever was once written."""
    render = Renderer(call.site)
    return [render.custom_field(field) for field in call.site.fields_of(call.board(call.args["id"]))]


def labels(call: Call) -> list[e.Json]:
    """50 unless more are asked for, up to 1000."""
    asked = call.board(call.args["id"])
    most = call.number("limit", 50, most=1000)
    render, wanted = Renderer(call.site), call.words("fields", "all")
    return [_of(render.label(label), wanted) for label in call.site.labels_of(asked)[:most]]


def _lists(found: Sequence[e.TrelloList], kind: str) -> list[e.TrelloList]:
    if kind not in ("all", "closed", "none", "open"):
        raise invalid("value for filter")
    if kind == "none":
        return []
    return [x for x in found if kind == "all" or x.closed == (kind == "closed")]


def lists(call: Call) -> list[e.Json]:
    """Open ones unless filtered."""
    asked = call.board(call.args["id"])
    kind = call.args.get("filter") or call.text("filter", "open")
    render, wanted = Renderer(call.site), call.words("fields", ",".join(shapes.LIST))
    made = []
    for found in _lists(call.site.lists_of(asked), kind):
        document = _of(render.list_(found), wanted)
        if (cards := call.text("cards", "none")) != "none":
            kept = nested.filtered(call.site.cards_in(found), cards)
            document["cards"] = nested.documents(call, kept, prefix="card_")
        made.append(document)
    return made


def _people(call: Call, asked: e.Board) -> list[e.Member]:
    known = call.site.members
    return [known[id_] for id_ in asked.members if id_ in known]


def board_members(call: Call) -> list[e.Json]:
    render, wanted = Renderer(call.site), call.words("fields", ",".join(shapes.MEMBER_LEAST))
    return [_of(render.member(m), wanted) for m in _people(call, call.board(call.args["id"]))]


def memberships(call: Call) -> list[e.Json]:
    asked = call.board(call.args["id"])
    rows, render = Renderer(call.site).memberships(asked), Renderer(call.site)
    if call.flag("member"):
        for row in rows:
            person = call.site.members.get(row["idMember"])
            row["member"] = pick(render.member(person), shapes.MEMBER_SHORT) if person else None
    return rows


# ---- lists, labels, actions, fields ----------------------------------------------------------------------------------


def list_(call: Call) -> e.Json:
    wanted = call.words("fields", ",".join(shapes.LIST_SHORT))
    return _of(Renderer(call.site).list_(call.list_(call.args["id"])), wanted)


def list_cards(call: Call) -> list[e.Json]:
    """Open ones unless filtered, of an archived list too."""
    found = nested.filtered(call.site.cards_in(call.list_(call.args["id"])), call.text("filter", "open"))
    return nested.documents(call, nested.page(call, found))


def list_actions(call: Call) -> object:
    asked = call.list_(call.args["id"])
    told = (a for a in call.site.actions_of(asked.board) if asked.id in a.list_ids)
    return feed.answer(call, told)


def label(call: Call) -> e.Json:
    wanted = call.words("fields", "all")
    return _of(Renderer(call.site).label(call.label(call.args["id"])), wanted)


def action(call: Call) -> e.Json:
    return feed.shown(call, [call.action(call.args["id"])])[0]


def action_board(call: Call) -> e.Json:
    found = call.action(call.args["id"]).board
    return _of(Renderer(call.site).board(found), call.words("fields", ",".join(shapes.BOARD)))


def action_card(call: Call) -> e.Json:
    return nested.document(call, call.card(call.action(call.args["id"]).card_id or ""))


def custom_field(call: Call) -> e.Json:
    return Renderer(call.site).custom_field(call.custom_field(call.args["id"]))


def custom_field_options(call: Call) -> list[e.Json]:
    field = call.custom_field(call.args["id"])
    return [Renderer(call.site).option(field, option) for option in field.options]


# ---- tokens ----------------------------------------------------------------------------------------------------------


def _token(call: Call) -> Token:
    found = call.credentials.find(call.args["token"])
    if found is None:
        raise not_found()
    if found.member is not call.caller.member:
        raise no_permission()
    return found


def token(call: Call) -> e.Json:
    """What a token allows, until when."""
    found = _token(call)
    models = (
        [("Board", id_) for id_ in sorted(found.boards)] if found.boards is not None else [("Board", "*")]
    )
    person = ("Member", found.member.id)
    return {
        "id": found.id,
        "identifier": "Syncline",
        "idMember": found.member.id,
        "dateCreated": e.stamp(found.created),
        "dateExpires": e.stamp(found.expires),
        "permissions": [
            {"idModel": id_, "modelType": kind, "read": True, "write": found.write}
            for kind, id_ in (person, *models)
        ],
    }


def token_member(call: Call) -> e.Json:
    wanted = call.words("fields", "all")
    return _of(Renderer(call.site).member(_token(call).member, own=True), wanted)


def revoke(call: Call) -> e.Json:
    _token(call).revoked = True
    return {"_value": None}
