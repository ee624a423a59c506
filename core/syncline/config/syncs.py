"""What a ``[[sync]]`` block must hold beside its form: that it can be obeyed, and that no two contradict each other."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from syncline.config.problems import Place, Problem, unknown_key
from syncline.config.values import nearest
from syncline.model import RelationType

if TYPE_CHECKING:
    from syncline.config.document import Config
    from syncline.config.sync import Sync

CROSSING = frozenset(
    {
        "title",
        "description",
        "status",
        "priority",
        "assignees",
        "labels",
        "due_on",
        "start_on",
        "estimate",
        "parent",
        "components",
    }
)
"""Common fields that a block can keep in agreement, beside the company's own."""
BESIDE = frozenset({"comments", "attachments", "relations"})
"""What crosses as records of its own, not as a field's value."""
CHILDREN = {"comments": ("signature", "visibility"), "attachments": ("as",)}
"""Of these, what a rule may say beside its direction."""
TOLD = ("comments", "status")
"""What customers may be told of, where a rule and the connection both say so."""


RELATION_TYPES = frozenset(type_.value for type_ in RelationType)


def sync_problems(config: Config) -> Iterator[Problem]:
    """Everything about the blocks that their models cannot see."""
    for number, sync in enumerate(config.sync):
        place: Place = ("sync", number)
        yield from _fields(place, sync, config)
        yield from _rows(place, sync)
        yield from _customers(place, sync, config)
    yield from _governed_twice(config.sync)


def unbuilt(config: Config) -> Iterator[Problem]:
    """What blocks ask for and nothing obeys yet: refused, because a promise ignored is a lie."""
    for number, sync in enumerate(config.sync):
        place: Place = ("sync", number)
        for name, rule in sync.fields.items():
            if rule.as_ == "copy":
                yield Problem((*place, "fields", name, "as"), "not built yet")


def missing_files(config: Config) -> Iterator[Problem]:
    """Templates that cannot be read: said before a run begins, and not when the first counterpart is made."""
    for number, sync in enumerate(config.sync):
        for turn, create in enumerate(sync.create):
            if create.body is None:
                continue
            place: Place = ("sync", number, "create", turn, "body")
            try:
                create.body.read_text("utf-8")
            except OSError as error:
                yield Problem(place, f"{create.body} cannot be read: {os.strerror(error.errno or 0)}")
            except UnicodeDecodeError:
                yield Problem(place, f"{create.body} is not UTF-8 text")


def _fields(place: Place, sync: Sync, config: Config) -> Iterator[Problem]:
    known = {*CROSSING, *config.fields}
    for name, rule in sync.fields.items():
        if name not in known and name not in BESIDE:
            yield unknown_key((*place, "fields", name), {*known, *BESIDE})
        if rule.from_ and "." in rule.from_:
            other = rule.from_.partition(".")[2]
            if other not in known:
                text = f'no field is named "{other}"; {nearest(other, known)}'
                yield Problem((*place, "fields", name, "from"), text)
    for name in sorted(sync.fields.keys() & CHILDREN.keys()):
        yield from _children((*place, "fields", name), sync, name)
    if "relations" in sync.fields:
        yield from _relations((*place, "fields", "relations"), sync)
    if "status" in sync.fields and not sync.status:
        rows = ", ".join(f"{name} = [...]" for name in sync.between)
        yield Problem((*place, "fields", "status"), f"crosses only by rows: status = [ {{ {rows} }} ]")


def _children(place: Place, sync: Sync, name: str) -> Iterator[Problem]:
    """Nobody wins where everybody's stays, and of many that are about one, none hears of the others."""
    rule = sync.fields[name]
    given = rule.model_dump(by_alias=True, exclude_defaults=True)
    for key in sorted(given.keys() - {"from", "to", *CHILDREN[name]}):
        yield Problem((*place, key), f"means nothing for {name}: each has one origin")
    if rule.from_ and "." in rule.from_:
        yield Problem((*place, "from"), f"{name} come from {name}: name the connection alone")
    if sync.link == "about" and not rule.from_:
        ways = " or ".join(f'"{one}"' for one in sync.between)
        yield Problem(place, f"cross one way where many are about one: {name} = {{ from = {ways} }}")


