"""A whole sync: pull, then plan, guard and apply every block, in one run under one lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from syncline.config import Config
from syncline.config.values import nearest
from syncline.connector import Source
from syncline.errors import ConfigError, GuardTripped
from syncline.http import Permits
from syncline.http.permits import LocalPermits
from syncline.seams import Clock, SystemClock
from syncline.store import Store, runs
from syncline.store.lock import lock
from syncline.store.tables import run as table
from syncline.sync import pull as pulling
from syncline.sync.apply import Writer
from syncline.sync.byhand import paused
from syncline.sync.cycle import Cycle, Outcome
from syncline.sync.opening import shared_permits
from syncline.sync.planner import BlockPlan
from syncline.sync.pull import Run, make_run
from syncline.sync.result import PullResult
from syncline.sync.saved import apply_saved
from syncline.sync.tongues import People
from syncline.sync.undo import Undone, steps, take_back
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
    return pulling.pull(
        config,
        store,
        command="sync",
        clock=told,
        approve=asked.approve,
        then=_planner(config, store, asked, people),
        **options,
    )


def _planner(
    config: Config, store: Store, wish: Wish, people: People | None
) -> Callable[[Run, PullResult, Permits], None]:
    def then(run: Run, result: PullResult, permits: Permits) -> None:
        if not config.sync:
            return
        with ExitStack() as stack:
            sources, writers = _opened(config, run, result, stack, permits)
            cycle = _cycle(config, store, run, result.run, sources, writers, people, wish)
            result.outcome = cycle.go()

    return then


def _cycle(
    config: Config,
    store: Store,
    run: Run,
    run_id: int,
    sources: Mapping[str, Source],
    writers: Mapping[str, Writer],
    people: People | None,
    wish: Wish,
) -> Cycle:
    known = {block.name for block in config.sync}
    for name in sorted(wish.only - known):
        raise ConfigError(f"no [[sync]] block is named {name!r}", hint=nearest(name, known))
    return Cycle(
        config,
        store,
        run.clock,
        run_id,
        sources,
        writers,
        people,
        wish.only,
        wish.item,
        wish.limit,
        wish.approve,
        run.stop,
    )


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


# ---- without pulling -----------------------------------------------------------------------------------------------


def plan(
    config: Config, store: Store, wish: Wish | None = None, *, people: People | None = None, **seams: Any
) -> tuple[list[BlockPlan], dict[str, str]]:
    """What a sync would do with what the database knows now, and what each block's rules are known by.

    Nothing is asked, nothing is written, no lock is taken.
    """
    asked = wish or Wish()
    run = make_run(config, store, **seams)
    with ExitStack() as stack:
        sources, writers = _opened(config, run, PullResult(0), stack, LocalPermits(run.clock))
        cycle = _cycle(config, store, run, 0, sources, writers, people, asked)
        with store.reading() as db:
            resting = paused(db)
        blocks = [block for block in cycle.blocks if block.mode != "paused" and block.name not in resting]
        return [cycle.planner.plan(block) for block in blocks], {
            block.name: cycle.planner.fingerprint(block) for block in blocks
        }


def apply(
    config: Config,
    store: Store,
    saved: Mapping[str, Any],
    *,
    approve: bool = False,
    people: People | None = None,
    **seams: Any,
) -> PullResult:
    """Carry out a saved plan as it is, or refuse it whole.

    Raises ConfigError where the plan does not fit the configuration or the database any more, GuardTripped where a
    guard refuses it and ``approve`` is not set, LockHeld where another run is at work.
    """
    run = make_run(config, store, **seams)
    with lock(store, run.clock.now()), ExitStack() as stack:
        result = PullResult(runs.begin(store, "apply", run.clock.now()))
        try:
            sources, writers = _opened(config, run, result, stack, shared_permits(store, run.clock, stack))
            cycle = _cycle(config, store, run, result.run, sources, writers, people, Wish())
            result.outcome = apply_saved(cycle, saved, approve=approve)
            result.stopped = run.stop.by
        except Exception as error:
            code = 5 if isinstance(error, GuardTripped) else 2 if isinstance(error, ConfigError) else 1
            runs.end(store, result.run, run.clock.now(), code, result.summary())
            raise
        runs.end(store, result.run, run.clock.now(), result.exit_code, result.summary())
    return result


def undo(
    config: Config, store: Store, run_id: int, *, people: People | None = None, **seams: Any
) -> tuple[PullResult, Undone]:
    """Take back what a run wrote, where it still stands; raises ConfigError where there is no such run."""
    run = make_run(config, store, **seams)
    with lock(store, run.clock.now()), ExitStack() as stack:
        with store.reading() as db:
            known = db.execute(select(table.c.id).where(table.c.id == run_id)).scalar()
            todo = steps(db, run_id)
        if known is None:
            raise ConfigError(f"there is no run {run_id}", hint="`syncline log` lists runs")
        result = PullResult(runs.begin(store, "undo", run.clock.now()))
        told = Undone()
        try:
            sources, writers = _opened(config, run, result, stack, shared_permits(store, run.clock, stack))
            cycle = _cycle(config, store, run, result.run, sources, writers, people, Wish())
            told = take_back(cycle.hands, todo)
            result.outcome = Outcome()
            cycle.conclude(result.outcome)
            result.stopped = run.stop.by
        finally:
            runs.end(store, result.run, run.clock.now(), result.exit_code, result.summary())
    return result, told
