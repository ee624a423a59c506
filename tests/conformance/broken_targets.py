"""Targets with one seeded fault each, the check that is there for it, and what the check says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncline.connector import Capabilities
from syncline.errors import (
    AccessDenied,
    Invalid,
    NotFound,
    TransientError,
    VendorError,
)
from syncline.memory import Memory
from syncline.model import Kind, Priority, Record, Ref, Text, Visibility
from syncline.target import (
    AddRemove,
    Change,
    CommentDraft,
    Draft,
    FileDraft,
    Move,
    Outcome,
    Removal,
    Set,
    value_of,
)
from syncline.testing import WritingCheck, children, creating, linking, moving, updating


def declaring(**changes: Any) -> Capabilities:
    return replace(Memory.capabilities, **changes)


# ---- creating ------------------------------------------------------------------------------------------------------


class DeclaresColours(Memory):
    capabilities = declaring(writes=Memory.capabilities.writes | {"colour"})


class WritesAlways(Memory):
    def _may_write(self) -> None:
        pass


class WritesWhenAskedForTheTime(Memory):
    def fetch(self, refs: Sequence[Ref]) -> Any:
        for ref in refs:
            if ref.remote_id in self.tool.issues:
                self.tool.change(ref.kind, ref.remote_id, {})
        return super().fetch(refs)


class CreatesTwice(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        super().create(draft, marker)
        return super().create(draft, marker)


class ForgetsTheDescription(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        rest = {name: value for name, value in draft.fields.items() if name != "description"}
        outcome = super().create(replace(draft, fields=rest), marker)
        return replace(outcome, applied=outcome.applied | {"description"})


class LeavesNoMarker(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        return super().create(draft, "")


class FindsByTitle(Memory):
    def find_by_marker(
        self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime
    ) -> Sequence[Ref]:
        if not isinstance(draft, Draft):
            return super().find_by_marker(marker, draft, since)
        alike = [key for key, row in self.tool.issues.items() if row["title"] == draft.fields["title"]]
        return [Ref(self.tool.site, draft.kind, key) for key in alike]


class TriesCreatesAgain(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        try:
            return super().create(draft, marker)
        except TransientError:
            return super().create(draft, marker)


class SwallowsFailures(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        try:
            return super().create(draft, marker)
        except VendorError as error:
            if isinstance(error, Invalid):
                raise
            return Outcome(Ref(self.tool.site, draft.kind, "issue-1"), frozenset(draft.fields))


class NamesNoField(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        try:
            return super().create(draft, marker)
        except Invalid as error:
            if error.field in ("container", "type"):
                raise
            raise Invalid(error.message) from None


class DefaultsTheType(Memory):
    def create(self, draft: Draft, marker: str) -> Outcome:
        known = draft.type in self.tool.rules.types
        return super().create(draft if known else replace(draft, type="Task"), marker)


# ---- updating ------------------------------------------------------------------------------------------------------


class ReplacesTheWhole(Memory):
    """Sends a full record, empty where nothing was named."""

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        emptied = (
            {} if "labels" in changes or ref.remote_id not in self.tool.issues else {"labels": Set(None)}
        )
        outcome = super().update(ref, {**changes, **emptied}, expected)
        return replace(outcome, applied=outcome.applied - emptied.keys())


class AnswersWithThePast(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        before = self._look(ref)
        return replace(super().update(ref, changes, expected), stored=None if "status" in changes else before)


class DropsUnknownFields(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        outcome = super().update(ref, changes, expected)
        told = {name: e for name, e in outcome.refused.items() if "no field" not in e.message}
        return replace(outcome, refused=told)


class ExpectsNothing(Memory):
    def _compare(self, name: str, record: Record, expected: Mapping[str, Any]) -> None:
        pass


class WritesEqualValues(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        if "due_on" in changes and ref.remote_id in self.tool.issues:
            self.tool.change(ref.kind, ref.remote_id, {})
        return super().update(ref, changes, expected)


class SetsWhatItShouldAdd(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        sets = {
            n: Set(c.add) if n == "labels" and isinstance(c, AddRemove) else c for n, c in changes.items()
        }
        return super().update(ref, sets, expected)


class NeverClears(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        kept = {n: c for n, c in changes.items() if c != Set(None)}
        outcome = super().update(ref, kept, expected)
        return replace(outcome, applied=outcome.applied | changes.keys() - kept.keys())


class RoundsThePriority(Memory):
    """The tool has two priorities, and the connector does not say so."""

    def _natives(self, values: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
        coarse = {n: Priority.MEDIUM if v == Priority.LOW else v for n, v in values.items()}
        return super()._natives(coarse, payload)


class StoresWithAStamp(Memory):
    def stored_form(self, field: str, value: Any) -> Any:
        form = super().stored_form(field, value)
        return f"{form} (copied)" if field == "severity" else form


class CutsLongTitles(Memory):
    def stored_form(self, field: str, value: Any) -> Any:
        return super().stored_form(field, value[:255] if field == "title" else value)


class AllOrNothing(Memory):
    """One field that is refused stops the others."""

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        hidden = (
            self.tool.rules.off_screen.get(self._look(ref).payload["container"], frozenset()) & changes.keys()
        )
        if hidden:
            error = Invalid("not on the screen", field=min(hidden))
            return Outcome(ref, refused=dict.fromkeys(changes, error))
        return super().update(ref, changes, expected)


class SaysInvalidForGone(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        try:
            return super().update(ref, changes, expected)
        except NotFound as error:
            return Outcome(ref, refused=dict.fromkeys(changes, error))


class SaysInvalidForForbidden(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        outcome = super().update(ref, changes, expected)
        told = {
            n: Invalid("refused", field=n) if isinstance(e, AccessDenied) else e
            for n, e in outcome.refused.items()
        }
        return replace(outcome, refused=told)


class SplitsLabelsAtLineBreaks(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        change = changes.get("labels")
        if isinstance(change, Set) and "\n" in "".join(change.value or ()):
            split = {"labels": Set(tuple(part for word in change.value for part in word.split("\n")))}
            return super().update(ref, {**changes, **split}, expected)
        return super().update(ref, changes, expected)


class TakesSilenceForYes(Memory):
    def _send(self, ref: Ref, patch: dict[str, Any], before: Any, tally: Any) -> Any:
        stored = super()._send(ref, patch, before, tally)
        if all(isinstance(error, TransientError) for error in tally.refused.values()):
            tally.applied |= tally.refused.keys()
            tally.refused.clear()
        return stored


class ArchivesByDeleting(Memory):
    def remove(self, ref: Ref, how: Removal) -> None:
        super().remove(ref, Removal.DELETE)


class DeletesOnlyOnce(Memory):
    def remove(self, ref: Ref, how: Removal) -> None:
        if how is Removal.DELETE and ref.kind is Kind.ISSUE and ref.remote_id not in self.tool.issues:
            raise NotFound("gone already")
        super().remove(ref, how)


# ---- moving --------------------------------------------------------------------------------------------------------


class MovesInWordsOnly(Memory):
    def _walk_status(self, ref: Ref, move: Move, stored: Any, tally: Any) -> Any:
        if move.path or move.status != "Doing":
            return super()._walk_status(ref, move, stored, tally)
        tally.applied.add("status")
        return stored


class IgnoresThePath(Memory):
    def _walk_status(self, ref: Ref, move: Move, stored: Any, tally: Any) -> Any:
        known = move.status == "Done"
        return super()._walk_status(ref, replace(move, path=()) if known else move, stored, tally)


class HopsBlindly(Memory):
    def _walk_status(self, ref: Ref, move: Move, stored: Any, tally: Any) -> Any:
        found = replace(move, path=("Doing",)) if move.status == "Done" else move
        return super()._walk_status(ref, found, stored, tally)


class HidesWhereItStopped(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        outcome = super().update(ref, changes, expected)
        return replace(outcome, stored=None) if "status" in outcome.refused else outcome


class TakesAnyStatus(Memory):
    def _after(self, name: str, change: Change, record: Record) -> Any:
        if name == "status" and isinstance(change, Set):
            return value_of(record, "status")
        return super()._after(name, change, record)


# ---- linking -------------------------------------------------------------------------------------------------------


class RelatesEveryTime(Memory):
    def _link(self, ref: Ref, name: str, change: Change, tally: Any) -> None:
        for link in change.add if name == "relations" and isinstance(change, AddRemove) else ():
            if link.target in self.tool.issues:
                values = {"subject": ref.remote_id, "type": link.type, "target": link.target}
                self.tool.insert(Kind.RELATION, values, "")
        super()._link(ref, name, change, tally)


class RelatesToNothing(Memory):
    def _link(self, ref: Ref, name: str, change: Change, tally: Any) -> None:
        super()._link(ref, name, change, tally)
        if tally.refused.pop("relations", None):
            tally.applied.add("relations")


class NeverReplacesBacklinks(Memory):
    def _link(self, ref: Ref, name: str, change: Change, tally: Any) -> None:
        known = self.tool.backlinks.get(ref.remote_id, {})
        if name == "backlinks" and isinstance(change, AddRemove):
            change = replace(change, add=tuple(link for link in change.add if link.id not in known))
        super()._link(ref, name, change, tally)


# ---- comments and files --------------------------------------------------------------------------------------------


class SaysItTwice(Memory):
    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        super().add_comment(draft, marker + "-first")
        return super().add_comment(draft, marker)


class WidensWhoSeesIt(Memory):
    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        private = draft.visibility is Visibility.PRIVATE
        return super().add_comment(replace(draft, visibility=Visibility.TEAM) if private else draft, marker)


class TriesCommentsAgain(Memory):
    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        try:
            return super().add_comment(draft, marker)
        except TransientError:
            return super().add_comment(draft, marker)


class PublishesOnEdit(Memory):
    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        outcome = super().edit_comment(ref, subject, body, expected)
        if outcome.applied:
            self.tool.comments[ref.remote_id]["visibility"] = "customer"
        return outcome


class OverwritesComments(Memory):
    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        return super().edit_comment(ref, subject, body)


class RemovesCommentsOnce(Memory):
    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        self._comment(ref, subject)
        super().remove_comment(ref, subject)


class ReadsFilesAsText(Memory):
    def download(self, ref: Ref) -> bytes:
        return super().download(ref).decode("utf-8", "replace").encode()


class UnknownFilesAreEmpty(Memory):
    def download(self, ref: Ref) -> bytes:
        return super().download(ref) if ref.remote_id in self.tool.files else b""


class TriesFilesAgain(Memory):
    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        try:
            return super().attach(draft, marker)
        except TransientError:
            return super().attach(draft, marker)


class CutsLargeFiles(Memory):
    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        return super().attach(replace(draft, content=draft.content[:1000]), marker)


BROKEN: tuple[tuple[WritingCheck, type[Memory], str], ...] = (
    (creating.check_declares_what_it_writes, DeclaresColours, "no common fields"),
    (creating.check_reading_connection_cannot_write, WritesAlways, "ReadOnly, not an answer"),
    (creating.check_reading_writes_nothing, WritesWhenAskedForTheTime, "reading has written"),
    (creating.check_create_makes_one, CreatesTwice, "2 records instead of one"),
    (creating.check_create_tells_every_field, ForgetsTheDescription, "description is said to be applied"),
    (creating.check_create_is_found_by_its_marker, LeavesNoMarker, "finds \\[\\]"),
    (creating.check_foreign_marker_finds_nothing, FindsByTitle, "a marker that no record bears finds"),
    (creating.check_lost_answer_on_create_is_in_doubt, TriesCreatesAgain, "2 records"),
    (creating.check_failed_create_makes_nothing, SwallowsFailures, "but there are 0"),
    (creating.check_missing_required_field_is_named, NamesNoField, "Invalid must name due_on"),
    (creating.check_unknown_place_is_invalid, DefaultsTheType, "unknown type: Invalid, not an answer"),
    (
        updating.check_update_changes_only_what_is_named,
        ReplacesTheWhole,
        "fields changed that were not named",
    ),
    (
        updating.check_update_answers_with_what_is_stored,
        AnswersWithThePast,
        "stored is not what the tool has",
    ),
    (updating.check_every_field_is_accounted_for, DropsUnknownFields, "told about"),
    (updating.check_changed_field_is_a_conflict, ExpectsNothing, "the changed field is a VersionConflict"),
    (updating.check_equal_value_is_not_written, WritesEqualValues, "equal values were written again"),
    (updating.check_elements_are_added_and_removed, SetsWhatItShouldAdd, "labels are"),
    (updating.check_none_clears, NeverClears, "said to be cleared"),
    (updating.check_every_field_reads_back, RoundsThePriority, "priority reads"),
    (updating.check_stored_form_is_settled, StoresWithAStamp, "would be stored otherwise"),
    (updating.check_too_long_is_refused_by_name, CutsLongTitles, "stored_form of a title too long"),
    (updating.check_hidden_field_is_refused_by_name, AllOrNothing, "estimate alone is refused"),
    (updating.check_deleted_record_is_not_found, SaysInvalidForGone, "the record is gone: NotFound"),
    (updating.check_forbidden_write_is_told, SaysInvalidForForbidden, "a forbidden write is AccessDenied"),
    (updating.check_odd_texts_are_kept_or_refused, SplitsLabelsAtLineBreaks, "line break in labels"),
    (updating.check_lost_answer_on_update_is_told, TakesSilenceForYes, "said to be applied, but not there"),
    (updating.check_archive_hides_without_deleting, ArchivesByDeleting, "an archived record is Archived"),
    (updating.check_delete_takes_away, DeletesOnlyOnce, "gone already is no error"),
    (moving.check_status_moves, MovesInWordsOnly, "said to be Doing, but is Open|stored says"),
    (moving.check_status_moves_along_a_path, IgnoresThePath, "refused: "),
    (moving.check_status_never_hops_blindly, HopsBlindly, "unreachable without a path"),
    (moving.check_stopped_walk_is_told, HidesWhereItStopped, "stored shows where the walk stopped"),
    (moving.check_status_is_only_moved, TakesAnyStatus, "is refused, not None"),
    (linking.check_relation_is_added_once, RelatesEveryTime, "relations are"),
    (linking.check_relation_to_nothing_is_refused, RelatesToNothing, "a relation to nothing is refused"),
    (linking.check_backlink_is_replaced, NeverReplacesBacklinks, "one id, one link"),
    (children.check_comment_is_added_once, SaysItTwice, "2 comments instead of one"),
    (children.check_comment_is_never_more_visible, WidensWhoSeesIt, "asked for private, but team"),
    (children.check_lost_answer_on_comment_is_in_doubt, TriesCommentsAgain, "2 comments instead of one"),
    (children.check_comment_is_edited, PublishesOnEdit, "an edit changes who sees a comment"),
    (
        children.check_changed_comment_is_a_conflict,
        OverwritesComments,
        "a changed comment is a VersionConflict",
    ),
    (children.check_comment_is_removed, RemovesCommentsOnce, "gone already is no error"),
    (children.check_file_keeps_its_bytes, ReadsFilesAsText, "the bytes are others"),
    (children.check_unknown_file_is_not_found, UnknownFilesAreEmpty, "no such file: NotFound"),
    (children.check_lost_answer_on_file_is_in_doubt, TriesFilesAgain, "2 files instead of one"),
    (children.check_file_too_large_is_invalid, CutsLargeFiles, "a file too large: Invalid"),
)
"""Every check of WRITING, a target that breaks its rule and hardly any other, and a part of what the check says."""

ALSO: Mapping[type[Memory], frozenset[str]] = {
    CreatesTwice: frozenset({"create_is_found_by_its_marker", "failed_create_makes_nothing"}),
    LeavesNoMarker: frozenset({"lost_answer_on_create_is_in_doubt"}),
    ReplacesTheWhole: frozenset({"odd_texts_are_kept_or_refused"}),
    AnswersWithThePast: frozenset({"stopped_walk_is_told"}),
    SaysItTwice: frozenset({"lost_answer_on_comment_is_in_doubt", "comment_is_removed"}),
}
"""Faults that break more than one rule, and the other checks that say so."""
