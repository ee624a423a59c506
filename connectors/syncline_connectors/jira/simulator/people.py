"""To whom work may be given."""

from __future__ import annotations

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.inputs import Inputs


def routes() -> list[Route]:
    return [Route("GET", "user/assignable/search", assignable, login=True)]


def assignable(call: Call) -> list[e.Json]:
    """Active people of a project whose name or visible e-mail begins so; ``username`` asks on Data Center."""
    project = _project(call)
    cloud = call.work.face is Face.CLOUD
    wanted = call.request.param("query" if cloud else "username")
    account = call.request.param("accountId") if cloud else None
    if cloud and (wanted is None) is (account is None):
        raise Refusal(400, "Exactly one of 'query' and 'accountId' is required.")
    inputs = Inputs(call)
    able = [user for user in call.work.users.values() if inputs.assignable(user, project)]
    found = [user for user in able if (user.account_id == account if account else _means(user, wanted or ""))]
    _, _, shown = call.page(found, default=50, most=1000)
    return [call.render.user(user) for user in shown]


def _project(call: Call) -> e.Project:
    named = call.request.param("project")
    issue = call.request.param("issueKey") or call.request.param("issueId")
    if named:
        return call.project(named)
    if issue:
        return call.issue(issue).project
    raise Refusal(400, "Exactly one of 'project', 'issueKey' and 'issueId' is required.")


def _means(user: e.User, wanted: str) -> bool:
    email = user.email if user.email and user.email_visible else ""
    known = [user.username, *user.name.split(), user.name, email]
    return any(text.lower().startswith(wanted.lower()) for text in known)
