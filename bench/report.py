"""The tables of a benchmark, as Markdown. A goal that this run cannot judge says so."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from math import ceil
from types import MappingProxyType
from typing import Any, NamedTuple

from bench.results import Results, Settings

LIBRARIES = ("syncline", "httpx", "pydantic", "pydantic_core", "SQLAlchemy")
MEGA = 1_000_000
LOADING = 0.264
"""Seconds that click, httpx, tenacity, pydantic and SQLAlchemy took to load where the goals in seconds were set."""


class Goal(NamedTuple):
    """What must and what may be, and what was measured; ``met`` is None where this run cannot tell."""

    what: str
    must: str
    ambitious: str
    here: str
    met: bool | None
    more: bool | None = None
    """Whether the ambitious goal is met, too."""


def report(
    settings: Settings,
    totals: Mapping[str, Any],
    ceiling: tuple[float, float],
    results: Results,
    few: float | None = None,
    missing: Mapping[str, str] = MappingProxyType({}),
    loading: float = LOADING,
    slowed: tuple[int, float] | None = None,
) -> str:
    """Everything a run found, ready to be pasted into ``docs/benchmarks.md``.

    ``loading`` is how long this machine takes to load the libraries, in seconds (`LOADING`). ``slowed``: our full pull
    where the network is as slow as the machine (`bench.run.as_slow_as_here`).
    """
    slower = loading / LOADING
    parts = [
        environment(settings, totals, ceiling, results)
        + f"\n- loading the libraries alone takes {loading:.2f} s, {slower:.1f} times what it took where the goals in "
        "seconds were set; they are held against this",
        _table(
            (
                "program",
                "step",
                "wall s",
                "CPU s",
                "peak MB",
                "together MB",
                "requests",
                "at once",
                "wall, ideal = 1",
                "CPU, ideal = 1",
                "wall, syncline = 1",
            ),
            rows(results),
        ),
        _table(
            ("goal", "must", "ambitious", "here", "met"),
            map(_goal_row, goals(settings, results, few, slower, slowed)),
        ),
        *(f"Not measured: {name}, because {reason}" for name, reason in sorted(missing.items())),
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
        least, ours = results.get(("ideal", step)), results.get(("syncline", step))
        yield (
            program,
            step,
            f"{found.wall:.2f}",
            f"{found.cpu:.2f}",
            f"{found.peak / MEGA:.0f}",
            f"{found.together / MEGA:.0f}",
            str(found.requests),
            str(found.in_flight),
            f"{found.wall / least.wall:.1f}" if least else "",
            f"{found.cpu / least.cpu:.1f}" if least else "",
            f"{found.wall / ours.wall:.1f}" if ours else "",
        )


# ---- goals ---------------------------------------------------------------------------------------------------------


def goals(
    settings: Settings,
    results: Results,
    few: float | None = None,
    slower: float = 1.0,
    slowed: tuple[int, float] | None = None,
) -> Iterator[Goal]:
    """The goals for pulling, and whether they are met here.

    ``few`` is the peak with a tenth of the issues; ``slower`` what seconds are multiplied by on this machine;
    ``slowed`` is a latency multiplied as well, and our full pull with it.
    """
    full, none, incr = (results["syncline", step] for step in ("full", "none", "incr"))
    pages = ceil(settings.issues / 100)
    changed = ceil(settings.changed / 100)
    whole = settings.issues == Settings.issues and settings.changed == Settings.changed
    at_rest = whole and settings.latency == 0
    yield _against_ideal(results, at_rest)
    yield _faster(results, "jira library", 2.2, 2.9, at_rest)
    yield _against_floor("", settings.latency, pages, full.wall, settings.latency == 80)
    if slowed is not None:
        yield _against_floor(
            ", the network as slow as the machine", slowed[0], pages, slowed[1], settings.latency == 80
        )
    yield _at_most("incremental pull", incr.wall, 0.60 * slower, 0.45 * slower, " s", at_rest)
    yield _at_most("nothing changed", none.wall, 0.45 * slower, 0.37 * slower, " s", at_rest)
    yield _at_most(
        "peak memory of a process", max(full.peak, none.peak, incr.peak) / MEGA, 110, 85, " MB", whole
    )
    if few is not None:
        grown = (full.peak / few - 1) * 100
        yield _at_most("memory, ten times the issues", grown, 15, 5, " % more", whole)
    yield _at_most("requests, full", full.requests, 1.1 * pages, 1.08 * pages, "", whole)
    yield _at_most("requests, incremental", incr.requests, changed + 2, changed + 1, "", True)
    yield _at_most("requests, nothing changed", none.requests, 2, 1, "", True)


def _against_ideal(results: Results, judged: bool) -> Goal:
    what, must, ambitious = "full pull against the ideal", 4.0, 3.0
    if ("ideal", "full") not in results:
        return Goal(what, f"≤ {must:.2f}x", f"≤ {ambitious:.2f}x", "not run", None)
    found = results["syncline", "full"].wall / results["ideal", "full"].wall
    return _at_most(what, found, must, ambitious, "x", judged)


def _faster(results: Results, peer: str, must: float, ambitious: float, judged: bool) -> Goal:
    """How often our full pull fits into that of a peer."""
    what, texts = f"full pull against the {peer}", (f"{must:.1f}x faster", f"{ambitious:.1f}x faster")
    if (peer, "full") not in results:
        return Goal(what, *texts, "not run", None)
    gain = results[peer, "full"].wall / results["syncline", "full"].wall
    return Goal(what, *texts, f"{gain:.1f}x", *_judged(gain >= must, gain >= ambitious, judged))


def _against_floor(how: str, latency: int, pages: int, wall: float, judged: bool) -> Goal:
    """Who asks for one page after the other needs at least the latency of all pages."""
    what, texts = f"full pull at 80 ms against one request at a time{how}", ("3x faster", "4.5x faster")
    if latency == 0:
        return Goal(what, *texts, "LATENCY=80 tells", None)
    gain = pages * latency / 1000 / wall
    here = f"{gain:.1f}x at {latency} ms"
    return Goal(what, *texts, here, *_judged(gain >= 3, gain >= 4.5, judged))


def _at_most(what: str, found: float, must: float, ambitious: float, unit: str, judged: bool) -> Goal:
    """A goal for N = 20,000 is shown but not judged at another N."""
    digits = 2 if unit in ("x", " s") else 0
    least, most = (f"≤ {limit:,.{digits}f}{unit}" for limit in (must, ambitious))
    here = f"{found:,.{digits}f}{unit}"
    return Goal(what, least, most, here, *_judged(found <= must, found <= ambitious, judged))


def _judged(must: bool, ambitious: bool, judged: bool) -> tuple[bool | None, bool | None]:
    return (must, ambitious) if judged else (None, None)


def _goal_row(goal: Goal) -> tuple[str, ...]:
    met = {True: "yes", False: "**no**", None: "not judged"}[goal.met]
    return goal.what, goal.must, goal.ambitious, goal.here, f"{met}, ambitious too" if goal.more else met


def _table(head: tuple[str, ...], body: Any) -> str:
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
