"""Tickets, demand, ratings and surveys: counted by hand, and again by the formulas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from syncline.config.company import FieldConfig
from syncline.report import Report, render
from syncline.report.basis import Basis, Relation
from syncline.report.draft import Draft
from syncline.report.facts import Ledger
from syncline.report.filling import image_of
from syncline.report.formulas import support
from syncline.report.making import parameters
from syncline.report.settings import Calendar
from syncline.report.signal.demand import demand_by_item
from syncline.report.signal.tickets import Support, take
from syncline.store.instants import to_text

from .world import AS_OF, SITE, WEIGHED, World, ago, fact, report_of, settings, value

ARR = {"arr": FieldConfig(type="number", unit="EUR/year")}


@pytest.fixture
def world() -> Iterator[World]:
    built = World()
    yield built
    built.close()


def solved(at: float) -> tuple[datetime, str, str]:
    return (ago(at), "In Progress", "Done")


def again(at: float) -> tuple[datetime, str, str]:
    return (ago(at), "Done", "In Progress")


# ---- volume -----------------------------------------------------------------------------------------


def test_a_handful_of_tickets(world: World) -> None:
    """The period is 13 to 19 November; the report is made on the 20th."""
    world.ticket("1", ago(10), (solved(5),), first_replied_at="2026-11-10T17:00:00Z")
    world.ticket("2", ago(3), (solved(2.5), again(1)))
    world.ticket("3", ago(2), merged_into="1")
    world.ticket("4", ago(2), labels=("spam",))
    world.ticket("5", ago(2), labels=("closed_by_merge",))
    world.ticket("6", ago(0.1))  # today: no part of the period
    world.ticket("7", ago(20), (solved(9), again(8), solved(4)))
    report = report_of(world)
    assert value(report, "tickets_created") == 1
    assert value(report, "tickets_solved") == 2
    assert value(report, "tickets_open") == 1
    assert value(report, "closing_index") == 2
    assert value(report, "first_reply_90") == 3
    assert value(report, "full_resolution") == 120  # of 120 and 384 hours the lower is the median
    assert value(report, "first_resolution_before") == 264


def test_an_older_report_sees_the_tickets_of_its_time(world: World) -> None:
    world.ticket("1", ago(30), (solved(5),))
    report = report_of(world)
    assert value(report, "tickets_open") == 0
    start, end = ago(17), ago(10)
    then = report_of(world, as_of=ago(10), period_start=start, period_end=end)
    assert (value(then, "tickets_open"), value(then, "tickets_solved_90")) == (1, 0)


def test_history_that_is_not_known(world: World) -> None:
    """Solved before anybody watched: its tool's own time counts, and where that is missing its last change."""
    world.ticket("1", ago(6), status="Done", resolved=ago(4))
    world.ticket("2", ago(5), status="Done")
    report = report_of(world)
    assert value(report, "tickets_solved") == 2
    assert value(report, "full_resolution") == 0


def test_the_first_answer_is_the_agents_first_public_one(world: World) -> None:
    world.agent("a1")
    world.ticket("1", ago(4))
    world.reply("1", ago(3.9), "customer")
    world.reply("1", ago(3.8), "a1", public=False)
    world.reply("1", ago(3.5), "a1")
    world.ticket("2", ago(4), reporter="a1")  # made by an agent: the first is the ticket itself
    world.reply("2", ago(4), "a1")
    world.reply("2", ago(3), "a1")
    report = report_of(world)
    assert value(report, "tickets_replied") == 2
    assert value(report, "first_reply") == 12
    told = [support.Reply(ago(at), True, True) for at in (4, 3)]
    assert support.first_reply(ago(4), True, told) == timedelta(days=1)


# ---- the second implementation ----------------------------------------------------------------------

hours = st.integers(0, 40 * 24)
courses = st.builds(
    support.Ticket,
    id=st.uuids().map(str),
    created_at=hours.map(lambda one: AS_OF - timedelta(hours=one)),
    solved=st.lists(hours, max_size=3).map(lambda at: tuple(AS_OF - timedelta(hours=one) for one in at)),
    reopened=st.lists(hours, max_size=3).map(lambda at: tuple(AS_OF - timedelta(hours=one) for one in at)),
    left_out=st.booleans(),
)


