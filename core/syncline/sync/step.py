"""One field of one group: what its members show, what is decided, and what that means for each tool. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncline.sync.blocks import FieldPlanRule
from syncline.sync.changes import change_of, encoded, trimmed
from syncline.sync.given import listed, meant, words_of
from syncline.sync.group import RETRY, FieldStep, Group, Hold, Member, Tongue
from syncline.sync.merge import Decision, Ground, Showing, decide, told
from syncline.sync.values import SETS, Side, Unsaid, Value, label_key, raw_field
from syncline.target import Change


def step_of(rule: FieldPlanRule, group: Group, here: Sequence[Member], tongue: Tongue) -> FieldStep | None:
    """What shall be done about a field; None where it concerns nobody here, or all is as it was agreed."""
    members = [one for one in here if _takes_part(rule, tongue.sides[one.connection], one)]
    if len(members) < 2:
        return None
    holds = [hold for hold in group.holds if hold.name == rule.name]
    if not holds and all(_as_agreed(one, rule) for one in members):
        return None
    raws = {one.number: raw_of(one, rule) for one in members}
    typed_in = [listed(hold.answer["value"]) for hold in holds if hold.answer and "value" in hold.answer]
    spelt = _spellings(rule, [*raws.values(), *typed_in])
    showings = [_showing(rule, one, tongue, raws[one.number]) for one in members]
    sides = {one.number: tongue.sides[one.connection] for one in members}
    shown = {str(number): raw for number, raw in sorted(raws.items())}

    def echo(one: Showing, value: Value) -> Value:
        return sides[one.member].echo(rule.name, trimmed(rule, value), spelt)

    decision, answered = _answered(showings, holds, shown, echo, sides, rule) or (
        decide(showings, rule.policy, echo),
        None,
    )
    step = _carried_out(rule, decision, members, raws, sides, spelt, shown, answered)
    return held_back(spared(step, holds, tongue.now), group, rule)


def _takes_part(rule: FieldPlanRule, side: Side, one: Member) -> bool:
    """Whether the member's tool has the field, or the rule says that it is read there."""
    reads = one.connection in rule.sources and (rule.source_field != rule.name or len(rule.sources) == 1)
    return reads or side.can_write(rule.name, own=rule.own)


def _as_agreed(one: Member, rule: FieldPlanRule) -> bool:
    return one.base.get(rule.name) == [raw_of(one, rule)]


def raw_of(one: Member, rule: FieldPlanRule) -> Any:
    """What the member's record holds in the field, as JSON."""
    return raw_field(one.data, rule.field_of(one.connection))


def _spellings(rule: FieldPlanRule, raws: Iterable[Any]) -> dict[str, str]:
    """Labels by their key, in the spelling that sorts first, so that it does not depend on who was read first."""
    if rule.name not in SETS or rule.name == "assignees":
        return {}
    found = sorted({one for raw in raws for one in raw or ()}, reverse=True)
    return {label_key(one): one for one in found}


def _showing(rule: FieldPlanRule, one: Member, tongue: Tongue, raw: Any) -> Showing:
    side = tongue.sides[one.connection]
    base = one.base.get(rule.name)
    ground = Ground.NEW if not base else Ground.BEHIND if len(base) > 1 else Ground.JUDGED
    before = base[0] if base else None
    source = one.connection in rule.sources and not one.archived
    value, unsaid = _understood(rule, side, one.connection, raw)
    if base and raw == before:
        known = value if unsaid is None else ("not understood", repr(raw))
        value, then, unsaid = known, known, None
    else:
        then, lost = _understood(rule, side, one.connection, before)
        then = then if lost is None else ("not understood", repr(before))
    if unsaid is not None and not source:
        value, unsaid = ("not understood", repr(raw)), None
    sink = one.connection in rule.sinks and side.can_write(rule.name, own=rule.own)
    return Showing(
        one.number,
        one.connection,
        value,
        then,
        ground,
        source=source,
        sink=sink,
        bar=_bar(one, tongue),
        unsaid=unsaid,
        changed_at=one.changed_at.get(rule.field_of(one.connection), one.updated_at),
    )


