"""What each audience may see: canaries in everything private, looked for in every format."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.config.reporting import Roadmap
from syncline.report import FORMATS, Report, build_status, render
from syncline.report.facts import Fact, digest
from syncline.report.kept.audience import audience_of, shown
from syncline.report.kept.make import make
from syncline.report.model import Table
from syncline.report.parts import Figure, Item
from syncline.report.profiles import (
    ORGANIZATIONS,
    PERSONAL_COLUMNS,
    PERSONAL_SECTIONS,
    Audience,
    PublicEntry,
    figures,
    fit,
    quarter,
    redacted,
)
from syncline.report.settings import ReportSettings

from .building import AS_OF, Database, company, settings
from .signal.world import World

PEOPLE = ("Canary Personova", "Ada Canaryname")
ROADMAP = Roadmap.model_validate(
    {"items": [{"from": "eng", "type": ["Epic"]}], "public": {"labels": ["public-roadmap"]}}
)


def private_company() -> Database:
    """Two epics on the roadmap, one of them public, and work below them; a canary in every text."""
    built = Database()
    built.source()
    built.container("10", "CANARYKEY", "Canary container")
    for number, name in enumerate(PEOPLE):
        built.person(f"canary-account-{number}", name)
    yesterday = AS_OF - timedelta(days=2)
    move = [(AS_OF - timedelta(days=9), "To Do", "In Progress")]
    labels = {"labels": ["public-roadmap", "canary-label"]}
    epic = {"type": "Epic", "level": 1}
    built.issue("1", "In Progress", move, **epic, title="Open to all", due_on=date(2027, 2, 3))  # type: ignore[arg-type]
    built._records[-1]["data"] |= labels | {"type": "Epic"}
    built.issue("2", "In Progress", move, **epic, title="canary-epic", due_on=date(2026, 12, 24))  # type: ignore[arg-type]
    built._records[-1]["data"] |= {"type": "Epic"}
    done = [*move, (yesterday, "In Progress", "Done")]
    for number in range(3, 9):
        built.issue(
            str(number),
            "Done" if number % 2 else "Waiting",
            done if number % 2 else [(yesterday, "To Do", "Waiting")],
            title=f"canary-title-{number} asked by {PEOPLE[0]}",
            key=f"CANARY-{number}",
            url=f"https://example.atlassian.net/browse/CANARY-{number}",
            container="10",
            assignees=["canary-account-0", "canary-account-1"],
            due_on=date(2026, 11, 2),
            parent="1",
        )
    return built


def made(profile: str) -> tuple[Report, Audience, ReportSettings]:
    built = private_company()
    asked = settings(roadmap=ROADMAP, profile=profile)
    with built.write().connect() as connection:
        report = make(connection, "status", asked)
        audience = audience_of(connection, asked)
    built.close()
    return report, audience, asked


@pytest.fixture(scope="module")
def public() -> tuple[Report, Audience, ReportSettings]:
    return made("public")


def test_the_canaries_stand_in_what_the_team_reads(public: tuple[Report, Audience, ReportSettings]) -> None:
    report, _, _ = public
    page = render(fit(report, Audience("team")), "html")
    for canary in ("canary-title-4", "CANARY-4", "canary-epic", *PEOPLE):
        assert canary in page, canary


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_private_is_public(form: str, public: tuple[Report, Audience, ReportSettings]) -> None:
    report, audience, _ = public
    text = render(fit(report, audience), form)  # type: ignore[arg-type]
    assert "canary" not in text.lower()
    assert "atlassian" not in text
    assert "assigned" not in text  # the working set is not printed
    assert "Open to all" in text or form in ("text", "csv")  # these two list no tables of the roadmap
    assert "3 Feb" not in text
    assert "2027-02-03" not in text


def test_the_public_page_says_state_and_quarter(public: tuple[Report, Audience, ReportSettings]) -> None:
    report, audience, _ = public
    assert audience.public == (PublicEntry("Open to all", "in progress", date(2027, 2, 3)),)
    page = render(fit(report, audience), "markdown")
    assert "Open to all" in page
    assert "Q1 2027" in page


@pytest.mark.parametrize("form", FORMATS)
def test_executives_see_no_person_and_no_title_off_the_roadmap(form: str) -> None:
    report, audience, _ = made("exec")
    text = render(fit(report, audience), form)  # type: ignore[arg-type]
    for name in PEOPLE:
        assert name not in text
    assert "canary-title" not in text
    assert "canary-account" not in text
    if form == "html":
        assert "CANARY-4" in text  # known by its key


def test_an_address_is_no_text_to_strike_out_in() -> None:
    report, audience, _ = made("exec")
    line = (Item("i1", "ENG-1", "Ask ada@example.com", "http://127.0.0.1:8080/browse/ENG-1"),)
    cut = fit(replace(report, bottom_line=(line,)), replace(audience, roadmap=frozenset({"i1"})))
    assert cut.bottom_line[0][0] == Item("i1", "ENG-1", "Ask [removed]", "http://127.0.0.1:8080/browse/ENG-1")


def test_a_report_for_executives_speaks_only_of_facts_that_it_has() -> None:
    report, audience, _ = made("exec")
    cut = fit(report, audience)
    spoken = figures((cut.provenance, cut.bottom_line, cut.cards, cut.sections))
    assert spoken == {fact.id for fact in cut.facts}
    assert len(cut.facts) < len(report.facts)
    assert {fact.id: fact.value for fact in report.facts}["F01"] == cut.facts[0].value


def test_what_is_left_out_for_executives_is_counted() -> None:
    report, audience, _ = made("exec")
    cut = fit(report, audience)
    (limits,) = [one for one in cut.sections if one.id == "limits"]
    values = {fact.name: fact.value for fact in cut.facts}
    personal = [one for one in report.sections if one.id in PERSONAL_SECTIONS]
    assert values["left_out_sections"] == len(personal) == 1
    owners = [
        column for one in report.sections if one not in personal for block in one.blocks if isinstance(block, Table)
        for column in block.columns if column.id in PERSONAL_COLUMNS
    ]  # fmt: skip
    assert values["left_out_columns"] == len(owners) > 0
    (hidden,) = [fact for fact in cut.facts if fact.name == "left_out_items"]
    assert hidden.value == hidden.n == len(hidden.ids) > 0
    assert not set(hidden.ids) & audience.roadmap
    assert [part.fact for part in limits.lines[0] if isinstance(part, Figure)] == [
        fact.id for fact in cut.facts if fact.name.startswith("left_out")
    ]
    assert "sections left out: 1, columns left out: " in render(cut, "markdown")


def test_a_report_without_limits_gets_them_for_executives() -> None:
    report, audience, _ = made("exec")
    bare = replace(report, sections=tuple(one for one in report.sections if one.id != "limits"))
    assert [one.id for one in fit(bare, audience).sections][-1] == "limits"
    assert [one.id for one in fit(report, audience).sections].count("limits") == 1


def test_the_public_page_says_that_it_is_not_all(public: tuple[Report, Audience, ReportSettings]) -> None:
    report, audience, _ = public
    cut = fit(report, audience)
    (fact,) = [one for one in cut.facts if one.name == "public_left_out"]
    assert fact.value == len(report.spoken) > 0
    assert f"Sections of the whole report that are left out: {fact.value}." in render(cut, "markdown")


def test_the_team_sees_everything() -> None:
    built = company()
    with built.engine.connect() as connection:
        report = build_status(connection, settings())
    built.close()
    assert fit(report, Audience("team")) is report


@pytest.mark.parametrize("kind", ["status", "roadmap"])
@pytest.mark.parametrize("form", FORMATS)
def test_executives_are_not_told_of_one_or_two_organizations_how_many_they_are(kind: str, form: str) -> None:
    told = []
    for organizations in (("a",), ("a", "b")):
        world = World()
        world.issue("1", type="Epic", level=1, title="Wanted")
        world._records[-1]["data"]["type"] = "Epic"
        for number in range(5):
            wrote = organizations[number % len(organizations)]
            world.about(world.ticket(str(number), AS_OF - timedelta(days=2), organization=wrote), 1)
        asked = settings(roadmap=ROADMAP, profile="exec", title="T")
        with world.write().connect() as connection:
            report = make(connection, kind, asked)
            told.append(render(shown(connection, report, asked), form))  # type: ignore[arg-type]
        world.close()
    assert "< 3" in html.unescape(told[0]) or (kind, form) == ("status", "text")
    digests = re.compile(r"[0-9a-f]{12,}")
    assert digests.sub("", told[0]) == digests.sub("", told[1])


def test_few_organizations_are_not_counted_out() -> None:
    report, audience, _ = made("exec")
    figure = report.cards[0].figure.fact
    few = Fact(
        figure,
        "orgs",
        "Organizations.",
        "SELECT 1",
        (),
        (("a", 2), ("b", 3), ("c", 0)),
        ORGANIZATIONS,
        5,
        ("a", "b"),
        digest(()),
    )
    facts = tuple(few if fact.id == figure else fact for fact in report.facts)
    cut = fit(replace(report, facts=facts), audience)
    found = next(fact for fact in cut.facts if fact.id == figure)
    assert dict(found.value or ()) == {"a": "< 3", "b": 3, "c": 0}  # type: ignore[arg-type]
    assert found.ids == ()


@pytest.mark.parametrize(
    "secret",
    [
        "ada@example.com",
        "+49 30 1234567",
        "(030) 1234 5678",
        "192.168.17.4",
        "2001:db8:0:0:1::7",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "378282246310005",
        "sk_live_abcdefghijklmnop1234",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "xoxb-123456789012-abcdef",
        "AKIAABCDEFGHIJKLMNOP",
        "password: hunter2",
        "api_key=abc",
    ],
)
def test_patterns_are_struck_out(secret: str) -> None:
    assert redacted(f"Call {secret} now") == "Call [removed] now"


@pytest.mark.parametrize(
    "harmless",
    [
        "Raise 12 to 15 %",
        "ENG-4711",
        "Version 1.2.3",
        "4111 1111 1111 1112",
        "20 Nov 2026, 14:05",
        "Q4 2026",
        "a token of thanks",
        "1000000000001",
    ],
)
def test_numbers_that_are_none_of_these_stay(harmless: str) -> None:
    assert redacted(harmless) == harmless


@given(st.integers(0, 10**15))
def test_a_card_number_never_passes(number: int) -> None:
    digits = f"{number:015d}"
    total = sum(
        one - 9 if one > 9 else one
        for one in (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits[:15])))
    )
    card = digits[:15] + str(-total % 10)
    assert redacted(f"pay with {card}") == "pay with [removed]"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 1, 1), "Q1 2026"),
        (date(2026, 3, 31), "Q1 2026"),
        (date(2026, 4, 1), "Q2 2026"),
        (date(2026, 12, 31), "Q4 2026"),
    ],
)
def test_quarters(day: date, words: str) -> None:
    assert quarter(day) == words
