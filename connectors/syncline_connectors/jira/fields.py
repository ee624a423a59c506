"""Which of a site's fields means what: custom fields are numbered differently on every site."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from syncline.config.connection import FieldCopy
from syncline.errors import ConfigError
from syncline_connectors.jira.values import identity, rows, text, wrong

# ---- how a field is recognised: by the end of `schema.custom`, else by its English name ----

SPRINT = ":gh-sprint"
EPIC_LINK = ":gh-epic-link"
PARENT_LINK = ":jpo-custom-field-parent"
STORY_POINT_ESTIMATE = ":jsw-story-points"
STORY_POINTS = "story points"
FLAGGED = "flagged"
START_DATE = "start date"


class Field(NamedTuple):
    """A field of the site: ``type`` is ``schema.type``, ``custom`` is ``schema.custom``, both empty where not given."""

    id: str
    name: str
    type: str = ""
    custom: str = ""


@dataclass(frozen=True)
class CompanyField:
    """One of the company's own fields: where it is kept, and the company's word for each of the tool's."""

    id: str
    words: Mapping[str, str] = field(default_factory=dict)

    def word(self, native: str) -> str:
        """The company's word; a value that nobody mapped stays as it is."""
        return self.words.get(native.casefold(), native)


@dataclass(frozen=True)
class FieldMap:
    """Field ids by meaning. Where several are listed, the first that holds a value counts."""

    sprint: tuple[str, ...] = ()
    epic: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    estimate: tuple[str, ...] = ()
    start_on: tuple[str, ...] = ()
    company: Mapping[str, CompanyField] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Ids by display name, where only one field bears it: servers' changelogs name custom fields so."""


def parse_catalogue(answer: object) -> tuple[Field, ...]:
    """The fields of ``GET /field``; raises ValueError where the answer makes no sense."""
    return tuple(_field(entry, f"field[{index}]") for index, entry in enumerate(rows(answer, "field")))


def _field(entry: object, path: str) -> Field:
    if not isinstance(entry, dict):
        raise wrong(path, "an object", entry)
    found = identity(entry.get("id"), f"{path}.id")
    schema = entry.get("schema") or {}
    if not isinstance(schema, dict):
        raise wrong(f"{path}.schema", "an object", schema)
    return Field(
        found,
        text(entry.get("name"), f"{path}.name") or found,
        text(schema.get("type"), f"{path}.schema.type") or "",
        text(schema.get("custom"), f"{path}.schema.custom") or "",
    )


def to_memo(catalogue: Iterable[Field]) -> str:
    """The catalogue as one text, to be kept until the next run."""
    return json.dumps(list(catalogue), ensure_ascii=False, separators=(",", ":"))


def from_memo(memo: str | None) -> tuple[Field, ...] | None:
    """The catalogue of an earlier run; None where there is none that can be read."""
    try:
        return tuple(Field(*map(str, entry)) for entry in json.loads(memo or "null") or ()) or None
    except (ValueError, TypeError):
        return None


# ---- from names to ids -------------------------------------------------------------------------------------------


def field_map(
    catalogue: Sequence[Field], configured: Mapping[str, FieldCopy], connection: str = ""
) -> FieldMap:
    """The meaning of the fields, the configured ones first; raises ConfigError for a name that fits none or several."""
    chosen = {name: _chosen(catalogue, name, copy, connection) for name, copy in configured.items()}
    ends = _by_custom(catalogue)
    return FieldMap(
        sprint=ends.get(SPRINT, ()),
        epic=(*ends.get(EPIC_LINK, ()), *ends.get(PARENT_LINK, ())),
        flagged=tuple(f.id for f in catalogue if f.name.casefold() == FLAGGED),
        estimate=_estimate(catalogue, chosen, ends),
        start_on=_start(catalogue, chosen),
        company={
            name: CompanyField(found.id, _words(configured[name]))
            for name, found in chosen.items()
            if name not in ("estimate", "start_on")
        },
        names=_unique_names(catalogue),
    )


