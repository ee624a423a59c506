"""What somebody meets who does not know the program yet."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncline.errors import LockHeld
from syncline.seams import SystemClock
from syncline.store.lock import refuse_if_held, run_lock
from syncline_cli.checkup import _about, shortened
from syncline_cli.log import feed_lines
from syncline_cli.output import number_of

from .conftest import run_syncline

COUNTS: dict[str, Any] = {
    "read": 0,
    "created": 0,
    "updated": 0,
    "removed": 0,
    "quarantined": 0,
    "requests": 0,
    "complete": True,
}


@pytest.mark.parametrize(("arguments", "usage"), [((), "syncline"), (("db",), "syncline db")])
def test_a_call_without_a_command_shows_the_commands(
    tmp_path: Path, arguments: tuple[str, ...], usage: str
) -> None:
    ran = run_syncline(*arguments, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"Usage: {usage} ")
    assert "\nCommands:\n" in ran.err


@pytest.mark.parametrize("command", ["sim", "serve"])
def test_what_is_planned_is_said_to_be_not_built_yet(tmp_path: Path, command: str) -> None:
    ran = run_syncline(command, cwd=tmp_path)
    assert ran.code == 2
    assert f"{command!r} is not built yet" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["A", "A", "B"], "A, B"),
        (["A", "B", "C"], "A, B, C"),
        ([*"ABCABCDEFGHI"], "A, B, C and 6 more"),
        ([], ""),
    ],
)
def test_names_are_told_once_and_few(names: list[str], text: str) -> None:
    assert shortened(names) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (timedelta(minutes=-3), "3 minutes"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(days=-30), "30 days"),
    ],
)
def test_a_difference_of_clocks_is_told_in_a_fitting_unit(difference: timedelta, text: str) -> None:
    assert _about(difference) == text


def test_feeds_are_aligned_and_idle_ones_are_left_out() -> None:
    feeds = {
        "issues": COUNTS | {"read": 3, "created": 1, "requests": 1},
        "changelog": COUNTS | {"read": 2},
        "boards": COUNTS | {"requests": 2, "complete": False},
        "worklogs": COUNTS,
    }
    assert feed_lines({"eng": feeds}) == [
        "eng/issues     3 read, 1 created (1 request)",
        "eng/changelog  2 read, nothing new",
        "eng/boards     0 read (2 requests) — incomplete",
    ]


def test_one_is_not_many() -> None:
    assert [number_of(count, "item") for count in (0, 1, 2)] == ["0 items", "1 item", "2 items"]


def test_the_lock_can_be_looked_at_without_leaving_a_trace(tmp_path: Path) -> None:
    database = tmp_path / "syncline.db"
    refuse_if_held(database)
    assert list(tmp_path.iterdir()) == []
    with run_lock(database, SystemClock().now()), pytest.raises(LockHeld, match="another run"):
        refuse_if_held(database)
    refuse_if_held(database)


def test_a_run_that_finds_the_lock_held_loads_no_engine(home: Path) -> None:
    """Cron's second run is to be gone in a moment, on a busy machine too."""
    code = (
        "import sys; from syncline_cli.app import run; code = run(['pull']);"
        "print(code, *sorted({'sqlalchemy', 'httpx', 'tenacity', 'jinja2'} & set(sys.modules)))"
    )
    with run_lock(home / "syncline.db", SystemClock().now()):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, timeout=60, check=True
        )
    assert (done.stdout, done.stderr) == ("75\n", "")
