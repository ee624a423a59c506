"""M13."""

from __future__ import annotations

import itertools
import math
import random
import sqlite3
import time
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.report.formulas.days import EVERY_DAY, WorkingDays, years_later
from syncline.report.formulas.forecast import (
    Basis,
    Forecast,
    Joint,
    Law,
    best_forecast,
    chance_words,
    fan,
    finish_curve,
    forecast,
    joint,
    law,
    most_by,
    team_share,
)
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.sample import Sample, Settings, Step, Unit, guard, sample

AS_OF = date(2026, 11, 23)  # a Monday
DAILY = Settings()


def past(*counts: int) -> list[date]:
    """Completions: the last count is that of yesterday."""
    days = [AS_OF - timedelta(days=back) for back in range(len(counts), 0, -1)]
    return [day for day, count in zip(days, counts, strict=True) for _ in range(count)]


def sampled(*counts: int, settings: Settings = DAILY, added: Sequence[int] = ()) -> Sample:
    known_from = AS_OF - timedelta(days=max(len(counts), len(added)))
    return sample(past(*counts), AS_OF, settings, past(*added), known_from)


def made(remaining: int, *counts: int, settings: Settings = DAILY) -> Forecast:
    found = forecast(remaining, sampled(*counts, settings=settings), AS_OF, settings)
    assert isinstance(found, Forecast), found
    return found


def law_of(*steps: int) -> Law:
    found = law(Sample(AS_OF, AS_OF, tuple(map(Step, steps)), 0, 0, 0))
    assert isinstance(found, Law)
    return found


def on(after: int) -> date:
    return AS_OF + timedelta(days=after)


def chance(found: Forecast | Joint | Refusal, day: date) -> float:
    assert not isinstance(found, Refusal), found
    likelihood = found.likelihood(day)
    assert isinstance(likelihood, float), likelihood
    return likelihood


# ---- the law -----------------------------------------------------------------------------------------------


def test_one_and_three_with_three_left() -> None:
    curve = finish_curve(3, law_of(1, 3), 9)
    assert [after - before for before, after in itertools.pairwise(curve)] == [0.5, 0.25, 0.25]


def test_one_day_may_cross_two_levels() -> None:
    """Five items, done on 29 of 30 days: another tool prints days 6, 7 and 8, because a day gave it one level only."""
    curve = finish_curve(5, law_of(0, *[1] * 29), 9)
    assert curve[5] == pytest.approx((29 / 30) ** 5)
    one = Forecast(AS_OF, on(99), 5, curve)
    assert [one.date_at(percent) for percent in (50, 70, 85, 95)] == [on(5), on(5), on(6), on(6)]


def test_two_teams_raise_each_probability_to_the_second_power() -> None:
    one = Forecast(AS_OF, on(99), 3, finish_curve(3, law_of(1, 3), 9))
    both = joint({"a": one, "b": one})
    assert isinstance(both, Joint)
    assert both.curve == tuple(chance**2 for chance in one.curve) == (0.0, 0.25, 0.5625, 1.0)
    assert (one.date_at(70), both.date_at(70)) == (on(2), on(3))


def test_constant_throughput_cannot_tell_a_product_from_the_worst() -> None:
    """The trap: such a fixture passes whichever of the two is computed."""
    slow = Forecast(AS_OF, on(99), 4, finish_curve(4, law_of(1, 1), 9))
    fast = Forecast(AS_OF, on(99), 4, finish_curve(4, law_of(2, 2), 9))
    both = joint({"slow": slow, "fast": fast})
    assert isinstance(both, Joint)
    assert both.curve == slow.curve == (0.0, 0.0, 0.0, 0.0, 1.0)


def enumerated(remaining: int, history: Sequence[int], steps: int) -> Fraction:
    """Every future there is, one by one: the share of those in which all was done at some time."""
    futures = list(itertools.product(history, repeat=steps))
    done = sum(max(itertools.accumulate(future, initial=0)) >= remaining for future in futures)
    return Fraction(done, len(futures))


