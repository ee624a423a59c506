"""Files of a card: attaching one, reading the bytes of one."""

from __future__ import annotations

from urllib.parse import quote

from syncline.errors import InDoubt, NotFound, ProtocolError
from syncline.model import Kind, Ref, Sourced
from syncline.target import FileDraft, Outcome
from syncline_connectors.trello.api import Api, answered
from syncline_connectors.trello.backlinks import NAME
from syncline_connectors.trello.encode import line
from syncline_connectors.trello.ids import SITE, apart
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.translate import OWNER, attachment

ELSEWHERE = frozenset({301, 302, 303, 307, 308})


class Filer:
    """Attaches and reads files."""

    def __init__(self, api: Api, sender: Sender) -> None:
        self._api = api
        self._sender = sender

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        """Raises Invalid where Trello finds it too large, or its name is none."""
        name = line("name", draft.name)[:NAME]
        path = f"cards/{draft.subject.remote_id}/attachments"
        answer = self._sender.upload(path, name, draft.content, draft.mime_type)
        try:
            payload = {**answered(answer, path), OWNER: {"id": draft.subject.remote_id}}
            stored = Sourced(attachment(payload), payload)
        except (ValueError, ProtocolError) as error:
            raise InDoubt(f"a file was attached, but the answer does not tell which: {error}") from None
        ref = Ref(SITE, Kind.ATTACHMENT, stored.record.remote_id)
        return Outcome(ref, frozenset({"name", "content"}), stored=stored)

    def download(self, ref: Ref) -> bytes:
        """The bytes; raises NotFound. They are asked for at our own address, never at the one the answer names.

        Trello may hand the request on to its store with an address that needs, and gets, no credentials.
        """
        place = apart(ref.remote_id)
        if place is None:
            raise NotFound(f"{ref.remote_id} is no attachment of Trello")
        path = f"cards/{place[0]}/attachments/{place[1]}"
        told = answered(self._api.get(path), path)
        if told.get("isUpload") is not True:
            raise NotFound("this attachment is a link, not a file", hint=str(told.get("url")))
        name = quote(str(told.get("fileName") or told.get("name")), safe="")
        return self._bytes(f"{path}/download/{name}")

    def _bytes(self, path: str) -> bytes:
        answer = self._api.http.get_file(path, accept_status=ELSEWHERE)
        if answer.status not in ELSEWHERE:
            return answer.body
        return self._api.http.download(answer.headers.get("location", ""))
