"""A person decides a conflict: `resolve` as the program runs it, and what the next sync makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.sync.company import FIELDS, ROWS, Company

from syncline.config import Config
from syncline.store import Store
from syncline_cli.app import run
from syncline_cli.session import Session

PEOPLE = {
    "site-a": {"acc-1": "ada@example.com", "acc-2": "ben@example.com", "acc-3": "cleo@example.com"},
    "site-b": {"acc-1": "ada@example.com", "acc-2": "ben@example.com", "acc-3": "cleo@example.com"},
}
SIDES: dict[str, tuple[Any, Any]] = {
    "title": ("said in a", "said in b"),
    "priority": ("high", "low"),
    "due_on": ("2027-01-01", "2027-01-02"),
    "estimate": (3.0, 5.0),
    "status": (1, 2),
    "description": (
        {"format": "markdown", "source": "words of a"},
        {"format": "markdown", "source": "words of b"},
    ),
    "severity": ("s1", "s3"),
    "team": ("red", "blue"),
}
"""By field what each side says when both have changed it."""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[Company], Callable[..., int]]:
    """The program on a company's configuration and database."""

    def bind(here: Company) -> Callable[..., int]:
        @contextmanager
        def opened(_: Session, **options: Any) -> Iterator[tuple[Config, Store]]:
            with here.store() as store:
                yield here.config(), store

        monkeypatch.setattr(Session, "store", opened)
        monkeypatch.setattr(Session, "config", lambda _: here.config())
        return lambda *arguments: run(list(arguments))

    return bind


@pytest.fixture
def torn(company: Callable[..., Company]) -> Company:
    """One pair whose sides differ in every field."""
    own = {"severity": {"type": "choice", "values": ["s1", "s2", "s3"]}, "team": {"type": "text"}}
    here = company(fields=FIELDS | {"severity": {}, "team": {}}, own=own)
    for name in "ab":
        here.put(name, 1, fields={"severity": "s2", "team": "none"})
    here.sync()
    for place, name in enumerate("ab"):
        values = {field: both[place] for field, both in SIDES.items()}
        fields = {field: values.pop(field) for field in ("severity", "team")}
        values["body"] = values.pop("description")
        values["status"] = here.status(name, values["status"]).model_dump(mode="json")
        here.edit(name, f"{name}1", fields=fields, **values)
    here.sync()
    assert {row[0] for row in here.held()} == set(SIDES)
    return here


def shown(here: Company, name: str, field: str) -> Any:
    issue = here.issue(name, f"{name}1")
    if field == "description":
        return issue["body"]["source"] if issue["body"] else None
    found = issue["fields"][field] if field in ("severity", "team") else issue[field]
    return found["name"] if field == "status" else found


@pytest.mark.parametrize(
    ("field", "typed", "wanted"),
    [
        ("title", "a third title", ("a third title", "a third title")),
        ("title", "2027", ("2027", "2027")),
        ("priority", "urgent", ("urgent", "urgent")),
        ("due_on", "2027-03-31", ("2027-03-31", "2027-03-31")),
        ("due_on", "null", (None, None)),
        ("estimate", "8", (8.0, 8.0)),
        ("status", "Todo", ("Todo", "Open")),
        ("status", "Open", ("Todo", "Open")),
        ("status", "Closed", ("Finished", "Closed")),
        ("description", "third *words*", ("third *words*", "third *words*")),
        ("severity", "s2", ("s2", "s2")),
        ("team", "7", ("7", "7")),
    ],
)
def test_a_value_that_a_person_types_is_written_everywhere(
    torn: Company, program: Callable[..., Any], field: str, typed: str, wanted: tuple[Any, Any]
) -> None:
    assert program(torn)("resolve", "A-1", field, "--value", typed) == 0
    torn.sync()
    assert tuple(shown(torn, name, field) for name in "ab") == wanted
    assert field not in {row[0] for row in torn.held()}
    written = torn.writes
    torn.sync()
    assert torn.writes == written


