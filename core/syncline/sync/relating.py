"""Relations between records that have counterparts: what one side says of two pieces of work, the others say as well.

A relation stands in one group: that of the record that blocks, duplicates, clones or causes another. What has no
direction stands in the group of the older item. In common terms it is an `Element`, which no tool's ids are in,
so that the same relation is the same everywhere, whichever end a tool shows it on.

Every element is judged by itself, by what each member shows and what it showed when all agreed. One whose other end has
no record in a tool is not that tool's business: neither missing nor removed there. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncline.errors import RecordError
from syncline.model import RelationType
from syncline.sync.blocks import Block, FieldPlanRule
from syncline.sync.changes import related
from syncline.sync.group import RELATIONS, FieldStep, Group, Member, Tie, Tongue
from syncline.sync.step import held_back, spared
from syncline.sync.values import Side
from syncline.target import AddRemove, Change, Related

Element = tuple[str, str]
"""What a record is to another: the type, and the item at the other end."""
EITHER = RelationType.RELATES.value
"""The type that has no direction."""
APART = "apart"
"""Stands behind an entry of a base that this member was judged to lack, though others have it: a run was taken back."""


# ---- the merge -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strand:
    """One member's part. ``knew``: what it was judged to have, or (False) to lack although others have it.

    ``reach`` are the items that have a record in its tool. ``source``: its changes count; ``sink``: it is told. ``bar``
    says why it cannot be told, and is empty where nobody needs to hear of that; ``mute`` the same of single types.
    """

    member: int
    connection: str
    shows: frozenset[Element] = frozenset()
    knew: Mapping[Element, bool] = field(default_factory=dict)
    reach: frozenset[str] = frozenset()
    source: bool = True
    sink: bool = True
    bar: str | None = None
    mute: Mapping[str, str] = field(default_factory=dict)

    def added(self, one: Element) -> bool:
        return self.source and one in self.shows and not self.knew.get(one, False)

    def removed(self, one: Element) -> bool:
        return self.source and one not in self.shows and self.knew.get(one, False)


@dataclass
class Verdict:
    """What shall be done: by member what is added and removed, why it cannot be, and what was edited in vain.

    ``agreed`` tells of elements on which members agree already whether they have it, and which members; ``later`` the
    same of what they will agree on once everything is done.
    """

    add: dict[int, set[Element]] = field(default_factory=dict)
    remove: dict[int, set[Element]] = field(default_factory=dict)
    blocked: dict[int, dict[Element, str]] = field(default_factory=dict)
    drifted: dict[int, set[Element]] = field(default_factory=dict)
    agreed: dict[Element, tuple[bool, frozenset[int]]] = field(default_factory=dict)
    later: dict[Element, tuple[bool, frozenset[int]]] = field(default_factory=dict)
    changed_in: set[str] = field(default_factory=set)


def merged(strands: Sequence[Strand]) -> Verdict:
    """What was added and removed since all agreed, together; adding beats removing. The order changes nothing."""
    verdict = Verdict()
    for one in sorted({element for strand in strands for element in (*strand.shows, *strand.knew)}):
        here = sorted((s for s in strands if one[1] in s.reach), key=lambda s: s.member)
        if len(here) > 1:
            _judge(verdict, one, here)
    return verdict


def _judge(verdict: Verdict, one: Element, here: Sequence[Strand]) -> None:
    added = [strand for strand in here if strand.added(one)]
    removed = [strand for strand in here if strand.removed(one)]
    wanted = bool(added) or (not removed and any(s.source and one in s.shows for s in here))
    if not (added or removed or wanted):
        return
    differing = [strand for strand in here if (one in strand.shows) is not wanted]
    if not differing:
        verdict.agreed[one] = wanted, frozenset(strand.member for strand in here)
        return
    if not added and not removed:
        _tell_newcomers(verdict, one, differing)
        return
    verdict.changed_in |= {strand.connection for strand in (added or removed)}
    told = [_told(verdict, one, strand, wanted) for strand in differing]
    if all(told):
        verdict.later[one] = wanted, frozenset(strand.member for strand in here)


def _tell_newcomers(verdict: Verdict, one: Element, differing: Sequence[Strand]) -> None:
    """Nobody who counts changed anything: those who were never told are, and who took it away in vain is noted."""
    for strand in differing:
        if one not in strand.knew:
            if _told(verdict, one, strand, True):
                _, others = verdict.later.get(one, (True, frozenset[int]()))
                verdict.later[one] = True, others | {strand.member}
        elif strand.knew[one]:
            verdict.drifted.setdefault(strand.member, set()).add(one)


def _told(verdict: Verdict, one: Element, strand: Strand, wanted: bool) -> bool:
    """Whether the member is told."""
    reason = strand.bar if strand.sink else ""
    if reason is None and wanted:
        reason = strand.mute.get(one[0])
    if reason is not None:
        verdict.blocked.setdefault(strand.member, {})[one] = reason
        return False
    (verdict.add if wanted else verdict.remove).setdefault(strand.member, set()).add(one)
    return True


# ---- bases ---------------------------------------------------------------------------------------------------------


def entries(base: Mapping[str, Sequence[Any]]) -> dict[Tie, bool]:
    """What a member's base says of relations: which it has, and which (False) it was judged to lack."""
    (known,) = base.get(RELATIONS) or [[]]
    return {Tie(entry[0], entry[1]): len(entry) < 3 for entry in known}


