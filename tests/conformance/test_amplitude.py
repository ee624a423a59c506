"""Amplitude passes the suite for reading, on the simulated project's usual hostile behaviour and on its best."""

from __future__ import annotations

import pytest
from tests.conformance.amplitude_bench import AmplitudeBench

from syncline.testing import FAULTS, READING, Check, FaultyCheck, name_of
from syncline_connectors.amplitude.simulator import CALM, Quirks


@pytest.fixture(params=[CALM, Quirks()], ids=["calm", "hostile"])
def bench(request: pytest.FixtureRequest) -> AmplitudeBench:
    return AmplitudeBench(request.param)


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_it_reads_as_it_must(check: Check, bench: AmplitudeBench) -> None:
    check(bench)


@pytest.mark.parametrize("check", FAULTS, ids=name_of)
def test_it_bears_faults(check: FaultyCheck, bench: AmplitudeBench) -> None:
    check(bench)
