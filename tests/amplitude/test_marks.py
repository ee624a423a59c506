"""Annotations and cohorts: how they are listed, read, looked at, and what is set aside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.amplitude.lab import Connect, Wire, marks, metrics, points, records, walk

from syncline.connector import Archived, Cursor, Forbidden, Gone, Missing, Present
from syncline.errors import ProtocolError
from syncline.model import Kind, Ref
from syncline.sim import SimClock, SimResponse
from syncline.text import plain_text
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

AT = datetime(2026, 2, 10, 12, tzinfo=UTC)
ROW = {
    "id": 7,
    "start": "2026-02-10T13:00:00+01:00",
    "label": "x",
    "details": None,
    "category": None,
    "end": None,
}


def listing(*rows: object) -> SimResponse:
    return SimResponse.of_json({"data": list(rows)})


def test_an_annotation_is_read_with_all_it_says(connect: Connect, project: AmplitudeSimulator) -> None:
    made = project.annotate(
        "Shipped", AT, end=AT + timedelta(days=1), details="ENG-1\nfor all", category="Releases"
    )
    found = marks(walk(connect(), "annotations"))[str(made.id)]
    assert (found.title, found.type, found.at, found.until) == (
        "Shipped",
        "Releases",
        AT,
        AT + timedelta(days=1),
    )
    assert found.body is not None
    assert plain_text(found.body) == "ENG-1\nfor all"
    assert found.metric is None


def test_an_annotation_of_a_chart_belongs_to_the_metric_that_reads_it(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.add_chart("abc", "Visits", date(2026, 2, 1), {"All": [1.0] * 10})
    own, other = project.annotate("a", AT, chart_id="abc"), project.annotate("b", AT, chart_id="xyz")
    found = marks(walk(connect(metrics=[{"name": "Chart visits", "chart": "abc"}]), "annotations"))
    assert found[str(own.id)].metric == "chart_visits"
    assert found[str(other.id)].metric == "xyz"


def test_a19_a_category_has_its_name_under_either_word(connect: Connect, project: AmplitudeSimulator) -> None:
    made = project.annotate("a", AT, category="Alerts")
    project.set_quirks(category_name="name")
    assert marks(walk(connect(), "annotations"))[str(made.id)].type == "Alerts"


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ({"start": None}, "start"),
        ({"start": "2026-02-10T12:00:00"}, "zone"),
        ({"start": "soon"}, "zone"),
        ({"label": 5}, "label"),
        ({"category": "Releases"}, "category"),
    ],
)
def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(
    connect: Connect, wire: Wire, spoilt: dict[str, object], reason: str
) -> None:
    wire.before = lambda request: listing(ROW | spoilt, ROW | {"id": 8})
    pages = walk(connect(), "annotations")
    assert marks(pages).keys() == {"8"}
    (odd,) = [item for page in pages for item in page.quarantined]
    assert (odd.remote_id, reason in odd.reason) == ("7", True)


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": [{"label": "no id"}]}, {"data": ["x"]}])
def test_a_list_that_makes_no_sense_is_no_empty_list(connect: Connect, wire: Wire, answer: object) -> None:
    wire.before = lambda request: SimResponse.of_json(answer)
    with pytest.raises(ProtocolError):
        walk(connect(), "annotations")


def test_no_annotations_are_a_whole_walk(connect: Connect) -> None:
    (page,) = walk(connect(), "annotations")
    assert (page.records, page.next) == ([], Cursor(None, "0"))


def test_a20_annotations_come_in_pages_though_the_vendor_has_none(
    connect: Connect, project: AmplitudeSimulator, wire: Wire
) -> None:
    project.set_quirks(shuffled=True)
    made = [project.annotate(f"a{n}", AT) for n in range(205)]
    pages = walk(connect(), "annotations")
    assert [len(page.records) for page in pages] == [100, 100, 5]
    assert [int(one.remote_id) for one in records(pages)] == [one.id for one in made]
    assert len(wire.sent) == 1


def test_a_look_tells_apart_what_the_vendor_tells_apart(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    here, hidden = project.annotate("a", AT), project.annotate("b", AT)
    cohort = project.add_cohort("Power users", 4)
    project.forbid(f"/annotations/{hidden.id}")
    source = connect(metrics=[{"name": "visits", "event": "visit"}])
    wanted = {
        Ref("s", Kind.ANNOTATION, str(here.id)): Present,
        Ref("s", Kind.ANNOTATION, str(hidden.id)): Forbidden,
        Ref("s", Kind.ANNOTATION, "999"): Missing,
        Ref("s", Kind.ANNOTATION, "not-a-number"): Missing,
        Ref("s", Kind.METRIC, "visits"): Present,
        Ref("s", Kind.METRIC, "others"): Missing,
        Ref("s", Kind.METRIC, f"cohort/{cohort.id}"): Present,
        Ref("s", Kind.METRIC, "cohort/none"): Missing,
        Ref("s", Kind.METRIC_POINT, "visits/2026-02-10"): Missing,
    }
    told = list(source.fetch(list(wanted)))
    assert {answer.ref: type(answer) for answer in told} == wanted
    assert not any(isinstance(answer, Gone | Archived) for answer in told)
    found = [item.record.remote_id for a in told if isinstance(a, Present) for item in a.page.records]
    assert found == [str(here.id), "visits", f"cohort/{cohort.id}"]


def test_the_census_names_annotations_and_metrics(connect: Connect, project: AmplitudeSimulator) -> None:
    made = {str(project.annotate("a", AT).id) for _ in range(3)}
    source = connect(metrics=[{"name": "visits", "event": "visit"}])
    by_name = {stream.name: stream for stream in source.streams()}
    assert {number for batch in source.census(by_name["annotations"]) for number in batch} == made
    assert list(source.census(by_name["metrics"])) == [["visits"]]
    with pytest.raises(ProtocolError):
        list(source.census(by_name["cohorts"]))


# ---- cohorts -------------------------------------------------------------------------------------------------------


def test_a08_a_cohort_is_a_metric_of_its_size(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    cohort = project.add_cohort("Power users", 40, description="ten visits a week")
    project.add_cohort("never computed", 0, computed=False)
    pages = walk(connect(), "cohorts")
    named = {one.title: one for one in metrics(pages).values()}
    assert named.keys() == {"Power users", "never computed"}
    found = named["Power users"]
    assert (found.remote_id, found.unit, found.definition) == (
        f"cohort/{cohort.id}",
        "users",
        "ten visits a week",
    )
    (point,) = points(pages).values()
    assert (point.metric, point.day, point.value, point.complete) == (
        f"cohort/{cohort.id}",
        date(2026, 3, 2),
        40,
        False,
    )
    clock.advance(86400)
    project.recompute(cohort, 44)
    days = {one.day: one.value for one in points(walk(connect(), "cohorts")).values()}
    assert days == {date(2026, 3, 3): 44}


def test_an_archived_cohort_says_so(connect: Connect, project: AmplitudeSimulator) -> None:
    project.add_cohort("old", 4, archived=True)
    (found,) = metrics(walk(connect(), "cohorts")).values()
    assert found.archived


def test_a_cohort_that_cannot_be_read_is_set_aside(connect: Connect, wire: Wire) -> None:
    good = {"id": "a", "name": "x", "lastMod": 5, "size": 3, "lastComputed": 5}
    rows = [{**good, "lastMod": "yesterday"}, {"lastMod": 5}, {**good, "id": "b", "size": "many"}, "cohort"]
    dated = [("Date", "Mon, 02 Mar 2026 09:00:00 GMT")]
    wire.before = lambda request: SimResponse.of_json({"cohorts": [*rows, good | {"id": "c"}]}, headers=dated)
    pages = walk(connect(), "cohorts")
    assert [one.remote_id for one in records(pages)] == ["cohort/c", "cohort/c/1970-01-01"]
    assert [item.remote_id for item in pages[0].quarantined] == ["a", "None", "b", "None"]