@settings(max_examples=60)
@given(st.lists(st.integers(-2, 4), min_size=1, max_size=4), st.integers(1, 7), st.integers(0, 5))
def test_the_curve_is_that_of_all_futures_one_by_one(history: list[int], remaining: int, steps: int) -> None:
    curve = finish_curve(remaining, law_of(*history), steps)
    at = curve[min(steps, len(curve) - 1)]
    assert at == pytest.approx(float(enumerated(remaining, history, steps)), abs=1e-12)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(1, 30))
def test_a_curve_never_falls_and_less_work_is_never_later(history: list[int], remaining: int) -> None:
    curve = finish_curve(remaining, law_of(*history), 40)
    assert list(curve) == sorted(curve)
    assert 0.0 <= curve[0] <= curve[-1] <= 1.0
    less = finish_curve(remaining - 1, law_of(*history), 40)
    assert all(one <= two + 1e-12 for one, two in zip(curve, less, strict=False))


def exact_curve(remaining: int, history: Sequence[int], steps: int) -> list[Fraction]:
    """The printed recurrence, in fractions: D[t+1][min(R, c + k)] += D[t][c] · p[k]."""
    chances = {k: Fraction(history.count(k), len(history)) for k in set(history)}
    now = [Fraction(1)] + [Fraction(0)] * remaining
    curve = [now[remaining]]
    for _ in range(steps):
        then = [Fraction(0)] * (remaining + 1)
        for done, chance in enumerate(now):
            for k, share in chances.items():
                then[min(remaining, done + k)] += chance * share
        now = then
        curve.append(now[remaining])
    return curve


def test_the_curve_is_the_printed_recurrence() -> None:
    history = [0, 0, 0, 1, 0, 2, 0, 5, 1, 0, 0, 3]
    exact = exact_curve(25, history, 60)
    curve = finish_curve(25, law_of(*history), 60)
    assert max(abs(one - float(two)) for one, two in zip(curve, exact, strict=True)) < 1e-12


def test_plain_sql_gives_the_same() -> None:
    """As the report prints it: insert-select, one day at a time."""
    history, remaining, days = [0, 0, 1, 0, 2, 0, 1], 9, 21
    database = sqlite3.connect(":memory:")
    database.executescript("CREATE TABLE dist (n, c, p); CREATE TABLE window_day (k);")
    database.executemany("INSERT INTO window_day VALUES (?)", [(k,) for k in history])
    database.execute("INSERT INTO dist VALUES (0, 0, 1.0)")
    for n in range(days):
        database.execute(
            "INSERT INTO dist SELECT n + 1, min(?, c + k), sum(p * 1.0 / ?) FROM dist, window_day"
            " WHERE n = ? GROUP BY 1, 2",
            (remaining, len(history), n),
        )
    (expected,) = database.execute("SELECT p FROM dist WHERE n = ? AND c = ?", (days, remaining)).fetchone()
    database.close()
    assert made(remaining, *history * 12).likelihood(on(days)) == pytest.approx(expected, abs=1e-12)


def test_random_futures_scatter_around_the_exact_number() -> None:
    history = [0, 0, 0, 1, 2, 0, 4]
    dice = random.Random(7)
    hits = sum(sum(dice.choices(history, k=20)) >= 18 for _ in range(20_000))
    exact = finish_curve(18, law_of(*history), 20)[20]
    assert abs(hits / 20_000 - exact) < 4 * math.sqrt(exact * (1 - exact) / 20_000)


# ---- dates and likelihoods ---------------------------------------------------------------------------------


def test_dates_are_the_first_days_with_enough_probability() -> None:
    found = made(6, *[0, 1, 0, 2, 1, 0, 0] * 12)
    for percent in (50, 70, 85, 95):
        first = found.date_at(percent)
        assert isinstance(first, date)
        assert chance(found, first - timedelta(days=1)) < percent / 100 <= chance(found, first)


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(-5, 700), st.integers(0, 60))
def test_a_later_target_is_never_less_likely(remaining: int, after: int, more: int) -> None:
    found = made(remaining, *[1, 0, 0, 1, 0, 0, 2] * 3)
    assert chance(found, on(after)) <= chance(found, on(after + more))


