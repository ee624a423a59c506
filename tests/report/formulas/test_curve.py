"""A curve is worked out no further than somebody looks, and is otherwise the sequence of its values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report.formulas import forecast as forecasts
from syncline.report.formulas.curve import Curve
from syncline.report.formulas.sample import Settings, sample

AS_OF = date(2026, 11, 23)
VALUES = (0.0, 0.25, 0.5, 1.0)


def counted(made: list[float]) -> Iterator[float]:
    for value in VALUES:
        made.append(value)
        yield value


def test_no_more_is_made_than_is_looked_at() -> None:
    made: list[float] = []
    curve = Curve(counted(made))
    assert made == []
    assert (curve[1], curve[0]) == (0.25, 0.0)
    assert made == [0.0, 0.25]
    assert next(at for at, value in enumerate(curve) if value >= 0.5) == 2
    assert made == [0.0, 0.25, 0.5]
    assert (len(curve), curve[-1], curve[1:3]) == (4, 1.0, [0.25, 0.5])
    with pytest.raises(IndexError):
        curve[4]
    assert made == list(VALUES)


@given(st.lists(st.floats(0, 1), max_size=6), st.lists(st.integers(-7, 7), max_size=5))
def test_it_is_the_sequence_of_its_values(values: list[float], looked: list[int]) -> None:
    curve = Curve(values)
    for at in looked:
        if -len(values) <= at < len(values):
            assert curve[at] == values[at]
    assert curve == values
    assert repr(curve) == repr(tuple(values))
    assert (curve == [*values, 1.0]) is False


def test_a_forecast_goes_as_far_as_its_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    futures, steps = forecasts._futures, 0

    def counting(remaining: int, law: forecasts.Law) -> Iterator[tuple[float, list[float]]]:
        nonlocal steps
        for one in futures(remaining, law):
            steps += 1
            yield one

    monkeypatch.setattr(forecasts, "_futures", counting)
    history = sample((AS_OF - timedelta(days=back) for back in range(1, 85, 2)), AS_OF, Settings())
    found = forecasts.forecast(10, history, AS_OF, Settings())
    both = forecasts.joint({"one": found, "two": found})
    assert isinstance(found, forecasts.Forecast)
    assert isinstance(both, forecasts.Joint)
    assert steps == 0
    day = found.date_at(50)
    assert isinstance(day, date)
    assert steps == (day - AS_OF).days + 1
    later = both.date_at(50)
    assert isinstance(later, date)
    assert steps == (later - AS_OF).days + 1 > (day - AS_OF).days + 1
    assert len(found.curve) == steps
    assert steps > (later - AS_OF).days + 1
