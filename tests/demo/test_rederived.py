"""Every fact of the demo company's reports against the second implementation of `tests.report.rederived`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine
from tests.report.rederived.asked import Asked
from tests.report.rederived.comparing import differences
from tests.report.rederived.everything import Everything
from tests.report.rederived.stored import Stored
from tests.report.rederived.test_launches import launches

from syncline.config import load
from syncline.report import Report, ReportSettings, build_roadmap, build_status
from syncline.report.configured import settings_of
from syncline.report.signal.launch import build_launch

Builder = Callable[[Connection, ReportSettings], Report]


@cache
def anew(folder: Path, now: datetime) -> Everything:
    engine = create_engine(f"sqlite:///{folder / 'syncline.db'}")
    return Everything(Asked(Stored(engine, now), settings_of(load(folder / "syncline.toml"), now)))


@pytest.mark.parametrize("build", [build_status, build_roadmap, build_launch])
def test_every_fact(folder: Path, now: datetime, build: Builder) -> None:
    found = anew(folder, now)
    with found.asked.stored.engine.connect() as connection:
        report = build(connection, found.asked.wanted)
    aimed = {result.metric.row["remote_id"] for result in found.goals.results if result.metric}
    looked_back = launches(found, aimed) if build is build_launch else {}
    assert not differences(report.facts, found.facts | looked_back)