def test_today_and_the_past_are_too_early_while_work_is_left() -> None:
    found = made(1, *[1] * 14)
    assert found.likelihood(on(0)) == found.likelihood(on(-30)) == 0.0
    assert found.likelihood(on(1)) == 1.0


def test_nothing_left_needs_no_history() -> None:
    found = forecast(0, sampled(*[0] * 14), AS_OF, DAILY)
    assert isinstance(found, Forecast)
    assert found.likelihood(on(0)) == found.likelihood(on(-1)) == found.likelihood(on(9999)) == 1.0
    assert found.date_at(95) == AS_OF


def test_two_years_is_as_far_as_it_looks() -> None:
    found = made(5000, *[1] * 14)
    assert found.date_at(50) == Refusal(Reason.BEYOND_HORIZON, "2028")
    assert found.likelihood(date(2028, 11, 23)) == 0.0
    assert found.likelihood(date(2028, 11, 24)) == Refusal(Reason.BEYOND_HORIZON, "2028")
    assert made(1, *[1] * 14).likelihood(date(2040, 1, 1)) == 1.0
    assert years_later(date(2028, 2, 29), 2) == date(2030, 2, 28)


@pytest.mark.parametrize(
    ("likelihood", "remaining", "words"),
    [
        (0.58894, 60, "58 %"),
        (0.9999, 3, "> 95 %"),
        (1.0, 1, "> 95 %"),
        (0.95, 1, "95 %"),
        (0.8499999, 1, "84 %"),
        (0.29, 1, "29 %"),
        (0.01, 1, "1 %"),
        (0.004, 1, "< 1 %"),
        (0.0, 1, "< 1 %"),
        (1.0, 0, "100 %"),
    ],
)
def test_no_certainty_is_printed_while_work_is_left(likelihood: float, remaining: int, words: str) -> None:
    assert chance_words(likelihood, remaining) == words


# ---- the sample and its guards -----------------------------------------------------------------------------


def test_the_window_ends_yesterday_and_holds_whole_weeks() -> None:
    today_too = [*past(*[1] * 90), AS_OF, AS_OF]
    found = sample(today_too, AS_OF, DAILY)
    assert (found.first, found.last, len(found.steps), found.done) == (on(-84), on(-1), 84, 84)
    shorter = sample(today_too, AS_OF, DAILY, known_from=on(-20))
    assert (shorter.first, len(shorter.steps)) == (on(-14), 14)
    assert not sample(today_too, AS_OF, DAILY, known_from=on(-6)).steps


def test_four_days_with_a_completion_are_not_enough_and_five_are() -> None:
    thin = sampled(9, 9, 9, 9, *[0] * 10)
    assert forecast(3, thin, AS_OF, DAILY) == Refusal(Reason.TOO_FEW, "days with a completion", 4, 5)
    assert isinstance(made(3, 9, 9, 9, 9, 1, *[0] * 9), Forecast)


def test_nothing_done_is_no_forecast_and_ends() -> None:
    assert forecast(3, sampled(*[0] * 84), AS_OF, DAILY) == Refusal(Reason.NO_THROUGHPUT, n=0, needed=5)
    assert forecast(3, sample([], AS_OF, DAILY, known_from=AS_OF), AS_OF, DAILY) == Refusal(
        Reason.NO_THROUGHPUT, n=0, needed=5
    )


def test_days_off_are_left_out_of_the_past_and_of_the_future() -> None:
    workdays = Settings(working=WorkingDays(holidays=frozenset({date(2026, 11, 25)})))
    every_workday = made(4, *[1, 1, 1, 1, 1, 0, 0] * 2, settings=workdays)
    assert every_workday.curve == (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)  # Tue, Thu, Fri, Mon
    assert every_workday.date_at(50) == date(2026, 11, 30)


def test_what_was_done_on_days_off_is_told() -> None:
    workdays = Settings(working=WorkingDays())
    found = sampled(1, 1, 1, 1, 1, 3, 0, settings=workdays)  # Monday to Sunday
    assert (found.done, found.left_out, len(found.steps)) == (5, 3, 5)