def _relations(place: Place, sync: Sync) -> Iterator[Problem]:
    """They are merged one by one, and stand between pieces of work, not between what is about one."""
    rule = sync.fields["relations"]
    given = rule.model_dump(by_alias=True, exclude_defaults=True)
    for key in sorted(given.keys() - {"from", "to", "only", "except", "visibility"}):
        yield Problem((*place, key), "means nothing for relations: each is added and taken away by itself")
    for key, types in (("only", rule.only), ("except", rule.except_)):
        for name in types or ():
            if name not in RELATION_TYPES:
                text = f'no relation is named "{name}"; {nearest(name, RELATION_TYPES)}'
                yield Problem((*place, key), text)
    if rule.from_ and "." in rule.from_:
        yield Problem((*place, "from"), "relations come from relations: name the connection alone")
    if rule.to and not rule.from_ and len(sync.between) - len(rule.to) > 1:
        yield Problem((*place, "to"), "say which connection they come from, too")
    if sync.link == "about":
        yield Problem(place, "cross only between records that are the same work")


def _customers(place: Place, sync: Sync, config: Config) -> Iterator[Problem]:
    """What customers shall read must be allowed by the connection, too, and be written for them."""
    for name, rule in sync.fields.items():
        here = (*place, "fields", name, "visibility")
        if rule.visibility is not None and name not in TOLD:
            yield Problem(here, f"means nothing for {name}: customers are told of {' and '.join(TOLD)}")
        elif rule.visibility == "customer":
            told = [one for one in rule.to or sync.between if one != (rule.from_ or "").partition(".")[0]]
            yield from _allowed(here, told, config)
    for number, note in enumerate(sync.note):
        if note.visibility == "customer":
            here = (*place, "note", number)
            yield from _allowed((*here, "visibility"), [note.to], config)
            if "{title}" in note.text:
                text = "a title was written for the team: customers read a note without {title}"
                yield Problem((*here, "text"), text)


def _allowed(place: Place, told: list[str], config: Config) -> Iterator[Problem]:
    known = [config.connections[name] for name in told if name in config.connections]
    if known and not any(one.customer_visible for one in known):
        names = " or ".join(f"[connections.{name}]" for name in told)
        yield Problem(place, f'"customer" needs customer_visible = true in {names}, too')


def _rows(place: Place, sync: Sync) -> Iterator[Problem]:
    """A native name means one thing."""
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(sync.status):
        for connection, names in row.items():
            for name in names:
                if (connection, name) in seen:
                    other = seen[connection, name] + 1
                    yield Problem(
                        (*place, "status"),
                        f'"{name}" of {connection} stands in rows {other} and {number + 1}',
                    )
                seen.setdefault((connection, name), number)


def _governed_twice(syncs: tuple[Sync, ...]) -> Iterator[Problem]:
    for (one, first), (other, second) in combinations(enumerate(syncs), 2):
        shared = set(first.between) & set(second.between)
        fields = sorted(set(first.fields) & set(second.fields))
        if len(shared) > 1 and fields and first.link == second.link and not _apart(first, second, shared):
            names = " and ".join(sorted(shared))
            yield Problem(
                ("sync", other, "fields", fields[0]),
                f"is governed between {names} by {first.name}, too (block {one + 1})",
            )


def _apart(first: Sync, second: Sync, shared: set[str]) -> bool:
    """Whether the pairs of two blocks name no container in common."""
    if not first.pair or not second.pair:
        return False
    return all(_keys(first.pair, name).isdisjoint(_keys(second.pair, name)) for name in shared)


def _keys(pairs: tuple[Mapping[str, tuple[str, ...]], ...], name: str) -> set[str]:
    return {key for pair in pairs for key in pair.get(name, ())}
