"""The service: credentials, limits, and the way from a request to its endpoint."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.trello.simulator import batch, cards, checklists, defining, hangings, reading
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.access import Caller, Credentials, Token
from syncline_connectors.trello.simulator.bot import Bot
from syncline_connectors.trello.simulator.call import Call, Route, as_response, what_was_said
from syncline_connectors.trello.simulator.errors import TEXT, Refusal
from syncline_connectors.trello.simulator.hanging import Hanging
from syncline_connectors.trello.simulator.limits import Limits
from syncline_connectors.trello.simulator.load import load_board
from syncline_connectors.trello.simulator.quirks import CALM, Quirks
from syncline_connectors.trello.simulator.telling import Origin

API = "/1"
KEY = "0123456789abcdef0123456789abcdef"
"""The key of the program that tests are, unless they take another."""


@dataclass(frozen=True)
class _Matched:
    route: Route
    args: dict[str, str]


class TrelloSimulator(Hanging):
    """Trello: call it with a `SimRequest`, or serve it with `syncline.sim.server.serve`.

    Hostile unless ``calm``: ids of one second have no order, boundaries of pages are told twice, somebody works between
    pages. ``unknown`` counts parameters that the vendor describes nowhere, by method, path and name.
    """

    def __init__(
        self, clock: Clock, *, seed: int = 0, quirks: Quirks | None = None, calm: bool = False
    ) -> None:
        super().__init__(clock, seed, quirks or (CALM if calm else Quirks()))
        self.credentials = Credentials()
        self.limits = Limits(clock)
        self.bot = Bot(self, self.quirks.bot_budget)
        self.unknown: Counter[tuple[str, str, str]] = Counter()
        self.ordered: dict[tuple[str, str], list[SimResponse]] = {}
        modules = (reading, cards, hangings, checklists, defining)
        self.routes = [route for module in modules for route in module.routes()]
        # Fixed paths before those with a placeholder: /cards/{id}/actions is not a field.
        by_place = sorted(
            self.routes, key=lambda route: [part.startswith("{") for part in route.path.split("/")]
        )
        self._patterns = [(route, _pattern(route.path)) for route in by_place]

    # ---- what tests set --------------------------------------------------------------------------------------------

    def be_calm(self) -> None:
        """From now on nobody works between pages, and boundaries are told once."""
        self.quirks = replace(self.quirks, bot=0.0, inclusive=False, lag=0.0)

    def set_quirks(self, **changes: Any) -> None:
        """Change some of `Quirks` by name; raises TypeError for others."""
        self.quirks = replace(self.quirks, **changes)

    def add_token(
        self,
        member: e.Member,
        secret: str | None = None,
        *,
        key: str = KEY,
        boards: list[e.Board] | None = None,
        write: bool = True,
        expires: datetime | None = None,
        oauth2: bool = False,
    ) -> Token:
        """A token of a person for a program. ``boards`` narrows it; ``oauth2`` makes it one for Bearer."""
        with self.lock:
            self.credentials.keys.setdefault(key, self.new_id())
            made = Token(
                secret or f"ATTA{self.random.getrandbits(256):064x}",
                key,
                member,
                self.new_id(),
                self.now(),
                None if boards is None else frozenset(board.id for board in boards),
                write,
                expires,
                oauth2,
            )
            self.credentials.tokens.append(made)
            return made

    def load(self, document: Mapping[str, Any]) -> e.Board:
        """Serve a real export of a board as it is, its feed and unknown fields included."""
        with self.lock:
            return load_board(self, document)

    def revoke(self, token: Token) -> None:
        token.revoked = True

    def refuse(self, method: str, path: str, status: int, message: str, *, times: int = 1) -> None:
        """Answer the next requests to one endpoint, named as in the routes, with a text, and do nothing."""
        known = self.ordered.setdefault((method, path), [])
        known += [SimResponse(status, TEXT, message.encode())] * times

    # ---- the way of a request --------------------------------------------------------------------------------------

    def __call__(self, request: SimRequest) -> SimResponse:
        with self.lock:
            response = self._admitted(request)
            date = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)
            return replace(response, headers=[*response.headers, ("Date", date)])

    def _admitted(self, request: SimRequest) -> SimResponse:
        try:
            caller = self.credentials.caller(request, self.now())
        except Refusal as refusal:
            return refusal.response()
        try:
            if request.path.rstrip("/") == f"{API}/batch" and request.method == "GET":
                response = batch.answer(request, lambda inner: self._counted(inner, caller))
            else:
                response = self._counted(request, caller)
        except Refusal as refusal:
            response = refusal.response()
        return replace(response, headers=[*response.headers, *self.limits.headers(caller)])

    def _counted(self, request: SimRequest, caller: Caller) -> SimResponse:
        """One request, or one of a batch: each counts."""
        try:
            self.limits.take(caller, request.path)
            return self._answer(request, caller)
        except Refusal as refusal:
            return refusal.response()

    def _answer(self, request: SimRequest, caller: Caller) -> SimResponse:
        matched = self._match(request)
        if matched is None:
            return SimResponse(404, TEXT, f"Cannot {request.method} {request.path}".encode())
        route = matched.route
        if ordered := self.ordered.get((route.method, route.path)):
            return ordered.pop(0)
        given, files = what_was_said(request)
        self._note_unknown(route, given)
        call = Call(
            site=self,
            request=request,
            caller=caller,
            credentials=self.credentials,
            args=matched.args,
            given=given,
            files=files,
            after_page=lambda board: self.bot.act(board, self.quirks.bot),
        )
        if self.quirks.strict:
            call.refuse_unknown(route.params)
        client = request.header("X-Trello-Client-Identifier")
        with self.from_program(Origin(self.credentials.keys.get(caller.key), client)):
            return as_response(route.handler(call))

    def _note_unknown(self, route: Route, given: dict[str, Any]) -> None:
        for name in given:
            if name not in route.params and name not in ("key", "token"):
                self.unknown[route.method, route.path, name] += 1

    def route_of(self, request: SimRequest) -> Route | None:
        """The endpoint that answers a request, or None."""
        matched = self._match(request)
        return matched.route if matched else None

    def _match(self, request: SimRequest) -> _Matched | None:
        path = request.path.rstrip("/")
        for route, pattern in self._patterns:
            if route.method == request.method and (found := pattern.match(path)):
                return _Matched(route, found.groupdict())
        return None


def _pattern(path: str) -> re.Pattern[str]:
    named = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    return re.compile(f"^{API}{named}$", re.IGNORECASE)
