"""Syncline against the least work possible, a script and what people use: ``make bench N=20000 LATENCY=0``.

Every program is a process of its own and runs the same three steps: *full* fills an empty database, *none* is the same
command again with nothing changed, *incr* the same again after issues were changed. The programs take turns, round by
round, and after every step their databases must hold the same numbers of issues, comments and changed titles.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.contestants import ALL, SYNCLINE, Arrived, Contestant
from bench.measure import Failed, Server, environ, run, server
from bench.peers import peers, self_signed
from bench.report import LOADING, report
from bench.results import Settings, Step, medians

STEPS = ("full", "none", "none", "none", "incr")
"""What little is done is done thrice: most of it is starting, which differs most from time to time."""


def one_turn(program: Contestant, place: Server, folder: Path, changed: int) -> Iterator[Step]:
    """The steps of one program on a fresh database."""
    place.ask("reset")
    program.prepare(place, folder)
    for step in STEPS:
        if step == "incr":
            place.ask(f"change?n={changed}")
        place.stats()
        command, log = program.command(place, folder), folder / f"{step}.log"
        usage = run(command, environ() | dict(program.environ), log)
        program.settle(folder, log)
        counted, arrived = place.stats(), program.arrived(folder)
        wanted = Arrived(counted["issues"], counted["comments"], changed if step == "incr" else 0)
        if arrived != wanted:
            raise Failed(f"{program.name}, {step}: {arrived} arrived instead of {wanted}")
        yield Step(program.name, step, usage, counted["requests"], counted["peak_in_flight"], arrived)


def compete(
    settings: Settings,
    place: Server,
    programs: Sequence[Contestant] = ALL,
    missing: dict[str, str] | None = None,
    between: Callable[[], object] = lambda: None,
) -> list[Step]:
    """All rounds; another program goes first in every round. ``between`` is called before each turn.

    A peer that does not do its work is left out from there on, and ``missing`` tells why; one of ours raises Failed.
    """
    steps: list[Step] = []
    out: dict[str, str] = {} if missing is None else missing
    place.ask(f"latency?ms={settings.latency}")
    with tempfile.TemporaryDirectory(prefix="syncline-bench-") as base:
        for number in range(settings.rounds):
            turn = number % len(programs)
            for program in (*programs[turn:], *programs[:turn]):
                if program.name in out:
                    continue
                folder = Path(base) / f"{number}-{program.name}".replace(" ", "-")
                between()
                try:
                    steps += list(one_turn(program, place, folder, settings.changed))
                except Failed as failure:
                    if program in ALL:
                        raise
                    out[program.name] = " ".join(str(failure).split())[-300:]
    return [step for step in steps if step.program not in out]


def peak_of_few(settings: Settings) -> float:
    """What a full pull of a tenth of the issues takes in memory, in bytes."""
    with (
        server(settings.issues // 10, settings.seed) as place,
        tempfile.TemporaryDirectory(prefix="syncline-bench-") as base,
    ):
        return next(one_turn(SYNCLINE, place, Path(base) / "few", 0)).usage.peak


def loading() -> float:
    """The seconds of a process that loads what every command of ours needs and does nothing."""
    told = [sys.executable, "-c", "import click, httpx, pydantic, sqlalchemy, tenacity"]
    return run(told, environ(), Path(os.devnull)).wall


def as_slow_as_here(settings: Settings, place: Server, slower: float) -> tuple[int, float] | None:
    """A latency as much longer as this machine is ``slower``, in milliseconds, and our full pull with it, in seconds.

    Where the machine and the network are as slow as each other, ratios are those of the machine where goals were set.
    """
    if not settings.latency or slower <= 1:
        return None
    longer = replace(settings, latency=round(settings.latency * slower))
    found = medians(compete(longer, place, [SYNCLINE]))
    return longer.latency, found["syncline", "full"].wall


def main() -> int:
    """The command."""
    usual = Settings()
    parser = argparse.ArgumentParser(prog="python -m bench.run")
    parser.add_argument("--issues", type=int, default=usual.issues)
    parser.add_argument("--changed", type=int, default=usual.changed)
    parser.add_argument("--latency", type=int, default=usual.latency, help="milliseconds a request")
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--peers", action="store_true", help="install and measure what people use today")
    given = vars(parser.parse_args())
    certificate: Path | None = None
    others: list[Contestant] = []
    missing: dict[str, str] = {}
    if given.pop("peers"):
        certificate = self_signed()
        others, missing = peers(certificate)
    settings = Settings(**given)
    try:
        loaded: list[float] = []
        few = peak_of_few(settings)
        with server(settings.issues, settings.seed, certificate) as place:
            ceiling = max(place.ceiling() for _ in range(3))
            totals = place.stats()
            everybody = (*ALL, *others)
            steps = compete(settings, place, everybody, missing, lambda: loaded.append(loading()))
            slowed = as_slow_as_here(settings, place, median(loaded) / LOADING)
    except Failed as failure:
        print(f"the benchmark failed: {failure}")
        return 1
    print(report(settings, totals, ceiling, medians(steps), few, missing, median(loaded), slowed))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
