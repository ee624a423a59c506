"""The reference target passes the suite for writing."""

from __future__ import annotations

import pytest
from tests.conformance.memory_bench import MemoryBench

from syncline.testing import WRITING, WritingCheck, name_of


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_memory_conforms(check: WritingCheck) -> None:
    check(MemoryBench())
