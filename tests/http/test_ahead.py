"""Answers that tell how to ask for the next: it is asked for while they are used."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.http.lab import MakeHttp

from syncline.errors import TransientError
from syncline.seams import InlineTasks, ThreadTasks


def test_the_next_is_asked_for_while_one_is_used(make_http: MakeHttp) -> None:
    asked = [threading.Event() for _ in range(3)]

    def feed() -> Iterator[int]:
        for number, event in enumerate(asked):
            event.set()
            yield number

    given = make_http(tasks=ThreadTasks()).ahead(feed())
    assert next(given) == 0
    assert asked[1].wait(5)  # nobody has asked for it yet
    assert list(given) == [1, 2]


def test_without_threads_nothing_is_asked_for_too_early(make_http: MakeHttp) -> None:
    asked: list[int] = []

    def feed() -> Iterator[int]:
        for number in range(3):
            asked.append(number)
            yield number

    given = make_http(tasks=InlineTasks()).ahead(feed())
    assert (next(given), asked) == (0, [0])
    assert (list(given), asked) == ([1, 2], [0, 1, 2])


@pytest.mark.parametrize("tasks", [ThreadTasks(), InlineTasks()])
def test_a_failure_comes_after_what_was_asked_before_it(
    make_http: MakeHttp, tasks: ThreadTasks | InlineTasks
) -> None:
    def feed() -> Iterator[int]:
        yield 0
        raise TransientError("the tool went away")

    given = make_http(tasks=tasks).ahead(feed())
    assert next(given) == 0
    with pytest.raises(TransientError, match="went away"):
        next(given)


def test_who_stops_using_them_ends_the_asking(make_http: MakeHttp) -> None:
    asked: list[int] = []

    def feed() -> Iterator[int]:
        for number in range(1000):
            asked.append(number)
            yield number

    given = make_http(tasks=ThreadTasks()).ahead(feed())
    assert next(given) == 0
    given.close()  # type: ignore[attr-defined]
    assert len(asked) <= 4
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed-")]


def test_asks_go_side_by_side_and_are_answered_in_their_order(make_http: MakeHttp) -> None:
    met = threading.Barrier(2, timeout=5)

    def ask(number: int) -> int:
        met.wait()  # passes only when both ask
        return number

    assert make_http(tasks=ThreadTasks()).together(lambda: ask(1), lambda: ask(2)) == [1, 2]
    assert make_http(tasks=InlineTasks()).together(lambda: 1, lambda: 2) == [1, 2]


@pytest.mark.parametrize("tasks", [ThreadTasks(), InlineTasks()])
def test_a_failure_of_one_ask_is_raised(make_http: MakeHttp, tasks: ThreadTasks | InlineTasks) -> None:
    def fail() -> int:
        raise TransientError("the tool went away")

    with pytest.raises(TransientError, match="went away"):
        make_http(tasks=tasks).together(lambda: 1, fail)
