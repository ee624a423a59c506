"""Endpoints that a server answers otherwise than Cloud, and those that it does not have.

Sources: Atlassian's "Jira Data Center REST API" 9.12, answers recorded from 7.12 and 10.3, and servers' webhooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zlib import crc32

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator import metadata, reading
from syncline_connectors.jira.simulator.call import Call, Handler, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.server import EXTRA, NOT_NAVIGABLE, UNLISTED, Server

_LISTED = 2000
_CLOUD_ONLY = frozenset(
    {
        ("POST", "issue/bulkfetch"),
        ("POST", "comment/list"),
        ("GET", "issue/{id}/changelog"),
        ("POST", "changelog/bulkfetch"),
        ("GET", "field/search"),
        ("GET", "statuses/search"),
        ("GET", "priority/search"),
        ("GET", "resolution/search"),
        ("GET", "project/search"),
        ("GET", "users/search"),
        ("GET", "user/bulk"),
        ("GET", "search/jql"),
        ("POST", "search/jql"),
        ("POST", "search/approximate-count"),
    }
)


def shared(routes: Iterable[Route]) -> list[Route]:
    """The routes that a server has too."""
    return [route for route in routes if (route.method, route.endpoint) not in _CLOUD_ONLY]


class Endpoints:
    """What one instance answers in its own way."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def routes(self) -> list[Route]:
        made: list[tuple[str, Handler, bool]] = [
            ("serverInfo", self.server_info, False),
            ("myself", myself, True),
            ("mypermissions", permissions, False),
            ("field", self.fields, False),
            ("priority", _list(lambda call: call.work.priorities, metadata.priority), False),
            ("project", projects, False),
            ("project/{id}", project, False),
            ("user", user, True),
            ("user/search", self.search_users, True),
            *([("user/list", list_users, True)] if self._server.lists_users else []),
            ("issue/{id}", issue, False),
            ("issue/{id}/worklog", worklogs, False),
            ("worklog/updated", lambda call: _bare(reading.updated_worklogs(call)), True),
            ("worklog/deleted", lambda call: _bare(reading.deleted_worklogs(call)), True),
            *_singles(),
        ]
        return [Route("GET", endpoint, handler, login) for endpoint, handler, login in made]

    def server_info(self, call: Call) -> e.Json:
        server = self._server
        return {
            "baseUrl": call.render.base,
            "version": server.version,
            "versionNumbers": server.numbers,
            "deploymentType": "Server",
            "buildNumber": server.build,
            "buildDate": "2024-10-21T00:00:00.000+0000",
            "serverTime": call.render.time(call.now),
            "scmInfo": "0" * 40,
            "serverTitle": server.title,
        } | ({"databaseBuildNumber": server.build} if server.numbers >= [8, 0, 0] else {})

    def fields(self, call: Call) -> list[e.Json]:
        known = [x for x in call.work.fields.values() if x.id not in UNLISTED]
        known += [x for x in EXTRA if self._server.archives or not x.id.startswith("archived")]
        return [_field(call, x) for x in known]

    def search_users(self, call: Call) -> list[e.Json]:
        """A list by login name, name or e-mail, fifty at a time. A dot is in every e-mail, so people ask for ``.``.

        Who is inactive must be asked for.
        """
        wanted = call.request.param("username")
        if wanted is None:
            raise Refusal(400, "The username query parameter was not provided")
        inactive = call.request.param("includeInactive") == "true"
        active = call.request.param("includeActive") != "false"
        meant = (known for known in call.work.users.values() if _means(known, wanted.lower()))
        found = sorted((x for x in meant if (active if x.active else inactive)), key=lambda x: x.username)
        _, _, shown = call.page(found, default=50, most=self._server.user_page)
        return [call.render.user(known) for known in shown]


def schemas(call: Call, expand: Iterable[str]) -> e.Json:
    """``names`` and ``schema`` of an answer, where they are asked for."""
    known = [*call.work.fields.values(), *EXTRA]
    made: e.Json = {}
    if "names" in expand:
        made["names"] = {field.id: field.name for field in known if field.id not in UNLISTED}
    if "schema" in expand:
        told = [field for field in known if field.type and field.id not in UNLISTED]
        made["schema"] = {field.id: _field(call, field)["schema"] for field in told}
    return made


def _field(call: Call, known: e.Field) -> e.Json:
    made = metadata.field(call, known)
    if known.raw is not None:
        return made
    made.pop("key", None)
    made.pop("untranslatedName", None)
    if not known.type:
        del made["schema"]
    return {**made, "navigable": known.id not in NOT_NAVIGABLE}


# ---- people ----------------------------------------------------------------------------------------------------------


def myself(call: Call) -> e.Json:
    return {**metadata.myself(call), "groups": {"size": 2, "items": []}}


def permissions(call: Call) -> e.Json:
    """All permissions, whatever is asked for, as recorded from 10.3."""
    return metadata.permissions(call)


