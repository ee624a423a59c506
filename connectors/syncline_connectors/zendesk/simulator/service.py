"""The service: addresses, credentials, limits, and the way from a request to its endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator import events, extras, metadata, reading
from syncline_connectors.zendesk.simulator.auth import Caller, Credentials, Token
from syncline_connectors.zendesk.simulator.call import CALM, Access, Call, Quirks, Route, as_response
from syncline_connectors.zendesk.simulator.errors import Refusal, forbidden, invalid_endpoint, unauthenticated
from syncline_connectors.zendesk.simulator.exports import Exports
from syncline_connectors.zendesk.simulator.jobs import Jobs
from syncline_connectors.zendesk.simulator.ledger import Ledger
from syncline_connectors.zendesk.simulator.limits import Headers, Limits, Plan, Rule
from syncline_connectors.zendesk.simulator.load import Loader
from syncline_connectors.zendesk.simulator.render import Renderer
from syncline_connectors.zendesk.simulator.searching import Searching
from syncline_connectors.zendesk.simulator.work import Work
from syncline_connectors.zendesk.simulator.writing import Writing

PREFIX = "/api/v2/"


@dataclass(frozen=True)
class _Matched:
    route: Route
    arguments: dict[str, str]


class ZendeskSimulator(Work):
    """A Zendesk account: call it with a `SimRequest`, or serve it with `syncline.sim.server.serve`.

    Hostile unless ``calm``: exports come in short, empty and overlapping pages, searches are late. ``site_url`` may be
    set once the port is known. ``limits.plan`` is what was paid for. ``ledger`` lists what was asked to be written,
    `sent_to_customers` what customers got of it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        site_url: str | None = None,
        subdomain: str = "demo",
        calm: bool = False,
        quirks: Quirks | None = None,
        plan: Plan = Plan.ENTERPRISE,
    ) -> None:
        self.quirks = quirks or (CALM if calm else Quirks())
        super().__init__(clock, seed=seed, subdomain=subdomain, stamp_lag=self.quirks.stamp_lag)
        self._site_url = site_url
        self.credentials, self.limits, self.ledger = Credentials(self.users), Limits(clock, plan), Ledger()
        self.ordered: dict[tuple[str, str], list[Refusal]] = {}
        self.forbidden: set[tuple[str, str]] = set()
        self.after_each: Callable[[str], None] | None = None
        """Called with the endpoint after every answer, such as to change something between two pages."""
        lists = [*reading.routes(), *events.routes(), *extras.routes(), *metadata.routes()]
        self._jobs = Jobs()
        written = [*Writing().routes(), *self._jobs.routes()]
        routes = [*Exports().routes(), *Searching().routes(), *lists, *written]
        # Fixed paths before those with a placeholder: tickets/show_many is not a ticket.
        self._routes = [
            (r, _pattern(r.endpoint)) for r in sorted(routes, key=lambda r: r.endpoint.count("{"))
        ]

    # ---- what tests set --------------------------------------------------------------------------------------------

    @property
    def site_url(self) -> str:
        return self._site_url or f"https://{self.subdomain}.zendesk.com"

    @site_url.setter
    def site_url(self, url: str) -> None:
        self._site_url = url

    def be_calm(self) -> None:
        """From now on: whole pages, nothing twice, nothing late."""
        self.quirks, self.stamp_lag = CALM, CALM.stamp_lag

    def set_quirks(self, **changes: Any) -> None:
        """Change some of `Quirks` by name; raises TypeError for others."""
        self.quirks = replace(self.quirks, **changes)
        self.stamp_lag = self.quirks.stamp_lag

    def load(
        self,
        *,
        organizations: Iterable[e.Json] = (),
        users: Iterable[e.Json] = (),
        groups: Iterable[e.Json] = (),
        memberships: Iterable[e.Json] = (),
        tickets: Iterable[e.Json] = (),
        audits: Iterable[e.Json] = (),
    ) -> None:
        """Put the vendor's own documents in; they are served as they are until something changes them."""
        loader = Loader(self)
        loader.organizations(organizations)
        loader.users(users)
        loader.groups(groups)
        loader.memberships(memberships)
        loader.tickets(tickets)
        loader.audits(audits)

    def add_token(
        self,
        user: e.User,
        secret: str,
        *,
        oauth: bool = False,
        scopes: tuple[str, ...] = ("read", "write"),
        expires: datetime | None = None,
    ) -> Token:
        """An API token, for Basic with ``email/token``, or with ``oauth`` an access token of ``user`` for Bearer.

        As with the vendor, an API token belongs to the account: it works with any staff member's e-mail.
        """
        token = Token(secret, user, oauth, scopes, expires)
        self.credentials.tokens.append(token)
        return token

    def revoke(self, token: Token) -> None:
        token.revoked = True

    def forbid(self, method: str, endpoint: str) -> None:
        """Answer 403 at one endpoint, named as in the routes: ``incremental/tickets/cursor``, ``tickets/{id}``."""
        self.forbidden.add((method, endpoint))

    def refuse(
        self,
        method: str,
        endpoint: str,
        status: int,
        body: Any = None,
        *,
        times: int = 1,
        retry_after: int | None = None,
    ) -> None:
        """Answer the next requests to one endpoint, named as in the routes, with an error, and do nothing.

        With 503 and ``retry_after`` seconds the vendor says that it is under maintenance.
        """
        headers = [("Retry-After", str(retry_after))] if retry_after is not None else []
        known = self.ordered.setdefault((method, endpoint), [])
        known += [Refusal(status, body, headers) for _ in range(times)]

    # ---- the way of a request --------------------------------------------------------------------------------------

    def __call__(self, request: SimRequest) -> SimResponse:
        with self.lock:
            self._jobs.catch_up(self.now())
            self.catch_up(self.now())
            response = self._answer(request)
            date = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)
            return replace(response, headers=[*response.headers, ("Date", date)])

    def _answer(self, request: SimRequest) -> SimResponse:
        headers: Headers = []
        try:
            if request.path.startswith("/attachments/token/"):
                return metadata.download(self, request)
            caller = self.credentials.caller(request, self.clock.now())
            headers += self.limits.take()
            matched = self._match(request)
            response = as_response(self._serve(matched, request, caller, headers))
        except Refusal as refusal:
            response = refusal.response()
        told = {name.lower() for name, _ in response.headers}
        return replace(
            response, headers=[*response.headers, *((n, v) for n, v in headers if n.lower() not in told)]
        )

    def _serve(self, matched: _Matched, request: SimRequest, caller: Caller, headers: Headers) -> Any:
        route = matched.route
        for rule in route.rules:
            headers += self.limits.take_endpoint(rule)
        self._admit(route, caller)
        if route.method != "GET":
            self.ledger.requests.append((route.method, request.path))
        if ordered := self.ordered.get((route.method, route.endpoint)):
            raise ordered.pop(0)
        call = Call(
            work=self,
            request=request,
            caller=caller.user,
            render=Renderer(self, self.site_url),
            now=self.now(),
            quirks=self.quirks,
            arguments=matched.arguments,
            base=self.site_url,
            ledger=self.ledger,
            limit=self._limiter(headers),
            scopes=caller.token.scopes if caller.token and caller.token.oauth else None,
        )
        answer = route.handler(call)
        if self.after_each:
            self.after_each(route.endpoint)
        return answer

    def _limiter(self, headers: Headers) -> Callable[[Rule, str], Headers]:
        def limit(rule: Rule, key: str) -> Headers:
            told = self.limits.take_endpoint(rule, key)
            headers.extend(told)
            return told

        return limit

    def _admit(self, route: Route, caller: Caller) -> None:
        """Raises 401 for nobody, 403 for somebody without the right."""
        if (route.method, route.endpoint) in self.forbidden:
            raise forbidden()
        if route.access == Access.ANYONE:
            return
        if caller.user is None:
            raise unauthenticated()
        if caller.token and not caller.token.allows(route.method, route.endpoint.split("/", 1)[0]):
            raise forbidden()
        if not caller.user.staff or (route.access == Access.ADMIN and caller.user.role is not e.Role.ADMIN):
            raise forbidden()

    def _match(self, request: SimRequest) -> _Matched:
        for route, pattern in self._routes:
            if route.method == request.method and (found := pattern.match(request.path)):
                return _Matched(route, found.groupdict())
        raise invalid_endpoint()


def _pattern(endpoint: str) -> re.Pattern[str]:
    """Of an endpoint's path, which may end with ``.json``."""
    path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(PREFIX + endpoint))
    return re.compile(rf"^{path}(?:\.json)?$")
