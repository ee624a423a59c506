"""A ``[[sync]]`` block as the planner reads it: every rule resolved, every default filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncline.config.sync import Create, FieldRule, NoteRule, Sync
from syncline.config.syncs import BESIDE
from syncline.sync.merge import Policy
from syncline.sync.values import CROSSING, SETS

SIGNATURE = "{author} in {tool}:"


@dataclass(frozen=True)
class FieldPlanRule:
    """How one field crosses. ``sources`` and ``sinks`` are connections; ``source_field`` is what is read there."""

    name: str
    policy: Policy
    sources: frozenset[str]
    sinks: frozenset[str]
    source_field: str
    own: bool
    """It is a field of the company's."""
    only: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    on_create: bool = False
    to_customers: bool = False
    """Customers may be told, where the connection allows it, too."""

    def field_of(self, connection: str) -> str:
        """The field that is read in a connection."""
        return self.source_field if connection in self.sources else self.name


@dataclass(frozen=True)
class TalkRule:
    """How comments cross: from ``sources`` to ``sinks``, under a line that says whose words they are.

    ``to_customers``: what customers read on one side they may read on the other, where the connection allows it, too.
    """

    sources: frozenset[str]
    sinks: frozenset[str]
    signature: str
    to_customers: bool = False


@dataclass(frozen=True)
class FileRule:
    """Which connections' files are shown where, by links."""

    sources: frozenset[str]
    sinks: frozenset[str]


@dataclass(frozen=True)
class Block:
    """One block. ``rows`` are its status rows: for each connection the names, of which the first is written."""

    name: str
    between: tuple[str, ...]
    about: bool
    mode: str
    rules: tuple[FieldPlanRule, ...]
    rows: tuple[Mapping[str, tuple[str, ...]], ...]
    pairs: tuple[Mapping[str, tuple[str, ...]], ...]
    creates: tuple[Create, ...]
    notes: tuple[NoteRule, ...]
    first: str | None
    config: Sync = field(repr=False)
    comments: TalkRule | None = None
    files: FileRule | None = None
    relations: FieldPlanRule | None = None

    def statuses(self, connection: str) -> dict[str, int]:
        """Native names of a connection by row."""
        return {name: number for number, row in enumerate(self.rows) for name in row.get(connection, ())}

    def written(self, connection: str) -> dict[int, str]:
        """Of each row the name that is written in a connection."""
        return {number: row[connection][0] for number, row in enumerate(self.rows) if connection in row}

    def paired(self, one: str, key: str | None, other: str) -> tuple[str, ...] | None:
        """Keys of the containers of ``other`` that belong to a container of ``one``; None where any may.

        The first pair that names the container decides; the first key is where records are made.
        """
        if not self.pairs:
            return None
        for pair in self.pairs:
            if key in pair.get(one, ()) and other in pair:
                return pair[other]
        return ()


def blocks(syncs: Sequence[Sync], own: Mapping[str, object]) -> list[Block]:
    """The blocks of a configuration; ``own`` are the fields of ``[fields]``."""
    return [_block(sync, own) for sync in syncs]


def fields_read(known: Sequence[Block], connection: str) -> dict[str, dict[str, str]]:
    """By block, of each field that crosses, the field that is read in a connection."""
    return {
        block.name: {rule.name: rule.field_of(connection) for rule in block.rules}
        for block in known
        if connection in block.between
    }


def _block(sync: Sync, own: Mapping[str, object]) -> Block:
    return Block(
        name=sync.name,
        between=sync.between,
        about=sync.link == "about",
        mode=sync.mode,
        rules=tuple(_rules(sync, own)),
        rows=tuple(sync.status),
        pairs=tuple(sync.pair),
        creates=sync.create,
        notes=sync.note,
        first=None if sync.first == "hold" else sync.first,
        config=sync,
        comments=_talk(sync),
        files=_files(sync),
        relations=_relations(sync),
    )


def _talk(sync: Sync) -> TalkRule | None:
    rule = sync.fields.get("comments")
    if rule is None:
        return None
    way = _rule(sync, "comments", rule, own=False)
    signature = SIGNATURE if rule.signature is None else rule.signature
    return TalkRule(way.sources, way.sinks, signature, way.to_customers)


def _files(sync: Sync) -> FileRule | None:
    rule = sync.fields.get("attachments")
    if rule is None:
        return None
    way = _rule(sync, "attachments", rule, own=False)
    return FileRule(way.sources, way.sinks)


def _relations(sync: Sync) -> FieldPlanRule | None:
    rule = sync.fields.get("relations")
    return None if rule is None else _rule(sync, "relations", rule, own=False)


def _rules(sync: Sync, own: Mapping[str, object]) -> Iterator[FieldPlanRule]:
    for name, rule in sync.fields.items():
        if name not in BESIDE:
            yield _rule(sync, name, rule, name in own and name not in CROSSING)


def _rule(sync: Sync, name: str, rule: FieldRule, own: bool) -> FieldPlanRule:
    every = frozenset(sync.between)
    sources, sinks, source_field = every, every, name
    if rule.from_:
        origin, _, other = rule.from_.partition(".")
        sources, sinks, source_field = frozenset({origin}), every - {origin}, other or name
    if rule.to:
        sinks = frozenset(rule.to)
        sources = sources - sinks if not rule.from_ else sources
    policy = Policy(
        prefer=rule.prefer or (),
        newest=rule.conflict == "newest",
        first=None if sync.first == "hold" else sync.first,
        merge=name in SETS and sources == every and name != "assignees",
    )
    return FieldPlanRule(
        name,
        policy,
        sources,
        sinks,
        source_field,
        own,
        frozenset(rule.only or ()),
        frozenset(rule.except_ or ()),
        rule.on == "create",
        rule.visibility == "customer",
    )