def user(call: Call) -> e.Json:
    """By key or by login name; a former login name is nobody's."""
    key, name = call.request.param("key"), call.request.param("username")
    if key is None and name is None:
        raise Refusal(404, "Either the 'username' or the 'key' query parameters need to be provided")
    for known in call.work.users.values():
        if known.account_id == key or (name is not None and known.username.lower() == name.lower()):
            groups = {"groups": {"size": 1, "items": []}, "applicationRoles": {"size": 1, "items": []}}
            return {**call.render.user(known), **groups, "expand": "groups,applicationRoles"}
    told = (
        f"The user named '{name}' does not exist"
        if key is None
        else f"The user with the key '{key}' does not exist"
    )
    raise Refusal(404, told)


def list_users(call: Call) -> e.Json:
    """Everybody, 2,000 at a time, in no order that means anything; an unknown cursor is a place like any other."""
    size, after = call.number("maxResults", _LISTED), call.number("cursor", -1)
    places = sorted(
        (crc32(known.account_id.encode()), known.account_id) for known in call.work.users.values()
    )
    rest = [place for place in places if place[0] > after]
    shown = rest[: min(max(size, 1), _LISTED)]
    link = call.render.self_link(f"user/list?maxResults={size}")
    page: e.Json = {"self": link if after < 0 else f"{link}&cursor={after}", "maxResults": size}
    page |= {
        "isLast": len(shown) == len(rest),
        "values": [call.render.user(call.work.users[id_]) for _, id_ in shown],
    }
    if not page["isLast"]:
        page |= {"nextCursor": str(shown[-1][0]), "nextPage": f"{link}&cursor={shown[-1][0]}"}
    return page


def _means(known: e.User, wanted: str) -> bool:
    texts = (known.username.lower(), known.name.lower(), (known.email or "").lower())
    return bool(wanted) and any(wanted in text for text in texts)


# ---- issues ----------------------------------------------------------------------------------------------------------


def issue(call: Call) -> e.Json:
    expand = (call.request.param("expand") or "").split(",")
    return {**reading.get_issue(call), **schemas(call, expand)}


def worklogs(call: Call) -> e.Json:
    """All of an issue's worklogs: there are no pages."""
    found = call.issue(call.arguments["id"])
    made = [call.render.worklog(found, worklog) for worklog in found.worklogs]
    return {"startAt": 0, "maxResults": len(made), "total": len(made), "worklogs": made}


def _bare(page: e.Json) -> e.Json:
    """Changed worklogs without properties, which a server has only since it was asked for."""
    return {**page, "values": [{k: v for k, v in row.items() if k != "properties"} for row in page["values"]]}


# ---- lists -----------------------------------------------------------------------------------------------------------


def projects(call: Call) -> list[e.Json]:
    """Every project the caller may browse, as one list: there are no pages. Archived ones must be asked for."""
    expand = call.request.param("expand") or ""
    archived = call.request.param("includeArchived") == "true"
    found = [p for p in call.visible_projects() if archived or not p.archived]
    return [_brief(call, p, expand) for p in sorted(found, key=lambda p: p.name)]


def _brief(call: Call, known: e.Project, expand: str) -> e.Json:
    if known.raw is not None:
        return dict(known.raw)
    made = {"expand": "description,lead,url,projectKeys", **call.render.project_brief(known)}
    made["projectTypeKey"] = known.type_key
    made |= {"archived": True} if known.archived else {}
    made |= {"lead": call.render.user(known.lead)} if "lead" in expand and known.lead else {}
    return made


def project(call: Call) -> e.Json:
    known = call.project(call.arguments["id"])
    made = _brief(call, known, "lead")
    made |= {"description": "", "assigneeType": "PROJECT_LEAD", "roles": {}}
    made["components"] = [call.render.component(x) for x in known.components]
    made["versions"] = [metadata.version(call, x) for x in known.versions]
    made["issueTypes"] = [call.render.type(x) for x in call.work.types.values()]
    return made


def _list(known: Callable[[Call], dict[str, Any]], make: Callable[[Call, Any], e.Json]) -> Handler:
    return lambda call: [make(call, x) for x in known(call).values()]


def _singles() -> Sequence[tuple[str, Handler, bool]]:
    """One status, type, priority or resolution by its id."""
    kinds: tuple[tuple[str, str, Callable[[Call], dict[str, Any]], Callable[[Call, Any], e.Json]], ...] = (
        ("status", "status", lambda c: c.work.statuses, lambda c, x: c.render.status(x)),
        ("issuetype", "issue type", lambda c: c.work.types, lambda c, x: c.render.type(x)),
        ("priority", "priority", lambda c: c.work.priorities, metadata.priority),
        ("resolution", "resolution", lambda c: c.work.resolutions, lambda c, x: c.render.resolution(x)),
    )
    return [(f"{path}/{{id}}", _single(word, known, make), False) for path, word, known, make in kinds]


def _single(
    word: str, known: Callable[[Call], dict[str, Any]], make: Callable[[Call, Any], e.Json]
) -> Handler:
    def handler(call: Call) -> e.Json:
        wanted = call.arguments["id"]
        found = known(call).get(wanted)
        if found is None:
            raise Refusal(404, f"The {word} with id '{wanted}' does not exist")
        return make(call, found)

    return handler
