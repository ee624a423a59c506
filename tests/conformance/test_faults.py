"""The reference connector keeps the one truth under every fault."""

from __future__ import annotations

import pytest
from tests.conformance.memory_bench import MemoryBench

from syncline.testing import FAULTS, FaultyCheck, name_of


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_memory_conforms(check: FaultyCheck) -> None:
    check(MemoryBench())
