"""Relations between Jira and Linear: both ways, made once, taken away, left alone where an end has no partner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.scenarios.conftest import Pair
from tests.scenarios.lab import Strike, World, is_write

from syncline.sim.faults import Fault

PAIR = Callable[..., Pair]
FIELDS: dict[str, Any] = {"title": {}, "relations": {}}
JIRA = {"Blocks": "blocks", "Duplicate": "duplicate", "Relates": "related", "Causes": "causes"}
"""What Linear calls a link type of Jira, where it has one."""


def linked(pair: PAIR, count: int = 3, **options: Any) -> tuple[World, Any, Any, list[str], list[str]]:
    """Pairs of one title, linked; the remote ids of both sides."""
    world, eng, product = pair(fields=options.pop("fields", FIELDS), **options)
    ours = [eng.put(f"piece {number}") for number in range(count)]
    theirs = [product.put(f"piece {number}") for number in range(count)]
    world.quiet()
    assert world.links() == count
    return world, eng, product, ours, theirs


def in_jira(eng: Any) -> list[tuple[str, str, str]]:
    """Every link once, from the issue that acts."""
    return sorted(
        (str(issue.id), link.type.name, str(link.other.id))
        for issue in eng.site.issues.values()
        for link in issue.links
        if link.outward
    )


def in_linear(product: Any) -> list[tuple[str, str, str]]:
    return sorted((one.issue.id, one.type, one.related_issue.id) for one in product.site.relations.values())


def relate_in_jira(eng: Any, one: str, type_: str, other: str) -> None:
    eng.site.link(eng.issue(one), type_, eng.issue(other), by=eng.ada)


def unrelate_in_jira(eng: Any, one: str, other: str) -> None:
    eng.site.unlink(eng.issue(one), eng.issue(other), by=eng.ada)


def relate_in_linear(product: Any, one: str, type_: str, other: str) -> Any:
    return product.site.relate(product.issue(one), type_, product.issue(other), by=product.ada)


@pytest.mark.parametrize("type_", ["Blocks", "Relates"])
def test_a_link_of_jira_is_a_relation_of_linear_and_goes_with_it(pair: PAIR, type_: str) -> None:
    world, eng, product, ours, theirs = linked(pair)
    relate_in_jira(eng, ours[0], type_, ours[1])
    world.sync()
    assert in_linear(product) == [(theirs[0], JIRA[type_], theirs[1])]
    assert world.quiet().exit_code == 0
    unrelate_in_jira(eng, ours[0], ours[1])
    world.sync()
    assert in_linear(product) == []
    world.quiet()
    assert in_jira(eng) == []
    assert world.held() == []


@pytest.mark.parametrize("type_", ["blocks", "related"])
def test_a_relation_of_linear_is_a_link_of_jira_and_goes_once_that_is_seen(pair: PAIR, type_: str) -> None:
    """Linear tells of no deletions: the issue must be read again."""
    world, eng, product, ours, theirs = linked(pair)
    made = relate_in_linear(product, theirs[2], type_, theirs[0])
    world.sync()
    name = next(name for name, told in JIRA.items() if told == type_)
    (made_there,) = in_jira(eng)
    assert made_there[1] == name
    assert made_there[::2] == (ours[2], ours[0]) or (type_ == "related" and made_there[0] == ours[0])
    assert world.quiet().exit_code == 0
    product.site.unrelate(made, by=product.ada)
    product.edit(theirs[2], title="piece 2, once more")
    world.sync()
    assert in_jira(eng) == []
    world.quiet()
    assert in_linear(product) == []


def test_what_was_written_is_taken_away_where_it_was_written(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair)
    relate_in_linear(product, theirs[0], "blocks", theirs[1])
    world.quiet()
    unrelate_in_jira(eng, ours[0], ours[1])
    world.sync()
    assert in_linear(product) == []
    world.quiet()


def test_both_sides_change_relations_of_one_issue_and_all_of_it_counts(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, 4)
    relate_in_jira(eng, ours[0], "Blocks", ours[1])
    world.quiet()
    unrelate_in_jira(eng, ours[0], ours[1])
    relate_in_jira(eng, ours[0], "Relates", ours[2])
    relate_in_linear(product, theirs[0], "blocks", theirs[3])
    world.quiet()
    assert in_jira(eng) == [(ours[0], "Blocks", ours[3]), (ours[0], "Relates", ours[2])]
    assert in_linear(product) == sorted([(theirs[0], "blocks", theirs[3]), (theirs[0], "related", theirs[2])])


def test_an_end_without_a_partner_is_left_alone_until_it_has_one(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, 1)
    alone, other = eng.put("only here"), product.put("only there")
    relate_in_jira(eng, ours[0], "Blocks", alone)
    relate_in_linear(product, other, "blocks", theirs[0])
    world.quiet()
    assert in_jira(eng) == [(ours[0], "Blocks", alone)]
    assert in_linear(product) == [(other, "blocks", theirs[0])]
    assert world.held() == []
    late = product.put("only here")
    world.sync()
    assert world.partner(eng, alone, product) == late
    assert (theirs[0], "blocks", late) in in_linear(product)
    world.quiet()


def test_what_linear_cannot_say_is_told_in_one_line_and_the_rest_crosses(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair)
    relate_in_jira(eng, ours[0], "Cloners", ours[1])
    relate_in_jira(eng, ours[0], "Blocks", ours[2])
    world.quiet()
    assert in_linear(product) == [(theirs[0], "blocks", theirs[2])]
    (told,) = world.held()
    assert told[:2] == ("relations", "blocked")
    assert told[2] == f"clones {product.issue(theirs[1]).identifier}: Linear has no relation that says clones"
    unrelate_in_jira(eng, ours[0], ours[1])
    world.sync()
    assert world.held() == []


def test_a_duplicate_of_linear_moves_its_issue_and_that_crosses_as_a_status(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, fields={**FIELDS, "status": {}})
    relate_in_linear(product, theirs[1], "duplicate", theirs[0])
    world.quiet()
    assert in_jira(eng) == [(ours[1], "Duplicate", ours[0])]
    assert eng.show(ours[1])["status"] == "Won't Do"


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.TIMEOUT_AFTER, Fault.DROP_BEFORE])
@pytest.mark.parametrize("to_jira", [True, False])
def test_an_answer_that_is_lost_makes_no_second_one(pair: PAIR, fault: Fault, to_jira: bool) -> None:
    world, eng, product, ours, theirs = linked(pair)
    if to_jira:
        relate_in_linear(product, theirs[0], "blocks", theirs[1])
    else:
        relate_in_jira(eng, ours[0], "Blocks", ours[1])
    (eng if to_jira else product).front.strikes.append(Strike(is_write, fault))
    world.sync()
    world.quiet()
    assert in_jira(eng) == [(ours[0], "Blocks", ours[1])]
    assert in_linear(product) == [(theirs[0], "blocks", theirs[1])]
    assert world.held() == []


@pytest.mark.parametrize("point", ["intent.written", "operation.sent", "operation.stored", "group.judged"])
@pytest.mark.parametrize("removes", [False, True])
def test_a_run_that_dies_is_made_good_by_the_next(pair: PAIR, point: str, removes: bool) -> None:
    world, eng, product, ours, theirs = linked(pair)
    relate_in_jira(eng, ours[0], "Blocks", ours[1])
    if removes:
        world.quiet()
        unrelate_in_jira(eng, ours[0], ours[1])
    assert world.killed(point)
    world.quiet()
    assert in_linear(product) == ([] if removes else [(theirs[0], "blocks", theirs[1])])
    assert world.open_intents() == []


def test_a_plan_says_it_and_is_applied_exactly(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair)
    relate_in_jira(eng, ours[0], "Blocks", ours[1])
    world.block["mode"] = "preview"
    world.sync()
    world.block["mode"] = "on"
    saved = world.plan()
    (step,) = [step for group in saved["blocks"][0]["groups"] for step in group["steps"]]
    (change,) = step["changes"].values()
    (told,) = change["add"]
    assert told == {"type": "blocks", "target": theirs[1], "label": product.issue(theirs[1]).identifier}
    assert saved["blocks"][0]["counts"]["updates"] == 1
    world.apply(saved)
    assert in_linear(product) == [(theirs[0], "blocks", theirs[1])]
    world.quiet()


def test_guards_count_relations(pair: PAIR) -> None:
    world, eng, product, ours, _ = linked(pair)
    world.guards |= {"updates": {"number": 1, "share": 0.0}}
    for one, other in ((0, 1), (1, 2)):
        relate_in_jira(eng, ours[one], "Blocks", ours[other])
    assert world.sync().exit_code == 5
    assert in_linear(product) == []
    world.sync(limit=1)
    assert len(in_linear(product)) == 1


@pytest.mark.parametrize("removes", [False, True])
def test_a_search_that_lags_behind_our_write_changes_nothing(pair: PAIR, removes: bool) -> None:
    """Jira's search shows issues as they were minutes ago, with their links: neither is undone by that."""
    world, eng, product, ours, theirs = linked(pair, block={"backlink": False})
    made = relate_in_linear(product, theirs[0], "blocks", theirs[1])
    if removes:
        world.quiet()
        product.site.unrelate(made, by=product.ada)
        product.edit(theirs[0], title="piece 0, once more")
    eng.edit(ours[0], labels=["touched"])
    eng.edit(ours[1], labels=["touched"])
    eng.site.set_quirks(lag=(240.0, 300.0))
    for _ in range(10):
        world.sync(after=45, settle=False)
        assert len(in_linear(product)) == (0 if removes else 1)
    assert len(in_jira(eng)) == (0 if removes else 1)
    sent = sum("issueLink" in request.path for request in eng.front.written)
    assert sent == (2 if removes else 1)
    assert ours
