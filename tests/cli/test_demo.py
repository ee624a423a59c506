"""The demonstration: every claim true, none vacuous, and an end with 1 when one is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from syncline_cli.session import Session
from syncline_cli.stage import Scene, Stage

from .conftest import run_syncline


@pytest.mark.timeout(900)
def test_every_claim_of_the_demonstration_holds(tmp_path: Path) -> None:
    """A minute where nothing else runs; the limit is for machines that are shared."""
    command = [sys.executable, "-m", "syncline_cli", "demo", "--out", str(tmp_path / "demo"), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=840, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    scenes = json.loads(ran.stdout)["scenes"]
    assert len(scenes) == 12
    assert all(len(scene["claims"]) >= 2 for scene in scenes)
    assert [claim for scene in scenes for claim in scene["claims"] if not claim["holds"]] == []
    page = (tmp_path / "demo" / "report" / "status.html").read_text()
    assert "OPS-2" in page
    assert (tmp_path / "demo" / "syncline.env").stat().st_mode & 0o777 == 0o600


def test_a_false_claim_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(Session(), tmp_path)
    stage.begin("A scene")
    stage.claim("this is so", holds=True)
    assert stage.document()["exit_code"] == 0
    stage.claim("this is not", holds=False)
    assert stage.document()["exit_code"] == 1
    assert "FALSE  this is not" in capsys.readouterr().out


def test_no_claim_at_all_proves_nothing(tmp_path: Path) -> None:
    assert not Stage(Session(), tmp_path, [Scene("empty")]).holds


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "syncline.toml").write_text("# mine\n")
    (tmp_path / "syncline.db").write_text("mine, too")
    ran = run_syncline("demo", "--out", tmp_path)
    assert ran.code == 2
    assert "was not made by" in ran.err
    assert (tmp_path / "syncline.db").read_text() == "mine, too"


@pytest.mark.parametrize("name", ["people.csv", "data/nps.csv", "research/alder.md"])
def test_files_of_somebody_elses_are_left_alone_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    ran = run_syncline("demo", "--out", tmp_path)
    assert ran.code == 2
    assert "was not made by" in ran.err
    assert (tmp_path / name).read_text() == "mine"
