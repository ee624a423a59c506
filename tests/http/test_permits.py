"""Buckets: never more than rate * window + burst, however many callers there are."""

from __future__ import annotations

import threading
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.http.lab import FakeClock

from syncline.http import BlockPermits, LocalPermits, Permits


def worst_excess(sent: list[float], rate: float, burst: int) -> float:
    """By how much the fullest window exceeds its allowance, over all windows between two sendings."""
    sent = sorted(sent)
    return max(
        (last - first + 1) - (rate * (sent[last] - sent[first]) + burst)
        for first in range(len(sent))
        for last in range(first, len(sent))
    )


pauses = st.one_of(st.just(0.0), st.floats(0, 2.0))
steps = st.lists(st.tuples(st.integers(0, 3), pauses), min_size=1, max_size=80)


@settings(max_examples=60)
@given(steps=steps, rate=st.floats(0.5, 30), burst=st.integers(1, 20), processes=st.integers(1, 4))
def test_no_window_ever_holds_more_than_its_allowance(
    steps: list[tuple[int, float]], rate: float, burst: int, processes: int
) -> None:
    clock = FakeClock()
    shared = LocalPermits(clock)
    callers: list[Permits] = [BlockPermits(shared, clock) for _ in range(processes)]
    sent = []
    for who, pause in steps:
        clock.advance(pause)
        sent.append(clock.monotonic() + callers[who % processes].reserve("b", rate, burst, 1))
    assert worst_excess(sent, rate, burst) <= 1e-6


