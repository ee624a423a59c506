"""Feeds side by side."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from syncline.seams import InlineTasks, Tasks, ThreadTasks

TASKS = pytest.mark.parametrize("tasks", [InlineTasks(), ThreadTasks()], ids=["inline", "threads"])


@TASKS
def test_a_feed_of_nothing_does_not_end_the_others(tasks: Tasks) -> None:
    done: list[str] = []
    released = threading.Event()

    def quick() -> Iterator[None]:
        yield None
        released.set()

    def slow() -> Iterator[None]:
        if isinstance(tasks, ThreadTasks):
            assert released.wait(5)
            for _ in tasks.merge([iter([None, None])]):
                threading.Event().wait(0.05)
        done.append("slow")
        yield None

    assert [item for _, item in tasks.merge([quick(), slow()])] == [None, None]
    assert done == ["slow"]


@TASKS
def test_every_feed_keeps_its_order(tasks: Tasks) -> None:
    found: dict[int, list[int]] = {0: [], 1: []}
    for index, item in tasks.merge([range(50), range(50, 100)]):
        found[index].append(item)
    assert found == {0: list(range(50)), 1: list(range(50, 100))}
