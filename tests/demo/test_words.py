"""The status report of the whole company is short enough to be read: what is not folded has at most 700 words."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tests.report.work.words import counted

from syncline.config import load
from syncline.report.configured import settings_of
from syncline.report.kept.make import make
from syncline.store import open_store

FIRST_READ = 700


def test_what_everybody_reads_is_short(folder: Path, now: datetime) -> None:
    settings = settings_of(load(folder / "syncline.toml"), now + timedelta(minutes=5))
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        report = make(db, "status", settings)
    found = counted(report)
    assert "changes" in found
    assert sum(found.values()) <= FIRST_READ, found
    assert len(report.spoken) >= 10
