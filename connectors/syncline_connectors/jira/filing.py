"""Files of an issue: attaching one, reading the bytes of one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from syncline.errors import InDoubt, Invalid, ProtocolError
from syncline.model import Kind, Ref, Sourced
from syncline.target import FileDraft, Outcome
from syncline_connectors.jira.api import Api, answered
from syncline_connectors.jira.children import context, ride
from syncline_connectors.jira.dialect import CLOUD
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.sending import Sender, accepted, body_of
from syncline_connectors.jira.shapes import LINE, checked
from syncline_connectors.jira.values import required

FORBIDDEN = '/\\:*?"<>|'
"""Characters that Jira takes for a path, or that a browser would change in the name of a file."""
STORED = "/secure/"
"""Where the address of an attachment begins after the site's own, which may differ from the one we use."""


class Filer:
    """Attaches and reads files of one site's issues."""

    def __init__(self, api: Api, reader: Reader, site: str) -> None:
        self._api = api
        self._sender = Sender(api)
        self._reader = reader
        self._site = site

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        """Raises Invalid where Jira finds it too large, or its name is none."""
        name = checked("name", draft.name, LINE)
        if not name.strip() or any(char in FORBIDDEN for char in name):
            raise Invalid(f"{name!r} is no name for a file in Jira", field="name")
        path = f"issue/{draft.subject.remote_id}"
        owner = context(answered(self._api.get(path, fields="project"), path))
        answer = self._sender.upload(f"{path}/attachments", name, draft.content, draft.mime_type)
        rows = body_of(accepted(answer, "content"), "attachments")
        try:
            [row] = rows
            payload = ride(Kind.ATTACHMENT, required(row, "attachments"), owner)
            stored = Sourced(self._reader.read(Kind.ATTACHMENT, payload), payload)
        except (TypeError, ValueError) as error:
            raise InDoubt(f"a file was attached, but the answer does not tell which: {error}") from None
        ref = Ref(self._site, Kind.ATTACHMENT, stored.record.remote_id)
        return Outcome(ref, frozenset({"name", "content"}), stored=stored)

    def download(self, ref: Ref) -> bytes:
        """The bytes; raises NotFound. They are asked for at our own address, never at the one the answer names."""
        if self._api.dialect is CLOUD:
            path = self._api.address(f"attachment/content/{ref.remote_id}")
            return self._api.http.get_bytes(path, params={"redirect": "false"})
        told: Any = answered(self._api.get(f"attachment/{ref.remote_id}"), "attachment").get("content")
        path = urlsplit(str(told)).path
        if STORED not in path:
            raise ProtocolError(f"attachment {ref.remote_id}: an address that makes no sense")
        return self._api.http.get_bytes(self._api.root + path[path.index(STORED) :])
