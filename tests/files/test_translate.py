"""Records written as CSV are read back equal; what does not fit is told with file, line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.world import pages, reasons, records, write

from syncline.model import (
    Arm,
    Decision,
    Deploy,
    Direction,
    Experiment,
    Metric,
    MetricPoint,
    Note,
    Record,
    Rollout,
    SurveyResponse,
    Text,
    TextFormat,
)
from syncline_connectors.files.identity import joined
from syncline_connectors.files.tables import TABLES

MANY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)
LABEL = st.from_regex(r"[a-z]{1,5}( [a-z]{1,5})?", fullmatch=True)
KEY = st.from_regex(r"[A-Z]{2,4}-[1-9][0-9]{0,3}", fullmatch=True)
MAYBE = st.none() | WORD
INSTANT = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAY = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NUMBER = st.floats(-1e9, 1e9)
COUNT = st.integers(0, 10**9)
TOLD = {
    "about": st.lists(KEY, unique=True, max_size=3).map(tuple),
    "labels": st.lists(LABEL, unique=True, max_size=3).map(tuple),
}


def csv_of(rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> str:
    """As Python's own writer writes it."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case Text():
            return value.source
        case tuple():
            return "; ".join(value)
        case datetime() | date():
            return value.isoformat()
        case float():
            return repr(value)
    return str(value)


def row(record: Record, **columns: str) -> dict[str, str]:
    """Cells of a record; ``columns`` name the field of each."""
    return {column: cell(getattr(record, name)) for column, name in columns.items()}


def text(source: str | None) -> Text | None:
    return None if source is None else Text(format=TextFormat.PLAIN, source=source)


def plain(record: Record) -> dict[str, Any]:
    return record.model_dump(exclude={"remote_id", "key"})


def check(
    folder: Path, table: str, wanted: Sequence[Record], rows: Sequence[Mapping[str, Any]], delimiter: str
) -> None:
    write(folder, "t.csv", csv_of(rows, delimiter))
    read = records(folder, **{table: "t.csv", "streams": ["metric_points" if table == "metrics" else table]})
    assert list(map(plain, read)) == list(map(plain, wanted))
    assert len({one.remote_id for one in read}) == len(wanted)


DELIMITER = st.sampled_from(",;\t")
ANSWER = st.builds(
    SurveyResponse,
    remote_id=st.uuids().map(str),
    survey=WORD,
    answered_at=INSTANT,
    score=st.integers(0, 10).map(float),
    body=MAYBE.map(text),
    respondent=MAYBE,
    organization=MAYBE,
    **TOLD,
)


@MANY
@given(st.lists(ANSWER, min_size=1, max_size=6), DELIMITER)
def test_answers(tmp_path: Path, answers: list[SurveyResponse], delimiter: str) -> None:
    wanted = [one.model_copy(update={"created_at": one.answered_at}) for one in answers]
    rows = [
        row(one, id="remote_id", survey="survey", answered_at="answered_at", score="score", comment="body")
        | row(one, respondent="respondent", organisation="organization", about="about", tags="labels")
        for one in wanted
    ]
    check(tmp_path, "surveys", wanted, rows, delimiter)


@MANY
@given(
    st.lists(
        st.builds(
            Deploy,
            remote_id=st.uuids().map(str),
            title=WORD,
            service=MAYBE,
            environment=MAYBE,
            version=MAYBE,
            at=INSTANT,
            result=st.sampled_from([None, "succeeded", "failed", "rolled_back", "flaky"]),
            **TOLD,
        ),
        min_size=1,
        max_size=6,
    ),
    DELIMITER,
)
def test_deploys(tmp_path: Path, deploys: list[Deploy], delimiter: str) -> None:
    wanted = [one.model_copy(update={"created_at": one.at}) for one in deploys]
    names = ("title", "service", "environment", "version", "at", "result", "about", "labels")
    rows = [row(one, id="remote_id", **{name: name for name in names}) for one in wanted]
    check(tmp_path, "deploys", wanted, rows, delimiter)


