"""The company's list of people on the disk, and the tables that follow from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from syncline.config import Config
from syncline.errors import ConfigError
from syncline.people import Roster, read
from syncline.store import Store
from syncline.store import people as tables

LARGEST = 10_000_000
"""Bytes of a list; no company is so large."""


@dataclass(frozen=True)
class Listed:
    """The list as it stood on the disk; ``text`` is None where there is no file yet."""

    path: Path | None
    text: str | None
    roster: Roster
    marked: bool = False
    """Whether the file begins with a byte order mark."""


def listed(config: Config) -> Listed:
    """Read the list; raises ConfigError naming file and line where that cannot be done."""
    path = config.hub.people
    if path is None:
        return Listed(None, None, Roster())
    data = _bytes(path)
    if data is None:
        return Listed(path, None, Roster())
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path.name} line {line}: is not UTF-8 text", hint="save it as UTF-8") from None
    bare = text.removeprefix("\ufeff")
    roster = read(path.name, bare, config.connections, config.teams)
    return Listed(path, bare, roster, marked=bare != text)


def _bytes(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    if len(data) > LARGEST:
        raise ConfigError(f"{path} is too large to be a list of people")
    return data


def refresh(config: Config, store: Store, run_id: int, now: datetime) -> None:
    """Bring the tables of people and teams to what list, configuration and tools say now; nothing where that is so.

    Raises ConfigError where the list cannot be read, or is not there any more: what was known then stays.
    """
    with store.reading() as db:
        before = tables.stored_state(db)
        had_people = tables.any_known(db)
    found = listed(config)
    if found.path is not None and found.text is None and had_people:
        raise ConfigError(
            f"{found.path.name} is not there any more",
            hint="put it back, or take `people` out of [hub]; until then everybody is who they were",
        )
    teams = {name: list(team.containers) for name, team in config.teams.items()}
    text = blake2b((found.text or "").encode(), digest_size=16).hexdigest()
    with store.reading() as db:
        after = tables.state(db, text, teams, sorted(config.connections))
    if after == before:
        return
    with store.writing() as db:
        tables.store(db, found.roster, teams, config.connections, after, run_id=run_id, now=now)
