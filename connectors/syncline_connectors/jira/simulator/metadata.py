"""Endpoints of everything that issues refer to: people, projects, fields, statuses, priorities, versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.rules import Permission

_PROJECT_EXPAND = "description,lead,issueTypes,url,projectKeys,permissions,insight"
_PERMISSIONS = {
    "BROWSE_PROJECTS": "Browse Projects",
    "USER_PICKER": "Browse users and groups",
    **{key.value: key.value.replace("_", " ").capitalize() for key in Permission},
    "ADMINISTER": "Administer Jira",
}


def routes() -> list[Route]:
    return [
        Route("GET", "myself", myself, login=True),
        Route("GET", "serverInfo", server_info),
        Route("GET", "mypermissions", my_permissions),
        Route("GET", "field", lambda call: [field(call, x) for x in call.work.fields.values()]),
        Route("GET", "field/search", search_fields, login=True),
        Route("GET", "status", lambda call: [call.render.status(x) for x in call.work.statuses.values()]),
        Route("GET", "statuses/search", search_statuses, login=True),
        Route("GET", "statuscategory", lambda call: [call.render.category(x) for x in e.CATEGORIES]),
        Route("GET", "priority/search", search_priorities),
        Route(
            "GET",
            "resolution",
            lambda call: [call.render.resolution(x) for x in call.work.resolutions.values()],
        ),
        Route("GET", "resolution/search", search_resolutions, login=True),
        Route("GET", "issuetype", lambda call: [call.render.type(x) for x in call.work.types.values()]),
        Route("GET", "issueLinkType", link_types),
        Route("GET", "project/search", search_projects),
        Route("GET", "project/{id}", get_project),
        Route("GET", "project/{id}/versions", project_versions),
        Route("GET", "project/{id}/version", search_versions),
        Route("GET", "project/{id}/components", project_components),
        Route("GET", "version/{id}", get_version),
        Route("GET", "component/{id}", get_component),
        Route("GET", "users/search", all_users, login=True),
        Route("GET", "user/search", search_users, login=True),
        Route("GET", "user", get_user, login=True),
        Route("GET", "user/bulk", bulk_users, login=True),
    ]


# ---- the site and the caller -----------------------------------------------------------------------------------------


def myself(call: Call) -> e.Json:
    if call.user is None:
        raise Refusal(401)
    made = call.render.user(call.user)
    made |= {
        "locale": "en_US",
        "groups": {"size": 1, "items": []},
        "applicationRoles": {"size": 1, "items": []},
    }
    return {**made, "expand": "groups,applicationRoles"}


def server_info(call: Call) -> e.Json:
    """The address here is always the site's, whichever host was asked."""
    return {
        "baseUrl": call.render.site_url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100262,
        "buildDate": "2026-02-20T15:15:39.000+0000",
        "serverTime": call.render.time(call.now),
        "scmInfo": "0" * 40,
        "serverTitle": "Jira",
    }


def my_permissions(call: Call) -> e.Json:
    asked = [key for text in call.request.params("permissions") for key in text.split(",") if key]
    if not asked:
        raise Refusal(400, "The 'permissions' query parameter is required.")
    if unknown := [key for key in asked if key not in _PERMISSIONS]:
        raise Refusal(400, f"Unrecognized permission keys: {', '.join(unknown)}")
    return permissions(call, asked)


def permissions(call: Call, keys: Iterable[str] = tuple(_PERMISSIONS)) -> e.Json:
    """What the caller may do, in a project if one is named."""
    named = call.request.param("projectKey") or call.request.param("projectId")
    projects = [call.project(named)] if named else call.visible_projects()
    return {"permissions": {key: _permission(key, _has(call, key, projects)) for key in keys}}


def _has(call: Call, key: str, projects: Sequence[e.Project]) -> bool:
    """Whether the caller may in any of these projects, or, for what is of the site, at all."""
    user = call.user
    if user is None or key == Permission.ADMINISTER:
        return user is not None and user.account_id in call.work.admins
    if key not in set(Permission):
        return True
    return any(call.work.permits(Permission(key), project, user) for project in projects)


