"""The tables of docs/configuration.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from syncline.config.catalogue import Key, connector_models, keys_of, summary, toml
from syncline.config.connection import ConnectionConfig
from syncline.config.document import Config
from syncline.config.values import Section
from syncline.registry import Registry

BEGIN = "<!-- reference: made by `python -m syncline.config.example --write` -->"
END = "<!-- end of the reference -->"


def with_reference(page: str, registry: Registry) -> str:
    """``page`` with the tables between its two marks; raises ValueError where these are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page must hold {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference(registry)}\n{END}{after}"


def reference(registry: Registry) -> str:
    """Every section with its keys, and the tables below it."""
    seen: set[type[Section]] = set()
    parts: list[str] = []
    for key in keys_of(Config):
        if key.tables:
            parts += _tables(_heading(key), key.tables, seen, None)
        if key.name == "connections":
            for name, model in connector_models(registry).items():
                parts += _tables(
                    f'[connections.NAME] with connector = "{name}"', model, seen, ConnectionConfig
                )
    return "\n".join(parts)


def _heading(key: Key) -> str:
    if key.shape == "named":
        return f"[{key.name}.NAME]"
    return f"[[{key.name}]]" if key.shape == "list" else f"[{key.name}]"


def _tables(
    heading: str, model: type[Section], seen: set[type[Section]], known: type[Section] | None
) -> Iterator[str]:
    """A table for ``model`` without the keys as they are in ``known``, then those below it, each model once."""
    if model in seen:
        return
    seen.add(model)
    already = keys_of(known) if known else []
    keys = [key for key in keys_of(model) if key not in already]
    yield f"### `{heading}`\n\n{summary(model)}\n"
    yield "| key | default | what it says |\n|---|---|---|\n" + "".join(map(_row, keys))
    inside = re.sub(r" .*", "", heading).strip("[]")
    for key in keys:
        if key.tables:
            below = f"{inside}.{key.name}"
            path = {"one": f"[{below}]", "list": f"[[{below}]]", "named": f"[{below}.NAME]"}[
                key.shape or "one"
            ]
            yield from _tables(path, key.tables, seen, None)


def _row(key: Key) -> str:
    text = key.text
    unmentioned = [choice for choice in key.choices if choice not in text]
    if unmentioned:
        text += f" One of {', '.join(f'`{choice}`' for choice in key.choices)}."
    if key.example is not None and toml(key.example) != toml(key.default if key.default is not None else ""):
        text += f" Example: `{toml(key.example)}`."
    return f"| `{key.name}` | {_default(key)} | {text.replace('|', chr(92) + '|')} |\n"


def _default(key: Key) -> str:
    if key.required:
        return "required"
    empty: tuple[Any, ...] = (None, (), {})
    return "" if key.default in empty else f"`{toml(key.default)}`"
