"""A plan as JSON: what a person reads, what ``plan -o`` saves, and what ``apply`` carries out exactly or refuses.

The same plan is the same text. What a saved plan says of a record is checked against the database before anything is
written, and by the tool's own connector before each write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic_core import to_json

from syncline.errors import ConfigError
from syncline.model import Visibility
from syncline.sync.changes import decoded, encoded
from syncline.sync.group import RELATIONS, FieldStep, Group, GroupPlan, Member, Say
from syncline.sync.making import title_of
from syncline.sync.match import Join, Loose, Make
from syncline.sync.planner import BlockPlan
from syncline.sync.relating import sayings_of
from syncline.sync.values import as_json

VERSION = 1


def document(
    plans: Sequence[BlockPlan], fingerprints: Mapping[str, str], marks: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Everything that the plans would do, in an order that does not depend on how they were made.

    ``marks`` are those of `syncline.sync.marking.document`.
    """
    whole = {
        "version": VERSION,
        "blocks": [_block(plan, fingerprints[plan.block.name]) for plan in plans],
        "marks": [dict(one) for one in marks],
    }
    return whole | {"digest": digest(whole)}


def digest(whole: Mapping[str, Any]) -> str:
    """Of a plan without its digest."""
    return hashlib.blake2b(to_json({**whole, "digest": None}), digest_size=8).hexdigest()


def _block(plan: BlockPlan, fingerprint: str) -> dict[str, Any]:
    counts = plan.counts
    return {
        "block": plan.block.name,
        "mode": plan.block.mode,
        "fingerprint": fingerprint,
        "counts": {
            "links": len(plan.joins),
            "creates": counts.creates,
            "updates": counts.updates,
            "removals": counts.removals,
        },
        "links": [_join(plan, join) for join in plan.joins],
        "creates": [_make(plan, make) for make in plan.makes],
        "groups": [_group(group) for group in plan.groups if group.steps or group.archive or group.says],
        "suggestions": [
            {
                "record": _label(plan, one.one),
                "candidates": list(one.candidates),
                "reason": one.reason,
            }
            for one in plan.suggestions
        ],
        "unplaced": [
            {"record": _label(plan, one.source), "connection": one.connection, "reason": one.reason}
            for one in plan.unplaced
        ],
    }


def _label(plan: BlockPlan, number: int) -> str:
    one = plan.loose.get(number)
    return (one.key or one.title or str(one.ref)) if one else str(number)


def _join(plan: BlockPlan, join: Join) -> dict[str, Any]:
    return {
        "one": join.one,
        "other": join.other,
        "group": plan.homes[join],
        "origin": join.origin,
        "evidence": join.evidence,
        "label": _label(plan, join.one),
    }


def _make(plan: BlockPlan, make: Make) -> dict[str, Any]:
    source = plan.loose[make.source]
    return {
        "source": make.source,
        "label": source.key or source.title,
        "title": title_of(make, source),
        "connection": make.connection,
        "container": make.container,
        "marker": make.marker,
        "rule": plan.block.creates.index(make.rule),
    }


def _group(plan: GroupPlan) -> dict[str, Any]:
    return {
        "group": plan.group.number,
        "members": [
            {"record": one.number, "ref": str(one.ref), "connection": one.connection, "label": one.label}
            for one in plan.group.members
        ],
        "archive": list(plan.archive),
        "closes": list(plan.closes),
        "steps": [_step(step) for step in plan.steps],
        "says": [asdict(say) for say in plan.says],
    }


def _step(step: FieldStep) -> dict[str, Any]:
    return {
        "field": step.name,
        "changes": {str(number): encoded(change) for number, change in sorted(step.changes.items())},
        "before": {str(number): as_json(raw) for number, raw in sorted(step.before.items())},
        "settled": {str(number): raw for number, raw in sorted(step.settled.items())},
        "then": {str(number): raw for number, raw in sorted(step.then.items())},
        "behind": {str(number): reason for number, reason in sorted(step.behind.items())},
        "drift": {str(number): reason for number, reason in sorted(step.drift.items())},
        "conflict": step.conflict,
        "shown": dict(step.shown),
        "why": step.why,
        "answered": step.answered,
    }


# ---- and back ------------------------------------------------------------------------------------------------------


def checked(whole: Any, name: str) -> Mapping[str, Any]:
    """A saved plan as it was saved; raises ConfigError where it is none, or was edited."""
    if not isinstance(whole, Mapping) or whole.get("version") != VERSION or "blocks" not in whole:
        raise ConfigError(f"{name} is not a saved plan", hint="write one with `syncline plan -o FILE`")
    if whole.get("digest") != digest({key: value for key, value in whole.items() if key != "digest"}):
        raise ConfigError(
            f"{name} was edited after it was saved", hint="plan again; a plan is applied as it is"
        )
    return whole


def steps_of(saved: Mapping[str, Any]) -> tuple[FieldStep, ...]:
    """The steps of a saved group."""
    return tuple(_read_step(step) for step in saved["steps"])


def says_of(saved: Mapping[str, Any]) -> tuple[Say, ...]:
    """What a saved group shall say."""
    return tuple(Say(**say) for say in saved["says"])


def _read_step(saved: Mapping[str, Any]) -> FieldStep:
    name = saved["field"]
    return FieldStep(
        name,
        {int(number): _change(name, change) for number, change in saved["changes"].items()},
        before={int(number): raw for number, raw in saved["before"].items()},
        settled={int(number): raw for number, raw in saved["settled"].items()},
        behind={int(number): reason for number, reason in saved["behind"].items()},
        drift={int(number): reason for number, reason in saved["drift"].items()},
        conflict=saved["conflict"],
        shown=saved["shown"],
        why=saved["why"],
        answered=saved["answered"],
        then={int(number): raw for number, raw in saved["then"].items()},
    )


