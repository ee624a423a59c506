"""Declared credentials: a connector says how it authenticates, `syncline.http` applies it to each request.

Secrets are `SecretStr` and never part of a ``repr``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote

from pydantic import SecretStr


@dataclass(frozen=True)
class Anonymous:
    """No credentials at all."""

    def headers(self) -> dict[str, str]:
        return {}

    def params(self) -> dict[str, str]:
        return {}

    def secrets(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Basic(Anonymous):
    """User and password, or user and API token (RFC 7617, UTF-8)."""

    user: str
    secret: SecretStr = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Basic {self._pair()}"}

    def secrets(self) -> tuple[str, ...]:
        return self.secret.get_secret_value(), self._pair()

    def _pair(self) -> str:
        return b64encode(f"{self.user}:{self.secret.get_secret_value()}".encode()).decode("ascii")


@dataclass(frozen=True)
class Bearer(Anonymous):
    """A bearer token (RFC 6750)."""

    secret: SecretStr = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.secret.get_secret_value()}"}

    def secrets(self) -> tuple[str, ...]:
        return (self.secret.get_secret_value(),)


@dataclass(frozen=True)
class Header(Anonymous):
    """A secret sent whole in a header of its own, such as Linear's ``Authorization: <key>``."""

    name: str
    secret: SecretStr = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {self.name.lower(): self.secret.get_secret_value()}

    def secrets(self) -> tuple[str, ...]:
        return (self.secret.get_secret_value(),)


@dataclass(frozen=True)
class OAuth(Anonymous):
    """A key and a token in one header, as OAuth 1.0 writes them (RFC 5849 §3.5.1), unsigned: Trello takes them so."""

    key: SecretStr = field(repr=False)
    token: SecretStr = field(repr=False)

    def headers(self) -> dict[str, str]:
        key, token = (quote(secret, safe="-._~") for secret in self.secrets())
        return {"authorization": f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'}

    def secrets(self) -> tuple[str, ...]:
        return self.key.get_secret_value(), self.token.get_secret_value()


@dataclass(frozen=True)
class Query(Anonymous):
    """Secrets sent in the query string, for vendors that know no other way. They end up in many a log."""

    values: Mapping[str, SecretStr] = field(repr=False)

    def params(self) -> dict[str, str]:
        return {name: secret.get_secret_value() for name, secret in self.values.items()}

    def secrets(self) -> tuple[str, ...]:
        return tuple(self.params().values())


Auth: TypeAlias = Anonymous | Basic | Bearer | Header | OAuth | Query
"""Any of the declared credentials."""
