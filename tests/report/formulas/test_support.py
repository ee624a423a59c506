"""M19."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import noon

from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.support import (
    About,
    Demand,
    Reply,
    Resolution,
    Ticket,
    Volume,
    contact_rate,
    demand,
    first_reply,
    resolution,
    shown_count,
    unlinked_share,
    volume,
)

DAY = timedelta(days=1)
REPLIES = [
    Reply(noon(4), by_agent=True, public=True),
    Reply(noon(1), by_agent=False, public=True),
    Reply(noon(2), by_agent=True, public=False),
    Reply(noon(3), by_agent=True, public=True),
]


def test_the_first_reply_is_an_agents_public_one() -> None:
    assert first_reply(noon(0), False, REPLIES) == 3 * DAY


def test_a_ticket_by_an_agent_is_answered_by_the_second() -> None:
    assert first_reply(noon(0), True, REPLIES) == 4 * DAY
    assert first_reply(noon(0), True, REPLIES[1:]) is None


def test_no_reply_time_until_both_ends_exist() -> None:
    assert first_reply(None, False, REPLIES) is None
    assert first_reply(noon(0), False, REPLIES[1:3]) is None


def ticket(created: int, solved: tuple[int, ...] = (), reopened: tuple[int, ...] = ()) -> Ticket:
    return Ticket("t", noon(created), tuple(map(noon, solved)), tuple(map(noon, reopened)))


def test_first_and_full_resolution_are_kept_apart() -> None:
    again = ticket(0, (2, 6), (4,))
    assert resolution(again, noon(9)) == Resolution(2 * DAY, 6 * DAY)
    assert resolution(again, noon(5)) == Resolution(2 * DAY, None)
    assert resolution(ticket(0, (2, 3)), noon(9)) == Resolution(2 * DAY, 2 * DAY)
    assert resolution(ticket(0), noon(9)) == Resolution(None, None)
    assert resolution(ticket(0, (2,)), noon(2)) == Resolution(None, None)
    assert resolution(ticket(0, (2,), (2,)), noon(9)) == Resolution(2 * DAY, None)


def test_the_period_is_half_open() -> None:
    tickets = [ticket(0, (7,)), ticket(7), ticket(6, (7,)), ticket(-9, (2,), (3,)), ticket(-9, (0,))]
    found = volume(tickets, noon(0), noon(7))
    assert found == Volume(created=2, solved=1, backlog=3, left_out=0)
    assert found.closing_index == Fraction(1, 2)


def test_merged_and_spam_tickets_are_in_no_number() -> None:
    spam = Ticket("s", noon(1), left_out=True)
    found = volume([spam], noon(0), noon(7))
    assert found == Volume(0, 0, 0, 1)
    assert found.closing_index == Refusal(Reason.TOO_FEW, n=0, needed=1)
    edges = [Ticket(str(at), noon(at), left_out=True) for at in (-1, 0, 7)]
    assert volume(edges, noon(0), noon(7)).left_out == 1


INSTANTS = st.lists(st.integers(0, 30), max_size=3)


@given(st.lists(st.tuples(st.integers(0, 30), INSTANTS, INSTANTS), max_size=10), st.integers(1, 30))
def test_backlogs_follow_from_what_came_and_went(
    history: list[tuple[int, list[int], list[int]]], middle: int
) -> None:
    tickets = [
        ticket(created, tuple(created + at for at in solved), tuple(created + at for at in reopened))
        for created, solved, reopened in history
    ]
    before, after = volume(tickets, noon(-1), noon(middle)), volume(tickets, noon(middle), noon(99))
    whole = volume(tickets, noon(-1), noon(99))
    assert whole.created == before.created + after.created == len(tickets)
    assert whole.backlog == after.backlog == whole.created - whole.solved
    assert before.backlog == before.created - before.solved


def test_contacts_per_active_user() -> None:
    assert contact_rate(12, 4000) == Fraction(3, 1000)
    assert contact_rate(12, 0) == Refusal(Reason.NOT_POSITIVE, "active users")
    assert contact_rate(12, None) == Refusal(Reason.MISSING, "active users")


def test_demand_counts_tickets_and_organisations_once() -> None:
    links = [
        About("i1", "t1", noon(1), "o1"),
        About("i1", "t1", noon(1), "o1"),
        About("i1", "t2", noon(8), "o1"),
        About("i1", "t3", noon(9), None),
        About("i2", "t4", noon(2), "o2"),
        About("i2", "t5", noon(14), "o2"),
    ]
    found = demand(links, noon(7), noon(14))
    assert found == (Demand("i1", 3, 1, 2, 1, 1), Demand("i2", 1, 1, 0, 1, 0))
    assert [one.trend for one in found] == [1, -1]


def test_a_ticket_of_the_first_instant_is_new_and_not_of_the_period_before() -> None:
    edges = [About("i", str(at), noon(at)) for at in (-1, 0, 7, 14)]
    assert demand(edges, noon(7), noon(14)) == (Demand("i", 3, 0, 1, 1, 3),)


def test_the_unlinked_share_is_of_all_tickets() -> None:
    assert unlinked_share(["a", "b", "c", "a"], ["b", "x"]) == Fraction(2, 3)
    assert isinstance(unlinked_share([], ["x"]), Refusal)


def test_small_counts_name_nobody() -> None:
    assert [shown_count(n) for n in (0, 1, 2, 3)] == ["0", "< 3", "< 3", "3"]
