"""The status report: its sections in their order, without a word about formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from syncline.report.breakdown import containers_section, people_section
from syncline.report.changes import changes_section
from syncline.report.draft import Draft
from syncline.report.headlines import bottom_line, cards
from syncline.report.limits import limits_section
from syncline.report.making import drafting, made, working_set
from syncline.report.model import Report, Section
from syncline.report.progress import done_section, due_section, progress_section, stuck_section
from syncline.report.provenance import provenance, sources_section
from syncline.report.quality import quality_section
from syncline.report.roadmap.delivery import ahead_section, shipped_section, slipped_section
from syncline.report.roadmap.scorecard import scorecard_section, timeline_section
from syncline.report.settings import ReportSettings
from syncline.report.shared import Shared
from syncline.report.signal.customers import customers_section
from syncline.report.signal.decisions import decisions_section
from syncline.report.signal.goals import goals_section
from syncline.report.signal.trials import trials_section
from syncline.report.work.record import record_section
from syncline.report.work.section import flow_section

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.basis import Basis
    from syncline.report.facts import Fact
    from syncline.report.kept.make import Before

Builder = Callable[[Draft, Shared], Section]

SECTIONS: tuple[Builder, ...] = (
    decisions_section,
    scorecard_section,
    timeline_section,
    shipped_section,
    done_section,
    slipped_section,
    ahead_section,
    due_section,
    goals_section,
    customers_section,
    trials_section,
    flow_section,
    progress_section,
    stuck_section,
    containers_section,
    people_section,
    record_section,
    sources_section,
    quality_section,
    limits_section,
)


WATCHED = ("flow", "roadmap", "flags", "demand", "metrics")
"""Of `Shared`: what makes the facts that are compared (`syncline.report.changes`)."""


def build_status(connection: Connection, settings: ReportSettings, *, before: Before | None = None) -> Report:
    """Read the database once and say how the work stands; what changed only where it is told what was ``before``.

    ``connection`` must have the tables and the stable views; nothing is written to it. The same database and settings
    give an equal report.
    """
    return assemble(working_set(connection, settings), settings, before)


def watched(connection: Connection, settings: ReportSettings) -> tuple[Fact, ...]:
    """The facts that a later report is compared with, without the rest of the report: in less time."""
    with drafting(working_set(connection, settings), settings) as draft:
        shared = Shared(draft)
        for name in WATCHED:
            getattr(shared, name)
        return draft.ledger.facts()


def assemble(basis: Basis, settings: ReportSettings, before: Before | None = None) -> Report:
    """The report of a working set."""
    with drafting(basis, settings) as draft:
        shared = Shared(draft)
        origin = provenance(draft)
        top = bottom_line(draft, shared, before), cards(draft, shared)
        sections = tuple(section(draft, shared) for section in SECTIONS)
        if before is not None:
            place = next((number for number, one in enumerate(sections, 1) if one.id == "decisions"), 0)
            sections = (*sections[:place], changes_section(draft, before), *sections[place:])
        return made("status", draft, basis, origin, *top, sections)
