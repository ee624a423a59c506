"""The simulated Amplitude: who may ask, annotations, cohorts, releases, export."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from tests.simulator.amplitude import FIELDS, Asker, needs_examples, needs_recorded, recorded, shape

from syncline.sim import SimClock, SimRequest
from syncline_connectors.amplitude.simulator import HOSTS, AmplitudeSimulator

ANNOTATIONS = "/api/3/annotations"
AT = datetime(2026, 2, 10, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def project(clock: SimClock) -> AmplitudeSimulator:
    made = AmplitudeSimulator(clock, calm=True)
    made.add_key("key", "secret")
    return made


@pytest.fixture
def ask(project: AmplitudeSimulator) -> Asker:
    return Asker(project)


# ---- who -----------------------------------------------------------------------------------------------------------


def test_only_known_keys_are_answered(project: AmplitudeSimulator) -> None:
    assert Asker(project)("/api/2/events/list").status == 200
    assert Asker(project, secret="other")("/api/2/events/list").status == 403
    assert project(SimRequest.of("GET", "/api/2/events/list")).status == 401


@pytest.mark.parametrize("region", HOSTS)
def test_the_other_region_does_not_know_the_key(clock: SimClock, region: str) -> None:
    project = AmplitudeSimulator(clock, region=region, calm=True)
    project.add_key("key", "secret")
    for at, host in HOSTS.items():
        request = SimRequest.of(
            "GET", "/api/2/events/list", headers=[*Asker(project).headers, ("Host", host)]
        )
        assert project(request).status == (200 if at == region else 403)


def test_every_answer_tells_the_time(ask: Asker) -> None:
    assert ask("/api/2/events/list").header("Date") == "Mon, 02 Mar 2026 09:00:00 GMT"


def test_some_answers_count_by_another_limit(project: AmplitudeSimulator, ask: Asker) -> None:
    assert ask("/api/2/events/list").header("X-RateLimit-Remaining") is None
    project.set_quirks(counted=True)
    answer = ask("/api/2/events/list")
    assert (answer.header("X-RateLimit-Limit"), answer.header("X-RateLimit-Remaining")) == ("5000", "4990")


# ---- annotations ---------------------------------------------------------------------------------------------------


def test_annotations_are_made_changed_and_removed(project: AmplitudeSimulator, ask: Asker) -> None:
    project.add_category("Releases")
    body = {"label": "Shipped", "start": AT.isoformat(), "category": "Releases", "details": "ENG-1"}
    made = ask(ANNOTATIONS, method="POST", body=body).json()["data"]
    changed = ask(f"{ANNOTATIONS}/{made['id']}", method="PUT", body={"label": "Out"}).json()["data"]
    assert (changed["label"], changed["details"]) == ("Out", "ENG-1")
    assert ask(ANNOTATIONS).json()["data"] == [changed]
    assert ask(f"{ANNOTATIONS}/{made['id']}", method="DELETE").json() == {"success": True}
    assert ask(f"{ANNOTATIONS}/{made['id']}").status == 404


def test_making_one_twice_makes_two(ask: Asker) -> None:
    body = {"label": "Shipped", "start": AT.isoformat()}
    for _ in range(2):
        ask(ANNOTATIONS, method="POST", body=body)
    assert len(ask(ANNOTATIONS).json()["data"]) == 2


def test_what_was_made_may_be_listed_late(project: AmplitudeSimulator, ask: Asker, clock: SimClock) -> None:
    project.set_quirks(listed_after=30.0)
    project.annotate("by hand", AT)
    made = ask(ANNOTATIONS, method="POST", body={"label": "Shipped", "start": AT.isoformat()}).json()["data"]
    assert ask(f"{ANNOTATIONS}/{made['id']}").status == 200
    assert [row["label"] for row in ask(ANNOTATIONS).json()["data"]] == ["by hand"]
    clock.advance(30.0)
    assert [row["label"] for row in ask(ANNOTATIONS).json()["data"]] == ["by hand", "Shipped"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"label": "x"}, 400),
        ({"start": "2026-02-10T12:00:00+00:00"}, 400),
        ({"label": "x", "start": "2026-02-10"}, 400),
        ({"label": "x", "start": "2026-02-10T12:00:00+00:00", "category": "none such"}, 404),
        ({"label": "x", "start": "2026-02-10T12:00:00+00:00", "colour": "red"}, 400),
    ],
)
def test_what_the_documents_do_not_allow_is_refused(ask: Asker, body: object, status: int) -> None:
    assert ask(ANNOTATIONS, method="POST", body=body).status == status


def test_annotations_are_found_by_time_chart_and_category(project: AmplitudeSimulator, ask: Asker) -> None:
    early = project.annotate("early", AT - timedelta(days=9), category="Alerts")
    on_chart = project.annotate("chart", AT, chart_id="abc")
    project.annotate("other chart", AT, chart_id="xyz")
    labels = {
        name: [row["label"] for row in ask(ANNOTATIONS, params).json()["data"]]
        for name, params in {
            "after": {"start": AT.isoformat()},
            "before": {"end": (AT - timedelta(days=1)).isoformat()},
            "chart": {"chart_id": "abc"},
            "category": {"category": "Alerts"},
        }.items()
    }
    assert labels == {
        "after": ["chart", "other chart"],
        "before": [early.label],
        "chart": ["early", on_chart.label],
        "category": ["early"],
    }


def test_a_category_is_there_once(ask: Asker) -> None:
    path = "/api/3/annotation-categories"
    assert ask(path, method="POST", body={"category": "Releases"}).status == 200
    assert ask(path, method="POST", body={"category": "Releases"}).status == 409
    assert ask(path, {"category": "none such"}).status == 404


# ---- as recorded ---------------------------------------------------------------------------------------------------


@needs_recorded
def test_answers_have_the_recorded_shapes(project: AmplitudeSimulator, ask: Asker) -> None:
    project.annotate("one", AT, details="more")
    project.add_cohort("Everybody", 5)
    assert shape(ask(ANNOTATIONS).json()) == shape(recorded("list-annotations"))
    assert shape(ask("/api/3/annotation-categories").json()) == shape(recorded("list-annotation-categories"))
    cohort, real = ask("/api/3/cohorts").json()["cohorts"][0], recorded("list-cohorts")["cohorts"][0]
    unsaid = {"per_app_metadata", "cohort_definition_type", "cohort_output_type", "is_generated_content"}
    assert cohort.keys() == real.keys() - unsaid
    body = {"version": "2.0.0", "release_start": "2026-06-16 00:00:00", "title": "Test Release 2"}
    assert shape(ask("/api/2/release", method="POST", body=body).json()) == shape(recorded("create-release"))


# ---- cohorts, releases ---------------------------------------------------------------------------------------------


def test_hidden_cohorts_are_not_listed(project: AmplitudeSimulator, ask: Asker) -> None:
    project.add_cohort("seen", 5)
    project.add_cohort("unseen", 5, hidden=True)
    assert [row["name"] for row in ask("/api/3/cohorts").json()["cohorts"]] == ["seen"]


def test_releases_are_made_and_listed_nowhere(project: AmplitudeSimulator, ask: Asker) -> None:
    project.add_release("1.0", "First", AT)
    assert ask("/api/2/release").status == 404
    assert ask("/api/2/release", method="POST", body={"version": "1"}).status == 400


# ---- export --------------------------------------------------------------------------------------------------------


def _lines(content: bytes) -> list[dict[str, object]]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    files = [gzip.decompress(archive.read(name)).decode() for name in archive.namelist()]
    return [json.loads(line) for text in files for line in text.splitlines()]


def test_export_is_a_zip_of_gzipped_lines(project: AmplitudeSimulator, ask: Asker) -> None:
    project.upload("visit", times=3, at=AT, plan="free")
    project.upload("visit", at=AT + timedelta(hours=1))
    lines = _lines(ask("/api/2/export", {"start": "20260210T12", "end": "20260210T12"}).content())
    assert [line["event_type"] for line in lines] == ["visit"] * 3
    assert lines[0]["event_properties"] == {"plan": "free"}


def test_an_hour_is_exported_two_hours_after_its_end(
    project: AmplitudeSimulator, ask: Asker, clock: SimClock
) -> None:
    project.upload("visit")
    hour = {"start": "20260302T09", "end": "20260302T09"}
    statuses = []
    for _ in range(4):
        statuses.append(ask("/api/2/export", hour).status)
        clock.advance(3600)
    assert statuses == [404, 404, 404, 200]


def test_some_events_stand_in_two_files(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_quirks(repeated_uploads=0.5)
    project.upload("visit", times=50, at=AT)
    lines = _lines(ask("/api/2/export", {"start": "20260210T00", "end": "20260210T23"}).content())
    assert len({line["uuid"] for line in lines}) == 50 < len(lines)


def test_what_is_too_much_is_refused(project: AmplitudeSimulator, ask: Asker) -> None:
    project.upload("visit", times=5, at=AT)
    hour = {"start": "20260210T12", "end": "20260210T12"}
    project.export.cap = 4
    assert ask("/api/2/export", hour).status == 400
    project.export.slow = 5
    assert ask("/api/2/export", hour).status == 504
    assert ask("/api/2/export", {"start": "20250101T00", "end": "20260210T12"}).status == 400


@needs_examples
def test_exported_events_have_documented_fields_only(project: AmplitudeSimulator, ask: Asker) -> None:
    project.upload("visit", at=AT)
    (line,) = _lines(ask("/api/2/export", {"start": "20260210T12", "end": "20260210T12"}).content())
    assert line.keys() <= json.loads((FIELDS / "export-event.json").read_text())["fields"].keys()
