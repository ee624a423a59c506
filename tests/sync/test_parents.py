"""The parent crosses as the counterpart of the parent, and waits for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from tests.sync.company import Company

from syncline.store.tables import record
from syncline.sync.ledger import Ledger

Make = Callable[..., Company]
CREATE = {
    "create": [{"from": "a", "to": "b", "when": {"labels": ["copy"]}, "type": "Task"}],
    "pair": [{"a": "K", "b": "K"}],
}


def family(make: Make, rule: object, **options: object) -> Company:
    """Two linked pairs, 1 and 2; number 3 is in a alone."""
    here = make(fields={"title": {}, "parent": rule}, **options)
    for name in ("a", "b"):
        here.put(name, 1)
        here.put(name, 2)
    here.put("a", 3)
    here.sync()
    return here


def parent(here: Company, name: str, number: int) -> str | None:
    found = here.issue(name, f"{name}{number}")["parent"]
    return None if found is None else str(found)


@pytest.mark.parametrize("rule", [{}, {"prefer": ["b"]}, {"from": "a"}])
def test_a_parent_crosses_as_its_counterpart_and_is_cleared_again(company: Make, rule: object) -> None:
    here = family(company, rule)
    here.edit("a", "a2", parent="a1")
    here.sync()
    assert parent(here, "b", 2) == "b1"
    written = here.writes
    here.sync()
    assert here.writes == written
    here.edit("a", "a2", parent=None)
    here.sync()
    assert parent(here, "b", 2) is None
    assert here.held() == []


def test_it_crosses_back_only_where_the_rule_goes_both_ways(company: Make) -> None:
    here = family(company, {})
    here.edit("b", "b2", parent="b1")
    here.sync()
    assert parent(here, "a", 2) == "a1"


def test_of_one_way_a_copy_that_somebody_edited_is_reported_and_stays(company: Make) -> None:
    here = family(company, {"from": "a"})
    here.edit("b", "b2", parent="b1")
    here.sync()
    assert parent(here, "a", 2) is None
    assert [one[:2] for one in here.held()] == [("parent", "blocked")]


def test_a_parent_without_counterpart_is_blocked_and_crosses_once_it_is_linked(company: Make) -> None:
    here = family(company, {})
    here.edit("a", "a2", parent="a3")
    here.sync()
    assert here.held() == [("parent", "blocked", "the parent has no counterpart in b")]
    assert parent(here, "b", 2) is None
    here.put("b", 3)
    here.sync()
    assert parent(here, "b", 2) == "b3"
    assert here.held() == []


def test_a_parent_linked_by_another_hand_counts(company: Make) -> None:
    """Not this block's link: any that makes them one item."""
    here = family(company, {})
    here.edit("a", "a2", parent="a3")
    here.put("b", 9, title="called otherwise")
    here.sync()
    with here.store() as store, store.writing() as db:
        ids = {row.remote_id: row.id for row in db.execute(select(record))}
        ledger = Ledger(db, 1, here.clock.now())
        ledger.join("", ids["a3"], ids["b9"], "person", None, ids["a3"], about=False)
    here.sync()
    assert parent(here, "b", 2) == "b9"


def test_parent_and_child_are_made_in_one_run_whichever_comes_first(company: Make) -> None:
    here = company(fields={"title": {}, "parent": {"prefer": ["a"]}}, block=CREATE)
    here.put("a", 1, labels=["copy"], parent="a2", title="child")
    here.put("a", 2, labels=["copy"], title="above")
    here.put("a", 3, labels=["copy"], parent="a2", title="other child")
    here.sync()
    made = {one["title"]: one for one in here.tools["b"].issues.values()}
    assert made["above"].get("parent") is None
    assert made["child"]["parent"] == made["other child"]["parent"] == made["above"]["remote_id"]
    assert here.held() == []
    written = here.writes
    here.sync()
    assert here.writes == written


def test_a_child_whose_parent_is_not_copied_is_made_without_one_and_told_later(company: Make) -> None:
    here = company(fields={"title": {}, "parent": {}}, block=CREATE)
    here.put("a", 1, labels=["copy"], parent="a2", title="child")
    here.put("a", 2, title="above")
    here.sync()
    (made,) = here.tools["b"].issues.values()
    assert made.get("parent") is None
    assert here.held() == [("parent", "blocked", "the parent has no counterpart in b")]
    here.edit("a", "a2", labels=["copy"])
    here.sync()
    by_title = {one["title"]: one for one in here.tools["b"].issues.values()}
    assert by_title["child"]["parent"] == by_title["above"]["remote_id"]
    assert here.held() == []
