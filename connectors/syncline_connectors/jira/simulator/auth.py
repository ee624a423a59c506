"""Who is calling. The vendor's traps are kept: bad credentials at the site make an anonymous caller, not an error."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from syncline.sim import SimRequest
from syncline_connectors.jira.simulator import entities as e


@dataclass
class Token:
    """An API token (``oauth`` False) or an access token of an app. Scoped and app tokens work only at the gateway."""

    secret: str
    user: e.User
    scoped: bool = False
    oauth: bool = False
    expires: datetime | None = None
    revoked: bool = False

    def good(self, now: datetime) -> bool:
        return self.user.active and not self.revoked and (self.expires is None or now < self.expires)


@dataclass(frozen=True)
class Caller:
    """``user`` None: anonymous. ``failed``: credentials were given and did not work."""

    user: e.User | None
    failed: bool = False


class Credentials:
    """The tokens that the site knows."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []

    def caller(self, request: SimRequest, now: datetime, *, gateway: bool) -> Caller:
        header = request.header("Authorization")
        if not header:
            return Caller(None)
        scheme, _, value = header.partition(" ")
        token = self._basic(value) if scheme.lower() == "basic" else self._bearer(scheme, value, gateway)
        if token is None or not token.good(now) or (token.scoped and not gateway):
            return Caller(None, failed=True)
        return Caller(token.user)

    def _basic(self, value: str) -> Token | None:
        try:
            email, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        known = (t for t in self.tokens if t.secret == secret and not t.oauth)
        return next((t for t in known if (t.user.email or "").lower() == email.lower()), None)

    def _bearer(self, scheme: str, value: str, gateway: bool) -> Token | None:
        if scheme.lower() != "bearer" or not gateway:
            return None
        return next((t for t in self.tokens if t.secret == value and (t.oauth or t.scoped)), None)
