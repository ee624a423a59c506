"""How many customers write, how fast they are answered, and how content they are (M18, M19)."""
# ruff: noqa: S608 - the parts put together here are constants of this package

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Ledger, Row
from syncline.report.formulas.percentiles import nearest_rank
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.support import Volume
from syncline.report.formulas.surveys import Csat, csat
from syncline.report.model import Column, Figure, Line, Refused, Table
from syncline.store.instants import to_text

LONG_DAYS = 90
HOUR = timedelta(hours=1)

_REOPENED = (
    "SELECT 1 FROM ticket_turn v"
    " WHERE v.item = t.item AND v.kind = 'reopened' AND v.at >= u.at AND v.at < :{end}"
)
_SOLVED = (
    "SELECT t.item, t.created_at, min(u.at) AS solved_at FROM ticket t"
    " JOIN ticket_turn u ON u.item = t.item AND u.kind = 'solved' AND u.at < :{end}"
    " WHERE t.left_out = '' AND t.created_at < :{end} AND NOT EXISTS (" + _REOPENED + ")"
    " GROUP BY t.item, t.created_at HAVING min(u.at) >= :{start}"
)
_CREATED = "SELECT item FROM ticket WHERE left_out = '' AND created_at >= :{start} AND created_at < :{end}"
_OPEN = (
    "SELECT t.item FROM ticket t WHERE t.left_out = '' AND t.created_at < :{end} AND NOT EXISTS ("
    "SELECT 1 FROM ticket_turn u WHERE u.item = t.item AND u.kind = 'solved' AND u.at < :{end}"
    " AND NOT EXISTS (" + _REOPENED + "))"
)
_REPLIED = (
    "SELECT item, created_at, replied_at FROM ticket"
    " WHERE left_out = '' AND replied_at >= :{start} AND replied_at < :{end}"
)
_FIRST_SOLVED = (
    "SELECT t.item, t.created_at, min(u.at) AS solved_at FROM ticket t"
    " JOIN ticket_turn u ON u.item = t.item AND u.kind = 'solved'"
    " WHERE t.left_out = '' GROUP BY t.item, t.created_at HAVING min(u.at) >= :{start} AND min(u.at) < :{end}"
)
_RATED = (
    "SELECT ref, score FROM rating WHERE lowest = 0 AND highest = 1 AND score IN (0, 1)"
    " AND at >= :{start} AND at < :{end}"
)


@dataclass(frozen=True)
class Window:
    """A stretch of time: what fact names end in, how definitions call it, and its two ends among the parameters."""

    suffix: str
    words: str
    start: str
    end: str

    def sql(self, query: str) -> str:
        return query.format(start=self.start, end=self.end)


PERIOD = Window("", "in the period", "period_start", "period_end")
BEFORE = Window("_before", "in the stretch before the period", "before_start", "period_start")
LONG = Window("_90", f"in the {LONG_DAYS} days up to the end of the period", "support_from", "period_end")
WINDOWS = (PERIOD, BEFORE, LONG)


@dataclass(frozen=True)
class Satisfaction:
    """``share`` of good ratings with its interval; all refused where nobody rated."""

    rated: Figure
    good: Figure
    share: Figure
    low: Figure
    high: Figure
    response: Figure


@dataclass(frozen=True)
class Stretch:
    """The figures of one window; hours are elapsed ones."""

    created: Figure
    solved: Figure
    index: Figure
    replied: Figure
    reply: Figure
    first: Figure
    full: Figure
    satisfaction: Satisfaction


@dataclass(frozen=True)
class Support:
    """Figures of tickets. ``backlog`` is open at the end of the period, ``backlog_before`` at its start."""

    period: Stretch
    before: Stretch
    long: Stretch
    backlog: Figure
    backlog_before: Figure


def any_ticket(ledger: Ledger) -> bool:
    return bool(ledger.rows("SELECT 1 FROM ticket LIMIT 1"))


def reach_back(draft: Draft) -> None:
    """Let queries know when the ninety days begin."""
    calendar = draft.calendar
    first = calendar.day(draft.settings.period_end) - timedelta(days=LONG_DAYS)
    draft.ledger.let("support_from", to_text(calendar.midnight(first)))


def take(draft: Draft) -> Support:
    """All figures of tickets and ratings."""
    reach_back(draft)
    ledger = draft.ledger
    period, before, long = (_stretch(ledger, window) for window in WINDOWS)
    return Support(
        period,
        before,
        long,
        ledger.count(
            "tickets_open", "Tickets that were open at the end of the period.", PERIOD.sql(_OPEN), "tickets"
        ),
        ledger.count(
            "tickets_open_before", "Tickets that were open at its start.", BEFORE.sql(_OPEN), "tickets"
        ),
    )


def _stretch(ledger: Ledger, window: Window) -> Stretch:
    def count(name: str, what: str, query: str) -> Figure:
        name = f"{name}{window.suffix}"
        return ledger.count(name, f"Tickets {what} {window.words}.", window.sql(query), "tickets")

    def median(name: str, what: str, query: str, column: str) -> Figure:
        return ledger.fold(
            f"{name}{window.suffix}",
            f"Median {what} {window.words}, by nearest rank; elapsed hours.",
            window.sql(query),
            "hours",
            _median(column),
            places=1,
        )

    return Stretch(
        created=count("tickets_created", "created", _CREATED),
        solved=count("tickets_solved", "solved, and not reopened,", _SOLVED),
        index=ledger.fold(
            f"closing_index{window.suffix}",
            f"Tickets solved ÷ tickets created {window.words}; below 1 the backlog grows.",
            f"SELECT item, 'created' AS what FROM ({window.sql(_CREATED)}) made"
            f" UNION ALL SELECT item, 'solved' FROM ({window.sql(_SOLVED)}) ended",
            "",
            _index,
            places=2,
        ),
        replied=count("tickets_replied", "first answered by an agent", _REPLIED),
        reply=median("first_reply", "time to the first public answer of an agent", _REPLIED, "replied_at"),
        first=median("first_resolution", "time to the first time it was solved", _FIRST_SOLVED, "solved_at"),
        full=median(
            "full_resolution",
            "time until it was solved and stayed so, of tickets solved",
            _SOLVED,
            "solved_at",
        ),
        satisfaction=_satisfaction(ledger, window),
    )


