"""A simulated Trello as it is by default, followed as the vendor says that it can be; and told by webhooks."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.trello import Trello

from syncline.sim import SimClock
from syncline_connectors.trello.simulator import delivery

SECRET, CALLBACK = "application secret", "https://hooks.example.com/trello?b=1"


class Follower:
    """All cards page by page; then, by the feed, those that were touched since a second before the walk.

    By time and not by the last action known: of two in one millisecond the later may be told as the older.
    """

    def __init__(self, trello: Trello) -> None:
        self.trello = trello
        self.cards: dict[str, Any] = {}
        self.known: set[str] = set()
        self.since = f"{trello.clock.now() - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"

    def walk(self, size: int) -> None:
        self.cards = self.pages(f"/boards/{self.trello.board.id}/cards/all?limit={size}", size)

    def catch_up(self, size: int) -> None:
        """One reading of the feed. What happens meanwhile is for the next."""
        told = self.pages(f"/boards/{self.trello.board.id}/actions?limit={size}&since={self.since}", size)
        fresh = [action for id_, action in told.items() if id_ not in self.known]
        self.known |= set(told)
        for id_ in {action["data"]["card"]["id"] for action in fresh if "card" in action["data"]}:
            self.fetch(id_)

    def pages(self, path: str, size: int) -> dict[str, Any]:
        """Everything behind a path, from the newest back."""
        seen: dict[str, Any] = {}
        before = ""
        while True:
            page = self.trello.get(path + before)
            fresh = {row["id"]: row for row in page if row["id"] not in seen}
            seen |= fresh
            if len(page) < size or not fresh:
                return seen
            before = f"&before={page[-1]['id']}"

    def fetch(self, id_: str) -> None:
        response = self.trello.ask("GET", f"/cards/{id_}")
        if response.status == 404:
            self.cards.pop(id_, None)
        else:
            self.cards[id_] = response.json()


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_while_others_work(clock: SimClock, seed: int) -> None:
    trello = Trello(clock, calm=False, seed=seed)
    trello.site.limits.enabled = False
    for number in range(40):
        trello.card(f"card {number}")
    trello.site.set_quirks(bot=0.8)
    clock.advance(30)
    follower = Follower(trello)
    follower.walk(size=6)
    follower.catch_up(size=6)
    assert trello.site.bot.did, "nobody worked"
    trello.site.be_calm()
    follower.catch_up(size=6)
    truth = {card["id"]: card for card in trello.get(f"/boards/{trello.board.id}/cards/all")}
    assert {id_: card["dateLastActivity"] for id_, card in follower.cards.items()} == {
        id_: card["dateLastActivity"] for id_, card in truth.items()
    }
    assert follower.cards == truth


def test_a_webhook_is_signed_and_names_the_program(clock: SimClock) -> None:
    trello = Trello(clock, calm=True)
    card = trello.card()
    header = ("X-Trello-Client-Identifier", "syncline-a")
    trello.ask("POST", f"/cards/{card.id}/actions/comments", {"text": "Größe"}, headers=[header])
    sent = delivery(trello.site, trello.site.sent[-1], callback=CALLBACK, secret=SECRET)
    digest = hmac.digest(SECRET.encode(), sent.body + CALLBACK.encode(), "sha1")
    assert sent.header("X-Trello-Webhook") == base64.b64encode(digest).decode()
    assert sent.header("X-Trello-Client-Identifier") == "syncline-a"
    told = sent.json()
    assert (told["action"]["type"], told["model"]["id"]) == ("commentCard", trello.board.id)
    assert told["action"]["data"]["text"] == "Größe"
    trello.site.edit(card, name="By hand")
    by_hand = delivery(trello.site, trello.site.sent[-1], callback=CALLBACK, secret=SECRET)
    assert by_hand.header("X-Trello-Client-Identifier") is None
