"""What a Jira of one's own (Server, Data Center) says of itself, and what tells it from any other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from syncline.errors import AuthError
from syncline_connectors.jira.dialect import DATA_CENTER

if TYPE_CHECKING:
    from syncline.http import Answer, Http

MYSELF = f"{DATA_CENTER.platform}/myself"
INFO = f"{DATA_CENTER.platform}/serverInfo"
MANIFEST = "/rest/applinks/1.0/manifest"

SERVER_ID, APPLICATION_ID, ADDRESS = "serverId", "applicationId", "address"
"""What a server is told by, the best first. Once chosen it stays, or an upgrade would make it another site."""

_NOT_SHOWN = frozenset({400, 401, 403, 404, 406})
_ID = re.compile(rb"<id>\s*([0-9A-Za-z-]+)\s*</id>")


def server_info(http: Http, url: str, *, authenticated: bool = True) -> dict[str, Any]:
    """The answer of ``serverInfo``; empty where there is none. Anybody may ask."""
    answer = http.get(url, accept_status=_NOT_SHOWN, authenticated=authenticated)
    if answer.is_html or answer.status >= 300:
        return {}
    try:
        found = answer.json()
    except ValueError:
        found = http.get_json(url, authenticated=authenticated)
    return found if isinstance(found, dict) else {}


def is_data_center(info: Mapping[str, Any]) -> bool:
    """Whether ``serverInfo`` is that of a Server or Data Center; ``deploymentType`` is missing before Jira 7."""
    kind = info.get("deploymentType")
    return kind == "Server" or (kind is None and isinstance(info.get("versionNumbers"), list))


def own_identity(http: Http, url: str, info: Mapping[str, Any], evidence: str | None) -> tuple[str, str]:
    """What tells this server from any other, and by which evidence. No colon in it.

    ``serverInfo`` of some versions holds a serverId; the id of the application links' manifest is as old as Jira 4.3
    and does not change with the address. ``baseUrl`` is not used: two servers may both say http://localhost:8080.
    """
    if evidence in (None, SERVER_ID):
        found = info.get("serverId")
        if isinstance(found, str) and found:
            return _plain(found), SERVER_ID
    if evidence in (None, SERVER_ID, APPLICATION_ID):
        found = _application_id(http, url)
        if found:
            return _plain(found), APPLICATION_ID
    parts = urlsplit(url)
    return _plain(parts.netloc + parts.path), ADDRESS


def refused(answer: Answer, host: str) -> AuthError:
    """The error for credentials that a server does not take."""
    if wants_captcha(answer):
        return captcha(answer, host)
    return AuthError(
        f"{host}: Jira Data Center does not accept the credentials ({answer.status})",
        hint="give a personal access token as token and no user, or user and password; the token may have expired",
        status=answer.status,
    )


def wants_captcha(answer: Answer) -> bool:
    said = answer.headers.get("x-seraph-loginreason", "")
    why = answer.headers.get("x-authentication-denied-reason", "")
    return "AUTHENTICATION_DENIED" in said or "CAPTCHA" in why.upper()


def captcha(answer: Answer, host: str) -> AuthError:
    return AuthError(
        f"{host}: Jira wants a CAPTCHA after too many failed logins",
        hint="log in once in a browser",
        status=answer.status,
    )


def _application_id(http: Http, url: str) -> str | None:
    """The id in the application links' manifest, which is JSON or XML; None where it is not shown."""
    answer = http.get(url + MANIFEST, accept_status=_NOT_SHOWN)
    if answer.is_html or answer.status >= 300:
        return None
    try:
        found = answer.json()
    except ValueError:
        match = _ID.search(answer.body)
        return match[1].decode() if match else None
    number = found.get("id") if isinstance(found, dict) else None
    return number if isinstance(number, str) and number else None


def _plain(found: str) -> str:
    return found.replace(":", "_").replace("/", "_")
