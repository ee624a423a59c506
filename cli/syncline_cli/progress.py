"""Progress bars: on a terminal, on stderr, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncline_cli.session import Session

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from syncline.sync.result import Progress

OnProgress = Callable[["Progress"], None]


@contextmanager
def progress_bars(session: Session) -> Iterator[OnProgress]:
    """What to call with every step of a pull."""
    if session.quiet or session.json or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _shown_by(bars)


def _shown_by(bars: Bars) -> OnProgress:
    tasks: dict[str, TaskID] = {}
    current: dict[str, TaskID] = {}

    def show(step: Progress) -> None:
        name = f"{step.connection}/{step.stream}"
        if name not in tasks:
            if step.connection in current:  # one stream of a connection after the other: the last one is done
                _finish(bars, current[step.connection])
            tasks[name] = bars.add_task(name, total=None)
        current[step.connection] = tasks[name]
        bars.update(tasks[name], completed=step.counts.read, total=step.estimate)

    return show


def _finish(bars: Bars, task: TaskID) -> None:
    done = next(each.completed for each in bars.tasks if each.id == task)
    bars.update(task, total=max(done, 1), completed=max(done, 1), visible=done > 0)
