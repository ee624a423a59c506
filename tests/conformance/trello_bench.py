"""The bench that drives a simulated Trello."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import SecretStr
from tests.conformance.front import Front
from tests.lab import client

from syncline.model import Priority
from syncline.secrets import Secret
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault
from syncline.target import Target
from syncline.testing import Quirk, Workflow
from syncline_connectors.trello import Trello, TrelloConfig
from syncline_connectors.trello.ids import apart, within
from syncline_connectors.trello.links import backlink_of
from syncline_connectors.trello.simulator import CALM, KEY, Quirks, TrelloSimulator

TOKEN = "ATTA" + "d" * 60
HOSTILE = Quirks(bot=0.0)
"""As ever, but for the bot: what a check finds changed, it must have changed itself."""
__all__ = ["CALM", "HOSTILE", "TrelloBench"]


class TrelloBench:
    """A simulated Trello: a board of 25 cards, two check items on the last. Its clock moves only when it settles."""

    faults = frozenset(Fault)
    type_name = "Card"
    workflow = Workflow("Doing")
    required = None
    title_limit = 16_384
    file_limit = None

    def __init__(self, quirks: Quirks) -> None:
        self._clock = SimClock()
        self._site = TrelloSimulator(self._clock, seed=3, quirks=quirks)
        self._ada = self._site.add_member("Ada Example", "ada")
        self._ben = self._site.add_member("Ben Example", "ben")
        self._token = self._site.add_token(self._ada, TOKEN)
        self._front = Front(self._site, self._clock)
        people = [self._ada, self._ben]
        self._board = self._site.add_board("Design", members=people, custom_fields=True, by=self._ben)
        self._lists = [self._site.add_list(self._board, name) for name in ("To Do", "Doing", "Done")]
        self._site.add_custom_field(self._board, "Severity", "list", options=["S1", "S2"])
        self._site.add_custom_field(self._board, "Points", "number")
        self._site.add_custom_field(self._board, "Priority", "list", options=["Low", "High"])
        elsewhere = self._site.add_board("Elsewhere", members=people, by=self._ben)
        self._site.add_list(elsewhere, "Ideas")
        self.container = self._board.id
        self.off_screen = (elsewhere.id, "severity")
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"issue {number}")
        self._add_items(max(self.issues))
        self.samples: Mapping[str, tuple[Any, Any]] = {
            "assignees": ((self._ada.id,), (self._ben.id, self._ada.id)),
            "priority": (Priority.HIGH, Priority.LOW),
            "severity": ("S1", "S2"),
        }
        self.settle()

    def _add_items(self, card: str) -> None:
        checklist = self._site.add_checklist(self._card(card), "To remember")
        for name in ("first thing", "second thing"):
            self.issues.add(within(card, self._site.add_item(checklist, name).id))

    def connect(self, access: Literal["read", "write"] = "write") -> Target:
        config = TrelloConfig.model_validate(
            {
                "connector": "trello",
                "key": Secret(None, SecretStr(KEY)),
                "token": Secret(None, SecretStr(TOKEN)),
                "access": access,
                "boards": [self._board.short_link],
                "fields": {"severity": "Severity", "estimate": "Points", "priority": "Priority"},
            }
        )
        http = client(Trello, config, self._front, self._clock)
        return Trello(config.named("conformance"), http, {})

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        self._clock.advance(61)
        made = self._site.create_card(self._lists[0], title, by=self._ben)
        self.issues.add(made.id)
        return made.id

    def _card(self, remote_id: str) -> Any:
        return self._site.cards[remote_id]

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._site.edit(self._card(remote_id), name=title, by=self._ben)

    def add_comment(self, issue: str, text: str) -> str:
        return self._site.comment(self._card(issue), text, by=self._ada).id

    def edit_comment(self, issue: str, comment: str, text: str) -> None:
        self._site.edit_comment(self._site.actions[comment], text, by=self._ada)

    def delete_comment(self, issue: str, comment: str) -> None:
        self._site.delete_comment(self._site.actions[comment], by=self._ada)

    def delete_issue(self, remote_id: str) -> None:
        self._site.delete(self._card(remote_id), by=self._ben)
        self.issues -= {one for one in self.issues if (apart(one) or (one,))[0] == remote_id}

    def revoke(self) -> None:
        self._site.revoke(self._token)

    def protect(self, remote_id: str) -> bool:
        """Trello keeps no single card from being changed: whoever may only watch a board changes nothing on it."""
        self._card(remote_id).board.members[self._ada.id] = "observer"
        return True

    # ---- time and trouble ----

    def now(self) -> datetime:
        return self._clock.now()

    def settle(self) -> None:
        self._clock.advance(180)

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self._front.strike = (fault, writes, times) if times else None

    quirks = frozenset({Quirk.OVERLAPPING_PAGES, Quirk.STALE_SEARCH, Quirk.HIDDEN_RECORD})

    def behave(self, quirk: Quirk) -> None:
        match quirk:
            case Quirk.OVERLAPPING_PAGES:
                self._site.set_quirks(inclusive=True)
            case Quirk.STALE_SEARCH:
                self._site.set_quirks(lag=120.0)
            case Quirk.HIDDEN_RECORD:
                hidden = self._site.add_board("Hidden", members=[self._ben], by=self._ben)
                self._site.move(self._card(min(self.issues)), self._site.add_list(hidden, "Here"))

    # ---- the truth ----

    def titles(self) -> Sequence[str]:
        return [card.name for card in self._site.cards.values()]

    def comments(self, issue: str) -> Sequence[str]:
        return [one.data["text"].replace("*", "") for one in self._site.comments_of(self._card(issue))]

    def files(self, issue: str) -> Sequence[str]:
        return [one.name for one in self._card(issue).attachments if one.content is not None]

    def backlinks(self, issue: str) -> Mapping[str, str]:
        found = [backlink_of(one.url) for one in self._card(issue).attachments]
        return dict(one for one in found if one is not None)

    def written(self) -> int:
        return self._front.written
