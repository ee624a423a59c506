"""The engine keeps a database of Trello: whole, once, and in agreement with what truly is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.trello.lab import TOKEN, Wire

from syncline.config import load
from syncline.http import Http
from syncline.seams import InlineTasks
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.trello.simulator import KEY, Quirks, TrelloSimulator
from syncline_connectors.trello.simulator import entities as e

FILE = """
[hub]
history = "all"
census = "{census}"
[connections.design]
connector = "trello"
key = "env:TRELLO_KEY"
token = "env:TRELLO_TOKEN"
boards = ["{board}"]
"""


@dataclass
class Kept:
    """A database beside a simulated Trello."""

    site: TrelloSimulator
    clock: SimClock
    wire: Wire
    board: e.Board
    path: Path
    census: str = "1d"
    made: bool = False

    def pull(self) -> PullResult:
        file = self.path / "syncline.toml"
        file.write_text(FILE.format(census=self.census, board=self.board.short_link), encoding="utf-8")
        config = load(file)

        def build(*args: Any, **keys: Any) -> Http:
            return Http(*args, **keys, transport=SimTransport(self.wire))

        with open_store(config.hub.database, create=not self.made) as store:
            self.made = True
            result = pull(
                config,
                store,
                clock=self.clock,
                tasks=InlineTasks(),
                environ={"TRELLO_KEY": KEY, "TRELLO_TOKEN": TOKEN},
                open_http=build,
            )
        assert result.exit_code == 0, result.problems
        return result

    def rows(self, query: str) -> list[Any]:
        with open_store(load(self.path / "syncline.toml").hub.database) as store, store.reading() as db:
            return list(db.execute(text(query)).all())


@pytest.fixture
def kept(tmp_path: Path, clock: SimClock) -> Callable[..., Kept]:
    def make(seed: int = 0, quirks: Quirks | None = None) -> Kept:
        site = TrelloSimulator(clock, seed=seed, quirks=quirks, calm=quirks is None)
        mia = site.add_member("Mia Example", "mia")
        site.add_token(mia, TOKEN)
        board = site.add_board("Design", members=[mia], by=mia)
        for name in ("To Do", "Doing", "Done"):
            site.add_list(board, name)
        return Kept(site, clock, Wire(site), board, tmp_path)

    return make


def test_a_second_pull_changes_nothing_and_asks_two_things(kept: Callable[..., Kept]) -> None:
    here = kept()
    todo = here.site.lists_of(here.board)[0]
    for number in range(30):
        card = here.site.create_card(todo, f"card {number}")
        here.site.comment(card, "hello")
    here.pull()
    here.clock.advance(600)
    here.pull()
    here.clock.advance(600)
    here.wire.sent.clear()
    result = here.pull()
    counts = result.connections["design"]["issues"]
    assert (counts.read, counts.created, counts.updated) == (0, 0, 0)
    assert [request.path for request in here.wire.sent] == ["/1/batch", "/1/members/me"]
    assert here.rows("SELECT count(*) FROM records WHERE kind = 'Comment'") == [(30,)]


def test_a_removed_check_item_is_gone_at_once_and_a_ticked_one_has_its_history(
    kept: Callable[..., Kept],
) -> None:
    here = kept()
    card = here.site.create_card(here.site.lists_of(here.board)[0], "card")
    checklist = here.site.add_checklist(card, "To do")
    items = [here.site.add_item(checklist, name) for name in ("one", "two")]
    here.pull()
    here.clock.advance(600)
    here.site.remove_item(checklist, items[0])
    here.site.edit_item(checklist, items[1], complete=True)
    here.pull()
    left = here.rows(
        "SELECT title, status_category FROM records WHERE parent_id IS NOT NULL AND absent IS NULL"
    )
    assert left == [("two", "done")]
    assert here.rows("SELECT field, new_name FROM events") == [("status", "complete")]


def test_a_deleted_card_is_gone_before_any_census(kept: Callable[..., Kept]) -> None:
    here = kept()
    cards = [here.site.create_card(here.site.lists_of(here.board)[0], f"card {n}") for n in range(2)]
    here.pull()
    here.clock.advance(600)
    here.site.delete(cards[0])
    here.pull()
    assert here.rows("SELECT title, absent FROM records WHERE kind = 'Issue' ORDER BY title") == [
        ("card 0", "gone"),
        ("card 1", None),
    ]


def test_a_renamed_list_is_read_by_its_new_name_and_is_no_event(kept: Callable[..., Kept]) -> None:
    here = kept()
    todo = here.site.lists_of(here.board)[0]
    here.site.create_card(todo, "card")
    here.pull()
    assert here.rows("SELECT status_name, status_category FROM records WHERE kind = 'Issue'") == [
        ("To Do", "todo")
    ]
    here.clock.advance(600)
    here.site.edit_list(todo, name="Shipped")
    here.pull()
    assert here.rows("SELECT status_name, status_category FROM records WHERE kind = 'Issue'") == [
        ("Shipped", "done")
    ]
    assert here.rows("SELECT count(*) FROM events WHERE field = 'status'") == [(0,)]


@pytest.mark.parametrize("seed", range(2))
def test_the_database_agrees_with_a_busy_board(kept: Callable[..., Kept], seed: int) -> None:
    here = kept(seed, Quirks(bot=0.4, bot_budget=40))
    here.census = "1h"
    chance = random.Random(seed)
    for number in range(25):
        here.clock.advance(3)
        here.site.create_card(here.site.lists_of(here.board)[0], f"card {number}")
    for _ in range(3):
        for act in chance.choices(list(_ACTS.values()), k=8):
            here.clock.advance(chance.choice([0, 1, 400]))
            act(here.site, here.board, chance)
        here.clock.advance(3700)
        here.pull()
    here.site.be_calm()
    here.clock.advance(3700)
    here.pull()
    assert dict(_stored(here)) == dict(_true(here))


def _stored(here: Kept) -> Iterator[tuple[str, Any]]:
    """What the database shows; comments on a card that is gone are not looked at again."""
    rows = here.rows(
        "SELECT remote_id, kind, title, status_name, archived, subject_id FROM records WHERE absent IS NULL"
    )
    there = {row[0] for row in rows}
    for number, kind, title, status, archived, subject in rows:
        if kind == "Issue":
            yield number, (title, status, bool(archived))
        elif kind == "Comment" and subject in there:
            yield number, "comment"


def _true(here: Kept) -> Iterator[tuple[str, Any]]:
    for card in here.site.cards.values():
        away = card.closed or card.list_.closed or card.board.closed
        yield card.id, (card.name, card.list_.name, away)
        for checklist in card.checklists:
            for item in checklist.items:
                state = "complete" if item.complete else "incomplete"
                yield f"{card.id}/{item.id}", (item.name, state, away)
        for comment in here.site.comments_of(card):
            yield comment.id, "comment"


Act = Callable[[TrelloSimulator, e.Board, random.Random], None]


def _any(site: TrelloSimulator, board: e.Board, chance: random.Random) -> e.Card:
    return chance.choice(site.cards_of(board))


def _tick(site: TrelloSimulator, board: e.Board, chance: random.Random) -> None:
    card = _any(site, board, chance)
    checklist = site.add_checklist(card, "To do")
    kept, gone = (site.add_item(checklist, name) for name in ("kept", "gone"))
    site.edit_item(checklist, kept, complete=True)
    site.remove_item(checklist, gone)


def _talk(site: TrelloSimulator, board: e.Board, chance: random.Random) -> None:
    first = site.comment(_any(site, board, chance), "first")
    site.edit_comment(site.comment(_any(site, board, chance), "second"), "second, edited")
    site.delete_comment(first)


def _rename(site: TrelloSimulator, board: e.Board, chance: random.Random) -> None:
    site.edit_list(chance.choice(site.lists_of(board)), name=f"list {chance.random()}")


def _close(site: TrelloSimulator, board: e.Board, chance: random.Random) -> None:
    place = chance.choice(site.lists_of(board))
    site.edit_list(place, closed=not place.closed)


_ACTS: dict[str, Act] = {
    "edit": lambda site, board, chance: site.edit(_any(site, board, chance), name=f"card {chance.random()}"),
    "move": lambda site, board, chance: site.move(
        _any(site, board, chance), chance.choice(site.lists_of(board))
    ),
    "delete": lambda site, board, chance: site.delete(_any(site, board, chance)),
    "tick": _tick,
    "talk": _talk,
    "rename": _rename,
    "close": _close,
}
