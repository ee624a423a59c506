"""From a database and settings to a draft, and from what was written to a report: the same for every kind of report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from syncline.report.basis import load
from syncline.report.draft import WEEKS, Draft
from syncline.report.facts import Ledger, Parameter
from syncline.report.model import Card, Line, Provenance, Report, Section
from syncline.report.roadmap.choosing import given as roadmap_given
from syncline.report.settings import Calendar, ReportSettings
from syncline.report.signal.naming import objectives
from syncline.report.words import tidy
from syncline.store.instants import to_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.basis import Basis

CYCLE_DAYS = 90
SOON_WORKDAYS = 5


def given(connection: Connection, settings: ReportSettings) -> dict[str, str]:
    """Relations of what the configuration names, which all others may name."""
    return roadmap_given(connection, settings) | objectives(settings)


def working_set(connection: Connection, settings: ReportSettings) -> Basis:
    """Read the database once. ``connection`` must have the tables and the stable views; nothing is written to it."""
    return load(connection, settings.as_of, given(connection, settings))


@contextmanager
def drafting(basis: Basis, settings: ReportSettings) -> Iterator[Draft]:
    """A draft over a working set, open for as long as sections are written."""
    calendar = Calendar(settings.timezone, settings.as_of)
    with Ledger(basis, parameters(settings, calendar)) as ledger:
        yield Draft(settings, calendar, ledger, basis.hosts)


def made(
    kind: str,
    draft: Draft,
    basis: Basis,
    origin: Provenance,
    bottom_line: tuple[Line, ...],
    cards: tuple[Card, ...],
    sections: tuple[Section, ...],
) -> Report:
    """The report of what was written with a draft, and all facts that this took."""
    settings, calendar = draft.settings, draft.calendar
    facts = draft.ledger.facts()
    sequence = next(fact.value for fact in facts if fact.name == "known_seq")
    return Report(
        kind=kind,
        title=tidy(settings.title, "Status"),
        timezone=settings.timezone,
        as_of=calendar.local(settings.as_of),
        period_start=calendar.local(settings.period_start),
        period_end=calendar.local(settings.period_end),
        known_seq=sequence if isinstance(sequence, int) else 0,
        provenance=origin,
        bottom_line=bottom_line,
        cards=cards,
        sections=sections,
        facts=facts,
        relations=(
            *((name, relation.sql) for name, relation in basis.relations.items()),
            *draft.ledger.given.items(),
        ),
    )


def parameters(settings: ReportSettings, calendar: Calendar) -> dict[str, Parameter]:
    """What the facts' queries are asked with: instants and days as text."""
    first, end = calendar.day(settings.period_start), calendar.day(settings.period_end)
    week = calendar.week_of(calendar.today, settings.week_start)
    instants = {
        "as_of": settings.as_of,
        "period_start": settings.period_start,
        "period_end": settings.period_end,
        "before_start": calendar.midnight(first - (end - first)),
        "cycles_from": calendar.midnight(calendar.today - timedelta(days=CYCLE_DAYS)),
        "weeks_start": calendar.midnight(week - timedelta(weeks=WEEKS)),
        "weeks_end": calendar.midnight(week),
    }
    due_until = calendar.workday_after(SOON_WORKDAYS, settings.workdays)
    days = {"today": calendar.today.isoformat(), "due_until": due_until.isoformat()}
    return {**{name: to_text(instant) for name, instant in instants.items()}, **days}
