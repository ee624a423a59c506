"""From what is known to what shall be done. Pure: the same situation gives the same plan, byte for byte.

A `Situation` is everything the planner may know, loaded beforehand; nothing here reads a clock, a file or a tool.
`plan_group` plans the fields of one group, `syncline.sync.match` who belongs together and who needs a counterpart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from syncline.config.sync import NoteRule
from syncline.model import Kind, Priority, Ref, Text, TextFormat
from syncline.sync.blocks import Block, FieldPlanRule
from syncline.sync.conditions import Subject, holds
from syncline.sync.given import listed, meant, words_of
from syncline.sync.merge import Decision, Ground, Showing, decide, told
from syncline.sync.values import SETS, Side, Unsaid, Value, label_key
from syncline.sync.values import raw_field as raw_field
from syncline.target import AddRemove, Backlink, Change, Move, Set

BACKLINKS = "backlinks"
RETRY = timedelta(hours=24)
"""A field that a tool refused is tried again when something changed, or after this."""


@dataclass(frozen=True)
class Member:
    """A record in a group. ``base`` holds by rule ``[value]``, or ``[value, "behind"]``; ``changed_at`` by field."""

    number: int
    ref: Ref
    connection: str
    key: str | None
    title: str | None
    container: str | None
    data: Mapping[str, Any]
    base: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    state: str = "active"
    absent: str | None = None
    archived: bool = False
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    updated_at: datetime | None = None
    item: int = 0
    url: str | None = None

    @property
    def label(self) -> str:
        """How people call it."""
        return self.key or self.title or self.ref.remote_id


@dataclass(frozen=True)
class Hold:
    """An open row of ``held``: a conflict, or a field that could not be written (``member``)."""

    number: int
    name: str
    kind: str
    member: int | None
    reason: str
    shown: Mapping[str, Any]
    at: datetime
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Group:
    """What a block keeps equal, with what is open about it."""

    number: int
    members: tuple[Member, ...]
    holds: tuple[Hold, ...] = ()
    written: Mapping[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)
    """By member and field what we wrote there lately, the latest last."""


@dataclass(frozen=True)
class FieldStep:
    """What shall be done about one field of a group: all of it is true, or will be, once ``changes`` are made.

    ``settled`` maps members to what their base becomes; ``behind`` are those that stay behind, with the reason where
    somebody should hear of it. ``conflict`` and ``drift`` are noted and change nothing.
    """

    name: str
    changes: Mapping[int, Change] = field(default_factory=dict)
    before: Mapping[int, Any] = field(default_factory=dict)
    after: Any = None
    settled: Mapping[int, Any] = field(default_factory=dict)
    behind: Mapping[int, str] = field(default_factory=dict)
    conflict: str | None = None
    drift: Mapping[int, str] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    answered: int | None = None
    """The row of ``held`` whose answer this carries out."""

    @property
    def quiet(self) -> bool:
        """Nothing is to be done and nothing to be noted."""
        return not (self.changes or self.settled or self.behind or self.conflict or self.drift)


@dataclass(frozen=True)
class NoteDue:
    """A note to be written on a member; ``key`` is where its base remembers it."""

    member: int
    key: str
    text: str
    marker: str


@dataclass(frozen=True)
class GroupPlan:
    """What shall be done about one group. ``rest`` says why nothing is, ``archive`` who follows into the archive."""

    block: str
    group: Group
    steps: tuple[FieldStep, ...] = ()
    rest: str | None = None
    archive: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    """Rows of ``held`` that hold no longer."""
    leaves: tuple[int, ...] = ()
    """Members that moved out of the block's containers, and are unlinked."""
    notes: tuple[NoteDue, ...] = ()
    marks: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """By member what its base remembers of notes: whether the condition held, or that one was written."""

    @property
    def busy(self) -> bool:
        """Whether anything is to be done or noted."""
        return bool(self.steps or self.archive or self.closes or self.leaves or self.notes or self.marks)

    @property
    def writes(self) -> dict[int, dict[str, Change]]:
        """By member the changes of all fields."""
        found: dict[int, dict[str, Change]] = {}
        for step in self.steps:
            for member, change in step.changes.items():
                found.setdefault(member, {})[step.name] = change
        return found


