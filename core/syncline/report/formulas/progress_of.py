"""M6: how much of an item is done, by its lowest-level parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.stages import Stage

TELLING = Fraction(5, 100)
"""A source's own progress that differs by more is shown beside ours."""


class Measure(StrEnum):
    """What is summed."""

    COUNT = "count"
    ESTIMATE = "estimate"


@dataclass(frozen=True)
class Leaf:
    """A part without parts of its own. ``estimate`` in the team's unit."""

    stage: Stage | None
    estimate: Number | None = None
    owned: bool = True


@dataclass(frozen=True)
class ItemProgress:
    """``share`` is 0 to 1; ``done`` and ``whole`` are leaves, or the sum of their estimates.

    ``canceled`` leaves are in neither; ``unestimated`` ones weigh nothing where the measure is the estimate.
    """

    share: Fraction
    done: Fraction
    whole: Fraction
    measure: Measure
    leaves: int
    canceled: int
    unestimated: int


def leaves_of(root: str, children: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """M6: ids of the lowest-level items below ``root``, sorted; a part without parts counts as itself.

    None where the root has no parts. Each counts once, however many parents it has; a circle of parents ends there.
    """
    found: set[str] = set()
    seen = {root}
    waiting = list(children.get(root, ()))
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        below = children.get(one, ())
        if not below:
            found.add(one)
        waiting.extend(below)
    return tuple(sorted(found))


def progress(leaves: Iterable[Leaf], measure: Measure = Measure.COUNT) -> ItemProgress | Refusal:
    """M6: done leaves ÷ (leaves − canceled), by count or by estimate (our rule, printed with the number).

    Jira Product Discovery counts one level below the delivery ticket and no sub-tasks, so its number may differ.
    Refused where there is no leaf, where all are canceled, or where nothing has an estimate.
    """
    every = list(leaves)
    kept = [leaf for leaf in every if leaf.stage is not Stage.CANCELED]
    if not kept:
        return Refusal(Reason.ALL_CANCELED if every else Reason.NO_BREAKDOWN, n=len(every))
    weights = [_weight(leaf, measure) for leaf in kept]
    whole = Fraction(sum(weights))
    if whole <= 0:
        return Refusal(Reason.NO_ESTIMATES, n=len(kept))
    done = Fraction(
        sum(weight for leaf, weight in zip(kept, weights, strict=True) if leaf.stage is Stage.DONE)
    )
    unestimated = sum(exact(leaf.estimate) is None for leaf in kept)
    return ItemProgress(done / whole, done, whole, measure, len(every), len(every) - len(kept), unestimated)


def _weight(leaf: Leaf, measure: Measure) -> Fraction | int:
    if measure is Measure.COUNT:
        return 1
    return max(exact(leaf.estimate) or Fraction(0), Fraction(0))


def differs(ours: Fraction, theirs: Number | None, telling: Fraction = TELLING) -> bool:
    """M6: whether a source's own progress, 0 to 1, is more than five percentage points away from ours."""
    other = exact(theirs)
    return other is not None and abs(ours - other) > telling


def unready(leaves: Iterable[Leaf], estimating: bool = True) -> Fraction | Refusal:
    """M15: the share, 0 to 1, of open leaves without owner, or without estimate where the team is ``estimating``."""
    open_ones = [leaf for leaf in leaves if leaf.stage not in (Stage.DONE, Stage.CANCELED)]
    if not open_ones:
        return Refusal(Reason.TOO_FEW, "open leaves", n=0, needed=1)
    lacking = sum(not leaf.owned or (estimating and exact(leaf.estimate) is None) for leaf in open_ones)
    return Fraction(lacking, len(open_ones))


def scope_growth(before: Number, now: Number) -> Fraction | Refusal:
    """M15: (now − at the baseline) ÷ at the baseline, a share; both are `ItemProgress.whole` by one measure."""
    first, last = exact(before), exact(now)
    if first is None or last is None:
        return Refusal(Reason.NOT_A_NUMBER, "scope")
    return Refusal(Reason.NOT_POSITIVE, "scope at the baseline") if first <= 0 else (last - first) / first
