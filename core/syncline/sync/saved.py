"""Carrying out a saved plan: all of it as it was saved, after checking that everything still is as it saw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from syncline.errors import ConfigError, GuardTripped
from syncline.sync.blocks import Block
from syncline.sync.commenting import Speaker
from syncline.sync.cycle import Cycle, Outcome
from syncline.sync.desk import Desk, places_of
from syncline.sync.group import RELATIONS, Group, GroupPlan, Member
from syncline.sync.guards import Counts, tripped
from syncline.sync.hearing import said_since
from syncline.sync.match import Loose, Make
from syncline.sync.planfile import checked, says_of, stale, steps_of
from syncline.sync.relating import shown_by
from syncline.sync.step import raw_of


def apply_saved(cycle: Cycle, whole: Mapping[str, Any], *, approve: bool) -> Outcome:
    """Everything that a saved plan says; raises ConfigError or GuardTripped before anything is written."""
    saved = checked(whole, "the file")
    blocks = {block.name: block for block in cycle.blocks}
    todo = [(_block(cycle, blocks, one), one) for one in saved["blocks"]]
    for block, one in todo:
        _check(cycle, block, one, approve)
    mark = _marking(cycle, saved.get("marks", ()), approve)
    for block, one in todo:
        _apply(cycle, block, one)
    mark()
    outcome = Outcome()
    cycle.conclude(outcome)
    return outcome


def _marking(cycle: Cycle, saved: Sequence[Mapping[str, Any]], approve: bool) -> Callable[[], None]:
    """What makes the marks of a saved plan, once they are checked."""
    if not saved:
        return lambda: None
    from syncline.sync.marks import Marking  # few companies mark anything

    marking = Marking.of(cycle)
    todo = [marking.check_saved(one, approve=approve) for one in saved]

    def make() -> None:
        for rule, marks in todo:
            marking.make(rule, marks)

    return make


def _block(cycle: Cycle, blocks: Mapping[str, Block], saved: Mapping[str, Any]) -> Block:
    block = blocks.get(saved["block"])
    if block is None:
        raise ConfigError(f"no [[sync]] block is named {saved['block']!r} any more", hint="plan again")
    if cycle.planner.fingerprint(block) != saved["fingerprint"]:
        raise ConfigError(f"the rules of {block.name} changed since the plan was saved", hint="plan again")
    return block


def _check(cycle: Cycle, block: Block, saved: Mapping[str, Any], approve: bool) -> None:
    counts = saved["counts"]
    with cycle.store.reading() as db:
        desk = Desk(db, places_of(db, cycle.config.connections))
        refused = tripped(
            Counts(counts["creates"], counts["updates"], counts["removals"], desk.links(block)), cycle.guards
        )
        if refused and not approve:
            raise GuardTripped(
                f"{block.name}: {'; '.join(refused)}", hint="apply FILE --approve does it all the same"
            )
        for one in saved["groups"]:
            group = _group(desk, block, one)
            reason = stale(one, group, lambda member, name: _shows(block, member, name))
            told = reason or said_since(db, block.name, says_of(one))
            if told is not None:
                raise ConfigError(told, hint="plan again; nothing was written")


def _shows(block: Block, member: Member, name: str) -> Any:
    if name == RELATIONS:
        return shown_by(member)
    rule = next((rule for rule in block.rules if rule.name == name), None)
    return None if rule is None else raw_of(member, rule)


def _group(desk: Desk, block: Block, one: Mapping[str, Any]) -> Group:
    numbers = [member["record"] for member in one["members"]]
    return desk.as_groups(block, {one["group"]: numbers})[one["group"]]


def _apply(cycle: Cycle, block: Block, saved: Mapping[str, Any]) -> None:
    hands = cycle.hands
    with cycle.store.writing() as db:
        ledger = hands.ledger(db)
        for join in saved["links"]:
            ledger.join(
                block.name,
                join["one"],
                join["other"],
                join["origin"],
                join["evidence"],
                join["group"],
                about=block.about,
            )
            hands.done.joined += 1
    for one in saved["groups"]:
        with cycle.store.reading() as db:
            desk = Desk(db, places_of(db, cycle.config.connections))
            group = _group(desk, block, one)
        plan = GroupPlan(
            block.name,
            group,
            steps_of(one),
            archive=tuple(one["archive"]),
            closes=tuple(one["closes"]),
            says=says_of(one),
        )
        Speaker(hands, plan).speak()
        hands.carry_out(plan)
    _create(cycle, block, saved["creates"])


def _create(cycle: Cycle, block: Block, saved: Sequence[Mapping[str, Any]]) -> None:
    with cycle.store.reading() as db:
        desk = Desk(db, places_of(db, cycle.config.connections))
        sources: list[Loose] = desk.loose(block, [one["source"] for one in saved])
        speech = cycle.planner.speech(desk, block, sources)
    by_number = {one.number: one for one in sources}
    for one in saved:
        source = by_number.get(one["source"])
        if source is None or one["connection"] in source.partners | source.parted:
            continue
        make = Make(
            block.name,
            source.number,
            one["connection"],
            one["container"],
            block.creates[one["rule"]],
            one["marker"],
        )
        cycle.maker.make(block, make, source, speech)
