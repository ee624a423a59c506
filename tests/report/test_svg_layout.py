"""Whatever is to be drawn: no text lies over another, none sticks out, and every number is a fact."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.report.facts import Form, Scalar
from syncline.report.formulas.refusal import Reason
from syncline.report.parts import Figure, Item, Name, State
from syncline.report.pictures import (
    Ageing,
    Areas,
    Bar,
    Bubble,
    Bubbles,
    Chart,
    Fan,
    Lines,
    Picture,
    Scatter,
    Series,
    Timeline,
    Tone,
)
from syncline.report.svg import anything, draw
from syncline.report.words import tidy

from .drawn import Drawing, assert_sound
from .gallery import TODAY, Facts, report_of_pictures
from .hostile import TITLES

WORDS = st.one_of(st.sampled_from(TITLES), st.text(max_size=60), st.sampled_from(["a", "W" * 300])).map(
    lambda text: tidy(text, "?")
)
TONES = st.sampled_from(get_args(Tone))
NEAR = st.integers(-400, 800).map(lambda offset: TODAY + timedelta(days=offset))
DAYS = st.one_of(NEAR, NEAR, NEAR, st.dates())
COUNTS = st.one_of(st.integers(0, 30), st.integers(0, 10**7))
NUMBERS: st.SearchStrategy[Scalar | None] = st.one_of(
    st.none(),
    st.integers(-50, 50),
    st.integers(-(10**14), 10**14),
    st.fractions(min_value=-3, max_value=3, max_denominator=1000),
    st.floats(allow_nan=False, allow_infinity=False),
)
FORMS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"form": Form.PERCENT, "places": 1}, {"form": Form.SIGNED}, {"places": 3}]
)
KEYS = st.one_of(st.none(), st.sampled_from(["ENG-1", "X" * 40]))

few = settings(max_examples=25, deadline=None)


@st.composite
def items(draw: st.DrawFn, most: int) -> tuple[Item, ...]:
    found = draw(st.lists(st.tuples(KEYS, WORDS), max_size=most))
    urls = (None, "https://example.atlassian.net/browse/ENG-1")
    return tuple(Item(f"i{place}", key, title, urls[place % 2]) for place, (key, title) in enumerate(found))


def assert_drawn(facts: Facts, picture: Picture) -> Drawing | None:
    report = report_of_pictures(facts, picture)
    if not anything(picture, report):
        return None
    svg = draw(picture, report)
    assert svg == draw(picture, report)
    return assert_sound(svg)


def series_of(data: st.DataObject, facts: Facts, keys: list[str], values: st.SearchStrategy[Any]) -> Series:
    known = {key: data.draw(values) for key in keys}
    return Series(data.draw(WORDS), data.draw(TONES), facts.series(known, **data.draw(FORMS)))


@few
@given(st.data(), st.booleans(), st.integers(1, 40), st.integers(1, 5))
def test_bars(data: st.DataObject, upright: bool, count: int, parts: int) -> None:
    facts = Facts()
    days = data.draw(st.booleans())
    keys = [(TODAY + timedelta(days=place * 7)).isoformat() for place in range(count)]
    labels = [date.fromisoformat(key) if days else Name(data.draw(WORDS)) for key in keys]
    series = tuple(series_of(data, facts, keys, COUNTS) for _ in range(parts))
    picture = Chart(
        "c", "C", ("S.",), upright, "Head", "items", tuple(zip(keys, labels, strict=True)), series
    )
    assert_drawn(facts, picture)


@few
@given(st.data(), items(30))
def test_timeline(data: st.DataObject, found: tuple[Item, ...]) -> None:
    facts = Facts()
    ids = [one.item for one in found] + ["unknown"]
    dates = st.one_of(st.none(), DAYS)
    waits = st.lists(st.sampled_from(ids), max_size=3).map(tuple)
    bars = tuple(
        Bar(
            one,
            data.draw(st.sampled_from(State)),
            data.draw(dates),
            data.draw(dates),
            data.draw(st.booleans()),
            data.draw(dates),
            data.draw(st.lists(DAYS, max_size=3).map(tuple)),
            facts.one(data.draw(DAYS), "day", form=Form.DAY) if data.draw(st.booleans()) else None,
            facts.one(data.draw(DAYS), "day", form=Form.DAY) if data.draw(st.booleans()) else None,
            facts.refused(Reason.TOO_FEW),
            facts.one(data.draw(NUMBERS), "share", form=Form.PERCENT),
            facts.one(data.draw(NUMBERS), "days", form=Form.SIGNED),
            data.draw(waits),
        )
        for one in found
    )
    late = frozenset((bar.item.item, other) for bar in bars for other in bar.waits_for[:1])
    assert_drawn(facts, Timeline("t", "T", ("S.",), TODAY, bars, late))


@few
@given(st.data(), items(60), st.integers(0, 4))
def test_points_over_days(data: st.DataObject, found: tuple[Item, ...], levels: int) -> None:
    facts = Facts()
    at = tuple((one.item, data.draw(DAYS)) for one in found if data.draw(st.integers(0, 9)))
    figure = facts.series({one.item: data.draw(st.one_of(COUNTS, NUMBERS)) for one in found}, "days")
    lines = tuple((f"{place} %", facts.one(data.draw(COUNTS), "days")) for place in range(levels))
    assert_drawn(facts, Scatter("s", "S", ("S.",), "days", figure, at, found, lines))


@few
@given(st.data(), items(60), st.integers(1, 6))
def test_points_by_stage(data: st.DataObject, found: tuple[Item, ...], count: int) -> None:
    facts = Facts()
    stages = tuple((data.draw(WORDS), found[place::count]) for place in range(count))
    figure = facts.series({one.item: data.draw(COUNTS) for one in found}, "days")
    bands = (("85 %", facts.one(data.draw(COUNTS), "days")),)
    assert_drawn(facts, Ageing("a", "A", ("S.",), "days", stages, figure, bands))


@few
@given(st.data(), DAYS, st.integers(1, 90), st.integers(1, 8))
def test_bands(data: st.DataObject, end: date, count: int, bands: int) -> None:
    facts = Facts()
    first = max(end.toordinal() - count, 1)
    days = tuple(date.fromordinal(first + place) for place in range(count))
    series = tuple(
        series_of(data, facts, [days[0].isoformat(), days[-1].isoformat()], COUNTS) for _ in range(bands)
    )
    hatched = tuple((data.draw(DAYS), data.draw(st.one_of(st.none(), DAYS))) for _ in range(3))
    assert_drawn(facts, Areas("a", "A", ("S.",), "items", days, series, hatched))


@few
@given(st.data(), st.lists(DAYS, min_size=1, max_size=30, unique=True), st.integers(1, 4))
def test_lines(data: st.DataObject, days: list[date], count: int) -> None:
    facts = Facts()
    keys = [day.isoformat() for day in sorted(days)]
    series = tuple(series_of(data, facts, keys, NUMBERS) for _ in range(count))
    ahead = [day.isoformat() for day in data.draw(st.lists(DAYS, max_size=6, unique=True))]
    fans = tuple(
        Fan(percent, series_of(data, facts, ahead, NUMBERS).figure) for percent in (50, 85)[: len(ahead)]
    )
    marks = tuple(data.draw(st.lists(st.tuples(DAYS, WORDS), max_size=8)))
    levels = tuple((data.draw(WORDS), facts.one(data.draw(NUMBERS))) for _ in range(2))
    picture = Lines("l", "L", ("S.",), data.draw(WORDS), tuple(sorted(days)), series, fans, marks, levels)
    assert_drawn(facts, picture)


@few
@given(st.data(), items(40))
def test_bubbles(data: st.DataObject, found: tuple[Item, ...]) -> None:
    facts = Facts()

    def number() -> Figure:
        return facts.one(data.draw(st.one_of(st.just(3), NUMBERS)), places=1)

    bubbles = tuple(
        Bubble(one, number(), number(), number() if data.draw(st.booleans()) else None) for one in found
    )
    fields = tuple(data.draw(WORDS) for _ in range(4))
    titles = (data.draw(WORDS), data.draw(WORDS), data.draw(WORDS))
    limits = (number(), number())
    picture = Bubbles(
        "b", "B", ("S.",), *titles, bubbles, limits, (fields[0], fields[1], fields[2], fields[3])
    )
    assert_drawn(facts, picture)


@few
@given(st.integers(1, 200), st.one_of(st.integers(1, 3), st.fractions(1, 100, max_denominator=7)))
def test_equal_values_in_any_number(count: int, value: Fraction | int) -> None:
    facts = Facts()
    found = tuple(Item(f"i{place}", f"E-{place}", "Same", None) for place in range(count))
    figure = facts.series(dict.fromkeys((one.item for one in found), value), "days")
    at = tuple((one.item, TODAY) for one in found)
    level = (("50 %", facts.one(value, "days")), ("85 %", facts.one(value, "days")))
    assert_drawn(facts, Scatter("s", "S", ("S.",), "days", figure, at, found, level))
    assert_drawn(facts, Ageing("a", "A", ("S.",), "days", (("Doing", found),), figure, level))
