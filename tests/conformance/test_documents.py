"""What the page for connector authors shows is executed: the samples work, and its tables name what there is."""

from __future__ import annotations

import inspect
import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.memory_bench import MemoryBench

import syncline.target
from syncline.connector import Capabilities
from syncline.memory import Memory
from syncline.memory_values import told
from syncline.model import Kind, Ref, Sourced, TextFormat
from syncline.target import FIELDS
from syncline.testing import FAULTS, READING, WRITING, Verdict, WritingBench, run

PAGE = Path(__file__).parents[2] / "docs" / "connector-protocol.md"
TEXT = PAGE.read_text(encoding="utf-8")
SAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def sample(holding: str) -> str:
    (text,) = [text for text in SAMPLES if holding in text]
    return str(text)


def executed(text: str, **names: Any) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "sample", **names}
    exec(compile(text, PAGE.name, "exec", dont_inherit=True), space)  # noqa: S102 (our own page)
    return space


@pytest.fixture
def acme_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("acme_bench")
    module.AcmeBench = MemoryBench  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_bench", module)


def test_every_sample_is_executed_here_or_with_the_configuration() -> None:
    known = [
        "class Acme:",
        "class AcmeConfig",
        "capabilities = Cap",
        "class AcmeWrites",
        "def test_acme",
        "in run(",
    ]
    assert [sum(holding in text for text in SAMPLES) for holding in known] == [1, 1, 2, 1, 1, 1]
    assert len(SAMPLES) == len(known)


def test_the_class_shown_can_be_built() -> None:
    config = executed(sample("class AcmeConfig"))["AcmeConfig"]
    names = {"Capabilities": Capabilities, "Kind": Kind, "TextFormat": TextFormat, "AcmeConfig": config}
    acme = executed(sample("class Acme:"), **names)["Acme"]
    assert acme(None, None, {}).capabilities.text_format is TextFormat.MARKDOWN


def test_the_capabilities_shown_are_valid() -> None:
    shown = executed(sample("CreateBy"))["capabilities"]
    assert shown.writes <= FIELDS.keys() | {"fields"}
    assert shown.creates.keys() <= shown.reads


def test_the_update_shown_passes_every_check() -> None:
    shown: Any = executed(sample("class AcmeWrites"))["AcmeWrites"]
    capable = executed(sample("CreateBy"))["capabilities"]

    class Shown(shown, Memory):  # type: ignore[misc]
        capabilities = capable

        def look(self, ref: Ref) -> Sourced:
            return self._look(ref)

        def send(self, ref: Ref, values: dict[str, Any]) -> Sourced:
            self._may_write()
            payload = self.tool.change(
                ref.kind, ref.remote_id, self._natives(values, self._look(ref).payload)
            )
            return self._sourced(ref.kind, told(payload))

    results = list(run(WRITING, lambda: MemoryBench(Shown)))
    assert {r.name: r.reason for r in results if r.verdict is Verdict.FAILED} == {}
    assert sum(r.verdict is Verdict.PASSED for r in results) >= 25


@pytest.mark.usefixtures("acme_bench")
def test_the_test_shown_runs_every_check() -> None:
    shown = executed(sample("def test_acme"))["test_acme_conforms"]
    (mark,) = shown.pytestmark
    assert mark.args[1] == [*READING, *FAULTS, *WRITING]
    shown(READING[0])


@pytest.mark.usefixtures("acme_bench")
def test_the_run_shown_prints_a_line_for_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    executed(sample("in run("))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(WRITING)
    assert all(line.startswith("passed   ") for line in lines)


def test_every_method_and_protocol_of_a_target_is_listed() -> None:
    protocols = [
        value for value in vars(syncline.target).values() if getattr(value, "_is_runtime_protocol", False)
    ]
    ours = [protocol for protocol in protocols if protocol.__module__ == "syncline.target"]
    methods = [
        name for protocol in ours for name, value in vars(protocol).items() if inspect.isfunction(value)
    ]
    names = [protocol.__name__ for protocol in ours] + [name for name in methods if not name.startswith("_")]
    assert len(names) >= 13
    assert [name for name in names if f"`{name}" not in TEXT] == []


def test_every_member_of_a_bench_is_listed() -> None:
    members = [name for cls in WritingBench.__mro__[:2] for name in vars(cls) if not name.startswith("_")]
    assert len(members) >= 18
    assert [name for name in members if f"`{name}" not in TEXT] == []
