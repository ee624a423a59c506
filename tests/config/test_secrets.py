"""Secrets: only references in the file, values only where they are asked for."""

from __future__ import annotations

import logging
import os
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

import syncline.secrets
from syncline.config import Config, InvalidConfig, Secret, prepare, secrets_of, values_of
from syncline.errors import ConfigError
from syncline.secrets import Reference, read_env_file, resolve

Read = Callable[[str], Config]
CANARY = "canary-7f3a91"

ENG = """
[connections.eng]
connector = "tracker"
url = "https://acme.example"
token = "{}"
"""


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def fetched(reference: str, directory: Path, **environ: str) -> str:
    found = resolve(
        Reference.parse(reference), directory=directory, environ=environ, wanted_by="token of [x]"
    )
    return found.get_secret_value()


def refusal(reference: str, directory: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        fetched(reference, directory, **environ)
    assert CANARY not in str(caught.value)
    return str(caught.value)


# ---- in the file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "literal", [CANARY, f"https://{CANARY}", f"ENV:{CANARY}", f"env:{CANARY}", f"keyring:{CANARY}"]
)
def test_a_literal_is_refused_and_never_repeated(read: Read, literal: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        read(ENG.format(literal))
    assert "[connections.eng] token: " in str(caught.value)
    assert "env:NAME, file:PATH, command:ARGV or keyring:SERVICE/USER" in str(caught.value)
    for text in (str(caught.value), repr(caught.value.problems), repr(caught.value)):
        assert CANARY not in text


@given(st.text())
def test_what_is_accepted_is_a_reference(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ValueError as error:
        told = str(error)
    else:
        told = ""
        assert text == f"{reference.scheme}:{reference.target}"
    assert len(text) < 12 or text not in told


def test_prepare_fills_the_secrets_and_nothing_else(read: Read) -> None:
    config = read(ENG.format("env:TRACKER_TOKEN"))
    eng = config.connections["eng"]
    assert {path: str(one) for path, one in secrets_of(eng).items()} == {"token": "env:TRACKER_TOKEN"}
    ready = prepare(eng, config, {"TRACKER_TOKEN": CANARY})
    assert ready.token.get_secret_value() == CANARY  # type: ignore[attr-defined]
    assert values_of(ready) == {CANARY}
    assert values_of(eng) == frozenset()
    assert (type(ready), ready.name, ready.url) == (type(eng), "eng", eng.url)
    for text in (repr(ready), str(ready), str(ready.model_dump()), ready.model_dump_json()):
        assert CANARY not in text
        assert "env:TRACKER_TOKEN" in text


def test_a_secret_that_was_not_fetched_cannot_be_used(read: Read) -> None:
    eng = read(ENG.format("env:TRACKER_TOKEN")).connections["eng"]
    with pytest.raises(RuntimeError, match="not been fetched"):
        eng.token.get_secret_value()  # type: ignore[attr-defined]


def test_secrets_in_lists_and_tables_are_found() -> None:
    class Inner(BaseModel):
        key: Secret

    class Outer(BaseModel):
        one: Inner
        many: tuple[Inner, ...]
        named: dict[str, Secret]
        given: Secret
        plain: str = "x"

    outer = Outer.model_validate(
        {
            "one": {"key": "env:A"},
            "many": [{"key": "env:B"}, {"key": "env:C"}],
            "named": {"d": "env:D"},
            "given": SecretStr("e"),
        }
    )
    ready = syncline.secrets.filled(outer, lambda path, reference: SecretStr(f"{path}={reference.target}"))
    assert values_of(ready) == {"one.key=A", "many.0.key=B", "many.1.key=C", "named.d=D", "e"}
    assert ready.many[1].key.get_secret_value() == "many.1.key=C"


# ---- env: and the env file --------------------------------------------------------------------------


def test_the_environment_goes_before_the_env_file(tmp_path: Path) -> None:
    env_file = private(tmp_path / "own.env", "A=file\nB=file\n")
    environ = {"A": " real\n"}
    found = [
        resolve(Reference.parse(f"env:{name}"), directory=tmp_path, environ=environ, env_file=env_file)
        for name in ("A", "B")
    ]
    assert [one.get_secret_value() for one in found] == ["real", "file"]


def test_a_missing_variable_is_told_with_its_places(read: Read, tmp_path: Path) -> None:
    config = read('[hub]\nenv_file = "own.env"\n' + ENG.format("env:NOPE"))
    with pytest.raises(ConfigError) as caught:
        prepare(config.connections["eng"], config, {})
    env_file = tmp_path / "own.env"
    assert str(caught.value).startswith(
        "variable NOPE, wanted by token of [connections.eng], was not found in the environment"
        f" ({env_file} does not exist) — "
    )
    private(env_file, f"OTHER={CANARY}\n")
    with pytest.raises(ConfigError) as caught:
        prepare(config.connections["eng"], config, {})
    assert f"in the environment and {env_file}" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_an_empty_secret_is_an_error(tmp_path: Path) -> None:
    assert "env:A, wanted by token of [x], is empty" in refusal("env:A", tmp_path, A=" ")
    assert "more than one line" in refusal("env:A", tmp_path, A=f"{CANARY}\nX: y")


def test_the_env_file_is_read_as_shells_write_it(tmp_path: Path) -> None:
    text = """
# a comment
PLAIN=abc#def
export EXPORTED = spaced  # comment
SINGLE='a "b" \\n # c'
DOUBLE="a \\"b\\" \\\\ # c"  # comment
DOLLAR="$HOME"
EMPTY=
EQUALS=a=b==
TWICE=1
TWICE=2
"""
    assert read_env_file(private(tmp_path / "e", text)) == {
        "PLAIN": "abc#def",
        "EXPORTED": "spaced",
        "SINGLE": 'a "b" \\n # c',
        "DOUBLE": 'a "b" \\ # c',
        "DOLLAR": "$HOME",
        "EMPTY": "",
        "EQUALS": "a=b==",
        "TWICE": "2",
    }


printable = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C", "Z"]), min_size=1
)


@given(printable)
def test_any_value_survives_quotation(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    path = private(tmp_path_factory.mktemp("env") / "e", f"KEY={quoted}\n")
    assert read_env_file(path) == {"KEY": value}


@pytest.mark.parametrize(
    "line", [CANARY, f"KEY-{CANARY}=1", f'A="{CANARY}', f"A='{CANARY}' x", f"1A={CANARY}"]
)
def test_a_bad_line_is_named_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = private(tmp_path / "e", f"GOOD=1\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        read_env_file(path)
    assert str(caught.value) == f"{path}, line 2: expected KEY=value"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666, 0o620])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "e", f"A={CANARY}\n", mode)
    with pytest.raises(ConfigError) as caught:
        read_env_file(path)
    assert str(caught.value) == f"{path} can be read by others (mode {mode:04o}) — chmod 600 {path}"
    assert f"mode {mode:04o}" in refusal("file:e", tmp_path)


