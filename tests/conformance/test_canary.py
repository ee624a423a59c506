"""``doctor --canary`` on every tool that is written to: it passes, and names the one thing that is not as declared.

What one tool alone lacks (a field, a screen, a right) is falsified in its own tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.conformance.jira_bench import CALM as CALM_JIRA
from tests.conformance.jira_bench import JiraBench
from tests.conformance.linear_bench import CALM as CALM_LINEAR
from tests.conformance.linear_bench import LinearBench
from tests.conformance.trello_bench import CALM as CALM_TRELLO
from tests.conformance.trello_bench import TrelloBench
from tests.conformance.zendesk_bench import SMALL, ZendeskBench

from syncline.canary import Canary, State
from syncline.sim.clock import SimClock
from syncline.target import Target
from syncline.testing import WritingBench
from syncline_connectors.jira.simulator import Face

MARKER = "8c0c3a0e-5d0b-5d6c-9d43-3f1f5f1c2b11"
BENCHES: dict[str, Callable[[], WritingBench]] = {
    "jira cloud": lambda: JiraBench(Face.CLOUD, CALM_JIRA),
    "jira data center": lambda: JiraBench(Face.DATA_CENTER, CALM_JIRA),
    "linear": lambda: LinearBench(CALM_LINEAR),
    "trello": lambda: TrelloBench(CALM_TRELLO),
    "zendesk": lambda: ZendeskBench(SMALL),
}


@pytest.fixture(params=list(BENCHES))
def bench(request: pytest.FixtureRequest) -> WritingBench:
    return BENCHES[request.param]()


def states(target: Target, bench: WritingBench) -> dict[str, State]:
    canary = Canary(target, target.check(), bench.container, (), clock=SimClock(), marker=MARKER)
    return {one.what: one.state for one in canary.findings()}


def wrong(found: dict[str, State]) -> set[str]:
    return {what for what, state in found.items() if state not in (State.OK, State.UNTRIED)}


def test_it_passes(bench: WritingBench) -> None:
    before = len(bench.titles())
    found = states(bench.connect(), bench)
    assert wrong(found) == set()
    assert found.keys() >= {"create", "marker", "title", "status", "labels", "comment", "file", "put away"}
    assert len(bench.titles()) - before <= 1


def test_a_value_that_is_stored_otherwise_than_foretold_is_named(
    bench: WritingBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = bench.connect()
    truly = target.stored_form

    def wrongly(field: str, value: Any) -> Any:
        return "something else" if field == "title" else truly(field, value)

    monkeypatch.setattr(target, "stored_form", wrongly)
    assert wrong(states(target, bench)) == {"title"}