def _understood(rule: FieldPlanRule, side: Side, connection: str, raw: Any) -> tuple[Value, str | None]:
    if rule.source_field != rule.name and connection in rule.sources:
        return raw if not isinstance(raw, list | dict) else repr(raw), None
    try:
        return trimmed(rule, side.heard(rule.name, raw)), None
    except Unsaid as reason:
        return None, reason.reason


def _bar(one: Member, tongue: Tongue) -> str | None:
    if one.archived:
        return ""
    if one.connection not in tongue.writable:
        return f'{one.connection} is only read (access = "read")'
    return None


def _answered(
    showings: Sequence[Showing],
    holds: Sequence[Hold],
    shown: Mapping[str, Any],
    echo: Callable[[Showing, Value], Value],
    sides: Mapping[int, Side],
    rule: FieldPlanRule,
) -> tuple[Decision, int] | None:
    """What a person decided, as long as everything still shows what it showed then."""
    for hold in holds:
        if hold.answer is None or hold.kind != "conflict" or hold.shown != shown:
            continue
        if "take" in hold.answer:
            winner = next((one for one in showings if one.member == hold.answer["take"]), None)
            if winner is not None and winner.unsaid is None:
                return told(
                    showings, winner.value, f"a person took {winner.connection}", echo, winner
                ), hold.number
        else:
            try:
                value = meant(rule.name, hold.answer["value"], words_of(sides.values()))
            except Unsaid:  # what could be said then cannot be said any more: it is asked again
                continue
            return told(showings, value, "a person decided", echo), hold.number
    return None


def _carried_out(
    rule: FieldPlanRule,
    decision: Decision,
    members: Sequence[Member],
    raws: Mapping[int, Any],
    sides: Mapping[int, Side],
    spelt: Mapping[str, str],
    shown: Mapping[str, Any],
    answered: int | None,
) -> FieldStep:
    if decision.conflict is not None:
        return FieldStep(rule.name, conflict=decision.conflict, shown=shown, why=decision.why)
    if decision.drifted:
        return FieldStep(rule.name, drift=decision.drifted, shown=shown, why=decision.why)
    changes: dict[int, Change] = {}
    behind = dict(decision.blocked)
    for number, value in decision.writes.items():
        try:
            changes[number] = change_of(rule, raws[number], value, sides[number], spelt)
        except Unsaid as reason:
            behind[number] = reason.reason
    stale = {
        one.number: raws[one.number]
        for one in members
        if one.number in decision.fine and not _as_agreed(one, rule)
    }
    behind = {number: reason for number, reason in behind.items() if number not in stale}
    return FieldStep(
        rule.name,
        changes,
        before={number: raws[number] for number in changes},
        settled=stale,
        behind=behind,
        shown=shown,
        why=decision.why,
        answered=answered,
    )


def spared(step: FieldStep, holds: Sequence[Hold], now: datetime) -> FieldStep:
    """Leave out what a tool refused before and would refuse again: the same value on the same record."""
    refused = {
        hold.member: hold.reason
        for hold in holds
        if hold.kind == "blocked"
        and hold.member is not None
        and hold.member in step.changes
        and hold.shown.get("wanted") == encoded(step.changes[hold.member])
        and hold.shown.get("held") == step.before[hold.member]
        and now - hold.at < RETRY
    }
    if not refused:
        return step
    return _without(step, refused)


def held_back(step: FieldStep, group: Group, rule: FieldPlanRule) -> FieldStep:
    """Stop where somebody else keeps undoing what we write: the third time, a person is asked."""
    swinging = {
        number: "what was written here was undone twice; it is not written a third time"
        for number, change in step.changes.items()
        if _undone(group.written.get((number, rule.name), ()), encoded(change))
    }
    return _without(step, swinging) if swinging else step


def _undone(written: Sequence[Any], wanted: Any) -> bool:
    return sum(1 for one in written[-4:] if one == wanted) >= 2


def _without(step: FieldStep, reasons: Mapping[int, str]) -> FieldStep:
    changes = {number: change for number, change in step.changes.items() if number not in reasons}
    return FieldStep(
        step.name,
        changes,
        {number: step.before[number] for number in changes},
        step.settled,
        {**step.behind, **reasons},
        shown=step.shown,
        why=step.why,
        answered=step.answered,
    )
