"""Experiments, derived anew: whether users are split as planned, and what the arms differ by (M22)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import exp, lgamma, log, sqrt
from typing import Any

from .aimed import Metrics, Row, exact, there
from .asked import Asked
from .counting import Facts
from .customers import wilson
from .stored import at


def experiments(asked: Asked, metrics: Metrics) -> tuple[Facts, set[str]]:
    """The facts, and the refs of those that show their metric to get worse."""
    names = ("users", "rate", "effect", "low", "high", "split")
    found: Facts = {f"experiment_{name}": {} for name in names}
    worse: set[str] = set()
    every = [row for row in asked.stored.of("Experiment") if there(row, asked)]
    over = [
        at(ended) <= asked.wanted.as_of for row in every if (ended := json.loads(row["data"]).get("ended_at"))
    ]
    for row in every:
        data = json.loads(row["data"])
        arms = data.get("arms") or []
        p = split(arms)
        found["experiment_split"][row["ref"]] = p
        readable = p is not None and p >= 0.01 and not data.get("verdict")
        scale = 100 if all(arm["conversions"] is not None for arm in arms) else 1
        for number, arm in enumerate(arms):
            key = f"{row['ref']} arm {number}"
            rated = arm["conversions"] is not None and arm["users"]
            found["experiment_users"][key] = arm["users"] or 0
            found["experiment_rate"][key] = Fraction(arm["conversions"], arm["users"]) if rated else None
            if number:
                effect = difference(arm, arms[0]) if readable else None
                for name, value in zip(("effect", "low", "high"), effect or (None,) * 3, strict=True):
                    found[f"experiment_{name}"][key] = None if value is None else value * scale
                worse |= {row["ref"]} if effect and _bad(effect, data, metrics) else set()
    if not every:
        return {}, worse
    return found | {"experiments_running": len(every) - sum(over), "experiments_ended": sum(over)}, worse


def _bad(effect: tuple[Any, ...], data: Mapping[str, Any], metrics: Metrics) -> bool:
    """The whole interval lies on the side on which the metric is not meant to go."""
    named = [m for m in metrics.every if data.get("metric") in (m.row["remote_id"], m.row["title"])]
    down = max((str(m.data.get("direction") or "") for m in named), default="") == "down"
    return bool(effect[1] > 0 if down else effect[2] < 0)


def split(arms: Sequence[Row]) -> float | None:
    """How likely users are split so unevenly, if the plan holds: the tail of the law of chi-squared."""
    planned = [exact(arm["share"]) for arm in arms]
    planned = [Fraction(1)] * len(arms) if all(share is None for share in planned) else planned
    if len(arms) < 2 or any(share is None or share <= 0 for share in planned):
        return None
    shares = [share or Fraction(0) for share in planned]
    total = sum(arm["users"] or 0 for arm in arms)
    due = [total * share / sum(shares) for share in shares]
    if min(due) < 5:
        return None
    chi = sum(
        (((arm["users"] or 0) - one) ** 2 / one for arm, one in zip(arms, due, strict=True)), Fraction()
    )
    return gamma_tail((len(arms) - 1) / 2, float(chi) / 2)


def gamma_tail(a: float, x: float) -> float:
    """1 − P(a, x): by the series of P where x is small, else by the continued fraction (as in *Numerical Recipes*)."""
    if x <= 0:
        return 1.0
    front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, 1000):
            term *= x / (a + n)
            total += term
        return 1 - front * total
    value = 0.0
    for n in range(2000, 0, -1):
        value = n * (n - a) / (x + 2 * n + 1 - a - value)
    return front / (x + 1 - a - value)


def difference(arm: Row, control: Row) -> tuple[Fraction, float, float] | None:
    """Of shares with Newcombe's interval, made of Wilson's; else of means."""
    n, m = arm["users"] or 0, control["users"] or 0
    if arm["conversions"] is not None and control["conversions"] is not None:
        if not n or not m:
            return None
        one, other = Fraction(arm["conversions"], n), Fraction(control["conversions"], m)
        (low, high), (under, over) = wilson(arm["conversions"], n), wilson(control["conversions"], m)
        gap = float(one - other)
        down = sqrt((float(one) - low) ** 2 + (over - float(other)) ** 2)
        return one - other, gap - down, gap + sqrt((high - float(one)) ** 2 + (float(other) - under) ** 2)
    numbers = [exact(side[name]) for side in (arm, control) for name in ("mean", "deviation")]
    if None in numbers or min(n, m) < 30:
        return None
    now, spread, before, spread_before = (number or Fraction(0) for number in numbers)
    half = 1.96 * sqrt(spread**2 / n + spread_before**2 / m)
    return now - before, float(now - before) - half, float(now - before) + half
