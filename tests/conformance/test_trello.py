"""Trello passes the suite, on the simulated service's usual hostile behaviour and on its best."""

from __future__ import annotations

import pytest
from tests.conformance.trello_bench import CALM, HOSTILE, TrelloBench

from syncline.testing import FAULTS, READING, WRITING, Check, FaultyCheck, WritingCheck, name_of


@pytest.fixture(params=[CALM, HOSTILE], ids=["calm", "hostile"])
def bench(request: pytest.FixtureRequest) -> TrelloBench:
    return TrelloBench(request.param)


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, bench: TrelloBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, bench: TrelloBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_it_writes_as_it_must(check: WritingCheck, bench: TrelloBench) -> None:
    check(bench)