def _permission(key: str, granted: bool) -> e.Json:
    kind = "GLOBAL" if key in ("ADMINISTER", "USER_PICKER") else "PROJECT"
    name = _PERMISSIONS[key]
    return {
        "id": "10",
        "key": key,
        "name": name,
        "type": kind,
        "description": name,
        "havePermission": granted,
    }


def all_users(call: Call) -> list[e.Json]:
    """Everybody: apps and the deactivated as well."""
    _, _, shown = call.page(list(call.work.users.values()), default=50, most=1000)
    call.charge(2 * len(shown))
    return [call.render.user(user) for user in shown]


def search_users(call: Call) -> list[e.Json]:
    wanted = (call.request.param("query") or "").lower()
    account = call.request.param("accountId")
    if not wanted and account is None:
        raise Refusal(400, "The query parameter 'query' or 'accountId' is required.")
    found = [
        u for u in call.work.users.values() if (u.account_id == account if account else _means(u, wanted))
    ]
    _, _, shown = call.page(found, default=50, most=1000)
    return [call.render.user(user) for user in shown]


def _means(user: e.User, wanted: str) -> bool:
    visible = user.email if user.email and user.email_visible else ""
    return user.active and (user.name.lower().startswith(wanted) or visible.lower().startswith(wanted))


def get_user(call: Call) -> e.Json:
    user = call.work.users.get(call.request.param("accountId") or "")
    if user is None:
        raise Refusal(404, "Specified user does not exist or you do not have required permissions")
    return call.render.user(user)


def bulk_users(call: Call) -> e.Json:
    asked = call.request.params("accountId")
    if not asked:
        raise Refusal(400, "The query parameter 'accountId' is required.")
    found = [call.work.users[id_] for id_ in asked if id_ in call.work.users]
    return call.page_bean(found, call.render.user, default=10, most=200)


# ---- fields and lists ------------------------------------------------------------------------------------------------


def field(call: Call, known: e.Field) -> e.Json:
    if known.raw is not None:
        return dict(known.raw)
    made: e.Json = {
        "id": known.id,
        "key": known.id,
        "name": known.name,
        "custom": known.custom is not None,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": list(known.clauses),
        "schema": known.schema,
    }
    return {**made, "untranslatedName": known.name} if known.custom else made


def search_fields(call: Call) -> e.Json:
    kinds = [kind for text in call.request.params("type") for kind in text.split(",")]
    wanted = (call.request.param("query") or "").lower()
    found = [x for x in call.work.fields.values() if wanted in x.name.lower()]
    if kinds:
        found = [x for x in found if ("custom" if x.custom else "system") in kinds]
    return call.page_bean(found, lambda x: _listed_field(call, x))


def _listed_field(call: Call, known: e.Field) -> e.Json:
    return {"id": known.id, "key": known.id, "name": known.name, "schema": known.schema}


def search_statuses(call: Call) -> e.Json:
    wanted = (call.request.param("searchString") or "").lower()
    found = [x for x in call.work.statuses.values() if wanted in x.name.lower()]
    return call.page_bean(found, _listed_status, default=200, most=200)


def _listed_status(status: e.Status) -> e.Json:
    made: e.Json = {"id": status.id, "name": status.name, "statusCategory": status.category.constant}
    return {**made, "scope": {"type": "GLOBAL"}, "description": ""}


def search_priorities(call: Call) -> e.Json:
    def listed(known: e.Priority) -> e.Json:
        return {**priority(call, known), "isDefault": known.name == "Medium"}

    return call.page_bean(list(call.work.priorities.values()), listed)


def priority(call: Call, known: e.Priority) -> e.Json:
    """A priority as lists of priorities show it."""
    return {"statusColor": "#f79232", "description": "", **call.render.priority(known)}


