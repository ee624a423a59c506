"""Who we are and where: the address that accepts the token, the account, the site.

A classic API token works at the site; scoped tokens and service accounts only behind the gateway, where the site itself
answers 401. Jira answers anonymous callers too, with 200 and nothing in it, so the account id is what proves us.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from syncline.connector import Account
from syncline.errors import AuthError, ConfigError, ProtocolError, VendorError
from syncline_connectors.jira.api import PLATFORM, Api
from syncline_connectors.jira.config import JiraConfig

if TYPE_CHECKING:
    from syncline.http import Answer, Http

SITE, GATEWAY = "site", "gateway"


class Identity:
    """Finds the right address once and remembers it. ``memo`` is what the last `Account` told to remember."""

    def __init__(self, config: JiraConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config
        self._http = http
        known = memo if memo.get("url") == config.url else {}
        self._base = known.get("base", SITE)
        self._cloud = known.get("cloud")
        self._me: dict[str, Any] | None = None
        self._asked_tenant = False
        self.server_time: datetime | None = None
        """The vendor's clock at the last proof."""

    @property
    def api(self) -> Api:
        """Calls to the address that is believed to work."""
        return Api(self._http, self._root())

    @property
    def proven(self) -> bool:
        return self._me is not None

    def prove(self) -> None:
        """Ask who we are; raises AuthError for wrong or anonymous credentials."""
        answer = self._myself()
        if answer.status in (401, 403):
            answer = self._other_address(answer)
        if answer.status == 404:
            raise self._nothing_there()
        self._me = _account_of(answer, self._config.url)
        self.server_time = answer.server_time

    def account(self, memo: Mapping[str, str]) -> Account:
        """Who and where; proves first where that has not been done. ``memo`` is kept beside what we remember."""
        if self._me is None:
            self.prove()
        me = self._me or {}
        site = self._site()
        return Account(
            site=site,
            site_name=urlsplit(self._config.url).hostname or self._config.url,
            user_id=str(me.get("accountId")),
            user_name=str(me.get("displayName") or me.get("accountId")),
            url=self._config.url,
            memo={**self._memo(), **memo},
        )

    def _memo(self) -> dict[str, str]:
        """What saves the next run from asking: it holds for this address only."""
        cloud = {"cloud": self._cloud} if self._cloud else {}
        return {"url": self._config.url, "base": self._base, **cloud}

    # ---- addresses ----

    def _root(self) -> str:
        return self._config.url if self._base == SITE else f"{self._config.gateway}/ex/jira/{self._cloud}"

    def _myself(self) -> Answer:
        if self._base == GATEWAY and not self._cloud:
            self._cloud = self._tenant()
            self._base = GATEWAY if self._cloud else SITE
        return self._http.get(f"{self._root()}{PLATFORM}/myself", accept_status=frozenset({401, 403, 404}))

    def _other_address(self, refused: Answer) -> Answer:
        """Try the token at the other address; where that fails too, the one that works stays unknown."""
        before, said = self._base, refused.headers.get("x-seraph-loginreason", "")
        if "AUTHENTICATION_DENIED" in said:
            raise AuthError(
                f"{self._host()}: Jira wants a CAPTCHA after too many failed logins",
                hint="log in once in a browser",
                status=refused.status,
            )
        self._cloud = self._cloud or self._tenant()
        if self._cloud:
            self._base = GATEWAY if before == SITE else SITE
            answer = self._myself()
            if answer.status < 400:
                return answer
            self._base = before
        raise AuthError(
            f"{self._host()}: the token is not accepted, neither at the site nor at the gateway ({refused.status})",
            hint="check user and token, and that the token has not expired (API tokens live a year at most)",
            status=refused.status,
        )

    def _host(self) -> str:
        return urlsplit(self._config.url).netloc

    # ---- the site ----

    def _site(self) -> str:
        """The cloudId, or what is left to tell the site by; no colon in it."""
        found = self._cloud if self._asked_tenant else self._tenant()
        if found:
            self._cloud = found
            return found
        info = self._server_info(f"{self._root()}{PLATFORM}/serverInfo")
        _refuse_data_center(info)
        own = info.get("serverId") or urlsplit(str(info.get("baseUrl") or self._config.url)).netloc
        return str(own).replace(":", "_")

    def _tenant(self) -> str | None:
        """The cloudId that every Cloud site tells anybody; None where the address does not serve it."""
        self._asked_tenant = True
        url = f"{self._config.url}/_edge/tenant_info"
        answer = self._http.get(url, accept_status=frozenset({400, 401, 403, 404}), authenticated=False)
        if answer.status >= 300:
            return None
        try:
            found = answer.json()
        except ValueError:  # damaged on the way: taking it for absent would give the site another identity
            found = self._http.get_json(url, authenticated=False)
        cloud = found.get("cloudId") if isinstance(found, dict) else None
        return cloud if isinstance(cloud, str) and cloud and ":" not in cloud and "/" not in cloud else None

    def _nothing_there(self) -> VendorError:
        """A 404 where the account should be: Data Center (a ConfigError), or not Jira at all."""
        _refuse_data_center(self._server_info(f"{self._config.url}/rest/api/2/serverInfo"))
        return ProtocolError(
            f"{self._host()}: there is no Jira Cloud at this address",
            hint="check url: it is the address of the site alone, such as https://acme.atlassian.net",
            status=404,
        )

    def _server_info(self, url: str) -> dict[str, Any]:
        answer = self._http.get(url, accept_status=frozenset({400, 401, 403, 404}))
        if answer.is_html or answer.status >= 300:
            return {}
        try:
            found = answer.json()
        except ValueError:
            found = self._http.get_json(url)
        return found if isinstance(found, dict) else {}


def _refuse_data_center(info: Mapping[str, Any]) -> None:
    if info.get("deploymentType") == "Server":
        raise ConfigError(
            "Jira Data Center is not built yet",
            hint="this connector reads Jira Cloud (https://NAME.atlassian.net)",
        )


def _account_of(answer: Answer, url: str) -> dict[str, Any]:
    """The account in the answer of ``/myself``; raises ProtocolError for a web page, AuthError for nobody."""
    host = urlsplit(url).netloc
    if answer.is_html:
        raise ProtocolError(
            f"{host} answered with a web page instead of data",
            hint="check url; a login page or a proxy answers there",
            status=answer.status,
        )
    try:
        me = answer.json()
    except ValueError:
        raise ProtocolError(f"{host}: /myself answered with damaged JSON", status=answer.status) from None
    if not isinstance(me, dict) or not isinstance(me.get("accountId"), str) or not me["accountId"]:
        raise AuthError(
            f"{host} answers, but as to somebody who is not logged in",
            hint="check user and token: Jira shows anonymous callers empty lists instead of refusing them",
            status=answer.status,
        )
    return me
