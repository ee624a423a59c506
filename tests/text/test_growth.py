"""The measure itself: it must be able to fail, and others at work must not make it fail."""

from __future__ import annotations

import itertools

import pytest
from tests.text.growth import is_about_linear


class Work:
    """Takes as long as it is told for a text; every ``slow``-th time ten times as long."""

    def __init__(self, power: int, slow: int = 10**9) -> None:
        self.now = 0.0
        self._power = power
        self._turns = itertools.count(1)
        self._slow = slow

    def __call__(self, text: str) -> None:
        self.now += (len(text) / 15_000) ** self._power * (10 if next(self._turns) % self._slow == 0 else 1)


@pytest.mark.parametrize("slow", [10**9, 3, 5, 7])
def test_quadratic_work_is_told_from_linear_work(slow: int) -> None:
    linear, quadratic = Work(1, slow), Work(2, slow)
    assert is_about_linear(linear, "x", lambda: linear.now)
    assert not is_about_linear(quadratic, "x", lambda: quadratic.now)
