"""Goals, metrics, rollouts, experiments and launches, each worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from syncline.config import InvalidConfig, load
from syncline.config.reporting import ObjectiveConfig
from syncline.report import Report, render
from syncline.report.signal.launch import build_launch

from ..building import IDS
from .world import WEIGHED, World, ago, report_of, settings, value

TODAY = date(2026, 11, 20)


@pytest.fixture
def world() -> Iterator[World]:
    built = World()
    yield built
    built.close()


def days(first: int, last: int, of: float) -> dict[date, float | None]:
    """The same value on every day from ``first`` days ago to ``last`` days ago."""
    return {TODAY - timedelta(days=number): of for number in range(first, last - 1, -1)}


def aim(*results: dict[str, Any], **changes: Any) -> ObjectiveConfig:
    values = {
        "title": "More",
        "start": date(2026, 10, 1),
        "due": date(2026, 12, 30),
        "key_result": list(results),
    }
    return ObjectiveConfig.model_validate(values | changes)


def result(metric: str, baseline: float, target: float) -> dict[str, Any]:
    return {"title": f"{metric} to the goal", "metric": metric, "baseline": baseline, "target": target}


KEY = "objective 1, key result 1"


def silent(report: Report, id: str) -> str | None:
    return next(one.silent for one in report.sections if one.id == id)


# ---- goals ------------------------------------------------------------------------------------------


def test_a_key_result_half_way(world: World) -> None:
    """50 of 90 days have passed; from 20 to 40 the value 30 is half of the way."""
    world.metric("share", days(10, 2, 29) | {TODAY - timedelta(days=1): 30}, unit="%")
    report = report_of(world, objectives=(aim(result("share", 20, 40)),))
    assert value(report, "key_result_current", KEY) == 30
    assert value(report, "key_result_progress", KEY) == Fraction(1, 2)
    assert value(report, "key_result_expected", KEY) == Fraction(50, 90)
    assert value(report, "key_result_pace", KEY) == Fraction(-50, 9)
    assert value(report, "key_result_age", KEY) == 1
    assert value(report, "objective_progress", "objective 1") == Fraction(1, 2)
    text = render(report, "markdown")
    assert "| share to the goal | 20 % | 30 % | 40 % | 50 % | 56 % | −6 | 1 |" in text


def test_a_metric_that_is_meant_to_fall(world: World) -> None:
    world.metric("errors", days(3, 1, 6))
    report = report_of(world, objectives=(aim(result("errors", 10, 2)),))
    assert value(report, "key_result_progress", KEY) == Fraction(1, 2)


def test_today_and_what_may_change_are_left_out_and_gaps_are_not_nought(world: World) -> None:
    values = days(20, 12, 5) | {TODAY - timedelta(days=3): None, TODAY - timedelta(days=2): 9, TODAY: 1}
    world.metric("calm", values, provisional={TODAY - timedelta(days=2)})
    report = report_of(world, objectives=(aim(result("calm", 0, 10)),))
    assert value(report, "key_result_current", KEY) == 5
    assert value(report, "key_result_age", KEY) == 12
    found = value(report, "metric_calm")
    assert isinstance(found, tuple)
    assert [day for day, _ in found] == sorted(day.isoformat() for day in days(20, 12, 5))


def test_a_week_counts_when_it_is_over(world: World) -> None:
    """The period ends with 19 November: the week of the 9th was over by then, that of the 16th was not."""
    weeks = {date(2026, 11, 2): 10.0, date(2026, 11, 9): 20.0, date(2026, 11, 16): 7.0}
    world.metric("weekly", dict(weeks), interval=7, target=40)
    report = report_of(world)
    found = value(report, "metric_weekly")
    assert isinstance(found, tuple)
    assert [day for day, _ in found] == ["2026-11-02", "2026-11-09"]
    assert "| weekly | 20 | 15 Nov 2026 | 40 |" in render(report, "markdown")


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([result("share", 30, 30)], "target and baseline are the same"),
        ([result("nothing", 1, 2)], "not given (current)"),
        ([], "not enough data (key results): 0 of 1 needed"),
    ],
)
def test_no_progress_is_invented(world: World, results: list[dict[str, Any]], reason: str) -> None:
    world.metric("share", days(5, 1, 30))
    report = report_of(world, objectives=(aim(*results),))
    assert value(report, "objective_progress", "objective 1") is None
    assert reason in render(report, "markdown")


def test_a_metric_without_any_value(world: World) -> None:
    world.metric("empty", {}, target=3)
    report = report_of(world, objectives=(aim(result("empty", 1, 3)),))
    text = render(report, "markdown")
    assert "no complete interval yet" in text
    assert "not enough data (complete intervals): 0 of 1 needed" in text


def test_names_that_fit_nothing_get_a_line_each(world: World) -> None:
    world.initiative("n1", "Twice")
    world.initiative("n2", "Twice")
    objective = aim(result("gone", 1, 2), owner="Zoe Nobody", **{"from": "eng:initiative:Twice"})
    text = render(report_of(world, objectives=(objective,)), "markdown")
    assert "- More: no single record is called eng:initiative:Twice." in text
    assert "- More: nobody is known as Zoe Nobody." in text
    assert "- gone to the goal: no metric is called gone." in text


def test_objectives_without_work_and_work_without_objectives(world: World) -> None:
    world.initiative("n1", "Alone")
    world.project("p1", "Done already", "done", ("n1",))
    world.project("p2", "For nothing", "in_progress")
    report = report_of(world, objectives=(aim(**{"from": "eng:initiative:Alone"}),))
    assert value(report, "objectives_starved") == 1
    assert value(report, "entries_unaimed") == 1
    world.project("p3", "For it", "in_progress", ("n1",))
    report = report_of(world, objectives=(aim(**{"from": "eng:initiative:Alone"}),))
    assert (value(report, "objectives_starved"), value(report, "entries_unaimed")) == (0, 1)


def test_goals_that_a_tool_keeps(world: World) -> None:
    metric = world.metric("share", days(5, 1, 30))
    assert metric
    world._record(
        "Objective", "o1", data={"owner": "Ada Fiktiva"}, title="Their goal", due_on=date(2026, 12, 31)
    )
    data = {"objective": "o1", "metric": "share", "baseline": 0, "target": 60}
    world._record("KeyResult", "k1", data=data, title="Their number")
    told = {"objective": "o1", "metric": None, "baseline": 0, "target": 10, "current": 9}
    world._record("KeyResult", "k2", data=told, title="Typed by hand")
    report = report_of(world)
    assert value(report, "objective_progress", "a1b2:Objective:o1") == Fraction(7, 10)
    assert value(report, "key_result_current", "a1b2:KeyResult:k2") == 9


def test_metrics_of_nearly_the_same_name(world: World) -> None:
    for name in ("share", "Share", "share usual", "usual of metric share", "!"):
        world.metric(name, days(5, 1, 30), target=3)
    names = [one.name for one in report_of(world).facts]
    assert {"metric_share", "metric_share_again", "metric_share_usual", "metric_unnamed"} <= set(names)


def test_beyond_noise(world: World) -> None:
    """Eight Thursdays around 100 and then 130: 0.6745 · (130 − 100) ÷ 2 is 10.1."""
    thursdays = {TODAY - timedelta(days=1 + 7 * week): 100 + (-1) ** week * 2 for week in range(1, 9)}
    world.metric("noisy", {**thursdays, TODAY - timedelta(days=1): 130}, target=200)
    report = report_of(world)
    assert value(report, "usual_of_metric_noisy") == 100
    assert value(report, "score_of_metric_noisy") == Fraction(6745, 10000) * 15
    assert "unusually high: 100 was usual" in render(report, "markdown")


HEAD = """
[hub]
database = "sqlite:///x.db"
[connections.files]
connector = "files"
[[objective]]
title = "More"
"""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'from = "files:wish:More"',
            "must be written connection:kind:name; a kind is objective, initiative, project, epic",
        ),
        ('from = "files:project"', "must be written connection:kind:name"),
        ('from = "tools:project:More"', 'no connection is named "tools"'),
        ("start = 2026-11-02\ndue = 2026-11-01", "must lie after start"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "syncline.toml"
    path.write_text(HEAD + line + "\n")
    with pytest.raises(InvalidConfig, match=problem):
        load(path)


# ---- rollouts ---------------------------------------------------------------------------------------

STEPS = ((ago(60), 5.0), (ago(50), 40.0), (ago(45), 0.0), (ago(40), 100.0))


def test_a_rollout_with_a_rollback(world: World) -> None:
    ref = "a1b2:Rollout:fast|prod"
    world.rollout("fast", STEPS)
    world.rollout("odd", ((ago(3), 30.0),), environment="staging")
    report = report_of(world)
    assert value(report, "rollout_percent", ref) == 1
    assert value(report, "rollout_days", ref) == 40
    assert value(report, "rollout_rollbacks", ref) == 1
    text = render(report, "markdown")
    assert "| fast stale | prod | 100 % | 11 Oct 2026 | 40 | 21 Sep 2026 | 11 Oct 2026 | 1 |" in text


def test_a_rollout_as_of_an_earlier_day(world: World) -> None:
    world.rollout("fast", STEPS)
    then = report_of(world, as_of=ago(44), period_start=ago(51), period_end=ago(45))
    assert value(then, "rollout_percent", "a1b2:Rollout:fast|prod") == 0


# ---- experiments ------------------------------------------------------------------------------------


def arm(name: str, users: int, conversions: int | None) -> dict[str, Any]:
    return {"name": name, "users": users, "conversions": conversions}


def test_an_experiment_that_can_be_read(world: World) -> None:
    world.experiment("x", [arm("a", 1000, 100), arm("b", 1000, 150)])
    report = report_of(world)
    assert value(report, "experiment_rate", "a1b2:Experiment:x arm 1") == Fraction(3, 20)
    assert value(report, "experiment_effect", "a1b2:Experiment:x arm 1") == 5
    text = render(report, "markdown")
    assert "+5.0 (+2.1 to +7.9 points): better" in text
    assert "users are split as planned, p = 1.0000" in text


def test_an_uneven_split_is_not_read(world: World) -> None:
    """The vector: of 44,000 and 45,000 users p is 0.0008."""
    world.experiment("x", [arm("a", 44_000, 4400), arm("b", 45_000, 9000)])
    report = report_of(world)
    assert value(report, "experiment_effect", "a1b2:Experiment:x arm 1") is None
    text = render(report, "markdown")
    assert "do not read: users are not split as planned, p = 0.0008" in text
    assert "better" not in text


def test_the_sources_own_verdict_stands(world: World) -> None:
    world.experiment("x", [arm("a", 1000, 100), arm("b", 1000, 150)], verdict="a wins", decision="keep a")
    report = report_of(world)
    assert value(report, "experiment_effect", "a1b2:Experiment:x arm 1") is None
    assert "the source says: a wins. Decision: keep a" in render(report, "markdown")


@pytest.mark.parametrize("arms", [[], [arm("a", 0, 0), arm("b", 0, 0)], [arm("a", 10, None)]])
def test_experiments_without_numbers(world: World, arms: list[dict[str, Any]]) -> None:
    world.experiment("x", arms)
    text = render(report_of(world), "markdown")
    assert "no arms" in text or "split not checked: not enough data" in text


def test_more_conversions_than_users_are_no_share(world: World) -> None:
    world.experiment("x", [arm("a", 10, 20), arm("b", 12, 5)])
    world.experiment("y", [arm("a", 10, 2), arm("b", -1, 0)])
    text = render(report_of(world), "markdown").partition("## Facts")[0]
    assert "200" not in text
    assert "-1" not in text.replace("ENG-1", "")
    assert text.count("outside its scale (conversions of users)") == 2


# ---- launches ---------------------------------------------------------------------------------------


def test_twenty_eight_days_before_and_after(world: World) -> None:
    """First shown 60 days ago, for everybody 40 days ago: 30 before, 36 after; the ramp would be 99."""
    values = days(100, 61, 30) | days(60, 40, 99) | days(39, 1, 36)
    world.metric("share", values, unit="%", users=100)
    world.rollout("fast", STEPS)
    report = report_of(world, objectives=(aim(result("share", 0, 100)),))
    key = "a1b2:Rollout:fast|prod a1b2:Metric:share"
    assert (value(report, "launch_before", key), value(report, "launch_after", key)) == (30, 36)
    assert (value(report, "launch_change", key), value(report, "launch_days", key)) == (6, 28)
    assert value(report, "launch_users_after", key) == 2800
    assert value(report, "launch_low_after", key) == 36
    text = render(report, "markdown")
    assert "28 complete days on each side; before and after, not cause and effect" in text
    assert "+6 points" in text


def test_an_early_reading_says_so_and_takes_whole_weeks(world: World) -> None:
    values = days(100, 61, 30) | days(39, 30, 36)
    world.metric("share", values, unit="%")
    world.rollout("fast", STEPS)
    report = report_of(world, objectives=(aim(result("share", 0, 100)),))
    key = "a1b2:Rollout:fast|prod a1b2:Metric:share"
    assert value(report, "launch_days", key) == 7
    assert "7 complete days on each side (too early: twenty-eight are needed)" in render(report, "markdown")


def test_a_gap_beside_the_launch_compares_nothing(world: World) -> None:
    world.metric("share", days(100, 63, 30) | days(39, 30, 36), unit="%")
    world.rollout("fast", STEPS)
    report = report_of(world, objectives=(aim(result("share", 0, 100)),))
    assert value(report, "launch_before", "a1b2:Rollout:fast|prod a1b2:Metric:share") is None
    assert "not compared: days without a value" in render(report, "markdown")


def test_a_linked_experiment_is_named_instead_of_the_warning(world: World) -> None:
    item = world.issue("1")
    world.rollout("fast", STEPS, about=["ENG-1"])
    world.experiment("Proof", [arm("a", 100, 1), arm("b", 100, 2)], about=["ENG-1"])
    world.metric("share", days(100, 1, 30), unit="%")
    text = render(report_of(world, objectives=(aim(result("share", 0, 100)),)), "markdown")
    assert "see the experiment Proof" in text
    assert "not cause and effect" not in text
    assert item


def test_the_launch_report(world: World) -> None:
    world.metric("share", days(100, 1, 30), unit="%")
    world.rollout("fast", STEPS)
    for number in range(5):
        world.ticket(str(number), ago(62 if number < 3 else 30))
    with world.write().connect() as connected:
        made = settings(objectives=(aim(result("share", 0, 100)),), title="Launches")
        report = build_launch(connected, made)
        bare = build_launch(connected, settings(profile="public"))
    ref = "a1b2:Rollout:fast|prod"
    assert report.kind == "launch"
    assert value(report, "launch_tickets_before", ref) == 3
    assert value(report, "launch_tickets_after", ref) == 2
    assert value(report, "launches_launched") == 1
    for format in ("html", "markdown", "json", "text"):
        assert render(report, format)
    assert "Tickets are not shown to this audience." in [one.silent for one in bare.sections]


def test_predicted_effort_beside_the_time_that_passed(world: World) -> None:
    """Two person-months were predicted; from 100 days ago to 40 days ago are 61 days, so two months."""
    number = world.project("p1", "Fast!", "in_progress")
    world.event(number, "status", IDS["To Do"], IDS["In Progress"], ago(100))
    data = {"about": ["a1b2:Project:p1"], "fields": {"effort": 2}}
    world._record("Note", "n1", data=data, type="score", created_at=ago(110))
    world.rollout("fast", STEPS)
    with world.write().connect() as connected:
        report = build_launch(connected, settings(roadmap=WEIGHED))
    ref = "a1b2:Rollout:fast|prod"
    assert value(report, "launch_effort_predicted", ref) == 2
    assert value(report, "launch_effort_elapsed", ref) == Fraction(61) / Fraction("30.4375")
    assert value(report, "launch_effort_ratio", ref) == Fraction(61) / Fraction("60.875")
    assert "| fast | 2.0 | 2.0 | 1.0 |" in render(report, "markdown")


def test_a_teams_line_says_by_how_much_its_predictions_are_off(world: World) -> None:
    """Three launches of two months each, predicted as one, two and four: the median ratio is one."""
    for effort in (1, 2, 4):
        number = world.project(f"p{effort}", f"Fast {effort}", "in_progress")
        world.event(number, "status", IDS["To Do"], IDS["In Progress"], ago(100))
        data = {"about": [f"a1b2:Project:p{effort}"], "fields": {"effort": effort}}
        world._record("Note", f"n{effort}", data=data, type="score", created_at=ago(110))
        world.rollout(f"fast {effort}", STEPS)
        with world.write().connect() as connected:
            report = build_launch(connected, settings(roadmap=WEIGHED))
        text = render(report, "markdown")
        if effort < 4:
            assert value(report, "launch_calibration_typical", "no team") is None
            assert "no team: " in text
    months = Fraction(61) / Fraction("30.4375")
    names = ("least", "typical", "most", "launches")
    found = [value(report, f"launch_calibration_{name}", "no team") for name in names]
    assert found == [months / 4, months / 2, months, 3]
    assert "no team: typically 1.0 times as long as predicted (0.5 to 2.0, 3 launches)." in text


def test_a_launch_report_about_nothing(world: World) -> None:
    with world.write().connect() as connected:
        report = build_launch(connected, settings())
    assert [one.id for one in report.spoken] == ["sources"]
    assert "No flag says that anything was launched." in render(report, "markdown")


# ---- decisions --------------------------------------------------------------------------------------


def test_decisions_the_most_urgent_first(world: World) -> None:
    world.issue("1")
    world.decision("D-1", "proposed", TODAY + timedelta(days=3), owner="Ada Fiktiva", about=["ENG-1", "lost"])
    world.decision("D-2", None, TODAY - timedelta(days=1), created_at=ago(12))
    world.decision("D-3", "decided", decided_on="2026-11-02")
    world.decision("D-4", "superseded")
    report = report_of(world)
    assert value(report, "decisions_open") == 2
    assert value(report, "decisions_overdue") == 1
    assert value(report, "decision_age", "a1b2:Decision:D-2") == 12
    text = render(report, "markdown")
    assert "- 2 decisions are open, 1 overdue." in text
    assert "- D-2 Decision D-2 · Who: nobody · By: 19 Nov 2026 overdue · Age (days): 12" in text
    assert "About: [ENG-1](<https://example.atlassian.net/browse/ENG-1>) Issue 1, lost" in text
    assert text.index("D-2 Decision") < text.index("D-1 Decision") < text.index("D-3 Decision")


def test_what_was_decided_later_was_open_then(world: World) -> None:
    world.decision("D-1", "decided", decided_on="2026-11-15", created_at=ago(30))
    assert value(report_of(world), "decisions_open") == 0
    then = report_of(world, as_of=ago(10), period_start=ago(17), period_end=ago(11))
    assert value(then, "decisions_open") == 1


def test_what_needs_a_person(world: World) -> None:
    number = int(world.issue("1", "In Progress")[1:])
    world.issue("2", "To Do")
    world._record(
        "Relation", "b1", data={"type": "blocks"}, type="blocks", subject="1", target="2", created_at=ago(4)
    )
    world.conflict(number)
    world.conflict(number, "blocked")
    report = report_of(world)
    assert value(report, "conflicts_open") == 1
    assert value(report, "fields_blocked") == 1
    assert value(report, "blockers_unowned") == 1
    text = render(report, "markdown")
    assert "- 1 item blocks others and has no owner." in text
    assert "- 1 field waits for a choice between two tools." in text


def test_the_public_sees_no_decision(world: World) -> None:
    world.decision("D-1", "proposed")
    assert (
        silent(report_of(world, profile="public"), "decisions") == "Decisions are not shown to this audience."
    )


def test_nothing_to_decide(world: World) -> None:
    report = report_of(world)
    assert silent(report, "decisions") == "No decision was read, and nothing needs a person."
    assert silent(report, "goals") == "No objective is configured, and no metric was read."
    assert silent(report, "trials") == "No flag, experiment, deploy or mark was read."
