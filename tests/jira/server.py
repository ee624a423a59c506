"""A Jira Data Center to read, and a connector on it."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from pydantic import SecretStr
from tests.jira import lab
from tests.jira.lab import Wire, described_body
from tests.simulator.schema import SPECS, Mismatch, check_request

from syncline.sim.app import SimRequest
from syncline.sim.clock import SimClock
from syncline_connectors.jira.simulator import Face, JiraSimulator, Server

HOST, CONTEXT = "https://jira.example.com", "/jira"
URL = HOST + CONTEXT
TOKEN = "access-token"

OWN = {
    "search": {"jql", "startAt", "maxResults", "fields", "expand", "validateQuery"},
    "myself": set(),
    "serverInfo": set(),
    "project": set(),
    "user": {"key", "username"},
    "user/search": {"username", "startAt", "maxResults", "includeActive", "includeInactive"},
    "user/list": {"cursor", "maxResults"},
}
"""Addresses whose parameters differ from Cloud's, from Atlassian's "Jira Data Center REST API" 9.12 and 11.0."""
_FILES = "/secure/attachment/"
"""Where the bytes of files are, outside the API."""
_ARCHIVE = re.compile(r"issue/\d+/archive")
"""Data Center archives one issue at a time, Cloud a list of them."""
_UNDESCRIBED = ("/_edge/tenant_info", "/rest/applinks/1.0/manifest", "/rest/api/3/myself")


def data_center(clock: SimClock, server: Server | None = None, **keys: Any) -> JiraSimulator:
    """A calm instance with one project, ENG, and Mia, whose access token and password work there."""
    server = server or Server(context=CONTEXT)
    made = JiraSimulator(
        clock, site_url=HOST, face=Face.DATA_CENTER, server=server, **({"calm": True} | keys)
    )
    mia = made.add_user("Mia Example", email="mia@acme.example", username="mia")
    made.add_project("ENG", "Engineering", lead=mia)
    made.add_token(mia, TOKEN)
    made.add_password(mia, "secret-password")
    return made


connecting = partial(lab.connecting, url=URL, token=SecretStr(TOKEN))
"""Makes connectors to it, with Mia's access token."""


def check_sent(request: SimRequest, context: str = CONTEXT) -> None:
    """Raise Mismatch unless Data Center knows the request: as Cloud's description where both agree, else by `OWN`."""
    path = request.path.removeprefix(context)
    if path in _UNDESCRIBED or path.startswith(_FILES) or not SPECS.is_dir():
        return
    name = re.sub(r"^/rest/api/2/", "", path)
    if name in OWN:
        body = request.json() if request.body else {}
        given = {key for key, _ in request.query} | set(body)
        if not given <= OWN[name]:
            raise Mismatch(f"{name} takes no {sorted(given - OWN[name])}")
        return
    if request.method == "PUT" and _ARCHIVE.fullmatch(name):
        if request.body or request.query:
            raise Mismatch(f"{name} takes nothing")
        return
    same = path.replace("/rest/api/2/", "/rest/api/3/")
    check_request(request.method, same, request.query, described_body(request))


def paths(wire: Wire) -> list[str]:
    return [request.path.removeprefix(CONTEXT) for request in wire.sent]
