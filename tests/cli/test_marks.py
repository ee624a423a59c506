"""The program marks what ships: plan, sync, apply, undo and pause, as people see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncline.seams import SystemClock
from syncline.sim.server import serve
from syncline_cli.app import run
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

from .conftest import Ran

CONFIG = """
[hub]
timezone = "UTC"
[connections.usage]
connector = "amplitude"
url = "{url}"
access = "write"
key = "env:AMPLITUDE_KEY"
secret = "env:AMPLITUDE_SECRET"
region = "us"
timezone = "UTC"
streams = ["annotations"]
[connections.ci]
connector = "files"
deploys = "deploys.csv"
[guards]
creates = {{ number = 2, share = 0.0 }}
[[mark]]
name = "releases"
from = "ci"
to = "usage"
mode = "on"
"""
Call = Callable[..., Ran]


@pytest.fixture
def project() -> AmplitudeSimulator:
    made = AmplitudeSimulator(SystemClock(), calm=True)
    made.add_key("key", "secret")
    made.annotate("outage", datetime(2026, 2, 10, tzinfo=UTC))
    return made


@pytest.fixture
def call(
    project: AmplitudeSimulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Call]:
    """A folder in which marking was switched on a moment ago; calls the whole program in it."""
    with serve(project) as url:
        (tmp_path / "syncline.toml").write_text(CONFIG.format(url=url))
        deployed(tmp_path)
        monkeypatch.setenv("AMPLITUDE_KEY", "key")
        monkeypatch.setenv("AMPLITUDE_SECRET", "secret")
        monkeypatch.chdir(tmp_path)

        def call(*arguments: str) -> Ran:
            code = run(list(arguments))
            return Ran(code, *capsys.readouterr())

        assert call("-q", "pull").code == 0
        assert call("-q", "sync").code == 0
        yield call


def deployed(folder: Path, *versions: str) -> str:
    """The file of deployments, each made this moment; returns their day."""
    at = datetime.now(UTC)
    rows = [f"shop,{version},{at.isoformat()}" for version in versions]
    (folder / "deploys.csv").write_text("\n".join(["service,version,at", *rows]) + "\n")
    return f"{at:%Y-%m-%d}"


def labels(project: AmplitudeSimulator) -> list[str]:
    return sorted(one.label for one in project.annotations.values())[1:]


def configure(old: str, new: str) -> None:
    path = Path("syncline.toml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_marks_are_planned_made_and_taken_back(
    call: Call, project: AmplitudeSimulator, tmp_path: Path
) -> None:
    today = deployed(tmp_path, "1.0", "1.1")
    assert call("-q", "pull").code == 0
    planned = call("plan", "--exit-code")
    assert planned.code == 6
    assert planned.out.splitlines() == [
        "releases (on): 2 marks",
        f"  mark “shop 1.0” in usage on {today}, shipped in ci",
        f"  mark “shop 1.1” in usage on {today}, shipped in ci",
    ]
    done = call("--json", "sync")
    assert (done.code, labels(project)) == (0, ["shop 1.0", "shop 1.1"])
    assert [one["field"] for one in done.document["operations"]] == ["usage", "usage"]
    (told,) = done.document["marks"]
    assert [one["label"] for one in told["marks"]] == ["shop 1.0", "shop 1.1"]
    number = str(done.document["run"])
    assert "shop 1.0 of usage: mark taken away" in call("undo", number, "--plan").out.splitlines()
    undone = call("undo", number)
    assert (undone.code, labels(project)) == (0, [])
    assert "taken back: shop 1.0 of usage, the mark" in undone.out
    assert call("sync").code == 0
    assert labels(project) == []
    assert call("plan", "--exit-code").code == 0


def test_too_many_are_refused_with_the_command_that_would_do_it(
    call: Call, project: AmplitudeSimulator, tmp_path: Path
) -> None:
    deployed(tmp_path, "1.0", "1.1", "1.2")
    refused = call("sync")
    assert (refused.code, labels(project)) == (5, [])
    assert "releases: nothing was written: 3 creates, 2 are allowed" in refused.err
    assert "syncline sync releases --approve 3" in refused.err
    assert call("sync", "releases", "--approve", "3").code == 0
    assert labels(project) == ["shop 1.0", "shop 1.1", "shop 1.2"]


def test_a_saved_plan_is_applied_and_a_paused_block_rests(
    call: Call, project: AmplitudeSimulator, tmp_path: Path
) -> None:
    deployed(tmp_path, "1.0")
    assert call("pause", "releases").code == 0
    assert call("sync").code == 0
    assert labels(project) == []
    assert call("resume", "releases").code == 0
    assert call("plan", "-o", "plan.json").code == 0
    assert json.loads(Path("plan.json").read_text())["marks"][0]["block"] == "releases"
    assert call("apply", "plan.json").code == 0
    assert labels(project) == ["shop 1.0"]
    assert call("apply", "plan.json").code == 2


def test_a_block_that_names_nobody_is_one_line_with_its_place(call: Call) -> None:
    configure('from = "ci"', 'from = "cii"')
    told = call("config", "check")
    assert told.code == 2
    assert 'no connection is named "cii"; did you mean "ci"?' in told.err
    assert call("sync", "nothing").code == 2
