"""What came after a launch, beside what was before it (M23): by metric, never taken for its effect."""
# ruff: noqa: S608 - the parts put together here are constants of this package, or quoted

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.days import ONE_DAY
from syncline.report.formulas.launches import DAYS, WEEK, BeforeAfter, Side, before_after
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.model import Column, Figure, Line, Name, Refused, Table
from syncline.report.signal.metrics import Metric
from syncline.report.signal.rollouts import Flag, Flags

LATELY_DAYS = 84
"""How long after a launch it is still looked back on in the weekly report."""


@dataclass(frozen=True)
class Reading:
    """A metric around a launch. ``found`` compares ``days`` days on each side: fewer than 28 are an early reading."""

    flag: Flag
    metric: Metric
    days: int
    found: BeforeAfter | Refusal

    @property
    def key(self) -> str:
        return f"{self.flag.ref} {self.metric.ref}"

    @property
    def early(self) -> bool:
        return self.days < DAYS


@dataclass(frozen=True)
class After:
    """Every reading, and series of numbers by its key, in the metric's unit."""

    readings: tuple[Reading, ...]
    before: Figure
    after: Figure
    change: Figure
    days: Figure
    users_before: Figure
    users_after: Figure
    low_before: Figure
    high_before: Figure
    low_after: Figure
    high_after: Figure


def after_launches(
    draft: Draft, flags: Flags, measured: Sequence[Metric], lately: int | None = LATELY_DAYS
) -> After:
    """The metrics around each launch that reached everybody in the last ``lately`` days, or around every such one."""
    today, last = draft.calendar.today, draft.calendar.day(draft.settings.period_end) - ONE_DAY
    launched = [
        flag
        for flag in flags.launched
        if flag.state.full and (lately is None or (today - flag.state.full).days <= lately)
    ]
    others = {flag.ref: flag.state.launch for flag in flags.launched if flag.state.launch}
    readings = tuple(
        _reading(flag, metric, last, {ref: day for ref, day in others.items() if ref != flag.ref})
        for flag in launched
        for metric in measured
    )
    return _figures(draft, readings)


def _reading(flag: Flag, metric: Metric, last: date, others: Mapping[str, date]) -> Reading:
    points = dict(zip(metric.days, metric.values, strict=True))
    launch, full = flag.state.launch, flag.state.full
    if metric.interval != 1:
        return Reading(flag, metric, DAYS, Refusal(Reason.MISSING, "a value for each day"))
    if launch is None or full is None:
        return Reading(flag, metric, DAYS, Refusal(Reason.MISSING, "a full rollout"))
    whole = before_after(points, launch, full, last, others)
    if not isinstance(whole, Refusal):
        return Reading(flag, metric, DAYS, whole)
    days = _early(points, launch, full, last)
    return Reading(
        flag, metric, days or DAYS, before_after(points, launch, full, last, others, days) if days else whole
    )


def _early(points: Mapping[date, Fraction], launch: date, full: date, last: date) -> int:
    """How many complete days lie without a gap on both sides; whole weeks as soon as there is one."""
    days = 0
    while (
        days < DAYS
        and launch - timedelta(days=days + 1) in points
        and (after := full + timedelta(days=days + 1)) in points
        and after <= last
    ):
        days += 1
    return days - days % WEEK if days >= WEEK else days


def _figures(draft: Draft, readings: tuple[Reading, ...]) -> After:
    refs = ", ".join(sorted({f":{one.metric.parameter}" for one in readings}))
    sql = (
        "SELECT v.ref, v.metric, v.day, v.value, v.users FROM reading v"
        f" WHERE v.metric IN ({refs or 'NULL'}) AND v.complete = 1 AND v.day < :until_day ORDER BY v.metric, v.day"
    )
    places = 1 if any(value.denominator != 1 for one in readings for value in one.metric.values) else 0

    def series(
        name: str,
        definition: str,
        value: Callable[[Reading, BeforeAfter], Given],
        form: Form = Form.NUMBER,
        count: bool = False,
    ) -> Figure:
        return draft.ledger.series(
            f"launch_{name}",
            definition,
            sql,
            "days" if name == "days" else "",
            lambda _: {
                one.key: one.found if isinstance(one.found, Refusal) else value(one, one.found)
                for one in readings
            },
            form,
            0 if count else places,
        )

    def users(name: str, definition: str, side: Callable[[BeforeAfter], Side]) -> Figure:
        def rule(rows: Sequence[Row]) -> Mapping[str, Given]:
            return {one.key: _users(one, rows, side) for one in readings}

        return draft.ledger.series(f"launch_{name}", definition, sql, "users", rule)

    return After(
        readings,
        before=series(
            "before",
            "Mean of the days before the first exposure, as many as below.",
            lambda _, one: one.before.mean,
        ),
        after=series("after", "Mean of as many days after the full rollout.", lambda _, one: one.after.mean),
        change=series("change", "After − before.", lambda _, one: one.difference, Form.SIGNED),
        days=series(
            "days",
            "Complete days on each side: 28, or as many as there are without a gap, whole weeks where there are any.",
            lambda one, _: one.days,
            count=True,
        ),
        users_before=users("users_before", "Users behind the values before.", lambda one: one.before),
        users_after=users("users_after", "Users behind the values after.", lambda one: one.after),
        low_before=series("low_before", "Lowest mean of a week before.", lambda _, one: _least(one.before)),
        high_before=series("high_before", "Highest mean of a week before.", lambda _, one: _most(one.before)),
        low_after=series("low_after", "Lowest mean of a week after.", lambda _, one: _least(one.after)),
        high_after=series("high_after", "Highest mean of a week after.", lambda _, one: _most(one.after)),
    )