def measured(tickets: list[support.Ticket]) -> tuple[Ledger, Support]:
    rows = [(one.id, to_text(one.created_at), "spam" if one.left_out else "", None) for one in tickets]
    turns = [
        (f"{one.id} {kind} {number}", one.id, to_text(at), kind)
        for one in tickets
        for kind, every in (("solved", one.solved), ("reopened", one.reopened))
        for number, at in enumerate(every)
    ]
    tables: list[tuple[str, tuple[str, ...], list[tuple[str | None, ...]]]] = [
        ("ticket", ("item", "created_at", "left_out", "replied_at"), [*rows]),
        ("ticket_turn", ("turn", "item", "at", "kind"), [*turns]),
        ("rating", ("ref", "at", "score", "lowest", "highest"), []),
    ]
    relations = {name: Relation("", columns) for name, columns, _ in tables}
    basis = Basis(relations, frozenset(), [image_of(tables)])
    made = settings()
    calendar = Calendar(made.timezone, made.as_of)
    ledger = Ledger(basis, parameters(made, calendar))
    return ledger, take(Draft(made, calendar, ledger, frozenset()))


@examples(max_examples=60, deadline=None)
@given(st.lists(courses, max_size=6))
def test_counts_equal_the_formula(tickets: list[support.Ticket]) -> None:
    ledger, found = measured(tickets)
    made = settings()
    with ledger:
        expected = support.volume(tickets, made.period_start, made.period_end)
        assert ledger.number(found.period.created) == expected.created
        assert ledger.number(found.period.solved) == expected.solved
        assert ledger.number(found.backlog) == expected.backlog
        index = ledger.value(found.period.index)
        assert index == (expected.closing_index if isinstance(expected.closing_index, Fraction) else None)


# ---- ratings and surveys ----------------------------------------------------------------------------


def test_satisfaction_with_its_interval(world: World) -> None:
    """The vector of Zendesk: 18 good and 2 bad are 90 %, between 69.9 and 97.2 %."""
    for number in range(20):
        world.ticket(str(number), ago(6), (solved(4),))
        world.rating(str(number), ago(3), 0 if number < 2 else 1)
    world.rating("0", ago(3), 3, highest=5)  # another scale: in no count
    report = report_of(world)
    assert value(report, "satisfaction") == Fraction(9, 10)
    assert value(report, "ratings") == 20
    low, high = value(report, "satisfaction_low"), value(report, "satisfaction_high")
    assert [round(100 * float(one), 1) for one in (low, high)] == [69.9, 97.2]  # type: ignore[arg-type]
    assert value(report, "response_rate") == 1


def test_nobody_rated(world: World) -> None:
    world.ticket("1", ago(2))
    report = report_of(world)
    assert value(report, "satisfaction") is None
    text = render(report, "markdown")
    assert "nobody rated" in text
    assert "| Closing index | 0.00 |" in text


def test_the_net_promoter_score(world: World) -> None:
    """The vector: half promoters, a sixth detractors; of 36 answers the margin is 24.3 points."""
    for number in range(36):
        world.answer(ago(20), 10 if number < 18 else 3 if number < 24 else 8)
    world.answer(ago(2), 9)
    report = report_of(world)
    assert value(report, "nps_answers_90", "NPS") == 37
    assert value(report, "nps_promoters_90", "NPS") == 19
    points = value(report, "nps_90", "NPS")
    assert isinstance(points, Fraction)
    assert points == Fraction(1300, 37)
    assert value(report, "nps", "NPS") is None
    assert "not enough data (answers): 1 of 30 needed" in render(report, "text") + render(report, "markdown")


def test_a_survey_on_another_scale_has_no_score(world: World) -> None:
    world.answer(ago(2), 4, "Effort", highest=7)
    report = report_of(world)
    assert value(report, "nps_90", "Effort") is None
    assert "outside its scale" in render(report, "markdown")


def test_one_answer_for_each_person(world: World) -> None:
    for score in (2, 9):
        world.answer(ago(2 if score == 9 else 3), score, respondent="p1")
    report = report_of(world)
    assert (value(report, "nps_answers", "NPS"), value(report, "nps_promoters", "NPS")) == (1, 1)


# ---- demand -----------------------------------------------------------------------------------------


