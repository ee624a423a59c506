"""M13: when it will be done, with what probability: the exact law, without dice.

The future is taken to be like the sample: each step (a day, or a week) finishes as many items as a step of the sample
did, each with the same probability, independently of the others. Throughput sampling draws such futures at random;
here all of them are summed, so there is no seed, and the same number comes out of one INSERT … SELECT per day.

Shares of the sample are exact. The sums are floats: they leave out futures of a probability below 1e-18 at a time,
which takes less than 1e-12 from a likelihood, and comparisons allow for as much.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, islice, zip_longest

from syncline.report.formulas.curve import Curve
from syncline.report.formulas.days import ONE_DAY, days_of, years_later
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.sample import Sample, Settings, guard

SMALL = 1e-12
"""Likelihoods closer than this are equal."""

_NEGLIGIBLE = 1e-18
MOST_SAID = 95
"""In percent: above it, and with work left, a likelihood is printed as "> 95 %"."""


@dataclass(frozen=True)
class Law:
    """How many items a step finishes, and the share of steps that do; shares are exact and sum to one.

    Negative where more was added than done.
    """

    shares: tuple[tuple[int, Fraction], ...]


@lru_cache(maxsize=256)
def law(sample: Sample, share: Fraction = Fraction(1)) -> Law | Refusal:
    """M13: p_k, the share of the sample's steps with k completions; in a net sample k is done − added.

    ``share``, 0 to 1, thins a team's sample: each item of it belongs to the forecast item with that probability.
    """
    if not sample.steps:
        return Refusal(Reason.TOO_FEW, "steps", n=0, needed=1)
    if not 0 < share <= 1:
        return Refusal(Reason.OFF_SCALE, "share of the team")
    counts = Counter((step.done, step.added if sample.net else 0) for step in sample.steps)
    deepest = max(0, *(done + added for done, added in counts))
    ways: Counter[int] = Counter()
    for (done, added), number in counts.items():
        scale = number * share.denominator ** (deepest - done - added)
        for k, one in _thinned(done, share):
            for j, two in _thinned(added, share):
                ways[k - j] += one * two * scale
    whole = len(sample.steps) * share.denominator**deepest
    return Law(tuple((k, Fraction(number, whole)) for k, number in sorted(ways.items())))


def _thinned(count: int, share: Fraction) -> list[tuple[int, int]]:
    """How many of ``count`` remain when each is kept with the probability ``share``: the binomial law.

    Each chance × denominator ** ``count``: a whole number, because fractions would be cut short at every step.
    """
    if share == 1:
        return [(count, 1)]
    kept, lost = share.numerator, share.denominator - share.numerator
    return [(k, math.comb(count, k) * kept**k * lost ** (count - k)) for k in range(count + 1)]


def _futures(remaining: int, steps: Law) -> Iterator[tuple[float, list[float]]]:
    """After 0, 1, 2, … steps: the probability that all is done, and of 1, 2, 3, … items left. Done stays done."""
    chances = [(k, chance) for k, share in steps.shares if (chance := float(share)) >= _NEGLIGIBLE]
    grows, most = max(0, -chances[0][0]), max(0, chances[-1][0])
    left = [0.0] * remaining
    finished = 1.0
    if remaining > 0:
        left[-1], finished = 1.0, 0.0
    while True:
        yield min(finished, 1.0), left
        below = [0.0, *accumulate(left[:most])]
        below += below[-1:] * (most - len(left))
        finished += sum([chance * below[k] for k, chance in chances if k > 0])
        room = [0.0] * grows + left + [0.0] * (grows + most)
        held = [(room[k + grows :], chance) for k, chance in chances if k < len(left)]  # more leave nothing
        left = _moved(held, len(left) + grows)
        while left and left[-1] < _NEGLIGIBLE:
            left.pop()


def _moved(parts: list[tuple[list[float], float]], length: int) -> list[float]:
    """The weighted sum of lists, cut to ``length``; by fours, because that takes half the time of one by one."""
    total = [0.0] * length
    for at in range(0, len(parts), 4):
        (one, a), (two, b), (three, c), (four, d) = (*parts[at : at + 4], *[(total, 0.0)] * 3)[:4]
        total = [
            t + a * w + b * x + c * y + d * z
            for t, w, x, y, z in zip(total, one, two, three, four, strict=False)
        ]
    return total


def finish_curve(remaining: int, steps: Law, most: int) -> Curve:
    """M13: F(0), F(1), …: the probability that ``remaining`` items are done after that many steps.

    Up to ``most`` steps, or fewer where F has reached one but for 1e-12. Never falls.
    """
    return Curve(_until_sure(remaining, steps, most))


def _until_sure(remaining: int, steps: Law, most: int) -> Iterator[float]:
    for finished, _ in islice(_futures(remaining, steps), most + 1):
        yield finished
        if finished >= 1 - SMALL:
            return


def fan(remaining: int, steps: Law, most: int, percents: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """M13, for a burn-up: after 0, 1, … ``most`` steps, how many items are left at most with each probability.

    One row per step, one whole number of items per entry of ``percents``.
    """
    rows: list[tuple[int, ...]] = []
    for finished, left in _futures(remaining, steps):
        rows.append(tuple(_left_at(finished, left, percent) for percent in percents))
        if len(rows) > most:
            return tuple(rows)
    return tuple(rows)


def _left_at(finished: float, left: Sequence[float], percent: int) -> int:
    total = finished
    for number, chance in enumerate(left):
        if total >= percent / 100 - SMALL:
            return number
        total += chance
    return len(left)


class Basis(StrEnum):
    """Whose history a forecast goes by; printed with it."""

    OWN = "its own history"
    TEAM = "the team's history, thinned by the item's share"


@dataclass(frozen=True)
class Forecast:
    """``curve[t]`` is the probability that all is done by the end of the t-th calendar day after ``as_of``.

    It ends at the horizon, or where it has reached one but for 1e-12. ``remaining`` counts open leaves.
    """

    as_of: date
    horizon: date
    remaining: int
    curve: Sequence[float]
    basis: Basis = Basis.OWN
    share: Fraction = Fraction(1)

    def likelihood(self, day: date) -> float | Refusal:
        """M13: F(day − as_of), 0 to 1: the probability that all is done by the end of ``day``."""
        return _at(self.curve, self.as_of, self.horizon, day)

    def date_at(self, percent: int) -> date | Refusal:
        """M13: the first day by which all is done with ``percent`` probability; refused beyond the horizon."""
        return _first(self.curve, self.as_of, self.horizon, percent)


def _at(curve: Sequence[float], as_of: date, horizon: date, day: date) -> float | Refusal:
    after = (day - as_of).days
    if after < 0:
        return 1.0 if curve[0] >= 1 else 0.0
    try:  # its length is not asked for: that would be to work out all of it
        return curve[after]
    except IndexError:
        pass
    sure = curve[-1] >= 1 - SMALL or len(curve) <= (horizon - as_of).days
    return curve[-1] if sure else Refusal(Reason.BEYOND_HORIZON, str(horizon.year))


def _first(curve: Sequence[float], as_of: date, horizon: date, percent: int) -> date | Refusal:
    for after, chance in enumerate(curve):
        if chance >= percent / 100 - SMALL:
            return as_of + timedelta(days=after)
    return Refusal(Reason.BEYOND_HORIZON, str(horizon.year))


def forecast(
    remaining: int, sample: Sample, as_of: date, settings: Settings, share: Fraction = Fraction(1)
) -> Forecast | Refusal:
    """M13: the forecast of ``remaining`` items from a sample; days count from the day after ``as_of``.

    Refused under thin data and where nothing was done, as Lighthouse does and others forgot; nothing left needs no
    history. Days that are not worked are left out of sample and horizon alike.
    """
    horizon = years_later(as_of, settings.horizon_years)
    if remaining <= 0:
        return Forecast(as_of, horizon, 0, (1.0,))
    steps = _steps_of(sample, settings, share)
    if isinstance(steps, Refusal):
        return steps
    return _forecast(remaining, steps, as_of, horizon, settings, share)


def _steps_of(sample: Sample, settings: Settings, share: Fraction) -> Law | Refusal:
    """The law of a sample that is a ground for a forecast."""
    found = guard(sample, settings) or law(sample, share)
    return found if isinstance(found, Refusal) or found.shares[-1][0] > 0 else Refusal(Reason.NO_THROUGHPUT)


def _forecast(
    remaining: int, steps: Law, as_of: date, last: date, settings: Settings, share: Fraction
) -> Forecast:
    """As far as the day ``last``, which is the horizon or lies before it."""
    worked = _steps_by(as_of, last, settings)
    by_day = Curve(_by_day(finish_curve(remaining, steps, worked[-1]), worked))
    return Forecast(as_of, years_later(as_of, settings.horizon_years), remaining, by_day, share=share)


def _by_day(curve: Sequence[float], worked: Sequence[int]) -> Iterator[float]:
    """A curve over steps as one over days, as far as it goes; ``worked`` as in `_steps_by`."""
    for step in worked:
        try:
            yield curve[step]
        except IndexError:
            return


@lru_cache(maxsize=64)
def _steps_by(as_of: date, last: date, settings: Settings) -> tuple[int, ...]:
    """How many steps are over at the end of each calendar day from ``as_of`` to ``last``."""
    worked = accumulate((settings.working.works(day) for day in days_of(as_of + ONE_DAY, last)), initial=0)
    return tuple(days // settings.days_per_step for days in worked)


def best_forecast(
    remaining: int,
    own: Sample,
    team: Sample,
    share: Fraction | Refusal,
    as_of: date,
    settings: Settings,
) -> Forecast | Refusal:
    """M13: by the item's own history if it passes the guard, else by the team's, thinned by ``share``.

    ``share`` is the item's active items ÷ the team's (`team_share`). The choice stands in the result.
    """
    if remaining <= 0 or guard(own, settings) is None:
        return forecast(remaining, own, as_of, settings)
    if isinstance(share, Refusal):
        return share
    found = forecast(remaining, team, as_of, settings, share)
    return found if isinstance(found, Refusal) else replace(found, basis=Basis.TEAM)


def team_share(active: int, team_active: int) -> Fraction | Refusal:
    """M13: the item's share, 0 to 1, of the items its team is active on."""
    if active <= 0 or team_active < active:
        return Refusal(Reason.NOT_POSITIVE if active <= 0 else Reason.OFF_SCALE, "active items", n=active)
    return Fraction(active, team_active)