def _unique_names(catalogue: Sequence[Field]) -> dict[str, str]:
    number = Counter(f.name for f in catalogue)
    return {f.name: f.id for f in catalogue if number[f.name] == 1}


def _by_custom(catalogue: Sequence[Field]) -> dict[str, tuple[str, ...]]:
    kinds = (SPRINT, EPIC_LINK, PARENT_LINK, STORY_POINT_ESTIMATE)
    return {end: tuple(f.id for f in catalogue if f.custom.endswith(end)) for end in kinds}


def _estimate(
    catalogue: Sequence[Field], chosen: Mapping[str, Field], ends: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The configured field alone; else "Story Points" (company-managed), then "Story point estimate" (team-managed)."""
    if "estimate" in chosen:
        return (chosen["estimate"].id,)
    named = [f.id for f in catalogue if f.name.casefold() == STORY_POINTS and f.type in ("number", "")]
    estimates = ends.get(STORY_POINT_ESTIMATE, ())
    return (*(named if len(named) == 1 else ()), *(estimates if len(estimates) == 1 else ()))


def _start(catalogue: Sequence[Field], chosen: Mapping[str, Field]) -> tuple[str, ...]:
    if "start_on" in chosen:
        return (chosen["start_on"].id,)
    named = tuple(f.id for f in catalogue if f.name.casefold() == START_DATE and f.type in ("date", ""))
    return named if len(named) == 1 else ()


def _chosen(catalogue: Sequence[Field], name: str, copy: FieldCopy, connection: str) -> Field:
    wanted = copy.field
    by_id = [f for f in catalogue if f.id == wanted]
    exact = [f for f in catalogue if f.name == wanted]
    loose = [f for f in catalogue if f.name.casefold() == wanted.casefold()]
    found = by_id or exact or loose
    if len(found) == 1:
        return found[0]
    where = f"connections.{connection}.fields.{name}" if connection else f"fields.{name}"
    if found:
        ids = ", ".join(f"{f.id} ({f.name})" for f in found)
        raise ConfigError(f"{where}: {wanted!r} is the name of several fields", hint=f"write one of: {ids}")
    raise ConfigError(f"{where}: Jira has no field {wanted!r}", hint=_near(catalogue, wanted))


def _near(catalogue: Sequence[Field], wanted: str) -> str:
    names = {f.name.casefold(): f for f in reversed(catalogue)}
    close = difflib.get_close_matches(wanted.casefold(), names, n=3, cutoff=0.5)
    if not close:
        return "doctor lists the fields of every project"
    return "near ones: " + ", ".join(f"{names[key].name!r} ({names[key].id})" for key in close)


def _words(copy: FieldCopy) -> dict[str, str]:
    return {native.casefold(): word for word, natives in copy.values.items() for native in natives}


# ---- reading a value ---------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A field's value as JSON a person can read: the name of an option, user or version, the text of a document."""
    if isinstance(value, dict):
        return _plain_object(value)
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value


_NAMES = ("value", "name", "displayName", "accountId", "key", "id")


def _plain_object(value: dict[str, Any]) -> Any:
    if value.get("type") == "doc":
        return "\n".join(_paragraphs(value))
    named = next((value[key] for key in _NAMES if value.get(key) is not None), None)
    if named is None:
        return value
    child = value.get("child")
    return f"{plain(named)} / {plain(child)}" if isinstance(child, dict) else plain(named)


def _paragraphs(document: dict[str, Any]) -> list[str]:
    """The text of an ADF document, a line for each block that holds text itself; no recursion, bodies may be deep."""
    lines: list[str] = []
    todo: list[Any] = [document]
    while todo:
        node = todo.pop()
        content = node.get("content") if isinstance(node, dict) else None
        if not isinstance(content, list):
            continue
        words = [
            part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)
        ]
        if words:
            lines.append("".join(words))
        todo.extend(reversed(content))
    return lines
