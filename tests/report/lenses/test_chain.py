"""The place of an entry tells the whole chain: why it is wanted, how it goes, what came of it, in every tool."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from tests.report.building import AS_OF, settings
from tests.report.signal.world import World, ago

from syncline.config.reporting import ObjectiveConfig, Roadmap
from syncline.report import Report
from syncline.report.lenses.page import build_roadmap
from syncline.report.model import Board, Detail, Item
from syncline.report.plain import line_text
from syncline.report.profiles import Audience, fit

ROADMAP = Roadmap.model_validate(
    {"items": [{"from": "eng", "kind": "project"}], "score": {"method": "rice", "reach_period": "quarter"}}
)
GOAL = {"title": "More order", "metric": "activation", "baseline": 31.0, "target": 40.0}
AIM = ObjectiveConfig.model_validate(
    {
        "title": "Buyers come back",
        "from": "eng:initiative:Buyers come back",
        "start": date(2026, 10, 1),
        "due": date(2026, 12, 31),
        "key_result": [GOAL],
    }
)
LAUNCH, FULL = ago(60), ago(40)


@pytest.fixture
def world() -> Iterator[World]:
    built = World()
    built.initiative("a", "Buyers come back")
    built.project("p", "Guest accounts", "done", ("a",))
    built.project("q", "Offline mode", "in_progress")
    part(built, "1", "p", title="Log in later")
    yield built
    built.close()


def part(world: World, name: str, project: str, *moves: Any, **columns: Any) -> None:
    world.issue(name, *moves, **columns)
    world._records[-1]["data"]["project"] = project


def told(world: World, title: str, **changes: Any) -> list[str]:
    report = page(world, **changes)
    details = (block for one in report.sections for block in one.blocks if isinstance(block, Detail))
    found = next(one for one in details if title in line_text(one.head, report))
    return [line_text(line, report) for line in found.lines]


def page(world: World, **changes: Any) -> Report:
    with world.write().connect() as connected:
        chosen: dict[str, Any] = {"roadmap": ROADMAP, "title": "Roadmap"} | changes
        return build_roadmap(connected, settings(**chosen))


def arms(*conversions: int) -> list[dict[str, Any]]:
    return [
        {"name": f"arm {number}", "users": 1000, "conversions": one} for number, one in enumerate(conversions)
    ]


def test_the_goal_and_how_far_it_is(world: World) -> None:
    days: dict[date, float | None] = {AS_OF.date() - timedelta(days=back): 38.5 for back in range(1, 10)}
    world.metric("activation", days, unit="%")
    lines = told(world, "Guest accounts", objectives=(AIM,))
    assert lines[:2] == [
        "Serves Buyers come back, 83 % of the way, due 31 Dec 2026.",
        "Key result: More order: from 31 % to 40 %; now 38.5 %.",
    ]


def test_the_lens_of_objectives_says_how_far_each_is(world: World) -> None:
    world.project("s", "Points", "in_progress", ("a",))
    days: dict[date, float | None] = {AS_OF.date() - timedelta(days=back): 38.5 for back in range(1, 10)}
    world.metric("activation", days, unit="%")
    report = page(world, objectives=(AIM,))
    (board,) = (block for one in report.sections for block in one.blocks if block.id == "objective_board")
    assert isinstance(board, Board)
    assert {one.title: line_text(one.note, report) for one in board.columns} == {
        "Buyers come back": "83 % of the way, due 31 Dec 2026",
        "No objective": "",
    }


def test_without_a_configured_goal_it_says_what_it_serves(world: World) -> None:
    assert told(world, "Guest accounts")[0] == "Serves Buyers come back."


def test_what_parts_were_scored(world: World) -> None:
    fields = {"reach": 5000, "impact": 2, "confidence": "80 %", "effort": 2}
    world._record("Note", "n", data={"about": ["ENG-1"], "fields": fields}, type="score", created_at=ago(5))
    assert "Scored: ENG-1 Log in later, RICE 4,000, place 1, given 5 days ago." in told(
        world, "Guest accounts"
    )


def test_a_flag_says_how_far_since_when_and_what_was_taken_back(world: World) -> None:
    steps = ((LAUNCH, 5), (ago(58), 0), (ago(50), 50), (FULL, 100))
    world.rollout("guests", steps, about=["ENG-1"])
    assert (
        "Flag guests: 100 % of users in prod since 11 Oct 2026, first shown 21 Sep 2026, rolled back 1 time."
        in (told(world, "Guest accounts"))
    )


def test_a_flag_that_names_nothing_is_about_the_entry_of_its_name(world: World) -> None:
    world.rollout("offline-mode", ((ago(3), 10),))
    assert "Flag offline-mode: 10 % of users in prod since 17 Nov 2026." in told(world, "Offline mode")
    world.project("r", "Offline  mode!", "in_progress")
    assert not [line for line in told(world, "Offline mode") if line.startswith("Flag")], "the name fits two"


def test_an_experiment_says_its_arms_and_what_may_be_read(world: World) -> None:
    world.experiment("Guest accounts", arms(300, 360), decision="build it")
    world.experiment(
        "about a part", [{"name": "a", "users": 600, "conversions": 1}, *arms(9)], about=["ENG-1"]
    )
    world.experiment("of something else", arms(1, 2), about=["ENG-404"])
    world.experiment("nothing", [], about=["ENG-1"])
    lines = [line for line in told(world, "Guest accounts") if line.startswith("Experiment")]
    assert lines == [
        "Experiment Guest accounts, running: arm 0 30.0 %, arm 1 36.0 %; +6.0 (+1.9 to +10.1 points): better;"
        " decided: build it.",
        "Experiment about a part, running: a 0.2 %, arm 0 0.9 %; do not read: users are not split as planned,"
        " p = 0.0000.",
        "Experiment nothing, running: no arms.",
    ]


def test_the_metric_before_and_after_with_its_warning(world: World) -> None:
    world.rollout("guests", ((LAUNCH, 5), (FULL, 100)), about=["ENG-1"])
    first, last = LAUNCH.date() - timedelta(days=30), AS_OF.date()
    values: dict[date, float | None] = {
        first + timedelta(days=number): 30.0 if number < 30 else 33.0 for number in range((last - first).days)
    }
    world.metric("activation", values, unit="%")
    (line,) = (
        one for one in told(world, "Guest accounts", objectives=(AIM,)) if one.startswith("Since everybody")
    )
    assert line == (
        "Since everybody has it activation is 33 %, before it was 30 % (+3 points): 28 complete days on each side;"
        " before and after, not cause and effect."
    )


def test_decisions_say_how_they_stand(world: World) -> None:
    world.decision("D-1", "open", date(2026, 11, 21), about=["ENG-1"], created_at=ago(9))
    world.decision("D-2", "decided", about=["ENG-1"], decided_on="2026-11-02", created_at=ago(20))
    lines = [line for line in told(world, "Guest accounts") if line.startswith("Decision")]
    assert lines == [
        "Decision: D-2 Decision D-2 (decided, decided on 2 Nov 2026).",
        "Decision: D-1 Decision D-1 (open, needed by 21 Nov 2026).",
    ]


def test_nothing_is_said_of_what_nobody_knows(world: World) -> None:
    words = ("Flag", "Experiment", "Since", "Decision", "Scored", "Research", "Key result", "Serves")
    assert not [line for line in told(world, "Offline mode") if line.startswith(words)]


def test_a_held_up_part_leads_to_its_source_and_executives_see_no_titles_of_parts(world: World) -> None:
    part(world, "2", "q", "Waiting", [(ago(9), "To Do", "Waiting")], title="Secret plan")
    report = page(world)
    urls = [part.url for part in _items(report) if part.title == "Secret plan"]
    assert urls
    assert all(urls)
    shown = fit(
        report, Audience("exec", roadmap=frozenset(part.item for part in _items(report) if not part.key))
    )
    assert not [part for part in _items(shown) if part.title == "Secret plan"]


def _items(report: Report) -> list[Item]:
    blocks = (block for one in report.sections for block in one.blocks if isinstance(block, Detail))
    return [
        part
        for block in blocks
        for line in (block.head, *block.lines)
        for part in line
        if isinstance(part, Item)
    ]
