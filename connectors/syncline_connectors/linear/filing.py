"""Files: Linear keeps them in a store of its own, and on an issue a link to the place there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from syncline.errors import InDoubt, Invalid, NotFound, ProtocolError
from syncline.jsonvalues import identity, required, rows, text
from syncline.model import Kind, Ref, Sourced
from syncline.target import FileDraft, Outcome
from syncline_connectors.linear import documents
from syncline_connectors.linear.encode import client_id
from syncline_connectors.linear.lookup import is_id
from syncline_connectors.linear.reading import read

if TYPE_CHECKING:
    from syncline_connectors.linear.api import Api


class Filer:
    """Attaches and reads files of one workspace. ``store`` is the address of the place where they are kept."""

    def __init__(self, api: Api, site: str, store: str) -> None:
        self._api = api
        self._site = site
        self._store = store

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        """Announce a file, put it where Linear says, and link it on the issue under an id of ours."""
        name = draft.name.strip()
        if not name or any(char < " " or char in "/\\" for char in name):
            raise Invalid(f"{draft.name!r} is no name for a file", field="name")
        if not is_id(draft.subject.remote_id):
            raise NotFound(f"Linear shows no issue {draft.subject.remote_id}", status=404)
        place = self._put(name, draft)
        number = client_id(marker)
        given: dict[str, Any] = {
            "id": number,
            "issueId": draft.subject.remote_id,
            "title": name,
            "url": place,
        }
        given["metadata"] = {"size": len(draft.content), "type": draft.mime_type}
        try:
            payload = self._api.write(documents.ADD_ATTACHMENT, input=given)
            stored = sourced(required(payload.get("attachment"), "attachment"))
        except (InDoubt, Invalid, ValueError) as error:
            found = self.find(number)
            if found is None:
                raise error if not isinstance(error, ValueError) else ProtocolError(str(error)) from None
            stored = found
        ref = Ref(self._site, Kind.ATTACHMENT, stored.record.remote_id)
        return Outcome(ref, frozenset({"name", "content"}), stored=stored)

    def _put(self, name: str, draft: FileDraft) -> str:
        """The lasting address of the file, once it is there. An announcement alone leaves nothing behind."""
        asked = {"name": name, "type": draft.mime_type, "size": len(draft.content)}
        payload = self._api.write(documents.UPLOAD, idempotent=True, **asked)
        try:
            told = required(payload.get("uploadFile"), "uploadFile")
            headers = {
                identity(one.get("key"), "headers.key"): str(one.get("value"))
                for one in rows(told.get("headers"), "headers")
            }
            target, place = (identity(told.get(key), key) for key in ("uploadUrl", "assetUrl"))
            kind = text(told.get("contentType"), "contentType") or draft.mime_type
        except ValueError as error:
            raise ProtocolError(f"fileUpload: {error}") from None
        self._api.http.deposit(target, draft.content, content_type=kind, headers=headers)
        return place

    def find(self, number: str) -> Sourced | None:
        """An attachment by id, None where there is none."""
        if not is_id(number):
            return None
        for found in self._api.pages(documents.ATTACHMENTS, "attachments", {"id": {"eq": number}}):
            for row in found:
                try:
                    return sourced(row)
                except ValueError as error:
                    raise ProtocolError(f"attachment: {error}") from None
        return None

    def download(self, ref: Ref) -> bytes:
        """The bytes; raises NotFound for what is a link to elsewhere, which holds no bytes of ours."""
        found = self.find(ref.remote_id)
        if found is None:
            raise NotFound(f"Linear shows no attachment {ref.remote_id}", status=404)
        url = found.record.url or ""
        if _host(url) != _host(self._store):
            raise NotFound(f"the attachment {ref.remote_id} is a link, not a file")
        return self._api.http.get_bytes(url)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def sourced(payload: Any) -> Sourced:
    """The attachment of an answer; raises ValueError."""
    found = required(payload, "attachment")
    return Sourced(read(Kind.ATTACHMENT, found), found)
