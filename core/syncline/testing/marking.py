"""The checks for marking in charts what shipped: once, on its day, and truly told when an answer is lost."""

from __future__ import annotations

from datetime import date, datetime, time

from syncline.errors import InDoubt, NotFound, ProtocolError, SynclineError, TransientError, VersionConflict
from syncline.http import ReadOnly
from syncline.model import RECORDS, Kind, Record, Sourced
from syncline.sim.faults import Fault
from syncline.target import MarkDraft, TakesMarks
from syncline.testing.bench import MarkingBench, MarkingCheck
from syncline.testing.creating import UNDONE, UNSAID
from syncline.testing.making import expect, needs

DAYS = (date(2031, 3, 30), date(2031, 10, 26), date(2032, 2, 29))
"""Among them those on which clocks are changed in Europe."""


def _draft(bench: MarkingBench, label: str, day: date = DAYS[0]) -> MarkDraft:
    """A mark that begins with its day, as that of a release does."""
    return MarkDraft(label, datetime.combine(day, time(), bench.zone), "Shipped in eng.")


def _labels(bench: MarkingBench) -> list[str]:
    return [label for label, _ in bench.shown()]


def _kept(stored: Sourced) -> Record:
    """What was stored, as the engine remembers it."""
    return RECORDS[Kind.ANNOTATION].model_validate(stored.record.model_dump(mode="json"))


def check_declares_that_it_marks(bench: MarkingBench) -> None:
    """What takes marks declares that it makes annotations, and reads them."""
    board = bench.board()
    assert isinstance(board, TakesMarks), "it takes mark_zone, marks, add_mark and remove_mark"
    known = bench.connect().capabilities
    assert Kind.ANNOTATION in known.creates, "creates must name annotations"
    assert Kind.ANNOTATION in known.reads, "what can be made can be read"


def check_reading_connection_cannot_mark(bench: MarkingBench) -> None:
    """A connection with access "read" raises ReadOnly, and nothing is made."""
    board = bench.board("read")
    expect(ReadOnly, "add_mark", lambda: board.add_mark(_draft(bench, "not to be")))
    assert "not to be" not in _labels(bench), "a reading connection has marked"


def check_mark_is_made_once_and_listed(bench: MarkingBench) -> None:
    """A draft becomes exactly one mark, which the list shows once the tool has settled, as the answer did."""
    stored = bench.board().add_mark(_draft(bench, "2.4"))
    assert _labels(bench).count("2.4") == 1, f"{_labels(bench).count('2.4')} marks instead of one"
    bench.settle()
    listed = {one.record.remote_id: one.record for one in bench.board().marks()}
    assert listed.get(stored.record.remote_id) == stored.record, "the list shows what the answer said"
    assert stored.record.title == "2.4"


def check_mark_stands_on_its_day(bench: MarkingBench) -> None:
    """The tool holds a mark of a day at a moment of that day where its charts are, or up to an hour before."""
    for day in DAYS:
        bench.board().add_mark(_draft(bench, f"on {day}", day))
        (at,) = [at for label, at in bench.shown() if label == f"on {day}"]
        begin = datetime.combine(day, time(), bench.zone)
        assert at.astimezone(bench.zone).date() == day or 0 <= (begin - at).total_seconds() < 3600, (
            f"a mark of {day} stands at {at}"
        )


def check_lost_answer_on_mark_is_in_doubt(bench: MarkingBench) -> None:
    """A mark whose answer is lost raises InDoubt, is not sent again, and stands in the list once."""
    faults = [fault for fault in UNSAID if fault in bench.faults]
    needs(faults, "the bench loses no answers")
    for fault in faults:
        label = f"lost: {fault}"
        told = _tried(bench, label, fault)
        assert isinstance(told, Sourced | InDoubt), f"{fault}: the mark is there, but {told!r} says no"
        assert _labels(bench).count(label) == 1, f"{fault}: {_labels(bench).count(label)} marks"
        bench.settle()
        listed = [one.record.title for one in bench.board().marks()]
        assert listed.count(label) == 1, f"{fault}: listed {listed.count(label)} times"


def check_failed_mark_is_not_told_as_made(bench: MarkingBench) -> None:
    """What failed before anything was done is not told as done."""
    faults = [fault for fault in UNDONE if fault in bench.faults]
    needs(faults, "the bench lets no request fail")
    for fault in faults:
        label = f"failed: {fault}"
        told = _tried(bench, label, fault)
        there = _labels(bench).count(label)
        assert there == isinstance(told, Sourced), f"{fault}: told {told!r}, but there are {there}"
        if not isinstance(told, Sourced):
            assert isinstance(told, TransientError | ProtocolError), (
                f"{fault}: {told!r} ends the try for good"
            )


def _tried(bench: MarkingBench, label: str, fault: Fault) -> Sourced | SynclineError:
    board = bench.board()
    bench.inject(fault, writes=True)
    try:
        return board.add_mark(_draft(bench, label))
    except SynclineError as error:
        return error
    finally:
        bench.inject(fault, writes=True, times=0)


def check_unchanged_mark_is_removed(bench: MarkingBench) -> None:
    """A mark that says what it said is deleted, and no other of its label; where it is gone, NotFound says so."""
    stored, _ = bench.board().add_mark(_draft(bench, "2.4")), bench.board().add_mark(_draft(bench, "2.4"))
    bench.settle()
    bench.board().remove_mark(stored.record.remote_id, _kept(stored))
    assert _labels(bench).count("2.4") == 1, "one of two is deleted"
    gone = bench.board()
    expect(NotFound, "gone already", lambda: gone.remove_mark(stored.record.remote_id, _kept(stored)))


def check_changed_mark_is_a_conflict(bench: MarkingBench) -> None:
    """A mark that somebody changed raises VersionConflict and stays."""
    stored = bench.board().add_mark(_draft(bench, "2.4"))
    bench.settle()
    bench.edit_mark(stored.record.remote_id)
    before = _labels(bench)
    board = bench.board()
    expect(
        VersionConflict, "changed since", lambda: board.remove_mark(stored.record.remote_id, _kept(stored))
    )
    assert _labels(bench) == before, "what somebody changed stays"


MARKING: tuple[MarkingCheck, ...] = (
    check_declares_that_it_marks,
    check_reading_connection_cannot_mark,
    check_mark_is_made_once_and_listed,
    check_mark_stands_on_its_day,
    check_lost_answer_on_mark_is_in_doubt,
    check_failed_mark_is_not_told_as_made,
    check_unchanged_mark_is_removed,
    check_changed_mark_is_a_conflict,
)
