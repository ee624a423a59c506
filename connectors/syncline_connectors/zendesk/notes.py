"""Comments and files: internal notes, sent once. Zendesk's own default is that a comment is public, so each says
so.

A comment is added by an update of its ticket, which adds it as often as it is sent: it is never sent again, but
looked for, by the marker in the metadata of its audit, else by who wrote the same words when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from syncline.errors import (
    AccessDenied,
    AuthError,
    InDoubt,
    Invalid,
    NotFound,
    ProtocolError,
    Unsupported,
)
from syncline.jsonvalues import Json, instant
from syncline.model import Comment, Kind, Ref, Text, Visibility
from syncline.pages import PageDraft
from syncline.target import CommentDraft, FileDraft, Outcome, same_value
from syncline_connectors.zendesk.api import Api
from syncline_connectors.zendesk.assemble import Assembler
from syncline_connectors.zendesk.encode import checked, html
from syncline_connectors.zendesk.history import entries, is_comment
from syncline_connectors.zendesk.sending import Refusal, Sender, body_of
from syncline_connectors.zendesk.translate import LINK
from syncline_connectors.zendesk.updating import Tickets

if TYPE_CHECKING:
    from syncline.http import Answer

MARK = "syncline"
"""The key of our marker in an audit's metadata."""
EARLIER = timedelta(hours=1)
"""Looked for before the time asked for: the vendor's clock is not ours."""
UPLOADS = 2
"""How often a file is put where a comment takes it from; one that no comment takes is gone after an hour."""
_NEVER = "a comment of Zendesk cannot be {} by an application"


