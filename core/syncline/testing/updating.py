"""The checks for changing records field by field, and for taking them away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncline.connector import Archived, Fetched, Gone, Missing
from syncline.errors import (
    AccessDenied,
    InDoubt,
    Invalid,
    NotFound,
    RecordError,
    SynclineError,
    Unsupported,
    VersionConflict,
)
from syncline.model import Record, Ref
from syncline.sim.faults import Fault
from syncline.target import LISTED, AddRemove, Change, Outcome, Removal, Set, same_value, value_of
from syncline.testing.bench import Skipped, WritingBench, WritingCheck
from syncline.testing.creating import OFTEN, UNDONE, UNSAID
from syncline.testing.making import (
    TITLE,
    USUAL,
    accounted,
    expect,
    fresh,
    made,
    needs,
    others,
    samples,
    subject,
    told_of,
)

CLEARED = ("description", "labels", "due_on", "start_on", "estimate", "assignees", "parent")
UNTYPABLE = {
    "NUL": "a\0b",
    "half a surrogate pair": "a\ud800b",
    "line break": "a\nb",
    "right to left, combining, astral": "\u202eabc\u0301 \U0001f469\u200d\U0001f4bb",
    "control characters": "a\x07\x1bb",
    "blanks": "  a   b  ",
    "very long": "a" * 10_000,
}
"""Texts that tools are known to choke on, by what is odd about them."""
MOVES = frozenset({"updated_at", "resolved_at", "archived"})
"""Attributes of a record that may change with any write."""


def _same_but(one: Record, other: Record, names: Mapping[str, object]) -> list[str]:
    """The attributes in which two readings differ although they were not to be changed."""
    common = {"description": {"body"}, "priority": {"priority", "priority_name"}, "type": {"type", "level"}}
    common |= {"status": {"status", "resolution"}}
    free = MOVES.union(*(common.get(name, {name}) for name in names))
    before, after = one.model_dump(), other.model_dump()
    differ = [name for name in before if name not in free | {"fields"} and before[name] != after[name]]
    mine, theirs = before.get("fields") or {}, after.get("fields") or {}
    return differ + [
        name
        for name in mine.keys() | theirs.keys()
        if name not in names and mine.get(name) != theirs.get(name)
    ]


def check_update_changes_only_what_is_named(bench: WritingBench) -> None:
    """Every field but the ones named is as before, in a fresh reading."""
    target = bench.connect()
    fields = {name: pair[0] for name, pair in others(bench, target).items()}
    ref = made(bench)
    target.update(ref, {name: Set(value) for name, value in fields.items()}, {})
    before = fresh(bench, ref).record
    target.update(ref, {"title": Set("only this")}, {})
    after = fresh(bench, ref).record
    assert after.title == "only this", "the field named is changed"
    assert _same_but(before, after, {"title": None}) == [], "fields changed that were not named"


def check_update_answers_with_what_is_stored(bench: WritingBench) -> None:
    """``stored`` of the outcome is the record as a fresh reading shows it."""
    target = bench.connect()
    ref = made(bench)
    stored = target.update(ref, {"title": Set("  read \t back ")}, {}).stored
    if stored is not None:
        assert stored.record == fresh(bench, ref).record, "stored is not what the tool has"


def check_every_field_is_accounted_for(bench: WritingBench) -> None:
    """Of the fields asked for, each is applied or refused, never both, and one refusal does not stop the others."""
    target = bench.connect()
    ref = made(bench)
    changes: dict[str, Change] = {name: Set(pair[0]) for name, pair in samples(bench, target).items()}
    changes |= {"no such field": Set("x")}
    outcome = target.update(ref, changes, {})
    accounted(outcome, changes)
    assert isinstance(outcome.refused["no such field"], Unsupported), "an unknown field is Unsupported"
    assert "title" in outcome.applied, "one refusal does not stop the others"


def check_changed_field_is_a_conflict(bench: WritingBench) -> None:
    """A field that holds something else than expected is refused with VersionConflict; the others are written."""
    target = bench.connect()
    name, (one, two) = _other(bench)
    ref = made(bench, **{name: one})
    bench.edit_issue(ref.remote_id, "somebody else was first")
    bench.settle()
    seen = {"title": TITLE, name: target.stored_form(name, one)}
    outcome = target.update(ref, {"title": Set("ours"), name: Set(two)}, seen)
    assert isinstance(outcome.refused.get("title"), VersionConflict), "the changed field is a VersionConflict"
    assert outcome.applied == {name}, "fields that are as expected are written"
    assert fresh(bench, ref).record.title == "somebody else was first", "somebody's edit was overwritten"


def _other(bench: WritingBench) -> tuple[str, tuple[Any, Any]]:
    """A field beside the title, with its samples."""
    known = others(bench, bench.connect())
    needs(known, "only the title can be written")
    name = next((name for name in ("due_on", "description", "labels") if name in known), min(known))
    return name, known[name]


def check_equal_value_is_not_written(bench: WritingBench) -> None:
    """A field that holds the value already is applied without a request that changes anything."""
    target = bench.connect()
    fields = {name: pair[0] for name, pair in samples(bench, target).items()}
    ref = made(bench)
    changes: dict[str, Change] = {name: Set(value) for name, value in fields.items()}
    wrote = target.update(ref, changes, {}).applied
    before = bench.written()
    again = bench.connect().update(ref, {name: changes[name] for name in wrote}, {})
    assert again.applied == wrote, f"equal values are applied, not refused: {again.refused}"
    assert bench.written() == before, "equal values were written again"


def check_elements_are_added_and_removed(bench: WritingBench) -> None:
    """AddRemove changes the elements named; those of others stay, and a repeat changes nothing."""
    target = bench.connect()
    needs("labels" in target.capabilities.writes, "the connector writes no labels")
    ref = made(bench, labels=("ours", "old"))
    bench.connect().update(ref, {"labels": AddRemove(add=("theirs",))}, {})
    change = {"labels": AddRemove(add=("new",), remove=("old", "never there"))}
    for _ in range(2):
        outcome = target.update(ref, change, {})
        assert outcome.applied == {"labels"}, f"refused: {outcome.refused}"
        stored = value_of(fresh(bench, ref).record, "labels")
        assert sorted(stored) == ["new", "ours", "theirs"], f"labels are {stored}"


def check_none_clears(bench: WritingBench) -> None:
    """``Set(None)`` empties a field, or is refused by name; it never leaves the old value and says it is applied."""
    target = bench.connect()
    names = [name for name in CLEARED if name in others(bench, target)]
    ref = made(bench)
    given = target.update(ref, {name: Set(others(bench, target)[name][0]) for name in names}, {}).applied
    outcome = target.update(ref, {name: Set(None) for name in given}, {})
    accounted(outcome, dict.fromkeys(given))
    record = fresh(bench, ref).record
    kept = [name for name in outcome.applied if value_of(record, name)]
    assert kept == [], f"said to be cleared, but not empty: {kept}"
    assert outcome.applied or not given, f"no field can be cleared: {outcome.refused}"


def check_every_field_reads_back(bench: WritingBench) -> None:
    """Each field that the connector declares can be written, twice, and reads back as `stored_form` foretold."""
    target = bench.connect()
    ref = made(bench)
    for name, values in samples(bench, target).items():
        for value in values:
            outcome = target.update(ref, {name: Set(value)}, {})
            assert outcome.applied == {name}, f"{name} is declared, but refused: {outcome.refused}"
            stored, foretold = value_of(fresh(bench, ref).record, name), target.stored_form(name, value)
            assert same_value(name, stored, foretold), f"{name} reads {stored!r}, foretold was {foretold!r}"


def check_stored_form_is_settled(bench: WritingBench) -> None:
    """`stored_form` of what is stored is itself, writes nothing, and asks nobody again once it knows the tool."""
    target = bench.connect()
    before = bench.written()
    cases = [(name, value) for name, values in samples(bench, target).items() for value in values]
    first = [target.stored_form(name, value) for name, value in cases]
    bench.revoke()
    for (name, value), once in zip(cases, first, strict=True):
        assert target.stored_form(name, value) == once, f"{name}: another answer the second time"
        assert target.stored_form(name, once) == once, f"{name}: {once!r} would be stored otherwise"
    expect(Unsupported, "an unknown field", lambda: target.stored_form("no such field", "x"))
    assert bench.written() == before, "stored_form has written"


# ---- refusals ------------------------------------------------------------------------------------------------------


def check_too_long_is_refused_by_name(bench: WritingBench) -> None:
    """A title that is too long is Invalid by name and leaves the old one; it is never cut, and others are written."""
    limit = bench.title_limit
    if limit is None:
        needs(False, "titles have no limit")
        return
    target = bench.connect()
    name, (one, _) = _other(bench)
    ref = made(bench)
    long = "x" * (limit + 1)
    error = expect(Invalid, "stored_form of a title too long", lambda: target.stored_form("title", long))
    assert error.field == "title", "Invalid must name the title"
    assert target.stored_form("title", long[:limit]) == long[:limit], "a title of the longest length is fine"
    outcome = target.update(ref, {"title": Set(long), name: Set(one)}, {})
    told = outcome.refused.get("title")
    assert isinstance(told, Invalid), f"a title too long is refused as Invalid, not {told!r}"
    assert told.field == "title", "Invalid must name the title"
    assert outcome.applied == {name}, "the others are written"
    assert fresh(bench, ref).record.title == TITLE, "the old title stays"


def check_hidden_field_is_refused_by_name(bench: WritingBench) -> None:
    """A field that this record does not take is refused by name; the others are written."""
    if bench.off_screen is None:
        needs(False, "every record takes every field")
        return
    container, name = bench.off_screen
    needs(name in samples(bench, bench.connect()), f"the connector does not write {name}")
    ref = made(bench, container=container)
    target = bench.connect()
    before = fresh(bench, ref).record
    outcome = target.update(ref, {"title": Set("written"), name: Set(samples(bench, target)[name][0])}, {})
    assert outcome.refused.keys() == {name}, f"{name} alone is refused, not {sorted(outcome.refused)}"
    assert outcome.applied == {"title"}, "the others are written"
    after = fresh(bench, ref).record
    assert after.title == "written", "the others are written"
    assert value_of(after, name) == value_of(before, name), f"{name} was refused, but changed"


def check_deleted_record_is_not_found(bench: WritingBench) -> None:
    """An update of a record that is gone raises NotFound and makes nothing."""
    ref = subject(bench)
    bench.delete_issue(ref.remote_id)
    bench.settle()
    target = bench.connect()
    expect(NotFound, "the record is gone", lambda: target.update(ref, {"title": Set("a ghost")}, {}))
    assert "a ghost" not in bench.titles(), "a deleted record was written to"


def check_forbidden_write_is_told(bench: WritingBench) -> None:
    """A record that may not be changed raises AccessDenied or refuses each field with it, and stays as it is."""
    ref = made(bench)
    needs(bench.protect(ref.remote_id), "whoever may read may write")
    target = bench.connect()
    told = told_of(lambda: target.update(ref, {"title": Set("forbidden")}, {}), {"title": None})
    error = told.refused.get("title") if isinstance(told, Outcome) else told
    assert isinstance(error, AccessDenied), f"a forbidden write is AccessDenied, not {told!r}"
    assert "forbidden" not in bench.titles()


def check_odd_texts_are_kept_or_refused(bench: WritingBench) -> None:
    """A text that tools choke on is stored as foretold or refused by name; nothing else changes, nothing crashes."""
    target = bench.connect()
    ref = made(bench, description=USUAL["description"][0]) if _writes(bench, "description") else made(bench)
    for oddity, text in UNTYPABLE.items():
        _odd(bench, ref, "title", text, oddity)
        if "labels" in target.capabilities.writes:
            _odd(bench, ref, "labels", (text,), oddity)


def _writes(bench: WritingBench, name: str) -> bool:
    return name in bench.connect().capabilities.writes


def _odd(bench: WritingBench, ref: Ref, name: str, value: object, oddity: str) -> None:
    target = bench.connect()
    before = fresh(bench, ref).record
    outcome = target.update(ref, {name: Set(value)}, {})
    accounted(outcome, {name: None})
    after = fresh(bench, ref).record
    assert _same_but(before, after, {name: None}) == [], f"{oddity} in {name} changed other fields"
    if name in outcome.applied:
        foretold, stored = target.stored_form(name, value), value_of(after, name)
        assert same_value(name, stored, foretold), (
            f"{oddity} in {name}: {foretold!r:.80} reads {stored!r:.80}"
        )
    else:
        told = outcome.refused[name]
        assert isinstance(told, RecordError), f"{oddity} in {name} is a RecordError, not {told!r}"
        assert value_of(after, name) == value_of(before, name), f"{oddity} in {name} was refused, but stored"


# ---- lost answers --------------------------------------------------------------------------------------------------


def check_lost_answer_on_update_is_told(bench: WritingBench) -> None:
    """What is said to be applied is there whatever happened on the way; a repeat gives exactly the wanted state."""
    faults = [fault for fault in UNSAID + UNDONE if fault in bench.faults]
    needs(faults, "the bench lets no request fail")
    for number, fault in enumerate(faults):
        for times in (1, OFTEN):
            _fault_on_update(bench, fault, times, f"update {number} {times}")


def _fault_on_update(bench: WritingBench, fault: Fault, times: int, title: str) -> None:
    ref = made(bench)
    changes: dict[str, Change] = {"title": Set(title)}
    if _writes(bench, "labels"):
        changes["labels"] = AddRemove(add=("once",))
    target = bench.connect()
    bench.inject(fault, writes=True, times=times)
    told = told_of(lambda: target.update(ref, changes, {}), changes)
    bench.inject(fault, writes=True, times=0)
    record = fresh(bench, ref).record
    applied = told.applied if isinstance(told, Outcome) else ()
    wrong = [name for name in applied if not _holds(record, name, title)]
    assert not wrong, f"{fault}: {wrong} said to be applied, but not there"
    assert not isinstance(told, RecordError), f"{fault}: {told!r} ends the try for good"
    if fault in UNSAID and not isinstance(told, Outcome) and _holds(record, "title", title):
        assert isinstance(told, InDoubt), f"{fault}: it was written, but {told!r} says it was not"
    bench.connect().update(ref, changes, {})
    record = fresh(bench, ref).record
    assert all(_holds(record, name, title) for name in changes), (
        f"{fault}: a repeat does not give what was wanted"
    )


def _holds(record: Record, name: str, title: str) -> bool:
    return bool(value_of(record, name) == (("once",) if name in LISTED else title))


# ---- taking away ---------------------------------------------------------------------------------------------------


def check_archive_hides_without_deleting(bench: WritingBench) -> None:
    """What was archived is Archived, and twice is fine; what cannot be archived is still there."""
    ref = made(bench)
    try:
        for _ in range(2):
            bench.connect().remove(ref, Removal.ARCHIVE)
    except (Unsupported, AccessDenied) as error:
        fresh(bench, ref)
        raise Skipped(f"nothing can be archived: {error.message}") from error
    bench.settle()
    answer = _fetched(bench, ref)
    assert isinstance(answer, Archived), f"an archived record is Archived, not {type(answer).__name__}"
    assert TITLE in bench.titles(), "archiving deletes nothing"


def check_delete_takes_away(bench: WritingBench) -> None:
    """What was deleted is Gone or Missing and nothing else is; twice is fine; what cannot be deleted is still there."""
    ref, other = made(bench), made(bench, "it stays")
    try:
        for _ in range(2):
            bench.connect().remove(ref, Removal.DELETE)
    except (Unsupported, AccessDenied) as error:
        fresh(bench, ref)
        raise Skipped(f"nothing can be deleted: {error.message}") from error
    except SynclineError as error:
        raise AssertionError(f"deleting what is gone already is no error, not {error!r}") from error
    bench.settle()
    answer = _fetched(bench, ref)
    assert isinstance(answer, Gone | Missing | Archived), f"a deleted record is not {type(answer).__name__}"
    fresh(bench, other)


def _fetched(bench: WritingBench, ref: Ref) -> Fetched:
    (answer,) = bench.connect().fetch([ref])
    return answer


UPDATING: tuple[WritingCheck, ...] = (
    check_update_changes_only_what_is_named,
    check_update_answers_with_what_is_stored,
    check_every_field_is_accounted_for,
    check_changed_field_is_a_conflict,
    check_equal_value_is_not_written,
    check_elements_are_added_and_removed,
    check_none_clears,
    check_every_field_reads_back,
    check_stored_form_is_settled,
    check_too_long_is_refused_by_name,
    check_hidden_field_is_refused_by_name,
    check_deleted_record_is_not_found,
    check_forbidden_write_is_told,
    check_odd_texts_are_kept_or_refused,
    check_lost_answer_on_update_is_told,
    check_archive_hides_without_deleting,
    check_delete_takes_away,
)