@dataclass(frozen=True)
class Joint:
    """The forecast of several items or teams together, taken as independent; ``curve`` as in `Forecast`."""

    as_of: date
    horizon: date
    curve: Sequence[float]
    members: tuple[str, ...]

    def likelihood(self, day: date) -> float | Refusal:
        """M13: the probability, 0 to 1, that all of them are done by the end of ``day``."""
        return _at(self.curve, self.as_of, self.horizon, day)

    def date_at(self, percent: int) -> date | Refusal:
        """M13: the first day by which all of them are done with ``percent`` probability."""
        return _first(self.curve, self.as_of, self.horizon, percent)


def joint(forecasts: Mapping[str, Forecast | Refusal]) -> Joint | Refusal:
    """M13: P(all done by d) = Π Fᵢ(d), never the worst of them, which promises too much as Lighthouse found.

    Refused, naming the member, where one of them is refused or made as of another day.
    """
    kept: list[Forecast] = []
    for name, one in sorted(forecasts.items()):
        if isinstance(one, Refusal):
            return replace(one, about=name)
        if kept and one.as_of != kept[0].as_of:
            return Refusal(Reason.OFF_SCALE, name)
        kept.append(one)
    if not kept:
        return Refusal(Reason.TOO_FEW, "forecasts", n=0, needed=1)
    curve = Curve(_products([one.curve for one in kept]))
    horizon = min(one.horizon for one in kept)
    return Joint(kept[0].as_of, horizon, curve, tuple(sorted(forecasts)))


