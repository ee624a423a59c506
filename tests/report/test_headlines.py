"""What a reader sees first agrees with what stands below it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from syncline.config.reporting import ObjectiveConfig
from syncline.report import Report, render
from syncline.report.plain import line_text

from .building import AS_OF, report_of
from .roadmap.building import Board
from .roadmap.test_sections import EPIC, cells
from .signal.world import World

TODAY = AS_OF.date()


@pytest.fixture
def board() -> Iterator[Board]:
    built = Board()
    yield built
    built.close()


@pytest.fixture
def world() -> Iterator[World]:
    built = World()
    yield built
    built.close()


def card(report: Report, id: str) -> tuple[str, str, str]:
    found = next(one for one in report.cards if one.id == id)
    return found.title, line_text((found.figure,), report), line_text(found.note, report)


def late(board: Board, due_on: date) -> None:
    """An epic that will not make its day."""
    begun = [(AS_OF - timedelta(days=40), "To Do", "In Progress")]
    board.issue("1", "In Progress", begun, title="Late", due_on=due_on, **EPIC)
    for days in (1, 2, 3, 4, 7):
        board.story(f"2{days}", "1", "Done", days=days)
    for number in range(30):
        board.story(f"3{number}", "1")


def test_the_states_of_the_bottom_line_add_up_to_what_is_open(board: Board) -> None:
    late(board, TODAY - timedelta(days=1))
    board.issue("2", title="An idea", **EPIC)
    (_, states, _) = report_of(board).bottom_line
    report = report_of(board)
    assert line_text(states, report) == ("2 open entries on the roadmap: 1 off track, 1 no data.")


def test_the_card_shows_the_metric_that_the_goals_begin_with_and_what_they_aim_at(world: World) -> None:
    days = [TODAY - timedelta(days=ago) for ago in range(1, 10)]
    world.metric("a_first_of_all", dict.fromkeys(days, 5.0), target=9, unit="users")
    world.metric("activation", dict.fromkeys(days, 38.5), unit="%")
    goal = {"title": "More order", "metric": "activation", "baseline": 31.0, "target": 40.0}
    aim = ObjectiveConfig.model_validate({"title": "t", "start": date(2026, 10, 1), "key_result": [goal]})
    report = report_of(world, objectives=(aim,))
    assert card(report, "metric") == ("activation", "38.5", "target: 40 %")
    (star,) = (one for s in report.sections for one in s.blocks if one.id == "north_star")
    assert line_text(star.summary, report) == "activation is 38.5 %."  # type: ignore[union-attr]


def test_without_a_value_the_next_metric_comes_first(world: World) -> None:
    days = [TODAY - timedelta(days=ago) for ago in range(1, 10)]
    world.metric("activation", {}, unit="%")
    world.metric("users", dict.fromkeys(days, 5.0), target=9, unit="users")
    goal = {"title": "More order", "metric": "activation", "baseline": 31.0, "target": 40.0}
    aim = ObjectiveConfig.model_validate({"title": "t", "start": date(2026, 10, 1), "key_result": [goal]})
    assert card(report_of(world, objectives=(aim,)), "metric") == ("users", "5", "target: 9 users")


def test_what_is_due_soon_says_its_health_and_no_other(board: Board) -> None:
    late(board, TODAY + timedelta(days=2))
    report = report_of(board)
    health = {row[0]: row[1] for row in cells(report, "scorecard_all")}
    (row,) = cells(report, "ahead_first")
    assert row[3:] == [health["ENG-1 Late"], "< 1 %"]
    assert row[3] == "off track"


def test_a_metric_that_nothing_is_known_of_says_so(world: World) -> None:
    world.metric("m", {TODAY - timedelta(days=1): 5.0})
    assert card(report_of(world), "metric") == ("m", "5", "nothing is aimed at")


def test_the_worst_of_which_nothing_can_be_said(board: Board) -> None:
    board.issue("1", title="Nothing known", due_on=TODAY - timedelta(days=3), **EPIC)
    report = report_of(board)
    first = line_text(report.bottom_line[0], report)
    assert first == "ENG-1 Nothing known has no data: no breakdown; target passed 3 days ago."


def test_too_few_answers_are_said_once(world: World) -> None:
    world.answer(AS_OF - timedelta(days=20), 10)
    lines = render(report_of(world), "markdown")
    assert "- NPS: not enough data (answers): 1 of 30 needed in ninety days." in lines
