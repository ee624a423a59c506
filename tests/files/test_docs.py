"""The page tells every column, and its examples, like those in the folder, are read as they stand."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from tests.files.world import REGISTRY, records, world, write

from syncline.config import load
from syncline.model import Kind
from syncline_cli.app import run
from syncline_connectors.files import Files, translate
from syncline_connectors.files.csvrows import MOST_COLUMNS
from syncline_connectors.files.tables import NOTE_KEYS, TABLES, Table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/connectors/files.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "examples/files"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_stands_on_the_page(table: Table) -> None:
    section = PAGE.partition(f"### {table.name.capitalize()}\n")[2].partition("\n### ")[0]
    told = re.findall(r"^\| `(\w+)`( \(required\))? \| (\S+) \| (.*?) \|", section, re.MULTILINE)
    assert told == [
        (one.name, " (required)" if one.required else "", one.cell, ", ".join(one.aliases))
        for one in table.columns
    ]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_the_example_of_every_table_is_read(table: Table, tmp_path: Path) -> None:
    section = PAGE.partition(f"### {table.name.capitalize()}\n")[2]
    write(tmp_path, "t.csv", re.findall(r"```csv\n(.*?)```", section, re.DOTALL)[0])
    assert records(tmp_path, **{table.name: "t.csv"})


def test_the_example_of_a_note_is_read(tmp_path: Path) -> None:
    write(tmp_path, "n.md", re.findall(r"```markdown\n(.*?)```", PAGE, re.DOTALL)[0])
    (note,) = records(tmp_path, notes="n.md")
    assert note.title == "Globex: inviting a team takes a morning"


def test_the_settings_shown_are_valid(tmp_path: Path) -> None:
    shown, fields = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = write(tmp_path, "syncline.toml", '[fields]\nreach = { type = "number" }\n' + shown)
    load(path, REGISTRY)
    assert set(tomllib.loads(fields)["connections"]["files"]["fields"]) == {"reach", "severity"}


def test_every_key_of_a_note_stands_on_the_page() -> None:
    section = PAGE.partition("### Notes\n")[2].partition("\n### ")[0]
    for column in NOTE_KEYS.columns:
        assert f"`{column.name}`" in section


def test_limits_are_as_told() -> None:
    assert f"at most {MOST_COLUMNS:,}" in PAGE
    assert f"Markdown file {translate.LONGEST:,}" in PAGE


def test_the_examples_are_pulled_without_a_remark(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("*.db*"))
    config = load(folder / "syncline.toml", REGISTRY)
    here = world(folder)
    here.config = lambda: config  # type: ignore[method-assign]
    result = here.pull()
    assert (result.exit_code, result.problems, result.set_aside) == (0, [], [])
    assert here.pull().exit_code == 0
    kinds = Counter(kind for (kind,) in here.rows("SELECT kind FROM records"))
    assert set(kinds) == {kind.value for kind in Files.capabilities.reads}
    assert kinds[Kind.NOTE.value] == 4
    assert kinds[Kind.DECISION.value] == 3


def test_the_program_reads_the_examples_and_doctor_looks_at_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("*.db*"))
    write(folder, "research/old.md", "# Größe".encode("cp1252"))
    (folder / "syncline.toml").chmod(0o644)
    monkeypatch.chdir(folder)
    assert run(["pull"]) == 0
    assert "files/surveys        6 read, 6 created" in capsys.readouterr().out
    assert run(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert f"  ok    reads files ({folder})" in printed
    assert "  note  research/old.md is not UTF-8; it is read as Windows-1252" in printed
    (folder / "data/flags.csv").unlink()
    assert run(["doctor"]) == 4
    assert "  FAIL  rollouts: data/flags.csv is not there" in capsys.readouterr().out
