"""The same database and settings give the same bytes, on any machine; and within the time allowed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from syncline.report import FORMATS, build_status, render

from .building import company, settings

_PRINT = """
import hashlib, sys
from datetime import UTC, datetime
from sqlalchemy import create_engine
from syncline.report import FORMATS, ReportSettings, build_status, render, whole_days
as_of = datetime(2026, 11, 20, 14, tzinfo=UTC)
start, end = whole_days(as_of, "Europe/Berlin")
made = ReportSettings("Europe/Berlin", as_of, start, end, "Weekly status")
engine = create_engine("sqlite:///" + sys.argv[1])
with engine.connect() as connection:
    report = build_status(connection, made)
engine.dispose()
print(*(hashlib.sha256(render(report, format).encode()).hexdigest() for format in FORMATS))
"""

_WORLDS = (
    {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
    {"TZ": "America/New_York", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8"},
)


def test_same_bytes_whatever_the_surroundings(tmp_path: Path) -> None:
    path = tmp_path / "company.db"
    built = company(path)
    with built.engine.connect() as connection:
        report = build_status(connection, settings())
    built.close()
    here = " ".join(hashlib.sha256(render(report, format).encode()).hexdigest() for format in FORMATS)
    for number, world in enumerate(_WORLDS):
        elsewhere = tmp_path / f"cwd{number}"
        elsewhere.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            **world,
        }
        printed = subprocess.run(
            [sys.executable, "-c", _PRINT, str(path)],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert printed.stdout.strip() == here


def test_the_order_of_rows_in_the_database_does_not_matter(tmp_path: Path) -> None:
    """The same rows, stored in the opposite order."""
    forwards, backwards = company(), company(write=False)
    backwards.reverse()
    pages = []
    for built in (forwards, backwards):
        with built.write().connect() as connection:
            report = build_status(connection, settings())
        pages.append([render(report, format) for format in FORMATS])
        built.close()
    assert pages[0] == pages[1]


def test_the_cost_grows_with_the_items_and_no_faster() -> None:
    """Compared as a ratio within one run, since machines differ: 20,000 items took 1.6 s on two quiet cores."""
    few, many = cost(5_000), cost(20_000)
    assert many <= 6.0 * few, f"{few:.2f} s for 5,000 items, {many:.2f} s for 20,000"


def cost(items: int) -> float:
    """Processor seconds of the better of two reports, as neighbours on the processor slow either."""
    built = company(items=items)
    taken = []
    for _ in range(2):
        with built.engine.connect() as connection:
            begun = time.process_time()
            page = render(build_status(connection, settings()), "html")
            taken.append(time.process_time() - begun)
    built.close()
    assert "items were done" in page
    assert len(page) < 1_000_000
    return min(taken)
