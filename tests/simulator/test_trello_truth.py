"""Whether what the simulated Trello tells agrees with what there is, after anything."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.simulator.trello import Trello

from syncline.sim import SimClock

NAMES = st.sampled_from(["Sign in", "Sign out", "Größe", ""])
SHOWN = ("name", "desc", "closed", "idList", "due")


class History(RuleBasedStateMachine):
    """Cards are made, edited, moved, archived, commented and deleted; the feed is played again from its beginning."""

    @initialize(seed=st.integers(0, 100))
    def begin(self, seed: int) -> None:
        self.clock = SimClock()
        self.trello = Trello(self.clock, calm=False, seed=seed)
        self.trello.site.limits.enabled = False
        self.trello.site.set_quirks(bot=0.0)

    def pick(self, number: int) -> Any:
        self.clock.advance(0.25)
        cards = list(self.trello.site.cards.values())
        return cards[number % len(cards)]

    @rule(name=NAMES)
    def create(self, name: str) -> None:
        self.clock.advance(0.25)
        given = {"idList": self.trello.todo.id, "name": name, "desc": "Text"}
        self.trello.write("POST", "/cards", given)

    @precondition(lambda self: self.trello.site.cards)
    @rule(
        number=st.integers(0, 9), desc=NAMES, closed=st.booleans(), due=st.sampled_from([None, "2026-04-01"])
    )
    def edit(self, number: int, desc: str, closed: bool, due: str | None) -> None:
        self.trello.write(
            "PUT", f"/cards/{self.pick(number).id}", {"desc": desc, "closed": closed, "due": due}
        )

    @precondition(lambda self: self.trello.site.cards)
    @rule(number=st.integers(0, 9), done=st.booleans())
    def move(self, number: int, done: bool) -> None:
        target = self.trello.done if done else self.trello.todo
        self.trello.write("PUT", f"/cards/{self.pick(number).id}", {"idList": target.id})

    @precondition(lambda self: self.trello.site.cards)
    @rule(number=st.integers(0, 9))
    def comment(self, number: int) -> None:
        self.trello.write("POST", f"/cards/{self.pick(number).id}/actions/comments", {"text": "Hello"})

    @precondition(lambda self: self.trello.site.cards)
    @rule(number=st.integers(0, 9))
    def delete(self, number: int) -> None:
        self.trello.write("DELETE", f"/cards/{self.pick(number).id}")

    @invariant()
    def the_feed_leads_to_what_there_is(self) -> None:
        if not hasattr(self, "trello"):
            return
        told = self.trello.get(f"/boards/{self.trello.board.id}/actions?limit=1000")[::-1]
        cards = self.trello.get(f"/boards/{self.trello.board.id}/cards/all")
        for card in cards:
            mine = [action for action in told if action["data"].get("card", {}).get("id") == card["id"]]
            assert mine[0]["type"] == "createCard"
            assert card["dateLastActivity"] == mine[-1]["date"]
            assert card["badges"]["comments"] == sum(1 for action in mine if action["type"] == "commentCard")
            _replayed(card, [action["data"] for action in mine if action["type"] == "updateCard"])
        gone = [action for action in told if action["type"] == "deleteCard"]
        assert not {action["data"]["card"]["id"] for action in gone} & {card["id"] for card in cards}


def _replayed(card: dict[str, Any], edits: list[dict[str, Any]]) -> None:
    """Each old value is the new one of the edit before, and the last new one is what the card shows."""
    for field in SHOWN:
        chain = [edit for edit in edits if field in edit["old"]]
        for earlier, later in pairwise(chain):
            assert earlier["card"][field] == later["old"][field]
        if chain:
            assert chain[-1]["card"][field] == card[field]


History.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestHistory = History.TestCase
