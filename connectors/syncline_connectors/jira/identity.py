"""Who we are and where: which Jira this is, the address that accepts the token, the account, the site.

A classic API token works at the site; scoped tokens and service accounts only behind the gateway, where the site itself
answers 401. Jira Cloud answers anonymous callers too, with 200 and nothing in it, so the account id is what proves us.
Cloud is asked first; where it is not, the server is asked what it is, and the answer is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from syncline.connector import Account
from syncline.errors import AuthError, ConfigError, ProtocolError, TransientError, VendorError
from syncline_connectors.jira import server
from syncline_connectors.jira.api import Api
from syncline_connectors.jira.config import JiraConfig
from syncline_connectors.jira.dialect import CLOUD, DATA_CENTER, Dialect

if TYPE_CHECKING:
    from syncline.http import Answer, Http

SITE, GATEWAY = "site", "gateway"
_REFUSED = frozenset({401, 403, 404})


class Identity:
    """Finds the right address once and remembers it. ``memo`` is what the last `Account` told to remember."""

    def __init__(self, config: JiraConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config
        self._http = http
        known = memo if memo.get("url") == config.url else {}
        self._known = bool(known)
        self._base = known.get("base", SITE)
        self._cloud = known.get("cloud")
        self._evidence = known.get("evidence")
        self._account, self._name = known.get("account"), known.get("name")
        self._heard = self._missed = False
        self._me: dict[str, Any] | None = None
        self._info: dict[str, Any] | None = None
        self._asked_tenant = False
        self.dialect: Dialect = DATA_CENTER if known.get("dialect") == DATA_CENTER.name else CLOUD
        """Which Jira this is; certain once proven."""
        self.server_time: datetime | None = None
        """The vendor's clock at the last proof."""

    @property
    def api(self) -> Api:
        """Calls to the address that is believed to work."""
        return Api(self._http, self._root(), self.dialect, lambda: self.server_time)

    @property
    def settled(self) -> bool:
        """Whether it is known which Jira this is, from an earlier run or from this one."""
        return self._known or self.proven

    @property
    def vouched(self) -> bool | None:
        """Whether every answer so far named our account; None where answers do not tell."""
        return self._heard and not self._missed if self.will_tell else None

    @property
    def will_tell(self) -> bool:
        """Whether answers can be held against an account that has been proven, by this run or an earlier one."""
        return self._account is not None and self.dialect is CLOUD

    def hear(self, answer: Answer) -> None:
        """Whom an answer was given to: Cloud names the account in ``X-AAccountId``, and nobody where we are nobody.

        Source: Atlassian, "Jira Cloud platform REST API", special headers.
        """
        named = unquote(answer.headers.get("x-aaccountid", ""))
        if self.will_tell and named == self._account:
            self._heard = True
            self.server_time = self.server_time or answer.server_time
        else:
            self._missed = True

    @property
    def proven(self) -> bool:
        return self._me is not None

    def prove(self) -> None:
        """Ask who we are; raises AuthError for wrong or anonymous credentials, ConfigError for another Jira."""
        answer = self._at_server() if self.dialect is DATA_CENTER else self._at_cloud()
        self._me = _account_of(answer, self._host(), self.dialect)
        self.server_time = answer.server_time
        if self.dialect is CLOUD:
            self._account = _user_id(self._me, CLOUD)
            self._heard, self._missed = True, False

    def account(self, memo: Mapping[str, str]) -> Account:
        """Who and where; proves first where that has not been done. ``memo`` is kept beside what we remember."""
        if self._me is None and self.vouched:
            self._me = {"accountId": self._account, "displayName": self._name}
        if self._me is None:
            self.prove()
        me = self._me or {}
        site = self._site()
        number = _user_id(me, self.dialect)
        return Account(
            site=site,
            site_name=urlsplit(self._config.url).hostname or self._config.url,
            user_id=str(number),
            user_name=str(me.get("displayName") or number),
            url=self._config.url,
            memo={**self._memo(), **memo},
        )

    def _memo(self) -> dict[str, str]:
        """What saves the next run from asking: it holds for this address only."""
        if self.dialect is DATA_CENTER:
            kept = {"dialect": self.dialect.name, "evidence": self._evidence}
        else:
            me = self._me or {}
            number = _user_id(me, self.dialect)
            kept = {
                "base": self._base,
                "cloud": self._cloud,
                "account": number,
                "name": me.get("displayName"),
            }
        return {"url": self._config.url, **{name: value for name, value in kept.items() if value}}

    # ---- which Jira ----

    def _at_cloud(self) -> Answer:
        """The answer to who we are, where this is Cloud or has not been found out."""
        answer = self._myself()
        if answer.status in (401, 403):
            answer = self._other_address(answer)
        elsewhere = answer.status == 404 or (self.dialect is CLOUD and answer.is_html)
        if elsewhere and self._is_server():
            return self._at_server()
        if answer.status == 404:
            raise self._nothing_there()
        return answer

    def _at_server(self) -> Answer:
        """The answer to who we are, at a Jira of one's own."""
        if self._known and self.dialect is CLOUD:
            raise self._moved("Jira Cloud", "Jira Data Center")
        self.dialect = DATA_CENTER
        answer = self._http.get(self._config.url + server.MYSELF, accept_status=_REFUSED)
        if answer.status in (401, 403):
            raise server.refused(answer, self._host())
        if answer.status == 404:
            raise self._nothing_there()
        if self._known and _is_cloud_account(answer):
            raise self._moved("Jira Data Center", "Jira Cloud")
        return answer

    def _is_server(self, *, authenticated: bool = True) -> bool:
        self._info = server.server_info(
            self._http, self._config.url + server.INFO, authenticated=authenticated
        )
        return server.is_data_center(self._info)

    def _moved(self, before: str, now: str) -> ConfigError:
        return ConfigError(
            f"{self._host()}: {before} was here, now it is {now}: another site",
            hint="give the new site a connection of its own",
        )

    # ---- addresses ----

    def _root(self) -> str:
        return self._config.url if self._base == SITE else f"{self._config.gateway}/ex/jira/{self._cloud}"

    def _myself(self) -> Answer:
        if self._base == GATEWAY and not self._cloud:
            self._cloud = self._tenant()
            self._base = GATEWAY if self._cloud else SITE
        return self._http.get(f"{self._root()}{CLOUD.platform}/myself", accept_status=_REFUSED)

    def _other_address(self, refused: Answer) -> Answer:
        """Try the token at the other address; where that fails too, the one that works stays unknown."""
        before = self._base
        if server.wants_captcha(refused):
            raise server.captcha(refused, self._host())
        self._cloud = self._cloud or self._tenant_unless_server()
        if self._cloud:
            answer = self._there(GATEWAY if before == SITE else SITE, refused)
            if answer.status < 400:
                return answer
            self._base = before
        elif self._is_server(authenticated=False):
            if refused.status == 401:
                raise server.refused(refused, self._host())
            return self._at_server()
        raise AuthError(
            f"{self._host()}: the token is not accepted, neither at the site nor at the gateway ({refused.status})",
            hint="check user and token, and that the token has not expired (API tokens live a year at most)",
            status=refused.status,
        )

    def _there(self, other: str, refused: Answer) -> Answer:
        """Who we are at the other address; where that cannot be reached, the refusal is what there is to tell."""
        before, self._base = self._base, other
        try:
            return self._myself()
        except TransientError as error:
            self._base = before
            raise AuthError(
                f"{self._host()}: the token is not accepted at the {before} ({refused.status}), and the {other} "
                f"does not answer ({error.message})",
                hint="check user and token, and that the token has not expired (API tokens live a year at most)",
                status=refused.status,
            ) from None

    def _host(self) -> str:
        return urlsplit(self._config.url).netloc

    # ---- the site ----

    def _site(self) -> str:
        """The cloudId, or what is left to tell the site by; no colon in it."""
        if self.dialect is DATA_CENTER:
            return self._own_site()
        found = self._cloud if self._asked_tenant else self._tenant()
        if found:
            self._cloud = found
            return found
        info = server.server_info(self._http, f"{self._root()}{CLOUD.platform}/serverInfo")
        own = info.get("serverId") or urlsplit(str(info.get("baseUrl") or self._config.url)).netloc
        return str(own).replace(":", "_")

    def ask_site(self) -> None:
        """Ask now what tells a site on Cloud; `account` then need not."""
        if not self._asked_tenant:
            self._cloud = self._tenant() or self._cloud

    def _own_site(self) -> str:
        """What tells the server; only what that needs is asked."""
        if self._info is None and self._evidence in (None, server.SERVER_ID):
            self._is_server()
        found, evidence = server.own_identity(self._http, self._config.url, self._info or {}, self._evidence)
        self._evidence = self._evidence or evidence
        return found

    def _tenant_unless_server(self) -> str | None:
        """The cloudId; None where there is none, or where a server sends everybody to its login page."""
        try:
            return self._tenant()
        except ProtocolError:
            if self._is_server(authenticated=False):
                return None
            raise

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
        """A 404 where the account should be: not Jira at all."""
        return ProtocolError(
            f"{self._host()}: there is no Jira at this address",
            hint="check url: it is the address of the site alone, such as https://acme.atlassian.net",
            status=404,
        )


def _user_id(me: Mapping[str, Any], dialect: Dialect) -> str | None:
    """What an account is known by: on Cloud the account id, else the key, which outlives renaming, else the name."""
    names = ("accountId",) if dialect is CLOUD else ("key", "name")
    found = (me.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)


def _is_cloud_account(answer: Answer) -> bool:
    """Whether it is Cloud that tells who we are: its accounts have no key and no name."""
    try:
        me = answer.json()
    except ValueError:
        return False
    return isinstance(me, dict) and "accountId" in me and _user_id(me, DATA_CENTER) is None


def _account_of(answer: Answer, host: str, dialect: Dialect) -> dict[str, Any]:
    """The account in the answer of ``/myself``; raises ProtocolError for a web page, AuthError for nobody."""
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
    if not isinstance(me, dict) or _user_id(me, dialect) is None:
        raise AuthError(
            f"{host} answers, but as to somebody who is not logged in",
            hint="check user and token: Jira shows anonymous callers empty lists instead of refusing them",
            status=answer.status,
        )
    return me
