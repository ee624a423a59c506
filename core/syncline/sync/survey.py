"""What can be said of a block before its first write: statuses without a row, fields nobody takes, what a create lacks.

Pure: from the configuration, from what connectors declare and from what their containers are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncline.config import ConnectionConfig
from syncline.config.sync import Create
from syncline.connector import Capabilities, Description
from syncline.model import Kind, Status, StatusCategory
from syncline.status import StatusMap
from syncline.sync.blocks import Block, FieldPlanRule

ORDER = tuple(StatusCategory)


@dataclass(frozen=True)
class Survey:
    """A connection as the tool describes it: its containers by key."""

    config: ConnectionConfig
    capabilities: Capabilities
    containers: Mapping[str, Description] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """One sentence; ``wrong``: the configuration must say otherwise before anything can work."""

    text: str
    wrong: bool = False


def remarks(block: Block, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    """Everything about a block that somebody should know before it writes."""
    known = {name: surveys[name] for name in block.between if name in surveys}
    if any(rule.name == "status" for rule in block.rules):
        yield from _statuses(block, known)
    for rule in block.rules:
        yield from _field(rule, known)
    if block.relations is not None:
        yield from _relations(block.relations, known)
    for create in block.creates:
        yield from _create(block, create, known)
    if block.comments is not None and block.comments.to_customers:
        told = " or ".join(name for name, one in known.items() if one.config.customer_visible)
        yield Remark(
            f"customers will read comments in {told} where customers read the original, too; others stay internal"
        )
    if block.mode == "on" and not any(one.config.access == "write" for one in known.values()):
        yield Remark('mode is "on", but no connection has access = "write"', wrong=True)


# ---- statuses ------------------------------------------------------------------------------------------------------


def _statuses(block: Block, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    for name, survey in surveys.items():
        native = _native(block, name, survey)
        if not native:
            continue
        rows = block.statuses(name)
        for status in native.values():
            if status.name not in rows:
                yield Remark(
                    f'status "{status.name}" of {name} stands in no row; add it to one, or the field is blocked there'
                )
        for word in rows:
            if word not in native:
                yield Remark(f'status "{word}" stands in a row, but {name} has none of that name', wrong=True)


def _native(block: Block, name: str, survey: Survey) -> dict[str, Status]:
    """The statuses of the containers that a block concerns, by name."""
    paired = {key for pair in block.pairs for key in pair.get(name, ())}
    chosen = [one for key, one in survey.containers.items() if not paired or key in paired]
    return {status.name: status for one in chosen for status in one.statuses}


def rows_for(block: Block, surveys: Mapping[str, Survey]) -> list[dict[str, list[str]]]:
    """Rows to start from: what both workflows call the same comes together, else what means the same.

    Those that the configuration has already are kept as they are.
    """
    rows = [{name: list(words) for name, words in row.items()} for row in block.rows]
    placed = {(name, word) for row in rows for name, words in row.items() for word in words}
    fresh: dict[tuple[StatusCategory, str], dict[str, list[str]]] = {}
    for name in block.between:
        if name not in surveys:
            continue
        map_ = StatusMap.of(surveys[name].config)
        for status in _native(block, name, surveys[name]).values():
            if (name, status.name) in placed:
                continue
            read = map_.resolve(status, None)
            category = read.category or StatusCategory.TODO
            group = (category, str(read.refinement or ""))
            fresh.setdefault(group, {}).setdefault(name, []).append(status.name)
    for group in sorted(fresh, key=lambda one: (ORDER.index(one[0]), one[1])):
        rows += _split(fresh[group])
    return rows


def _split(found: Mapping[str, Sequence[str]]) -> list[dict[str, list[str]]]:
    """One row for each name that all have, and one for the rest."""
    common = [word for word in next(iter(found.values())) if all(word in words for words in found.values())]
    rows = [{name: [word] for name in found} for word in common if len(found) > 1]
    used = set(common) if len(found) > 1 else set()
    rest = {name: [word for word in words if word not in used] for name, words in found.items()}
    rest = {name: words for name, words in rest.items() if words}
    return rows + ([rest] if rest else [])


def written(rows: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """Rows as they stand in the file."""
    lines = ["status = ["]
    for row in rows:
        cells = ", ".join(
            f"{name} = [{', '.join(chr(34) + word.replace(chr(34), chr(92) + chr(34)) + chr(34) for word in words)}]"
            for name, words in row.items()
        )
        lines.append(f"  {{ {cells} }},")
    return "\n".join([*lines, "]"])


# ---- fields --------------------------------------------------------------------------------------------------------


def _field(rule: FieldPlanRule, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    takers = [
        name
        for name, one in surveys.items()
        if name in rule.sinks
        and (rule.name in one.capabilities.writes or (rule.own and "fields" in one.capabilities.writes))
    ]
    if not takers:
        yield Remark(f"{rule.name} crosses to nobody: no tool in between takes it", wrong=True)
        return
    for name in takers:
        if rule.own and rule.name not in surveys[name].config.fields:
            yield Remark(
                f"{rule.name} has no field in {name}: name one under [connections.{name}.fields]", wrong=True
            )
        if surveys[name].config.access != "write":
            yield Remark(f'{rule.name} is not written to {name}: it is only read (access = "read")')


def _relations(rule: FieldPlanRule, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    """They cross from a tool that has relations to another that takes them."""
    having = {name for name, one in surveys.items() if Kind.RELATION in one.capabilities.reads}
    taking = {name for name, one in surveys.items() if rule.name in one.capabilities.writes}
    if not any(rule.sinks & taking - {source} for source in rule.sources & having):
        names = " and ".join(sorted(set(surveys) - having - taking))
        why = f"{names} has none" if names else "no tool in between takes them"
        yield Remark(f"relations cross to nobody: {why}", wrong=True)
        return
    for name in sorted(rule.sinks & taking):
        if surveys[name].config.access != "write":
            yield Remark(f'relations are not written to {name}: it is only read (access = "read")')


# ---- creates -------------------------------------------------------------------------------------------------------


def _create(block: Block, create: Create, surveys: Mapping[str, Survey]) -> Iterator[Remark]:
    survey = surveys.get(create.to)
    if survey is None:
        return
    targets = {route.container for route in create.route} or {
        pair[create.to][0] for pair in block.pairs if create.to in pair
    }
    if not targets:
        yield Remark(f"nothing says in which container of {create.to} counterparts are made", wrong=True)
    for key in sorted(targets):
        if key not in survey.containers:
            if survey.containers:
                yield Remark(f"{create.to} has no container {key} that this account sees", wrong=True)
            continue
        yield from _draft(block, create, key, survey.containers[key])


def _draft(block: Block, create: Create, key: str, container: Description) -> Iterator[Remark]:
    if create.type is not None and container.types and create.type not in container.types:
        types = ", ".join(container.types)
        yield Remark(f'{create.to}:{key} has no type "{create.type}"; it has {types}', wrong=True)
        return
    given = {"title", *create.set, *(rule.name for rule in block.rules if create.from_ in rule.sources)}
    if create.body is not None:
        given.add("description")
    forms = container.creation
    form = forms.get(create.type or "") or (next(iter(forms.values())) if len(forms) == 1 else ())
    for info in form:
        own = {info.id, info.name, info.field or ""}
        if info.required and info.writable and own.isdisjoint(given):
            word = info.field or info.name
            yield Remark(
                f"{create.to}:{key} requires {info.name} for a new {create.type or 'record'}: "
                f"let it cross, or give it under [sync.create] set = {{ {word} = … }}",
                wrong=True,
            )
