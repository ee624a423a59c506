"""M17 and M18, and the intervals behind them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import noon

from syncline.report.formulas.exact import Number, rounded
from syncline.report.formulas.intervals import Interval, difference_of_shares, wilson
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.surveys import Answer, Csat, NetScore, Nps, csat, net_score, nps, nps_shift


def answered(*scores: Number | None) -> list[Answer]:
    return [Answer(noon(0), score) for score in scores]


def scored(promoters: int, n: int, detractors: int) -> NetScore:
    found = net_score(promoters, n, detractors)
    assert isinstance(found, NetScore)
    return found


def test_half_promoters_and_a_sixth_detractors() -> None:
    found = scored(18, 36, 6)
    assert found.points == Fraction(100, 3)
    assert str(rounded(found.points, 1)) == "33.3"
    assert found.variance * 36 == Fraction(5, 9)
    assert found.margin == pytest.approx(24.348, abs=0.001)


def test_edges_of_the_scale() -> None:
    found = nps(answered(*[0, 6, 7, 8, 9, 10] * 5))
    assert isinstance(found, Nps)
    assert (found.promoters, found.passives, found.detractors, found.n) == (10, 10, 10, 30)
    assert isinstance(found.score, NetScore)
    assert found.score.points == 0


def test_under_thirty_answers_there_are_only_counts() -> None:
    found = nps(answered(*[10] * 29))
    assert isinstance(found, Nps)
    assert (found.n, found.score) == (29, Refusal(Reason.TOO_FEW, "answers", n=29, needed=30))
    assert net_score(0, 0, 0, enough=0) == Refusal(Reason.TOO_FEW, "answers", n=0, needed=1)


def test_one_answer_for_each_person_the_last() -> None:
    twice = [Answer(noon(2), 3, "p1"), Answer(noon(5), 9, "p1"), Answer(noon(4), 0, "p1"), Answer(noon(1), 7)]
    found = nps(twice)
    assert isinstance(found, Nps)
    assert (found.promoters, found.passives, found.detractors, found.repeated) == (1, 1, 0, 2)


def test_another_scale_is_refused_and_what_is_no_score_is_told() -> None:
    assert nps([Answer(noon(0), 5, None, 1, 5)]) == Refusal(Reason.OFF_SCALE, "1–5")
    found = nps(answered(11, -1, 8.5, None, float("nan"), 9.0))
    assert isinstance(found, Nps)
    assert (found.n, found.unreadable) == (1, 5)


COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(10, 60))


@given(COUNTS)
def test_the_variance_is_that_of_single_answers(counts: tuple[int, int, int]) -> None:
    promoters, detractors, passives = counts
    found = net_score(promoters, sum(counts), detractors, enough=1)
    assert isinstance(found, NetScore)
    values = [1] * promoters + [-1] * detractors + [0] * passives
    average = Fraction(sum(values), len(values))
    assert found.points == 100 * average
    assert found.variance == sum(((value - average) ** 2 for value in values), Fraction()) / len(values) ** 2


def test_moved_means_that_the_interval_of_the_difference_excludes_nought() -> None:
    small = nps_shift(scored(20, 40, 10), scored(18, 40, 10))
    assert not isinstance(small, Refusal)
    assert small.points == 5
    assert not small.moved
    large = nps_shift(scored(900, 1000, 50), scored(500, 1000, 200))
    assert not isinstance(large, Refusal)
    assert large.moved
    assert large.points > large.margin
    refused = net_score(1, 2, 1)
    assert nps_shift(refused, scored(18, 36, 6)) == refused
    assert nps_shift(scored(18, 36, 6), refused) == refused


def test_satisfaction_of_eighteen_good_and_two_bad() -> None:
    found = csat(18, 2, asked=80)
    assert isinstance(found, Csat)
    assert found.share == Fraction(9, 10)
    assert (round(found.interval.low * 100, 1), round(found.interval.high * 100, 1)) == (69.9, 97.2)
    assert found.response_rate == Fraction(1, 4)


def test_satisfaction_without_ratings_is_not_a_number() -> None:
    assert csat(0, 0) == Refusal(Reason.TOO_FEW, n=0, needed=1)
    odd = csat(5, 5, asked=3)
    assert isinstance(odd, Csat)
    assert odd.response_rate == Refusal(Reason.OFF_SCALE, "asked", n=3)
    assert csat(-1, 5) == Refusal(Reason.OFF_SCALE, n=4, needed=1)


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilsons_interval_holds_the_share_and_mirrors(successes: int, more: int) -> None:
    n = successes + more
    found, mirrored = wilson(successes, n), wilson(n - successes, n)
    assert isinstance(found, Interval)
    assert isinstance(mirrored, Interval)
    assert 0 <= found.low <= successes / n <= found.high <= 1
    assert found.low < found.high
    assert found.low == pytest.approx(1 - mirrored.high)


def test_newcombes_published_example() -> None:
    found = difference_of_shares(56, 70, 48, 80)
    assert isinstance(found, Interval)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
def test_a_difference_mirrors_and_is_never_certain(one: int, rest: int, two: int, other: int) -> None:
    found = difference_of_shares(one, one + rest, two, two + other)
    mirrored = difference_of_shares(two, two + other, one, one + rest)
    assert isinstance(found, Interval)
    assert isinstance(mirrored, Interval)
    assert found.low == pytest.approx(-mirrored.high)
    assert -1 <= found.low < found.high <= 1