@dataclass(frozen=True)
class Tongue:
    """How all connections of a block speak, and who may be written to (``access``)."""

    sides: Mapping[str, Side]
    writable: frozenset[str]
    now: datetime


# ---- one group -----------------------------------------------------------------------------------------------------


def plan_group(block: Block, group: Group, tongue: Tongue) -> GroupPlan:
    """What shall be done so that the members of a group agree."""
    rest = _rest(group, tongue)
    if rest is not None:
        return GroupPlan(block.name, group, rest=rest)
    strayed = _strayed(block, group)
    if strayed:
        leaves = strayed if block.config.moved == "unlink" else ()
        return GroupPlan(block.name, group, rest="moved", leaves=leaves)
    here = [one for one in group.members if one.absent is None or one.absent == "archived"]
    gone = [one for one in group.members if one.absent == "gone"]
    if gone:
        following = _following(block, here, gone)
        if following or len(here) < 2:
            return GroupPlan(block.name, group, rest="gone", archive=following)
    steps = [_step(block, rule, group, here, tongue) for rule in block.rules if not rule.on_create]
    if block.config.backlink:
        steps.append(_backlinks(block, here, tongue))
    known = tuple(step for step in steps if step is not None)
    closes = tuple(hold.number for hold in group.holds if not _still_held(known, hold))
    notes, marks = _notes(block, here)
    return GroupPlan(
        block.name,
        group,
        tuple(step for step in known if not step.quiet),
        closes=closes,
        notes=notes,
        marks=marks,
    )


def _notes(block: Block, here: Sequence[Member]) -> tuple[tuple[NoteDue, ...], dict[int, dict[str, Any]]]:
    """Notes whose condition has come true since it was last looked at, and what is to be remembered of the others."""
    due: list[NoteDue] = []
    marks: dict[int, dict[str, Any]] = {}
    for number, rule in enumerate(block.notes):
        key = f"note {number + 1}: {rule.text}"
        for one in here:
            if one.connection != rule.to or one.archived:
                continue
            other = next((o for o in here if o.connection != rule.to and _meets(rule, o)), None)
            seen = one.base.get(key)
            if other is not None and seen == [False]:
                marker = str(uuid5(NAMESPACE_URL, f"syncline:{block.name}/{key}/{one.ref}"))
                due.append(NoteDue(one.number, key, _worded(rule.text, other), marker))
            elif seen is None:
                marks.setdefault(one.number, {})[key] = [other is not None]
    return tuple(due), marks


def _meets(rule: NoteRule, other: Member) -> bool:
    return holds(
        rule.when, Subject(other.ref.kind.value, other.data, other.container, words=other.title or "")
    )


def _worded(text: str, other: Member) -> str:
    known = {"key": other.label, "title": other.title or "", "url": other.url or ""}
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _still_held(steps: Sequence[FieldStep], hold: Hold) -> bool:
    for step in steps:
        if step.name == hold.name:
            if hold.kind == "conflict":
                return step.conflict is not None
            return hold.member in step.behind or hold.member in step.drift or hold.member in step.changes
    return False


def _backlinks(block: Block, here: Sequence[Member], tongue: Tongue) -> FieldStep | None:
    """Every member shows the others by its tool's own link object; the base remembers which it shows."""
    changes: dict[int, Change] = {}
    for one in here:
        side = tongue.sides[one.connection]
        if one.archived or one.connection not in tongue.writable or BACKLINKS not in side.writes:
            continue
        shown = (one.base.get(BACKLINKS) or [{}])[0]
        new = [
            other
            for other in here
            if other is not one and other.url and shown.get(link_id(other)) != other.url
        ]
        if new:
            changes[one.number] = AddRemove(tuple(backlink_to(other) for other in new))
    if not changes:
        return None
    return FieldStep(BACKLINKS, changes, before=dict.fromkeys(changes, ()), why="linked")


def backlink_to(other: Member) -> Backlink:
    """The link to a member; its id is the same for ever."""
    title = f"{other.key}: {other.title}" if other.key else other.title or other.ref.remote_id
    return Backlink(link_id(other), other.url or "", title)