class Notes:
    """Writes comments and files of one account. ``me`` is the id of the account that writes."""

    def __init__(
        self,
        api: Api,
        sender: Sender,
        tickets: Tickets,
        assembler: Assembler,
        *,
        site: str,
        me: str,
        to_customers: bool,
    ) -> None:
        self._api = api
        self._sender = sender
        self._tickets = tickets
        self._assembler = assembler
        self._site = site
        self._me = me
        self._to_customers = to_customers

    # ---- comments ----

    def add(self, draft: CommentDraft, marker: str) -> Outcome:
        """Make a comment; raises Unsupported where its visibility cannot be kept."""
        self._permit(draft.visibility)
        body = html("body", draft.body)
        public = draft.visibility is Visibility.CUSTOMER
        number = self._tickets.read(draft.subject.remote_id).ticket.remote_id
        told = self._sent(number, {"html_body": body, "public": public}, marker, "body")
        self._must_be_kept(number, told, public=public)
        page = self._page(number, told)
        comment = next((item for item in page.records if item.record.kind is Kind.COMMENT), None)
        ref = Ref(self._site, Kind.COMMENT, str(told["id"]))
        return Outcome(ref, frozenset({"body"}), stored=comment)

    def _permit(self, visibility: Visibility) -> None:
        if visibility is Visibility.PRIVATE:
            raise Unsupported("a comment of Zendesk cannot be kept to its author")
        if visibility is Visibility.CUSTOMER and not self._to_customers:
            raise Unsupported(
                "this connection writes nothing that customers read", hint="customer_visible = true allows it"
            )

    def edit(self, ref: Ref, subject: Ref, body: Text, expected: Text | None) -> Outcome:
        raise Unsupported(_NEVER.format("changed"), hint="write another one")

    def remove(self, ref: Ref, subject: Ref) -> None:
        raise Unsupported(_NEVER.format("taken away"), hint="a person can redact it in Zendesk")

    def _sent(self, number: str, comment: Json, marker: str, field: str) -> dict[str, Any]:
        """Add a comment; what the answer's audit tells of it."""
        wanted = {"comment": comment, "metadata": {MARK: marker}}
        answer = self._sender.put(number, wanted, idempotent=False)
        if isinstance(answer, Refusal):
            raise answer.error(field)
        told = _commented(answer)
        if told is None:
            raise InDoubt(f"the comment on ticket {number} was made, but the answer does not tell which")
        return told

    def _must_be_kept(self, number: str, told: Json, *, public: bool) -> None:
        """Hide a comment at once that Zendesk shows to customers although it was told not to."""
        if public or told.get("public") is False:
            return
        self._sender.hide(number, str(told["id"]))
        raise Unsupported(
            "Zendesk showed the note to customers; it was hidden at once", hint="tell the administrator"
        )

    def _page(self, number: str, told: Json) -> PageDraft:
        draft = PageDraft()
        self._assembler.comment(draft, number, told)
        return draft

    # ---- files ----

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        """Raises Invalid where Zendesk finds it too large, or its name is none."""
        name = checked("name", draft.name)
        if not name.strip() or "/" in name or "\\" in name:
            raise Invalid(f"{name!r} is no name for a file", field="name")
        number = self._tickets.read(draft.subject.remote_id).ticket.remote_id
        token = self._uploaded(draft)
        note = {"body": f"File: {name}", "public": False, "uploads": [token]}
        told = self._sent(number, note, marker, "content")
        self._must_be_kept(number, told, public=False)
        files = [item for item in self._page(number, told).records if item.record.kind is Kind.ATTACHMENT]
        given = [row for row in told.get("attachments") or () if isinstance(row, dict)]
        if not given:
            raise InDoubt(f"the file was sent to ticket {number}, but the answer does not show it")
        ref = Ref(self._site, Kind.ATTACHMENT, str(given[0].get("id")))
        return Outcome(ref, frozenset({"name", "content"}), stored=files[0] if files else None)

    def _uploaded(self, draft: FileDraft) -> str:
        """The token of the file. Without an answer it is sent again: what no comment takes harms nobody."""
        for left in reversed(range(UPLOADS)):
            try:
                answer = self._sender.upload(draft.name, draft.content, draft.mime_type)
                if isinstance(answer, Refusal):
                    raise answer.error("content")
                upload = body_of(answer, "the file").get("upload")
                if isinstance(upload, dict) and isinstance(upload.get("token"), str):
                    return str(upload["token"])
                raise InDoubt("the file was sent, but the answer does not show it")
            except InDoubt:
                if not left:
                    raise
        raise ProtocolError("uploads: no answer")

    def download(self, ref: Ref) -> bytes:
        """The bytes; raises NotFound. Asked for without credentials where that is enough: files lie at other hosts."""
        if ref.remote_id.startswith(LINK):
            raise NotFound(f"{ref.remote_id} is a link, and has no bytes")
        row = self._api.get(f"attachments/{ref.remote_id}").get("attachment")
        url = row.get("content_url") if isinstance(row, dict) else None
        if not isinstance(url, str):
            raise ProtocolError(f"attachment {ref.remote_id}: an answer without an address")
        try:
            return self._api.http.download(url)
        except (AuthError, AccessDenied, NotFound):
            return self._api.http.get_bytes(url)  # private attachments; only at our own address

    # ---- looking for what was sent ----

    def find(self, marker: str, draft: CommentDraft | FileDraft, since: datetime) -> list[Ref]:
        """Comments or files that bear the marker; where the audits bear none, those that say the same by us since."""
        number = draft.subject.remote_id
        try:
            audits = self._api.audits(number)
        except NotFound:
            return []
        marked = {str(audit.get("id")): _marker(audit) for audit in audits}
        said = [
            {**entry, "created_at": audit.get("created_at"), "audit_id": audit.get("id")}
            for audit in audits
            for entry in entries(audit)
            if is_comment(entry)
        ]
        mine = [row for row in said if marked.get(str(row["audit_id"])) == marker]
        if not mine:
            unmarked = [row for row in said if marked.get(str(row["audit_id"])) is None]
            mine = [row for row in unmarked if self._is_ours(row, since - EARLIER) and self._says(row, draft)]
        return list(self._refs(mine, draft))

    def _is_ours(self, row: Json, since: datetime) -> bool:
        made = instant(row.get("created_at"), "created_at")
        return str(row.get("author_id")) == self._me and made is not None and made >= since

    def _says(self, row: Json, draft: CommentDraft | FileDraft) -> bool:
        if isinstance(draft, FileDraft):
            return any(_is_file(file, draft) for file in row.get("attachments") or ())
        found = self._read(row, draft.subject.remote_id)
        public = draft.visibility is Visibility.CUSTOMER
        if not isinstance(found, Comment) or row.get("public") is not public:
            return False
        return same_value("body", found.body, draft.body)

    def _read(self, row: Json, number: str) -> Any:
        try:
            return self._assembler.read(Kind.COMMENT, {**row, "ticket_id": number})
        except ValueError:
            return None

    def _refs(self, rows: list[dict[str, Any]], draft: CommentDraft | FileDraft) -> Iterator[Ref]:
        for row in rows:
            if isinstance(draft, CommentDraft):
                yield Ref(self._site, Kind.COMMENT, str(row.get("id")))
                continue
            for file in row.get("attachments") or ():
                if _is_file(file, draft):
                    yield Ref(self._site, Kind.ATTACHMENT, str(file.get("id")))


def _commented(answer: Answer) -> dict[str, Any] | None:
    """The comment that an update made, with the time of its audit."""
    audit = body_of(answer, "the comment").get("audit")
    if not isinstance(audit, dict):
        return None
    for entry in entries(audit):
        if is_comment(entry) and entry.get("id") is not None:
            return {**entry, "created_at": audit.get("created_at"), "audit_id": audit.get("id")}
    return None


def _marker(audit: Json) -> str | None:
    metadata = audit.get("metadata")
    custom: Any = metadata.get("custom") if isinstance(metadata, dict) else None
    found = custom.get(MARK) if isinstance(custom, Mapping) else None
    return found if isinstance(found, str) else None


def _is_file(file: Any, draft: FileDraft) -> bool:
    if not isinstance(file, dict):
        return False
    return bool(file.get("file_name") == draft.name and file.get("size") == len(draft.content))
