"""Who we are and where: the agent behind the token, and the account.

Zendesk answers ``users/me`` to nobody with 200 and an id of null. The exports are given to administrators alone, so
that an export that came is proof of the credentials: Basic names its user in every request. The account's own number
is shown nowhere in the API; its subdomain, which the addresses in answers name, stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from syncline.connector import Account
from syncline.errors import AuthError, ProtocolError
from syncline.jsonvalues import identity
from syncline_connectors.zendesk.api import Api

if TYPE_CHECKING:
    from syncline_connectors.zendesk.config import ZendeskConfig

STAFF = ("agent", "admin")
_KEPT = ("site", "id", "name", "role")


class Identity:
    """Asks who we are, and remembers it. ``memo`` is what the last `Account` told to remember."""

    def __init__(self, config: ZendeskConfig, api: Api, memo: Mapping[str, str]) -> None:
        self._config = config
        self._api = api
        same = memo.get("url") == config.url and memo.get("user") == (config.user or "")
        self._known = {name: memo[name] for name in _KEPT if name in memo} if same else {}
        self._asked = self._exported = False

    @property
    def vouched(self) -> bool | None:
        """Whether the exports were given to the account that is remembered; None where they would not tell."""
        if self._config.user is None or not self.is_admin or len(self._known) < len(_KEPT):
            return None
        return self._exported

    @property
    def is_admin(self) -> bool:
        """Whether the exports can be had, as far as known."""
        return self._known.get("role", "admin") == "admin"

    def exported(self) -> None:
        """Note that an export was answered."""
        self._exported = True

    def prove(self) -> None:
        """Ask who we are; raises AuthError for nobody and for customers."""
        user = self._api.get("users/me").get("user")
        if not isinstance(user, dict):
            raise ProtocolError("users/me: an answer without a user")
        if user.get("id") is None:
            raise AuthError(
                "Zendesk does not know these credentials",
                hint="an API token goes with the e-mail of its user",
            )
        if user.get("role") not in STAFF:
            raise AuthError(
                "the account is no agent", hint="the token must belong to an agent or administrator"
            )
        self._known = _known(user, self._config.url)
        self._asked = True

    def account(self) -> Account:
        """Who and where; asks first, unless an export has told in this run."""
        if not self._asked and not self.vouched:
            self.prove()
        known = self._known
        return Account(
            site=known["site"],
            site_name=known["site"],
            user_id=known["id"],
            user_name=known["name"],
            url=self._config.url,
            scopes=(f"role: {known['role']}",),
            memo={**known, "url": self._config.url, "user": self._config.user or ""},
        )


def _known(user: dict[str, Any], url: str) -> dict[str, str]:
    try:
        number = identity(user.get("id"), "id")
    except ValueError as error:
        raise ProtocolError(f"users/me: {error}") from None
    host = urlsplit(str(user.get("url") or url)).hostname or urlsplit(url).hostname or url
    return {"site": host, "id": number, "name": str(user.get("name") or number), "role": str(user["role"])}