@pytest.mark.parametrize("blocks", [False, True])
def test_threads_together_stay_within_the_allowance(blocks: bool) -> None:
    clock = FakeClock()
    permits: Permits = LocalPermits(clock)
    permits = BlockPermits(permits, clock) if blocks else permits
    sent: list[float] = []

    def caller() -> None:
        for _ in range(40):
            with clock.lock:
                now = clock.monotonic()
                sent.append(now + permits.reserve("b", 10.0, 5, 1))
            clock.sleep(0.01)

    threads = [threading.Thread(target=caller) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 240
    assert worst_excess(sent, 10.0, 5) <= 1e-6
    assert max(sent) - min(sent) < 240 / 10 + 2  # and the rate is used, not wasted


def test_a_fresh_bucket_gives_its_burst_at_once_and_then_its_rate() -> None:
    permits = LocalPermits(FakeClock())
    waits = [permits.reserve("b", 2.0, 3, 1) for _ in range(5)]
    assert waits == pytest.approx([0, 0, 0, 0.5, 1.0])


@pytest.mark.parametrize("blocks", [False, True])
def test_who_will_not_wait_so_long_takes_nothing_from_the_others(blocks: bool) -> None:
    clock = FakeClock()
    permits: Permits = LocalPermits(clock)
    permits = BlockPermits(permits, clock) if blocks else permits
    permits.reserve("b", 1.0, 1, 100)
    told = [permits.reserve("b", 1.0, 1, 50, patience=120) for _ in range(5)]
    assert told == pytest.approx([149] * 5)
    clock.advance(30)
    assert permits.reserve("b", 1.0, 1, 50, patience=120) == pytest.approx(119)


def test_buckets_do_not_know_each_other() -> None:
    permits = LocalPermits(FakeClock())
    permits.block("a", 60)
    assert permits.reserve("b", 1.0, 1, 1) == 0


@pytest.mark.parametrize("blocks", [False, True])
def test_a_block_stops_everybody_and_ends_without_a_stampede(blocks: bool) -> None:
    clock = FakeClock()
    shared = LocalPermits(clock)
    permits: Permits = BlockPermits(shared, clock) if blocks else shared
    permits.reserve("b", 10.0, 10, 1)
    permits.block("b", 30)
    waits = sorted(shared.reserve("b", 10.0, 10, 1) for _ in range(3))
    assert waits[0] >= 30
    assert all(later - earlier >= 0.099 for earlier, later in pairwise(waits))
    assert permits.reserve("b", 10.0, 10, 1) >= 30


def test_a_shorter_block_does_not_lift_a_longer_one() -> None:
    permits = LocalPermits(FakeClock())
    permits.block("b", 30)
    permits.block("b", 1)
    assert permits.reserve("b", 10.0, 10, 1) >= 30


def test_a_slowed_bucket_is_slow_until_it_is_lifted() -> None:
    clock = FakeClock()
    permits = LocalPermits(clock)
    permits.slow("b", 0.5)
    assert [permits.reserve("b", 10.0, 1, 1) for _ in range(2)] == pytest.approx([0, 2.0])
    permits.slow("b", 10.0)
    clock.advance(10)
    assert [permits.reserve("b", 10.0, 1, 1) for _ in range(2)] == pytest.approx([0, 0.1])


class Counting:
    """Counts how often the shared bucket is asked."""

    def __init__(self, inner: Permits) -> None:
        self.inner = inner
        self.asked = 0

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        self.asked += 1
        return self.inner.reserve(name, rate, burst, cost, patience)

    def block(self, name: str, seconds: float) -> None:
        self.inner.block(name, seconds)

    def slow(self, name: str, rate: float) -> None:
        self.inner.slow(name, rate)


def test_a_busy_caller_asks_the_shared_bucket_about_once_a_second() -> None:
    clock = FakeClock()
    counting = Counting(LocalPermits(clock))
    permits = BlockPermits(counting, clock)
    started = clock.monotonic()
    for _ in range(500):
        clock.sleep(permits.reserve("b", 50.0, 100, 1))
    elapsed = clock.monotonic() - started
    assert elapsed == pytest.approx((500 - 100) / 50, abs=2)
    assert counting.asked <= 20


def test_a_slow_caller_wastes_no_permits_of_others() -> None:
    clock = FakeClock()
    counting = Counting(LocalPermits(clock))
    callers = [BlockPermits(counting, clock) for _ in range(5)]
    waits = []
    for step in range(100):
        clock.advance(0.125)  # eight a second of the ten that are allowed
        waits.append(callers[step % 5].reserve("b", 10.0, 10, 1))
    assert sum(waits[20:]) < 8  # well under a permit's time each


def test_callers_far_below_the_rate_never_wait_and_seldom_ask() -> None:
    clock = FakeClock()
    counting = Counting(LocalPermits(clock))
    callers = [BlockPermits(counting, clock) for _ in range(3)]
    waits = []
    for step in range(400):
        clock.advance(0.025)  # forty a second of the hundred that are allowed
        waits.append(callers[step % 3].reserve("b", 100.0, 100, 1))
    assert max(waits) == 0
    assert counting.asked <= 120


@pytest.mark.parametrize(("holders", "pause"), [(1, 0.39), (4, 5.0)])
def test_permits_kept_back_do_not_come_on_top_of_a_full_bucket(holders: int, pause: float) -> None:
    clock = FakeClock()
    shared = LocalPermits(clock)
    callers = [BlockPermits(shared, clock) for _ in range(4)]
    sent: list[float] = []

    def send(caller: BlockPermits, times: int) -> None:
        sent.extend(clock.monotonic() + caller.reserve("b", 10.0, 10, 1) for _ in range(times))

    for caller in callers:  # each has learnt to take four at a time
        send(caller, 7)
        clock.advance(5)
    for caller in callers[:holders]:  # and now keeps three back
        send(caller, 1)
    clock.advance(pause)
    for caller in callers:
        send(caller, 20)
    assert worst_excess(sent, 10.0, 10) <= 1e-6


def test_an_expensive_request_pays_its_whole_cost() -> None:
    clock = FakeClock()
    permits = BlockPermits(LocalPermits(clock), clock)
    assert permits.reserve("b", 10.0, 10, 50) >= 4.0