@MANY
@given(
    st.lists(
        st.builds(
            Decision,
            remote_id=st.uuids().map(str),
            title=WORD,
            state=st.sampled_from([None, "proposed", "decided", "superseded", "vetoed"]),
            body=MAYBE.map(text),
            owner=MAYBE,
            decided_on=st.none() | DAY,
            due_on=st.none() | DAY,
            **TOLD,
        ),
        min_size=1,
        max_size=6,
    ),
    DELIMITER,
)
def test_decisions(tmp_path: Path, decisions: list[Decision], delimiter: str) -> None:
    names = ("title", "state", "owner", "decided_on", "due_on", "about", "labels")
    rows = [row(one, id="remote_id", text="body", **{name: name for name in names}) for one in decisions]
    check(tmp_path, "decisions", decisions, rows, delimiter)


@MANY
@given(
    st.lists(
        st.builds(
            MetricPoint,
            remote_id=st.just(""),
            metric=WORD,
            day=DAY,
            segment=st.just("") | WORD,
            value=st.none() | NUMBER,
            count=st.none() | COUNT,
            complete=st.booleans(),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda point: (point.metric, point.day, point.segment),
    ),
    DELIMITER,
)
def test_points(tmp_path: Path, points: list[MetricPoint], delimiter: str) -> None:
    names = ("metric", "day", "segment", "value", "count", "complete")
    check(
        tmp_path, "metrics", points, [row(one, **{name: name for name in names}) for one in points], delimiter
    )


ARMS = st.lists(
    st.builds(
        Arm,
        name=WORD,
        share=st.none() | st.floats(0, 1),
        users=COUNT.map(lambda count: count + 10**9),
        conversions=st.none() | COUNT,
        mean=st.none() | NUMBER,
        deviation=st.none() | NUMBER,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda arm: arm.name,
).map(tuple)


@MANY
@given(
    st.lists(
        st.builds(
            Experiment,
            remote_id=st.just(""),
            title=WORD,
            state=MAYBE,
            hypothesis=MAYBE.map(text),
            metric=MAYBE,
            started_at=st.none() | INSTANT,
            ended_at=st.none() | INSTANT,
            arms=ARMS,
            verdict=MAYBE,
            decision=MAYBE,
            **TOLD,
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one.title,
    ),
    DELIMITER,
    st.randoms(use_true_random=False),
)
def test_experiments(tmp_path: Path, experiments: list[Experiment], delimiter: str, random: Any) -> None:
    """One row for each arm; arms of different experiments may stand among each other."""
    names = (
        "state",
        "hypothesis",
        "metric",
        "started_at",
        "ended_at",
        "verdict",
        "decision",
        "about",
        "labels",
    )
    rows = [
        row(one, experiment="title", **{name: name for name in names})
        | {"arm": arm.name, "share": cell(arm.share), "users": cell(arm.users), "mean": cell(arm.mean)}
        | {"conversions": cell(arm.conversions), "deviation": cell(arm.deviation)}
        for one in experiments
        for arm in one.arms
    ]
    order = sorted(rows, key=lambda _: random.random())
    placed = {one.title: [r["arm"] for r in order if r["experiment"] == one.title] for one in experiments}
    first = {name: at for at, name in reversed(list(enumerate(r["experiment"] for r in order)))}
    wanted = [
        one.model_copy(
            update={"arms": tuple(sorted(one.arms, key=lambda arm: placed[one.title].index(arm.name)))}
        )
        for one in sorted(experiments, key=lambda one: first[one.title or ""])
    ]
    check(tmp_path, "experiments", wanted, order, delimiter)


@MANY
@given(
    st.dictionaries(
        st.tuples(WORD, st.just("") | WORD),
        st.dictionaries(INSTANT, st.integers(0, 100), min_size=1),
        min_size=1,
        max_size=3,
    )
)
def test_rollouts_tell_their_past(tmp_path: Path, flags: dict[tuple[str, str], dict[datetime, int]]) -> None:
    rows = [
        {"flag": flag, "env": env, "percent": f"{value} %", "at": at.isoformat()}
        for (flag, env), steps in flags.items()
        for at, value in steps.items()
    ]
    write(tmp_path, "t.csv", csv_of(rows))
    (page, _) = pages(tmp_path, rollouts="t.csv")
    for item, ((flag, env), steps) in zip(page.records, flags.items(), strict=True):
        found = item.record
        assert isinstance(found, Rollout)
        assert (found.flag, found.environment) == (flag, env or None)
        assert (found.changed_at, found.percent) == max(steps.items())
        told = sorted(
            (event.at, event.old, event.new) for event in page.events if event.remote_id == found.remote_id
        )
        assert [(at, new) for at, _, new in told] == _changes(steps)
        assert [old for _, old, _ in told] == [None, *(new for _, _, new in told[:-1])]


def _changes(steps: dict[datetime, int]) -> list[tuple[datetime, str]]:
    by_time = sorted(steps.items())
    before = [None, *(value for _, value in by_time)]
    return [(at, str(value)) for (at, value), old in zip(by_time, before, strict=False) if value != old]


FIELDS = st.dictionaries(
    st.sampled_from(["reach", "impact", "confidence", "effort", "product_area"]),
    st.integers(-1000, 1000) | st.sampled_from(["core", "mobile", "n/a"]),
    min_size=1,
)


@MANY
@given(st.dictionaries(st.tuples(KEY, DAY), FIELDS, min_size=1, max_size=5))
def test_scores_are_the_companys_fields(
    tmp_path: Path, scores: dict[tuple[str, date], dict[str, Any]]
) -> None:
    rows = [
        {"Item": item, "As of": day.isoformat()}
        | {name.replace("_", " ").title(): value for name, value in fields.items()}
        for (item, day), fields in scores.items()
    ]
    write(tmp_path, "t.csv", csv_of(rows))
    found = records(tmp_path, scores="t.csv")
    assert len(found) == len(scores)
    for one, ((item, day), fields) in zip(found, scores.items(), strict=True):
        assert isinstance(one, Note)
        assert (one.type, one.about, one.fields) == ("score", (item,), fields)
        assert one.noted_at == datetime(day.year, day.month, day.day, tzinfo=UTC)


# ---- metrics -----------------------------------------------------------------------------------------------


def test_a_metric_is_what_its_rows_say_of_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        "t.csv",
        "metric,day,value,unit,direction,every,target\n"
        "activation,2026-11-02,31 %,%,up,weekly,35\n"
        "activation,2026-11-09,,,,,40\n"
        "activation,2026-10-26,30,%,higher,7,30\n",
    )
    (metric,) = records(tmp_path, metrics="t.csv", streams=["metrics"])
    assert metric == Metric(
        remote_id="activation", title="activation", unit="%", direction=Direction.UP, interval=7, target=40
    )
    points = records(tmp_path, metrics="t.csv", streams=["metric_points"])
    assert [(one.day, one.value) for one in points if isinstance(one, MetricPoint)] == [
        (date(2026, 11, 2), 31),
        (date(2026, 11, 9), None),
        (date(2026, 10, 26), 30),
    ]


# ---- what does not fit ---------------------------------------------------------------------------------------


SCALE = "a survey of another scale has the columns lowest and highest"
SCALED = "answered_at,score,lowest,highest\n2026-11-01"
NO_DAY = '"03/04/2026" can be read in two ways; write the date as YYYY-MM-DD'
NO_SHARE = '"50" is not between 0 and 1; a percentage needs its sign: 50 %'
MISFITS = [
    (
        "surveys",
        'answered_at,score,comment\n2026-11-01,9,"two\nlines"\n2026-11-01,11,\n',
        [f'4: column score: "11" is not between 0 and 10; {SCALE}'],
    ),
    (
        "surveys",
        f"{SCALED},4,1,5\n2026-11-01,6,1,5\n",
        [f'3: column score: "6" is not between 1 and 5; {SCALE}'],
    ),
    ("surveys", f"{SCALED},4,1,\n", ["2: columns lowest and highest: one is empty; a scale needs both"]),
    ("surveys", f"{SCALED},4,5,1\n", ["2: column lowest: must be below highest"]),
    (
        "surveys",
        "date,score\n2026-11-01,7.5\n",
        ['2: column score: "7.5" is not a whole number from 0 to 10'],
    ),
    ("surveys", "date,score\n03/04/2026,7\n", [f"2: column answered_at: {NO_DAY}"]),
    (
        "surveys",
        "id,date,score\nx,2026-11-01,7\nx,2026-11-02,8\n",
        ["3: is the same record as t.csv line 2; a column `id` can tell them apart"],
    ),
    ("experiments", "experiment,arm\ne,a\ne,a\n", ['3: column arm: "a" stands there twice']),
    (
        "experiments",
        "experiment,arm,users,conversions\ne,a,10,1\ne,b,10,11\n",
        ["3: column conversions: 11 of 10 users"],
    ),
    ("experiments", "experiment,arm,share\ne,a,50\n", [f"2: column share: {NO_SHARE}"]),
    (
        "experiments",
        "experiment,arm,state\ne,a,running\ne,b,stopped\n",
        ['3: column state: "stopped", but an earlier row says "running"'],
    ),
    (
        "rollouts",
        "flag,percent,at\nf,101,2026-11-01\n",
        ['2: column percent: "101" is not between 0 and 100'],
    ),
    (
        "rollouts",
        "flag,percent,at\nf,10,2026-11-01\nf,20,2026-11-01\n",
        ["3: column percent: 20, but an earlier row of that time says 10"],
    ),
    (
        "metrics",
        "metric,day,value,unit\nm,2026-11-01,1,users\nm,2026-11-02,1,%\n",
        ['3: column unit: "%", but an earlier row says "users"'],
    ),
    (
        "metrics",
        'metric,day,value\nm,2026-11-01,"3,5"\nm,,4\n',
        ['2: column value: "3,5" has a ","; write 3.5, or set `decimal`', "3: column day: is empty"],
    ),
    (
        "scores",
        "item,reach\n,4\nENG-1,\nENG-1 ENG-2,3\n",
        [
            "2: column item: is empty",
            "3: gives no value for any field",
            '4: column item: "ENG-1 ENG-2" is not one key, ref or URL',
        ],
    ),
    (
        "deploys",
        "service,when,shoe\napi,2026-11-01,\n",
        ['1: 1 column is not read: "shoe"; correct, or name under `ignore`'],
    ),
]


@pytest.mark.parametrize(("table", "content", "says"), MISFITS)
def test_a_row_that_does_not_fit_is_set_aside_with_its_line(
    tmp_path: Path, table: str, content: str, says: list[str]
) -> None:
    write(tmp_path, "t.csv", content)
    assert sorted(reasons(tmp_path, **{table: "t.csv"})) == [f"t.csv line {text}" for text in says]


def test_what_one_row_lacks_is_no_matter_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "answered_at,score\n2026-11-01,9\nnonsense,9\n2026-11-03,9\n")
    (page, _) = pages(tmp_path, surveys="t.csv")
    assert [len(page.records), len(page.quarantined)] == [2, 1]


def test_a_survey_of_another_scale_carries_it(tmp_path: Path) -> None:
    write(tmp_path, "csat.csv", "date,score,lowest,highest\n2026-11-01,1,0,1\n")
    (found,) = records(tmp_path, surveys="csat.csv")
    assert isinstance(found, SurveyResponse)
    assert (found.survey, found.score, found.lowest, found.highest) == ("csat", 1, 0, 1)


# ---- identity ------------------------------------------------------------------------------------------------


def ids(folder: Path, **keys: Any) -> list[str]:
    return [one.remote_id for one in records(folder, **keys)]


@pytest.mark.parametrize(
    ("table", "first", "edited"),
    [
        (
            "surveys",
            "respondent,date,score\nada,2026-11-01,3\n",
            "score,date,comment,respondent\n9,2026-11-01,better,ada\n",
        ),
        (
            "deploys",
            "service,version,at\napi,1.2,2026-11-01\n",
            "at,version,service,result\n2026-11-01T00:00Z,1.2,api,failed\n",
        ),
        ("decisions", "title,owner\nUse it,ada\n", "title,owner,state\nUse it,,decided\n"),
        ("experiments", "experiment,arm,users\ne,a,1\n", "experiment,arm,users\ne,b,2\ne,a,7\n"),
        (
            "rollouts",
            "flag,env,percent,at\nf,prod,1,2026-11-01\n",
            "flag,env,percent,at\nf,prod,5,2026-11-02\n",
        ),
        (
            "scores",
            "item,as_of,reach\nENG-1,2026-11-01,5\n",
            "reach,effort,item,as_of\n6,7,ENG-1,2026-11-01\n",
        ),
    ],
)
def test_an_edited_and_moved_row_stays_the_same_record(
    tmp_path: Path, table: str, first: str, edited: str
) -> None:
    write(tmp_path, "nps.csv", first)
    before = ids(tmp_path, **{table: "nps.csv"})
    write(tmp_path, "elsewhere/nps.csv", edited)
    assert ids(tmp_path, **{table: "elsewhere/*.csv"}) == before


@pytest.mark.parametrize("table", ["surveys", "deploys", "decisions", "scores"])
def test_an_id_wins(tmp_path: Path, table: str) -> None:
    head = {
        "surveys": "date,score",
        "deploys": "at,service",
        "decisions": "date,title",
        "scores": "as_of,item,reach",
    }
    body = {
        "surveys": "2026-11-01,3",
        "deploys": "2026-11-01,x",
        "decisions": "2026-11-01,x",
        "scores": "2026-11-01,X-1,3",
    }
    write(tmp_path, "t.csv", f"{head[table]},ID\n{body[table]},n-7\n")
    assert ids(tmp_path, **{table: "t.csv"}) == ["score|n-7" if table == "scores" else "n-7"]


def test_unnamed_answers_that_say_the_same_are_two(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "date,score\n2026-11-01,9\n2026-11-01,9\n2026-11-01,8\n")
    assert len(set(ids(tmp_path, surveys="t.csv"))) == 3


def test_ids_name_nobody_and_stay_short(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", f"date,score,respondent,survey\n2026-11-01,9,ada@acme.example,{'s' * 5000}\n")
    (found,) = ids(tmp_path, surveys="t.csv")
    assert "ada" not in found
    assert len(found) <= 200


@given(st.lists(WORD, min_size=2, max_size=3), st.lists(WORD, min_size=2, max_size=3))
def test_different_parts_make_different_ids(one: list[str], other: list[str]) -> None:
    assert (joined(*one) == joined(*other)) == (one == other)


# ---- hostile -------------------------------------------------------------------------------------------------

TABLE_KEYS = st.sampled_from(
    ["metrics", "surveys", "experiments", "rollouts", "deploys", "decisions", "scores"]
)
SPICE = st.sampled_from(
    [
        "=cmd|' /C calc'!A0",
        "\0",
        "+1",
        "-1",
        "@x",
        "𝟡",
        "‮",
        "1e999",
        "0001-01-01",
        "9999-12-31",
        '"',
        "%",
        " %",
    ]
)


@MANY
@given(TABLE_KEYS, st.data())
def test_no_file_makes_it_stumble(tmp_path: Path, table: str, data: st.DataObject) -> None:
    columns = [column.name for column in TABLES[table].columns]
    value = SPICE | WORD | INSTANT.map(str) | DAY.map(str) | st.integers().map(str)
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, value)), max_size=5))
    write(tmp_path, "t.csv", csv_of([dict.fromkeys(columns, ""), *rows]))
    found = pages(tmp_path, **{table: "t.csv"})
    read = sum(len(page.records) + len(page.quarantined) for page in found)
    assert bool(read) == bool(rows)
