"""Jira passes the suite, Cloud and Data Center, on the simulated sites' usual hostile behaviour and on their best."""

from __future__ import annotations

import pytest
from tests.conformance.jira_bench import CALM, HOSTILE, JiraBench

from syncline.testing import FAULTS, READING, WRITING, Check, FaultyCheck, WritingCheck, name_of
from syncline_connectors.jira.simulator import Face


@pytest.fixture(params=[CALM, HOSTILE], ids=["calm", "hostile"])
def bench(request: pytest.FixtureRequest, face: Face) -> JiraBench:
    return JiraBench(face, request.param)


@pytest.fixture(params=Face, ids=lambda face: face.name.lower())
def face(request: pytest.FixtureRequest) -> Face:
    found: Face = request.param
    return found


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, bench: JiraBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, bench: JiraBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_it_writes_as_it_must(check: WritingCheck, bench: JiraBench) -> None:
    check(bench)
