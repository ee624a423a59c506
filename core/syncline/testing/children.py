"""The checks for comments and files: once, never more visible than asked, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from syncline.errors import (
    InDoubt,
    Invalid,
    NotFound,
    RecordError,
    SynclineError,
    Unsupported,
    VersionConflict,
)
from syncline.model import Comment, Kind, Ref, Visibility
from syncline.target import CommentDraft, FileDraft, Outcome, TakesComments, TakesFiles, Target, same_value
from syncline.testing.bench import Skipped, WritingBench, WritingCheck
from syncline.testing.creating import UNSAID
from syncline.testing.making import expect, marker, needs, riding, subject, words
from syncline.text import plain_text

WIDTH = (Visibility.PRIVATE, Visibility.TEAM, Visibility.CUSTOMER)
"""From the narrowest."""
BYTES = bytes(range(256)) + b" \r\n\x00 "


class CommentTarget(Target, TakesComments, Protocol):
    """A target that takes comments."""


class FileTarget(Target, TakesFiles, Protocol):
    """A target that takes files."""


def _commenting(bench: WritingBench) -> Any:
    target = bench.connect()
    needs(Kind.COMMENT in target.capabilities.creates, "the connector makes no comments")
    return target


def _filing(bench: WritingBench) -> Any:
    target = bench.connect()
    needs(Kind.ATTACHMENT in target.capabilities.creates, "the connector makes no attachments")
    return target


# ---- comments ------------------------------------------------------------------------------------------------------


def _said(bench: WritingBench, ref: Ref, about: Ref) -> Comment | None:
    """The comment as a new connector reads it now."""
    found: list[Comment] = [c for c in riding(bench, about, Kind.COMMENT) if c.remote_id == ref.remote_id]
    assert len(found) <= 1, "one comment is delivered once"
    return found[0] if found else None


def check_comment_is_added_once(bench: WritingBench) -> None:
    """A comment becomes exactly one, which reading delivers with its text under the reference of the outcome."""
    target: CommentTarget = _commenting(bench)
    about = subject(bench)
    outcome = target.add_comment(CommentDraft(about, words("said *once*")), marker())
    assert outcome.applied == {"body"}, f"refused: {outcome.refused}"
    bench.settle()
    comment = _said(bench, outcome.ref, about)
    assert comment is not None, "the comment is delivered by reading"
    assert same_value("body", comment.body, words("said *once*")), f"reads {comment.body}"
    count = sum("said" in text for text in bench.comments(about.remote_id))
    assert count == 1, f"{count} comments instead of one"


def check_comment_is_never_more_visible(bench: WritingBench) -> None:
    """A comment is at most as visible as asked; what the tool cannot keep so is refused and not added."""
    target: CommentTarget = _commenting(bench)
    about = subject(bench)
    for visibility in WIDTH:
        text = f"for {visibility} eyes"
        try:
            outcome = target.add_comment(
                CommentDraft(about, words(text), visibility), marker(WIDTH.index(visibility))
            )
        except RecordError:
            outcome = None
        bench.settle()
        if outcome is None or "body" in outcome.refused:
            assert text not in bench.comments(about.remote_id), "a comment was refused, but added"
            continue
        comment = _said(bench, outcome.ref, about)
        assert comment is not None, "the comment is delivered by reading"
        wide = WIDTH.index(comment.visibility) > WIDTH.index(visibility)
        assert not wide, f"asked for {visibility}, but {comment.visibility} can see it"


def check_lost_answer_on_comment_is_in_doubt(bench: WritingBench) -> None:
    """A comment whose answer is lost raises InDoubt, is not sent again, and is found once by its marker."""
    _commenting(bench)
    about = subject(bench)
    faults = [fault for fault in UNSAID if fault in bench.faults]
    needs(faults, "the bench loses no answers")
    for number, fault in enumerate(faults):
        draft, before = CommentDraft(about, words(f"lost {number}")), bench.now()
        target: CommentTarget = _commenting(bench)
        bench.inject(fault, writes=True)
        told = _told(partial(target.add_comment, draft, marker(number)))
        count = list(bench.comments(about.remote_id)).count(f"lost {number}")
        assert count == 1, f"{fault}: {count} comments instead of one"
        assert isinstance(told, Outcome | InDoubt), f"{fault}: it is there, but {told!r} says no"
        bench.settle()
        found = bench.connect().find_by_marker(marker(number), draft, before)
        assert len(found) == 1, f"{fault}: found {len(found)} times by its marker"


def _told(call: Callable[[], Outcome]) -> Outcome | SynclineError:
    try:
        return call()
    except SynclineError as error:
        return error


def check_comment_is_edited(bench: WritingBench) -> None:
    """An edit replaces the text of this comment and keeps who sees it."""
    target: CommentTarget = _commenting(bench)
    about = subject(bench)
    ref = target.add_comment(CommentDraft(about, words("before")), marker()).ref
    other = target.add_comment(CommentDraft(about, words("beside")), marker(2)).ref
    bench.settle()
    old = _said(bench, ref, about)
    try:
        outcome = target.edit_comment(ref, about, words("after"), words("before"))
    except Unsupported as error:
        assert "before" in bench.comments(about.remote_id), "an edit was refused, but the comment is another"
        raise Skipped(f"comments are never edited: {error.message}") from error
    assert outcome.applied == {"body"}, f"refused: {outcome.refused}"
    bench.settle()
    new, beside = _said(bench, ref, about), _said(bench, other, about)
    assert old is not None, "a comment that was made is delivered"
    assert new is not None, "a comment that was edited is still delivered"
    assert beside is not None, "the other comment is still delivered"
    assert plain_text(new.body) == "after", f"reads {new.body}"
    assert new.visibility == old.visibility, "an edit changes who sees a comment"
    assert plain_text(beside.body) == "beside", "another comment was edited"


def check_changed_comment_is_a_conflict(bench: WritingBench) -> None:
    """A comment that somebody edited is refused with VersionConflict and left as it is."""
    target: CommentTarget = _commenting(bench)
    about = subject(bench)
    ref = target.add_comment(CommentDraft(about, words("before")), marker()).ref
    bench.edit_comment(about.remote_id, ref.remote_id, "somebody's")
    bench.settle()
    outcome = target.edit_comment(ref, about, words("ours"), words("before"))
    assert isinstance(outcome.refused.get("body"), VersionConflict), "a changed comment is a VersionConflict"
    assert "somebody's" in bench.comments(about.remote_id), "somebody's edit was overwritten"


def check_comment_is_removed(bench: WritingBench) -> None:
    """A comment is removed, another stays, and removing it twice is no error."""
    target: CommentTarget = _commenting(bench)
    about = subject(bench)
    ref = target.add_comment(CommentDraft(about, words("to be removed")), marker()).ref
    target.add_comment(CommentDraft(about, words("stays")), marker(2))
    for _ in range(2):
        try:
            bench.connect().remove_comment(ref, about)  # type: ignore[attr-defined]
        except NotFound as error:
            raise AssertionError("removing what is gone already is no error") from error
        except Unsupported as error:
            assert "to be removed" in bench.comments(about.remote_id), (
                "it was refused, but the comment is gone"
            )
            raise Skipped(f"comments are never removed: {error.message}") from error
    left = bench.comments(about.remote_id)
    assert "to be removed" not in left, "the comment is still there"
    assert "stays" in left, "another comment was removed"


# ---- files ---------------------------------------------------------------------------------------------------------


def check_file_keeps_its_bytes(bench: WritingBench) -> None:
    """A file is attached once, delivered by reading with its name and size, and its bytes come back as they were."""
    target: FileTarget = _filing(bench)
    about = subject(bench)
    ref = target.attach(FileDraft(about, "bytes.bin", BYTES), marker()).ref
    bench.settle()
    assert list(bench.files(about.remote_id)).count("bytes.bin") == 1, "a file is attached once"
    (found,) = (file for file in riding(bench, about, Kind.ATTACHMENT) if file.remote_id == ref.remote_id)
    assert (found.title, found.size) == ("bytes.bin", len(BYTES)), f"reads {found.title}, {found.size} bytes"
    assert bench.connect().download(ref) == BYTES, "the bytes are others"  # type: ignore[attr-defined]


def check_unknown_file_is_not_found(bench: WritingBench) -> None:
    """Bytes of a file that is not there raise NotFound, never come as an empty file."""
    target: FileTarget = _filing(bench)
    never = Ref(subject(bench).site, Kind.ATTACHMENT, "999999999")
    expect(NotFound, "no such file", lambda: target.download(never))


def check_lost_answer_on_file_is_in_doubt(bench: WritingBench) -> None:
    """A file whose answer is lost raises InDoubt, is not sent again, and is found once by its marker."""
    _filing(bench)
    about = subject(bench)
    faults = [fault for fault in UNSAID if fault in bench.faults]
    needs(faults, "the bench loses no answers")
    for number, fault in enumerate(faults):
        draft, before = FileDraft(about, f"lost-{number}.txt", b"lost"), bench.now() - timedelta(seconds=1)
        target: FileTarget = _filing(bench)
        bench.inject(fault, writes=True)
        told = _told(partial(target.attach, draft, marker(number)))
        count = sum(name == draft.name for name in bench.files(about.remote_id))
        assert count == 1, f"{fault}: {count} files instead of one"
        assert isinstance(told, Outcome | InDoubt), f"{fault}: it is there, but {told!r} says no"
        bench.settle()
        found = bench.connect().find_by_marker(marker(number), draft, before)
        assert len(found) == 1, f"{fault}: found {len(found)} times by its marker"


def check_file_too_large_is_invalid(bench: WritingBench) -> None:
    """A file that is too large raises Invalid and is not attached, not even in part."""
    limit = bench.file_limit
    if limit is None:
        needs(False, "files have no limit")
        return
    target: FileTarget = _filing(bench)
    about = subject(bench)
    draft = FileDraft(about, "large.bin", b"x" * (limit + 1))
    expect(Invalid, "a file too large", lambda: target.attach(draft, marker()))
    assert "large.bin" not in bench.files(about.remote_id), "a file that was refused is attached"


CHILDREN: tuple[WritingCheck, ...] = (
    check_comment_is_added_once,
    check_comment_is_never_more_visible,
    check_lost_answer_on_comment_is_in_doubt,
    check_comment_is_edited,
    check_changed_comment_is_a_conflict,
    check_comment_is_removed,
    check_file_keeps_its_bytes,
    check_unknown_file_is_not_found,
    check_lost_answer_on_file_is_in_doubt,
    check_file_too_large_is_invalid,
)
