"""Random days of a support desk: whatever happened, and whatever failed, the database ends as the account is.

``SYNCLINE_ZENDESK_DAYS=500`` runs more days, ``SYNCLINE_ZENDESK_SEED`` others.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from tests.zendesk.world import Lab

from syncline.sim.faults import Fault, Faults
from syncline_connectors.zendesk.simulator import Quirks

DAYS = int(os.environ.get("SYNCLINE_ZENDESK_DAYS", "3"))
SEED = int(os.environ.get("SYNCLINE_ZENDESK_SEED", "1"))
STEPS = 40
RULES: dict[str, Any] = {"groups": ["Support"], "exclude": {"labels": ["hr"]}, "keep": {"requester": "full"}}
FAILING = {
    Fault.TIMEOUT_AFTER: 0.02,
    Fault.DROP_BEFORE: 0.02,
    Fault.BAD_GATEWAY: 0.02,
    Fault.TRUNCATED_JSON: 0.03,
    Fault.UNAVAILABLE: 0.02,
    Fault.EMPTY_BODY: 0.01,
}
HOSTILE = Quirks(export_cap=(2, 6), stamp_lag=(0, 2))


class Day:
    """One day, drawn from a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.lab = Lab(folder, HOSTILE)
        self.lab.tier1.name = "Support"
        self.faults = Faults(self.lab.desk, self.lab.clock, FAILING, seed=seed)
        self.lab.wire.before = lambda request: self.faults(request)
        self.tickets: list[Any] = []

    def run(self) -> None:
        acts = (
            *(
                self.open,
                self.note,
                self.note,
                self.reply,
                self.edit,
                self.solve,
                self.move,
                self.label,
                self.unlabel,
            ),
            *(self.delete, self.restore, self.merge, self.pull, self.pull, self.wait),
        )
        self.open()
        for _ in range(STEPS):
            self.random.choice(acts)()
        self.faults.enabled = False
        for _ in range(2):
            self.lab.later(5)
            result = self.lab.pull(**RULES)
        assert result.exit_code == 0, result.problems

    def _open(self) -> Any:
        """A ticket that can still be changed; None where there is none."""
        able = [one for one in self.tickets if one.deleted is None and not one.closed]
        return self.random.choice(able) if able else None

    # ---- what people do ----

    def open(self) -> None:
        number = len(self.tickets)
        who = self.lab.desk.add_user(f"person-{number}-secret", email=f"person-{number}@example.net")
        self.lab.clock.advance(self.random.randrange(1, 90))
        place = self.random.choice((self.lab.tier1, self.lab.tier1, self.lab.hr))
        tags = self.random.sample(("hr", "vip", "web"), self.random.randrange(3))
        self.tickets.append(
            self.lab.desk.create_ticket(who, self._words(number), self._words(number), group=place, tags=tags)
        )

    def _words(self, number: int) -> str:
        return f"ticket-{number}-secret words {self.random.randrange(1000)}"

    def note(self) -> None:
        if ticket := self._open():
            self.lab.desk.note(ticket, self._words(self.tickets.index(ticket)), by=self.lab.ben)

    def reply(self) -> None:
        if ticket := self._open():
            number = self.tickets.index(ticket)
            file = self.lab.desk.attachment(f"ticket-{number}-secret.txt", b"bytes")
            self.lab.desk.reply(ticket, self._words(number), by=self.lab.ada, attachments=[file])

    def edit(self) -> None:
        if ticket := self._open():
            self.lab.desk.edit(
                ticket,
                by=self.lab.ben,
                subject=self._words(self.tickets.index(ticket)),
                priority=self.random.choice(("low", "urgent")),
                assignee=self.random.choice((self.lab.ada, self.lab.ben)),
            )

    def solve(self) -> None:
        if ticket := self._open():
            self.lab.desk.solve(ticket, by=self.lab.ben)

    def move(self) -> None:
        if ticket := self._open():
            self.lab.desk.edit(
                ticket, by=self.lab.ben, group=self.random.choice((self.lab.tier1, self.lab.hr))
            )

    def label(self) -> None:
        if ticket := self._open():
            self.lab.desk.tag(ticket, self.random.choice(("hr", "vip", "slow")), by=self.lab.ben)

    def unlabel(self) -> None:
        if ticket := self._open():
            self.lab.desk.tag(ticket, remove=["hr"], by=self.lab.ben)

    def delete(self) -> None:
        if (ticket := self._open()) and self.random.random() < 0.3:
            self.lab.desk.delete(ticket, by=self.lab.ada)

    def restore(self) -> None:
        binned = [one for one in self.tickets if one.deleted is not None]
        if binned and self.random.random() < 0.5:
            self.lab.desk.restore(self.random.choice(binned), by=self.lab.ada)

    def merge(self) -> None:
        one, other = self._open(), self._open()
        if one is not other and self.random.random() < 0.3:
            self.lab.desk.merge(one, other, by=self.lab.ben)

    def wait(self) -> None:
        self.lab.clock.advance(self.random.choice((1, 30, 90, 3600)))

    def pull(self) -> None:
        self.lab.pull(**RULES)

    # ---- the truth ----

    def kept(self) -> list[Any]:
        return [one for one in self.tickets if one.group == self.lab.tier1.id and "hr" not in one.tags]


@pytest.mark.parametrize("number", range(DAYS))
def test_a_day_ends_as_the_account_is(tmp_path: Path, number: int) -> None:
    day = Day(tmp_path, SEED * 1000 + number)
    day.run()
    lab, kept = day.lab, day.kept()
    alive = [one for one in kept if one.deleted is None]
    stored = lab.rows(
        "SELECT remote_id, title FROM records WHERE kind = 'Ticket' AND NOT archived ORDER BY remote_id"
    )
    gone = {
        row[0] for row in lab.rows("SELECT remote_id FROM record WHERE kind = 'Ticket' AND absent = 'gone'")
    }
    here = [row for row in stored if row[0] not in gone]
    assert here == sorted((str(one.id), one.subject) for one in alive)
    assert gone <= {str(one.id) for one in kept if one.deleted is not None}
    wanted = sorted((str(comment.id), str(one.id)) for one in alive for comment in one.comments)
    comments = lab.rows("SELECT remote_id, subject FROM record WHERE kind = 'Comment' ORDER BY remote_id")
    assert [row for row in comments if row[1] not in gone] == wanted
    assert lab.rows("SELECT count(*) FROM quarantine") == [(0,)]
    left_out = [number for number, one in enumerate(day.tickets) if one not in kept]
    found = b"".join(path.read_bytes() for path in lab.folder.rglob("*") if path.is_file())
    for other in left_out:
        # a note of a merge names the other ticket by its subject, and belongs to a ticket that is kept
        named = f"ticket-{other}-secret".encode() in found and not any(
            f"ticket-{other}-secret" in comment.plain for one in kept for comment in one.comments
        )
        assert not named, f"ticket {other} is left out, and its words are stored"
        assert f"person-{other}-secret".encode() not in found
    assert not lab.desk.limits.refused, "a 429 means that the buckets are wrong"
