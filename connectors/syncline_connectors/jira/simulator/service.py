"""The service: addresses, credentials, limits, and the way from a request to its endpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.jira.simulator import agile, metadata, reading
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.auth import Caller, Credentials, Token
from syncline_connectors.jira.simulator.bot import Bot
from syncline_connectors.jira.simulator.call import CALM, Call, Quirks, Route, as_response
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.limits import Limits
from syncline_connectors.jira.simulator.render import Renderer
from syncline_connectors.jira.simulator.searching import Searches
from syncline_connectors.jira.simulator.work import Work

CLOUD_ID = "5b1c8a9e-0000-4000-8000-00000000c10d"
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
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        site_url: str = "https://demo.atlassian.net",
        cloud_id: str = CLOUD_ID,
        calm: bool = False,
        quirks: Quirks | None = None,
        bot_budget: int = 12,
        face: Face = Face.CLOUD,
    ) -> None:
        self.quirks = quirks or (CALM if calm else Quirks())
        super().__init__(clock, seed=seed, lag=self.quirks.lag, face=face)
        self.site_url, self.cloud_id = site_url, cloud_id
        self.credentials = Credentials()
        self.limits = Limits(clock)
        self.bot = Bot(self, bot_budget)
        self.forbidden: set[tuple[str, str]] = set()
        routes = [*Searches().routes(), *reading.routes(), *metadata.routes(), *agile.routes()]
        # Fixed paths before those with a placeholder: issue/bulkfetch is not an issue.
        self._routes = [(route, _pattern(route)) for route in sorted(routes, key=lambda r: "{" in r.endpoint)]

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
        """A credential of ``user``: Basic with the e-mail, or Bearer at the gateway when scoped or of an app."""
        token = Token(secret, user, scoped, oauth, expires)
        self.credentials.tokens.append(token)
        return token

    def forbid(self, method: str, endpoint: str) -> None:
        """Answer 403 at one endpoint, named as in the routes: ``users/search``, ``issue/{id}``."""
        self.forbidden.add((method, endpoint))

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
            return SimResponse(404, [("Content-Type", "text/html;charset=UTF-8")], b"<html>dead link</html>")
        route = matched.route
        refused = self.limits.take(route.method, route.endpoint)
        headers = [*self.limits.headers(route.method, route.endpoint), *_login_reason(caller)]
        if refused:
            return refused
        try:
            response = as_response(self._serve(matched, request, caller, base))
        except Refusal as refusal:
            response = refusal.response()
        return replace(response, headers=[*response.headers, *headers])

    def _serve(self, matched: _Matched, request: SimRequest, caller: Caller, base: str) -> Any:
        route = matched.route
        if route.login and caller.user is None:
            message = "Client must be authenticated to access this resource."
            return SimResponse.of_json({"message": message, "status-code": 401}, 401)
        if (route.method, route.endpoint) in self.forbidden:
            raise Refusal(403, "You do not have permission to perform this operation.")
        zone = ZoneInfo(caller.user.time_zone if caller.user else "Etc/UTC")
        call = Call(
            work=self,
            request=request,
            user=caller.user,
            render=Renderer(self, base, self.site_url, zone),
            now=self.now(),
            quirks=self.quirks,
            arguments=matched.arguments,
            between_pages=self._between_pages,
            charge=self.limits.charge,
        )
        return route.handler(call)

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


def _pattern(route: Route) -> re.Pattern[str]:
    return re.compile(
        "^" + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route.prefix + route.endpoint)) + "$"
    )


def _login_reason(caller: Caller) -> list[tuple[str, str]]:
    if caller.user:
        return [("X-Seraph-LoginReason", "OK"), ("X-AACCOUNTID", caller.user.account_id)]
    return [("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")] if caller.failed else []
