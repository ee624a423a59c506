"""The priority lens: the latest inputs win, a refusal keeps its reason, and the vector of RICE holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from tests.report.building import AS_OF, Database, settings

from syncline.config.reporting import Roadmap
from syncline.report.facts import Fact
from syncline.report.lenses.priority import priority_section, read
from syncline.report.making import drafting, working_set
from syncline.report.model import Section, Table
from syncline.report.pictures import Bubbles
from syncline.report.shared import Shared


def note(database: Database, name: str, about: str, days_ago: int = 5, **parts: Any) -> None:
    database._record(
        "Note",
        name,
        data={"about": [about], "fields": parts},
        type="score",
        created_at=AS_OF - timedelta(days=days_ago),
    )


@contextmanager
def lens(database: Database, **changes: Any) -> Iterator[tuple[Section, dict[str, Fact]]]:
    chosen = settings(**changes)
    with database.write().connect() as connected:
        basis = working_set(connected, chosen)
    with drafting(basis, chosen) as draft:
        section = priority_section(draft, Shared(draft))
        yield section, {fact.name: fact for fact in draft.ledger.facts()}


def values(facts: dict[str, Fact], name: str) -> dict[str, Any]:
    value = facts[name].value
    assert isinstance(value, tuple)
    return dict(value)


def test_the_vector_of_rice(database: Database) -> None:
    item = database.issue("1")
    note(database, "a", "ENG-1", reach=5000, impact=2, confidence="80 %", effort=2)
    with lens(database) as (section, facts):
        assert values(facts, "score") == {item: 4000}
        assert section.silent is None


def test_the_latest_of_each_input_counts_and_its_age_is_told(database: Database) -> None:
    item = database.issue("1")
    note(database, "a", "ENG-1", 40, reach=100, impact=1, confidence=50, effort=1)
    note(database, "b", "ENG-1", 3, reach=300)
    with lens(database) as (_, facts):
        assert values(facts, "score_reach") == {item: 300}
        assert values(facts, "score_effort") == {item: 1}
        assert values(facts, "score") == {item: 150}
        assert values(facts, "score_age") == {item: 3}


def test_an_items_own_fields_count_too(database: Database) -> None:
    item = database.issue("1")
    database._records[-1]["data"] = {"fields": {"reach": 200, "impact": 0.5, "confidence": 100, "effort": 4}}
    with lens(database) as (_, facts):
        assert values(facts, "score") == {item: 25}


@pytest.mark.parametrize("effort", [0, None, "soon"])
def test_without_an_effort_there_is_no_score_but_a_reason(database: Database, effort: Any) -> None:
    item = database.issue("1")
    other = database.issue("2")
    note(
        database,
        "a",
        "ENG-1",
        reach=100,
        impact=1,
        confidence=50,
        **({} if effort is None else {"effort": effort}),
    )
    note(database, "b", "ENG-2", reach=100, impact=1, confidence=50, effort=1)
    with lens(database) as (section, facts):
        assert values(facts, "score") == {item: None, other: 50}
        refused = facts["score"].why_not(item)
        assert refused is not None
        assert refused.about == "effort"
        table = section.blocks[0]
        assert isinstance(table, Table)
        assert [row[0][0].item for row in table.rows] == [other, item]  # type: ignore[union-attr]


def test_a_careful_rank_falls_where_confidence_carries_it(database: Database) -> None:
    one, two = database.issue("1"), database.issue("2")
    note(database, "a", "ENG-1", reach=110, impact=1, confidence=100, effort=1)
    note(database, "b", "ENG-2", reach=100, impact=1, confidence=100, effort=1)
    with lens(database) as (_, facts):
        assert values(facts, "score_rank") == {one: 1, two: 2}
        assert values(facts, "score_rank_careful") == {one: 2, two: 2}


def test_reach_is_counted_over_the_configured_period(database: Database) -> None:
    item = database.issue("1")
    note(database, "a", "ENG-1", reach=100, impact=1, confidence=100, effort=1)
    roadmap = Roadmap.model_validate(
        {"items": [{"from": "eng"}], "score": {"method": "rice", "reach_period": "month"}}
    )
    with lens(database, roadmap=roadmap) as (_, facts):
        assert values(facts, "score") == {item: 300}


def test_ice(database: Database) -> None:
    item, other = database.issue("1"), database.issue("2")
    note(database, "a", "ENG-1", impact=3, confidence=4, ease=5)
    note(database, "b", "ENG-2", impact=3, confidence=40, ease=5)
    roadmap = Roadmap.model_validate({"items": [{"from": "eng"}], "score": {"method": "ice"}})
    with lens(database, roadmap=roadmap) as (section, facts):
        assert values(facts, "score") == {item: 60, other: None}
        assert not any(isinstance(block, Bubbles) for block in section.blocks)


def test_the_picture_holds_what_has_impact_and_effort(database: Database) -> None:
    for number, (impact, effort) in enumerate([(3, 1), (3, 6), (1, 1), (1, 6)], 1):
        database.issue(str(number))
        note(database, str(number), f"ENG-{number}", reach=100, impact=impact, confidence=50, effort=effort)
    database.issue("5")
    note(database, "5", "ENG-5", reach=1)
    with lens(database) as (section, facts):
        picture = section.blocks[1]
        assert isinstance(picture, Bubbles)
        assert {bubble.item.key for bubble in picture.bubbles} == {"ENG-1", "ENG-2", "ENG-3", "ENG-4"}
        assert (facts["impact_high"].value, facts["effort_high"].value) == (
            1,
            1,
        )  # nearest rank of two and two
        assert facts["impact_effort_shown"].value == 4


def test_nothing_given_says_so(database: Database) -> None:
    database.issue("1")
    with lens(database) as (section, facts):
        assert section.silent
        assert not facts


def test_a_name_that_fits_two_items_means_none(database: Database) -> None:
    database.issue("1", key="SAME-1")
    database.issue("2", key="SAME-1")
    note(database, "a", "SAME-1", reach=100, impact=1, confidence=50, effort=1)
    with lens(database) as (section, _):
        assert section.silent


@pytest.mark.parametrize(
    ("text", "number"), [("80", 80), ("0.8", Fraction(4, 5)), ("80 %", 80), (" 12% ", 12)]
)
def test_numbers_as_people_write_them(text: str, number: Fraction) -> None:
    assert read(text) == number
