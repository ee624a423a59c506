"""The writing half of the in-memory connector: what a target does, in the order in which it does it.

An update looks first, refuses what cannot or must not be written, sends the rest in one request, drops a field that the
tool refuses by name and sends again, walks the status, and looks again only where an answer was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from syncline.errors import (
    InDoubt,
    Invalid,
    NotFound,
    RecordError,
    Unsupported,
    VendorError,
    VersionConflict,
)
from syncline.http import ReadOnly
from syncline.memory_links import LINKS, write_links
from syncline.memory_tool import MemoryTool
from syncline.memory_values import (
    THEIRS,
    heard,
    json_of,
    ours,
    plain,
    printable,
    read,
    text_of,
    title_of,
    told,
    word_of,
)
from syncline.model import (
    Attachment,
    Comment,
    Kind,
    Priority,
    Record,
    Ref,
    Sourced,
    Text,
    Visibility,
)
from syncline.target import (
    FIELDS,
    LISTED,
    AddRemove,
    Change,
    CommentDraft,
    Draft,
    FileDraft,
    Move,
    Outcome,
    Removal,
    same_value,
    value_of,
)

if TYPE_CHECKING:
    from syncline.config import ConnectionConfig

WRITES = frozenset(FIELDS) | {"fields"}


@dataclass
class Tally:
    """What became of the fields of one write so far. ``wanted`` is what each shall hold."""

    wanted: dict[str, Any] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    refused: dict[str, VendorError] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)

    def outcome(self, ref: Ref, stored: Sourced | None) -> Outcome:
        return Outcome(ref, frozenset(self.applied), self.refused, stored, frozenset(self.later))


class MemoryWriting:
    """Writes to ``tool``; `syncline.memory.Memory` adds the reading."""

    tool: ClassVar[MemoryTool]
    _config: ConnectionConfig

    # ---- records ----

    def create(self, draft: Draft, marker: str) -> Outcome:
        self._may_write()
        tally, values = self._drafted(draft)
        values |= {"container": draft.container, "type": draft.type}
        while True:
            try:
                payload = told(self.tool.insert(draft.kind, values, marker))
                break
            except Invalid as error:
                name = ours(error)
                if name not in tally.wanted or name == "title":
                    raise Invalid(error.message, status=error.status, field=name) from None
                tally.refused[name] = Invalid(error.message, status=error.status, field=name)
                del values[THEIRS.get(name, name)], tally.wanted[name]
        tally.applied |= tally.wanted.keys()
        return tally.outcome(
            Ref(self.tool.site, draft.kind, payload["remote_id"]), self._sourced(draft.kind, payload)
        )

    def _drafted(self, draft: Draft) -> tuple[Tally, dict[str, Any]]:
        """The fields of a draft in the tool's words. Statuses and links are given to what exists."""
        tally = Tally()
        for name, value in draft.fields.items():
            if name == "status" or name in LINKS:
                continue
            try:
                tally.wanted[name] = self.stored_form(name, value)
            except RecordError as error:
                if name == "title":
                    raise
                tally.refused[name] = error
        return tally, self._natives({"title": None} | tally.wanted, {})

    def find_by_marker(
        self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime
    ) -> Sequence[Ref]:
        kind = _kind_of(draft)
        return [Ref(self.tool.site, kind, found) for found in heard(self.tool.marked(kind, marker))]

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        self._may_write()
        before = self._look(ref)
        tally = Tally()
        patch: dict[str, Any] = {}
        for name, change in changes.items():
            if name in LINKS:
                continue
            try:
                self._compare(name, before.record, expected)
                tally.wanted[name] = self._after(name, change, before.record)
            except RecordError as error:
                tally.refused[name] = error
                continue
            if same_value(name, value_of(before.record, name), tally.wanted[name]):
                tally.applied.add(name)
            elif not isinstance(change, Move):
                patch[name] = self._delta(name, change, tally.wanted[name])
        stored = self._send(ref, patch, before, tally) if patch else before
        move = changes.get("status")
        if isinstance(move, Move) and "status" in tally.wanted.keys() - tally.applied:
            stored = self._walk_status(ref, move, stored, tally)
        for name in LINKS & changes.keys():
            self._link(ref, name, changes[name], tally)
        return tally.outcome(ref, self._look_again(ref, tally, stored))

    def _compare(self, name: str, record: Record, expected: Mapping[str, Any]) -> None:
        if name in expected and not same_value(name, value_of(record, name), expected[name]):
            raise VersionConflict(f"memory: {name} of {record.remote_id} was changed by somebody else")

    def _after(self, name: str, change: Change, record: Record) -> Any:
        """What the field will show; raises Unsupported or Invalid."""
        if isinstance(change, Move) != (name == "status"):
            raise Unsupported("memory: a status is moved, and nothing else is")
        if isinstance(change, Move):
            if change.with_fields:
                raise Unsupported("memory: a move takes no fields")
            return change.status
        if not isinstance(change, AddRemove):
            return self.stored_form(name, change.value)
        if name not in LISTED:
            raise Unsupported(f"memory: {name} holds one value")
        add, remove = self.stored_form(name, change.add), self.stored_form(name, change.remove)
        kept = tuple(value for value in value_of(record, name) if value not in remove)
        return kept + tuple(value for value in add if value not in kept)

    def _delta(self, name: str, change: Change, value: Any) -> Any:
        """What is sent: elements to add and to remove, so that nobody's meanwhile are overwritten, or the value."""
        if not isinstance(change, AddRemove):
            return value
        return {"add": self.stored_form(name, change.add), "remove": self.stored_form(name, change.remove)}

    def _send(self, ref: Ref, patch: dict[str, Any], before: Sourced, tally: Tally) -> Sourced:
        """Send all fields in one request, again without a field that is refused by name."""
        while patch:
            try:
                payload = told(
                    self.tool.change(ref.kind, ref.remote_id, self._natives(patch, before.payload))
                )
            except Invalid as error:
                names = {ours(error)} & patch.keys() or set(patch)
                tally.refused |= {n: Invalid(error.message, status=error.status, field=n) for n in names}
                patch = {name: value for name, value in patch.items() if name not in names}
            except NotFound:
                raise
            except VendorError as error:
                tally.refused |= dict.fromkeys(patch, error)
                return before
            else:
                tally.applied |= patch.keys()
                return self._sourced(ref.kind, payload)
        return before

    def _walk_status(self, ref: Ref, move: Move, stored: Sourced, tally: Tally) -> Sourced:
        """Directly where the workflow allows it, otherwise over the path; a walk that stops half-way is refused."""
        here = value_of(stored.record, "status")
        rest = move.path[move.path.index(here) + 1 :] if here in move.path else move.path
        try:
            payload = told(self.tool.move(ref.remote_id, move.status))
        except Invalid as error:
            if not rest:
                tally.refused["status"] = error
                return stored
        except VendorError as error:
            tally.refused["status"] = error
            return stored
        else:
            tally.applied.add("status")
            return self._sourced(ref.kind, payload)
        for status in (*rest, move.status):
            try:
                stored = self._sourced(ref.kind, told(self.tool.move(ref.remote_id, status)))
            except VendorError as error:
                tally.refused["status"] = error
                return stored
        tally.applied.add("status")
        return stored

    def _link(self, ref: Ref, name: str, change: Change, tally: Tally) -> None:
        try:
            write_links(self.tool, ref, name, change)
        except VendorError as error:
            tally.refused[name] = error
        else:
            tally.applied.add(name)

    def _look_again(self, ref: Ref, tally: Tally, stored: Sourced) -> Sourced | None:
        """Where an answer was lost: what the tool shows now counts as applied, if it is what was wanted."""
        lost = {n for n, error in tally.refused.items() if isinstance(error, InDoubt)} - LINKS
        if not lost:
            return stored
        try:
            stored = self._look(ref)
        except VendorError:
            return None
        seen = {n for n in lost if same_value(n, value_of(stored.record, n), tally.wanted[n])}
        tally.applied |= seen
        tally.later |= seen
        tally.refused = {name: error for name, error in tally.refused.items() if name not in seen}
        return stored

    def remove(self, ref: Ref, how: Removal) -> None:
        self._may_write()
        try:
            if how is Removal.ARCHIVE:
                told(self.tool.archive(ref.remote_id))
            else:
                told(self.tool.destroy(ref.kind, ref.remote_id))
        except NotFound:
            return

    # ---- values ----

    def stored_form(self, field: str, value: Any) -> Any:
        if field == "title":
            return title_of(value)
        if field == "description":
            return text_of(field, value)
        if field == "priority":
            return Priority.NONE if value is None else Priority(value)
        if field in LINKS:
            return tuple(value or ())
        if field in LISTED:
            return tuple(dict.fromkeys(word_of(field, each) for each in value or ()))
        if field in WRITES and field != "fields":
            return printable(field, value) if isinstance(value, str) else value
        if field in self._config.fields:
            return value
        raise Unsupported(f"memory: no field {field}")

    def _natives(self, values: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
        """Common names and values to the tool's; company fields lie in one object of their own."""
        natives = {THEIRS.get(name, name): json_of(value) for name, value in values.items() if name in FIELDS}
        company = {name: value for name, value in values.items() if name not in FIELDS}
        return natives | ({"fields": payload.get("fields", {}) | company} if company else {})

    # ---- comments ----

    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        self._may_write()
        if draft.visibility is Visibility.PRIVATE:
            raise Unsupported("memory: nobody's comments are private")
        body = text_of("body", draft.body)
        values = {"subject": draft.subject.remote_id, "body": json_of(body), "visibility": draft.visibility}
        return self._child(Kind.COMMENT, told(self.tool.insert(Kind.COMMENT, values, marker)))

    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        self._may_write()
        now = self._comment(ref, subject)
        if expected is not None and not same_value("body", now.body, expected):
            error = VersionConflict(f"memory: comment {ref.remote_id} was changed by somebody else")
            return Outcome(ref, refused={"body": error})
        values = {"body": json_of(text_of("body", body))}
        try:
            return self._child(Kind.COMMENT, told(self.tool.change(Kind.COMMENT, ref.remote_id, values)))
        except InDoubt as error:
            if same_value("body", self._comment(ref, subject).body, body):
                return Outcome(ref, frozenset({"body"}), later=frozenset({"body"}))
            return Outcome(ref, refused={"body": error})

    def _comment(self, ref: Ref, subject: Ref) -> Comment:
        for kind, payload in self.tool.children_of(subject.remote_id):
            if kind is Kind.COMMENT and payload["remote_id"] == ref.remote_id:
                return Comment.model_validate(plain(payload))
        raise NotFound(f"memory: no comment {ref.remote_id}", status=404)

    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        self.remove(ref, Removal.DELETE)

    # ---- files ----

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        self._may_write()
        record = Attachment(
            remote_id="new",
            title=printable("name", draft.name),
            subject=draft.subject.remote_id,
            mime_type=draft.mime_type,
            size=len(draft.content),
        )
        values = record.model_dump(mode="json")
        return self._child(
            Kind.ATTACHMENT, told(self.tool.insert(Kind.ATTACHMENT, values, marker, draft.content))
        )

    def download(self, ref: Ref) -> bytes:
        return self.tool.bytes_of(ref.remote_id)

    # ---- inner ----

    def _may_write(self) -> None:
        """What ``syncline.http`` does for a connector that sends requests."""
        if self._config.access != "write":
            raise ReadOnly("memory: this connection only reads", hint='access = "write"')

    def _look(self, ref: Ref) -> Sourced:
        return self._sourced(ref.kind, heard(self.tool.get(ref.remote_id)))

    def _child(self, kind: Kind, payload: dict[str, Any]) -> Outcome:
        field = "body" if kind is Kind.COMMENT else "content"
        ref = Ref(self.tool.site, kind, payload["remote_id"])
        return Outcome(ref, frozenset({field}), stored=self._sourced(kind, payload))

    def _sourced(self, kind: Kind, payload: Mapping[str, Any]) -> Sourced:
        return Sourced(read(kind, payload), dict(payload))


def _kind_of(draft: Draft | CommentDraft | FileDraft) -> Kind:
    if isinstance(draft, Draft):
        return draft.kind
    return Kind.COMMENT if isinstance(draft, CommentDraft) else Kind.ATTACHMENT
