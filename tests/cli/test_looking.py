"""``items``, ``show``, ``log``, ``status``: what they print, as lines and as documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from syncline.model import Issue, Status, StatusCategory
from syncline.store import open_store

from .conftest import HOSTILE, Ran, add

Call = Callable[..., Ran]


def keys(ran: Ran) -> list[str]:
    return [item["records"][0]["key"] for item in ran.document]


def test_items_json_has_exactly_the_published_shape(call: Call, company: Path) -> None:
    (item,) = call(company, "items", "--label", "auth", "--json").document
    assert item == {
        "item": "i1",
        "lead": "acme:Issue:1001",
        "records": [
            {
                "ref": "acme:Issue:1001",
                "connection": "eng",
                "kind": "Issue",
                "key": "ENG-1",
                "url": "https://acme.example/browse/ENG-1",
                "title": "Sign in with a passkey",
                "status": {"category": "in_progress", "refinement": "review", "name": "In Review"},
                "priority": "high",
                "assignees": ["Mia Rivers"],
                "labels": ["auth", "q4"],
                "created_at": "2026-11-01T12:00:00.000Z",
                "updated_at": "2026-11-20T01:00:00.000Z",
                "due_on": "2026-12-01",
                "archived": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), ["ENG-4", "ENG-3", "ENG-2", "ENG-1"]),
        (("--limit", "2"), ["ENG-4", "ENG-3"]),
        (("--limit", "0"), ["ENG-4", "ENG-3", "ENG-2", "ENG-1"]),
        (("--status", "done"), ["ENG-2"]),
        (("--status", "in_progress/review"), ["ENG-1"]),
        (("--status", "in review"), ["ENG-1"]),
        (("--status", "done", "--status", "In Review"), ["ENG-2", "ENG-1"]),
        (("--label", "Q4"), ["ENG-4", "ENG-1"]),
        (("--label", "q4", "--status", "in review"), ["ENG-1"]),
        (("--text", "PASSKEY"), ["ENG-3", "ENG-1"]),
        (("--text", "eng-2"), ["ENG-2"]),
        (("--assignee", "noor field"), ["ENG-2"]),
        (("--assignee", "p1"), ["ENG-1"]),
        (("--kind", "issue"), ["ENG-4", "ENG-3", "ENG-2", "ENG-1"]),
        (("--kind", "Ticket"), []),
        (("--text", "'; DROP TABLE record; --"), []),
    ],
)
def test_items_filters(call: Call, company: Path, options: tuple[str, ...], found: list[str]) -> None:
    assert keys(call(company, "--json", "items", *options)) == found


def test_items_that_are_joined_show_all_their_records_under_the_older_one(call: Call, company: Path) -> None:
    other = Issue(
        remote_id="9", key="WEB-9", title="Passkeys", status=Status(name="Todo", category=StatusCategory.TODO)
    )
    with open_store(f"sqlite:///{company / 'syncline.db'}") as store, store.writing() as db:
        add(db, 50, other, site="other", item=1)
    found = call(company, "items", "--json").document
    joined = {item["item"]: [record["key"] for record in item["records"]] for item in found}
    assert joined["i1"] == ["ENG-1", "WEB-9"]
    assert "i50" not in joined


def test_no_text_of_a_vendor_can_move_the_cursor(call: Call, company: Path) -> None:
    for arguments in (
        ("items",),
        ("show", "ENG-4"),
        ("log", "--run", "1"),
        ("items", "--json"),
        ("show", "i4", "--json"),
    ):
        printed = call(company, *arguments).out
        assert "\x1b" not in printed
        assert "\x07" not in printed
        assert "\u202e" not in printed
    assert call(company, "show", "i4", "--json").document["records"][0]["title"] == HOSTILE


def test_items_for_people_are_aligned_columns(call: Call, company: Path) -> None:
    lines = call(company, "items").out.splitlines()
    assert lines[0].split() == ["ITEM", "KEY", "STATUS", "ASSIGNEE", "UPDATED", "TITLE"]
    assert {line.find("2026-11-20") for line in lines[1:5]} == {lines[0].find("UPDATED")}
    assert lines[-1] == "4 items"


@pytest.mark.parametrize(
    "item", ["i1", "acme:Issue:1001", "ENG-1", "eng-1", "https://acme.example/browse/ENG-1?focusedId=7#top"]
)
def test_show_finds_an_item_by_every_name_it_has(call: Call, company: Path, item: str) -> None:
    shown = call(company, "show", item, "--json").document
    assert shown["item"] == "i1"
    (record,) = shown["records"]
    assert record["fields"] == {"severity": "s2"}
    assert record["body"].strip() == "Customers *ask* for passkeys."
    assert record["comments"] == 0
    assert [child["key"] for child in record["children"]] == ["ENG-2"]
    assert [(link["type"], link["direction"], link["key"]) for link in record["links"]] == [
        ("blocks", "outward", "ENG-3")
    ]
    assert [(event["field"], event["old"], event["new"], event["actor"]) for event in shown["history"]] == [
        ("status", "In Progress", "In Review", "Mia Rivers")
    ]


def test_show_for_people(call: Call, company: Path) -> None:
    printed = call(company, "show", "ENG-3").out
    assert printed.startswith("ENG-3  Search is slow\n")
    assert "is blocked by ENG-1 Sign in with a passkey" in printed
    printed = call(company, "show", "ENG-1").out
    assert "In Review (in_progress/review)" in printed
    assert "ENG-2 Export to CSV (Done)" in printed
    assert "2026-11-20 12:00  Mia Rivers: status In Progress → In Review" in printed


def test_an_ambiguous_key_lists_the_candidates(call: Call, company: Path) -> None:
    other = Issue(
        remote_id="9", key="ENG-1", title="Namesake", status=Status(name="Todo", category=StatusCategory.TODO)
    )
    with open_store(f"sqlite:///{company / 'syncline.db'}") as store, store.writing() as db:
        add(db, 50, other, site="other")
    with pytest.raises(click.UsageError, match=r"acme:Issue:1001.*other:Issue:9.*Namesake"):
        call(company, "show", "ENG-1")


def test_an_unknown_item_is_a_usage_error(call: Call, company: Path) -> None:
    with pytest.raises(click.UsageError, match="no item 'ENG-77'"):
        call(company, "show", "ENG-77")


def test_log_lists_runs_and_what_one_of_them_did(call: Call, company: Path) -> None:
    (run,) = call(company, "log", "--json").document
    assert (run["id"], run["command"], run["state"], run["exit_code"]) == (1, "pull", "partial", 4)
    assert "4 created, 1 problem\n" in call(company, "log").out
    one = call(company, "log", "--run", "1", "--limit", "3", "--json").document
    assert [(row["change"], row["key"]) for row in one["changed"]] == [
        ("created", f"ENG-{n}") for n in (1, 2, 3)
    ]
    printed = call(company, "log", "--run", "1").out
    assert "eng/issues  4 read, 4 created\n" in printed
    assert "problem in eng/boards: boards are forbidden" in printed
    with pytest.raises(click.UsageError, match="there is no run 7"):
        call(company, "log", "--run", "7")


def test_status_says_how_fresh_the_data_is_and_what_needs_a_person(call: Call, company: Path) -> None:
    found = call(company, "status", "--json").document
    assert found["last_run"]["id"] == 1
    (stream,) = found["streams"]
    assert (stream["connection"], stream["stream"], stream["complete"], stream["stale"]) == (
        "eng",
        "issues",
        True,
        True,
    )
    assert found["needs_a_person"] == [
        "eng/boards: boards are forbidden",
        "eng/issues: Issue 1009 cannot be read: status is missing",
    ]
    assert "Needs a person:" in call(company, "status").out


def test_status_of_an_empty_database_says_what_to_do(call: Call, home: Path) -> None:
    open_store(f"sqlite:///{home / 'syncline.db'}", create=True).close()
    found = call(home, "status", "--json").document
    assert found["last_run"] is None
    assert found["needs_a_person"] == ["nothing was pulled yet: run `syncline pull`"]
