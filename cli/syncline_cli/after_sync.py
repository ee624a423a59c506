"""What ``sync`` does behind a run: reports that are due, alerts, messages, the heartbeat."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from syncline_cli.files import SHARED, write_file
from syncline_cli.output import note, warn
from syncline_cli.session import Session

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.notify.after import After
    from syncline.store import Store
    from syncline.sync.result import PullResult


def follow_up(
    session: Session, config: Config, store: Store, result: PullResult | None, error: str | None = None
) -> After | None:
    """Do what is due and say so; None where nothing of the kind is configured."""
    if not (config.report or config.alert or config.notify):
        return None
    from syncline.notify.after import after
    from syncline.notify.channels import Channels
    from syncline.seams import system_random

    channels = Channels(config, os.environ, store.clock, system_random(), session.redactor)
    told = after(store, channels, result, _write, error)
    for line in told.done:
        note(session, line)
    for line in told.problems:
        warn(session, f"{line} — the next sync tries again")
    return told


def _write(path: Path, text: str) -> None:
    write_file(path, text, mode=SHARED)


@contextmanager
def failure_told(session: Session, config: Config, store: Store) -> Iterator[None]:
    """Tell those who want to hear of it when a run ends with an error; the error goes on."""
    from syncline.errors import LockHeld, SynclineError

    try:
        yield
    except LockHeld:
        raise
    except SynclineError as error:
        follow_up(session, config, store, None, session.redact(str(error)))
        raise
