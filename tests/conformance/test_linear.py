"""Linear passes the suite, on the simulated workspace's usual hostile behaviour and on its best."""

from __future__ import annotations

import pytest
from tests.conformance.linear_bench import CALM, HOSTILE, LinearBench

from syncline.testing import FAULTS, READING, WRITING, Check, FaultyCheck, WritingCheck, name_of


@pytest.fixture(params=[CALM, HOSTILE], ids=["calm", "hostile"])
def bench(request: pytest.FixtureRequest) -> LinearBench:
    return LinearBench(request.param)


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, bench: LinearBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, bench: LinearBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_it_writes_as_it_must(check: WritingCheck, bench: LinearBench) -> None:
    check(bench)
