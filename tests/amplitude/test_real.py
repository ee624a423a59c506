"""The vendor's documentation examples and recorded answers are read without loss."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.simulator.amplitude import RECORDED, example, needs_examples, needs_recorded, recorded

from syncline.model import Annotation, Kind, Metric
from syncline_connectors.amplitude.answers import Cell, read
from syncline_connectors.amplitude.config import MetricConfig
from syncline_connectors.amplitude.translate import Reader, size_of

READER = Reader({})


# ---- the documentation ---------------------------------------------------------------------------------------------


@needs_examples
def test_the_segmentation_example_is_short_of_values_and_refused_until_it_is_whole() -> None:
    """The page shows two days and one value for each country, which cannot be: a truncated row is no row."""
    told = example("dashboard-rest--event-segmentation-response")
    countries = MetricConfig(name="m", event="e", group_by=("country",))
    with pytest.raises(ValueError, match="1 values instead of 2"):
        read(countries, told, date(2014, 10, 1), date(2014, 10, 2))
    whole = copy.deepcopy(told)
    for row in whole["data"]["series"]:
        row.append(0)
    rows = {row.group: row.cells[0] for row in read(countries, whole, date(2014, 10, 1), date(2014, 10, 2))}
    assert rows == {
        "United States": Cell(date(2014, 10, 1), 273333),
        "Germany": Cell(date(2014, 10, 1), 190351),
    }


@needs_examples
def test_the_funnel_example_is_read() -> None:
    told = example("dashboard-rest--funnel-analysis-response")
    songs = MetricConfig(
        name="m", funnel=("Search Song or Video", "Select Song or Video", "Play Song or Video")
    )
    (row,) = read(songs, told, date(2017, 8, 14), date(2017, 8, 15))
    assert list(row.cells) == [
        Cell(date(2017, 8, 14), 100 * 118636 / 125259, 125259),
        Cell(date(2017, 8, 15), 100 * 119986 / 126964, 126964),
    ]


@needs_examples
def test_the_retention_example_is_read() -> None:
    told = example("dashboard-rest--retention-analysis-response")
    day_0 = MetricConfig.model_validate({"name": "m", "retention": {"after": 1}})
    (row,) = read(day_0, told, date(2017, 8, 14), date(2017, 8, 15))
    assert not row.cells, "in the example the third value is incomplete"
    for cohort in told["data"]["series"][0]["values"].values():
        cohort[2]["incomplete"] = False
    (row,) = read(day_0, told, date(2017, 8, 14), date(2017, 8, 15))
    assert list(row.cells) == [
        Cell(date(2017, 8, 14), 100 * 1561 / 12864, 12864),
        Cell(date(2017, 8, 15), 100 * 1773 / 14720, 14720),
    ]


@needs_examples
@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        (
            "dashboard-rest--get-active-and-new-user-counts-response",
            {"users": "active", "group_by": ["country"]},
            {"United States": [46109, 47542], "Canada": [42845, 42626]},
        ),
        (
            "dashboard-rest--get-average-session-length-response",
            {"sessions": "average"},
            {"": [1204.0238276716443, 1197.4160169086904]},
        ),
        (
            "dashboard-rest--get-average-sessions-per-user-response",
            {"sessions": "peruser"},
            {"": [3.624536794878406, 3.6232302614435854]},
        ),
    ],
)
def test_the_examples_of_users_and_sessions_are_read(
    name: str, given: dict[str, Any], expected: dict[str, list[float]]
) -> None:
    metric = MetricConfig.model_validate({"name": "m", **given})
    rows = read(metric, example(name), date(2017, 8, 14), date(2017, 8, 15))
    assert {row.group: [cell.value for cell in row.cells] for row in rows} == expected


@needs_examples
def test_the_annotation_examples_are_read() -> None:
    told = example("chart-annotations--get-all-annotations-response")["data"]
    found = [READER.read(Kind.ANNOTATION, row) for row in told]
    assert found
    for record, row in zip(found, told, strict=True):
        assert isinstance(record, Annotation)
        assert (record.title, record.type) == (row["label"], row["category"]["name"])
        assert record.at == datetime.fromisoformat(row["start"]).astimezone(UTC)


@needs_examples
def test_the_cohort_example_is_read() -> None:
    told = example("behavioral-cohorts--get-all-cohorts-response")["cohorts"]
    record = READER.read(Kind.METRIC, told[0])
    assert isinstance(record, Metric)
    assert (record.title, record.unit) == ("Test Cohort 1", "users")
    size = size_of(told[0], date(2026, 1, 1))
    assert size is not None
    assert size.record.remote_id == "cohort/id_12345/2023-03-21"


# ---- recorded ------------------------------------------------------------------------------------------------------


@needs_recorded
@pytest.mark.parametrize("name", ["annotations", "list-annotations", "bulk-update-annotation-categories"])
def test_every_recorded_annotation_is_read_without_loss(name: str) -> None:
    rows = recorded(name)["data"]
    assert rows
    for row in rows:
        record = READER.read(Kind.ANNOTATION, row)
        assert isinstance(record, Annotation)
        assert record.remote_id == str(row["id"])
        assert (record.title, record.type, record.metric) == (
            row["label"],
            row["category"]["category"],
            row["chart_id"],
        )
        assert (record.body.source if record.body else None) == row["details"]
        assert record.at == datetime.fromisoformat(row["start"])
        assert record.until == (datetime.fromisoformat(row["end"]) if row["end"] else None)


@needs_recorded
@pytest.mark.parametrize("name", ["create-annotation", "get-annotation", "update-annotation"])
def test_a_recorded_answer_about_one_annotation_is_read(name: str) -> None:
    row = recorded(name)["data"]
    record = READER.read(Kind.ANNOTATION, row)
    assert (record.remote_id, record.title) == (str(row["id"]), row["label"])


@needs_recorded
@pytest.mark.parametrize("name", ["cohorts", "list-cohorts"])
def test_every_recorded_cohort_is_read(name: str) -> None:
    rows = recorded(name)["cohorts"]
    assert rows
    for row in rows:
        record = READER.read(Kind.METRIC, row)
        assert isinstance(record, Metric)
        assert (record.title, record.definition, record.archived) == (
            row["name"],
            row["description"],
            row["archived"],
        )
        size = size_of(row, date(2030, 1, 1))
        assert (size is None) == (row["lastComputed"] is None), "a size that was never computed is none"
        assert size is None or size.payload["value"] == row["size"]


@needs_recorded
def test_every_recorded_annotation_answer_is_looked_at_here() -> None:
    known = {"annotations", "list-annotations", "bulk-update-annotation-categories", "create-annotation"}
    known |= {"get-annotation", "update-annotation", "delete-annotation"}
    found = set()
    for path in RECORDED.glob("*.exchanges.json"):
        if any("/annotations" in one["request"]["path"] for one in json.loads(path.read_text())):
            found.add(path.name.removesuffix(".exchanges.json"))
    assert found <= known
