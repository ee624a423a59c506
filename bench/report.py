"""The tables of a benchmark, as Markdown. A goal that this run cannot judge says so."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from math import ceil
from typing import Any, NamedTuple

from bench.results import Results, Settings

LIBRARIES = ("syncline", "httpx", "pydantic", "pydantic_core", "SQLAlchemy")
MEGA = 1_000_000


class Goal(NamedTuple):
    """A *must* and what was measured; ``met`` is None where this run cannot tell."""

    what: str
    must: str
    here: str
    met: bool | None


def report(
    settings: Settings, totals: Mapping[str, Any], ceiling: tuple[float, float], results: Results
) -> str:
    """Everything a run found, ready to be pasted into ``docs/benchmarks.md``."""
    parts = [
        environment(settings, totals, ceiling, results),
        _table(
            (
                "program",
                "step",
                "wall s",
                "CPU s",
                "peak MB",
                "requests",
                "at once",
                "wall, ideal = 1",
                "CPU, ideal = 1",
            ),
            rows(results),
        ),
        _table(("goal", "must", "here", "met"), map(_goal_row, goals(settings, results))),
    ]
    return "\n\n".join(parts)


def environment(
    settings: Settings, totals: Mapping[str, Any], ceiling: tuple[float, float], results: Results
) -> str:
    """What was measured with what."""
    pages, issues = ceiling
    fastest = settings.issues / min(result.wall for (_, step), result in results.items() if step == "full")
    return "\n".join(
        [
            f"- {settings.issues:,} issues of {totals['issue_bytes']:,} bytes, {totals['comments']:,} comments, "
            f"seed {settings.seed}; {settings.changed} changed; {settings.latency} ms a request; "
            f"medians of {settings.rounds} rounds",
            f"- {platform.python_implementation()} {platform.python_version()}, {platform.system()}, "
            f"{len(os.sched_getaffinity(0))} cores, SQLite {sqlite3.sqlite_version}, "
            + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
            f"- the server alone: {pages:,.0f} pages or {issues:,.0f} issues a second to one raw socket without "
            f"latency, {issues / fastest:.0f} times what the fastest program below reads",
        ]
    )


def rows(results: Results) -> Iterator[tuple[str, ...]]:
    for (program, step), found in sorted(results.items(), key=lambda entry: entry[0][::-1]):
        least = results.get(("ideal", step))
        yield (
            program,
            step,
            f"{found.wall:.2f}",
            f"{found.cpu:.2f}",
            f"{found.peak / MEGA:.0f}",
            str(found.requests),
            str(found.in_flight),
            f"{found.wall / least.wall:.1f}" if least else "",
            f"{found.cpu / least.cpu:.1f}" if least else "",
        )


# ---- goals ---------------------------------------------------------------------------------------------------------


def goals(settings: Settings, results: Results) -> Iterator[Goal]:
    """The goals for pulling, and whether they are met here."""
    full, none, incr = (results["syncline", step] for step in ("full", "none", "incr"))
    pages = ceil(settings.issues / 100)
    whole = settings.issues == Settings.issues and settings.changed == Settings.changed
    at_rest = whole and settings.latency == 0
    ideal = results["ideal", "full"].wall
    yield _at_most("full pull against the ideal", full.wall / ideal, 4.0, "x", at_rest)
    yield Goal("full pull against a script that uses the `jira` library", "2.2x faster", "not run", None)
    yield _against_floor(settings, pages, full.wall)
    yield _at_most("incremental pull", incr.wall, 0.60, " s", at_rest)
    yield _at_most("nothing changed", none.wall, 0.45, " s", at_rest)
    yield _at_most("peak memory", max(full.peak, none.peak, incr.peak) / MEGA, 110, " MB", whole)
    yield Goal("memory does not grow with N", "flat", "one N only", None)
    yield _at_most("requests, full", full.requests, 1.1 * pages, "", whole)
    yield _at_most("requests, incremental", incr.requests, ceil(settings.changed / 100) + 2, "", True)
    yield _at_most("requests, nothing changed", none.requests, 2, "", True)


def _against_floor(settings: Settings, pages: int, wall: float) -> Goal:
    """Who asks for one page after the other needs at least the latency of all pages."""
    what, must = "full pull at 80 ms against one request at a time", "3x faster"
    if settings.latency != 80:
        return Goal(what, must, "LATENCY=80 tells", None)
    gain = pages * settings.latency / 1000 / wall
    return Goal(what, must, f"{gain:.1f}x", gain >= 3)


def _at_most(what: str, found: float, limit: float, unit: str, judged: bool) -> Goal:
    """A goal for N = 20,000 is shown but not judged at another N."""
    digits = 0 if unit in ("", " MB") else 2
    met = found <= limit if judged else None
    return Goal(what, f"≤ {limit:,.{digits}f}{unit}", f"{found:,.{digits}f}{unit}", met)


def _goal_row(goal: Goal) -> tuple[str, ...]:
    return goal.what, goal.must, goal.here, {True: "yes", False: "**no**", None: "not judged"}[goal.met]


def _table(head: tuple[str, ...], body: Any) -> str:
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
