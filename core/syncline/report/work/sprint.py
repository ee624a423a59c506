"""The sprint report: what was committed on each board, what came of it, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.formulas.sprints import Sprint
from syncline.report.making import drafting, made, working_set
from syncline.report.model import Block, Figure, Line, Report, Section
from syncline.report.provenance import provenance
from syncline.report.settings import ReportSettings
from syncline.report.shared import Shared
from syncline.report.work.sprints import SPRINT_RULE, Held, Sprints, burn_down, in_two, table, unfit

if TYPE_CHECKING:
    from sqlalchemy import Connection


def build_sprint(connection: Connection, settings: ReportSettings) -> Report:
    """The sprint that runs on each board, or the last one; the period of the settings plays no part."""
    basis = working_set(connection, settings)
    with drafting(basis, settings) as draft:
        origin = provenance(draft)
        known = Shared(draft).sprints
        if known is None or not known.every:
            nothing: tuple[Line, ...] = (("No tool tells of a sprint that has begun.",),)
            return made("sprint", draft, basis, origin, nothing, (), _unfit(draft, known))
        now = known.current()
        sections = (_now(draft, known, now), _past(draft, known), *_unfit(draft, known))
        return made(
            "sprint", draft, basis, origin, tuple(_said(draft, known, one) for one in now[:3]), (), sections
        )


def _said(draft: Draft, known: Sprints, one: Held) -> Line:
    """One sentence about a sprint."""
    completed, unfinished = (
        Figure(known.figures[f"sprint_{name}"].fact, one.ref) for name in ("completed", "unfinished")
    )
    if not isinstance(one.result, Sprint):
        return (one.name, ": nothing is known of it.")
    committed = Figure(known.figures["sprint_committed"].fact, one.ref)
    return (
        one.name,
        ": ",
        completed,
        " done, ",
        unfinished,
        " not done, of ",
        committed,
        " committed at its start.",
    )


def _now(draft: Draft, known: Sprints, now: list[Held]) -> Section:
    blocks: list[Block] = [table(draft, known, now)]
    blocks += [burn_down(draft, one) for one in now[:1]]
    return Section("sprint", "Sprint", SPRINT_RULE, (), tuple(blocks))


def _past(draft: Draft, known: Sprints) -> Section:
    closed = [one for one in known.every if one.closed]
    if not closed:
        return Section("closed", "Closed sprints", silent="None was closed yet.")
    return Section("closed", "Closed sprints", None, (), (table(draft, known, closed, "closed_sprints"),))


def _unfit(draft: Draft, known: Sprints | None) -> tuple[Section, ...]:
    """What is wrong with the sprints themselves."""
    twice = in_two(draft)
    lines = unfit(known) if known else []
    if draft.ledger.number(twice):
        lines.append(
            (*plural(draft.ledger, twice, "item stands", "items stand"), " in several running sprints.")
        )
    if not lines:
        return ()
    return (Section("sprint-data", "What is wrong with the data", None, tuple(lines)),)
