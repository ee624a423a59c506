"""Kills at crashpoints, in a process of their own with a made-up command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import syncline

COMMAND_LINE = """
import sys
from pathlib import Path
from syncline.seams import crashpoint

def main():
    out = Path(sys.argv[1])
    for number in range(3):
        crashpoint("between")
        out.write_text(str(number))
    crashpoint("at the end")
    raise SystemExit(int(sys.argv[2]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "syncline_cli").mkdir()
    (tmp_path / "syncline_cli" / "__init__.py").write_text(COMMAND_LINE)
    return tmp_path


def run(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    core = str(Path(syncline.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(home), core])}
    command = [sys.executable, "-m", "syncline.sim.crash", *arguments, "--", str(home / "out"), str(code)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_it_dies_at_the_first_hit(home: Path) -> None:
    assert run(home, "between").returncode == -signal.SIGKILL
    assert not (home / "out").exists()


def test_it_dies_at_the_hit_asked_for(home: Path) -> None:
    assert run(home, "between:3").returncode == -signal.SIGKILL
    assert (home / "out").read_text() == "1"


def test_a_crashpoint_that_is_not_reached_is_told(home: Path) -> None:
    ended = run(home, "between:9", code=4)
    assert ended.returncode == 4
    assert "crashpoint between:9 not reached: between was hit 3 times" in ended.stderr


def test_hits_are_listed_whatever_the_exit_code(home: Path) -> None:
    assert run(home, "--list", str(home / "hits"), code=3).returncode == 3
    assert json.loads((home / "hits").read_text()) == {"between": 3, "at the end": 1}


def test_a_call_that_makes_no_sense_is_refused(home: Path) -> None:
    assert run(home).returncode == 2
    assert "usage" in run(home, "--list").stderr
