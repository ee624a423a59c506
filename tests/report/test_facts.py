"""Facts by themselves: counting, series, percentiles, and the rows behind a number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report.basis import Basis, Relation
from syncline.report.facts import IDS_KEPT, Fact, Ledger, digest, full_sql, nearest_rank, needed_by, number_of
from syncline.report.filling import image_of


def _basis(rows: int) -> Basis:
    work = ((f"i{number}", number % 3, f"box {number % 2}") for number in range(rows))
    relations = {
        "work": Relation("SELECT …", ("item", "size", "container")),
        "assigned": Relation("SELECT ref FROM assignments", ("ref", "person")),
    }
    image = image_of(
        (name, relations[name].columns, rows) for name, rows in (("work", work), ("assigned", ()))
    )
    return Basis(relations, frozenset(), [image])


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger(_basis(7), {"least": 1}) as made:
        yield made


def _only(ledger: Ledger) -> Fact:
    (fact,) = ledger.facts()
    return fact


def test_count_is_the_number_of_rows_and_names_them(ledger: Ledger) -> None:
    ledger.count("big", "Big ones.", "SELECT item FROM work WHERE size >= :least")
    fact = _only(ledger)
    assert (fact.id, fact.value, fact.n) == ("F01", 4, 4)
    assert fact.ids == ("i1", "i2", "i4", "i5")
    assert fact.parameters == (("least", 1),)
    assert fact.digest == hashlib.blake2b(b"i1\ni2\ni4\ni5\n", digest_size=16).hexdigest()


def test_groups_count_by_key_and_keep_the_keys_asked_for(ledger: Ledger) -> None:
    figure = ledger.groups("boxes", "By box.", "SELECT item, container FROM work", keys=["box 9"])
    assert _only(ledger).value == (("box 0", 4), ("box 1", 3), ("box 9", 0))
    assert ledger.number(figure) == 7
    assert number_of(_only(ledger), "box 1") == 3
    assert number_of(_only(ledger), "unheard of") == 0


def test_fold_says_nothing_where_the_rule_says_nothing(ledger: Ledger) -> None:
    figure = ledger.fold("none", "Too few.", "SELECT item FROM work", "days", lambda rows: None)
    assert _only(ledger).value is None
    assert ledger.number(figure) == 0


def test_many_ids_leave_only_their_digest() -> None:
    with Ledger(_basis(IDS_KEPT + 1), {}) as ledger:
        ledger.count("all", "All.", "SELECT item FROM work")
        ledger.count("most", "Most.", "SELECT item FROM work WHERE item <> 'i0'")
        every, most = ledger.facts()
    assert every.ids == ()
    assert every.n == IDS_KEPT + 1
    assert len(most.ids) == IDS_KEPT
    assert every.digest != most.digest


def test_two_facts_of_one_name_are_a_mistake(ledger: Ledger) -> None:
    ledger.count("big", "Big ones.", "SELECT item FROM work")
    with pytest.raises(ValueError, match="big"):
        ledger.count("big", "Others.", "SELECT item FROM work")


def test_full_sql_puts_only_what_is_needed_in_front(ledger: Ledger) -> None:
    ledger.count("big", "Big ones.", "SELECT item FROM work")
    text = full_sql(_only(ledger), {"work": "SELECT 1 AS item", "assigned": "SELECT 2"})
    assert text == "WITH work AS (\nSELECT 1 AS item\n)\nSELECT item FROM work"


def test_a_relation_is_needed_where_its_whole_name_stands() -> None:
    relations = {"work": "SELECT 1 FROM worker", "worker": "SELECT 2", "works": "SELECT 3 FROM work"}
    assert needed_by(["SELECT * FROM(works)w"], relations) == {"works", "work", "worker"}
    assert needed_by(["SELECT my_work, work2 FROM reworks"], relations) == set()
    assert needed_by(["SELECT w.x FROM temp.worker AS w"], relations) == {"worker"}


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 3), (85, 5), (95, 5), (20, 1), (21, 2), (100, 5), (1, 1)]
)
def test_nearest_rank_of_one_to_five(percent: int, expected: int) -> None:
    assert nearest_rank([5, 3, 1, 4, 2], percent) == expected


@given(st.lists(st.integers(0, 400), min_size=1), st.integers(1, 100))
def test_nearest_rank_is_a_member_that_enough_do_not_exceed(values: list[int], percent: int) -> None:
    found = nearest_rank(values, percent)
    assert found in values
    needed = ceil(percent * len(values) / 100)
    assert sum(value <= found for value in values) >= needed
    assert sum(value < found for value in values) < needed


@given(st.lists(st.text(alphabet="abc:", max_size=5)))
def test_digest_is_of_the_set_in_any_order(ids: list[str]) -> None:
    assert digest(ids) == digest(reversed(ids))
