"""The merge of relations by itself: what any members show and once showed comes to one result, and then to rest."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from syncline.sync.relating import Element, Strand, Verdict, merged

ITEMS = ("i1", "i2", "i3")
ELEMENTS: tuple[Element, ...] = tuple((type_, item) for type_ in ("blocks", "relates") for item in ITEMS)


@st.composite
def strands(draw: st.DrawFn, *, most: int = 4, two_way: bool = False) -> list[Strand]:
    """Members that see all or some of the items, that changed something since they agreed, or are new."""
    found = []
    for number in range(draw(st.integers(2, most))):
        reach = frozenset(ITEMS) if two_way else frozenset(draw(st.sets(st.sampled_from(ITEMS))))
        seen = [element for element in ELEMENTS if element[1] in reach]
        few = st.sets(st.sampled_from(seen)) if seen else st.just(set[Element]())
        found.append(
            Strand(
                number,
                f"c{number}",
                frozenset(draw(few)),
                dict.fromkeys(draw(few), True),
                reach,
                source=two_way or draw(st.booleans()),
                bar=None if two_way else draw(st.sampled_from([None, None, "", "only read"])),
                mute={} if two_way else draw(st.sampled_from([{}, {"relates": "no word"}])),
            )
        )
    return found


def done(given_: list[Strand], verdict: Verdict) -> list[Strand]:
    """The members after everything was done, with the bases that they then have."""
    after = []
    for one in given_:
        shows = (one.shows | verdict.add.get(one.member, set())) - verdict.remove.get(one.member, set())
        knew = dict(one.knew)
        for element, (has, members) in (verdict.agreed | verdict.later).items():
            if one.member in members:
                knew.pop(element, None)
                if has:
                    knew[element] = True
        after.append(replace(one, shows=frozenset(shows), knew=knew))
    return after


@given(strands())
def test_the_order_of_the_members_changes_nothing(members: list[Strand]) -> None:
    assert merged(members) == merged(members[::-1])


@given(strands())
def test_once_it_is_done_there_is_nothing_more_to_do(members: list[Strand]) -> None:
    verdict = merged(members)
    again = merged(done(members, verdict))
    assert not again.add
    assert not again.remove
    assert again.blocked == verdict.blocked
    assert again.drifted.keys() <= verdict.drifted.keys()


@given(strands(two_way=True))
def test_where_everybody_may_all_show_the_same(members: list[Strand]) -> None:
    after = done(members, merged(members))
    assert len({one.shows for one in after}) == 1
    assert all(set(one.knew) == one.shows for one in after)


@given(strands(two_way=True))
def test_what_one_added_all_have_and_what_one_took_away_nobody_has_unless_it_was_added(
    members: list[Strand],
) -> None:
    (shown,) = {one.shows for one in done(members, merged(members))}
    added = {element for one in members for element in one.shows if element not in one.knew}
    removed = {element for one in members for element in one.knew if element not in one.shows}
    assert added <= shown
    assert not (removed - added) & shown


@given(strands())
def test_nothing_is_done_to_what_a_member_cannot_reach_and_nothing_is_dropped_silently(
    members: list[Strand],
) -> None:
    verdict = merged(members)
    by_number = {one.member: one for one in members}
    for found in (verdict.add, verdict.remove, verdict.blocked):
        for number, elements in found.items():
            assert all(element[1] in by_number[number].reach for element in elements)
    for one in members:
        for element in (e for e in ELEMENTS if one.added(e)):
            for other in (o for o in members if element[1] in o.reach & one.reach and o is not one):
                told = element in other.shows or element in verdict.add.get(other.member, ())
                assert told or element in verdict.blocked.get(other.member, {})


@given(strands(), st.sampled_from(ELEMENTS))
def test_elements_are_judged_by_themselves(members: list[Strand], element: Element) -> None:
    """Taking another relation away changes nothing about this one."""

    def alone(one: Strand) -> Strand:
        return replace(
            one, shows=one.shows & {element}, knew={e: has for e, has in one.knew.items() if e == element}
        )

    whole, single = merged(members), merged([alone(one) for one in members])
    for number in (one.member for one in members):
        assert (element in whole.add.get(number, ())) == (element in single.add.get(number, ()))
        assert (element in whole.remove.get(number, ())) == (element in single.remove.get(number, ()))


def test_what_was_taken_back_stays_until_somebody_changes_it() -> None:
    element = ELEMENTS[0]
    has = Strand(1, "a", frozenset({element}), {element: True}, frozenset(ITEMS))
    lacks = Strand(2, "b", frozenset(), {element: False}, frozenset(ITEMS))
    assert merged([has, lacks]) == Verdict()
    assert merged([replace(has, shows=frozenset()), lacks]).agreed == {element: (False, frozenset({1, 2}))}
    assert merged([has, replace(lacks, shows=frozenset({element}))]).agreed == {
        element: (True, frozenset({1, 2}))
    }
    newcomer = Strand(3, "c", frozenset(), {}, frozenset(ITEMS))
    assert merged([has, lacks, newcomer]).add == {3: {element}}
