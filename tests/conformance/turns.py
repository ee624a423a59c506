"""Several processes in one: each runs until it waits, and time passes to whoever is to go on first."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from syncline.seams import Clock
from syncline.sim.clock import SimClock


class Turns:
    """One thread for each job and never two at work: the same ``seed`` gives the same order."""

    def __init__(self, clock: SimClock, seed: int) -> None:
        self._clock = clock
        self._random = random.Random(seed)
        self._turn: list[threading.Semaphore] = []
        self._wake: dict[int, float] = {}
        self._errors: list[BaseException] = []

    def run(self, jobs: Sequence[Callable[[Clock], None]]) -> None:
        """Do all jobs, each with a clock of its own; raises what the first of them raised."""
        self._wake = dict.fromkeys(range(len(jobs)), self._clock.monotonic())
        self._turn = [threading.Semaphore(0) for _ in jobs]
        threads = [threading.Thread(target=self._job, args=entry) for entry in enumerate(jobs)]
        for thread in threads:
            thread.start()
        self._turn[self._next()].release()
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def wait(self, who: int, seconds: float) -> None:
        """Let the others go on for so long."""
        self._wake[who] = self._clock.monotonic() + max(0.0, seconds)
        following = self._next()
        if following != who:
            self._turn[following].release()
            self._turn[who].acquire()

    def _job(self, who: int, job: Callable[[Clock], None]) -> None:
        self._turn[who].acquire()
        try:
            job(Turn(self, who, self._clock))
        except BaseException as error:  # raised again in `run`
            self._errors.append(error)
        if self._wake:
            self._turn[self._next()].release()

    def _next(self) -> int:
        """Whoever wakes first, and it is that late now; chance decides between equals."""
        first = min(self._wake.values())
        following = self._random.choice([who for who, at in self._wake.items() if at == first])
        del self._wake[following]
        self._clock.advance(first - self._clock.monotonic())
        return following


class Turn:
    """The clock of one job: while it sleeps, others go on."""

    def __init__(self, turns: Turns, who: int, clock: SimClock) -> None:
        self._turns = turns
        self._who = who
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._turns.wait(self._who, seconds)
