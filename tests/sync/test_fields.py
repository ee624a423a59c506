"""Linked records agree, field by field, both ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from tests.sync.company import Company

COMPANY = Callable[..., Company]


def linked(company: COMPANY, **options: object) -> Company:
    """Two tools with one issue each, linked by their title and in agreement."""
    here = company(**options)
    for name in here.names:
        here.put(name, 1)
    here.sync()
    return here


def test_records_of_one_title_are_linked_and_become_one_item(company: COMPANY) -> None:
    here = linked(company)
    assert here.rows("SELECT type, origin FROM link") == [("same", "title")]
    assert here.rows("SELECT count(DISTINCT item_id) FROM record WHERE kind = 'Issue'") == [(1,)]
    assert here.writes == 0


def test_an_edit_crosses_and_a_quiet_run_writes_nothing(company: COMPANY) -> None:
    here = linked(company)
    here.edit(
        "a", "a1", title="new words", status=here.status("a", 1), due_on=date(2027, 1, 31), priority="high"
    )
    here.sync()
    told = here.issue("b", "b1")
    assert (told["title"], told["status"]["name"], told["due_on"], told["priority"]) == (
        "new words", "Active", "2027-01-31", "high",
    )  # fmt: skip
    written = here.writes
    result = here.sync()
    assert here.writes == written
    assert result.exit_code == 0
    assert here.rows(
        "SELECT count(*) FROM dirty d JOIN record r ON r.id = d.record_id WHERE kind = 'Issue'"
    ) == [(0,)]


def test_different_fields_edited_on_both_sides_cross_both_ways(company: COMPANY) -> None:
    here = linked(company)
    here.edit("a", "a1", title="said in a")
    here.edit("b", "b1", priority="urgent")
    here.sync()
    for name, number in (("a", "a1"), ("b", "b1")):
        assert here.issue(name, number)["title"] == "said in a"
        assert here.issue(name, number)["priority"] == "urgent"


def test_one_field_edited_on_both_sides_waits_for_a_person_and_the_rest_flows(company: COMPANY) -> None:
    here = linked(company)
    here.edit("a", "a1", title="said in a", priority="low")
    here.edit("b", "b1", title="said in b")
    result = here.sync()
    assert (here.issue("a", "a1")["title"], here.issue("b", "b1")["title"]) == ("said in a", "said in b")
    assert here.issue("b", "b1")["priority"] == "low"
    assert here.held() == [("title", "conflict", "changed in a and b")]
    assert result.exit_code == 3
    assert here.sync().exit_code == 0, "it has been told"


def test_the_preferred_side_wins(company: COMPANY) -> None:
    here = linked(company, fields={"title": {"prefer": ["b"]}})
    here.edit("a", "a1", title="said in a")
    here.edit("b", "b1", title="said in b")
    here.sync()
    assert here.titles("a") == ["said in b"]
    assert here.held() == []


def test_labels_are_merged(company: COMPANY) -> None:
    here = company(fields={"labels": {}})
    here.put("a", 1, labels=["x", "z"])
    here.put("b", 1, labels=["x", "z"])
    here.sync()
    here.edit("a", "a1", labels=["x", "z", "from-a"])
    here.edit("b", "b1", labels=["x", "fromb"])
    here.sync()
    assert sorted(here.issue("a", "a1")["labels"]) == ["from-a", "fromb", "x"]
    assert sorted(here.issue("b", "b1")["labels"]) == ["from-a", "fromb", "x"]


def test_a_field_that_is_not_named_does_not_cross(company: COMPANY) -> None:
    here = linked(company, fields={"title": {}})
    here.edit("a", "a1", priority="urgent")
    here.sync()
    assert here.issue("b", "b1")["priority"] == "none"


def test_one_way_never_flows_back(company: COMPANY) -> None:
    here = linked(company, fields={"title": {"from": "a"}})
    here.edit("b", "b1", title="edited in vain")
    result = here.sync()
    assert here.titles("a") == ["issue 1"]
    assert here.held() == [("title", "blocked", "b only receives this field, and it was edited there")]
    assert result.exit_code == 3
    here.edit("a", "a1", title="from a")
    here.sync()
    assert here.titles("b") == ["from a"]
    assert here.held() == []


def test_preview_writes_nothing_anywhere(company: COMPANY) -> None:
    here = company(block={"mode": "preview"})
    here.put("a", 1, priority="high")
    here.put("b", 1)
    result = here.sync()
    assert result.outcome is not None
    plan = result.outcome.plans["all"]
    assert (len(plan.joins), plan.counts.updates) == (1, 1)
    assert (here.writes, here.rows("SELECT count(*) FROM link")) == (0, [(0,)])
    here.block = {"mode": "on"}
    here.sync()
    assert here.issue("b", "b1")["priority"] == "high"


def test_counterparts_are_made_with_what_they_shall_say(company: COMPANY) -> None:
    here = company(
        block={
            "pair": [{"a": "K", "b": "K"}],
            "create": [
                {
                    "from": "a",
                    "to": "b",
                    "when": {"labels": ["copy"]},
                    "type": "Task",
                    "set": {"labels": ["from-a"]},
                }
            ],
        }
    )
    here.put("a", 1, title="to be copied", labels=["copy"], status=here.status("a", 1), priority="high")
    here.put("a", 2, title="not to be copied")
    result = here.sync()
    assert here.titles("b") == ["to be copied"]
    (made,) = here.tools["b"].issues.values()
    assert sorted(made["labels"]) == ["copy", "from-a"]
    assert (made["status"]["name"], made["priority"]) == ("Active", "high")
    assert result.outcome is not None
    assert result.outcome.created == 1
    written = here.writes
    here.sync()
    assert here.writes == written


def test_what_somebody_undid_twice_is_not_written_a_third_time_that_day(company: COMPANY) -> None:
    here = company(fields={"title": {"prefer": ["a"]}})
    here.put("a", 1, title="old")
    here.put("b", 1, title="old")
    here.sync()
    for _ in range(2):
        here.edit("a", "a1", title="new")
        here.sync()
        assert here.issue("b", "b1")["title"] == "new"
        here.edit("b", "b1", title="old")
        here.sync()
    here.edit("a", "a1", title="new")
    assert here.sync().exit_code == 3
    assert here.issue("b", "b1")["title"] == "old"
    assert [reason for _, _, reason in here.held()] == [
        "what was written here was undone twice; it is not written a third time"
    ]
    assert here.sync().exit_code == 0, "it is told once"
    here.edit("a", "a1", title="something else")
    here.sync()
    assert here.issue("b", "b1")["title"] == "something else"
    assert here.held() == []


def test_after_a_day_what_was_undone_is_written_again(company: COMPANY) -> None:
    here = company(fields={"title": {"prefer": ["a"]}})
    here.put("a", 1, title="old")
    here.put("b", 1, title="old")
    here.sync()
    for _ in range(3):
        here.edit("a", "a1", title="new")
        here.sync()
        assert here.issue("b", "b1")["title"] == "new"
        here.edit("b", "b1", title="old")
        here.sync()
        here.clock.sleep(13 * 3600)
    assert here.held() == []
