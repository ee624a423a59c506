"""Jira Cloud passes the suite, against the simulated site on its usual, hostile behaviour and on its best."""

from __future__ import annotations

import pytest
from tests.conformance.jira_bench import CALM, HOSTILE, JiraBench

from syncline.testing import FAULTS, READING, WRITING, Check, FaultyCheck, WritingCheck, name_of
from syncline_connectors.jira.simulator import Face, Quirks

pytestmark = pytest.mark.parametrize("quirks", [CALM, HOSTILE], ids=["calm", "hostile"])


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, quirks: Quirks) -> None:
    check(JiraBench(Face.CLOUD, quirks))


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, quirks: Quirks) -> None:
    check(JiraBench(Face.CLOUD, quirks))


@pytest.mark.parametrize("check", WRITING, ids=name_of)
def test_it_writes_as_it_must(check: WritingCheck, quirks: Quirks) -> None:
    check(JiraBench(Face.CLOUD, quirks))
