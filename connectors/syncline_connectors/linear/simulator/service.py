"""The service: keys, limits, and the way from a request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache, partial
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator import resolvers
from syncline_connectors.linear.simulator.access import Credentials, Key, Sight
from syncline_connectors.linear.simulator.complexity import charged, complexity
from syncline_connectors.linear.simulator.errors import (
    Refusal,
    bad_request,
    forbidden,
    invalid_document,
    not_found,
    too_complex,
)
from syncline_connectors.linear.simulator.files import Files
from syncline_connectors.linear.simulator.hanging import HANGING
from syncline_connectors.linear.simulator.limits import MOST_COMPLEX, Limits
from syncline_connectors.linear.simulator.mutations import MUTATIONS
from syncline_connectors.linear.simulator.quirks import CALM, Quirks
from syncline_connectors.linear.simulator.resolvers import Call, connection
from syncline_connectors.linear.simulator.schema import (
    ASKED_AT,
    make_schema,
    remove_field,
    whole_schema,
)
from syncline_connectors.linear.simulator.work import Work

SINGLES = {
    "user": ("users", "User"),
    "teamMembership": ("memberships", "TeamMembership"),
    "workflowState": ("states", "WorkflowState"),
    "issueLabel": ("labels", "IssueLabel"),
    "projectStatus": ("project_statuses", "ProjectStatus"),
    "project": ("projects", "Project"),
    "projectMilestone": ("milestones", "ProjectMilestone"),
    "projectUpdate": ("project_updates", "ProjectUpdate"),
    "initiative": ("initiatives", "Initiative"),
    "initiativeToProject": ("initiative_projects", "InitiativeToProject"),
    "cycle": ("cycles", "Cycle"),
    "issueRelation": ("relations", "IssueRelation"),
    "comment": ("comments", "Comment"),
    "attachment": ("attachments", "Attachment"),
}
LISTS = {
    "users": "users",
    "teams": "teams",
    "teamMemberships": "memberships",
    "workflowStates": "states",
    "issueLabels": "labels",
    "projectStatuses": "project_statuses",
    "projects": "projects",
    "projectMilestones": "milestones",
    "projectUpdates": "project_updates",
    "initiatives": "initiatives",
    "initiativeToProjects": "initiative_projects",
    "cycles": "cycles",
    "issues": "issues",
    "issueRelations": "relations",
    "comments": "comments",
    "attachments": "attachments",
}
_ALL = {**MUTATIONS, **HANGING}


class LinearSimulator(Work):
    """A Linear workspace: call it with a `SimRequest`, or serve it with `syncline.sim.server.serve`.

    Hostile unless ``calm``, as `Quirks` says; ``touches`` is how often at most somebody touches an issue between pages.
    ``issue_limit`` is how many issues the plan allows, None for any number.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        calm: bool = False,
        quirks: Quirks | None = None,
        name: str = "Example",
        url_key: str = "example",
        touches: int = 12,
    ) -> None:
        chosen = quirks or (CALM if calm else Quirks())
        super().__init__(clock, seed=seed, name=name, url_key=url_key, quirks=chosen)
        self.schema = whole_schema()
        self._documents: Callable[[str], DocumentNode | SimResponse] = _checked_by_all
        self.credentials = Credentials()
        self.limits = Limits(clock)
        self.files = Files(self.organization.id, self.new_id)
        self.touches = touches
        self.issue_limit: int | None = None
        self._touched: list[e.Issue] = []
        self._ordered: dict[str, list[Refusal]] = {}

    # ---- what tests set --------------------------------------------------------------------------------------------

    def be_calm(self) -> None:
        """From now on: full pages, nobody in between."""
        self.quirks = CALM

    def set_quirks(self, **changes: Any) -> None:
        """Change some of `Quirks` by name; raises TypeError for others."""
        self.quirks = replace(self.quirks, **changes)

    def add_api_key(
        self,
        user: e.User,
        secret: str | None = None,
        *,
        teams: Sequence[e.Team] | None = None,
        scopes: Sequence[str] = ("read", "write"),
        expires: datetime | None = None,
    ) -> Key:
        """A personal key; ``teams`` limits it to some."""
        limited = None if teams is None else frozenset(team.id for team in teams)
        made = secret or f"lin_api_{self.random.getrandbits(160):040x}"
        key = Key(made, user, limited, frozenset(scopes), expires=expires)
        self.credentials.keys.append(key)
        return key

    def add_oauth_token(
        self,
        user: e.User,
        secret: str | None = None,
        *,
        client: str = "app",
        scopes: Sequence[str] = ("read", "write"),
        expires: datetime | None = None,
    ) -> Key:
        """An access token of an application, for a user or for the application's own (``app``) user."""
        made = secret or f"lin_oauth_{self.random.getrandbits(256):064x}"
        key = Key(made, user, None, frozenset(scopes), oauth=True, client=client, expires=expires)
        self.credentials.keys.append(key)
        return key

    def revoke(self, key: Key) -> None:
        """The key is not known any more."""
        key.revoked = True

    def order(self, field: str, *refusals: Refusal) -> None:
        """Answer the next requests of a query or mutation, by name, with these errors (`errors`), and do nothing.

        A field of an entity, as ``Issue.project``, fails where it is asked for: as it may be null, the rest is
        answered, and the null means nothing.
        """
        self._ordered.setdefault(field, []).extend(refusals)

    def ordered(self, field: str) -> Refusal | None:
        """The error that is due at a place, if any."""
        due = self._ordered.get(field)
        return due.pop(0) if due else None

    def remove_field(self, type_name: str, field: str) -> None:
        """Take a field out of the schema, as the vendor does: documents that name it are refused as a whole."""
        if self.schema is whole_schema():
            self.schema = make_schema()
        remove_field(self.schema, type_name, field)
        self._documents = lru_cache(maxsize=256)(partial(_checked, self.schema))

    # ---- entities --------------------------------------------------------------------------------------------------

    def entity(self, id: str) -> e.Node | None:
        """Anything that a list may hold, by id."""
        for table in LISTS.values():
            found: e.Node | None = getattr(self, table).get(id)
            if found is not None:
                return found
        return None

    def issue_named(self, identifier: str) -> e.Issue | None:
        """An issue by identifier; a former one still finds it, unless another issue has it now."""
        wanted = identifier.upper()
        for issue in self.issues.values():
            if issue.identifier == wanted:
                return issue
        former = (i for i in self.issues.values() if wanted in i.former_identifiers)
        return next(former, None)

    def served(self, field: str, nodes: Sequence[Any]) -> None:
        """Somebody may touch an issue of the page just served, often the one that is the cursor, or one not served."""
        issues = [node for node in nodes if isinstance(node, e.Issue)]
        if field != "issues" or not issues or not self.touches or self.random.random() >= self.quirks.touch:
            return
        self.touches -= 1
        unseen = [issue for issue in self.issues.values() if not issue.hidden and issue not in issues]
        if unseen and self.random.random() < self.quirks.touch_unseen:
            self._touched.append(self.random.choice(unseen))
        else:
            self._touched.append(self.random.choice([issues[-1], self.random.choice(issues)]))

    # ---- the way of a request --------------------------------------------------------------------------------------

    def __call__(self, request: SimRequest) -> SimResponse:
        with self.lock:
            self._touched = []
            ASKED_AT.set(self.now())
            response = self._admit(request)
            for issue in self._touched:
                issue.sort_order -= 1.0
                self.touch(issue)
            date = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)
            return replace(response, headers=[*response.headers, ("Date", date)])

    def _admit(self, request: SimRequest) -> SimResponse:
        key = self.credentials.key(request, self.now())
        if request.path != "/graphql":
            return self.files.serve(request, known=isinstance(key, Key)) or SimResponse(404)
        if request.method != "POST":
            return bad_request("GET query missing.")
        if isinstance(key, SimResponse):
            refused = self.limits.take(None, "requests", 1)
            return refused or replace(key, headers=[*key.headers, *self.limits.headers(None)])
        refused = self.limits.take(key, "requests", 1)
        return refused or self._answer(request, key)

    def _answer(self, request: SimRequest, key: Key) -> SimResponse:
        given = _body(request)
        if isinstance(given, SimResponse):
            return given
        query, variables, name = given
        document = self._documents(query)
        if isinstance(document, SimResponse):
            return replace(document, headers=[*document.headers, *self.limits.headers(key, 1)])
        operation = get_operation_ast(document, name)
        if operation is None:
            return bad_request("Unknown operation named, or more than one operation and no name.")
        points = complexity(self.schema, document, operation, variables, flat_issues=self.quirks.flat_issues)
        if points > MOST_COMPLEX:
            return too_complex(points, MOST_COMPLEX, self.limits.headers(key))
        refused = self.limits.take(key, "complexity", charged(points))
        return refused or self._run(document, operation, variables, key, charged(points))

    def _run(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        key: Key,
        points: int,
    ) -> SimResponse:
        call = Call(self, Sight(self, key), self.now())
        result = execute_sync(
            self.schema,
            document,
            context_value=call,
            variable_values=variables,
            operation_name=operation.name.value if operation.name else None,
            field_resolver=_resolve,
        )
        headers = self.limits.headers(key, points)
        errors = result.errors or []
        if result.data is None and errors and not any(error.path for error in errors):
            refused = invalid_document(errors, "BAD_USER_INPUT")
            return replace(refused, headers=[*refused.headers, *headers])
        told: dict[str, Any] = {"errors": [_formatted(error) for error in errors]} if errors else {}
        status = max((getattr(error.original_error, "answered", 200) for error in errors), default=200)
        return SimResponse.of_json({**told, "data": _as_javascript(result.data)}, status, headers)

    # ---- queries ---------------------------------------------------------------------------------------------------

    def query(self, field: str, call: Call, info: GraphQLResolveInfo[Any], args: dict[str, Any]) -> Any:
        """The value of a field of the query root."""
        if field in LISTS:
            rows = self.newest_first(LISTS[field], args.get("orderBy") or "createdAt")
            return connection(rows, info, args, are_sorted=True)
        if field in SINGLES:
            table, kind = SINGLES[field]
            return call.need(getattr(self, table), args.get("id"), kind)
        if field == "issue":
            return call.need_issue(args["id"])
        if field == "team":
            return self._team(call, args["id"])
        if field == "attachmentsForURL":
            return connection([a for a in self.attachments.values() if a.url == args["url"]], info, args)
        if field == "issuePriorityValues":
            return [{"priority": n, "label": label} for n, label in enumerate(e.PRIORITIES)]
        if field == "rateLimitStatus":
            return self.limits.status(call.sight.key)
        return call.user if field == "viewer" else self.organization

    def _team(self, call: Call, wanted: str) -> e.Team:
        """By id or by key."""
        known = self.teams.get(wanted) or next((t for t in self.teams.values() if t.key == wanted), None)
        if known is None or not call.sight.node(known):
            raise not_found("Team")
        return known


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
    call: Call = info.context
    place = info.field_name if source is None else f"{info.parent_type.name}.{info.field_name}"
    if ordered := call.work.ordered(place):
        raise ordered
    if info.operation.operation is OperationType.MUTATION and source is None:
        if "write" not in call.sight.key.scopes:
            raise forbidden("Invalid scope: `write` required")
        return _ALL[info.field_name](call, args)
    if source is None:
        if "read" not in call.sight.key.scopes:
            raise forbidden("Invalid scope: `read` required")
        return call.work.query(info.field_name, call, info, args)
    return resolvers.resolve(source, info, **args)


