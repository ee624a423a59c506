"""From what is known to what shall be done. Pure: the same knowledge gives the same plan, byte for byte.

A `Group` and a `Tongue` are everything the planner may know, loaded beforehand; nothing here reads a clock, a file or a
tool. `plan_group` plans one group, `syncline.sync.step` each of its fields, `syncline.sync.match` who belongs together
and who needs a counterpart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from syncline.config.sync import NoteRule
from syncline.model import Visibility
from syncline.sync.blocks import Block
from syncline.sync.conditions import Subject, holds
from syncline.sync.group import (
    BACKLINKS,
    COMMENTS,
    FieldStep,
    File,
    Group,
    GroupPlan,
    Hold,
    Member,
    NoteDue,
    Tongue,
)
from syncline.sync.relating import relations_step
from syncline.sync.step import raw_of, step_of
from syncline.sync.talking import sayings
from syncline.sync.wording import filled
from syncline.target import AddRemove, Backlink, Change


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
        following = _following(block, here)
        if following or len(here) < 2:
            return GroupPlan(block.name, group, rest="gone", archive=following)
    steps = [step_of(rule, group, here, tongue) for rule in block.rules if not rule.on_create]
    if block.config.backlink or block.files is not None:
        steps.append(_backlinks(block, group, here, tongue))
    steps.append(relations_step(block, group, here, tongue))
    known = tuple(step for step in steps if step is not None)
    says, unsaid = sayings(block, group, here, tongue)
    muted = {*unsaid, *(say.member for say in says)}
    closes = tuple(
        hold.number
        for hold in group.holds
        if not _still_held(known, hold) and not (hold.name == COMMENTS and hold.member in muted)
    )
    notes, marks = _notes(block, here, tongue)
    return GroupPlan(
        block.name,
        group,
        tuple(step for step in known if not step.quiet),
        closes=closes,
        notes=notes,
        marks=marks,
        says=says,
        unsaid=unsaid,
    )


def _notes(
    block: Block, here: Sequence[Member], tongue: Tongue
) -> tuple[tuple[NoteDue, ...], dict[int, dict[str, Any]]]:
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
                reach = tongue.sides[one.connection].reach(_for_customers(rule, other))
                due.append(NoteDue(one.number, key, _worded(rule.text, other), marker, reach))
            elif seen is None:
                marks.setdefault(one.number, {})[key] = [other is not None]
    return tuple(due), marks


def _for_customers(rule: NoteRule, other: Member) -> bool:
    """Whether customers may read a note; never one about what even the team does not all see."""
    return rule.visibility == "customer" and other.data.get("visibility") != Visibility.PRIVATE.value


def _meets(rule: NoteRule, other: Member) -> bool:
    return holds(
        rule.when, Subject(other.ref.kind.value, other.data, other.container, words=other.title or "")
    )


def _worded(text: str, other: Member) -> str:
    known = {"key": other.label, "title": other.title or "", "url": other.url or ""}
    return filled(text, known)


def _still_held(steps: Sequence[FieldStep], hold: Hold) -> bool:
    for step in steps:
        if step.name == hold.name:
            if hold.kind == "conflict":
                return step.conflict is not None
            return hold.member in step.behind or hold.member in step.drift or hold.member in step.changes
    return False


def _backlinks(block: Block, group: Group, here: Sequence[Member], tongue: Tongue) -> FieldStep | None:
    """Every member shows the others, and their files, by its tool's own link object; the base remembers which."""
    changes: dict[int, Change] = {}
    for one in here:
        side = tongue.sides[one.connection]
        if one.archived or one.connection not in tongue.writable or BACKLINKS not in side.writes:
            continue
        shown = (one.base.get(BACKLINKS) or [{}])[0]
        wanted = [backlink_to(other) for other in here if other is not one and other.url]
        files = _files(block, group, one, here)
        links = [
            *(wanted if block.config.backlink else ()),
            *(_link_to(file) for file in files if not file.gone),
        ]
        new = tuple(link for link in links if shown.get(link.id) != link.url)
        old = tuple(link for file in files if file.gone and (link := _link_to(file)).id in shown)
        if new or old:
            changes[one.number] = AddRemove(new, old)
    if not changes:
        return None
    return FieldStep(BACKLINKS, changes, before=dict.fromkeys(changes, ()), why="linked")


def _files(block: Block, group: Group, one: Member, here: Sequence[Member]) -> list[File]:
    """The files of the others that a member shows; what it has by itself, or as a link already, is left out."""
    rule = block.files
    if rule is None or one.connection not in rule.sinks:
        return []
    own = {file.url for file in group.files.get(one.number, ())}
    return [
        file
        for other in here
        if other.connection != one.connection and other.connection in rule.sources
        if not block.about or group.number in (one.number, other.number)
        for file in group.files.get(other.number, ())
        if file.url not in own
    ]


def _link_to(file: File) -> Backlink:
    """The link to a file; its id is the same for ever."""
    return Backlink(str(uuid5(NAMESPACE_URL, f"syncline:{file.ref}")), file.url, file.title, "attachment")


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


def _following(block: Block, here: Sequence[Member]) -> tuple[int, ...]:
    """Who is archived because its counterpart is gone: only what nobody changed meanwhile."""
    if block.config.gone != "archive" or block.about:
        return ()
    return tuple(one.number for one in here if not one.archived and not _edited(block, one))


def _edited(block: Block, one: Member) -> bool:
    """Whether a member shows something else than when its group last agreed."""
    return any(raw_of(one, rule) != one.base[rule.name][0] for rule in block.rules if one.base.get(rule.name))
