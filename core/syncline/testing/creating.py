"""The checks for making records: once, findable, and truly told when an answer is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from syncline.connector import Censuses, Cursor, Describes
from syncline.errors import InDoubt, Invalid, ProtocolError, SynclineError, TransientError
from syncline.http import ReadOnly
from syncline.model import Kind
from syncline.sim.faults import Fault
from syncline.target import (
    FIELDS,
    CommentDraft,
    Draft,
    FileDraft,
    Outcome,
    Removal,
    Set,
    TakesComments,
    TakesFiles,
    Target,
    same_value,
    value_of,
)
from syncline.testing.bench import WritingBench, WritingCheck
from syncline.testing.making import TITLE, drafted, expect, fresh, look, made, marker, needs, others, words
from syncline.testing.reading import issue_stream, whole

UNDONE = (
    Fault.TIMEOUT_BEFORE,
    Fault.DROP_BEFORE,
    Fault.RATE_LIMIT_SECONDS,
    Fault.RATE_LIMIT_DATE,
    Fault.RATE_LIMIT_BARE,
    Fault.SERVER_ERROR,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.LOGIN_PAGE,
)
"""Faults that strike before anything was done."""
UNSAID = (
    Fault.TIMEOUT_AFTER,
    Fault.DROP_AFTER,
    Fault.TRUNCATED_BODY,
    Fault.TRUNCATED_JSON,
    Fault.DUPLICATED_BODY,
    Fault.INVALID_UTF8,
    Fault.EMPTY_BODY,
)
"""Faults that strike when all was done, so that the answer is lost."""
OFTEN = 50
"""More tries than any client makes."""


# ---- what is declared ----------------------------------------------------------------------------------------------


def check_declares_what_it_writes(bench: WritingBench) -> None:
    """Fields and kinds that can be written are known ones, and what is made can be read."""
    target = bench.connect()
    assert isinstance(target, Target), "a target has create, find_by_marker, update, remove and stored_form"
    capable = target.capabilities
    unknown = capable.writes - FIELDS.keys() - {"fields"}
    assert not unknown, f"no common fields: {sorted(unknown)}"
    assert capable.creates.keys() <= capable.reads, "what can be made can be read"
    for kind, protocol in ((Kind.COMMENT, TakesComments), (Kind.ATTACHMENT, TakesFiles)):
        assert (kind in capable.creates) <= isinstance(target, protocol), f"{kind} needs {protocol.__name__}"


def check_reading_connection_cannot_write(bench: WritingBench) -> None:
    """A connection with access "read" raises ReadOnly, and nothing is written."""
    ref = made(bench)
    before = bench.written()
    target = bench.connect("read")
    expect(ReadOnly, "create", lambda: target.create(drafted(bench, target, "not to be"), marker()))
    expect(ReadOnly, "update", lambda: target.update(ref, {"title": Set("not to be")}, {}))
    expect(ReadOnly, "remove", lambda: target.remove(ref, Removal.DELETE))
    if Kind.COMMENT in target.capabilities.creates and isinstance(target, TakesComments):
        comment = CommentDraft(ref, words("not to be"))
        expect(ReadOnly, "add_comment", partial(target.add_comment, comment, marker()))
    if Kind.ATTACHMENT in target.capabilities.creates and isinstance(target, TakesFiles):
        expect(ReadOnly, "attach", partial(target.attach, FileDraft(ref, "not to be", b"x"), marker()))
    assert bench.written() == before, "a reading connection has written"
    assert "not to be" not in bench.titles()


def check_reading_writes_nothing(bench: WritingBench) -> None:
    """Walks, looks, lists and searches with a writing connector change nothing."""
    ref = made(bench)
    before = bench.written()
    target = bench.connect()
    target.check()
    whole(target, Cursor())
    look(bench, ref)
    target.find_by_marker(marker(), drafted(bench, target), bench.now() - timedelta(minutes=1))
    if isinstance(target, Censuses):
        list(target.census(issue_stream(target)))
    if isinstance(target, Describes):
        target.describe(bench.container)
    assert bench.written() == before, "reading has written"


# ---- one record ----------------------------------------------------------------------------------------------------


def check_create_makes_one(bench: WritingBench) -> None:
    """A draft becomes exactly one record, which reading delivers under the reference of the outcome."""
    target = bench.connect()
    outcome = target.create(drafted(bench, target), marker())
    assert bench.titles().count(TITLE) == 1, f"{bench.titles().count(TITLE)} records instead of one"
    bench.settle()
    found, _ = whole(bench.connect(), Cursor())
    assert outcome.ref.remote_id in found, "a record that was made is delivered by reading"
    assert found[outcome.ref.remote_id].record.title == TITLE


def check_create_tells_every_field(bench: WritingBench) -> None:
    """Of each drafted field that is said to be applied, reading shows the foretold value; none other is claimed."""
    target = bench.connect()
    fields = {name: pair[0] for name, pair in others(bench, target).items()}
    outcome = target.create(drafted(bench, target, **fields), marker())
    assert outcome.applied | outcome.refused.keys() <= {"title", *fields}, "fields that nobody asked for"
    assert not outcome.applied & outcome.refused.keys(), "applied and refused at once"
    record = fresh(bench, outcome.ref).record
    for name in outcome.applied - {"title"}:
        stored, wanted = value_of(record, name), target.stored_form(name, fields[name])
        assert same_value(name, stored, wanted), (
            f"{name} is said to be applied, but is {stored!r}, not {wanted!r}"
        )


def check_create_is_found_by_its_marker(bench: WritingBench) -> None:
    """Once the tool has settled, the marker leads to the record and to no other, also for a new connector."""
    target = bench.connect()
    before = bench.now()
    draft = drafted(bench, target)
    made(bench, "a record beside it")
    ref = target.create(draft, marker()).ref
    bench.settle()
    found = list(bench.connect().find_by_marker(marker(), draft, before))
    assert found == [ref], f"the marker of {ref} finds {found}"


def check_foreign_marker_finds_nothing(bench: WritingBench) -> None:
    """A marker that no record bears finds none, even where a record looks like its draft."""
    target = bench.connect()
    before = bench.now()
    draft = drafted(bench, target)
    target.create(draft, marker())
    bench.settle()
    found = bench.connect().find_by_marker(marker(2), draft, before)
    assert not found, f"a marker that no record bears finds {found}"


# ---- lost answers --------------------------------------------------------------------------------------------------


def check_lost_answer_on_create_is_in_doubt(bench: WritingBench) -> None:
    """A create whose answer is lost raises InDoubt, is not sent again, and is found once by its marker."""
    faults = [fault for fault in UNSAID if fault in bench.faults]
    needs(faults, "the bench loses no answers")
    for number, fault in enumerate(faults):
        title, before = f"lost {number}", bench.now()
        outcome, draft = _try_create(bench, title, number, fault)
        assert isinstance(outcome, Outcome | InDoubt), (
            f"{fault}: the record is there, but {outcome!r} says no"
        )
        assert bench.titles().count(title) == 1, f"{fault}: {bench.titles().count(title)} records"
        bench.settle()
        found = bench.connect().find_by_marker(marker(number), draft, before)
        assert len(found) == 1, f"{fault}: found {len(found)} times by its marker"


def check_failed_create_makes_nothing(bench: WritingBench) -> None:
    """A create that failed before anything was done is not told as done; trying again makes exactly one record."""
    faults = [fault for fault in UNDONE if fault in bench.faults]
    needs(faults, "the bench lets no request fail")
    for number, fault in enumerate(faults):
        title, before = f"failed {number}", bench.now()
        outcome, draft = _try_create(bench, title, number, fault)
        there = bench.titles().count(title)
        assert there == isinstance(outcome, Outcome), f"{fault}: told {outcome!r}, but there are {there}"
        if isinstance(outcome, Outcome):
            continue
        assert isinstance(outcome, TransientError | ProtocolError), (
            f"{fault}: {outcome!r} ends the try for good"
        )
        bench.settle()
        assert not bench.connect().find_by_marker(marker(number), draft, before), "nothing was made"
        bench.connect().create(draft, marker(number))
        assert bench.titles().count(title) == 1


def _try_create(
    bench: WritingBench, title: str, number: int, fault: Fault
) -> tuple[Outcome | SynclineError, Draft]:
    target = bench.connect()
    draft = drafted(bench, target, title)
    bench.inject(fault, writes=True)
    try:
        return target.create(draft, marker(number)), draft
    except SynclineError as error:
        return error, draft


# ---- refusals ------------------------------------------------------------------------------------------------------


def check_missing_required_field_is_named(bench: WritingBench) -> None:
    """A draft without a required field raises Invalid naming it, and nothing is made."""
    if bench.required is None:
        needs(False, "the tool requires nothing but a title")
        return
    type_name, name = bench.required
    target = bench.connect()
    draft = replace(drafted(bench, target), type=type_name)
    error = expect(Invalid, f"{name} is missing", lambda: target.create(draft, marker()))
    assert error.field == name, f"Invalid must name {name}, not {error.field}"
    assert TITLE not in bench.titles(), "a refused draft was made"


def check_unknown_place_is_invalid(bench: WritingBench) -> None:
    """A draft for a container or of a type that is not there raises Invalid naming it, and nothing is made."""
    target = bench.connect()
    draft = drafted(bench, target)
    for name, wrong in (
        ("container", replace(draft, container="999999999")),
        ("type", replace(draft, type="no such type")),
    ):
        if name == "type" and bench.type_name is None:
            continue
        error = expect(Invalid, f"unknown {name}", partial(target.create, wrong, marker()))
        assert error.field == name, f"Invalid must name {name}, not {error.field}"
    assert TITLE not in bench.titles(), "a refused draft was made"


CREATING: tuple[WritingCheck, ...] = (
    check_declares_what_it_writes,
    check_reading_connection_cannot_write,
    check_reading_writes_nothing,
    check_create_makes_one,
    check_create_tells_every_field,
    check_create_is_found_by_its_marker,
    check_foreign_marker_finds_nothing,
    check_lost_answer_on_create_is_in_doubt,
    check_failed_create_makes_nothing,
    check_missing_required_field_is_named,
    check_unknown_place_is_invalid,
)
