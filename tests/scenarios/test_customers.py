"""S25 where both keys are set: customers are told by Zendesk what customers of a Jira service project read, no more.

Seen to fail with the visibility of the source left out of a copy's, with edits of a copy that customers read after its
source became internal, with the connection's key alone taken for both.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.lab import Strike, World, is_write
from tests.scenarios.sides import JiraSide, ZendeskSide

from syncline.errors import ConfigError
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault

Desk = tuple[World, JiraSide, ZendeskSide]
BOTH = {"comments": {"visibility": "customer"}}
POINTS = ("intent.written", "operation.sent", "operation.stored")
SEEDS = int(os.environ.get("SYNCLINE_FENCE_WORLDS", "6"))


@pytest.fixture
def opened(tmp_path: Path, clock: SimClock) -> Iterator[Callable[..., Desk]]:
    """A service project and a support desk that mirror each other; the keys as asked."""
    worlds: list[World] = []

    def make(*, connection: bool = True, fields: dict[str, Any] | None = None, **block: Any) -> Desk:
        eng, support = JiraSide("eng", clock), ZendeskSide("support", clock)
        eng.project = eng.site.add_project("HELP", type_key="service_desk")
        support.more = {"customer_visible": True} if connection else {}
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        world = World(folder, (support, eng), clock, block, fields={"title": {}, **(fields or BOTH)})
        worlds.append(world)
        return world, eng, support

    yield make
    for world in worlds:
        world.close()


def linked(desk: Desk) -> tuple[str, str]:
    world, eng, support = desk
    ours, theirs = eng.put("Export fails"), support.put("Export fails")
    world.quiet()
    assert world.links() == 1
    world.clock.sleep(7200)
    return ours, theirs


def copies(support: ZendeskSide, ticket: str) -> list[tuple[str, bool]]:
    """What our account said on a ticket: the words under the line that says whose they are, and whether customers
    read them."""
    return [
        (one.plain.rpartition("\n")[2], one.public)
        for one in support.ticket(ticket).comments
        if one.author == support.robot
    ]


def test_what_customers_read_in_jira_they_read_in_zendesk_and_nothing_else(
    opened: Callable[..., Desk],
) -> None:
    desk = world, eng, support = opened()
    ours, theirs = linked(desk)
    eng.site.comment(eng.issue(ours), "a reply", by=eng.ada)
    eng.site.comment(eng.issue(ours), "among ourselves", by=eng.ada, public=False)
    world.quiet()
    assert copies(support, theirs) == [("a reply", True), ("among ourselves", False)]
    assert len(eng.issue(ours).comments) == 2, "nothing comes back"
    mails = len(support.site.sent_to_customers)
    world.quiet()
    assert len(support.site.sent_to_customers) == mails


@pytest.mark.parametrize(
    ("connection", "rule"), [(True, {}), (True, {"visibility": "team"}), (False, {})], ids=str
)
def test_one_key_alone_reaches_nobody(opened: Callable[..., Desk], connection: bool, rule: Any) -> None:
    desk = world, eng, support = opened(connection=connection, fields={"comments": rule})
    ours, theirs = linked(desk)
    mails = len(support.site.sent_to_customers)
    eng.site.comment(eng.issue(ours), "a reply", by=eng.ada)
    world.quiet()
    assert copies(support, theirs) == [("a reply", False)]
    assert len(support.site.sent_to_customers) == mails


def test_words_of_a_software_project_are_for_the_team_whatever_the_keys_say(
    opened: Callable[..., Desk],
) -> None:
    desk = world, eng, support = opened()
    eng.project = eng.site.add_project("ENG")
    ours, theirs = linked(desk)
    eng.site.comment(eng.issue(ours), "the customer must not read this", by=eng.ada)
    world.quiet()
    assert copies(support, theirs) == [("the customer must not read this", False)]


def test_what_became_internal_is_told_and_customers_learn_nothing_more(opened: Callable[..., Desk]) -> None:
    desk = world, eng, support = opened()
    ours, theirs = linked(desk)
    said = eng.site.comment(eng.issue(ours), "a reply", by=eng.ada)
    world.quiet()
    hidden = replace(said, public=False)
    eng.site.put_comment(eng.issue(ours), hidden)
    eng.site.edit_comment(eng.issue(ours), hidden, "a secret", by=eng.ada)
    written = support.writes
    assert world.sync().exit_code == 3
    world.quiet()
    assert support.writes == written
    assert copies(support, theirs) == [("a reply", True)]
    assert "not for them any more" in world.held()[0][2]


def test_a_descriptions_words_and_a_notes_stay_internal(opened: Callable[..., Desk]) -> None:
    """Only the field that is named reaches customers: not the text of a new ticket, nor a note without its key."""
    note = {"to": "support", "when": {"category": ["done"]}, "text": "Fixed in {key}."}
    create = {"from": "eng", "to": "support", "route": [{"container": "Support"}]}
    world, eng, support = opened(
        fields={**BOTH, "description": {}}, note=[note], create=[create], match=["native"]
    )
    support.site.add_group("Support")
    ours = eng.put("Export fails", body="Our own words")
    world.quiet()
    (theirs,) = support.ids()
    assert [one.public for one in support.ticket(theirs).comments] == [False]
    eng.edit(ours, status="Done")
    world.quiet()
    assert [one for one in copies(support, theirs) if one[1]] == []
    assert any("Fixed in" in words for words, _ in copies(support, theirs))


@pytest.mark.parametrize("customers", [True, False])
def test_a_note_with_both_keys_is_a_reply(opened: Callable[..., Desk], customers: bool) -> None:
    shown = {"visibility": "customer"} if customers else {}
    note = {"to": "support", "when": {"category": ["done"]}, "text": "Fixed in {key}.", **shown}
    desk = world, eng, support = opened(note=[note])
    ours, theirs = linked(desk)
    eng.edit(ours, status="Done")
    eng.front.strikes.append(Strike(is_write, Fault.DROP_AFTER))
    world.quiet()
    assert copies(support, theirs) == [(f"Fixed in {eng.issue(ours).key}.", customers)]


@pytest.mark.parametrize("rule", [{"from": "eng"}, {"from": "eng", "visibility": "customer"}], ids=str)
def test_a_ticket_is_solved_only_where_the_status_has_both_keys(
    opened: Callable[..., Desk], rule: Any
) -> None:
    rows = [{"eng": ["To Do"], "support": ["New", "Open"]}, {"eng": ["Done"], "support": ["Solved"]}]
    desk = world, eng, support = opened(fields={"status": rule}, status=rows)
    ours, theirs = linked(desk)
    support.site.edit(support.ticket(theirs), by=support.ada, assignee=support.ada)
    eng.edit(ours, status="Done")
    code = world.sync().exit_code
    world.quiet()
    if "visibility" in rule:
        assert (support.ticket(theirs).status, code) == ("solved", 0)
    else:
        assert (support.ticket(theirs).status, code) != ("solved", 0)
        assert not support.site.ledger.solved
        assert "tells the customer" in str(world.held())


def test_a_saved_plan_solves_a_ticket_as_the_rule_allows(opened: Callable[..., Desk]) -> None:
    rows = [{"eng": ["To Do"], "support": ["New", "Open"]}, {"eng": ["Done"], "support": ["Solved"]}]
    rule = {"from": "eng", "visibility": "customer"}
    desk = world, eng, support = opened(fields={"status": rule}, status=rows)
    ours, theirs = linked(desk)
    support.site.edit(support.ticket(theirs), by=support.ada, assignee=support.ada)
    eng.edit(ours, status="Done")
    world.block["mode"] = "preview"
    world.sync()
    world.apply(world.plan())
    assert support.ticket(theirs).status == "solved"


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_dies_replies_once(opened: Callable[..., Desk], point: str) -> None:
    desk = world, eng, support = opened()
    ours, theirs = linked(desk)
    eng.site.comment(eng.issue(ours), "a reply", by=eng.ada)
    world.killed(point, 1)
    world.quiet()
    assert copies(support, theirs) == [("a reply", True)]


def test_a_reply_whose_answer_was_lost_is_found_as_the_reply_it_is(opened: Callable[..., Desk]) -> None:
    """Without the line above it, and among notes, only who reads it tells it apart."""
    desk = world, eng, support = opened(fields={"comments": {"visibility": "customer", "signature": ""}})
    ours, theirs = linked(desk)
    eng.site.comment(eng.issue(ours), "a reply", by=eng.ada)
    support.front.strikes.append(Strike(is_write, Fault.DROP_AFTER))
    world.sync()
    world.quiet()
    assert copies(support, theirs) == [("a reply", True)]
    assert world.open_intents() == []


def test_a_saved_plan_does_not_tell_customers_what_became_internal(opened: Callable[..., Desk]) -> None:
    desk = world, eng, support = opened()
    ours, theirs = linked(desk)
    said = eng.site.comment(eng.issue(ours), "a reply", by=eng.ada)
    world.block["mode"] = "preview"
    world.sync()
    saved = world.plan()
    eng.site.put_comment(eng.issue(ours), replace(said, public=False))
    eng.edit(ours, labels=["touched"])
    world.sync()
    with pytest.raises(ConfigError, match="not for everybody any more"):
        world.apply(saved)
    assert copies(support, theirs) == []


# ---- whatever happens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_schedule_tells_customers_what_they_did_not_read_in_jira(
    opened: Callable[..., Desk], seed: int
) -> None:
    """People talk, edit, hide and show at random, keys come and go: what is public was so when it was written."""
    chance = random.Random(seed)
    desk = world, eng, support = opened()
    ours, theirs = linked(desk)
    issue, public = eng.issue(ours), set[str]()
    for number in range(10):
        comments = list(issue.comments)
        shown = chance.random() < 0.5
        act = chance.choice(("say", "say", "edit", "hide", "describe", "key", "answer"))
        if act == "say" or not comments:
            eng.site.comment(issue, f"words{number}", by=eng.ada, public=shown)
        elif act == "edit":
            eng.site.edit_comment(issue, chance.choice(comments), f"words{number}", by=eng.ada)
        elif act == "hide":
            eng.site.put_comment(issue, replace(chance.choice(comments), public=shown))
            eng.edit(ours, labels=[f"label{number}"])
        elif act == "describe":
            eng.edit(ours, body=f"words{number}")
        elif act == "key":
            world.fields["comments"] = chance.choice((BOTH["comments"], {}))
        else:
            support.site.reply(support.ticket(theirs), f"words{number}", by=support.ada)
        keys = bool(world.fields["comments"])
        public |= {words for words, told in copies(support, theirs) if told}
        world.sync()
        readable = {
            one.body["content"][0]["content"][0]["text"] for one in issue.comments if one.public and keys
        }
        fresh = {words for words, told in copies(support, theirs) if told} - public
        assert fresh <= readable, f"seed {seed}: {fresh - readable}"
