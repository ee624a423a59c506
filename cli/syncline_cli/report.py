"""``report``: pages made from the database, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from syncline_cli.report_kept import diff, explain, forget, list_reports, verify
from syncline_cli.session import Session, with_session

KINDS = {
    "status": "Say how things stand: what shipped, slipped, is at risk, is next, and what changed.",
    "roadmap": "Show the roadmap: now, next and later, in time, by objective, by demand, by priority.",
    "standup": "Say what moved since the last workday, what is stuck or newly blocked, what is due.",
    "sprint": "Say what was committed in the sprint of each board, what came of it, and what is left.",
    "launch": "Look back on launches: promised and actual days, numbers and tickets before and after.",
    "retro": "Lay out what happened in the period, in order, for people to talk about.",
}
"""The kinds that can be made, each with its line of help."""

FORMATS = ("html", "markdown", "json", "csv", "text")

_HELP = """{line}

Written to a file, the report is kept with every fact, so that it can be compared, verified and explained; what goes to
stdout is only looked at, unless --save is given.
"""


@click.group()
def report() -> None:
    """Write reports, and look at those that were written."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--format",
            "form",
            type=click.Choice(FORMATS),
            help="html unless --out ends with .md, .json, .csv or .txt, or --json is given.",
        ),
        click.option(
            "--out",
            metavar="FILE|DIR",
            help="Where to; - is stdout. A folder (named with a / at its end, or there already) becomes an archive: a"
            " page for each run, and an index. HTML goes to reports/KIND.html beside the configuration, the rest to"
            " stdout.",
        ),
        click.option(
            "--since",
            metavar="last|DAY|REPORT",
            help="What the period follows and what is compared with: the last report, one by its number, or the state"
            " at the beginning of a day. Left out: the last 7 whole days, compared with the last report made before"
            " today.",
        ),
        click.option(
            "--as-of", metavar="TIME", help="The report as it was at the end of a day or at an ISO time."
        ),
        click.option(
            "--profile",
            type=click.Choice(["team", "exec", "public"]),
            default="team",
            show_default=True,
            help="Who reads it, and so what may appear at all.",
        ),
        click.option("--save", is_flag=True, help="Keep it, also where it goes to stdout."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _command(kind: str, line: str) -> click.Command:
    def make(session: Session, out: str | None, **asked: Any) -> None:
        from syncline_cli.report_making import Asked, make_report

        folder = out is not None and (out.endswith("/") or Path(out).is_dir())
        make_report(session, Asked(kind=kind, out=None if out is None else Path(out), folder=folder, **asked))

    make.__doc__ = _HELP.format(line=line)
    make.__name__ = kind
    return click.command(kind)(with_session(_options(make)))


for _kind, _line in KINDS.items():
    report.add_command(_command(_kind, _line))
report.add_command(list_reports)
report.add_command(diff)
report.add_command(verify)
report.add_command(explain)
report.add_command(forget)
