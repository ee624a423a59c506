"""The figures that headlines and several sections share, and the rules they go by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from syncline.report.draft import Draft, work
from syncline.report.facts import Ledger, Row, nearest_rank
from syncline.report.model import Figure
from syncline.report.settings import Calendar
from syncline.store.instants import to_text

QUIET_DAYS = 7
ENOUGH = 11
SLOW_PERCENT = 85

DONE = "SELECT item FROM work WHERE counted = 1 AND sub_task = {sub} AND stage = 'done'"
OPEN = "SELECT item FROM work WHERE is_open = 1 AND sub_task = {sub}"
IN_PERIOD = "done_at >= :period_start AND done_at < :period_end"
CYCLES = (
    "SELECT item, started_at, done_at FROM work WHERE counted = 1 AND sub_task = 0 AND stage = 'done'"
    " AND done_at >= :cycles_from AND started_at <= done_at"
)
AGED = (
    "SELECT item, started_at FROM work WHERE is_open = 1 AND sub_task = 0 AND stage IN ('doing', 'review')"
    " AND started_at IS NOT NULL"
)
STUCK = "is_open = 1 AND sub_task = 0 AND stage IN ('doing', 'review') AND changed_at < :stuck_before"
BLOCKED = "is_open = 1 AND sub_task = 0 AND (category = 'waiting' OR flagged = 1)"
OVERDUE = "is_open = 1 AND sub_task = 0 AND due_on < :today"

DONE_RULE = (
    "An item is done from its last entry into a status of the category done that nothing undid by the time of this"
    " report; a reopened item is not done, a canceled one never was. Where the tool gives no history, its own"
    " resolution time counts, else the time of its last change, and the row says so."
)
PROGRESS_RULE = (
    "Items in a status of the categories in progress and waiting. Age runs from the first entry into either, in"
    " calendar days of the report zone, the first day counted as 1."
)
STUCK_RULE = (
    f"Stuck: in progress or waiting, and no field changed and nothing was said for more than {QUIET_DAYS} days, or"
    f" for longer than {SLOW_PERCENT} % of the items done in the last 90 days took, whichever is longer (nearest rank,"
    f" used from {ENOUGH} items on). Blocked: waiting, or flagged. Overdue: open, and the due date has passed."
)
DUE_RULE = "Open items with a due date from today to the end of the fifth workday after it."


@dataclass(frozen=True)
class Flow:
    """The figures that headlines and several sections share."""

    done: Figure
    done_before: Figure
    done_today: Figure
    created: Figure
    created_before: Figure
    doing: Figure
    review: Figure
    started_unknown: Figure
    blocked: Figure
    stuck: Figure
    threshold: Figure
    overdue: Figure
    due_soon: Figure
    cycles: Figure
    half: Figure
    slow: Figure
    slowest: Figure
    ages: Figure
    aged: Figure


def measure(draft: Draft) -> Flow:
    """Take the figures, in the order in which a reader meets them."""
    ledger = draft.ledger
    done, before, today = _done(ledger)
    created, created_before = _created(ledger)
    cycles, half, slow, slowest, threshold = _cycles(draft)
    return Flow(
        done=done,
        done_before=before,
        done_today=today,
        created=created,
        created_before=created_before,
        doing=ledger.count(
            "in_progress",
            "Open items in progress or waiting, in review or not.",
            _open("stage IN ('doing', 'review')"),
        ),
        review=ledger.count("in_review", "Open items in review.", _open("stage = 'review'")),
        started_unknown=ledger.count(
            "start_unknown",
            "Items in progress or waiting whose history does not say since when.",
            _open("stage IN ('doing', 'review') AND started_at IS NULL"),
        ),
        blocked=ledger.count("blocked", "Open items that wait or are flagged.", work(BLOCKED)),
        stuck=ledger.count(
            "stuck",
            "Items in progress or waiting without any change since the threshold.",
            work(STUCK),
        ),
        threshold=threshold,
        overdue=ledger.count(
            "overdue",
            "Open items whose due date lies before today.",
            work(OVERDUE),
        ),
        due_soon=ledger.count(
            "due_soon",
            "Open items due from today to the end of the fifth workday after it.",
            _open("due_on >= :today AND due_on <= :due_until"),
        ),
        cycles=cycles,
        half=half,
        slow=slow,
        slowest=slowest,
        ages=ledger.each(
            "ages",
            "Age of each item in progress: today − day started + 1.",
            AGED,
            "days",
            lambda row: draft.calendar.days_since(row["started_at"]) + 1,
        ),
        aged=ledger.count("aged", "Items in progress whose start is known.", AGED),
    )


def _open(condition: str) -> str:
    return f"{OPEN.format(sub=0)} AND {condition}"


def _done(ledger: Ledger) -> tuple[Figure, Figure, Figure]:
    select = DONE.format(sub=0)
    return (
        ledger.count("done", "Items done in the period.", f"{select} AND {IN_PERIOD}"),
        ledger.count(
            "done_before",
            "Items done in the stretch of the same number of days before the period.",
            f"{select} AND done_at >= :before_start AND done_at < :period_start",
        ),
        ledger.count(
            "done_after",
            "Items done between the end of the period and this report.",
            f"{select} AND done_at >= :period_end",
        ),
    )


def _created(ledger: Ledger) -> tuple[Figure, Figure]:
    select = "SELECT item FROM work WHERE counted = 1 AND sub_task = 0 AND created_at"
    return (
        ledger.count(
            "created",
            "Items created in the period.",
            f"{select} >= :period_start AND created_at < :period_end",
        ),
        ledger.count(
            "created_before",
            "Items created in the stretch of the same number of days before the period.",
            f"{select} >= :before_start AND created_at < :period_start",
        ),
    )


def _cycles(draft: Draft) -> tuple[Figure, Figure, Figure, Figure, Figure]:
    ledger, calendar = draft.ledger, draft.calendar

    taken = _days(calendar, ledger.rows(CYCLES))

    def at_rank(percent: int) -> Callable[[Sequence[Row]], int | None]:
        return lambda rows: nearest_rank(taken, percent) if len(rows) >= ENOUGH else None

    figures = (
        ledger.count("cycles", "Items done in the last 90 days whose start is known.", CYCLES),
        ledger.fold(
            "cycle_time_50",
            f"Median cycle time of these items by nearest rank: day done − day started + 1. From {ENOUGH} items on.",
            CYCLES,
            "days",
            at_rank(50),
        ),
        ledger.fold(
            f"cycle_time_{SLOW_PERCENT}",
            f"{SLOW_PERCENT}th percentile of the same cycle times by nearest rank. From {ENOUGH} items on.",
            CYCLES,
            "days",
            at_rank(SLOW_PERCENT),
        ),
        ledger.fold(
            "cycle_time_95",
            f"95th percentile of the same cycle times by nearest rank. From {ENOUGH} items on.",
            CYCLES,
            "days",
            at_rank(95),
        ),
        ledger.fold(
            "stuck_after",
            f"The longer of {QUIET_DAYS} days and the {SLOW_PERCENT}th percentile above.",
            CYCLES,
            "days",
            lambda rows: max(QUIET_DAYS, at_rank(SLOW_PERCENT)(rows) or 0),
        ),
    )
    quiet_since = calendar.as_of - timedelta(days=ledger.number(figures[4]))
    ledger.let("stuck_before", to_text(quiet_since))
    return figures


def _days(calendar: Calendar, rows: Sequence[Row]) -> list[int]:
    return [(calendar.day(row["done_at"]) - calendar.day(row["started_at"])).days + 1 for row in rows]
