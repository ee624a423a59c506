"""Who is calling: a key of a program and a token of a person, or a token of OAuth 2.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from syncline.sim import SimRequest
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.errors import Refusal, no_permission

_PART = re.compile(r'(oauth_consumer_key|oauth_token)="([^"]*)"')


@dataclass
class Token:
    """A token works with the key that it was made with. ``boards`` None: all that the person may see."""

    secret: str
    key: str
    member: e.Member
    id: str
    created: datetime
    boards: frozenset[str] | None = None
    write: bool = True
    expires: datetime | None = None
    oauth2: bool = False
    revoked: bool = False


@dataclass(frozen=True)
class Caller:
    """``token`` None: a program without a person, who sees public boards."""

    key: str
    token: Token | None

    @property
    def member(self) -> e.Member | None:
        return self.token.member if self.token else None

    def may_read(self, board: e.Board) -> bool:
        if board.public:
            return True
        return self._belongs(board)

    def may_write(self, board: e.Board) -> bool:
        """Observers and tokens that only read write nothing."""
        token = self.token
        if token is None or not token.write or not self._belongs(board):
            return False
        return board.members[token.member.id] != "observer"

    def _belongs(self, board: e.Board) -> bool:
        token = self.token
        if token is None or token.member.id not in board.members:
            return False
        return token.boards is None or board.id in token.boards


class Credentials:
    """The keys and tokens that there are."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        """Keys of programs and the ids of these programs."""
        self.tokens: list[Token] = []

    def caller(self, request: SimRequest, now: datetime) -> Caller:
        """Raises Refusal for credentials that do not work; none at all are those of nobody's program."""
        header = request.header("Authorization") or ""
        scheme, _, value = header.partition(" ")
        if scheme.lower() == "bearer":
            return self._bearer(value, now)
        given = dict(_PART.findall(value)) if scheme.lower() == "oauth" else {}
        key = given.get("oauth_consumer_key") or request.param("key")
        secret = given.get("oauth_token") or request.param("token")
        if key is None and secret is None:
            raise no_permission()
        if key not in self.keys:
            raise Refusal(401, "invalid key")
        if not secret:
            return Caller(key, None)
        found = (t for t in self.tokens if t.secret == secret and t.key == key and not t.oauth2)
        return Caller(key, _good(next(found, None), now))

    def _bearer(self, secret: str, now: datetime) -> Caller:
        found = _good(next((t for t in self.tokens if t.secret == secret and t.oauth2), None), now)
        return Caller(found.key, found)

    def find(self, secret: str) -> Token | None:
        return next((t for t in self.tokens if t.secret == secret and not t.revoked), None)


def _good(token: Token | None, now: datetime) -> Token:
    if token is None or token.revoked:
        raise Refusal(401, "invalid token")
    if token.expires is not None and now >= token.expires:
        raise Refusal(401, "expired token")
    return token