def test_weeks_are_blocks_of_seven_days_or_of_the_working_ones() -> None:
    weekly = Settings(unit=Unit.WEEK)
    found = sampled(*[1, 0, 1, 0, 1, 0, 0], *[1, 1, 1, 1, 1, 0, 0], settings=weekly)
    assert found.steps == (Step(3), Step(5))
    curve = made(5, *[1, 0, 1, 0, 1, 0, 0], *[1, 1, 1, 1, 1, 0, 0], settings=weekly)
    assert [curve.likelihood(on(after)) for after in (6, 7, 13, 14)] == [0.0, 0.5, 0.5, 1.0]
    working = Settings(unit=Unit.WEEK, working=WorkingDays())
    same = made(5, *[1, 0, 1, 0, 1, 0, 0], *[1, 1, 1, 1, 1, 0, 0], settings=working)
    assert same.date_at(50) == on(7)  # Tuesday to Monday


def test_growing_scope_is_the_net_of_done_and_added() -> None:
    net = Settings(net=True)
    found = sampled(*[2, 0, 2, 0, 2, 0, 2] * 2, added=[1] * 14, settings=net)
    assert law(found) == Law(((-1, Fraction(3, 7)), (1, Fraction(4, 7))))
    growing = forecast(5, found, AS_OF, net)
    assert isinstance(growing, Forecast)
    plain = made(5, *[2, 0, 2, 0, 2, 0, 2] * 2)
    assert list(growing.curve) == sorted(growing.curve)
    assert growing.curve[30] < plain.curve[30]
    losing = sampled(*[1] * 14, added=[3] * 14, settings=net)
    assert forecast(5, losing, AS_OF, net) == Refusal(Reason.NO_THROUGHPUT)


def test_scope_that_grows_faster_than_it_is_done_is_never_likely() -> None:
    net = Settings(net=True)
    found = forecast(9, sampled(*[1, 0] * 7, added=[0, 1, 1, 1] * 3 + [1, 1], settings=net), AS_OF, net)
    assert isinstance(found, Forecast)
    assert found.curve[-1] < 0.05
    assert found.date_at(50) == Refusal(Reason.BEYOND_HORIZON, "2028")


# ---- whose throughput --------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.integers(1, 5))
def test_thinning_keeps_a_law_and_its_share_of_the_mean(history: list[int], parts: int) -> None:
    share = Fraction(1, parts)
    thin = law(Sample(AS_OF, AS_OF, tuple(map(Step, history)), 0, 0, 0), share)
    assert isinstance(thin, Law)
    assert sum(chance for _, chance in thin.shares) == 1
    assert sum(k * chance for k, chance in thin.shares) == share * Fraction(sum(history), len(history))


def test_its_own_history_goes_first_and_the_choice_is_told() -> None:
    team = sampled(*[2, 2, 2, 2, 2, 0, 0] * 2)
    own, thin = sampled(*[1] * 14), sampled(1, *[0] * 13)
    by_own = best_forecast(3, own, team, Fraction(1, 2), AS_OF, DAILY)
    assert isinstance(by_own, Forecast)
    assert (by_own.basis, by_own.date_at(95)) == (Basis.OWN, on(3))
    by_team = best_forecast(3, thin, team, Fraction(1, 2), AS_OF, DAILY)
    assert isinstance(by_team, Forecast)
    assert (by_team.basis, by_team.share) == (Basis.TEAM, Fraction(1, 2))
    assert best_forecast(3, thin, thin, Fraction(1, 2), AS_OF, DAILY) == guard(thin, DAILY)
    refused = team_share(0, 9)
    assert best_forecast(3, thin, team, refused, AS_OF, DAILY) == refused
    assert team_share(2, 8) == Fraction(1, 4)
    assert isinstance(team_share(9, 8), Refusal)


