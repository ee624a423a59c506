"""Run the real command line and kill it at a crashpoint.

::

    python -m syncline.sim.crash NAME[:NTH] -- <syncline arguments>
    python -m syncline.sim.crash --list FILE -- <syncline arguments>

The first sends SIGKILL at the NTH hit of NAME (default the first), the second counts all hits and writes
``{"name": count}`` as JSON, in the order in which the names were first hit.

A run that ends before the crashpoint was hit ends with its own exit code and a line on stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from syncline.seams import on_crashpoint

USAGE = "usage: python -m syncline.sim.crash (NAME[:NTH] | --list FILE) -- <syncline arguments>"


class Hits:
    """Counts crashpoints, and calls ``at`` when one named ``name`` is hit for the ``nth`` time."""

    def __init__(self, name: str | None = None, nth: int = 1, at: Callable[[], None] = lambda: None) -> None:
        self._name, self._nth, self._at = name, nth, at
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1
            if name == self._name and self.counts[name] == self._nth:
                self._at()


def kill_this_process() -> None:
    """No clean-up runs: that is the point."""
    os.kill(os.getpid(), signal.SIGKILL)


def run_command_line(arguments: Sequence[str]) -> int:
    """Run ``syncline`` in this process and return its exit code."""
    # By name, because the core does not import the command line.
    entry: Callable[[], object] = importlib.import_module("syncline_cli").main
    sys.argv = ["syncline", *arguments]
    try:
        code = entry()
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else 0 if code is None else 1


def _list(file: str, arguments: Sequence[str]) -> int:
    hits = Hits()
    remove = on_crashpoint(hits)
    try:
        return run_command_line(arguments)
    finally:
        remove()
        Path(file).write_text(json.dumps(hits.counts), encoding="utf-8")


def _crash(target: str, arguments: Sequence[str]) -> int:
    name, _, nth = target.partition(":")
    hits = Hits(name, int(nth or 1), kill_this_process)
    remove = on_crashpoint(hits)
    try:
        return run_command_line(arguments)
    finally:
        remove()
        sys.stderr.write(f"crashpoint {target} not reached: {name} was hit {hits.counts[name]} times\n")


def main(argv: Sequence[str]) -> int:
    """The exit code of the run, or 2 for a call that makes no sense."""
    at = argv.index("--") if "--" in argv else len(argv)
    own, rest = argv[:at], argv[at + 1 :]
    if len(own) == 2 and own[0] == "--list":
        return _list(own[1], rest)
    if len(own) == 1 and own[0] and not own[0].startswith("-"):
        return _crash(own[0], rest)
    sys.stderr.write(USAGE + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
