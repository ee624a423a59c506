"""Checks run without pytest: what came of each, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conformance.memory_bench import MemoryBench

from syncline.memory import Memory
from syncline.model import Kind
from syncline.testing import READING, WRITING, Bench, Skipped, Verdict, WritingBench, rule_of, run
from syncline.testing.children import CHILDREN


class NoChildren(Memory):
    capabilities = replace(Memory.capabilities, creates={Kind.ISSUE: Memory.capabilities.creates[Kind.ISSUE]})


def check_passes(bench: Bench) -> None:
    """All is well.

    In two lines.
    """


def check_fails(bench: Bench) -> None:
    """It never is."""
    assert len(bench.issues) == 1, "one issue is enough"


def check_crashes(bench: Bench) -> None:
    """A connector may raise anything."""
    raise KeyError("nobody expected this")


def check_skips(bench: Bench) -> None:
    """There is no such thing."""
    raise Skipped("the tool has no such thing")


def test_each_verdict_has_its_reason() -> None:
    results = list(run([check_passes, check_fails, check_crashes, check_skips], MemoryBench))
    assert [(result.name, result.verdict, result.reason) for result in results] == [
        ("passes", Verdict.PASSED, ""),
        ("fails", Verdict.FAILED, "one issue is enough"),
        ("crashes", Verdict.FAILED, "raised KeyError: 'nobody expected this'"),
        ("skips", Verdict.SKIPPED, "the tool has no such thing"),
    ]
    assert results[0].rule == "All is well. In two lines."


def test_each_check_has_a_bench_of_its_own() -> None:
    benches: list[MemoryBench] = []

    def make() -> MemoryBench:
        benches.append(MemoryBench())
        return benches[-1]

    list(run(READING[:3], make))
    assert len(benches) == 3


def test_an_interrupt_ends_the_run() -> None:
    def check_is_interrupted(bench: Bench) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run([check_is_interrupted], MemoryBench))


def test_what_is_not_declared_is_skipped_aloud() -> None:
    results = list(run(CHILDREN, lambda: MemoryBench(NoChildren)))
    assert {result.verdict for result in results} == {Verdict.SKIPPED}
    assert {result.reason for result in results} == {
        "the connector makes no comments",
        "the connector makes no attachments",
    }


def test_what_the_tool_does_not_have_is_skipped_aloud() -> None:
    class KindTool(MemoryBench):
        required = None
        off_screen = None
        file_limit = None
        title_limit = None
        faults = frozenset()

        def protect(self, remote_id: str) -> bool:
            return False

    def make() -> WritingBench:
        return KindTool()

    skipped = {
        result.name: result.reason for result in run(WRITING, make) if result.verdict is Verdict.SKIPPED
    }
    assert skipped == {
        "lost_answer_on_create_is_in_doubt": "the bench loses no answers",
        "failed_create_makes_nothing": "the bench lets no request fail",
        "missing_required_field_is_named": "the tool requires nothing but a title",
        "too_long_is_refused_by_name": "titles have no limit",
        "hidden_field_is_refused_by_name": "every record takes every field",
        "forbidden_write_is_told": "whoever may read may write",
        "lost_answer_on_update_is_told": "the bench lets no request fail",
        "lost_answer_on_comment_is_in_doubt": "the bench loses no answers",
        "lost_answer_on_file_is_in_doubt": "the bench loses no answers",
        "file_too_large_is_invalid": "files have no limit",
    }


def test_every_check_states_its_rule_in_one_line() -> None:
    for check in (*READING, *WRITING):
        assert "\n" not in (check.__doc__ or "").strip()
        assert rule_of(check).endswith(".")