def demanded(world: World) -> tuple[str, str]:
    """Four tickets of two organisations about two bugs; three ways in which a link is known."""
    one, two = world.issue("10"), world.issue("20")
    for name, worth in (("o1", 1000), ("o2", 250.5), ("o3", "much")):
        world.organization(name, arr=worth, size="big")
    first = world.ticket("1", ago(30), organization="o1")
    world.about(first, int(one[1:]))
    world.about(first, int(one[1:]))  # known twice, counted once
    world.ticket("2", ago(2), organization="o2")
    world.attachment("f1", "2", "https://example.atlassian.net/browse/ENG-10")
    world.ticket("3", ago(2), organization="o2")
    world.attachment("f2", "3", None, "ENG-10")
    world.ticket("4", ago(2), organization="o3", parent="1")  # an incident of the first
    last = world.ticket("5", ago(2))
    world.about(last, int(two[1:]), "created")
    ended = world.ticket("6", ago(2), labels=("billing",))
    world.about(ended, int(two[1:]), until=ago(1))
    merged = world.ticket("7", ago(2), merged_into="1")
    world.about(merged, int(two[1:]))
    return one, two


def test_demand_of_an_item(world: World) -> None:
    one, two = demanded(world)
    report = report_of(world, roadmap=WEIGHED, fields=ARR)
    assert value(report, "demand_tickets") == tuple(sorted(((one, 4), (two, 1))))
    assert value(report, "demand_new", one) == 3
    assert value(report, "demand_organizations") == tuple(sorted(((one, 3), (two, 0))))
    assert value(report, "demand_weight", one) == Fraction(2501, 2)
    assert fact(report, "demand_weight").unit == "EUR/year"
    text = render(report, "markdown")
    assert "Most asked about: [ENG-10]" in text
    assert "4 tickets from 3 organisations, weighing 1,251 EUR/year." in text


def test_the_share_that_is_about_nothing_is_always_said(world: World) -> None:
    demanded(world)
    report = report_of(world)
    assert value(report, "tickets_lately") == 6
    assert value(report, "tickets_about") == 4
    assert value(report, "tickets_led") == 1
    assert value(report, "tickets_unlinked") == Fraction(1, 6)
    assert value(report, "themes") == (("billing", 1),)


def test_few_organisations_are_hidden_from_the_public(world: World) -> None:
    one, two = demanded(world)
    public = report_of(world, profile="public")
    section = next(one for one in public.sections if one.id == "customers")
    assert section.silent == "Tickets are not shown to this audience."
    with world.engine.connect() as connected:
        from syncline.report.making import drafting, working_set

        made = settings(profile="public")
        with drafting(working_set(connected, made), made) as draft:
            figures = demand_by_item(draft)
            assert draft.ledger.value(figures.at(figures.organizations, one)) == 3
            assert draft.ledger.value(figures.at(figures.organizations, two)) == 0
    assert support.shown_count(2) == "< 3"


def test_two_organisations_have_no_number_for_the_public(world: World) -> None:
    item = world.issue("1")
    for name in ("o1", "o2"):
        world.about(world.ticket(name, ago(2), organization=name), int(item[1:]))
    assert value(report_of(world), "demand_organizations", item) == 2
    with world.engine.connect() as connected:
        from syncline.report.making import drafting, working_set

        made = settings(profile="public")
        with drafting(working_set(connected, made), made) as draft:
            figures = demand_by_item(draft)
            assert draft.ledger.value(figures.at(figures.organizations, item)) == "< 3"


# ---- little and poor data ---------------------------------------------------------------------------


def section(report: Report, id: str) -> str | None:
    return next(one.silent for one in report.sections if one.id == id)


def test_no_ticket_at_all(world: World) -> None:
    report = report_of(world)
    assert section(report, "customers") == "No ticket and no answer to a survey was read."
    assert not {"tickets_created", "ratings", "demand_tickets"} & {one.name for one in report.facts}


def test_all_tickets_are_merged(world: World) -> None:
    for number in range(3):
        world.ticket(str(number), ago(2), merged_into="9")
    report = report_of(world)
    assert value(report, "tickets_created") == 0
    assert value(report, "tickets_unlinked") is None
    assert "No ticket was created in the last ninety days." in render(report, "markdown")


def test_a_ticket_solved_before_it_was_made(world: World) -> None:
    world.ticket("1", ago(1.5), (solved(3),))
    report = report_of(world)
    assert value(report, "tickets_solved") == 1
    assert render(report, "html")


def test_records_of_tickets_that_say_nothing(world: World) -> None:
    world._record("Ticket", "bare", created_at=ago(2))
    world._record("SurveyResponse", "bare", subject="bare")
    report = report_of(world)
    assert value(report, "tickets_open") == 1
    assert report.as_of.astimezone(UTC) == AS_OF
    assert SITE
