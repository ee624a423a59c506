"""Every fact of a company of thousands against the second implementation: of fifty thousand with ``make test-all``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bench import status as bench
from syncline.report import build_roadmap, build_status

from .asked import Asked
from .comparing import differences, says, value
from .everything import Everything
from .stored import Stored

FEW, MANY = 2_000, 50_000
ITEMS = MANY if os.environ.get("SYNCLINE_TESTS") == "all" else FEW


@pytest.mark.timeout(600)
@pytest.mark.parametrize("items", [ITEMS])
def test_every_fact_of_a_large_company(tmp_path: Path, items: int) -> None:
    path = tmp_path / "large.db"
    bench.fill(path, items)
    engine, wanted = create_engine(f"sqlite:///{path}"), bench.settings()
    with engine.connect() as connection:
        facts = [*build_status(connection, wanted).facts, *build_roadmap(connection, wanted).facts]
    expected = Everything(Asked(Stored(engine, wanted.as_of), wanted)).facts
    engine.dispose()
    assert not differences(facts, expected)
    assert sum(says(value(fact)) for fact in facts) > len(facts) / 2
