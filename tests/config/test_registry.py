"""Connectors are found without being imported, and only those asked for are imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

from syncline.config import ConnectionConfig, InvalidConfig, load
from syncline.errors import ConfigError
from syncline.registry import GROUP, Registry

GOOD = """
from syncline.config import ConnectionConfig

class Good:
    name = "good"
    api_version = 1
    Config = ConnectionConfig
    capabilities = None
    auth = origins = check = streams = pull = fetch = lambda self: None

class Old(Good):
    api_version = 0

class Short:
    api_version = 1
    Config = ConnectionConfig

number = 3
"""


def plug_in(folder: Path, name: str, module: str, code: str, *points: str) -> None:
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", encoding="utf-8")
    lines = "\n".join(points)
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("plugged_"):
            del sys.modules[name]


def registry(folder: Path) -> Registry:
    found = [p for d in distributions(path=[str(folder)]) for p in d.entry_points if p.group == GROUP]
    return Registry(found=found)


def test_listing_imports_nothing(folder: Path) -> None:
    plug_in(folder, "trap", "plugged_trap", "raise SystemExit('imported')", "trap = plugged_trap:Trap")
    (only,) = registry(folder).installed()
    assert (only.name, only.distribution, only.version) == ("trap", "trap", "1.2")
    assert only.value == "plugged_trap:Trap"


def test_only_what_the_configuration_names_is_imported(folder: Path) -> None:
    plug_in(folder, "good", "plugged_good", GOOD, "good = plugged_good:Good")
    plug_in(folder, "trap", "plugged_trap", "raise SystemExit('imported')", "trap = plugged_trap:Trap")
    config = folder / "syncline.toml"
    config.write_text('[connections.a]\nconnector = "good"\n', encoding="utf-8")
    loaded = load(config, registry(folder))
    assert type(loaded.connections["a"]) is ConnectionConfig
    assert "plugged_good" in sys.modules
    assert "plugged_trap" not in sys.modules


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ("raises", "cannot be imported: ZeroDivisionError"),
        ("absent", "cannot be imported: ModuleNotFoundError"),
        ("old", "is not usable: it is written for protocol version 0, this is version 1"),
        ("short", "is not usable: it lacks capabilities, auth, origins, check, streams, pull, fetch"),
        ("number", "is not usable: it is not a class"),
    ],
)
def test_a_broken_plug_in_is_named_and_the_others_work(folder: Path, point: str, reason: str) -> None:
    plug_in(
        folder,
        "mixed",
        "plugged_mixed",
        GOOD,
        "good = plugged_mixed:Good",
        "old = plugged_mixed:Old",
        "short = plugged_mixed:Short",
        "number = plugged_mixed:number",
        "raises = plugged_raises:X",
        "absent = plugged_absent:X",
    )
    (folder / "plugged_raises.py").write_text("1 / 0", encoding="utf-8")
    config = folder / "syncline.toml"
    config.write_text(
        f'[connections.a]\nconnector = "{point}"\n[connections.b]\nconnector = "good"\n', encoding="utf-8"
    )
    found = registry(folder)
    with pytest.raises(InvalidConfig) as caught:
        load(config, found)
    (only,) = caught.value.problems
    assert str(only).startswith(f'[connections.a] connector "{point}" of mixed 1.2 {reason}')
    assert found.get("good").name == "good"


def test_a_name_declared_twice_is_an_error(folder: Path) -> None:
    plug_in(folder, "one", "plugged_one", GOOD, "good = plugged_one:Good")
    plug_in(folder, "two", "plugged_two", GOOD, "good = plugged_two:Good")
    found = registry(folder)
    with pytest.raises(ConfigError, match='connector "good" is declared twice, by one and two'):
        found.get("good")
    assert [one.distribution for one in found.installed()] == ["one", "two"]
    assert "plugged_one" not in sys.modules


def test_a_name_that_nobody_declares() -> None:
    points = [EntryPoint(name, "x:Y", GROUP) for name in ("jira", "tracker")]
    found = Registry(found=points)
    with pytest.raises(ConfigError) as caught:
        found.get("jria")
    assert str(caught.value) == (
        'no connector named "jria" is installed; installed: jira, tracker — did you mean "jira"?'
    )
    with pytest.raises(ConfigError, match='no connector named "x" is installed; installed: none'):
        Registry(found=[]).get("x")


def test_jira_comes_with_the_distribution() -> None:
    found = [one for one in Registry().installed() if one.name == "jira"]
    assert [one.distribution for one in found] == ["syncline"]
