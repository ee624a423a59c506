"""The status report: put together from figures and sections, without a word about formats."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from syncline.report.basis import load
from syncline.report.breakdown import containers_section, people_section
from syncline.report.draft import Draft, plural
from syncline.report.facts import Ledger, Parameter
from syncline.report.flow import Flow, measure
from syncline.report.model import Card, Line, Provenance, Report, Section, State
from syncline.report.progress import done_section, due_section, progress_section, stuck_section
from syncline.report.provenance import provenance, sources_section
from syncline.report.quality import limits_section, quality_section
from syncline.report.settings import Calendar, ReportSettings, to_text
from syncline.report.words import tidy

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.basis import Basis

CYCLE_DAYS = 90
SOON_WORKDAYS = 5


def build_status(connection: Connection, settings: ReportSettings) -> Report:
    """Read the database once and say how the work stands.

    ``connection`` must have the tables and the stable views; nothing is written to it. The same database and settings
    give an equal report.
    """
    return assemble(load(connection, settings.as_of), settings)


def assemble(basis: Basis, settings: ReportSettings) -> Report:
    """The report of a working set."""
    calendar = Calendar(settings.timezone, settings.as_of)
    with Ledger(basis, _parameters(settings, calendar)) as ledger:
        draft = Draft(settings, calendar, ledger, basis.hosts)
        origin = provenance(draft)
        flow = measure(draft)
        sections = _sections(draft, flow)
        return _report(draft, flow, origin, sections, basis)


def _sections(draft: Draft, flow: Flow) -> tuple[Section, ...]:
    return (
        done_section(draft, flow),
        progress_section(draft, flow),
        stuck_section(draft, flow),
        due_section(draft, flow),
        containers_section(draft),
        people_section(draft),
        sources_section(draft),
        quality_section(draft),
        limits_section(draft),
    )


def _report(
    draft: Draft, flow: Flow, origin: Provenance, sections: tuple[Section, ...], basis: Basis
) -> Report:
    settings, calendar, ledger = draft.settings, draft.calendar, draft.ledger
    facts = ledger.facts()
    sequence = next(fact.value for fact in facts if fact.name == "known_seq")
    return Report(
        kind="status",
        title=tidy(settings.title, "Status"),
        timezone=settings.timezone,
        as_of=calendar.local(settings.as_of),
        period_start=calendar.local(settings.period_start),
        period_end=calendar.local(settings.period_end),
        known_seq=sequence if isinstance(sequence, int) else 0,
        provenance=origin,
        bottom_line=bottom_line(draft, flow),
        cards=_cards(flow),
        sections=sections,
        facts=facts,
        relations=tuple((name, relation.sql) for name, relation in basis.relations.items()),
    )


def _parameters(settings: ReportSettings, calendar: Calendar) -> dict[str, Parameter]:
    """What the facts' queries are asked with: instants and days as text."""
    first, end = calendar.day(settings.period_start), calendar.day(settings.period_end)
    week = calendar.week_of(calendar.today, settings.week_start)
    instants = {
        "as_of": settings.as_of,
        "period_start": settings.period_start,
        "period_end": settings.period_end,
        "before_start": calendar.midnight(first - (end - first)),
        "cycles_from": calendar.midnight(calendar.today - timedelta(days=CYCLE_DAYS)),
        "weeks_start": calendar.midnight(week - timedelta(weeks=12)),
        "weeks_end": calendar.midnight(week),
    }
    due_until = calendar.workday_after(SOON_WORKDAYS, settings.workdays)
    days = {"today": calendar.today.isoformat(), "due_until": due_until.isoformat()}
    return {**{name: to_text(instant) for name, instant in instants.items()}, **days}


def bottom_line(draft: Draft, flow: Flow) -> tuple[Line, ...]:
    """At most three sentences, from figures alone."""
    ledger = draft.ledger
    if not any(ledger.rows("SELECT 1 FROM work LIMIT 1")):
        return (("The database holds no issue or ticket yet, so there is nothing to report.",),)
    done = (*plural(ledger, flow.done, "item was", "items were"), " done in the period, ")
    compared: Line = (*done, flow.done_before, " in the one before.")
    return compared, _under_way(draft, flow), _late(draft, flow)


def _under_way(draft: Draft, flow: Flow) -> Line:
    ledger = draft.ledger
    if not ledger.number(flow.doing):
        return ("Nothing is in progress.",)
    doing = (*plural(ledger, flow.doing, "item is", "items are"), " in progress: ")
    stuck = (
        *plural(ledger, flow.stuck, "has", "have"),
        " not changed for more than ",
        flow.threshold,
        " days. ",
    )
    if not ledger.number(flow.blocked):
        return (*doing, *stuck, "Nothing is blocked or waiting.")
    return (*doing, *stuck, *plural(ledger, flow.blocked, "item is", "items are"), " blocked or waiting.")


def _late(draft: Draft, flow: Flow) -> Line:
    oldest = draft.ledger.behind(flow.overdue, "due_on", 1)
    if not oldest:
        return ("No open item is overdue.",)
    words = plural(draft.ledger, flow.overdue, "open item is overdue", "open items are overdue")
    due = date.fromisoformat(oldest[0]["due_on"])
    return (*words, ", the longest ", draft.item(oldest[0]), ", due ", due, ".")


def _cards(flow: Flow) -> tuple[Card, ...]:
    return (
        Card("done", "Done", flow.done, ("before: ", flow.done_before), "done", State.DONE),
        Card(
            "in-progress",
            "In progress",
            flow.doing,
            ("in review: ", flow.review),
            "in-progress",
            State.IN_PROGRESS,
        ),
        Card(
            "blocked", "Blocked or waiting", flow.blocked, ("overdue: ", flow.overdue), "stuck", State.BLOCKED
        ),
        Card("stuck", "Stuck", flow.stuck, ("no change for days: ", flow.threshold), "stuck", State.STUCK),
        Card("created", "Created", flow.created, ("before: ", flow.created_before), "done"),
    )
