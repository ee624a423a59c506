"""The reference target passes the suite for writing; a target with one seeded fault fails the check for it."""

from __future__ import annotations

import re

import pytest
from tests.conformance.broken_targets import ALSO, BROKEN
from tests.conformance.memory_bench import MemoryBench

from syncline.memory import Memory
from syncline.testing import WRITING, Verdict, WritingCheck, name_of, run


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_memory_conforms(check: WritingCheck) -> None:
    check(MemoryBench())


def test_every_check_has_its_fault() -> None:
    assert [check for check, _, _ in BROKEN] == list(WRITING)


@pytest.mark.parametrize(
    ("check", "connector", "says"), BROKEN, ids=[name_of(check) for check, _, _ in BROKEN]
)
def test_a_seeded_fault_fails_its_check_alone(
    check: WritingCheck, connector: type[Memory], says: str
) -> None:
    results = run(WRITING, lambda: MemoryBench(connector))
    failed = {result.name: result.reason for result in results if result.verdict is Verdict.FAILED}
    assert failed.keys() == {name_of(check)} | ALSO.get(connector, frozenset())
    assert re.search(says, failed[name_of(check)])
