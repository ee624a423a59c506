"""Notes: written once, when a condition comes true on the other side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.sync.company import Company

from syncline.model import Visibility
from syncline.sim.faults import Fault

COMPANY = Callable[..., Company]
NOTE = {"to": "a", "when": {"category": ["done"]}, "text": "Fixed in {key}: {title}"}


def linked(company: COMPANY, **first: object) -> Company:
    here = company(fields={"title": {}}, block={"note": [NOTE]})
    here.put("a", 1)
    here.put("b", 1, **first)
    here.sync()
    return here


def said(here: Company) -> list[str]:
    return [one["body"]["source"] for one in here.tools["a"].comments.values()]


def test_a_note_is_written_once(company: COMPANY) -> None:
    here = linked(company)
    assert said(here) == []
    here.edit("b", "b1", status=here.status("b", 2))
    here.sync()
    assert said(here) == ["Fixed in B-1: issue 1"]
    here.edit("b", "b1", status=here.status("b", 0))
    here.sync()
    here.edit("b", "b1", status=here.status("b", 2))
    here.sync()
    here.sync()
    assert said(here) == ["Fixed in B-1: issue 1"]


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.TEAM])
def test_customers_read_no_note_about_what_not_all_of_the_team_may_see(
    company: COMPANY, visibility: Visibility
) -> None:
    note = NOTE | {"text": "Fixed in {key}", "visibility": "customer"}
    here = company(fields={"title": {}}, block={"note": [note]}, customers=frozenset({"a"}))
    here.put("a", 1)
    here.put("b", 1, visibility=visibility)
    here.sync()
    here.edit("b", "b1", status=here.status("b", 2))
    here.sync()
    read = "team" if visibility is Visibility.PRIVATE else "customer"
    assert [one["visibility"] for one in here.tools["a"].comments.values()] == [read]


def test_what_was_so_from_the_beginning_is_not_told(company: COMPANY) -> None:
    here = company(fields={"title": {}}, block={"note": [NOTE]})
    here.put("a", 1)
    here.put("b", 1, status=here.status("b", 2))
    here.sync()
    here.edit("b", "b1", title="touched")
    here.sync()
    assert said(here) == []


def test_a_note_whose_answer_was_lost_is_not_written_twice(company: COMPANY) -> None:
    here = linked(company)
    here.edit("b", "b1", status=here.status("b", 2))
    here.tools["a"].inject(Fault.DROP_AFTER, writes=True)
    here.sync()
    here.sync()
    here.sync()
    assert said(here) == ["Fixed in B-1: issue 1"]
    assert here.rows("SELECT DISTINCT state FROM intent WHERE state NOT IN ('verified')") == []


def test_preview_says_nothing(company: COMPANY) -> None:
    here = linked(company)
    here.block = {"note": [NOTE], "mode": "preview"}
    here.edit("b", "b1", status=here.status("b", 2))
    here.sync()
    assert said(here) == []
