"""``report``: pages made from the database."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncline_cli.files import SHARED, write_file
from syncline_cli.output import document, note, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.report import Format, ReportSettings

STDOUT = Path("-")


@click.group()
def report() -> None:
    """Write reports."""


@report.command()
@with_session
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown", "json", "text"]),
    help="html unless --out ends with .md, .json or .txt, or --json is given.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to; - is stdout. HTML goes to reports/status.html beside the configuration, the rest to stdout.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="First day of the period, as 2026-11-16; 7 days before its end if left out.",
)
@click.option("--as-of", metavar="TIME", help="The report as it was at the end of a day or at an ISO time.")
def status(
    session: Session, form: Format | None, out: Path | None, since: datetime | None, as_of: str | None
) -> None:
    """Say how the work stands: done, in progress, stuck; by container and by person."""
    from syncline.report import build_status, render

    form = form or _format_of(session, out)
    with session.store() as (config, store), store.reading() as db:
        settings = _settings(config, as_of, since.date() if since else None)
        text = render(build_status(db, settings), form)
    target = out or (config.path.parent / "reports" / "status.html" if form == "html" else STDOUT)
    if target == STDOUT:
        _print(session, text, form)
        return
    write_file(target, text, mode=SHARED)
    if session.json:
        document(session, {"report": "status", "format": form, "out": str(target)})
    note(session, f"the report is in {target}")


def _format_of(session: Session, out: Path | None) -> Format:
    by_suffix: dict[str, Format] = {".md": "markdown", ".json": "json", ".txt": "text"}
    if out is not None and out.suffix in by_suffix:
        return by_suffix[out.suffix]
    return "json" if session.json else "html"


def _print(session: Session, text: str, form: Format) -> None:
    """Put a report on stdout; a page or a document as it is, lines for people cleaned."""
    if session.json and form != "json":
        document(session, {"report": "status", "format": form, "text": text})
        return
    session.answered = True
    if form == "text":
        say(text.rstrip("\n"))
    else:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _settings(config: Config, as_of: str | None, since: date | None) -> ReportSettings:
    from syncline.report.configured import settings_of

    return settings_of(config, _moment(as_of, config) if as_of else datetime.now(UTC), since=since)


def _moment(text: str, config: Config) -> datetime:
    """An ISO time, in the hub's zone unless it says its own; a day alone means its end, today means now."""
    now = datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-11-22"):
            moment += timedelta(days=1)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day or an ISO time", param_hint="--as-of") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=config.hub.zone)
    if len(text) == len("2026-11-22") and moment - now <= timedelta(days=1):
        return min(moment, now)
    if moment > now:
        raise click.BadParameter(f"{text} lies in the future", param_hint="--as-of")
    return moment
