"""docs/connectors.md: what every built-in connector can do, made from what its class declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from syncline.connector import Capabilities, CreateBy, Source
from syncline.model import Kind
from syncline.registry import Registry
from syncline.target import FIELDS

PATH = Path("docs/connectors.md")
HEAD = """<!-- Made by `python -m syncline_cli.docs --write` from what the connectors declare. -->

# Connectors

What each connector declares, and what the plans of a sync are made from. `syncline doctor --canary CONN:CONTAINER`
holds it against your own tool. None of it has been tried on a vendor's live service yet: [verified.md](verified.md)
says what stands behind each line.

A connector of your own is installed like any package and stands beside these:
[connector-protocol.md](connector-protocol.md).
"""
CREATED = {
    CreateBy.CLIENT_ID: "we choose the id",
    CreateBy.IDEMPOTENCY_KEY: "idempotency key, then a lookup",
    CreateBy.MARKER: "marker, looked for",
    CreateBy.NONE: "a person must look",
}


def render() -> str:
    """The text of docs/connectors.md."""
    registry = Registry()
    found = {name: registry.get(name) for name in registry.names()}
    names = [name for name in found if (PATH.parent / "connectors" / f"{name}.md").exists()]
    parts = [HEAD, "\n", _line(["", *(f"[{name}](connectors/{name}.md)" for name in names)])]
    parts.append(_line(["---"] * (len(names) + 1)))
    connectors = [found[name] for name in names]
    every = [one.capabilities for one in connectors]
    parts += [
        _cells(f"reads {kind}", (_yes(kind in one.reads) for one in every))
        for kind in Kind
        if any(kind in one.reads for one in every)
    ]
    parts += [
        _cells(f"writes {_label(name)}", (_yes(name in one.writes) for one in every))
        for name in (*FIELDS, "fields")
        if any(name in one.writes for one in every)
    ]
    parts.append(_row("writes comments", connectors, lambda c: _yes(Kind.COMMENT in c.creates)))
    parts.append(_row("writes files", connectors, lambda c: _yes(Kind.ATTACHMENT in c.creates)))
    parts.append(_row("marks what ships", connectors, lambda c: _yes(Kind.ANNOTATION in c.creates)))
    parts.append(_row("a create whose answer was lost", connectors, _created))
    parts.append(_row("history told by the tool itself", connectors, _history))
    parts.append(_row("texts", connectors, lambda c: c.text_format.value))
    parts.append(_row("requests a second, at most", connectors, _rate))
    return "".join(parts)


def _label(name: str) -> str:
    return "company fields" if name == "fields" else f"`{name}`"


def _row(label: str, connectors: Iterable[type[Source]], cell: Callable[[Capabilities], str]) -> str:
    return _cells(label, (cell(one.capabilities) for one in connectors))


def _cells(label: str, cells: Iterable[str]) -> str:
    return _line([label, *cells])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _yes(there: bool) -> str:
    return "yes" if there else ""


def _created(capabilities: Capabilities) -> str:
    made: Mapping[Kind, object] = capabilities.creates
    ways = {CREATED[capabilities.creates[kind].by] for kind in (Kind.ISSUE, Kind.TICKET) if kind in made}
    return ", ".join(sorted(ways))


def _history(capabilities: Capabilities) -> str:
    count = len(capabilities.history)
    return f"{count} field{'' if count == 1 else 's'}" if count else ""


def _rate(capabilities: Capabilities) -> str:
    rates = [bucket.rate for bucket in capabilities.buckets if bucket.name == "default"]
    return f"{rates[0]:.3g}" if rates else ""