def search_resolutions(call: Call) -> e.Json:
    return call.page_bean(list(call.work.resolutions.values()), call.render.resolution)


def link_types(call: Call) -> e.Json:
    return {"issueLinkTypes": [call.render.link_type(x) for x in call.work.link_types.values()]}


# ---- projects --------------------------------------------------------------------------------------------------------


def search_projects(call: Call) -> e.Json:
    wanted = {key.upper() for text in call.request.params("keys") for key in text.split(",")}
    ids = {id_ for text in call.request.params("id") for id_ in text.split(",")}
    found = [p for p in call.visible_projects() if not p.archived]
    found = [p for p in found if (not wanted or p.key in wanted) and (not ids or p.id in ids)]
    call.charge(len(found))
    return call.page_bean(sorted(found, key=lambda p: p.key), lambda p: _listed_project(call, p))


def _listed_project(call: Call, project: e.Project) -> e.Json:
    made = {
        "expand": _PROJECT_EXPAND,
        **call.render.project_brief(project),
        "isPrivate": False,
        "properties": {},
    }
    made["style"] = "next-gen" if project.team_managed else "classic"
    expand = (call.request.param("expand") or "").split(",")
    if "lead" in expand and project.lead:
        made["lead"] = call.render.user(project.lead)
    if "description" in expand:
        made["description"] = ""
    return made


def get_project(call: Call) -> e.Json:
    project = call.project(call.arguments["id"])
    made = _listed_project(call, project)
    made |= {"description": "", "assigneeType": "UNASSIGNED", "roles": {}}
    made["components"] = [call.render.component(x) for x in project.components]
    made["versions"] = [call.render.version(x) for x in project.versions]
    made["issueTypes"] = [call.render.type(x) for x in call.work.types.values()]
    return {**made, "lead": call.render.user(project.lead)} if project.lead else made


def version(call: Call, known: e.Version) -> e.Json:
    """A version as its project shows it."""
    made = call.render.version(known)
    overdue = bool(known.release and not known.released and known.release < f"{call.now:%Y-%m-%d}")
    number = known.project.id
    made |= {"overdue": overdue} if known.release and not known.released else {}
    return {**made, "projectId": int(number)} if number.isdigit() else made


def project_versions(call: Call) -> list[e.Json]:
    project = call.project(call.arguments["id"])
    return [version(call, known) for known in project.versions]


def search_versions(call: Call) -> e.Json:
    project = call.project(call.arguments["id"])
    wanted = {x for text in call.request.params("status") for x in text.split(",")}
    found = [v for v in project.versions if not wanted or _version_status(v) in wanted]
    return call.page_bean(found, lambda known: version(call, known))


def _version_status(version: e.Version) -> str:
    return "archived" if version.archived else "released" if version.released else "unreleased"


def get_version(call: Call) -> e.Json:
    wanted = call.arguments["id"]
    found = (v for project in call.visible_projects() for v in project.versions if v.id == wanted)
    if known := next(found, None):
        return version(call, known)
    raise Refusal(404, f"Could not find version for id '{wanted}'")


def project_components(call: Call) -> list[e.Json]:
    return [_component(call, x) for x in call.project(call.arguments["id"]).components]


def get_component(call: Call) -> e.Json:
    wanted = call.arguments["id"]
    found = (c for project in call.visible_projects() for c in project.components if c.id == wanted)
    if component := next(found, None):
        return _component(call, component)
    raise Refusal(404, f"The component with id {wanted} does not exist.")


def _component(call: Call, component: e.Component) -> e.Json:
    project = component.project
    made = {**call.render.component(component), "project": project.key, "assigneeType": "PROJECT_DEFAULT"}
    ids = {"projectId": int(project.id)} if project.id.isdigit() else {}
    return {**made, "isAssigneeTypeValid": False, **ids}


def tenant_info(cloud_id: str) -> SimResponse:
    """``/_edge/tenant_info``: no credentials needed."""
    return SimResponse.of_json({"cloudId": cloud_id})