# ---- together ----------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.integers(0, 60))
def test_a_joint_likelihood_is_the_product(remaining: list[int], after: int) -> None:
    each = {str(at): made(left, *[1, 0, 2, 0, 1, 0, 0] * 2) for at, left in enumerate(remaining)}
    together = joint(each)
    assert isinstance(together, Joint)
    expected = math.prod(chance(one, on(after)) for one in each.values())
    assert together.likelihood(on(after)) == pytest.approx(expected, abs=1e-11)
    assert together.members == tuple(sorted(each))


def test_a_joint_forecast_is_refused_by_name() -> None:
    good = made(3, *[1] * 14)
    assert joint({"b": Refusal(Reason.TOO_FEW, "days", 2, 5), "a": good}) == Refusal(
        Reason.TOO_FEW, "b", 2, 5
    )
    assert isinstance(joint({}), Refusal)
    assert joint({"a": good, "b": Forecast(on(1), on(9), 1, (0.0, 1.0))}) == Refusal(Reason.OFF_SCALE, "b")


def test_the_worst_of_five_promises_too_much() -> None:
    one = made(12, *[1, 0, 2, 0, 1, 0, 0] * 12)
    promised = one.date_at(85)
    assert isinstance(promised, date)
    five = joint({str(at): one for at in range(5)})
    assert isinstance(five, Joint)
    assert chance(five, promised) == pytest.approx(chance(one, promised) ** 5)
    assert chance(five, promised) < 0.55
    assert chance(five, on(600)) == pytest.approx(1.0)  # long after each has settled


# ---- for charts and decisions ------------------------------------------------------------------------------


def test_a_fan_holds_what_is_left_at_most() -> None:
    rows = fan(3, law_of(1, 3), 3, (50, 85))
    assert rows == ((3, 3), (0, 2), (0, 1), (0, 0))


@settings(max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.integers(1, 6), st.integers(0, 4))
def test_a_fan_agrees_with_all_futures(history: list[int], remaining: int, steps: int) -> None:
    left = sorted(max(0, remaining - sum(future)) for future in itertools.product(history, repeat=steps))
    (found,) = fan(remaining, law_of(*history), steps, (80,))[-1]
    assert found == left[-(-len(left) * 80 // 100) - 1]


def test_how_much_fits_before_a_day() -> None:
    found, day = sampled(*[1, 0, 2, 0, 1, 0, 0] * 12), on(30)
    fits = most_by(day, 85, found, AS_OF, DAILY)
    assert isinstance(fits, int)
    assert chance(forecast(fits, found, AS_OF, DAILY), day) >= 0.85
    assert chance(forecast(fits + 1, found, AS_OF, DAILY), day) < 0.85
    assert most_by(on(0), 85, found, AS_OF, DAILY) == 0
    assert most_by(day, 85, sampled(*[0] * 14), AS_OF, DAILY) == Refusal(Reason.NO_THROUGHPUT, n=0, needed=5)


def test_sixty_items_take_five_milliseconds() -> None:
    dice = random.Random(3)
    counts = [dice.choice([0, 0, 1, 1, 2, 3]) if day % 7 < 5 else 0 for day in range(84)]
    found = sampled(*counts)
    took = []
    for _ in range(9):
        begun = time.process_time()
        forecast(60, found, AS_OF, Settings(working=EVERY_DAY))
        took.append(time.process_time() - begun)
    assert min(took) < 0.005


def test_dates_of_simulated_teams_are_kept_as_often_as_they_say() -> None:
    """Independent days, where the sample is all there is to know: between 80 and 92 % of the 85 % dates are kept."""
    dice = random.Random(11)
    kept = runs = 0
    for _ in range(150):
        pace = [dice.choice([0, 0, 1, 1, 2, 3, 5]) for _ in range(7)]
        found = forecast(20, sampled(*dice.choices(pace, k=84)), AS_OF, DAILY)
        if isinstance(found, Refusal):
            continue
        promised = found.date_at(85)
        assert isinstance(promised, date)
        runs += 1
        kept += sum(dice.choices(pace, k=(promised - AS_OF).days)) >= 20
    assert runs > 140
    assert 0.80 <= kept / runs <= 0.92
