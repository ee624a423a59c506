"""Amplitude passes the suites for reading and marking, on the simulated project's usual behaviour and on its best."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance import amplitude_bench
from tests.conformance.amplitude_bench import AmplitudeBench

from syncline.errors import InDoubt, VendorError
from syncline.model import Annotation, Record, Sourced
from syncline.target import MarkDraft
from syncline.testing import FAULTS, MARKING, READING, Check, FaultyCheck, MarkingCheck, marking, name_of
from syncline_connectors.amplitude import Amplitude
from syncline_connectors.amplitude.simulator import CALM, Quirks


@pytest.fixture(params=[CALM, Quirks()], ids=["calm", "hostile"])
def bench(request: pytest.FixtureRequest) -> AmplitudeBench:
    return AmplitudeBench(request.param)


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, bench: AmplitudeBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, bench: AmplitudeBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", MARKING, ids=name_of)
def test_it_marks_as_it_must(check: MarkingCheck, bench: AmplitudeBench) -> None:
    check(bench)


# ---- every check finds the fault that it is for --------------------------------------------------------------------


class Broken(Amplitude):
    """One that marks badly in one way."""


class ForgetsToDeclare(Broken):
    capabilities = replace(Amplitude.capabilities, creates={})


class MarksTwice(Broken):
    def add_mark(self, draft: MarkDraft) -> Sourced:
        super().add_mark(draft)
        return super().add_mark(draft)


class AnswersSomethingElse(Broken):
    def add_mark(self, draft: MarkDraft) -> Sourced:
        made = super().add_mark(draft)
        return Sourced(made.record.model_copy(update={"title": "x"}), made.payload)


class MarksAnotherDay(Broken):
    def add_mark(self, draft: MarkDraft) -> Sourced:
        return super().add_mark(replace(draft, at=draft.at - timedelta(days=1)))


class TriesAgain(Broken):
    def add_mark(self, draft: MarkDraft) -> Sourced:
        try:
            return super().add_mark(draft)
        except InDoubt:
            return super().add_mark(draft)


class ClaimsSuccess(Broken):
    def add_mark(self, draft: MarkDraft) -> Sourced:
        try:
            return super().add_mark(draft)
        except VendorError:
            return Sourced(Annotation(remote_id="1", title=draft.label, at=draft.at), {})


class RemovesEverything(Broken):
    def remove_mark(self, remote_id: str, expected: Record) -> None:
        for one in self.marks():
            self._api.delete(f"/api/3/annotations/{one.record.remote_id}")


class RemovesBlindly(Broken):
    def remove_mark(self, remote_id: str, expected: Record) -> None:
        self._api.delete(f"/api/3/annotations/{remote_id}")


class PretendsToMark(Broken):
    def add_mark(self, draft: MarkDraft) -> Sourced:
        return Sourced(Annotation(remote_id="1", title=draft.label, at=draft.at), {})


BROKEN: list[tuple[MarkingCheck, type[Amplitude]]] = [
    (marking.check_declares_that_it_marks, ForgetsToDeclare),
    (marking.check_reading_connection_cannot_mark, PretendsToMark),
    (marking.check_mark_is_made_once_and_listed, MarksTwice),
    (marking.check_mark_is_made_once_and_listed, AnswersSomethingElse),
    (marking.check_mark_stands_on_its_day, MarksAnotherDay),
    (marking.check_lost_answer_on_mark_is_in_doubt, TriesAgain),
    (marking.check_failed_mark_is_not_told_as_made, ClaimsSuccess),
    (marking.check_unchanged_mark_is_removed, RemovesEverything),
    (marking.check_unchanged_mark_is_removed, RemovesBlindly),
    (marking.check_changed_mark_is_a_conflict, RemovesBlindly),
]


@pytest.mark.parametrize(("check", "broken"), BROKEN, ids=lambda one: one.__name__)
def test_the_check_finds_its_fault(
    check: MarkingCheck, broken: type[Amplitude], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amplitude_bench, "Amplitude", broken)
    with pytest.raises(AssertionError):
        check(AmplitudeBench(CALM))


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {check for check, _ in BROKEN} == set(MARKING)