def _products(curves: Sequence[Sequence[float]]) -> Iterator[float]:
    """Day by day to the end of the longest; one that has ended stays where it is."""
    held = [0.0] * len(curves)
    for day in zip_longest(*curves):
        held = [before if now is None else now for before, now in zip(held, day, strict=True)]
        yield math.prod(held)


def chance_words(likelihood: float, remaining: int) -> str:
    """M13: a likelihood, 0 to 1, as it is printed; never a certainty while work is left (a rule of Lighthouse).

    Whole percent, rounded down, so that the printed number and the rules of M15 agree.
    """
    percent = math.floor(likelihood * 100 + 1e-9)
    if remaining <= 0:
        return f"{percent} %"
    if likelihood > MOST_SAID / 100 + SMALL:
        return f"> {MOST_SAID} %"
    return f"{percent} %" if percent >= 1 else "< 1 %"


def most_by(
    day: date, percent: int, sample: Sample, as_of: date, settings: Settings, share: Fraction = Fraction(1)
) -> int | Refusal:
    """M13, for decisions: how many items can be left today and still be done by ``day`` with ``percent`` probability.

    Remaining − this is what would have to be cut.
    """
    steps = _steps_of(sample, settings, share)
    if isinstance(steps, Refusal):
        return steps
    if day < as_of:
        return 0
    last, likely = min(day, years_later(as_of, settings.horizon_years)), percent / 100 - SMALL
    worked = _steps_by(as_of, last, settings)[-1]

    def enough(remaining: int) -> bool | Refusal:
        if day == last:  # what is likely stays likely, so that no more of the curve is needed
            return any(done >= likely for done, _ in islice(_futures(remaining, steps), worked + 1))
        chance = _forecast(remaining, steps, as_of, last, settings, share).likelihood(day)
        return chance if isinstance(chance, Refusal) else chance >= likely

    fits, too_many, searching = 0, 1, True
    while searching or too_many - fits > 1:
        middle = too_many if searching else (fits + too_many) // 2
        good = enough(middle)
        if isinstance(good, Refusal):
            return good
        if searching and good:
            fits, too_many = middle, middle * 2
        elif good:
            fits = middle
        else:
            too_many, searching = middle, False
    return fits
