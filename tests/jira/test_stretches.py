"""Where a first pull is cut: pure."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from syncline_connectors.jira.stretches import boundaries, evenly

times = st.integers(min_value=0, max_value=2**42)


@given(st.lists(times, min_size=2, max_size=9, unique=True), st.data(), st.integers(2, 12))
def test_whatever_the_counts_cuts_ascend_between_the_ends(
    moments: list[int], data: st.DataObject, parts: int
) -> None:
    moments.sort()
    counts = data.draw(
        st.lists(st.integers(0, 10**6), min_size=len(moments), max_size=len(moments)), label="counts"
    )
    cuts = boundaries(list(zip(moments, counts, strict=True)), parts)
    assert len(cuts) <= parts - 1
    assert cuts == sorted(set(cuts))
    assert all(moments[0] < cut < moments[-1] for cut in cuts)


@given(times, st.integers(1000, 10**9), st.integers(2, 12), st.integers(1, 6))
def test_what_is_spread_evenly_is_cut_evenly(first: int, length: int, parts: int, asked: int) -> None:
    last, total = first + length, length
    between = evenly(first, last, asked)
    known = [(first, 0), *((time, time - first) for time in between), (last, total)]
    ends = [first, *boundaries(known, parts), last]
    sizes = [after - before for before, after in pairwise(ends)]
    assert len(sizes) == parts
    assert max(sizes) - min(sizes) <= 2


def test_where_most_is_recent_stretches_are_shorter_there() -> None:
    known = [(0, 0), (25, 10), (50, 20), (75, 40), (100, 1040)]
    assert boundaries(known, 4) == [80, 87, 93]


def test_a_count_that_is_too_large_or_goes_back_decides_nothing_odd() -> None:
    assert boundaries([(0, 0), (25, 900), (50, 100), (75, 5000), (100, 1000)], 2) == [13]


@given(times, times, st.integers(0, 8))
def test_times_between_two_are_as_far_apart_as_can_be(one: int, other: int, count: int) -> None:
    first, last = sorted((one, other))
    found = evenly(first, last, count)
    assert len(found) == count
    gaps = [after - before for before, after in pairwise([first, *found, last])]
    assert max(gaps) - min(gaps) <= 1
