"""S4, S25, S26 at the vendors' simulators: comments are said once, to nobody who may not read them, whatever dies.

Seen to fail with comments sent without an intent (two copies), with copies taken for origins (ping-pong), with the
visibility of the source left out of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.conftest import Pair
from tests.scenarios.lab import Strike, World, is_write
from tests.scenarios.sides import JiraSide, ZendeskSide

from syncline.errors import ConfigError
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault

PAIR = Callable[..., Pair]
POINTS = ("intent.written", "operation.sent", "operation.stored", "group.judged", "recovered")


def linked(pair: PAIR, **options: Any) -> tuple[World, Any, Any, str, str]:
    world, eng, product = pair(**({"fields": {"title": {}, "comments": {}}} | options))
    ours, theirs = eng.put("a piece"), product.put("a piece")
    world.quiet()
    assert world.links() == 1
    return world, eng, product, ours, theirs


def in_jira(eng: Any, number: str) -> list[Any]:
    return list(eng.issue(number).comments)


def in_linear(product: Any, number: str) -> list[str]:
    return [one.body for one in product.site.comments.values() if one.issue and one.issue.id == number]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_run_that_dies_anywhere_says_nothing_twice(pair: PAIR, point: str, nth: int) -> None:
    world, eng, product, ours, theirs = linked(pair)
    eng.site.comment(eng.issue(ours), "from Jira", by=eng.ada)
    product.site.comment(product.issue(theirs), "from Linear", by=product.ada)
    world.killed(point, nth)
    world.quiet()
    assert len(in_jira(eng, ours)) == 2
    assert sorted(in_linear(product, theirs)) == ["Ada Example in Jira:\n\nfrom Jira", "from Linear"]
    assert world.open_intents() == []


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.DROP_BEFORE])
def test_an_answer_that_is_lost_in_jira_is_looked_for(pair: PAIR, fault: Fault) -> None:
    world, eng, product, ours, theirs = linked(pair)
    product.site.comment(product.issue(theirs), "from Linear", by=product.ada)
    eng.front.strikes.append(Strike(lambda request: is_write(request) and "/comment" in request.path, fault))
    world.sync()
    world.quiet()
    assert len(in_jira(eng, ours)) == 1
    assert in_linear(product, theirs) == ["from Linear"]
    assert world.open_intents() == []


@pytest.fixture
def desk(tmp_path: Path, clock: SimClock) -> Iterator[tuple[World, JiraSide, ZendeskSide]]:
    """Tickets are about an issue of Jira."""
    eng, support = JiraSide("eng", clock), ZendeskSide("support", clock)
    block = {
        "name": "escalations",
        "between": ["support", "eng"],
        "link": "about",
        "match": ["native", "url"],
        "create": [
            {
                "from": "support",
                "to": "eng",
                "when": {"labels": ["escalated"]},
                "route": [{"container": "ENG"}],
                "type": "Task",
            }
        ],
    }
    world = World(tmp_path, (support, eng), clock, block, fields={"comments": {"from": "eng"}})
    yield world, eng, support
    world.close()


def test_s25_words_of_engineers_reach_tickets_as_internal_notes_alone(
    desk: tuple[World, JiraSide, ZendeskSide],
) -> None:
    world, eng, support = desk
    ticket = support.put("Export fails", labels=["escalated"])
    world.quiet()
    (issue,) = eng.ids()
    address = f"{eng.origin}/browse/{eng.issue(issue).key}"
    other = support.put("It fails, too", body=f"See {address} please")
    world.quiet()
    said = eng.site.comment(eng.issue(issue), "The customer must not read this", by=eng.ada)
    world.quiet()
    for number in (ticket, other):
        notes = [one for one in support.ticket(number).comments if "must not read" in str(one.html)]
        assert [one.public for one in notes] == [False]
    assert len(eng.issue(issue).comments) == 1, "nothing that customers say goes to Jira by this rule"
    written = support.writes
    eng.site.edit_comment(eng.issue(issue), said, "An edit that Zendesk cannot take", by=eng.ada)
    assert world.sync().exit_code == 3, "told once"
    world.quiet()
    assert world.sync().exit_code == 0
    assert support.writes == written
    tried = world.rows("SELECT count(*) FROM operation WHERE field = 'comments' AND state = 'refused'")
    assert tried == [(2,)], "once on each ticket, and not again while nothing changes"
    assert {one[:2] for one in world.held()} == {("comments", "blocked")}


def test_words_of_customers_reach_engineers_and_the_description_does_not_come_twice(
    desk: tuple[World, JiraSide, ZendeskSide],
) -> None:
    world, eng, support = desk
    world.fields = {"description": {"from": "support"}, "comments": {"from": "support"}}
    ticket = support.put("Export fails", body="It fails with an error", labels=["escalated"])
    world.quiet()
    (issue,) = eng.ids()
    assert "It fails with an error" in eng.show(issue)["body"]
    assert not eng.issue(issue).comments
    support.site.reply(support.ticket(ticket), "It still fails", by=support.ada)
    world.quiet()
    assert len(eng.issue(issue).comments) == 1
    eng.site.comment(eng.issue(issue), "An engineer answers", by=eng.ada)
    world.quiet()
    assert not any("An engineer" in one.html for one in support.ticket(ticket).comments)


def test_s27_a_file_is_linked_once_however_often_one_looks(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, fields={"title": {}, "attachments": {"as": "link"}})
    eng.site.attach(eng.issue(ours), "plan.pdf", b"%PDF", by=eng.ada)
    world.quiet()

    def shown() -> list[str]:
        return [one.title for one in product.site.attachments.values() if one.issue.id == theirs]

    assert shown().count("plan.pdf") == 1
    written = world.writes
    for _ in range(3):
        world.sync(full=True)
    assert shown().count("plan.pdf") == 1
    assert world.writes == written


def test_a_saved_plan_says_what_it_shows_or_nothing(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair)
    said = eng.site.comment(eng.issue(ours), "as planned", by=eng.ada)
    world.block["mode"] = "preview"
    world.sync()
    saved = world.plan()
    (block,) = saved["blocks"]
    assert block["counts"]["updates"] == 1
    eng.site.edit_comment(eng.issue(ours), said, "said otherwise", by=eng.ada)
    world.sync()
    with pytest.raises(ConfigError, match="says something else than the plan saw"):
        world.apply(saved)
    assert in_linear(product, theirs) == []
    world.apply(world.plan())
    assert in_linear(product, theirs) == ["Ada Example in Jira:\n\nsaid otherwise"]
    assert world.plan()["blocks"][0]["counts"]["updates"] == 0