def as_base(known: Mapping[Tie, bool]) -> list[list[str]]:
    """The inverse of `entries`."""
    return [[*tie] if has else [*tie, APART] for tie, has in sorted(known.items())]


# ---- the step ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _End:
    """A member with what its ties come to in common terms; an element may stand behind several ties."""

    member: Member
    side: Side
    ties: Mapping[Element, Sequence[Tie]]
    base: Mapping[Element, Sequence[Tie]]


def relations_step(block: Block, group: Group, here: Sequence[Member], tongue: Tongue) -> FieldStep | None:
    """What shall be done about the relations of a group; None where they do not cross."""
    rule = block.relations
    if rule is None:
        return None
    members = [one for one in here if _takes_part(rule, tongue.sides[one.connection], one)]
    if len(members) < 2:
        return None
    ends = [_end(rule, one, tongue) for one in members]
    verdict = merged([_strand(rule, end, tongue) for end in ends])
    changes = {end.member.number: change for end in ends if (change := _change(end, verdict, tongue))}
    by_number = {one.number: one for one in members}
    told = sorted(verdict.changed_in)
    step = FieldStep(
        RELATIONS,
        changes,
        before={number: shown_by(by_number[number]) for number in changes},
        settled=_bases(ends, verdict.agreed),
        behind={
            end.member.number: reason for end in ends if (reason := _reason(end, verdict, tongue)) is not None
        },
        drift=dict.fromkeys(verdict.drifted, "it only receives relations, and one was taken away there"),
        shown={str(one.number): shown_by(one) for one in members},
        why=f"changed in {' and '.join(told)}" if told else "linked on both sides now",
        then=_bases(ends, verdict.agreed | verdict.later) if changes else {},
    )
    spare = spared(step, [hold for hold in group.holds if hold.name == RELATIONS], tongue.now)
    left = held_back(spare, group, rule)
    return step if left is step else replace(left, drift=step.drift)


def _takes_part(rule: FieldPlanRule, side: Side, one: Member) -> bool:
    if one.connection not in rule.sources | rule.sinks:
        return False
    return rule.sources == {one.connection} or side.can_write(RELATIONS, own=False)


def _end(rule: FieldPlanRule, one: Member, tongue: Tongue) -> _End:
    side, item = tongue.sides[one.connection], f"i{one.item}"
    ties, base = (_elements(rule, item, side, tongue, given) for given in (one.ties, entries(one.base)))
    return _End(one, side, ties, base)


def _elements(
    rule: FieldPlanRule, item: str, side: Side, tongue: Tongue, ties: Iterable[Tie]
) -> dict[Element, list[Tie]]:
    """Of some ties, those that stand in this group and whose other end is an item that this side knows."""
    found: dict[Element, list[Tie]] = {}
    for tie in ties:
        other = side.items.get(tie.end)
        if other is None or other == item or other not in side.homes:
            continue
        if tie.type in rule.but or (rule.only and tie.type not in rule.only):
            continue
        if tie.type == EITHER and other in tongue.grouped and _age(other) < _age(item):
            continue
        found.setdefault((tie.type, other), []).append(tie)
    return found


