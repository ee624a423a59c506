"""A whole sync: pull, then plan, guard and apply every block, in one run under one lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from syncline.config import Config
from syncline.connector import Source
from syncline.http import Permits
from syncline.seams import Clock, SystemClock
from syncline.store import Store
from syncline.sync.apply import Writer
from syncline.sync.cycle import Cycle
from syncline.sync.pull import Run, pull
from syncline.sync.result import PullResult
from syncline.sync.tongues import People
from syncline.target import Target


@dataclass(frozen=True)
class Wish:
    """What a sync is asked for beside the configuration. ``only`` are names of blocks, ``item`` one item's number."""

    only: frozenset[str] = frozenset()
    item: int | None = None
    limit: int | None = None
    approve: int | None = None


def sync(
    config: Config,
    store: Store,
    wish: Wish | None = None,
    *,
    clock: Clock | None = None,
    people: People | None = None,
    **options: Any,
) -> PullResult:
    """Bring every block up to date; ``options`` are those of `syncline.sync.pull.pull`, which tells what is raised."""
    asked = wish or Wish()
    told = clock or SystemClock()
    return pull(
        config,
        store,
        command="sync",
        clock=told,
        then=_planner(config, store, asked, told, people),
        **options,
    )


def _planner(
    config: Config, store: Store, wish: Wish, clock: Clock, people: People | None
) -> Callable[[Run, PullResult, Permits], None]:
    def then(run: Run, result: PullResult, permits: Permits) -> None:
        if not config.sync:
            return
        with ExitStack() as stack:
            sources, writers = _opened(config, run, result, stack, permits)
            cycle = Cycle(
                config,
                store,
                clock,
                result.run,
                sources,
                writers,
                people,
                wish.only,
                wish.item,
                wish.limit,
                wish.approve,
            )
            result.outcome = cycle.go()

    return then


def _opened(
    config: Config, run: Run, result: PullResult, stack: ExitStack, permits: Permits
) -> tuple[dict[str, Source], dict[str, Writer]]:
    """The connections, and those of them that may be written to: not where this run could not even read."""
    failed = {problem.connection for problem in result.problems}
    sources: dict[str, Source] = {}
    writers: dict[str, Writer] = {}
    for name, source, home in run.opened(stack, permits):
        sources[name] = source
        may = config.connections[name].access == "write" and name not in failed
        if may and isinstance(source, Target):
            writers[name] = Writer(name, source, home)
    return sources, writers
