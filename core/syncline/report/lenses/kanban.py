"""The wall: what is ready, in progress, in review and done, oldest first, against how long such work usually takes."""

from __future__ import annotations

from dataclasses import replace

from syncline.report.draft import Draft, work
from syncline.report.facts import Row
from syncline.report.flow import CYCLES
from syncline.report.formulas.flow import Ageing, Pace, ageing, calendar_days, pace
from syncline.report.model import Board, BoardColumn, Figure, Line, Section, State
from syncline.report.parts import Part
from syncline.report.shared import Shared
from syncline.report.work.limits import blocked_days, limits

CARDS = 8
"""Cards shown in a column; its number counts all."""

RULE = (
    "Ready is to do, doing is in progress and waiting, review is in progress with the word review; done is what was"
    " done in the period. What holds other work, as epics do, is not shown. Age runs from the first entry into doing"
    " or review, both days counted. Work is slow, very slow, or slowest of all when it is older than 50, 85 or 95 in a"
    " hundred of the items done in the last 90 days were when they were done."
)
COLUMNS = (
    ("ready", "Ready", "is_open = 1 AND level = 0 AND stage = 'ready'", "created_at"),
    ("doing", "Doing", "is_open = 1 AND level = 0 AND stage = 'doing'", "started_at IS NULL, started_at"),
    (
        "review",
        "Review",
        "is_open = 1 AND level = 0 AND stage = 'review'",
        "started_at IS NULL, started_at",
    ),
    (
        "done",
        "Done",
        "counted = 1 AND level = 0 AND stage = 'done' AND done_at >= :period_start AND done_at < :period_end",
        "done_at DESC",
    ),
)
WORDS = {Ageing.LONGER: "slow", Ageing.SLOW: "very slow", Ageing.SLOWEST: "slowest of all"}


def kanban_section(draft: Draft, shared: Shared) -> Section:
    """One board of all work that is no part of other work."""
    ledger = draft.ledger
    counts = {
        id: ledger.count(f"board_{id}", f"Items in the column {title}.", work(condition))
        for id, title, condition, _ in COLUMNS
    }
    if not any(map(ledger.number, counts.values())):
        return Section("kanban", "Board", RULE, silent="Nothing is ready, under way, or done in the period.")
    ages = ledger.each(
        "board_age",
        "Age of each item in doing or review whose start is known: today − day started + 1.",
        work(
            "is_open = 1 AND level = 0 AND stage IN ('doing', 'review') AND started_at IS NOT NULL",
            "started_at",
        ),
        "days",
        lambda row: draft.calendar.days_since(row["started_at"]) + 1,
    )
    usual, held = _pace(draft), blocked_days(draft)
    columns = []
    for id, title, _, order in COLUMNS:
        rows = ledger.behind(counts[id], order, CARDS)
        cards = tuple(_card(draft, row, ages, held, usual) for row in rows)
        columns.append(BoardColumn(title, counts[id], cards, cut=ledger.number(counts[id]) > len(rows)))
    teams = limits(draft)
    board = Board("work_board", "Work by stage", tuple(columns))
    return Section("kanban", "Board", RULE, (), (board, *([replace(teams, folded=False)] if teams else [])))


def _pace(draft: Draft) -> Pace:
    day = draft.calendar.day
    return pace(
        [calendar_days(day(row["started_at"]), day(row["done_at"])) for row in draft.ledger.rows(CYCLES)]
    )


def _card(draft: Draft, row: Row, ages: Figure, held: Figure, usual: Pace) -> Line:
    parts: list[Part] = [draft.item(row)]
    if row["is_open"] and (row["flagged"] or row["category"] == "waiting"):
        parts += [", ", State.BLOCKED if row["flagged"] else State.WAITING]
        days = Figure(held.fact, row["item"])
        if draft.ledger.value(days) is not None:
            parts += [" for ", days, " days"]
    if row["stage"] in ("doing", "review") and row["started_at"] is not None:
        age = Figure(ages.fact, row["item"])
        parts += [", age ", age, " days"]
        band = ageing(draft.ledger.number(age), usual)
        if isinstance(band, Ageing) and band in WORDS:
            parts += [", ", WORDS[band]]
    return tuple(parts)
