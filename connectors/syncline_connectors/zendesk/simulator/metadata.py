"""People, groups, organizations, fields, statuses and the other furniture of an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.call import Access, Call, Route
from syncline_connectors.zendesk.simulator.entities import Json, stamp
from syncline_connectors.zendesk.simulator.errors import (
    missing_parameter,
    not_found,
    too_many_values,
    unauthenticated,
)
from syncline_connectors.zendesk.simulator.furniture import Furniture
from syncline_connectors.zendesk.simulator.work import Work

NOBODY = {
    "id": None,
    "url": None,
    "name": "Anonymous user",
    "email": "invalid@example.com",
    "created_at": None,
    "updated_at": None,
    "time_zone": None,
    "organization_id": None,
    "role": "end-user",
    "verified": False,
    "active": None,
}
"""What somebody without credentials is to the vendor, with 200."""


def routes() -> list[Route]:
    return [
        Route("GET", "users/me", me, Access.ANYONE),
        Route("GET", "oauth/tokens/current", current_token, Access.ANYONE),
        Route("GET", "users", users),
        Route("GET", "users/show_many", users_by_id),
        Route("GET", "users/search", users_found),
        Route("GET", "users/{id}", user),
        Route("GET", "organizations", organizations),
        Route("GET", "organizations/show_many", organizations_by_id),
        Route("GET", "organizations/{id}", organization),
        Route("GET", "groups", groups),
        Route("GET", "groups/{id}", group),
        Route("GET", "group_memberships", memberships),
        Route("GET", "groups/{id}/memberships", memberships_of_group),
        Route("GET", "users/{id}/group_memberships", memberships_of_user),
        Route("GET", "ticket_fields", ticket_fields),
        Route("GET", "ticket_fields/{id}", ticket_field),
        Route("GET", "ticket_forms", ticket_forms),
        Route("GET", "brands", brands),
        Route("GET", "custom_statuses", custom_statuses),
        Route("GET", "custom_statuses/{id}", custom_status),
        Route("GET", "account/settings", settings),
    ]


# ---- people ----------------------------------------------------------------------------------------------------------


def me(call: Call) -> Json:
    if call.caller is None:
        return {"user": NOBODY}
    return {"user": {**call.render.user(call.caller), "authenticity_token": "not-a-secret"}}


def current_token(call: Call) -> Json:
    """What an OAuth token may do; other credentials are no token of this kind."""
    if call.caller is None:
        raise unauthenticated()
    if call.scopes is None:
        raise not_found()
    return {"token": {"id": 1, "user_id": call.caller.id, "scopes": list(call.scopes)}}


def _people(call: Call) -> list[e.User]:
    """Those who are active, of the roles asked for."""
    roles = {*call.request.params("role"), *call.request.params("role[]")}
    return [u for u in call.work.users.values() if u.active and (not roles or u.role.value in roles)]


def users(call: Call) -> Json:
    wanted = call.request.param("external_id")
    found = [u for u in _people(call) if wanted is None or u.external_id == wanted]
    return call.page("users", found, call.render.user)


def users_by_id(call: Call) -> Json:
    found = _by_ids(call, call.work.users)
    return {"users": [call.render.user(u) for u in found], "next_page": None, "previous_page": None} | {
        "count": len(found)
    }


def users_found(call: Call) -> Json:
    """By a whole e-mail or a part of the name."""
    wanted = (call.request.param("query") or "").removeprefix("email:").strip('"').lower()
    found = [u for u in _people(call) if wanted == (u.email or "").lower() or wanted in u.name.lower()]
    return call.page("users", found, call.render.user)


def user(call: Call) -> Json:
    return {"user": call.render.user(_one(call, call.work.users))}


def _one(call: Call, registry: dict[int, Any]) -> Any:
    found = registry.get(call.id())
    if found is None or getattr(found, "deleted", False):
        raise not_found()
    return found


def _by_ids(call: Call, registry: dict[int, Any]) -> list[Any]:
    ids, external = call.words("ids"), call.words("external_ids")
    if not ids and not external:
        raise missing_parameter("ids")
    if len(ids) > 100 or len(external) > 100:
        raise too_many_values()
    known = [row for row in registry.values() if not getattr(row, "deleted", False)]
    return [row for row in known if str(row.id) in ids or row.external_id in external]


# ---- organizations and groups ----------------------------------------------------------------------------------------


def organizations(call: Call) -> Json:
    found = [o for o in call.work.organizations.values() if not o.deleted]
    return call.page("organizations", found, call.render.organization)


def organizations_by_id(call: Call) -> Json:
    found = _by_ids(call, call.work.organizations)
    made = [call.render.organization(o) for o in found]
    return {"organizations": made, "next_page": None, "previous_page": None, "count": len(found)}


def organization(call: Call) -> Json:
    return {"organization": call.render.organization(_one(call, call.work.organizations))}


def groups(call: Call) -> Json:
    found = [g for g in call.work.groups.values() if not g.deleted]
    return call.page("groups", found, call.render.group)


def group(call: Call) -> Json:
    return {"group": call.render.group(_one(call, call.work.groups))}


def memberships(call: Call) -> Json:
    return _memberships(call, lambda m: True)


def memberships_of_group(call: Call) -> Json:
    wanted = _one(call, call.work.groups)
    return _memberships(call, lambda m: m.group is wanted)


def memberships_of_user(call: Call) -> Json:
    wanted = _one(call, call.work.users)
    return _memberships(call, lambda m: m.user is wanted)


def _memberships(call: Call, fits: Callable[[e.Membership], bool]) -> Json:
    found = [m for m in call.work.memberships.values() if fits(m)]
    return call.page("group_memberships", found, call.render.membership)


# ---- fields, forms, brands, statuses ---------------------------------------------------------------------------------


def ticket_fields(call: Call) -> Json:
    make = Furniture(call.work, call.render).field
    return call.page("ticket_fields", list(call.work.fields.values()), make)


def ticket_field(call: Call) -> Json:
    return {"ticket_field": Furniture(call.work, call.render).field(_one(call, call.work.fields))}


def ticket_forms(call: Call) -> Json:
    return call.page("ticket_forms", list(call.work.forms.values()), Furniture(call.work, call.render).form)


def brands(call: Call) -> Json:
    return call.page("brands", list(call.work.brands.values()), Furniture(call.work, call.render).brand)


def custom_statuses(call: Call) -> Json:
    """All at once: this list has no pages."""
    found = list(call.work.custom_statuses.values())
    categories, asked = call.words("status_categories"), call.request
    for name in ("active", "default"):
        if asked.param(name) is not None:
            found = [s for s in found if getattr(s, name) is (asked.param(name) == "true")]
    found = [s for s in found if not categories or s.category in categories]
    return {"custom_statuses": [Furniture(call.work, call.render).status(s) for s in found]}


def custom_status(call: Call) -> Json:
    return {"custom_status": Furniture(call.work, call.render).status(_one(call, call.work.custom_statuses))}


def settings(call: Call) -> Json:
    return {"settings": Furniture(call.work, call.render).settings()}


# ---- files -----------------------------------------------------------------------------------------------------------


def download(work: Work, request: SimRequest) -> SimResponse:
    """What stands behind a ``content_url``: its token is enough, there are no credentials to it."""
    token = request.path.removeprefix("/attachments/token/").strip("/")
    found = next((a for a in work.attachments.values() if a.token == token), None)
    if found is None:
        return SimResponse(404, [("Content-Type", "text/html")], b"<html>Not found</html>")
    content = b"" if found.redacted else found.content
    return SimResponse(
        200, [("Content-Type", found.content_type), ("Last-Modified", stamp(work.now()) or "")], content
    )
