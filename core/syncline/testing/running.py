"""Checks run one by one, each on a bench of its own, and what came of each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from unittest import SkipTest

from syncline.testing.bench import name_of

B = TypeVar("B")


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """What came of one check. ``rule`` is what it checks, ``reason`` why it failed or was skipped."""

    name: str
    rule: str
    verdict: Verdict
    reason: str = ""


def run(checks: Iterable[Callable[[B], None]], make_bench: Callable[[], B]) -> Iterator[Result]:
    """Run each check on a new bench. A connector that raises anything has failed; only interrupts end the run."""
    for check in checks:
        verdict, reason = _judge(check, make_bench)
        yield Result(name_of(check), rule_of(check), verdict, reason)


def rule_of(check: Callable[..., None]) -> str:
    """The one rule that a check is about."""
    return " ".join((inspect.getdoc(check) or "").split())


def _judge(check: Callable[[B], None], make_bench: Callable[[], B]) -> tuple[Verdict, str]:
    try:
        check(make_bench())
    except SkipTest as skipped:
        return Verdict.SKIPPED, str(skipped)
    except AssertionError as error:
        return Verdict.FAILED, str(error).partition("\n")[0] or "the rule does not hold"
    except Exception as error:  # a connector under test may raise anything
        return Verdict.FAILED, f"raised {type(error).__name__}: {error}"
    return Verdict.PASSED, ""