def test_a_text_from_a_file(torn: Company, program: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "words.md").write_text("# From a file\n\nWords.\n", encoding="utf-8")
    assert program(torn)("resolve", "A-1", "description", "--file", str(tmp_path / "words.md")) == 0
    torn.sync()
    for name in "ab":
        assert shown(torn, name, "description").split() == ["#", "From", "a", "file", "Words."]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("status", "Nowhere", '"Todo", "Doing", "Finished"'),
        ("priority", "so-so", "urgent, high, medium, low, none"),
        ("due_on", "soon", "2027-01-31"),
        ("due_on", "2027", "2027-01-31"),
        ("estimate", "many", "no number"),
        ("severity", "s9", "s1, s2, s3"),
        ("title", "  ", "at least one letter"),
    ],
)
def test_a_value_that_means_nothing_says_what_would(
    torn: Company,
    program: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    field: str,
    typed: str,
    told: str,
) -> None:
    assert program(torn)("resolve", "A-1", field, "--value", typed) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert torn.rows("SELECT count(*) FROM held WHERE CAST(answer AS TEXT) <> 'null'") == [(0,)]


@pytest.mark.parametrize("typed", ["acc-3", "cleo@example.com", "Cleo@Example.com", '["acc-3"]'])
def test_people_by_any_of_their_names(
    company: Callable[..., Company], program: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    here = company(fields={"title": {}, "assignees": {}}, people=PEOPLE)
    monkeypatch.setattr("syncline.sync.byhand.people_of", lambda desk, sites: PEOPLE)
    monkeypatch.setattr(
        "syncline.sync.byhand.persons",
        lambda db, sites: {site: dict.fromkeys(PEOPLE[site], (None, None)) for site in sites},
    )
    for name in "ab":
        here.tools[name].rules = replace(here.tools[name].rules, people=PEOPLE[f"site-{name}"])
        here.put(name, 1)
    here.sync()
    here.edit("a", "a1", assignees=["acc-1"])
    here.edit("b", "b1", assignees=["acc-2"])
    here.sync()
    assert [row[:2] for row in here.held()] == [("assignees", "conflict")]
    assert program(here)("resolve", "A-1", "assignees", "--value", "nobody-knows") == 2
    assert program(here)("resolve", "A-1", "assignees", "--value", typed) == 0
    here.sync()
    assert here.held() == []
    assert [list(here.issue(name, f"{name}1")["assignees"]) for name in "ab"] == [["acc-3"], ["acc-3"]]


def test_labels_where_they_conflicted_one_way(
    company: Callable[..., Company], program: Callable[..., Any]
) -> None:
    """Sets are merged, so that they conflict only in one direction where they do: one word is a list of one."""
    from syncline.sync.given import Words, meant

    assert meant("labels", "Big Thing", Words()) == frozenset({"big-thing"})
    assert meant("labels", json.loads('["x", "Y"]'), Words()) == frozenset({"x", "y"})


def test_a_value_that_is_not_understood_any_more_is_not_carried_out(
    torn: Company, program: Callable[[Company], Callable[..., int]]
) -> None:
    """A row of the block was taken out after the decision: nobody's status is touched."""
    assert program(torn)("resolve", "A-1", "status", "--take", "a") == 0
    torn.block["status"] = [{name: row[name] for name in "ab"} for row in (ROWS[0], ROWS[2])]
    before = shown(torn, "a", "status"), shown(torn, "b", "status")
    torn.sync()
    assert (shown(torn, "a", "status"), shown(torn, "b", "status")) == before
    assert torn.rows("SELECT count(*) FROM operation WHERE field = 'status'") == [(0,)]


def test_a_decision_is_dropped_where_somebody_edited_meanwhile(
    torn: Company, program: Callable[[Company], Callable[..., int]]
) -> None:
    assert program(torn)("resolve", "A-1", "title", "--take", "a") == 0
    torn.edit("b", "b1", title="changed meanwhile")
    for _ in range(2):
        torn.sync()
        assert (shown(torn, "a", "title"), shown(torn, "b", "title")) == ("said in a", "changed meanwhile")
        assert "title" in {row[0] for row in torn.held()}
