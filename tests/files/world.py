"""A folder with files, and pulls of it into a database beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.engine.world import World

from syncline.config.loading import parse
from syncline.connector import Cursor, Page, Source
from syncline.model import Record
from syncline.registry import Registry
from syncline.sim.clock import SimClock
from syncline_connectors.files import Files, FilesConfig

REGISTRY = Registry({"files": Files}, found=())


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Replace a file as editors do: a new one takes its place."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(text.encode() if isinstance(text, str) else text)
    os.replace(fresh, path)
    return path


def config(folder: Path, **keys: Any) -> FilesConfig:
    document = {"connections": {"files": {"connector": "files"} | keys}}
    whole, problems = parse(document, folder, REGISTRY)
    assert whole is not None, problems
    assert not problems, problems
    found = whole.connections["files"]
    assert isinstance(found, FilesConfig)
    return found


def problems(folder: Path, **keys: Any) -> list[str]:
    """What the configuration says is wrong with these keys."""
    document = {"connections": {"files": {"connector": "files"} | keys}}
    return [str(problem) for problem in parse(document, folder, REGISTRY)[1]]


def pages(folder: Path, **keys: Any) -> list[Page]:
    """Everything that the streams of a connection deliver."""
    source = Files(config(folder, **keys), None, {})
    return [page for stream in source.streams() for page in source.pull(stream, Cursor())]


def records(folder: Path, **keys: Any) -> list[Record]:
    """The records of a folder in which nothing is wrong."""
    found = pages(folder, **keys)
    assert [item.reason for page in found for item in page.quarantined] == []
    return [item.record for page in found for item in page.records]


def reasons(folder: Path, **keys: Any) -> list[str]:
    """Why rows were set aside."""
    return [item.reason for page in pages(folder, **keys) for item in page.quarantined]


def world(folder: Path, connector: type[Source] = Files, name: str = "files", **keys: Any) -> World:
    return World(
        folder,
        f"sqlite:///{folder / 'hub.db'}",
        SimClock(),
        {"files": connector},
        connections={name: {"connector": "files"} | keys},
    )
