"""Reports that are due: made, kept, written to their file, and put down to be sent; once for each period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.notify.due import FRESH, Due
from syncline.notify.message import Attachment, Message, message
from syncline.report import Report, ReportSettings, render
from syncline.report.configured import settings_of
from syncline.report.kept.audience import shown
from syncline.report.kept.make import again, make
from syncline.report.kept.saved import Kept, load, save
from syncline.report.kept.since import base_before
from syncline.report.plain import line_text
from syncline.report.readers import reading
from syncline.store import outbox, reports

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.config import Config
    from syncline.report import Format
    from syncline.store import Store

KEPT = ""
"""Stands for a channel: that the report of the period was made."""

ASKS = 3
"""Lines about decisions that a message holds."""

_FORMATS: dict[str, Format] = {".md": "markdown", ".json": "json", ".txt": "text"}
_DAYS = 7


def make_due(
    config: Config, store: Store, due: Due, now: datetime, write: Callable[[Path, str], None]
) -> int | None:
    """Make a report unless its period has one; returns its number. ``write`` puts a text at a path, whole."""
    with reading(store) as db:
        if not _wanted(db, due, now):
            return None
        seq = reports.last_seq(db)
        settings, before = _frame(db, config, due, now)
        report = make(db, due.report.kind, settings, before)
        cut = shown(db, report, settings)
    path = _path(config, due)
    form: Format = _FORMATS.get(path.suffix, "html") if path else "html"
    text = render(cut, form)
    if path is not None:
        write(path, text)
    state = reports.DRAFT if due.draft else reports.FINAL
    kept = Kept(settings, seq, form, text, now, state, str(path) if path else None, due.report.name, before)
    told = summary(cut, due, path, config)
    with store.writing() as db:
        number = save(db, report, kept)
        outbox.put(db, due.subject, due.period, KEPT, now, {}, number)
        outbox.settle(db, due.subject, due.period, KEPT, now)
        for channel in due.channels:
            outbox.put(db, due.subject, due.period, channel, now, told.written(), number)
    return number


def _wanted(db: Connection, due: Due, now: datetime) -> bool:
    if KEPT in outbox.known(db, due.subject, due.period):
        return False
    return due.at > now - FRESH or outbox.last_at(db, due.subject) is not None


def _frame(db: Connection, config: Config, due: Due, now: datetime) -> tuple[ReportSettings, int | None]:
    asked = due.report
    days = max(1, asked.period.days) if asked.period else _DAYS
    title = f"{asked.name}: draft" if due.draft else asked.name
    settings = settings_of(config, now, title=title, days=days, profile=asked.profile)
    last = reports.latest(db, kind=asked.kind, name=asked.name)
    return settings, last if last is not None else base_before(db, asked.kind, settings)


def _path(config: Config, due: Due) -> Path | None:
    """Where the report itself goes; a draft goes to its readers alone."""
    if due.report.out is None or due.draft:
        return None
    return config.directory / due.report.out.replace("{date}", due.period)


def summary(report: Report, due: Due, path: Path | None, config: Config) -> Message:
    """The bottom line, what is to be decided, and where the whole report is."""
    asks = next((section for section in report.spoken if section.id == "decisions"), None)
    lines = [line_text(line, report) for line in report.bottom_line]
    lines += [line_text(line, report) for line in asks.lines[:ASKS]] if asks else []
    if path is not None:
        lines.append(f"The whole report: {path.relative_to(config.directory)}")
    return message(f"{report.title}, {due.period}", lines)


def attached(db: Connection, told: Message, number: int) -> Message:
    """A message with its report as one HTML file, as it was written, or else made again."""
    saved = load(db, number)
    if saved is None:
        return told
    name = f"{saved.as_of.date().isoformat()}-{saved.kind}.html"
    page = render(shown(db, again(db, saved), saved.settings), "html")
    return replace(told, attachment=Attachment(name, page, "html"))
