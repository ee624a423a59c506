"""M1 to M3."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report.formulas.expressions import AHA, LONGEST, Expression, expression
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.scores import (
    IceMode,
    Mark,
    Period,
    Quadrant,
    RiceInputs,
    Score,
    Thresholds,
    confidence_share,
    ice,
    less_confident,
    median_thresholds,
    midpoint,
    quadrant,
    ranking,
    rice,
    rice_ranking,
)


def test_rice_of_the_published_calculator() -> None:
    assert rice(RiceInputs(5000, 2, 80, 2)) == Score(Fraction(4000))
    assert rice(RiceInputs(5000, 2, 0.8, 2, confidence_unit="share")) == Score(Fraction(4000))


def test_a_float_is_the_decimal_people_wrote() -> None:
    assert rice(RiceInputs(1, 0.25, 0.8, 0.1, confidence_unit="share")) == Score(Fraction(2))


@pytest.mark.parametrize("effort", [0, -1, 0.0])
def test_effort_at_or_below_nought_is_unscored_never_infinite(effort: float) -> None:
    refused = rice(RiceInputs(100, 1, 80, effort))
    assert isinstance(refused, Refusal)
    assert refused.about == "effort"
    assert refused.reason in (Reason.NOT_POSITIVE, Reason.NEGATIVE)


def test_what_is_missing_or_no_number_is_named() -> None:
    assert rice(RiceInputs(100, 1, 80, None)) == Refusal(Reason.MISSING, "effort")
    assert rice(RiceInputs(None, 1, 80, 1)) == Refusal(Reason.MISSING, "reach")
    assert rice(RiceInputs(float("nan"), 1, 80, 1)) == Refusal(Reason.NOT_A_NUMBER, "reach")
    assert rice(RiceInputs(float("inf"), 1, 80, 1)) == Refusal(Reason.NOT_A_NUMBER, "reach")
    assert rice(RiceInputs(-5, 1, 80, 1)) == Refusal(Reason.NEGATIVE, "reach")
    assert rice(RiceInputs(100, 1, 80, 1, period=None)) == Refusal(Reason.NO_PERIOD, "reach")


def test_reach_of_another_period_is_converted_and_marked() -> None:
    assert rice(RiceInputs(100, 1, 100, 1, Period.MONTH)) == Score(Fraction(300), (Mark.NORMALISED,))
    assert rice(RiceInputs(100, 1, 100, 1, Period.WEEK)) == Score(Fraction(1300), (Mark.NORMALISED,))
    assert rice(RiceInputs(100, 1, 100, 1, Period.YEAR)) == Score(Fraction(25), (Mark.NORMALISED,))


def test_eighty_and_four_fifths_are_one_confidence() -> None:
    assert confidence_share(80) == confidence_share(0.8, "share") == Fraction(4, 5)
    assert confidence_share(80, None) == confidence_share(0.8, None) == Fraction(4, 5)
    assert confidence_share(1, None) == 1
    assert confidence_share(1, "%") == Fraction(1, 100)
    assert confidence_share(120) == Refusal(Reason.OFF_SCALE, "confidence")
    assert rice(RiceInputs(100, 1, 0.5, 1, confidence_unit=None)) == Score(Fraction(50), (Mark.GUESSED,))


def test_unusual_values_are_used_and_marked() -> None:
    assert rice(RiceInputs(100, 5, 80, 1)) == Score(Fraction(400), (Mark.OFF_SCALE,))
    assert rice(RiceInputs(100, 1, 70, 1)) == Score(Fraction(70), (Mark.OFF_SCALE,))


def test_equals_share_a_rank_and_refused_ones_are_listed() -> None:
    table = ranking(
        {
            "d": Score(Fraction(1)),
            "b": Score(Fraction(5)),
            "a": Score(Fraction(5)),
            "x": Refusal(Reason.MISSING, "effort"),
            "c": Score(Fraction(9)),
        }
    )
    assert [(one.id, one.rank) for one in table.scored] == [("c", 1), ("a", 2), ("b", 2), ("d", 4)]
    assert table.unscored == (("x", Refusal(Reason.MISSING, "effort")),)


def test_a_rank_that_hangs_on_confidence_is_seen() -> None:
    table = rice_ranking(
        {
            "sure": RiceInputs(1000, 3, 100, 1),
            "close": RiceInputs(1000, 1, 100, 1),
            "next": RiceInputs(900, 1, 100, 1),
            "wild": RiceInputs(10, 1, 20, 1),
        }
    )
    assert [(one.id, one.rank, one.cautious_rank) for one in table.scored] == [
        ("sure", 1, 1),
        ("close", 2, 3),
        ("next", 3, 3),
        ("wild", 4, None),
    ]
    assert less_confident(RiceInputs(1, 1, 20, 1)) == Refusal(Reason.OFF_SCALE, "confidence")


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 30), max_size=8))
def test_cautious_ranks_are_those_of_ranking_again(efforts: dict[str, int]) -> None:
    items = {id: RiceInputs(120, 1, 100, effort) for id, effort in efforts.items()}
    for one in rice_ranking(items).scored:
        lower = less_confident(items[one.id])
        assert isinstance(lower, RiceInputs)
        again = {id: rice(lower if id == one.id else inputs) for id, inputs in items.items()}
        expected = next(other.rank for other in ranking(again).scored if other.id == one.id)
        assert one.cautious_rank == expected >= one.rank


def test_ice_by_both_modes() -> None:
    assert ice(8, 5, 2) == Score(Fraction(80))
    assert ice(8, 5, 2, IceMode.MEAN) == Score(Fraction(5))
    assert ice(8, 5, 0) == Refusal(Reason.OFF_SCALE, "ease")
    assert ice(8, 11, 1) == Refusal(Reason.OFF_SCALE, "confidence")
    assert ice(None, 1, 1) == Refusal(Reason.MISSING, "impact")


# ---- a company's own expression ----------------------------------------------------------------------------


def read(text: str) -> Expression:
    found = expression(text)
    assert isinstance(found, Expression), found
    return found


def test_the_scorecard_that_aha_starts_with() -> None:
    card = read(AHA)
    assert card.fields == ("confidence", "effort", "need", "population", "strategy")
    values = {"population": 5, "need": 3, "strategy": 4, "effort": 2, "confidence": 0.5}
    assert card.value(values) == 5
    assert card.value({**values, "need": None}) == Refusal(Reason.MISSING, "need")
    assert card.value({**values, "need": float("inf")}) == Refusal(Reason.NOT_A_NUMBER, "need")


def test_expressions_compute_exactly() -> None:
    assert read("0.1 + 0.2").value({}) == Fraction(3, 10)
    assert read("-a / 3 * +2").value({"a": 1}) == Fraction(-2, 3)
    assert read("max(a, min(b, 10), 2)").value({"a": 1, "b": 99}) == 10
    assert read("a / (b - b)").value({"a": 1, "b": 2}) == Refusal(Reason.DIVISION_BY_ZERO, "a / (b - b)")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "a b",
        "a ** 9",
        "a // 2",
        "9 % 2",
        "__import__('os')",
        "a.b",
        "a[0]",
        "open(a)",
        "max()",
        "max(a, key=b)",
        "min(*a)",
        "lambda: 1",
        "a if b else c",
        "True",
        "'1'",
        "1j",
        "1e999",
        "1if 2else 3",
        "a; b",
        "a\nb",
        "(" * 199 + "1" + ")" * 198,
        "-" * 200 + "1",
        "1" * (LONGEST + 1),
        "+".join(["a"] * 100),
        "a == b",
        "(a, b)",
        "f(a)(b)",
        "1(2)",
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    found = expression(text)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.UNREADABLE_EXPRESSION


@given(st.text("ab1.+-*/(), _e", max_size=30))
def test_no_text_raises(text: str) -> None:
    found = expression(text)
    if isinstance(found, Expression):
        assert isinstance(found.value({"a": 1, "b": 2}), Fraction | Refusal)


# ---- quadrants ---------------------------------------------------------------------------------------------


def test_the_four_quadrants_take_their_lower_edge() -> None:
    limits = Thresholds(Fraction(5), Fraction(5))
    assert quadrant(5, 4.9, limits) is Quadrant.QUICK_WIN
    assert quadrant(5, 5, limits) is Quadrant.BIG_BET
    assert quadrant(4.9, 4.9, limits) is Quadrant.FILL_IN
    assert quadrant(4.9, 5, limits) is Quadrant.RECONSIDER
    assert quadrant(None, 5, limits) == Refusal(Reason.MISSING, "impact")
    assert quadrant(5, None, limits) == Refusal(Reason.MISSING, "effort")


def test_thresholds_are_the_middle_of_the_scale_or_medians_of_what_is_shown() -> None:
    assert midpoint(1, 10) == Fraction(11, 2)
    points = {"a": (1, 9), "b": (2, 8), "c": (3, 7), "hidden": (99, None)}
    assert median_thresholds(points) == Thresholds(Fraction(2), Fraction(8))
    assert isinstance(median_thresholds({}), Refusal)
