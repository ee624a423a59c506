"""The documents made from the models: current, and true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import Field

from syncline.config import Config, ConnectionConfig, Word, load, prepare, secrets_of
from syncline.config.catalogue import OWN, keys_of, toml
from syncline.config.example import EXAMPLE, PAGE, example, main, outdated
from syncline.config.loading import parse
from syncline.config.reference import BEGIN, END
from syncline.registry import Registry

ROOT = Path(__file__).parents[2]


def test_the_committed_documents_are_current() -> None:
    assert outdated(ROOT) == []


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "syncline.toml"
    path.write_text(example(Registry()), encoding="utf-8")
    config = load(path)
    names = {connection.connector for connection in config.connections.values()}
    assert names == {one.name for one in Registry().installed() if one.distribution == OWN}
    assert config.connections["eng"].connector == "jira"
    for connection in config.connections.values():
        environ = {reference.target: "x" for reference in secrets_of(connection).values()}
        prepare(connection, config, environ)


def test_everything_the_example_shows_is_valid() -> None:
    document = tomllib.loads(example(Registry(), everything=True))
    assert set(document) == set(Config.model_fields)
    config, problems = parse(document, Path("/x"), Registry())
    assert config is not None
    # the only thing amiss is that the example has other connections than those its rules speak of
    assert {problem.text.partition(" is named ")[0] for problem in problems} == {"no connection"}


def test_every_key_stands_in_the_example() -> None:
    text = example(Registry())
    for section in keys_of(Config):
        assert re.search(rf"^(# )?\[+{section.name}\b", text, re.MULTILINE), section.name
    for key in keys_of(Registry().get("jira").Config):
        assert re.search(rf"^(# )?(\[connections\.eng\.)?{key.name}\b", text, re.MULTILINE), key.name


def test_what_speaks_of_others_or_sends_is_commented_out() -> None:
    text = example(Registry())
    assert set(tomllib.loads(text)) == {"hub", "guards", "connections"}


def test_the_program_checks_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / PAGE
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert str(tmp_path / EXAMPLE) in capsys.readouterr().err
    assert main(["--write", "--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "| `keep_raw` | `true` | Keep the vendor's latest payload of every record. |" in written
    page.write_text(written.replace("Keep the", "Throw away the"), encoding="utf-8")
    assert main(["--check", "--root", str(tmp_path)]) == 1


def test_a_key_without_a_text_is_refused() -> None:
    class Mute(ConnectionConfig):
        silent: bool = False

    with pytest.raises(ValueError, match=r"Mute\.silent has no text below it"):
        keys_of(Mute)


def test_a_key_that_means_nothing_for_a_tool_is_refused_and_not_documented() -> None:
    class Near(ConnectionConfig):
        unused = frozenset({"url"})

    assert "url" not in {key.name for key in keys_of(Near)}
    assert Near(connector="near").url is None
    with pytest.raises(ValueError, match="url means nothing for near; take it out"):
        Near(connector="near", url="https://acme.example")


def test_a_required_key_without_an_example_is_refused() -> None:
    class Bare(ConnectionConfig):
        place: Word
        """Where."""

    with pytest.raises(ValueError, match=r"Bare\.place is required and needs an example"):
        keys_of(Bare)


def test_a_keys_text_and_example_come_from_the_model() -> None:
    class Own(ConnectionConfig):
        place: Word = Field(examples=["here"])
        """Where,
        in two lines."""

    (key,) = [key for key in keys_of(Own) if key.name == "place"]
    assert (key.text, key.example, key.required) == ("Where, in two lines.", "here", True)


@pytest.mark.parametrize(
    "value", [True, 3, 0.5, "a", 'say "x"', 'it\'s "x"', "ü\n\\", ["a", 1], {"a b": {"c": [1]}}, {}]
)
def test_values_are_written_as_toml_reads_them(value: object) -> None:
    assert tomllib.loads(f"x = {toml(value)}")["x"] == value
