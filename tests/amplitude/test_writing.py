"""Annotations that are written, as Amplitude hears of them: sent once, refused by name, deleted if unchanged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.amplitude.lab import Connect, Wire
from tests.simulator.amplitude import needs_recorded, recorded

from syncline.errors import (
    AccessDenied,
    AuthError,
    ConfigError,
    InDoubt,
    Invalid,
    NotFound,
    ProtocolError,
    RateLimited,
    TransientError,
    VersionConflict,
)
from syncline.model import RECORDS, Kind, Record, Sourced
from syncline.sim import SimClock, SimRequest, SimResponse
from syncline.sim.faults import Fault, inflict
from syncline.target import MarkDraft, TakesMarks
from syncline_connectors.amplitude import Amplitude, AmplitudeConfig
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

BERLIN = ZoneInfo("Europe/Berlin")
DRAFT = MarkDraft("2.4", datetime(2026, 3, 2, tzinfo=BERLIN), "Shipped in eng.", "Releases")


@pytest.fixture
def source(connect: Connect, project: AmplitudeSimulator) -> Amplitude:
    project.add_category("Releases")
    return connect(access="write")


def test_an_annotation_is_sent_as_documented_and_taken_in_as_it_is_stored(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire
) -> None:
    stored = source.add_mark(DRAFT)
    (request,) = wire.sent
    assert (request.method, request.path) == ("POST", "/api/3/annotations")
    assert json.loads(request.body) == {
        "label": "2.4",
        "start": "2026-03-02T00:00:00+01:00",
        "details": "Shipped in eng.",
        "category": "Releases",
    }
    (made,) = project.annotations.values()
    assert (stored.record.remote_id, stored.record.title) == (str(made.id), "2.4")
    assert [one.record for one in source.marks()] == [stored.record]


def test_no_category_is_named_where_none_is_wanted(source: Amplitude, wire: Wire) -> None:
    source.add_mark(MarkDraft("2.4", DRAFT.at, "d"))
    assert "category" not in json.loads(wire.sent[0].body)


def test_a_connection_that_only_reads_sends_nothing(connect: Connect, wire: Wire) -> None:
    with pytest.raises(ConfigError, match="access"):
        connect().add_mark(DRAFT)
    assert wire.sent == []


def test_a_category_that_is_not_there_is_named(connect: Connect) -> None:
    with pytest.raises(Invalid, match='no annotation category "Releases"') as told:
        connect(access="write").add_mark(DRAFT)
    assert told.value.field == "category"


@pytest.mark.parametrize(
    ("status", "error"), [(400, Invalid), (401, AuthError), (403, AccessDenied), (409, VersionConflict)]
)
def test_a_refusal_is_an_error_by_its_name_and_sent_once(
    source: Amplitude, wire: Wire, status: int, error: type[Exception]
) -> None:
    wire.before = lambda request: SimResponse.of_json({"error": {"message": "no"}}, status)
    with pytest.raises(error):
        source.add_mark(DRAFT)
    assert len(wire.sent) == 1


DOUBTFUL = [
    Fault.TIMEOUT_AFTER,
    Fault.TIMEOUT_BEFORE,
    Fault.DROP_AFTER,
    Fault.SERVER_ERROR,
    Fault.BAD_GATEWAY,
]
DAMAGED = [Fault.LOGIN_PAGE, Fault.TRUNCATED_JSON, Fault.EMPTY_BODY, Fault.INVALID_UTF8]


@pytest.mark.parametrize("fault", [*DOUBTFUL, *DAMAGED])
def test_a09_what_may_have_been_made_is_in_doubt_and_not_sent_again(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire, clock: SimClock, fault: Fault
) -> None:
    wire.before = lambda request: inflict(fault, project, request, clock, 1.0)
    with pytest.raises(InDoubt):
        source.add_mark(DRAFT)
    assert len(wire.sent) == 1
    assert len(project.annotations) <= 1


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {"id": 1}}, {"success": True}, []])
def test_a09_an_answer_without_the_annotation_is_in_doubt(
    source: Amplitude, wire: Wire, answer: object
) -> None:
    wire.before = lambda request: SimResponse.of_json(answer)
    with pytest.raises(InDoubt):
        source.add_mark(DRAFT)


def test_too_many_requests_were_not_executed_and_are_sent_again_after_a_minute(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire, clock: SimClock
) -> None:
    answers = [SimResponse.of_json({"error": {"http_code": 429}}, 429)]
    wire.before = lambda request: answers.pop() if answers else None
    before = clock.now()
    source.add_mark(DRAFT)
    assert (clock.now() - before).total_seconds() >= 60
    assert len(project.annotations) == 1
    wire.before = lambda request: SimResponse.of_json({"error": {"http_code": 429}}, 429)
    with pytest.raises(RateLimited):
        source.add_mark(DRAFT)


def test_the_list_is_asked_anew_and_leaves_out_what_makes_no_sense(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire
) -> None:
    made = project.annotate("a", DRAFT.at)
    assert [one.record.remote_id for one in source.marks()] == [str(made.id)]
    project.annotate("c", DRAFT.at)
    assert len(source.marks()) == 2
    rows = [
        {"id": 1, "label": "a", "start": "soon"},
        {"id": 2, "label": "b", "start": "2026-03-02T00:00:00Z"},
    ]
    wire.before = lambda request: SimResponse.of_json({"data": rows})
    assert [one.record.remote_id for one in source.marks()] == ["2"]
    wire.before = lambda request: SimResponse.of_json({"data": None})
    with pytest.raises(ProtocolError):
        source.marks()


@needs_recorded
def test_recorded_writes_are_understood(source: Amplitude, wire: Wire) -> None:
    wire.before = lambda request: SimResponse.of_json(recorded("create-annotation"))
    stored = source.add_mark(MarkDraft("Test Annotation", datetime(2026, 6, 15, tzinfo=UTC), "d"))
    assert (stored.record.remote_id, stored.record.title) == ("939891", "Test Annotation")
    deleted = SimResponse.of_json(recorded("delete-annotation"))
    made = SimResponse.of_json(recorded("create-annotation"))
    wire.before = lambda request: deleted if request.method == "DELETE" else made
    source.remove_mark("939891", kept(stored))


# ---- taking one back -----------------------------------------------------------------------------------------------


def test_an_annotation_that_is_unchanged_is_deleted(source: Amplitude, project: AmplitudeSimulator) -> None:
    stored = source.add_mark(DRAFT)
    other = project.annotate("2.4", DRAFT.at)
    source.remove_mark(stored.record.remote_id, kept(stored))
    assert list(project.annotations) == [other.id]
    with pytest.raises(NotFound):
        source.remove_mark(stored.record.remote_id, kept(stored))


CHANGES = [("label", "2.5"), ("start", "2026-03-03T00:00:00+01:00"), ("end", "2026-03-04T00:00:00+01:00")]
MORE = [("details", "more"), ("category", 1), ("chart_id", "abc")]


@pytest.mark.parametrize(("name", "value"), [*CHANGES, *MORE])
def test_one_that_somebody_changed_stays(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire, name: str, value: object
) -> None:
    stored = source.add_mark(DRAFT)
    (made,) = project.annotations.values()
    setattr(made, name, value)
    with pytest.raises(VersionConflict):
        source.remove_mark(stored.record.remote_id, kept(stored))
    assert len(project.annotations) == 1
    assert not any(request.method == "DELETE" for request in wire.sent)


def test_a_delete_whose_answer_was_lost_is_sent_again(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire, clock: SimClock
) -> None:
    stored = source.add_mark(DRAFT)
    faults = [Fault.TIMEOUT_AFTER]

    def once(request: SimRequest) -> SimResponse | None:
        if request.method == "DELETE" and faults:
            return inflict(faults.pop(), project, request, clock, 1.0)
        return None

    wire.before = once
    source.remove_mark(stored.record.remote_id, kept(stored))
    assert project.annotations == {}
    assert [request.method for request in wire.sent][-2:] == ["DELETE", "DELETE"]


def test_what_cannot_be_looked_at_is_not_deleted(
    source: Amplitude, project: AmplitudeSimulator, wire: Wire
) -> None:
    stored = source.add_mark(DRAFT)
    for answer in (SimResponse.of_json({"data": {}}), SimResponse.of_json({"error": {}}, 500)):
        wire.before = lambda request, answer=answer: answer  # type: ignore[misc]
        with pytest.raises((ProtocolError, TransientError)):
            source.remove_mark(stored.record.remote_id, kept(stored))
    assert len(project.annotations) == 1


def kept(stored: Sourced) -> Record:
    """A record as the ledger keeps it."""
    data = json.loads(json.dumps(stored.record.model_dump(mode="json")))
    return RECORDS[Kind.ANNOTATION].model_validate(data)


# ---- what it says of itself ----------------------------------------------------------------------------------------


def test_days_are_those_of_the_project() -> None:
    assert issubclass(Amplitude, TakesMarks)
    keys = {"connector": "amplitude", "key": "env:K", "secret": "env:S", "region": "eu"}
    known = AmplitudeConfig.model_validate(keys | {"timezone": "Europe/Berlin"})
    assert Amplitude.mark_zone(known) == BERLIN
    with pytest.raises(ConfigError, match="timezone is needed"):
        Amplitude.mark_zone(AmplitudeConfig.model_validate(keys))
