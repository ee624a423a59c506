"""The bench that drives a simulated Amplitude project: its annotations are what somebody edits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from tests.lab import client

from syncline.sim import SimRequest, SimResponse
from syncline.sim.clock import START, SimClock
from syncline.sim.faults import Fault, inflict
from syncline.testing import Quirk, Skipped
from syncline_connectors.amplitude import Amplitude, AmplitudeConfig
from syncline_connectors.amplitude.simulator import AmplitudeSimulator, Quirks

NUMBER = 230
"""Annotations there are: more than the connector puts on two pages."""


class AmplitudeBench:
    """A simulated project with annotations, metrics and a cohort."""

    faults = frozenset(Fault)

    def __init__(self, quirks: Quirks) -> None:
        self._clock = SimClock()
        self._project = AmplitudeSimulator(self._clock, seed=3, quirks=quirks)
        self._project.add_key("key", "secret")
        self._project.set_series("visit", (START - timedelta(days=20)).date(), range(100, 140))
        self._project.add_cohort("Everybody", 100)
        self._strike: tuple[Fault, int] | None = None
        self._writes = False
        self.issues: set[str] = set()
        for number in range(NUMBER):
            self.create_issue(f"annotation {number}")

    def _answer(self, request: SimRequest) -> SimResponse:
        if self._strike is None or self._writes is (request.method == "GET"):
            return self._project(request)
        fault, times = self._strike
        self._strike = (fault, times - 1) if times > 1 else None
        return inflict(fault, self._project, request, self._clock, 1.0)

    def connect(self) -> Amplitude:
        return self.board("read")

    def board(self, access: Literal["read", "write"] = "write") -> Amplitude:
        config = AmplitudeConfig.model_validate(
            {
                "connector": "amplitude",
                "access": access,
                "key": SecretStr("key"),
                "secret": SecretStr("secret"),
                "region": "us",
                "metrics": [{"name": "visits", "event": "visit"}],
            }
        )
        http = client(Amplitude, config, self._answer, self._clock)
        return Amplitude(config, http, {})

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        made = self._project.annotate(title, self._clock.now())
        self.issues.add(str(made.id))
        return str(made.id)

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._project.annotations[int(remote_id)].label = title

    def delete_issue(self, remote_id: str) -> None:
        self._project.remove_annotation(self._project.annotations[int(remote_id)])
        self.issues.discard(remote_id)

    def add_comment(self, issue: str, text: str) -> str:
        raise Skipped("annotations have no comments")

    def delete_comment(self, issue: str, comment: str) -> None:
        raise Skipped("annotations have no comments")

    def revoke(self) -> None:
        self._project.keys.clear()

    # ---- marks ----

    zone = ZoneInfo("Europe/Berlin")

    def shown(self) -> list[tuple[str, datetime]]:
        every = self._project.annotations.values()
        return [(one.label, datetime.fromisoformat(one.start)) for one in every if one.made is not None]

    def edit_mark(self, remote_id: str) -> None:
        self._project.annotations[int(remote_id)].details = "with other words"

    # ---- time and trouble ----

    def settle(self) -> None:
        """What was made over the API is listed."""
        self._clock.advance(60)

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self._strike = (fault, times) if times else None
        self._writes = writes

    @property
    def quirks(self) -> frozenset[Quirk]:
        """Annotations come whole or not at all, and bear no time of their last change."""
        return frozenset()

    def behave(self, quirk: Quirk) -> None:
        raise Skipped(f"the tool never has {quirk}")