def link_id(other: Member) -> str:
    """The id of the link to a member."""
    return str(uuid5(NAMESPACE_URL, f"syncline:{other.ref}"))


def _rest(group: Group, tongue: Tongue) -> str | None:
    """Why the group is left alone: one that cannot be seen may hold anything."""
    for one in group.members:
        if one.connection not in tongue.sides:
            return f"the connection of {one.label} is not in between any more"
        if one.absent in ("missing", "forbidden"):
            return f"{one.label} of {one.connection} cannot be seen"
        if one.state == "frozen" or one.absent == "out_of_scope":
            return f"{one.label} of {one.connection} is out of scope"
    return None


def _strayed(block: Block, group: Group) -> tuple[int, ...]:
    """Members whose container belongs to no other member's any more, where the block does not follow them."""
    if block.config.moved == "follow" or not block.pairs:
        return ()
    return tuple(
        one.number
        for one in group.members
        if one.absent is None
        and not any(
            one.container in (block.paired(other.connection, other.container, one.connection) or ())
            for other in group.members
            if other.connection != one.connection
        )
    )


def _following(block: Block, here: Sequence[Member], gone: Sequence[Member]) -> tuple[int, ...]:
    """Who is archived because its counterpart is gone: only what nobody changed meanwhile."""
    if block.config.gone != "archive" or block.about:
        return ()
    return tuple(one.number for one in here if not one.archived and not _edited(block, one))


def _edited(block: Block, one: Member) -> bool:
    """Whether a member shows something else than when its group last agreed."""
    return any(raw_of(one, rule) != one.base[rule.name][0] for rule in block.rules if one.base.get(rule.name))


# ---- one field -----------------------------------------------------------------------------------------------------


def _step(
    block: Block, rule: FieldPlanRule, group: Group, here: Sequence[Member], tongue: Tongue
) -> FieldStep | None:
    members = [one for one in here if _takes_part(rule, tongue.sides[one.connection], one)]
    if len(members) < 2:
        return None
    holds = [hold for hold in group.holds if hold.name == rule.name]
    if not holds and all(_as_agreed(one, rule) for one in members):
        return None
    raws = {one.number: raw_of(one, rule) for one in members}
    typed_in = [listed(hold.answer["value"]) for hold in holds if hold.answer and "value" in hold.answer]
    spelt = _spellings(rule, [*raws.values(), *typed_in])
    showings = [_showing(block, rule, one, tongue, raws[one.number]) for one in members]
    sides = {one.number: tongue.sides[one.connection] for one in members}
    shown = {str(number): raw for number, raw in sorted(raws.items())}

    def echo(one: Showing, value: Value) -> Value:
        return sides[one.member].echo(rule.name, _trimmed(rule, value), spelt)

    decision, answered = _answered(showings, holds, shown, echo, sides, rule) or (
        decide(showings, rule.policy, echo),
        None,
    )
    step = _carried_out(rule, decision, members, raws, sides, spelt, shown, answered)
    return _held_back(_spared(step, holds, tongue.now), group, members, rule)


def _takes_part(rule: FieldPlanRule, side: Side, one: Member) -> bool:
    """Whether the member's tool has the field, or the rule says that it is read there."""
    reads = one.connection in rule.sources and (rule.source_field != rule.name or len(rule.sources) == 1)
    return reads or side.can_write(rule.name, own=rule.own)


def _as_agreed(one: Member, rule: FieldPlanRule) -> bool:
    base = one.base.get(rule.name)
    return bool(base) and len(base or ()) == 1 and base is not None and base[0] == raw_of(one, rule)


def raw_of(one: Member, rule: FieldPlanRule) -> Any:
    """What the member's record holds in the field, as JSON."""
    return raw_field(one.data, rule.field_of(one.connection))


def _spellings(rule: FieldPlanRule, raws: Iterator[Any] | Any) -> dict[str, str]:
    """Labels by their key, in the spelling that sorts first, so that it does not depend on who was read first."""
    if rule.name not in SETS or rule.name == "assignees":
        return {}
    found = sorted({one for raw in raws for one in raw or ()}, reverse=True)
    return {label_key(one): one for one in found}


