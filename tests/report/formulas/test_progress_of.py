"""M6, and the shares that M15 takes from it."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from syncline.report.formulas.progress_of import (
    ItemProgress,
    Leaf,
    Measure,
    differs,
    leaves_of,
    progress,
    scope_growth,
    unready,
)
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.stages import Stage

DONE, DOING, CANCELED = Leaf(Stage.DONE, 1), Leaf(Stage.DOING, 3), Leaf(Stage.CANCELED, 5)


def test_leaves_are_the_lowest_level_and_a_part_without_parts_is_one() -> None:
    tree = {"root": ["epic", "lone"], "epic": ["a", "b"], "b": ["b1", "b2"]}
    assert leaves_of("root", tree) == ("a", "b1", "b2", "lone")
    assert leaves_of("lone", tree) == ()


def test_a_leaf_below_two_parents_counts_once_and_a_circle_ends() -> None:
    assert leaves_of("root", {"root": ["x", "y"], "x": ["leaf"], "y": ["leaf"]}) == ("leaf",)
    assert leaves_of("root", {"root": ["x"], "x": ["root", "leaf"], "leaf": ["x"]}) == ()


def test_canceled_leaves_are_neither_done_nor_to_do() -> None:
    assert progress([DONE, DOING, CANCELED]) == ItemProgress(
        Fraction(1, 2), Fraction(1), Fraction(2), Measure.COUNT, 3, 1, 0
    )


def test_by_estimate_and_what_has_none_is_told() -> None:
    found = progress([DONE, DOING, CANCELED, Leaf(Stage.READY)], Measure.ESTIMATE)
    assert found == ItemProgress(Fraction(1, 4), Fraction(1), Fraction(4), Measure.ESTIMATE, 4, 1, 1)


def test_no_breakdown_is_not_nought_percent() -> None:
    assert progress([]) == Refusal(Reason.NO_BREAKDOWN, n=0)
    assert progress([CANCELED]) == Refusal(Reason.ALL_CANCELED, n=1)
    assert progress([Leaf(Stage.DONE)], Measure.ESTIMATE) == Refusal(Reason.NO_ESTIMATES, n=1)


def test_another_tools_number_is_shown_from_more_than_five_points_on() -> None:
    assert not differs(Fraction(1, 2), 0.55)
    assert differs(Fraction(1, 2), 0.5501)
    assert not differs(Fraction(1, 2), None)


def test_unready_leaves_lack_an_owner_or_an_estimate() -> None:
    leaves = [Leaf(Stage.DOING, 1, owned=False), Leaf(Stage.READY, None), Leaf(Stage.READY, 2), DONE]
    assert unready(leaves) == Fraction(2, 3)
    assert unready(leaves, estimating=False) == Fraction(1, 3)
    assert unready([Leaf(Stage.READY, 2), Leaf(Stage.READY, 3), Leaf(None, None)]) == Fraction(1, 3)
    assert unready([DONE, CANCELED]) == Refusal(Reason.TOO_FEW, "open leaves", n=0, needed=1)


def test_scope_growth_is_a_share_of_the_baseline() -> None:
    assert scope_growth(20, 23) == Fraction(15, 100)
    assert scope_growth(20, 15) == Fraction(-1, 4)
    assert isinstance(scope_growth(0, 5), Refusal)
    assert scope_growth(1, 2) == 1


@given(st.lists(st.sampled_from([Stage.READY, Stage.DOING, Stage.DONE, Stage.CANCELED])))
def test_the_share_is_a_share_and_finishing_never_lowers_it(stages: list[Stage]) -> None:
    found = progress([Leaf(stage) for stage in stages])
    if isinstance(found, Refusal):
        assert all(stage is Stage.CANCELED for stage in stages)
        return
    assert 0 <= found.share <= 1
    finished = progress([Leaf(Stage.DONE if stage is Stage.DOING else stage) for stage in stages])
    assert isinstance(finished, ItemProgress)
    assert finished.share >= found.share


@given(
    st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4), max_size=10),
    st.integers(0, 9),
)
def test_any_graph_has_leaves_without_parts(graph: dict[int, list[int]], root: int) -> None:
    children = {str(one): [str(below) for below in parts] for one, parts in graph.items()}
    found = leaves_of(str(root), children)
    assert len(set(found)) == len(found)
    assert not any(children.get(one) for one in found)
