"""M15: computed health: rules in a fixed order, each with the number it found and its threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from syncline.report.formulas.exact import exact
from syncline.report.formulas.refusal import Reason, Refusal


class State(StrEnum):
    """On track, at risk and off track are the words of Linear, Asana, Atlassian and GitHub; no data is grey."""

    OFF_TRACK = "off_track"
    AT_RISK = "at_risk"
    NO_DATA = "no_data"
    ON_TRACK = "on_track"
    DONE = "done"
    CANCELED = "canceled"


WORST_FIRST = tuple(State)
"""The order of a list of items, and what is worse than what in a roll-up."""

CLAIMS = (State.ON_TRACK, State.AT_RISK, State.OFF_TRACK)


class Rule(StrEnum):
    """What a rule looks at, in words that can be printed."""

    DONE = "done"
    CANCELED = "canceled"
    NO_TARGET = "no target"
    NO_BREAKDOWN = "no breakdown"
    NO_FORECAST = "no forecast"
    STALE_SOURCE = "a source is out of date"
    TARGET_PASSED = "target passed"
    LIKELIHOOD = "likelihood"
    SLIP = "slip, as a share of the baseline's length"
    BLOCKER = "critical blocker, in working days"
    SCOPE = "scope added since the baseline"
    UNREADY = "leaves without owner or estimate"
    GUARDRAIL = "guardrail regression"
    WAITING = "waiting on what is off track"


@dataclass(frozen=True)
class Thresholds:
    """Printed with the report. Likelihoods fire below, ``unready`` above, all others from the threshold on."""

    likelihood_off: Fraction = Fraction(50, 100)
    likelihood_risk: Fraction = Fraction(85, 100)
    slip_off: Fraction = Fraction(20, 100)
    slip_risk: Fraction = Fraction(10, 100)
    blocked_days: int = 5
    scope_risk: Fraction = Fraction(15, 100)
    unready_risk: Fraction = Fraction(20, 100)


DEFAULTS = Thresholds()
UNKNOWN = Refusal(Reason.MISSING)


@dataclass(frozen=True)
class Standing:
    """What is known of an item on the day ``today``. A `Refusal` says that a number could not be had, and why.

    ``likelihood`` is M13 for the current target, ``slip`` M16 as a share of the baseline's length, ``blocked`` the
    working days of the oldest critical blocker, ``scope`` and ``unready`` shares of M6. ``waiting_on`` names items it
    waits for that are off track.
    """

    today: date
    closed: State | None = None
    target: date | None = None
    has_breakdown: bool = True
    likelihood: float | Refusal = UNKNOWN
    slip: Fraction | Refusal = UNKNOWN
    blocked: int | None = None
    scope: Fraction | Refusal = UNKNOWN
    unready: Fraction | Refusal = UNKNOWN
    stale_sources: tuple[str, ...] = ()
    guardrails: tuple[str, ...] = ()
    waiting_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fired:
    """A rule that fired: what it found, in the rule's own unit, and the threshold; ``about`` names things."""

    rule: Rule
    state: State
    found: Fraction | None = None
    threshold: Fraction | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Health:
    """``reasons`` holds every rule that fired, in the order of the rules; the first decided the state."""

    state: State
    reasons: tuple[Fired, ...]


def health(standing: Standing, thresholds: Thresholds = DEFAULTS) -> Health:
    """M15: the first group of rules that matches decides: closed, no data, off track, at risk, else on track.

    All rules that fired are reasons, also those of later groups; of a measure with two steps, as likelihood and slip
    have, the worse one only. The 10 and 20 % steps of slip are in use elsewhere, as polscheit's Gantt shows.
    """
    if standing.closed in (State.DONE, State.CANCELED):
        rule = Rule.DONE if standing.closed is State.DONE else Rule.CANCELED
        return Health(standing.closed, (Fired(rule, standing.closed),))
    fired = (*_no_data(standing), *_off_track(standing, thresholds), *_at_risk(standing, thresholds))
    return Health(fired[0].state if fired else State.ON_TRACK, fired)