def _users(one: Reading, rows: Sequence[Row], side: Callable[[BeforeAfter], Side]) -> Given:
    if isinstance(one.found, Refusal):
        return one.found
    between = side(one.found)
    counts = [
        row["users"]
        for row in rows
        if row["metric"] == one.metric.ref and between.first <= date.fromisoformat(row["day"]) <= between.last
    ]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else Refusal(Reason.MISSING, "users")


def _least(side: Side) -> Given:
    return min(side.weeks) if side.weeks else Refusal(Reason.TOO_FEW, "weeks", n=0, needed=1)


def _most(side: Side) -> Given:
    return max(side.weeks) if side.weeks else Refusal(Reason.TOO_FEW, "weeks", n=0, needed=1)


# ---- in words ---------------------------------------------------------------------------------------


def tested(draft: Draft) -> Mapping[str, list[str]]:
    """Items that an experiment is about, with the names of these experiments."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in draft.ledger.rows(
        "SELECT m.item, e.title FROM meant m JOIN experiment e ON e.ref = m.ref ORDER BY e.title, e.ref"
    ):
        found[row["item"]].append(row["title"])
    return found


def after_table(draft: Draft, found: After) -> Table:
    """One row for each launch and metric that can be compared; where none can, one for each with the reason."""
    columns = (
        Column("launch", "Launch"),
        Column("metric", "Metric"),
        Column("before", "Before", numeric=True),
        Column("after", "After", numeric=True),
        Column("change", "Change", numeric=True),
        Column("reading", "How to read it"),
    )
    told = [one for one in found.readings if not isinstance(one.found, Refusal)] or list(found.readings)
    rows = tuple(_row(draft, found, one) for one in told)
    return Table("after_launch", "Before and after launches", columns, rows, folded=True)


def after_line(found: After) -> Line:
    """The latest launch that can be compared, in a sentence."""
    one = next((one for one in found.readings if not isinstance(one.found, Refusal)), None)
    if one is None:
        return ()
    before, after = Figure(found.before.fact, one.key), Figure(found.after.fact, one.key)
    line: Line = (
        "After ",
        Name(one.flag.name),
        ", ",
        Name(one.metric.name),
        " was ",
        *one.metric.amount(after),
    )
    early = "; too early to say more." if one.early else ", which proves no cause."
    return (*line, ", before ", *one.metric.amount(before), early)


def _row(draft: Draft, found: After, one: Reading) -> tuple[Line, ...]:
    def at(figure: Figure) -> Figure:
        return Figure(figure.fact, one.key)

    launch: Line = (Name(one.flag.name),)
    if isinstance(one.found, Refusal):
        return (launch, (Name(one.metric.name),), (), (), (), ("not compared: ", Refused(at(found.before))))
    change: Line = (
        (at(found.change), " points") if one.metric.unit == "%" else one.metric.amount(at(found.change))
    )
    return (
        launch,
        (Name(one.metric.name),),
        (*one.metric.amount(at(found.before)), *_people(draft, at(found.users_before))),
        (*one.metric.amount(at(found.after)), *_people(draft, at(found.users_after))),
        change,
        how_to_read(draft, found, one),
    )


def _people(draft: Draft, users: Figure) -> Line:
    return (" (", users, " users)") if draft.ledger.value(users) is not None else ()


def how_to_read(draft: Draft, found: After, one: Reading) -> Line:
    """How many days, what else happened meanwhile, and that it is no proof."""
    assert not isinstance(one.found, Refusal)
    days = Figure(found.days.fact, one.key)
    early: Line = (" (too early: twenty-eight are needed)",) if one.early else ()
    sides: Line = (days, " complete days on each side", *early)
    others: Line = ("; another launch in that time",) if one.found.overlapping else ()
    proof = tested(draft)
    named = sorted({name for item in one.flag.items for name in proof.get(item, [])})
    if named:
        return (*sides, *others, "; see the experiment ", Name(", ".join(named)))
    return (*sides, *others, "; before and after, not cause and effect")
