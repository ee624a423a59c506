"""One field of one group: who changed it, what it shall be, who must be told. Pure, and the same in whatever order.

Every member is compared with its own base, which is what it showed when the group was last judged to agree, and never
with another member's: a tool that rewrites what it is given changes nothing by that. All members are heard before
anything is decided.

A member that could not be told is *behind*: its base stays, and it is told again until it agrees. Everyone else's base
moves, so that what they change later is a new change and no conflict with the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from syncline.sync.values import Unsaid, Value, nothing

TOLERANCE = timedelta(minutes=2)
"""Two changes closer than this are not told apart by their times: clocks of vendors differ."""


class Ground(StrEnum):
    """What a member is compared with."""

    JUDGED = "judged"
    """With its base, at which it agreed with the others."""
    BEHIND = "behind"
    """With its base, but it has not been told what the others hold."""
    NEW = "new"
    """With nothing: it has never been judged."""


@dataclass(frozen=True)
class Showing:
    """What one member shows of the field, in common terms.

    ``source``: its changes count. ``sink``: it is to be told; ``bar`` says why it cannot be, and is empty where nobody
    needs to hear of that. ``unsaid`` tells why what a source shows is not understood. ``changed_at`` (aware) is when
    its tool says it changed.
    """

    member: int
    connection: str
    value: Value = None
    base: Value = None
    ground: Ground = Ground.JUDGED
    source: bool = True
    sink: bool = True
    bar: str | None = None
    unsaid: str | None = None
    changed_at: datetime | None = None

    @property
    def changed(self) -> bool:
        return self.ground is not Ground.NEW and self.value != self.base


@dataclass(frozen=True)
class Policy:
    """What is done where members disagree. ``first``: the connection that wins when existing records are linked."""

    prefer: tuple[str, ...] = ()
    newest: bool = False
    first: str | None = None
    merge: bool = False
    """It is a set: changes are joined element by element."""


@dataclass(frozen=True)
class Decision:
    """What shall be done. ``writes``: by member the common value it shall hold.

    When they have been done, ``fine`` and those written to are judged, and those in ``blocked`` (by member the reason)
    are behind. ``conflict`` says why a person must decide, ``drifted`` by member what was edited in vain: then no base
    moves. ``winner`` is the member whose value it is.
    """

    writes: Mapping[int, Value] = field(default_factory=dict)
    fine: frozenset[int] = frozenset()
    blocked: Mapping[int, str] = field(default_factory=dict)
    drifted: Mapping[int, str] = field(default_factory=dict)
    conflict: str | None = None
    why: str = ""
    winner: int | None = None


Echo = Callable[[Showing, Value], Value]
"""What a member would show if it were told a value; raises Unsaid where it cannot be."""


def decide(given: Sequence[Showing], policy: Policy, echo: Echo) -> Decision:
    """What shall be done about one field; the members may come in any order."""
    members = sorted(given, key=lambda one: one.member)
    unread = {one.member: one.unsaid for one in members if one.unsaid is not None and one.source}
    if unread:
        return Decision(drifted=unread, why="not understood")
    judged = [one for one in members if one.ground is not Ground.NEW]
    if not judged:
        return _first(members, policy, echo)
    fresh = [one for one in members if one.ground is Ground.NEW]
    changed = [one for one in judged if one.source and one.changed]
    if fresh:
        return _joining(members, judged, changed, fresh, policy, echo)
    return _judged(members, changed, policy, echo)


def told(
    members: Sequence[Showing], value: Value, why: str, echo: Echo, winner: Showing | None = None
) -> Decision:
    """All members shall hold ``value``: who is told, who holds it already, who cannot be told."""
    writes: dict[int, Value] = {}
    blocked: dict[int, str] = {}
    fine: set[int] = set()
    for one in members:
        try:
            if one is winner or one.value == value or one.value == echo(one, value):
                fine.add(one.member)
            elif not one.sink:
                blocked |= {one.member: f"{one.connection} is only read"} if one.source else {}
            elif one.bar is not None:
                blocked[one.member] = one.bar
            else:
                writes[one.member] = value
        except Unsaid as reason:
            if one.sink:
                blocked[one.member] = reason.reason
    return Decision(
        writes, frozenset(fine), blocked, why=why, winner=winner.member if winner is not None else None
    )


def agree(members: Sequence[Showing], value: Value, echo: Echo) -> bool:
    """Whether all of them show ``value``, as far as their tools can hold it."""
    decision = told(members, value, "", echo)
    return not decision.writes and not decision.blocked


# ---- records that have just been linked ----------------------------------------------------------------------------


def _first(members: Sequence[Showing], policy: Policy, echo: Echo) -> Decision:
    sources = [one for one in members if one.source]
    if policy.merge and len(sources) > 1:
        union = _union(sources)
        return _each(members, union, frozenset(), "joined when first linked", echo)
    for one in sources:
        if agree(members, one.value, echo):
            return told(members, one.value, "they agree", echo, one)
    given = [one for one in sources if not nothing(one.value)]
    if not given:
        return Decision(fine=frozenset(one.member for one in members), why="nothing to tell")
    if len(given) == 1 or agree(given, given[0].value, echo):
        return told(members, given[0].value, f"only {given[0].connection} has a value", echo, given[0])
    chosen = next((one for one in given if one.connection == policy.first), None)
    if chosen is not None:
        return told(members, chosen.value, f"first = {chosen.connection}", echo, chosen)
    return Decision(conflict="they differed when they were first linked")


def _joining(
    members: Sequence[Showing],
    judged: Sequence[Showing],
    changed: Sequence[Showing],
    fresh: Sequence[Showing],
    policy: Policy,
    echo: Echo,
) -> Decision:
    """A record comes to a group that has agreed before: what the group holds is settled first."""
    if policy.merge:
        added, removed = _differences(judged, changed)
        brought = _union([one for one in fresh if one.source])
        common = _consensus(judged) or judged[0]
        added |= brought | (_elements(common.value) - removed)
        return _each(members, added, removed - added, "a newcomer joined", echo)
    if changed:
        settled = _judged(judged, changed, policy, echo)
        if settled.conflict is not None:
            return settled
        speaker = next((one for one in judged if one.member == settled.winner), changed[0])
    else:
        speaker = _consensus(judged) or judged[0]
    newcomer = next((one for one in fresh if one.source and not nothing(one.value)), None)
    if newcomer is None or agree(fresh, speaker.value, echo):
        return told(members, speaker.value, f"{speaker.connection} tells the newcomer", echo, speaker)
    if nothing(speaker.value) or policy.first == newcomer.connection:
        return told(members, newcomer.value, f"{newcomer.connection} came with it", echo, newcomer)
    if policy.first is not None:
        return told(members, speaker.value, f"{speaker.connection} tells the newcomer", echo, speaker)
    return Decision(conflict="the newcomer differed when it was linked")


# ---- records that have agreed before -------------------------------------------------------------------------------


def _judged(members: Sequence[Showing], changed: Sequence[Showing], policy: Policy, echo: Echo) -> Decision:
    if policy.merge:
        return _merged(members, changed, echo)
    common = _consensus(members)
    if not changed:
        behind = any(one.ground is Ground.BEHIND for one in members)
        if behind and common is not None:
            return told(members, common.value, "told again", echo, common)
        return _quiet(members)
    rivals = list(changed)
    if common is not None and any(one.ground is Ground.BEHIND for one in changed):
        rivals.append(common)  # what they had not been told yet competes with what they changed
    leader = next((one for one in rivals if agree(rivals, one.value, echo)), None)
    if leader is not None:
        return told(members, leader.value, f"changed in {leader.connection}", echo, leader)
    chosen = _preferred(rivals, policy) or _newest(rivals, policy)
    if chosen is None:
        return Decision(conflict=f"changed in {_names(rivals)}")
    rule = "preferred" if policy.prefer else "the newest"
    return told(
        members, chosen.value, f"changed in {_names(rivals)}; {chosen.connection} is {rule}", echo, chosen
    )


def _consensus(members: Sequence[Showing]) -> Showing | None:
    """A source that shows what all who are not behind have agreed on."""
    return next(
        (one for one in members if one.source and one.ground is Ground.JUDGED and not one.changed), None
    )


def _quiet(members: Sequence[Showing]) -> Decision:
    """Nobody who counts changed anything. A copy that somebody edited is reported, and stays until its source moves.

    Nobody needs to hear of one that is archived.
    """
    drifted = {
        one.member: f"{one.connection} only receives this field, and it was edited there"
        for one in members
        if not one.source and one.sink and one.changed and one.bar != ""
    }
    return Decision(drifted=drifted, why="edited where it is only received" if drifted else "")


def _preferred(rivals: Sequence[Showing], policy: Policy) -> Showing | None:
    by_name = {one.connection: one for one in reversed(rivals)}
    return next((by_name[name] for name in policy.prefer if name in by_name), None)


def _newest(rivals: Sequence[Showing], policy: Policy) -> Showing | None:
    dated = [(one.changed_at, one) for one in rivals if one.changed_at is not None]
    if not policy.newest or len(dated) < len(rivals):
        return None
    (first, latest), (second, _), *_rest = sorted(dated, key=lambda pair: pair[0], reverse=True)
    return latest if first - second >= TOLERANCE else None


def _names(members: Sequence[Showing]) -> str:
    return " and ".join(sorted({one.connection for one in members}))


# ---- sets ----------------------------------------------------------------------------------------------------------


def _merged(members: Sequence[Showing], changed: Sequence[Showing], echo: Echo) -> Decision:
    """What was added and removed since each base, together; adding beats removing."""
    added, removed = _differences(members, changed)
    behind = any(one.ground is Ground.BEHIND for one in members)
    if not added and not removed and not behind:
        return _quiet(members)
    why = f"changed in {_names(changed)}" if changed else "told again"
    return _each(members, added, removed - added, why, echo)


def _differences(
    members: Sequence[Showing], changed: Sequence[Showing]
) -> tuple[frozenset[Value], frozenset[Value]]:
    added: frozenset[Value] = frozenset()
    removed: frozenset[Value] = frozenset()
    for one in changed:
        added |= _elements(one.value) - _elements(one.base)
        removed |= _elements(one.base) - _elements(one.value)
    common = _consensus(members)
    for one in members:
        if one.ground is Ground.BEHIND and common is not None:
            added |= _elements(common.value) - _elements(one.base)
            removed |= _elements(one.base) - _elements(common.value)
    return added, removed


def _each(
    members: Sequence[Showing], added: frozenset[Value], removed: frozenset[Value], why: str, echo: Echo
) -> Decision:
    """Everyone keeps what it has, but for what is added and removed."""
    whole = Decision(why=why)
    for one in members:
        wanted = (_elements(one.value) | added) - removed
        own = told([one], wanted, why, echo)
        whole = replace(
            whole,
            writes={**whole.writes, **own.writes},
            fine=whole.fine | own.fine,
            blocked={**whole.blocked, **own.blocked},
        )
    return whole


def _union(members: Sequence[Showing]) -> frozenset[Value]:
    return frozenset[Value]().union(*(_elements(one.value) for one in members))


def _elements(value: Value) -> frozenset[Value]:
    return value if isinstance(value, frozenset) else frozenset()