def _no_data(standing: Standing) -> Iterator[Fired]:
    if standing.target is None:
        yield Fired(Rule.NO_TARGET, State.NO_DATA)
    if not standing.has_breakdown:
        yield Fired(Rule.NO_BREAKDOWN, State.NO_DATA)
    elif standing.target is not None and isinstance(standing.likelihood, Refusal):
        yield Fired(Rule.NO_FORECAST, State.NO_DATA, about=(standing.likelihood.reason.value,))
    if standing.stale_sources:
        yield Fired(Rule.STALE_SOURCE, State.NO_DATA, about=tuple(sorted(standing.stale_sources)))


def _off_track(standing: Standing, limits: Thresholds) -> Iterator[Fired]:
    state = State.OFF_TRACK
    if standing.target is not None and standing.target < standing.today:
        yield Fired(Rule.TARGET_PASSED, state, Fraction((standing.today - standing.target).days), Fraction(0))
    chance = _chance(standing)
    if chance is not None and chance < limits.likelihood_off:
        yield Fired(Rule.LIKELIHOOD, state, chance, limits.likelihood_off)
    if isinstance(standing.slip, Fraction) and standing.slip >= limits.slip_off:
        yield Fired(Rule.SLIP, state, standing.slip, limits.slip_off)
    if standing.blocked is not None and standing.blocked >= limits.blocked_days:
        yield Fired(Rule.BLOCKER, state, Fraction(standing.blocked), Fraction(limits.blocked_days))


def _at_risk(standing: Standing, limits: Thresholds) -> Iterator[Fired]:
    state = State.AT_RISK
    chance = _chance(standing)
    if chance is not None and limits.likelihood_off <= chance < limits.likelihood_risk:
        yield Fired(Rule.LIKELIHOOD, state, chance, limits.likelihood_risk)
    if isinstance(standing.slip, Fraction) and limits.slip_risk <= standing.slip < limits.slip_off:
        yield Fired(Rule.SLIP, state, standing.slip, limits.slip_risk)
    if isinstance(standing.scope, Fraction) and standing.scope >= limits.scope_risk:
        yield Fired(Rule.SCOPE, state, standing.scope, limits.scope_risk)
    if isinstance(standing.unready, Fraction) and standing.unready > limits.unready_risk:
        yield Fired(Rule.UNREADY, state, standing.unready, limits.unready_risk)
    if standing.guardrails:
        yield Fired(Rule.GUARDRAIL, state, about=tuple(sorted(standing.guardrails)))
    if standing.waiting_on:
        yield Fired(Rule.WAITING, state, about=tuple(sorted(standing.waiting_on)))


def _chance(standing: Standing) -> Fraction | None:
    """The likelihood to twelve places, so that a sum of floats does not fire where the exact number would not."""
    return None if isinstance(standing.likelihood, Refusal) else exact(round(standing.likelihood, 12))


def badness(state: State) -> int:
    """M15: 0 is the worst state; smaller numbers come first in lists and win in roll-ups."""
    return WORST_FIRST.index(state)


@dataclass(frozen=True)
class RollUp:
    """The worst state, and how many children have each, worst first."""

    state: State
    counts: tuple[tuple[State, int], ...]


def roll_up(children: Iterable[tuple[State, bool]]) -> RollUp:
    """M15: the worst of the children that must be had, each a (state, must have) pair, with counts of all.

    Never an average. Where no child must be had, all of them decide; canceled ones only where there is nothing else.
    """
    every = list(children)
    counts = tuple((state, sum(one is state for one, _ in every)) for state in WORST_FIRST)
    alive = [pair for pair in every if pair[0] is not State.CANCELED]
    deciding = (
        [state for state, must in alive if must] or [state for state, _ in alive] or [s for s, _ in every]
    )
    worst = min(deciding, key=badness) if deciding else State.NO_DATA
    return RollUp(worst, tuple(pair for pair in counts if pair[1]))


def disagrees(claimed: State, computed: State) -> bool | None:
    """M15: whether what the owner says differs from what the data says; None where the data says nothing of the kind.

    GitLab's "needs attention" and "at risk" are its second and third word: map claims by rank before asking.
    """
    if claimed not in CLAIMS or computed not in CLAIMS:
        return None
    return claimed is not computed
