"""The reference connector keeps the one truth under every fault; one that does not fails the check for it."""

from __future__ import annotations

import re

import pytest
from tests.conformance.broken_readers import BROKEN
from tests.conformance.memory_bench import MemoryBench

from syncline.memory import Memory
from syncline.testing import FAULTS, FaultyCheck, Verdict, name_of, run


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_memory_conforms(check: FaultyCheck) -> None:
    check(MemoryBench())


def test_every_check_has_its_fault() -> None:
    assert [check for check, _, _ in BROKEN] == list(FAULTS)


@pytest.mark.parametrize(
    ("check", "connector", "says"), BROKEN, ids=[name_of(check) for check, _, _ in BROKEN]
)
def test_a_seeded_fault_fails_its_check_alone(check: FaultyCheck, connector: type[Memory], says: str) -> None:
    results = run(FAULTS, lambda: MemoryBench(connector))
    failed = {result.name: result.reason for result in results if result.verdict is Verdict.FAILED}
    assert failed.keys() == {name_of(check)}
    assert re.search(says, failed[name_of(check)])