def test_an_env_file_behind_a_link_is_refused(tmp_path: Path) -> None:
    private(tmp_path / "real", "A=1\n")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(ConfigError, match="it is a symbolic link"):
        read_env_file(tmp_path / "link")


# ---- file: -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file(tmp_path: Path, mode: int) -> None:
    private(tmp_path / "token", f"  {CANARY}\n", mode)
    assert fetched("file:token", tmp_path) == CANARY
    assert fetched(f"file:{tmp_path}/token", Path("/")) == CANARY


def test_a_mounted_secret_is_a_link_to_a_private_file(tmp_path: Path) -> None:
    private(tmp_path / "real", CANARY)
    (tmp_path / "link").symlink_to("real")
    assert fetched("file:link", tmp_path) == CANARY
    (tmp_path / "real").chmod(0o644)
    assert "mode 0644" in refusal("file:link", tmp_path)


def test_a_link_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private(tmp_path / "real", CANARY)
    (tmp_path / "link").symlink_to("real")
    if os.geteuid() != 0:
        pytest.skip("only root can make a link that belongs to somebody else")
    os.lchown(tmp_path / "link", 65534, 65534)
    assert "it is a symbolic link" in refusal("file:link", tmp_path)


def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file that belongs to somebody else")
    os.chown(private(tmp_path / "token", CANARY), 65534, 65534)
    assert "belongs to another user" in refusal("file:token", tmp_path)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    assert "not a regular file" in refusal("file:pipe", tmp_path)
    assert "Is a directory" in refusal("file:folder", tmp_path)
    assert refusal("file:absent", tmp_path).endswith(
        "absent cannot be read: No such file or directory; wanted by token of [x]"
    )
    private(tmp_path / "large", "x" * 70_000)
    assert "too large" in refusal("file:large", tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "binary").chmod(0o600)
    assert "not UTF-8" in refusal("file:binary", tmp_path)


# ---- command: --------------------------------------------------------------------------------------


def test_a_command_gives_its_first_line(tmp_path: Path) -> None:
    assert fetched("command:printf '%s\\n' 'a b' second", tmp_path, PATH="/usr/bin:/bin") == "a b"


def test_a_command_runs_without_a_shell(tmp_path: Path) -> None:
    assert fetched("command:echo $HOME; touch x", tmp_path, PATH="/usr/bin:/bin") == "$HOME; touch x"
    assert list(tmp_path.iterdir()) == []


def test_a_failing_command_shows_nothing_it_printed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = refusal(
        f"command:sh -c 'echo {CANARY}; echo {CANARY} >&2; exit 3'", tmp_path, PATH="/usr/bin:/bin"
    )
    assert told == "command:sh, wanted by token of [x], ended with 3 — run it by hand to see why"
    assert CANARY not in caplog.text


def test_commands_that_cannot_be_used(tmp_path: Path) -> None:
    assert "cannot be started: No such file" in refusal("command:no-such-program-here x", tmp_path)
    assert "unclosed quotation" in refusal("command:echo 'x", tmp_path)
    assert "is empty" in refusal("command:true", tmp_path, PATH="/usr/bin:/bin")
    assert "did not print text" in refusal("command:printf '\\377'", tmp_path, PATH="/usr/bin:/bin")


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncline.secrets, "COMMAND_TIMEOUT", 0.2)
    start = time.monotonic()
    assert "took longer than 0.2 s" in refusal("command:sleep 30", tmp_path, PATH="/usr/bin:/bin")
    assert time.monotonic() - start < 5


# ---- keyring: --------------------------------------------------------------------------------------


class Refused(Exception):
    pass


def test_a_keyring_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    told = refusal("keyring:syncline/eng", tmp_path)
    assert told.endswith("needs the keyring package — pip install 'syncline[keyring]'")


def test_a_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def get_password(service: str, user: str) -> str | None:
        if service == "locked":
            raise Refused(CANARY)
        return CANARY if (service, user) == ("syncline", "eng/x") else None

    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    keyring.get_password = get_password  # type: ignore[attr-defined]
    errors.KeyringError = Refused  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert fetched("keyring:syncline/eng/x", tmp_path) == CANARY
    assert "is not in the keyring" in refusal("keyring:syncline/other", tmp_path)
    assert "cannot be read: Refused" in refusal("keyring:locked/x", tmp_path)
