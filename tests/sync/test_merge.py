"""One field of one group, decided: pure, so every case can be tried."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.sync.merge import Decision, Ground, Policy, Showing, decide
from syncline.sync.values import Unsaid, Value

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOLD = Policy()


def plainly(_: Showing, value: Value) -> Value:
    """Every tool holds every value."""
    return value


def roughly(one: Showing, value: Value) -> Value:
    """Tool b knows no "highest"."""
    return "high" if one.connection == "b" and value == "highest" else value


def show(number: int, value: Value, base: Value = "old", **more: object) -> Showing:
    return Showing(number, "abcd"[number], value, base, **more)  # type: ignore[arg-type]


def after(members: list[Showing], decision: Decision) -> list[Showing]:
    """The members once everything was done that was decided."""
    held = []
    for one in members:
        value = decision.writes.get(one.member, one.value)
        done = one.member in decision.writes or one.member in decision.fine
        ground = Ground.JUDGED if done else Ground.BEHIND if one.member in decision.blocked else one.ground
        held.append(replace(one, value=value, base=value if done else one.base, ground=ground))
    return held


# ---- two sides -----------------------------------------------------------------------------------------------------


def test_nobody_changed_anything() -> None:
    assert decide([show(0, "old"), show(1, "old")], HOLD, plainly) == Decision()


def test_one_changed() -> None:
    told = decide([show(0, "new"), show(1, "old")], HOLD, plainly)
    assert (told.writes, told.winner) == ({1: "new"}, 0)
    assert told.fine == {0}


def test_both_changed_to_the_same() -> None:
    told = decide([show(0, "new"), show(1, "new")], HOLD, plainly)
    assert (told.writes, told.conflict) == ({}, None)
    assert told.fine == {0, 1}


def test_both_changed_as_far_as_a_tool_can_hold_it() -> None:
    told = decide([show(0, "highest"), show(1, "high")], HOLD, roughly)
    assert (told.writes, told.conflict) == ({}, None)
    assert told.fine == {0, 1}


def test_both_changed_to_something_else() -> None:
    both = [show(0, "x"), show(1, "y")]
    assert decide(both, HOLD, plainly).conflict == "changed in a and b"
    assert decide(both, Policy(prefer=("b", "a")), plainly).writes == {0: "y"}
    assert decide(both, Policy(prefer=("c",)), plainly).conflict is not None


@pytest.mark.parametrize(
    ("apart", "writes"), [(timedelta(minutes=2), {0: "y"}), (timedelta(minutes=1, seconds=59), None)]
)
def test_the_newest_wins_where_clocks_cannot_be_the_reason(
    apart: timedelta, writes: Mapping[int, Value] | None
) -> None:
    both = [show(0, "x", changed_at=NOW), show(1, "y", changed_at=NOW + apart)]
    told = decide(both, Policy(newest=True), plainly)
    assert (told.writes == writes) if writes else (told.conflict is not None)
    unknown = [show(0, "x"), show(1, "y", changed_at=NOW)]
    assert decide(unknown, Policy(newest=True), plainly).conflict is not None


def test_one_way() -> None:
    source, sink = show(0, "new", sink=False), show(1, "edited", source=False)
    assert decide([source, sink], HOLD, plainly).writes == {1: "new"}
    quiet = replace(source, value="old")
    assert decide([quiet, sink], HOLD, plainly).drifted.keys() == {1}
    assert decide([quiet, sink], HOLD, plainly).writes == {}


def test_what_cannot_be_said_is_blocked_and_what_cannot_be_understood_stops() -> None:
    def nobody(one: Showing, value: Value) -> Value:
        if one.connection == "b":
            raise Unsaid("nobody of that name")
        return value

    told = decide([show(0, "new"), show(1, "old"), show(2, "old")], HOLD, nobody)
    assert (told.writes, told.blocked) == ({2: "new"}, {1: "nobody of that name"})
    lost = decide([show(0, None, unsaid="no row"), show(1, "new")], HOLD, plainly)
    assert (lost.writes, lost.drifted, lost.conflict) == ({}, {0: "no row"}, None)


# ---- behind --------------------------------------------------------------------------------------------------------


def test_who_could_not_be_told_is_told_again_and_others_go_on() -> None:
    members = [show(0, "new"), show(1, "old", bar="only read"), show(2, "old")]
    first = decide(members, HOLD, plainly)
    assert (first.writes, first.blocked) == ({2: "new"}, {1: "only read"})
    held = after(members, first)
    assert [one.ground for one in held] == [Ground.JUDGED, Ground.BEHIND, Ground.JUDGED]
    edited = [held[0], held[1], replace(held[2], value="newer")]
    again = decide(edited, HOLD, plainly)
    assert again.conflict is None, "what c changes after it had agreed with a is no conflict with a"
    assert again.writes == {0: "newer"}
    freed = [replace(one, bar=None) for one in after(edited, again)]
    assert decide(freed, HOLD, plainly).writes == {1: "newer"}


def test_who_is_behind_and_changes_something_competes_with_what_it_was_not_told() -> None:
    behind = [show(0, "new", "new"), show(1, "mine", "old", ground=Ground.BEHIND)]
    assert decide(behind, HOLD, plainly).conflict == "changed in a and b"
    assert decide(behind, Policy(prefer=("a",)), plainly).writes == {1: "new"}
    assert decide(behind, Policy(prefer=("b",)), plainly).writes == {0: "mine"}


# ---- first linked --------------------------------------------------------------------------------------------------


def new(number: int, value: Value, **more: object) -> Showing:
    return show(number, value, None, ground=Ground.NEW, **more)


def test_existing_records_when_they_are_first_linked() -> None:
    assert decide([new(0, "x"), new(1, "x")], HOLD, plainly).fine == {0, 1}
    assert decide([new(0, "x"), new(1, None)], HOLD, plainly).writes == {1: "x"}, "an empty one is filled"
    differing = [new(0, "x"), new(1, "y")]
    assert decide(differing, HOLD, plainly).conflict == "they differed when they were first linked"
    assert decide(differing, Policy(first="b"), plainly).writes == {0: "y"}
    one_way = [new(0, "x", sink=False), new(1, "y", source=False)]
    assert decide(one_way, HOLD, plainly).writes == {1: "x"}
    empty = [new(0, None, sink=False), new(1, "y", source=False)]
    assert decide(empty, HOLD, plainly).writes == {}, "nothing is emptied by being linked"
    rough = [Showing(0, "b", "high", None, Ground.NEW), Showing(1, "a", "highest", None, Ground.NEW)]
    assert decide(rough, HOLD, roughly).fine == {0, 1}, "they agree as far as b can hold it"
    two = [new(0, "x"), new(1, "x"), new(2, None)]
    assert decide(two, HOLD, plainly).writes == {2: "x"}, "those that have a value agree"
    sets = [new(0, frozenset("x")), new(1, frozenset("y"))]
    assert decide(sets, Policy(merge=True), plainly).writes == {0: frozenset("xy"), 1: frozenset("xy")}


def test_a_newcomer_to_a_group_that_agrees() -> None:
    group = [show(0, "old"), show(1, "old")]
    assert decide([*group, new(2, None)], HOLD, plainly).writes == {2: "old"}
    assert decide([*group, new(2, "z")], HOLD, plainly).conflict is not None
    assert decide([*group, new(2, "z")], Policy(first="c"), plainly).writes == {0: "z", 1: "z"}
    assert decide([*group, new(2, "z")], Policy(first="a"), plainly).writes == {2: "old"}
    changed = [show(0, "fresh"), show(1, "old"), new(2, None)]
    assert decide(changed, HOLD, plainly).writes == {1: "fresh", 2: "fresh"}


# ---- sets ----------------------------------------------------------------------------------------------------------

SETS = st.frozensets(st.sampled_from("wxyz"))
MERGE = Policy(merge=True)


@given(base=SETS, one=SETS, other=SETS)
def test_e19_sets_are_joined_whichever_side_is_heard_first(
    base: frozenset[str], one: frozenset[str], other: frozenset[str]
) -> None:
    ends = []
    for first, second in ((one, other), (other, one)):
        members = [show(0, first, base), show(1, second, base)]
        ends.append({item.value for item in after(members, decide(members, MERGE, plainly))})
    assert ends[0] == ends[1]
    assert len(ends[0]) == 1
    (whole,) = ends[0]
    assert isinstance(whole, frozenset)
    added = (one | other) - base
    removed = {item for item in base if item not in one or item not in other}
    assert whole == (base - removed) | added


def test_what_is_removed_while_a_newcomer_joins_is_removed() -> None:
    old = frozenset("xz")
    members = [show(0, frozenset("x"), old), show(1, old, old), new(2, frozenset("n"))]
    assert {one.value for one in after(members, decide(members, MERGE, plainly))} == {frozenset("xn")}


def test_a_set_that_is_only_received_keeps_what_is_put_in_there_and_says_so() -> None:
    source = show(0, frozenset("x"), frozenset("x"), sink=False)
    sink = show(1, frozenset("xy"), frozenset("x"), source=False)
    quiet = decide([source, sink], MERGE, plainly)
    assert (quiet.writes, quiet.fine) == ({}, frozenset())
    assert quiet.drifted.keys() == {1}


def test_a_set_that_is_behind_is_told_again() -> None:
    members = [
        show(0, frozenset("xy"), frozenset("x")),
        show(1, frozenset("x"), frozenset("x"), bar="only read"),
    ]
    held = after(members, decide(members, MERGE, plainly))
    assert held[1].ground is Ground.BEHIND
    freed = [replace(one, bar=None) for one in held]
    assert decide(freed, MERGE, plainly).writes == {1: frozenset("xy")}


# ---- whatever is shown ---------------------------------------------------------------------------------------------

VALUES = st.sampled_from(["old", "x", "y", "highest", "high", None])
MEMBER = st.builds(
    lambda value, base, ground, source, sink, bar: (value, base, ground, source, sink, bar),
    VALUES,
    VALUES,
    st.sampled_from(Ground),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, None, "", "only read"]),
)
POLICIES = st.builds(
    Policy,
    prefer=st.sampled_from([(), ("a",), ("b", "a"), ("d", "c", "b", "a")]),
    first=st.sampled_from([None, "a", "b"]),
)


def made(drawn: list[tuple[Value, Value, Ground, bool, bool, str | None]]) -> list[Showing]:
    return [
        Showing(
            number, "abcd"[number], value, None if ground is Ground.NEW else base, ground, source, sink, bar
        )
        for number, (value, base, ground, source, sink, bar) in enumerate(drawn)
    ]


@given(drawn=st.lists(MEMBER, min_size=2, max_size=4), policy=POLICIES)
def test_e8_the_order_of_members_decides_nothing(
    drawn: list[tuple[Value, Value, Ground, bool, bool, str | None]], policy: Policy
) -> None:
    members = made(drawn)
    decisions = [decide(order, policy, roughly) for order in itertools.permutations(members)]
    assert all(one == decisions[0] for one in decisions)


@given(drawn=st.lists(MEMBER, min_size=2, max_size=4), policy=POLICIES)
def test_e2_e4_nothing_is_written_for_nothing_and_never_twice(
    drawn: list[tuple[Value, Value, Ground, bool, bool, str | None]], policy: Policy
) -> None:
    members = made(drawn)
    first = decide(members, policy, roughly)
    by_number = {one.member: one for one in members}
    for number, value in first.writes.items():
        one = by_number[number]
        assert one.sink
        assert one.bar is None
        assert one.value != value
        assert one.value != roughly(one, value), "what a tool cannot hold better is not written again"
    if first.conflict is None and not first.drifted:
        stored = [
            replace(one, value=roughly(one, one.value), base=roughly(one, one.base))
            if one.member in first.writes
            else one
            for one in after(members, first)
        ]
        assert decide(stored, policy, roughly).writes == {}


@given(drawn=st.lists(MEMBER, min_size=2, max_size=4), policy=POLICIES)
def test_e3_a_change_is_told_held_or_beaten_by_a_rule(
    drawn: list[tuple[Value, Value, Ground, bool, bool, str | None]], policy: Policy
) -> None:
    members = made(drawn)
    told = decide(members, policy, roughly)
    for one in members:
        if one.source and one.changed and one.ground is Ground.JUDGED:
            winner = told.winner == one.member
            agreed = one.member in told.fine
            beaten = one.member in told.writes and (policy.prefer or policy.first) is not None
            kept = one.member in told.blocked
            assert winner or agreed or beaten or kept or told.conflict is not None


# ---- who has no say ------------------------------------------------------------------------------------------------


def test_what_a_tool_shows_that_only_receives_need_not_be_understood() -> None:
    told = decide([show(0, "new"), show(1, "old", source=False, unsaid="unknown here")], HOLD, plainly)
    assert (told.writes, told.drifted) == ({1: "new"}, {})


def test_a_tool_that_neither_tells_nor_is_told_is_left_out() -> None:
    bystander = show(2, "other", "other", source=False, sink=False)
    told = decide([show(0, "new"), show(1, "old"), bystander], HOLD, plainly)
    assert (told.writes, told.blocked) == ({1: "new"}, {})


def test_a_tool_that_is_not_told_may_lack_words_for_it() -> None:
    def speechless(one: Showing, value: Value) -> Value:
        if one.member == 2:
            raise Unsaid("no such value")
        return value

    told = decide([show(0, "new"), show(1, "old"), show(2, "old", sink=False)], HOLD, speechless)
    assert (told.writes, told.blocked) == ({1: "new"}, {})


def test_an_archived_copy_that_was_edited_is_nobodys_concern() -> None:
    archived = show(1, "new", source=False, bar="")
    assert decide([show(0, "old"), archived], HOLD, plainly) == Decision()
    assert decide([show(0, "old"), replace(archived, bar=None)], HOLD, plainly).drifted.keys() == {1}


def test_a_newcomer_fills_what_the_group_left_empty() -> None:
    newcomer = show(2, "new", None, ground=Ground.NEW)
    told = decide([show(0, None, None), show(1, None, None), newcomer], HOLD, plainly)
    assert (told.writes, told.conflict) == ({0: "new", 1: "new"}, None)


def test_of_one_element_adding_beats_removing() -> None:
    one, none = frozenset("x"), frozenset[str]()
    told = decide([show(0, one, none), show(1, none, one)], Policy(merge=True), plainly)
    assert (told.writes, told.fine) == ({1: one}, frozenset({0}))