def _age(item: str) -> int:
    return int(item[1:])


def _strand(rule: FieldPlanRule, end: _End, tongue: Tongue) -> Strand:
    one, known = end.member, entries(end.member.base)
    bar = None if one.connection in tongue.writable else f'{one.connection} is only read (access = "read")'
    return Strand(
        one.number,
        one.connection,
        frozenset(end.ties),
        {element: any(known[tie] for tie in ties) for element, ties in end.base.items()},
        frozenset(end.side.homes),
        source=one.connection in rule.sources and not one.archived,
        sink=one.connection in rule.sinks and end.side.can_write(RELATIONS, own=False),
        bar="" if one.archived else bar,
        mute=_mute(end.side),
    )


def _mute(side: Side) -> dict[str, str]:
    """The types that a tool cannot say, with the reason."""
    found: dict[str, str] = {}
    if side.stored_form is None:
        return found
    for type_ in RelationType:
        try:
            side.stored_form(RELATIONS, (Related(type_, ""),))
        except RecordError as error:
            found[type_.value] = error.message
    return found


def _change(end: _End, verdict: Verdict, tongue: Tongue) -> Change | None:
    number = end.member.number
    add = [Tie(type_, end.side.homes[item]) for type_, item in verdict.add.get(number, ())]
    remove = [tie for element in verdict.remove.get(number, ()) for tie in end.ties[element]]
    if not add and not remove:
        return None
    return AddRemove(*(tuple(_named(end, ties, tongue)) for ties in (add, remove)))


def _named(end: _End, ties: Iterable[Tie], tongue: Tongue) -> Iterator[Related]:
    """Ties as `syncline.target` takes them, with what people call their ends."""
    for tie in sorted(set(ties)):
        label = tongue.called.get((end.member.connection, tie.end), tie.end)
        yield Related(RelationType(tie.type), tie.end, label)


def _reason(end: _End, verdict: Verdict, tongue: Tongue) -> str | None:
    """Why a member is not told everything: one line, whatever it is that it is not told."""
    found = verdict.blocked.get(end.member.number)
    if found is None:
        return None
    by_reason: dict[str, list[str]] = {}
    for (type_, item), reason in sorted(found.items()):
        tie = Tie(type_, end.side.homes[item])
        by_reason.setdefault(reason, []).extend(saying(one) for one in _named(end, [tie], tongue))
    told = [f"{', '.join(words)}: {reason}" for reason, words in sorted(by_reason.items()) if reason]
    return "; ".join(told)


def _bases(ends: Sequence[_End], judged: Mapping[Element, tuple[bool, frozenset[int]]]) -> dict[int, Any]:
    """The bases that are not as they should be once these elements are judged; what is out of sight stays as it is."""
    found: dict[int, Any] = {}
    for end in ends:
        known = entries(end.member.base)
        fresh = dict(known)
        for element, (has, members) in judged.items():
            if end.member.number not in members:
                continue
            for tie in end.base.get(element, ()):
                del fresh[tie]
            if has:
                kept = end.ties.get(element) or [Tie(element[0], end.side.homes[element[1]])]
                fresh |= dict.fromkeys(kept, True)
        if fresh != known:
            found[end.member.number] = as_base(fresh)
    return found


def shown_by(one: Member) -> list[list[str]]:
    """What a member shows, as JSON."""
    return [[*tie] for tie in sorted(one.ties)]


# ---- in words ------------------------------------------------------------------------------------------------------


def saying(one: Related) -> str:
    """A relation as people say it."""
    return f"{one.type.value}{' to' if one.type is RelationType.RELATES else ''} {one.label or one.target}"


def sayings_of(change: Mapping[str, Any]) -> list[str]:
    """A change as JSON, in words."""
    words = [saying(related(one)) for one in change.get("add", ())]
    return words + [f"no longer {saying(related(one))}" for one in change.get("remove", ())]
