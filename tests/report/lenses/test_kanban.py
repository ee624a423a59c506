"""The board: every item in one column, the oldest first, and words for its age only where enough was done before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests.report.building import AS_OF, Database, settings

from syncline.report.draft import Draft
from syncline.report.lenses.kanban import CARDS, kanban_section
from syncline.report.making import drafting, working_set
from syncline.report.model import Board, Item, Line, Section, State, Table
from syncline.report.shared import Shared


@contextmanager
def wall(database: Database, **changes: Any) -> Iterator[tuple[Section, Draft]]:
    chosen = settings(**changes)
    with database.write().connect() as connected:
        basis = working_set(connected, chosen)
    with drafting(basis, chosen) as draft:
        yield kanban_section(draft, Shared(draft)), draft


def started(database: Database, name: str, days: int, status: str = "In Progress", **columns: object) -> str:
    moves = [(AS_OF - timedelta(days=days), "To Do", status)]
    return database.issue(name, status, moves, **columns)  # type: ignore[arg-type]


def finished(database: Database, name: str, took: int, ago: int) -> None:
    done = AS_OF - timedelta(days=ago)
    moves = [(done - timedelta(days=took - 1), "To Do", "In Progress"), (done, "In Progress", "Done")]
    database.issue(name, "Done", moves)


def board(section: Section) -> dict[str, tuple[Line, ...]]:
    (block,) = section.blocks
    assert isinstance(block, Board)
    return {column.title: column.cards for column in block.columns}


def keys(cards: tuple[Line, ...]) -> list[str | None]:
    return [part.key for card in cards for part in card if isinstance(part, Item)]


def test_every_item_stands_in_its_stage_oldest_first(database: Database) -> None:
    database.issue("1", "To Do")
    started(database, "2", 3)
    started(database, "3", 9)
    started(database, "4", 2, "In Review")
    finished(database, "5", 4, 2)
    finished(database, "6", 4, 20)  # before the period
    started(database, "7", 5, level=-1)  # a part of other work
    with wall(database) as (section, draft):
        shown = {title: keys(cards) for title, cards in board(section).items()}
        assert shown == {
            "Ready": ["ENG-1"],
            "Doing": ["ENG-3", "ENG-2"],
            "Review": ["ENG-4"],
            "Done": ["ENG-5"],
        }
        numbers = {fact.name: fact.value for fact in draft.ledger.facts()}
        assert dict(numbers["board_age"]) == {"i3": 10, "i2": 4, "i4": 3}  # type: ignore[arg-type]


def test_words_for_an_age_need_eleven_done_items(database: Database) -> None:
    started(database, "1", 30)
    for number in range(10):
        finished(database, f"d{number}", 2, 10 + number)
    with wall(database) as (section, _):
        assert "slowest of all" not in board(section)["Doing"][0]
    finished(database, "d10", 2, 9)
    with wall(database) as (section, _):
        assert "slowest of all" in board(section)["Doing"][0]


def test_what_is_blocked_says_so(database: Database) -> None:
    started(database, "1", 3, flagged=True)
    started(database, "2", 2, "Waiting")
    with wall(database) as (section, draft):
        one, two = board(section)["Doing"]
        assert State.BLOCKED in one
        assert State.WAITING in two
        held = next(fact for fact in draft.ledger.facts() if fact.name == "blocked_days")
        assert dict(held.value)["i2"] == 2  # type: ignore[arg-type]


def test_teams_stand_below_with_their_limits(database: Database) -> None:
    started(database, "1", 3)
    with wall(database, teams={"core": ("eng:ENG",)}, wip={"core": 3}) as (section, _):
        (_, table) = section.blocks
        assert isinstance(table, Table)
        assert not table.folded


def test_a_long_column_is_cut_and_its_number_counts_all(database: Database) -> None:
    for number in range(CARDS + 3):
        database.issue(str(number), "To Do")
    with wall(database) as (section, draft):
        (block,) = section.blocks
        assert isinstance(block, Board)
        ready = block.columns[0]
        assert (len(ready.cards), ready.cut, draft.ledger.number(ready.count)) == (CARDS, True, CARDS + 3)


def test_an_empty_wall_says_so(database: Database) -> None:
    with wall(database) as (section, _):
        assert section.silent
