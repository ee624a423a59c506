"""Who we are and where: every answer names the viewer and the organization it was given to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from syncline.connector import Account
from syncline.errors import ProtocolError
from syncline.jsonvalues import identity, required, text
from syncline_connectors.linear.documents import ME

if TYPE_CHECKING:
    from syncline_connectors.linear.api import Api

HOME = "https://linear.app"
"""Where people look at what the API serves."""


class Identity:
    """Holds what was learned against what an earlier run has proven (``memo``)."""

    def __init__(self, memo: Mapping[str, str]) -> None:
        self._memo = {name: memo[name] for name in _KEPT if name in memo}
        self._heard = self._missed = False

    def hear(self, user: str, organization: str) -> None:
        """Note to whom an answer was given."""
        known = (self._memo.get("user"), self._memo.get("site"))
        if known == (user, organization):
            self._heard = True
        else:
            self._missed = True

    @property
    def vouched(self) -> bool | None:
        """Whether every answer so far was given to the account that the last check has proven."""
        return self._heard and not self._missed if self.known else None

    @property
    def known(self) -> bool:
        return len(self._memo) == len(_KEPT)

    @property
    def url_key(self) -> str | None:
        """The workspace's part of every address, where a check has told it."""
        return self._memo.get("url_key")

    @property
    def user(self) -> str | None:
        return self._memo.get("user")

    def prove(self, api: Api) -> None:
        """Ask who we are; raises AuthError."""
        data = api.ask(ME)
        try:
            self._memo = _memo(
                required(data["viewer"], "viewer"), required(data["organization"], "organization")
            )
        except ValueError as error:
            raise ProtocolError(f"viewer: {error}") from None
        self._heard, self._missed = True, False

    def account(self, api: Api) -> Account:
        """The account, from the answers so far where they vouch for it; asks otherwise."""
        if not self.vouched:
            self.prove(api)
        memo = self._memo
        return Account(
            site=memo["site"],
            site_name=memo["site_name"],
            user_id=memo["user"],
            user_name=memo["user_name"],
            url=f"{HOME}/{memo['url_key']}",
            memo=dict(memo),
        )


_KEPT = ("site", "site_name", "url_key", "user", "user_name")


def _memo(viewer: Mapping[str, Any], organization: Mapping[str, Any]) -> dict[str, str]:
    site = identity(organization.get("id"), "organization.id")
    url_key = text(organization.get("urlKey"), "organization.urlKey") or site
    user = identity(viewer.get("id"), "viewer.id")
    return {
        "site": site,
        "site_name": text(organization.get("name"), "organization.name") or url_key,
        "url_key": url_key,
        "user": user,
        "user_name": text(viewer.get("displayName"), "viewer.displayName")
        or text(viewer.get("name"), "viewer.name")
        or user,
    }