def _index(rows: Sequence[Row]) -> Given:
    created = sum(row["what"] == "created" for row in rows)
    return Volume(created, len(rows) - created, 0, 0).closing_index


def _median(column: str) -> Callable[[Sequence[Row]], Given]:
    def rule(rows: Sequence[Row]) -> Given:
        return nearest_rank([_hours(row["created_at"], row[column]) for row in rows], 50)

    return rule


def _hours(start: str, end: str) -> Fraction:
    elapsed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return Fraction(elapsed // timedelta(milliseconds=1), HOUR // timedelta(milliseconds=1))


def _satisfaction(ledger: Ledger, window: Window) -> Satisfaction:
    rated, words, suffix = window.sql(_RATED), window.words, window.suffix

    def fold(name: str, definition: str, part: Callable[[Csat], Given]) -> Figure:
        def rule(rows: Sequence[Row]) -> Given:
            found = csat(sum(row["score"] == 1 for row in rows), sum(row["score"] == 0 for row in rows))
            return found if isinstance(found, Refusal) else part(found)

        return ledger.fold(f"{name}{suffix}", definition, rated, "", rule, Form.PERCENT, 1)

    def answering(rows: Sequence[Row]) -> Given:
        scores = [row["score"] for row in rows if row["score"] is not None]
        found = csat(scores.count(1), scores.count(0), len(rows) - len(scores))
        return found if isinstance(found, Refusal) else found.response_rate

    return Satisfaction(
        rated=ledger.count(f"ratings{suffix}", f"Good and bad ratings given {words}.", rated, "ratings"),
        good=ledger.count(
            f"ratings_good{suffix}", f"Good ratings given {words}.", f"{rated} AND score = 1", "ratings"
        ),
        share=fold("satisfaction", f"Good ÷ (good + bad) ratings given {words}.", lambda one: one.share),
        low=fold(
            "satisfaction_low",
            f"Lower end of its 95 % interval, by Wilson, {words}.",
            lambda one: one.interval.low,
        ),
        high=fold(
            "satisfaction_high",
            f"Upper end of its 95 % interval, by Wilson, {words}.",
            lambda one: one.interval.high,
        ),
        response=ledger.fold(
            f"response_rate{suffix}",
            f"Ratings ÷ tickets solved {words}: the tool does not say whom it asked.",
            f"SELECT ref, score FROM ({rated}) given UNION ALL"
            f" SELECT item, NULL FROM ({window.sql(_SOLVED)}) ended",
            "",
            answering,
            Form.PERCENT,
        ),
    )


def numbers_table(ledger: Ledger, support: Support) -> Table:
    """What everybody wants to know: how many came, went and stayed, and how content they are."""
    three = (support.period, support.before, support.long)

    def row(title: str, *cells: Line) -> tuple[Line, ...]:
        return ((title,), *cells)

    return Table(
        "support_numbers",
        "Tickets",
        _columns(),
        (
            row("Created", *((one.created,) for one in three)),
            row("Solved", *((one.solved,) for one in three)),
            row("Open at the end", (support.backlog,), (support.backlog_before,), ()),
            row("Satisfied", *(_shown(ledger, one.satisfaction) for one in three)),
        ),
        folded=True,
    )


def details_table(ledger: Ledger, support: Support) -> Table:
    """How long customers wait, and how sure the satisfaction is."""
    three = (support.period, support.before, support.long)

    def row(title: str, cell: Callable[[Stretch], Line]) -> tuple[Line, ...]:
        return ((title,), *(cell(one) for one in three))

    def timed(figure: Figure, n: Figure) -> Line:
        return (figure, " h of ", n) if ledger.number(n) else ("none",)

    return Table(
        "support_details",
        "How fast and how sure",
        _columns(),
        (
            row("Closing index", lambda one: shown(ledger, one.index)),
            row("First reply, median", lambda one: timed(one.reply, one.replied)),
            row("First resolution, median", lambda one: shown(ledger, one.first, " h")),
            row("Full resolution, median", lambda one: timed(one.full, one.solved)),
            row("Satisfied, ninety-five percent sure", lambda one: _interval(ledger, one.satisfaction)),
            row("Rated, of solved tickets", lambda one: shown(ledger, one.satisfaction.response)),
        ),
        folded=True,
    )


def shown(ledger: Ledger, figure: Figure, unit: str = "") -> Line:
    """The figure, or where it has no value the reason."""
    if ledger.value(figure) is not None:
        return (figure, unit) if unit else (figure,)
    return (Refused(figure),)


def _columns() -> tuple[Column, ...]:
    return (
        Column("measure", "Measure"),
        Column("period", "This period", numeric=True),
        Column("before", "Before", numeric=True),
        Column("long", "Ninety days", numeric=True),
    )


def _shown(ledger: Ledger, satisfaction: Satisfaction) -> Line:
    if not ledger.number(satisfaction.rated):
        return ("nobody rated",)
    return (satisfaction.share, " (", satisfaction.good, " of ", satisfaction.rated, ")")


def _interval(ledger: Ledger, satisfaction: Satisfaction) -> Line:
    if ledger.value(satisfaction.share) is None:
        return shown(ledger, satisfaction.share)
    return (satisfaction.low, " to ", satisfaction.high)
