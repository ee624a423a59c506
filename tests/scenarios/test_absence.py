"""S15–S18, S30, S33: what is not shown is not gone, what is gone does not come back, and nobody joins uninvited.

Changes to the engine that should break these (few were tried):
keys in the place of ids (S15), `_following` without its question what was edited (S16),
a failed page read as an empty one (S17), `tripped` returning nothing (S18), an archived record taken for a missing one
(S30), `Clusters.add` joining two groups (S33).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.scenarios.conftest import Pair
from tests.scenarios.lab import Strike, World, is_write

from syncline.sim.app import SimRequest
from syncline.sim.faults import Fault

PAIR = Callable[..., Pair]
TEMPTING = {
    "create": [
        {"from": "product", "to": "eng", "type": "Task"},
        {"from": "eng", "to": "product"},
    ]
}
"""Whatever has no counterpart would get one: what is gone could come back."""


def linked(
    pair: PAIR, count: int = 3, *, block: dict[str, Any] | None = None, **options: Any
) -> tuple[World, Any, Any, list[str], list[str]]:
    world, eng, product = pair(block=TEMPTING | (block or {}), **options)
    ours = [eng.put(f"piece {number}") for number in range(count)]
    theirs = [product.put(f"piece {number}") for number in range(count)]
    world.quiet()
    assert (world.links(), len(eng.ids()), len(product.ids())) == (count, count, count)
    return world, eng, product, ours, theirs


def archived(product: Any) -> list[str]:
    return [one.id for one in product.site.issues.values() if one.archived_at is not None]


@pytest.mark.parametrize("policy", ["follow", "freeze", "unlink"])
def test_s15_what_moves_keeps_its_counterpart(pair: PAIR, policy: str) -> None:
    """To a project that the block pairs with nothing: the link is by id, whatever the key is."""
    more: dict[str, Any] = {"create": []} if policy == "unlink" else {}
    world, eng, product, ours, theirs = linked(pair, block={"moved": policy, **more})
    eng.site.move(eng.issue(ours[0]), eng.site.add_project("OPS"), by=eng.ada)
    world.quiet()
    assert len(eng.ids()) == len(product.ids()) == 3, "nothing is made or removed by a move"
    eng.edit(ours[0], title="Edited there")
    world.quiet()
    title = product.show(theirs[0])["title"]
    assert title == ("Edited there" if policy == "follow" else "piece 0")
    assert world.links() == (2 if policy == "unlink" else 3)
    assert archived(product) == []
    assert len(eng.ids()) == len(product.ids()) == 3


def test_s15_what_moves_out_of_sight_of_the_connection_is_frozen(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, block={"gone": "archive"})
    eng.more["projects"] = ["ENG"]
    world.quiet()
    eng.site.move(eng.issue(ours[0]), eng.site.add_project("OPS"), by=eng.ada)
    world.clock.sleep(25 * 3600)
    world.quiet()
    product.edit(theirs[0], title="Edited meanwhile")
    world.quiet()
    assert eng.show(ours[0])["title"] == "piece 0"
    assert archived(product) == []
    assert len(eng.ids()) == len(product.ids()) == 3


def archiving(request: SimRequest) -> bool:
    return is_write(request) and b"issueArchive" in request.body


def test_s16_what_was_deleted_stays_so_and_its_counterpart_follows_when_it_can(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, block={"gone": "archive"})
    eng.delete(ours[0])
    product.front.strikes = [Strike(archiving, Fault.UNAVAILABLE, times=12)]
    world.clock.sleep(25 * 3600)
    for _ in range(3):
        world.sync()
        assert len(eng.ids()) == 2, "it is not made again"
    product.front.strikes = []
    for _ in range(3):
        world.sync()
    assert archived(product) == [theirs[0]]
    assert len(eng.ids()) == 2
    assert len(product.ids()) == 3


def test_s16_an_edit_beats_a_deletion(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, block={"gone": "archive"})
    product.edit(theirs[0], title="Still wanted")
    eng.delete(ours[0])
    world.clock.sleep(25 * 3600)
    for _ in range(3):
        world.sync()
    assert archived(product) == []
    assert product.show(theirs[0])["title"] == "Still wanted"
    assert len(eng.ids()) == 2


def test_s16_by_default_nothing_follows(pair: PAIR) -> None:
    world, eng, product, ours, _ = linked(pair)
    eng.delete(ours[0])
    world.clock.sleep(25 * 3600)
    for _ in range(3):
        world.sync()
    assert archived(product) == []
    assert (len(eng.ids()), len(product.ids())) == (2, 3)


def test_s17_a_page_that_fails_is_no_deletion(pair: PAIR) -> None:
    world, eng, product, _, _ = linked(pair, 8, block={"gone": "archive"}, jira={})
    eng.site.set_quirks(page_cap=(3, 3))
    searches = Strike(
        lambda request: request.path.endswith("/search/jql"), Fault.SERVER_ERROR, times=50, skip=1
    )
    eng.front.strikes = [searches]
    world.clock.sleep(25 * 3600)
    result = world.sync(full=True)
    assert searches.times < 50
    assert result.exit_code == 4
    eng.front.strikes = []
    world.quiet()
    assert archived(product) == []
    assert (len(eng.ids()), len(product.ids()), world.links()) == (8, 8, 8)


def test_s17_a_permission_that_was_lost_is_no_deletion(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, 8, block={"gone": "archive"})
    eng.site.revoke(eng.robot, eng.project)
    world.clock.sleep(25 * 3600)
    result = world.sync(full=True)
    assert result.exit_code == 4
    product.edit(theirs[0], title="Edited meanwhile")
    world.sync()
    assert archived(product) == []
    eng.project.hidden_from.discard(eng.robot.account_id)
    world.clock.sleep(25 * 3600)
    world.quiet()
    assert archived(product) == []
    assert (len(eng.ids()), len(product.ids()), world.links()) == (8, 8, 8)
    assert eng.show(ours[0])["title"] == "Edited meanwhile"


def test_s18_a_side_that_lists_nothing_at_all_is_not_believed(pair: PAIR) -> None:
    world, eng, product, ours, _ = linked(pair, 6, block={"gone": "archive"})
    for one in ours:
        eng.delete(one)
    world.clock.sleep(25 * 3600)
    result = world.sync(full=True)
    assert result.exit_code == 5
    assert "lists nothing, but 6 records of issues are known, 6 of them linked" in str(
        result.problems[0].error
    )
    assert "`syncline sync --approve 6`" in str(result.problems[0].error)
    assert world.sync(approve=5).exit_code == 5
    assert archived(product) == []
    assert eng.ids() == [], "and nothing is made again"
    assert world.sync(approve=6).exit_code == 0
    assert len(archived(product)) == 6
    world.quiet()
    assert (eng.ids(), len(product.ids())) == ([], 6)


@pytest.mark.parametrize("allowed", [3, 20])
def test_s18_when_nearly_all_is_gone_somebody_must_say_so(pair: PAIR, allowed: int) -> None:
    guards = {"removals": {"number": allowed, "share": 0.05}}
    world, eng, product, ours, _ = linked(pair, 12, block={"gone": "archive"}, guards=guards)
    for one in ours[1:]:
        eng.delete(one)
    world.clock.sleep(25 * 3600)
    result = world.sync(full=True)
    if allowed == 3:
        assert result.exit_code == 5
        assert archived(product) == []
        assert world.sync().exit_code == 5
        world.sync(approve=11)
    assert len(archived(product)) == 11
    assert len(eng.ids()) == 1


def test_s30_what_is_archived_is_settled(pair: PAIR) -> None:
    """Linear's lists hide it: that is neither gone nor to be made again, and nothing is written to it."""
    world, eng, product, ours, theirs = linked(pair)
    product.edit(theirs[0], status="Done")
    world.quiet()
    product.site.archive(product.issue(theirs[0]), automatic=True)
    written = product.writes
    world.clock.sleep(25 * 3600)
    world.sync(full=True)
    eng.edit(ours[0], title="Edited later", labels=["late"])
    for _ in range(3):
        world.sync()
    assert product.writes == written
    assert product.show(theirs[0])["title"] == "piece 0"
    assert (len(eng.ids()), len(product.ids())) == (3, 3)
    product.site.unarchive(product.issue(theirs[0]))
    world.clock.sleep(25 * 3600)
    world.quiet()
    assert product.show(theirs[0])["title"] == "Edited later", "brought back, it catches up"


def test_s33_a_second_one_that_claims_a_counterpart_is_asked_about(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, 1, block={"create": []})
    second = product.put("Another one")
    address = f"{eng.origin}/browse/{eng.issue(ours[0]).key}"
    product.site.attach(product.issue(second), address, "Look here", by=product.ada)
    result = world.sync()
    assert result.exit_code == 3
    assert world.links() == 1
    assert world.partner(eng, ours[0], product) == theirs[0]
    ((name, kind, reason),) = world.held()
    assert (name, kind) == ("link", "conflict")
    assert "counterpart" in reason
    product.edit(second, status="Done")
    world.quiet()
    assert eng.show(ours[0])["status"] == "To Do", "it has no say"
