"""Zendesk passes the suite on the simulated account's usual hostile behaviour and on its best."""

from __future__ import annotations

import pytest
from tests.conformance.zendesk_bench import HOSTILE, SMALL, ZendeskBench

from syncline.testing import FAULTS, READING, WRITING, Check, FaultyCheck, WritingCheck, name_of


@pytest.fixture(params=[SMALL, HOSTILE], ids=["calm", "hostile"])
def bench(request: pytest.FixtureRequest) -> ZendeskBench:
    return ZendeskBench(request.param)


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, bench: ZendeskBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, bench: ZendeskBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_it_writes_as_it_must(check: WritingCheck, bench: ZendeskBench) -> None:
    check(bench)
