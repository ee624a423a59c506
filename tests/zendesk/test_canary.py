"""The canary in a simulated account: what is declared is what happens, and what is not is named."""

from __future__ import annotations

from typing import Any

import pytest
from tests.zendesk.world import Lab

from syncline.canary import Canary, Finding, State
from syncline_connectors.zendesk import Zendesk
from syncline_connectors.zendesk.encode import Encoder

FIELDS = {"severity": "Severity"}


def findings(lab: Lab, target: Zendesk) -> dict[str, Finding]:
    account = target.check()
    canary = Canary(
        target,
        account,
        str(lab.tier1.id),
        tuple(FIELDS),
        clock=lab.clock,
        marker="a-marker-never-used-before",
    )
    return {one.what: one for one in canary.findings()}


def test_it_passes_and_leaves_nothing_behind(lab: Lab) -> None:
    found = findings(lab, lab.connect(access="write", fields=FIELDS))
    wrong = {what: one for what, one in found.items() if one.state not in (State.OK, State.UNTRIED)}
    assert not wrong
    tried = {what for what, one in found.items() if one.state is State.OK}
    wanted = {"create", "marker", "title", "status", "priority", "assignees", "labels", "type", "severity"}
    assert tried >= wanted | {"comment", "file", "put away"}
    assert all(ticket.deleted for ticket in lab.desk.tickets.values())
    ledger = lab.desk.ledger
    assert not [*ledger.public, *ledger.solved, *ledger.closed, *ledger.people]
    assert not lab.desk.sent_to_customers


def test_a_capability_that_is_falsified_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    truly = Encoder.stored

    def wrongly(self: Encoder, name: str, value: Any) -> Any:
        return "something else" if name == "severity" else truly(self, name, value)

    target = lab.connect(access="write", fields=FIELDS)
    monkeypatch.setattr(
        Zendesk, "stored_form", lambda self, name, value: wrongly(self._encoder(), name, value)
    )
    found = findings(lab, target)
    assert {what for what, one in found.items() if one.state is State.DIFFERS} == {"severity"}
    assert "something else" in found["severity"].text


def test_a_right_that_is_missing_is_named(lab: Lab) -> None:
    lab.desk.forbid("PUT", "tickets/{id}/tags")
    found = findings(lab, lab.connect(access="write", fields=FIELDS))
    assert found["labels"].state is State.REFUSED
    assert found["title"].state is State.OK
