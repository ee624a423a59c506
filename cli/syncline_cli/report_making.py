"""Making a report that a person asked for: for when, against what, and where to."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncline_cli.files import SHARED, write_file
from syncline_cli.output import document, note, say
from syncline_cli.session import Session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.config import Config
    from syncline.report import Format, ReportSettings
    from syncline.report.settings import Profile

STDOUT = Path("-")
FIRST_DAY = date(1970, 1, 1)
SUFFIXES: dict[Format, str] = {
    "html": ".html",
    "markdown": ".md",
    "json": ".json",
    "csv": ".csv",
    "text": ".txt",
}


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; ``folder``: ``out`` is the folder of an archive."""

    kind: str
    form: Format | None
    out: Path | None
    folder: bool
    since: str | None
    as_of: str | None
    profile: Profile
    save: bool


def make_report(session: Session, asked: Asked) -> None:
    """Make, write, keep and tell."""
    from syncline.report import render
    from syncline.report.kept.audience import shown
    from syncline.report.kept.make import make
    from syncline.report.kept.saved import Kept, save
    from syncline.report.readers import reading
    from syncline.store import reports

    form = asked.form or _format_of(session, asked)
    with session.store() as (config, store):
        now = _now()
        with reading(store) as db:
            seq = reports.last_seq(db)
            settings, before = _frame(db, config, asked, now)
            report = make(db, asked.kind, settings, before)
            text = render(shown(db, report, settings), form)
        target = _target(config, asked, form, text, report.as_of.date())
        if target != STDOUT:
            write_file(target, text, mode=SHARED)
        if target != STDOUT or asked.save:
            state = reports.FINAL if settings.as_of >= now else reports.PAST
            path = None if target == STDOUT else str(target.absolute())
            kept = Kept(settings, seq, form, text, now, state, path, before=before)
            with store.writing() as db:
                number = save(db, report, kept)
                entries = reports.in_folder(db, target.parent) if asked.folder else []
            if asked.folder:
                _write_index(target.parent, entries, config.hub.timezone)
    if target == STDOUT:
        _print(session, asked, text, form)
        return
    if session.json:
        document(session, {"report": asked.kind, "id": number, "format": form, "out": str(target)})
    note(session, f"the report is in {target} (kept as no. {number})")


def _now() -> datetime:
    """In milliseconds, as the database keeps it, so that a report can be written again to the byte."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _format_of(session: Session, asked: Asked) -> Format:
    by_suffix = {suffix: form for form, suffix in SUFFIXES.items()}
    if asked.out is not None and not asked.folder and asked.out.suffix in by_suffix:
        return by_suffix[asked.out.suffix]
    return "json" if session.json and not asked.folder else "html"


def _print(session: Session, asked: Asked, text: str, form: Format) -> None:
    """Put a report on stdout; a page or a document as it is, lines for people cleaned."""
    if session.json and form != "json":
        document(session, {"report": asked.kind, "format": form, "text": text})
        return
    session.answered = True
    if form == "text":
        say(text.rstrip("\n"))
    else:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


# ---- for when, against what ------------------------------------------------------------------------------------------


def _frame(db: Connection, config: Config, asked: Asked, now: datetime) -> tuple[ReportSettings, int | None]:
    """The settings, and the number of the report to compare with."""
    from syncline.report.configured import settings_of
    from syncline.report.kept.since import base_before, continued, number_of

    as_of = _moment(asked.as_of, config, now) if asked.as_of else now
    first = _day(asked.since)
    title = asked.kind.capitalize()
    settings = settings_of(config, as_of, title=title, since=first, profile=asked.profile)
    if asked.since is None:
        return settings, base_before(db, asked.kind, settings)
    if first is not None:
        return settings, None
    saved = number_of(db, asked.kind, asked.since, as_of)
    return continued(settings, saved), saved.id


def _day(text: str | None) -> date | None:
    """A day of --since; None for the last report, a number, or nothing."""
    if text is None or text == "last" or (text.isascii() and text.isdecimal()):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is none of last, a day such as 2026-11-16, and a report's number", param_hint="--since"
        ) from None
    return _known(day, text, "--since")


def _known(day: date, text: str, option: str) -> date:
    """The day, unless it lies before all records of any tool: no calendar reaches back from there."""
    if day < FIRST_DAY:
        raise click.BadParameter(f"{text} lies before {FIRST_DAY}, the first day there is", param_hint=option)
    return day


def _moment(text: str, config: Config, now: datetime) -> datetime:
    """An ISO time, in the hub's zone unless it says its own; a day alone means its end, today means now."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day or an ISO time", param_hint="--as-of") from None
    day = _known(moment.date(), text, "--as-of")
    if day > now.date() + timedelta(days=2):
        raise click.BadParameter(f"{text} lies in the future", param_hint="--as-of")
    whole_day = _is_day(text)
    if whole_day:
        moment += timedelta(days=1)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=config.hub.zone)
    if whole_day and moment - now <= timedelta(days=1):
        return min(moment, now)
    if moment > now:
        raise click.BadParameter(f"{text} lies in the future", param_hint="--as-of")
    return moment


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# ---- where to --------------------------------------------------------------------------------------------------------


def _target(config: Config, asked: Asked, form: Format, text: str, day: date) -> Path:
    if asked.out is None:
        return config.path.parent / "reports" / f"{asked.kind}.html" if form == "html" else STDOUT
    if not asked.folder:
        return asked.out
    return _free(asked.out, f"{day.isoformat()}-{asked.kind}", SUFFIXES[form], text)


def _free(folder: Path, name: str, suffix: str, text: str) -> Path:
    """A page of an archive is never written over: the next free number is added to its name."""
    path, number = folder / f"{name}{suffix}", 1
    while path.exists() and path.read_text("utf-8", errors="replace") != text:
        number += 1
        path = folder / f"{name}-{number}{suffix}"
    return path


def _write_index(folder: Path, entries: list[tuple[str, str, str, datetime]], timezone: str) -> None:
    from syncline.report.archive import feed, index

    write_file(folder / "index.html", index(entries, timezone), mode=SHARED)
    write_file(folder / "feed.xml", feed(entries), mode=SHARED)
