"""The keys that the models know, with what their authors wrote about them: documents are made from this."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncline.config.connection import ConnectionConfig, StatusReading
from syncline.config.problems import plain
from syncline.config.values import Section, written
from syncline.registry import Registry

OWN = "syncline"
"""The distribution whose connectors are documented here."""


@dataclass(frozen=True)
class Key:
    """One key of a table. ``tables`` is the model of the tables below it, ``shape`` how many there may be."""

    name: str
    text: str
    required: bool
    default: Any
    example: Any
    choices: tuple[str, ...]
    tables: type[Section] | None
    shape: Literal["one", "list", "named"] | None

    @property
    def shown(self) -> Any:
        """The value that stands in the example file."""
        return self.default if self.example is None else self.example

    @property
    def optional(self) -> bool:
        """Whether the example would be another setting than leaving the key out."""
        if self.required or self.example is None:
            return False
        return self.default is None or toml(self.example) != toml(self.default)


def keys_of(model: type[BaseModel]) -> list[Key]:
    """The keys of ``model`` in their order; raises ValueError for one without a text or an example."""
    texts = _texts(model)
    unused = model.unused if issubclass(model, ConnectionConfig) else ()
    return [
        _key(model, name, field, texts) for name, field in model.model_fields.items() if name not in unused
    ]


def _key(model: type[BaseModel], name: str, field: FieldInfo, texts: Mapping[str, str]) -> Key:
    text = field.description or texts.get(name)
    if not text:
        raise ValueError(f"{model.__qualname__}.{name} has no text below it to document it")
    tables, shape = _tables(field.annotation)
    choices = _choices(field.annotation)
    example = field.examples[0] if field.examples else None
    if example is None and field.is_required() and tables is None:
        if not choices:
            raise ValueError(f"{model.__qualname__}.{name} is required and needs an example")
        example = choices[0]
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    key = field.alias or name
    return Key(key, " ".join(text.split()), field.is_required(), default, example, choices, tables, shape)


def _tables(annotation: Any) -> tuple[type[Section] | None, Literal["one", "list", "named"] | None]:
    annotation = plain(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return (None, None) if annotation is StatusReading else (annotation, "one")
    if not arguments:
        return None, None
    inner, _ = _tables(arguments[0] if origin is tuple else arguments[-1])
    return (inner, "list" if origin is tuple else "named") if inner else (None, None)


def _choices(annotation: Any) -> tuple[str, ...]:
    annotation = plain(annotation)
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    return _choices(get_args(annotation)[0]) if get_origin(annotation) is tuple else ()


@cache
def _texts(model: type[BaseModel]) -> Mapping[str, str]:
    """The string below each key, in ``model`` and what it inherits from."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Section) and base is not Section:
            found.update(_own_texts(base))
    return found


def _own_texts(model: type[Section]) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)
    for statement, below in zip(tree.body, tree.body[1:], strict=False):
        named = isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if named and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield statement.target.id, str(below.value.value)  # type: ignore[attr-defined]


def summary(model: type[BaseModel]) -> str:
    """The first sentence about a table."""
    return " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())


def connector_models(registry: Registry) -> dict[str, type[ConnectionConfig]]:
    """The ``Config`` of every connector that comes with Syncline itself."""
    own = [one.name for one in registry.installed() if one.distribution == OWN]
    return {name: registry.get(name).Config for name in own}


def toml(value: Any) -> str:
    """``value`` as it is written in the file, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case timedelta():
            return json.dumps(written(value))
        case date():
            return value.isoformat()
        case str():
            return (
                f"'{value}'"
                if '"' in value and "'" not in value
                else json.dumps(str(value), ensure_ascii=False)
            )
        case int() | float():
            return repr(value)
        case BaseModel():
            return toml(value.model_dump(exclude_none=True))
        case Mapping():
            inner = ", ".join(f"{bare(key)} = {toml(one)}" for key, one in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case list() | tuple():
            return f"[{', '.join(map(toml, value))}]"
    raise TypeError(f"not a value of a configuration: {value!r}")


def bare(key: str) -> str:
    """A key as it is written, in quotes where it must be."""
    simple = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if simple else json.dumps(key, ensure_ascii=False)
