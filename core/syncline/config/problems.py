"""Says in words what is wrong with a configuration. No value of the file is ever repeated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python

from syncline.config.later import Later
from syncline.config.values import nearest
from syncline.errors import ConfigError

Place = tuple[str | int, ...]
"""Keys and positions from the top of the file."""

NAMED_TABLES = frozenset({"connections"})
"""Sections whose tables have a name each."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: ``place`` is the table or key, ``text`` says what."""

    place: Place
    text: str

    @property
    def section(self) -> str:
        """The heading in the file, as in ``[connections.eng]``."""
        return _split(self.place)[0]

    @property
    def key(self) -> str:
        """The key below the heading, dotted; empty where the whole table is meant."""
        return _split(self.place)[1]

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.section} {key}{self.text}".strip()


class InvalidConfig(ConfigError):
    """The file has problems, all of which are told, one a line."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.problems = tuple(problems)


def problems_of(error: ValidationError, model: type[BaseModel], above: Place = ()) -> list[Problem]:
    """What pydantic found in ``model``, which stands at ``above`` in the file."""
    return [_problem(one, model, above) for one in error.errors(include_url=False, include_input=False)]


def _problem(error: ErrorDetails, model: type[BaseModel], above: Place) -> Problem:
    place = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return unknown_key((*above, *place), _keys(_at(model, place[:-1])))
    if error["type"] == "missing":
        return Problem((*above, *place), f"is required{_example(_at(model, place[:-1]), place[-1])}")
    return Problem((*above, *place), _words(error))


def unknown_key(place: Place, known: Iterable[str]) -> Problem:
    """Nobody knows the key at ``place``; ``known`` are the keys that its table may have."""
    if len(place) == 1:
        return Problem((), f"unknown section [{_quoted(place[0])}]; {nearest(str(place[0]), known)}")
    return Problem(place[:-1], f'unknown key "{place[-1]}"; {nearest(str(place[-1]), known)}')


# ---- pydantic's words in ours --------------------------------------------------------------------------

_SENTENCES: Mapping[str, str] = {
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list in [ ]",
    "list_type": "must be a list in [ ]",
    "mapping_type": "must be a table",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a date such as 2026-11-01, without quotes",
    "too_short": "holds too few values",
}


def _words(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        return f"must be one of {context['expected']}"
    bounds = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt", "less_than": "lt"}
    if kind in bounds:
        relation = "at least" if bounds[kind] == "ge" else "at most" if bounds[kind] == "le" else "beyond"
        return f"must be {relation} {context[bounds[kind]]:g}"
    return _SENTENCES.get(kind, error["msg"])


# ---- where a problem stands ----------------------------------------------------------------------------


def _quoted(part: str | int) -> str:
    text = str(part)
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text, ensure_ascii=False)


def _split(place: Place) -> tuple[str, str]:
    if not place:
        return "", ""
    if len(place) > 1 and isinstance(place[1], int):
        heading, rest = f"[[{place[0]}]] no. {place[1] + 1}", place[2:]
    elif place[0] in NAMED_TABLES:
        heading, rest = f"[{'.'.join(map(_quoted, place[:2]))}]", place[2:]
    else:
        heading, rest = f"[{_quoted(place[0])}]", place[1:]
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{_quoted(part)}" for part in rest)
    return heading, key.removeprefix(".")


# ---- the model at a place ------------------------------------------------------------------------------


def _at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    found: Any = model
    for part in place:
        found = _inside(found, part)
    found = plain(found)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def plain(annotation: Any) -> Any:
    """``annotation`` without its metadata and without None; the model of a section that is imported later."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        arguments = get_args(annotation)
        later = [one.model for one in arguments if isinstance(one, Later)]
        annotation = next(one for one in (*later, *arguments) if one is not NoneType)
    return annotation


def _inside(annotation: Any, part: str | int) -> Any:
    annotation = plain(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        by_key = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        return by_key.get(str(part))
    arguments = get_args(annotation)
    if not arguments:
        return None
    return arguments[0] if isinstance(part, int) else arguments[-1]


def _keys(model: type[BaseModel] | None) -> list[str]:
    fields = model.model_fields if model else {}
    return [field.alias or name for name, field in fields.items()]


def _example(model: type[BaseModel] | None, key: str | int) -> str:
    for name, field in (model.model_fields if model else {}).items():
        if (field.alias or name) == key and field.examples:
            return f", for example {key} = {json.dumps(to_jsonable_python(field.examples[0]))}"
    return ""