def _showing(block: Block, rule: FieldPlanRule, one: Member, tongue: Tongue, raw: Any) -> Showing:
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
        return _trimmed(rule, side.heard(rule.name, raw)), None
    except Unsaid as reason:
        return None, reason.reason


def _trimmed(rule: FieldPlanRule, value: Value) -> Value:
    """Of a list, the elements that cross."""
    if not isinstance(value, frozenset) or not (rule.only or rule.but):
        return value
    only, but = {label_key(one) for one in rule.only}, {label_key(one) for one in rule.but}
    return frozenset(one for one in value if (not only or one in only) and one not in but)


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
    echo: Any,
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


# ---- from common terms to changes ----------------------------------------------------------------------------------


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
        after=next(iter(decision.writes.values()), None),
        settled=stale,
        behind=behind,
        shown=shown,
        why=decision.why,
        answered=answered,
    )


def change_of(rule: FieldPlanRule, raw: Any, value: Value, side: Side, spelt: Mapping[str, str]) -> Change:
    """The change that makes a record that holds ``raw`` hold ``value``; raises Unsaid.

    Elements of a list that do not cross stay.
    """
    if rule.name == "status":
        return Move(side.said(rule.name, value, spelt))
    if rule.name in SETS and rule.name != "assignees":
        wanted = value if isinstance(value, frozenset) else frozenset()
        held = {label_key(one): one for one in raw or ()}
        crossing = _trimmed(rule, frozenset(held))
        assert isinstance(crossing, frozenset)
        add = sorted(side.element(rule.name, one, spelt) for one in wanted - held.keys())
        remove = sorted(held[key] for key in crossing - wanted)
        return AddRemove(tuple(add), tuple(remove))
    if rule.name == "description":
        _spare_formatting(raw)
    return Set(side.said(rule.name, value, spelt))


def _spare_formatting(raw: Any) -> None:
    """Raise Unsaid where a text holds what writing over it would lose for good."""
    from syncline.text import survives

    lost = survives(Text(format=TextFormat(raw["format"]), source=raw["source"])) if raw else ()
    if lost:
        raise Unsaid(f"its text holds what would be lost by writing over it: {', '.join(lost)}")


def typed(name: str, raw: Any) -> Any:
    """A field's JSON as `syncline.target` holds it: what the plan saw, for the precondition."""
    if name == "description":
        return None if raw is None else Text(format=TextFormat(raw["format"]), source=raw["source"])
    if name in ("due_on", "start_on"):
        return None if raw is None else date.fromisoformat(raw)
    if name == "priority":
        return Priority(raw)
    return tuple(raw) if isinstance(raw, list) else raw


# ---- not again -----------------------------------------------------------------------------------------------------


def _spared(step: FieldStep, holds: Sequence[Hold], now: datetime) -> FieldStep:
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


def _held_back(step: FieldStep, group: Group, members: Sequence[Member], rule: FieldPlanRule) -> FieldStep:
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
        step.after if changes else None,
        step.settled,
        {**step.behind, **reasons},
        shown=step.shown,
        why=step.why,
        answered=step.answered,
    )


def encoded(change: Change) -> dict[str, Any]:
    """A change as JSON."""
    from syncline.sync.values import as_json

    match change:
        case Set(value):
            return {"set": as_json(value)}
        case AddRemove(add, remove):
            return {"add": as_json(add), "remove": as_json(remove)}
        case Move(status, path, with_fields):
            return {"move": status, "path": list(path), "with": dict(with_fields)}


def decoded(name: str, change: Mapping[str, Any]) -> Change:
    """The inverse of `encoded`; raises ValueError."""
    if "move" in change:
        return Move(change["move"], tuple(change.get("path", ())), change.get("with", {}))
    if "set" in change:
        return Set(typed(name, change["set"]))
    if "add" in change:
        return AddRemove(tuple(change["add"]), tuple(change.get("remove", ())))
    raise ValueError(f"no change: {sorted(change)}")


def kind_of(member: Member) -> Kind:
    """The kind of a member's record."""
    return member.ref.kind
