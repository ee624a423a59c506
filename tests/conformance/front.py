"""What stands before a simulated tool on a bench, so that faults can be injected and writes are counted."""

from __future__ import annotations

from collections.abc import Callable

from syncline.sim.app import App, SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault, inflict


class Front:
    """Lets requests fail as told, and counts those that changed something.

    ``writes`` says which requests may, ``took`` which answers mean that one did.
    """

    def __init__(
        self,
        tool: App,
        clock: SimClock,
        writes: Callable[[SimRequest], bool] = lambda request: request.method != "GET",
        took: Callable[[SimResponse], bool] = lambda answer: answer.status < 300,
    ) -> None:
        self._tool = tool
        self._clock = clock
        self._writes = writes
        self._took = took
        self.written = 0
        self.strike: tuple[Fault, bool, int] | None = None

    def __call__(self, request: SimRequest) -> SimResponse:
        writes = self._writes(request)
        if self.strike is None or self.strike[1] is not writes:
            return self._ask(request)
        fault, _, times = self.strike
        self.strike = (fault, writes, times - 1) if times > 1 else None
        return inflict(fault, self._ask, request, self._clock, 1.0)

    def _ask(self, request: SimRequest) -> SimResponse:
        answer = self._tool(request)
        self.written += self._writes(request) and self._took(answer)
        return answer
