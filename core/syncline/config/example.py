"""``python -m syncline.config.example --write|--check``: config.example.toml and the tables of the reference page.

Both are made from the models, those of the connectors that come with Syncline included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from syncline.config.catalogue import Key, bare, connector_models, keys_of, summary, toml
from syncline.config.document import Config
from syncline.config.reference import with_reference
from syncline.config.values import Section
from syncline.registry import Registry

EXAMPLE = Path("config.example.toml")
PAGE = Path("docs/configuration.md")

HEAD = """\
# Every section and key. Made from the models by `python -m syncline.config.example --write`.
# Paths are relative to this file. No secret is ever written here: env:NAME, file:PATH, command:ARGV or
# keyring:SERVICE/USER say where one is kept. A line that begins with # shows a key that may be left out.
# cron:  */15 * * * *  syncline --config /etc/syncline/syncline.toml -q sync
"""
RELATIVE = frozenset(
    {"teams", "sync", "mark", "roadmap", "objective", "channels", "mail", "report", "alert", "notify"}
)
"""Sections that speak of connections or channels by the names the user gave them, or that send something: shown as
remarks, for the example has others, and sends nothing."""
NAMES = {"teams": "core", "connections": "eng"}
"""What the example calls a table whose name is the user's to choose."""
WIDTH = 38
LONGEST = 120


def example(registry: Registry, *, everything: bool = False) -> str:
    """The example file; ``everything`` shows all keys as settings, also those that may be left out."""
    blocks = [HEAD]
    for key in keys_of(Config):
        off = key.name in RELATIVE and not everything
        for title, lines in _blocks(key, registry, everything or off):
            text = [f"# {title}", *(f"# {line}" if off else line for line in lines)]
            blocks.append("\n".join(text) + "\n")
    return "\n".join(blocks)


def _blocks(key: Key, registry: Registry, everything: bool) -> Iterator[tuple[str, list[str]]]:
    """What a section's blocks are about, and their lines."""
    if key.name == "connections":
        for name, connection in connector_models(registry).items():
            heading = f"[connections.{NAMES['connections'] if name == 'jira' else name}]"
            yield summary(connection), list(_table(heading, connection, {"connector": name}, everything))
        return
    assert key.tables is not None
    if isinstance(key.example, dict):
        yield summary(key.tables), list(_subtable(key.name, key, everything))
        return
    heading = {"one": key.name, "list": f"[{key.name}]", "named": f"{key.name}.{NAMES.get(key.name)}"}[
        key.shape or "one"
    ]
    yield summary(key.tables), list(_table(f"[{heading}]", key.tables, {}, everything))


def _table(heading: str, model: type[Section], fixed: dict[str, Any], everything: bool) -> Iterator[str]:
    """The lines of a table: its keys, then the tables below it."""
    yield heading
    keys = keys_of(model)
    for key in keys:
        if not _is_table(key):
            value = fixed.get(key.name, key.shown)
            optional = not everything and (key.optional or value is None) and key.name not in fixed
            if value is not None:
                yield from _line(key.name, value, key.text, optional)
    inside = heading.strip("[]")
    for key in keys:
        if _is_table(key):
            yield from _subtable(f"{inside}.{key.name}", key, everything)


def _is_table(key: Key) -> bool:
    """Whether the key is shown as a table of its own; what has an example of one line is not."""
    return isinstance(key.example, dict) if key.shape != "list" else key.example is None


def _subtable(path: str, key: Key, everything: bool) -> Iterator[str]:
    if key.shape == "list" and key.tables:
        yield from _table(f"[[{path}]]", key.tables, {}, everything)
        return
    mark = "# " if key.optional and not everything else ""
    yield f"{mark}[{path}]".ljust(WIDTH - 1) + f" # {key.text}"
    for name, value in key.shown.items():
        yield f"{mark}{bare(name)} = {toml(value)}"


def _line(name: str, value: Any, text: str, optional: bool) -> list[str]:
    setting = f"{'# ' if optional else ''}{bare(name)} = {toml(value)}"
    whole = f"{setting.ljust(WIDTH - 1)} # {text}"
    return [whole] if len(whole) <= LONGEST else [f"# {text}", setting]


# ---- the files -------------------------------------------------------------------------------------


def made(root: Path, registry: Registry) -> dict[Path, str]:
    """What the files below ``root`` must hold."""
    page = root / PAGE
    return {
        root / EXAMPLE: example(registry),
        page: with_reference(page.read_text(encoding="utf-8"), registry),
    }


def outdated(root: Path, registry: Registry | None = None) -> list[Path]:
    """The files below ``root`` that are not what they must be."""
    wanted = made(root, registry or Registry())
    return [
        path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or say which are out of date."""
    parser = argparse.ArgumentParser(
        prog="python -m syncline.config.example", description=summary_of_module()
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="write the files")
    action.add_argument("--check", action="store_true", help="say which files are out of date")
    parser.add_argument(
        "--root", type=Path, default=Path(), help="the checkout; the working directory if left out"
    )
    options = parser.parse_args(arguments)
    if options.write:
        for path, text in made(options.root, Registry()).items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = outdated(options.root)
    for path in stale:
        sys.stderr.write(f"{path} is out of date: run `python -m syncline.config.example --write`\n")
    return 1 if stale else 0


def summary_of_module() -> str:
    """What this program does."""
    return (__doc__ or "").split("\n\n")[-1].strip()


if __name__ == "__main__":
    raise SystemExit(main())
