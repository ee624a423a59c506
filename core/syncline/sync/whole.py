"""A whole sync: pull, then plan, guard and apply every block, in one run under one lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
from syncline.target import TakesMarks, Target

if TYPE_CHECKING:
    from syncline.sync.marking import MarkPlan
    from syncline.sync.marks import Board


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
        if not config.sync and not config.mark:
            return
        with ExitStack() as stack:
            cycle = _opened_cycle(config, store, run, result, stack, permits, people, wish)
            result.outcome = cycle.go() if config.sync else Outcome()
            if config.mark and wish.item is None:
                from syncline.sync.marks import Marking  # few companies mark anything

                Marking.of(cycle).go(result.outcome)
                cycle.conclude(result.outcome)

    return then


def _opened_cycle(
    config: Config,
    store: Store,
    run: Run,
    result: PullResult,
    stack: ExitStack,
    permits: Permits,
    people: People | None,
    wish: Wish,
) -> Cycle:
    """What plans and applies, with every connection, and those of them that may be written to."""
    known = {block.name for block in config.sync} | {rule.name for rule in config.mark}
    for name in sorted(wish.only - known):
        raise ConfigError(f"no block is named {name!r}", hint=nearest(name, known))
    sources, writers, boards = _opened(config, run, result, stack, permits)
    cycle = Cycle(
        config,
        store,
        run.clock,
        result.run,
        sources,
        writers,
        people,
        wish.only,
        wish.item,
        wish.limit,
        wish.approve,
        run.stop,
    )
    cycle.hands.boards = boards
    return cycle


def _opened(
    config: Config, run: Run, result: PullResult, stack: ExitStack, permits: Permits
) -> tuple[dict[str, Source], dict[str, Writer], dict[str, Board]]:
    """The connections, and those of them that may be written to: not where this run could not even read."""
    failed = {problem.connection for problem in result.problems}
    sources: dict[str, Source] = {}
    writers: dict[str, Writer] = {}
    boards: dict[str, Board] = {}
    for name, source, home in run.opened(stack, permits):
        sources[name] = source
        if config.connections[name].access != "write" or name in failed:
            continue
        if isinstance(source, Target):
            writers[name] = Writer(name, source, home)
        if isinstance(source, TakesMarks):
            from syncline.sync.marks import board  # few companies mark anything

            boards[name] = board(name, source, home)
    return sources, writers, boards


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
        result, permits = PullResult(0), LocalPermits(run.clock)
        cycle = _opened_cycle(config, store, run, result, stack, permits, people, asked)
        with store.reading() as db:
            resting = paused(db)
        blocks = [block for block in cycle.blocks if block.mode != "paused" and block.name not in resting]
        return [cycle.planner.plan(block) for block in blocks], {
            block.name: cycle.planner.fingerprint(block) for block in blocks
        }


def plan_marks(config: Config, store: Store, wish: Wish | None = None, **seams: Any) -> list[MarkPlan]:
    """The marks that a sync would make, by block; nothing is asked and nothing is written, as by `plan`."""
    if not config.mark or (wish and wish.item is not None):
        return []
    from syncline.sync.marks import Marking

    with ExitStack() as stack:
        run = make_run(config, store, **seams)
        result, permits = PullResult(0), LocalPermits(run.clock)
        cycle = _opened_cycle(config, store, run, result, stack, permits, None, wish or Wish())
        marking = Marking.of(cycle)
        return [marking.plan(rule) for rule in marking.rules()]


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
            permits = shared_permits(store, run.clock, stack)
            cycle = _opened_cycle(config, store, run, result, stack, permits, people, Wish())
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
            permits = shared_permits(store, run.clock, stack)
            cycle = _opened_cycle(config, store, run, result, stack, permits, people, Wish())
            told = take_back(cycle.hands, todo)
            result.outcome = Outcome()
            cycle.conclude(result.outcome)
            result.stopped = run.stop.by
        finally:
            runs.end(store, result.run, run.clock.now(), result.exit_code, result.summary())
    return result, told