def _checked(schema: GraphQLSchema, query: str) -> DocumentNode | SimResponse:
    try:
        document = parse(query)
    except GraphQLError as error:
        return invalid_document([error], "GRAPHQL_PARSE_FAILED")
    errors = validate(schema, document)
    return invalid_document(errors, "GRAPHQL_VALIDATION_FAILED") if errors else document


@lru_cache(maxsize=256)
def _checked_by_all(query: str) -> DocumentNode | SimResponse:
    """A document as every workspace sees it that has the whole schema; to check one takes longer than to answer it."""
    return _checked(whole_schema(), query)


def _body(request: SimRequest) -> tuple[str, dict[str, Any], str | None] | SimResponse:
    try:
        body = request.json()
    except ValueError:
        return bad_request("POST body is not valid JSON.")
    if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"]:
        return bad_request("POST body missing, invalid Content-Type, or JSON object has no keys.")
    variables, name = body.get("variables") or {}, body.get("operationName")
    if not isinstance(variables, dict) or not isinstance(name, str | None):
        return bad_request("`variables` in a POST body should be provided as an object if provided.")
    return body["query"], variables, name


def _as_javascript(value: Any) -> Any:
    """Numbers as the vendor's language writes them: a whole number has no fraction, whatever its type says."""
    if isinstance(value, dict):
        return {name: _as_javascript(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_javascript(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """What went wrong within the simulator is not the client's: it is told as the vendor's internal error."""
    told: dict[str, Any] = dict(error.formatted)
    if not error.extensions:
        shown = "Internal server error"
        told["extensions"] = {"type": "internal error", "code": "INTERNAL_SERVER_ERROR", "userError": False}
        told["extensions"]["userPresentableMessage"] = shown
    return told
