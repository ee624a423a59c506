"""Who is calling. A call without credentials is let in as nobody, and `users/me` answers it with 200."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from syncline.sim import SimRequest
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.errors import unauthenticated


@dataclass
class Token:
    """An API token, which works with the e-mail of any active member of staff, or with ``oauth`` one person's Bearer.

    ``scopes`` are those of an OAuth token: "read", "write", or "tickets:read" and the like.
    """

    secret: str
    user: e.User | None
    oauth: bool = False
    scopes: tuple[str, ...] = ("read", "write")
    expires: datetime | None = None
    revoked: bool = False

    def good(self, now: datetime) -> bool:
        return not self.revoked and (self.expires is None or now < self.expires)

    def allows(self, method: str, resource: str) -> bool:
        wanted = "read" if method == "GET" else "write"
        return wanted in self.scopes or f"{resource}:{wanted}" in self.scopes


@dataclass(frozen=True)
class Caller:
    """``user`` None: anonymous."""

    user: e.User | None
    token: Token | None = None


class Credentials:
    """The tokens that the account knows."""

    def __init__(self, users: dict[int, e.User]) -> None:
        self.tokens: list[Token] = []
        self._users = users

    def caller(self, request: SimRequest, now: datetime) -> Caller:
        """Raises 401 for credentials that do not work."""
        header = request.header("Authorization")
        if not header:
            return Caller(None)
        scheme, _, value = header.partition(" ")
        found = {"basic": self._basic, "bearer": self._bearer}.get(scheme.lower(), _nobody)(value, now)
        if found is None or found.user is None or not found.user.active:
            raise unauthenticated()
        return found

    def _basic(self, value: str, now: datetime) -> Caller | None:
        """``email/token:secret``. Passwords have been refused since they are deprecated."""
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        email, slash, word = name.rpartition("/")
        if not slash or word != "token":
            return None
        token = next((t for t in self.tokens if t.secret == secret and not t.oauth and t.good(now)), None)
        people = (u for u in self._users.values() if u.email and u.email.lower() == email.lower())
        user = next(people, None)
        if token is None or user is None or not user.staff:
            return None
        return Caller(user, token)

    def _bearer(self, value: str, now: datetime) -> Caller | None:
        found = next((t for t in self.tokens if t.secret == value and t.oauth and t.good(now)), None)
        return Caller(found.user, found) if found else None


def _nobody(value: str, now: datetime) -> Caller | None:
    return None
