"""How long work takes, how old it is, and whether that fits what is under way (M7, M8, M10, M11)."""

# ruff: noqa: S608 - what is put together here are constants of this package

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from syncline.report.draft import LONGEST_LIST, Draft, plural
from syncline.report.facts import Form, Given, Row
from syncline.report.flow import AGED, CYCLES, Flow
from syncline.report.formulas.days import days_of
from syncline.report.formulas.flow import (
    Little,
    Stay,
    calendar_days,
    daily_wip,
    flow_efficiency,
    little,
)
from syncline.report.formulas.percentiles import percentile
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.stages import Life
from syncline.report.model import Figure, Line
from syncline.report.pictures import NAMED_POINTS, Ageing, Scatter
from syncline.report.work.moves import by_item
from syncline.store.instants import to_text

OLDEST = 60
"""Points of work under way that are drawn; lines and numbers come from all."""

LIVES = (
    "SELECT item, started_at, done_at, canceled_at FROM work WHERE counted = 1 AND sub_task = 0"
    " AND started_at IS NOT NULL AND coalesce(done_at, canceled_at, :as_of) >= :weeks_start"
)
WAITS = (
    "SELECT m.item, m.place, m.at, m.waits, w.started_at, w.done_at FROM move m JOIN work w ON w.item = m.item"
    f" WHERE m.item IN (SELECT item FROM ({CYCLES}))"
)


def scatter(draft: Draft, flow: Flow) -> Scatter:
    """Each done item by the day it was done, with the lines of all of them."""
    calendar = draft.calendar
    figure = draft.ledger.each(
        "cycle_time",
        "M7: cycle time of each item done in the last 90 days whose start is known: day done − day started + 1.",
        CYCLES,
        "days",
        lambda row: calendar_days(calendar.day(row["started_at"]), calendar.day(row["done_at"])),
    )
    ended = draft.ledger.rows(CYCLES)
    rows = draft.ledger.behind(
        flow.cycles, "done_at DESC", NAMED_POINTS if len(ended) <= NAMED_POINTS else LONGEST_LIST
    )
    known = draft.ledger.value(flow.slow) is not None
    lines = (("50 %", flow.half), ("85 %", flow.slow), ("95 %", flow.slowest)) if known else ()
    summary: Line = ("Too few of them for lines: ", flow.cycles, ".")
    if known:
        summary = (
            "Of ",
            flow.cycles,
            " items, half took at most ",
            flow.half,
            " days; a few took more than ",
        )
        summary = (*summary, flow.slow, ".")
    return Scatter(
        "cycle_times",
        "Days that items took",
        summary,
        "days",
        figure,
        tuple((row["item"], calendar.day(row["done_at"])) for row in ended),
        tuple(map(draft.item, rows)),
        lines,
    )


def ageing(draft: Draft, flow: Flow) -> Ageing:
    """Each item under way by its stage and age, against what the done ones took."""
    rows = draft.ledger.behind(flow.ages, "started_at", OLDEST)
    stages = tuple(
        (title, tuple(draft.item(row) for row in rows if row["stage"] == stage))
        for stage, title in (("doing", "Doing"), ("review", "Review"))
    )
    known = draft.ledger.value(flow.slow) is not None
    bands = (("50 %", flow.half), ("85 %", flow.slow), ("95 %", flow.slowest)) if known else ()
    words = plural(draft.ledger, flow.aged, "item is", "items are")
    summary: Line = (*words, " under way since a day that is known.")
    if known:
        limit = draft.calendar.today + timedelta(days=1 - draft.ledger.number(flow.slow))
        draft.ledger.let("older_before", to_text(draft.calendar.midnight(limit)))
        older = draft.ledger.count(
            "older_than_usual",
            "Items in progress that are older than 85 in a hundred of the items done in the last 90 days got.",
            f"{AGED} AND started_at < :older_before",
        )
        words = plural(draft.ledger, flow.aged, "item", "items")
        summary = ("Older than ", flow.slow, " days: ", older, " of ", *words, " under way.")
    if draft.ledger.number(flow.aged) > OLDEST:
        summary = (*summary, " The oldest are shown.")
    return Ageing("ageing", "Age of work under way", summary, "days", stages, flow.ages, bands)


def efficiency(draft: Draft) -> Figure:
    """M10: half of the items were worked on for at least this share of their time."""
    return draft.ledger.fold(
        "flow_efficiency",
        "M10: the median, by nearest rank, of active time ÷ elapsed time from start to done, of the items done in the"
        " last 90 days; time in a status of the category waiting is not active.",
        WAITS,
        "share",
        lambda rows: _efficiency(draft, rows),
        Form.PERCENT,
    )


def _efficiency(draft: Draft, rows: Sequence[Row]) -> Given:
    if not any(row["waits"] for row in rows):
        return Refusal(Reason.NOT_MAPPED)
    found: list[Fraction] = []
    for moves in by_item(rows).values():
        start, end = (datetime.fromisoformat(moves[0][name]) for name in ("started_at", "done_at"))
        if datetime.fromisoformat(moves[0]["at"]) > start:
            continue
        stays = [Stay(max(datetime.fromisoformat(one["at"]), start), str(one["waits"])) for one in moves]
        share = flow_efficiency(stays, end, frozenset({"1"}))
        if isinstance(share, Fraction):
            found.append(share)
    return percentile(found, 50)


def littles_law(draft: Draft) -> dict[str, Figure]:
    """M11: what cycle time follows from work under way and throughput, and what it was; a hint about the data."""
    texts = {
        "little_implied": "M11: mean work under way ÷ mean throughput of the last 12 whole weeks: the cycle time that"
        " would fit.",
        "little_measured": "M11: the mean cycle time of the items done in these weeks.",
    }

    def rule(rows: Sequence[Row]) -> Mapping[str, Mapping[str, Given]]:
        found = _law(draft, rows)
        if isinstance(found, Refusal):
            return {name: {"days": found} for name in texts}
        return {"little_implied": {"days": found.implied}, "little_measured": {"days": found.measured}}

    return {
        name: Figure(figure.fact, "days")
        for name, figure in draft.ledger.family(texts, LIVES, "days", rule).items()
    }


def _law(draft: Draft, rows: Sequence[Row]) -> Little | Refusal:
    first, end = draft.weeks[0], draft.calendar.week_of(draft.calendar.today, draft.settings.week_start)
    day = draft.calendar.day
    done = Counter(day(row["done_at"]) for row in rows if row["done_at"])
    ended = [row for row in rows if row["done_at"] and first <= day(row["done_at"]) < end]
    cycles = [calendar_days(day(row["started_at"]), day(row["done_at"])) for row in ended]
    last = end - timedelta(days=1)
    under_way = daily_wip(map(_life, rows), first, last, draft.calendar.zone)
    return little(
        under_way, [done[one] for one in days_of(first, last)], [took for took in cycles if took > 0]
    )


def _life(row: Row) -> Life:
    start, done, canceled = (
        datetime.fromisoformat(row[name]) if row[name] else None
        for name in ("started_at", "done_at", "canceled_at")
    )
    return Life(row["item"], None, start, done, canceled, None)