WAYS = ("add", "remove")


def _change(name: str, change: Mapping[str, Any]) -> Any:
    if name == "backlinks":
        from syncline.target import AddRemove, Backlink

        return AddRemove(*(tuple(Backlink(**one) for one in change[way]) for way in WAYS))
    return decoded(name, change)


def stale(saved: Mapping[str, Any], group: Group, raw: Any) -> str | None:
    """Why a saved group cannot be applied any more; ``raw`` gives what a member shows in a field now."""
    known = {one.number: one for one in group.members}
    for step in saved["steps"]:
        for number, shown in step["shown"].items():
            one = known.get(int(number))
            if one is None:
                return f"record {number} is not in the group any more"
            if raw(one, step["field"]) != shown:
                return f"{one.label} of {one.connection} shows another {step['field']} than the plan saw"
    return None


# ---- for people ----------------------------------------------------------------------------------------------------

SAMPLES = 5


def lines(plan: BlockPlan) -> Iterator[str]:
    """A plan in words: counts, and a few samples of each kind."""
    counts = plan.counts
    parts = [
        (len(plan.joins), "link"),
        (counts.creates, "create"),
        (counts.updates, "update"),
        (counts.removals, "removal"),
        (len(plan.suggestions), "question"),
    ]
    told = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number]
    yield f"{plan.block.name} ({plan.block.mode}): {', '.join(told) or 'nothing to do'}"
    for group in (_links, _creates, _updates, _conflicts, _suggestions, _unplaced):
        found = list(group(plan))
        yield from (f"  {line}" for line in found[:SAMPLES])
        if len(found) > SAMPLES:
            yield f"  … and {len(found) - SAMPLES} more"


def _links(plan: BlockPlan) -> Iterator[str]:
    for join in plan.joins:
        yield f"link {_label(plan, join.one)} = {join.evidence} (by {join.origin})"


def _creates(plan: BlockPlan) -> Iterator[str]:
    for make in plan.makes:
        source: Loose = plan.loose[make.source]
        yield (
            f"create in {make.connection}:{make.container} “{title_of(make, source)}” "
            f"for {source.key or source.ref.remote_id} of {source.connection}"
        )


def _updates(plan: BlockPlan) -> Iterator[str]:
    for group in plan.groups:
        by_number = {one.number: one for one in group.group.members}
        for step in group.steps:
            for number, change in sorted(step.changes.items()):
                yield _told(by_number[number], step, encoded(change))
        for say in group.says:
            if say.writes:
                one = by_number[say.member]
                read = " that customers read" if say.visibility == Visibility.CUSTOMER.value else ""
                yield f"{say.how} a comment{read} on {one.label} of {one.connection}: {short(say.text)}"
        for number in group.archive:
            yield f"archive {by_number[number].label} of {by_number[number].connection}: its counterpart is gone"


SHOWN = (("add", "show"), ("remove", "show no longer"))


def _told(one: Member, step: FieldStep, change: Mapping[str, Any]) -> str:
    if step.name == "backlinks":
        told = [
            f"{word} {', '.join(one['title'] for one in change[way])}" for way, word in SHOWN if change[way]
        ]
        return f"update {one.label} of {one.connection}: {'; '.join(told)}"
    if step.name == RELATIONS:
        return f"update {one.label} of {one.connection}: {', '.join(sayings_of(change))} ({step.why})"
    before = short(step.before[one.number])
    if "add" in change:
        what = " ".join([*(f"+{word}" for word in change["add"]), *(f"-{word}" for word in change["remove"])])
    else:
        what = f"{before} → {short(change.get('set', change.get('move')))}"
    return f"update {one.label} of {one.connection}, {step.name}: {what} ({step.why})"


def _conflicts(plan: BlockPlan) -> Iterator[str]:
    for group in plan.groups:
        label = " = ".join(one.label for one in group.group.members)
        for step in group.steps:
            if step.conflict:
                yield f"conflict {label}, {step.name}: {step.conflict}"
            for number, reason in sorted({**step.behind, **step.drift}.items()):
                one = next(one for one in group.group.members if one.number == number)
                if reason:
                    yield f"blocked {one.label} of {one.connection}, {step.name}: {reason}"
        for number, reason in group.unsaid.items():
            one = next(one for one in group.group.members if one.number == number)
            yield f"blocked {one.label} of {one.connection}, comments: {reason}"


def _suggestions(plan: BlockPlan) -> Iterator[str]:
    for one in plan.suggestions:
        yield f"question {_label(plan, one.one)}: {one.reason} — `syncline suggest` lists them"


def _unplaced(plan: BlockPlan) -> Iterator[str]:
    for one in plan.unplaced:
        yield f"blocked {_label(plan, one.source)}: {one.reason}"


def short(value: Any) -> str:
    """A value on one short line."""
    if isinstance(value, Mapping) and "source" in value:
        from syncline.model import Text, TextFormat
        from syncline.text import excerpt

        return f"“{excerpt(Text(format=TextFormat(value['format']), source=value['source']), 40)}”"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "nothing"
    if value is None or value == "":
        return "nothing"
    text = str(value)
    return f"“{text[:40]}…”" if len(text) > 41 else f"“{text}”"
