"""Where the file is looked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from syncline.config import find_config
from syncline.errors import ConfigError


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path


def written(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("")
    return path


def test_the_nearest_place_wins(elsewhere: Path) -> None:
    home = written(elsewhere / "home/syncline/syncline.toml")
    assert find_config(None, {}) == home
    written(elsewhere / "work/syncline.toml")
    assert find_config(None, {}) == Path("syncline.toml")
    named = written(elsewhere / "named.toml")
    assert find_config(None, {"SYNCLINE_CONFIG": str(named)}) == named
    explicit = written(elsewhere / "explicit.toml")
    assert find_config(explicit, {"SYNCLINE_CONFIG": str(named)}) == explicit


def test_a_file_that_was_asked_for_must_exist(elsewhere: Path) -> None:
    written(elsewhere / "work/syncline.toml")
    with pytest.raises(ConfigError, match=r"no\.toml, named by --config, is not a file"):
        find_config(Path("no.toml"), {})
    with pytest.raises(ConfigError, match=r"no\.toml, named by SYNCLINE_CONFIG, is not a file"):
        find_config(None, {"SYNCLINE_CONFIG": "no.toml"})


def test_nothing_found_tells_the_places(elsewhere: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"SYNCLINE_CONFIG": ""})
    assert str(elsewhere / "work/syncline.toml") in str(caught.value)
    assert str(elsewhere / "home/syncline/syncline.toml") in str(caught.value)
    assert "syncline init" in str(caught.value)


@pytest.mark.parametrize("environ", [{"HOME": "/nonexistent"}, {}])
def test_without_an_environment(tmp_path: Path, environ: dict[str, str]) -> None:
    config = written(tmp_path / "syncline.toml")
    core = Path(__file__).parents[2] / "core"
    program = (
        "import os, sys; from pathlib import Path; from syncline.config import find_config, load;"
        "print(load(find_config(Path(sys.argv[1]) if sys.argv[1:] else None, os.environ)).hub.database)"
    )
    only = {**environ, "PATH": "/usr/bin:/bin"}
    if (core / "syncline").is_dir() and "PYTHONPATH" in os.environ:
        only["PYTHONPATH"] = os.environ["PYTHONPATH"]
    command = [sys.executable, "-c", program]
    done = subprocess.run([*command, config], env=only, cwd="/", capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"sqlite:///{tmp_path}/syncline.db", done.stderr
    lost = subprocess.run(command, env=only, cwd="/", capture_output=True, text=True, check=False)
    assert "no configuration found" in lost.stderr
