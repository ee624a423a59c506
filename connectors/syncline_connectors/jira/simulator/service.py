"""The service: addresses, credentials, limits, and the way from a request to its endpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.jira.simulator import agile, datacenter, metadata, reading, writes
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.auth import Caller, Credentials, Token
from syncline_connectors.jira.simulator.bot import Bot
from syncline_connectors.jira.simulator.call import CALM, Call, Quirks, Route, as_response
from syncline_connectors.jira.simulator.errors import Refusal, Throttled
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.limits import Limits
from syncline_connectors.jira.simulator.offsets import OffsetSearches
from syncline_connectors.jira.simulator.render import Renderer
from syncline_connectors.jira.simulator.searching import Searches
from syncline_connectors.jira.simulator.server import Server, equip
from syncline_connectors.jira.simulator.server_access import Buckets, Doorkeeper, told, too_many
from syncline_connectors.jira.simulator.server_render import ServerRenderer
from syncline_connectors.jira.simulator.work import Work

CLOUD_ID = "5b1c8a9e-0000-4000-8000-00000000c10d"
_ADDRESSES = {Face.CLOUD: "https://demo.atlassian.net", Face.DATA_CENTER: "https://jira.example.com"}
_SERVED = re.compile(r"^/rest/(?:api/(?:2|latest)|agile/(?:1\.0|latest))/")
_GATEWAY = re.compile(r"^/ex/jira/(?P<cloud>[^/]+)(?P<rest>/.*)$")


@dataclass(frozen=True)
class _Matched:
    route: Route
    arguments: dict[str, str]


class JiraSimulator(Work):
    """A Jira Cloud site: call it with a `SimRequest`, or serve it with `syncline.sim.server.serve`.

    Hostile unless ``calm``: changes reach the search late, pages are short or empty, and a bot edits, moves and removes
    issues between pages (``bot.budget`` times at most). ``site_url`` may be set once the port is known. Serves the site
    (``/rest/…``) and the gateway (``/ex/jira/{cloudId}/rest/…``) from one address.

    With ``face`` DATA_CENTER it is an instance of a customer's own, as ``server`` says (`Server`).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        site_url: str | None = None,
        cloud_id: str = CLOUD_ID,
        calm: bool = False,
        quirks: Quirks | None = None,
        bot_budget: int = 12,
        face: Face = Face.CLOUD,
        server: Server | None = None,
    ) -> None:
        self.quirks = quirks or (CALM if calm else Quirks())
        super().__init__(clock, seed=seed, lag=self.quirks.lag, face=face)
        self.site_url, self.cloud_id = site_url or _ADDRESSES[face], cloud_id
        self.credentials = Credentials()
        self.limits = Limits(clock)
        self.bot = Bot(self, bot_budget)
        self.forbidden: set[tuple[str, str]] = set()
        self.ordered: dict[tuple[str, str], list[Refusal]] = {}
        self.server = server or Server()
        self.doorkeeper, self.buckets = Doorkeeper(self.server), Buckets(clock)
        if face is Face.DATA_CENTER:
            equip(self, self.server)
        # Fixed paths before those with a placeholder: issue/bulkfetch is not an issue.
        routes = sorted(self._all_routes(), key=lambda r: "{" in r.endpoint)
        self._routes = [(route, _pattern(route, face)) for route in routes]

    def _all_routes(self) -> list[Route]:
        """What the site answers; of two for one path the first."""
        both = [*reading.routes(), *metadata.routes(), *agile.routes(self.server)]
        if self.face is Face.CLOUD:
            return [*Searches().routes(), *writes.routes(self.face), *both]
        own = [*OffsetSearches(self.server).routes(), *datacenter.Endpoints(self.server).routes()]
        every = [*writes.routes(self.face), *own, *datacenter.shared(both)]
        return [route for route in every if self.server.software or route.prefix != agile.PREFIX]

    # ---- what tests set --------------------------------------------------------------------------------------------

    def be_calm(self) -> None:
        """From now on: no lag, no bot, full pages."""
        self.quirks, self.lag = CALM, CALM.lag
        self.settle()

    def set_quirks(self, **changes: Any) -> None:
        """Change some of `Quirks` by name; raises TypeError for others."""
        self.quirks = replace(self.quirks, **changes)
        self.lag = self.quirks.lag

    def add_token(
        self,
        user: e.User,
        secret: str,
        *,
        scoped: bool = False,
        oauth: bool = False,
        expires: datetime | None = None,
    ) -> Token:
        """A credential of ``user``: Basic with the e-mail, or Bearer at the gateway when scoped or of an app.

        On Data Center a personal access token for Bearer; see `add_password`.
        """
        token = Token(secret, user, scoped, oauth or self.face is Face.DATA_CENTER, expires)
        (self.credentials if self.face is Face.CLOUD else self.doorkeeper).tokens.append(token)
        return token

    def add_password(self, user: e.User, secret: str) -> Token:
        """What a person of a Data Center instance logs in with, by Basic and the login name."""
        token = Token(secret, user)
        self.doorkeeper.tokens.append(token)
        return token

    def rename(self, user: e.User, username: str) -> None:
        """Give a person of a Data Center instance another login name; the key stays."""
        user.username = username
        self.changes += 1

    def anonymize(self, user: e.User) -> None:
        """As an administrator of Data Center does: the key stays, everything else about the person goes."""
        user.username, user.email = user.account_id.lower(), f"{user.account_id}@jira.invalid"
        user.name, user.active = f"user-{crc32(user.account_id.encode()) & 0xFFFFF:05x}", False
        self.changes += 1

    def forbid(self, method: str, endpoint: str) -> None:
        """Answer 403 at one endpoint, named as in the routes: ``users/search``, ``issue/{id}``."""
        self.forbidden.add((method, endpoint))

    def refuse(self, method: str, endpoint: str, status: int, *messages: str, times: int = 1) -> None:
        """Answer the next requests to one endpoint, named as in the routes, with an error, and do nothing."""
        known = self.ordered.setdefault((method, endpoint), [])
        known += [Refusal(status, *messages) for _ in range(times)]

    def revoke(self, user: e.User, project: e.Project) -> None:
        """Take from ``user`` the permission to browse ``project``."""
        project.hidden_from.add(user.account_id)
        self.changes += 1

    @property
    def gateway_url(self) -> str:
        local = self.site_url.startswith("http://")
        host = self.site_url if local else "https://api.atlassian.com"
        return f"{host}/ex/jira/{self.cloud_id}"

    # ---- the way of a request --------------------------------------------------------------------------------------

    def __call__(self, request: SimRequest) -> SimResponse:
        with self.lock:
            response = self._admit(request)
            date = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)
            return replace(response, headers=[*response.headers, ("Date", date)])

    def _admit(self, request: SimRequest) -> SimResponse:
        return self._admit_to_cloud(request) if self.face is Face.CLOUD else self._admit_to_server(request)

    def _admit_to_server(self, request: SimRequest) -> SimResponse:
        context, base = self.server.context, self.site_url + self.server.context
        if not request.path.startswith(f"{context}/"):
            return dead_link()
        caller = self.doorkeeper.caller(request, self.clock.now(), base)
        if isinstance(caller, SimResponse):
            return caller
        return self._answer(replace(request, path=request.path.removeprefix(context)), caller, base)

    def _admit_to_cloud(self, request: SimRequest) -> SimResponse:
        if request.path == "/_edge/tenant_info":
            return metadata.tenant_info(self.cloud_id)
        if request.path == "/oauth/token/accessible-resources":
            return self._accessible(request)
        gateway = _GATEWAY.match(request.path)
        if gateway and gateway["cloud"] != self.cloud_id:
            return SimResponse.of_json({"code": 404, "message": "Not Found"}, 404)
        path = gateway["rest"] if gateway else request.path
        caller = self.credentials.caller(request, self.clock.now(), gateway=bool(gateway))
        if gateway and caller.user is None:
            return SimResponse.of_json({"code": 401, "message": "Unauthorized"}, 401)
        return self._answer(
            replace(request, path=path), caller, self.gateway_url if gateway else self.site_url
        )

    def _answer(self, request: SimRequest, caller: Caller, base: str) -> SimResponse:
        matched = self._match(request)
        if matched is None:
            return self._nothing_there(request, base)
        refused, headers = self._limit(matched.route, caller)
        if refused:
            return refused
        try:
            response = as_response(self._serve(matched, request, caller, base))
        except Refusal as refusal:
            response = refusal.response()
        return replace(response, headers=[*response.headers, *headers])

    def _limit(self, route: Route, caller: Caller) -> tuple[SimResponse | None, list[tuple[str, str]]]:
        """The refusal of a caller who asks too often, and the headers of an answer to any other."""
        if self.face is Face.CLOUD:
            refused = self.limits.take(route.method, route.endpoint)
            return refused, [*self.limits.headers(route.method, route.endpoint), *_login_reason(caller)]
        # As recorded from 10.3: of all endpoints this one is not limited.
        throttle = None if route.endpoint == "serverInfo" else self.server.throttle
        granted, headers = self.buckets.take(caller.user, throttle)
        return (None if granted else too_many(headers)), [*headers, *told(caller)]

    def _nothing_there(self, request: SimRequest, base: str) -> SimResponse:
        """A server's REST module answers in JSON, also that a path is there for another method."""
        if self.face is Face.CLOUD or not _SERVED.match(request.path):
            return dead_link()
        methods = sorted({route.method for route, pattern in self._routes if pattern.match(request.path)})
        if methods:
            return SimResponse(405, [("Allow", ",".join(methods))])
        message = f"null for uri: {base}{request.path}"
        return SimResponse.of_json({"message": message, "status-code": 404}, 404)

    def _serve(self, matched: _Matched, request: SimRequest, caller: Caller, base: str) -> Any:
        route = matched.route
        if route.login and caller.user is None:
            message = "Client must be authenticated to access this resource."
            return SimResponse.of_json({"message": message, "status-code": 401}, 401)
        if (route.method, route.endpoint) in self.forbidden:
            raise Refusal(403, "You do not have permission to perform this operation.")
        if ordered := self.ordered.get((route.method, route.endpoint)):
            raise ordered.pop(0)
        zone = ZoneInfo(caller.user.time_zone if caller.user else "Etc/UTC")
        call = Call(
            work=self,
            request=request,
            user=caller.user,
            render=self._renderer(base, zone),
            now=self.now(),
            quirks=self.quirks,
            arguments=matched.arguments,
            between_pages=self._between_pages,
            charge=self.limits.charge,
            admit_write=self._admit_write,
        )
        return route.handler(call)

    def _admit_write(self, issue: Issue) -> None:
        """Cloud counts the writes to each issue by themselves."""
        refused = self.limits.take_write(issue.id) if self.face is Face.CLOUD else None
        if refused:
            raise Throttled(refused)

    def _renderer(self, base: str, zone: ZoneInfo) -> Renderer:
        if self.face is Face.CLOUD:
            return Renderer(self, base, self.site_url, zone)
        return ServerRenderer(self, base, zone, self.server)

    def _between_pages(self, rows: Sequence[Issue]) -> None:
        if self.quirks.bot:
            self.bot.act(rows, self.quirks.bot)

    def _match(self, request: SimRequest) -> _Matched | None:
        for route, pattern in self._routes:
            if route.method == request.method and (found := pattern.match(request.path)):
                return _Matched(route, found.groupdict())
        return None

    def _accessible(self, request: SimRequest) -> SimResponse:
        """The gateway's list of sites that an app token may reach."""
        caller = self.credentials.caller(request, self.clock.now(), gateway=True)
        if caller.user is None:
            return SimResponse.of_json({"code": 401, "message": "Unauthorized"}, 401)
        scopes = ["read:jira-work", "read:jira-user"]
        site = {"id": self.cloud_id, "url": self.site_url, "name": "demo", "scopes": scopes, "avatarUrl": ""}
        return SimResponse.of_json([site])


def _pattern(route: Route, face: Face) -> re.Pattern[str]:
    """Of an endpoint's path. A server has the second version of the platform, and names the newest ``latest``.

    Of Cloud's second version there is only what tells that it is Cloud.
    """
    path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route.prefix + route.endpoint))
    if face is Face.DATA_CENTER:
        path = path.replace("/rest/api/3/", "/rest/api/(?:2|latest)/")
        path = path.replace(re.escape(agile.PREFIX), "/rest/agile/(?:1\\.0|latest)/")
    return re.compile("^" + path.replace("/3/serverInfo", "/[23]/serverInfo") + "$")


def dead_link() -> SimResponse:
    return SimResponse(404, [("Content-Type", "text/html;charset=UTF-8")], b"<html>dead link</html>")


def _login_reason(caller: Caller) -> list[tuple[str, str]]:
    if caller.user:
        return [("X-Seraph-LoginReason", "OK"), ("X-AACCOUNTID", caller.user.account_id)]
    return [("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")] if caller.failed else []
