"""Section 10: what is aimed at, how far it is, and what serves it (M5)."""
# ruff: noqa: S608 - the parts put together here are constants of this package

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.exact import exact
from syncline.report.formulas.goals import Progress, expected, key_result, objective, pace
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.model import Block, Column, Figure, Line, Name, Refused, Section, Spark, Table
from syncline.report.pictures import Lines, Series
from syncline.report.signal.metrics import Metric, metrics_table, places_of
from syncline.report.words import tidy

if TYPE_CHECKING:
    from syncline.report.shared import Shared

GOALS_RULE = (
    "Progress: (now − baseline) ÷ (target − baseline), at most the whole way. Expected: the share of the time from"
    " start to due that has passed. Pace: progress − expected, in percentage points. Now is the metric's last complete"
    " interval before the end of the period; a missing day is not nought. A metric is unusual where it lies far outside"
    " what the same weekday was in the eight weeks before."
)

_AIMS = (
    "SELECT id, title, owner, start_on, due_on, place FROM aim"
    " UNION ALL SELECT ref, title, owner, start_on, due_on, 999999 FROM goal_record WHERE kind = 'Objective'"
    " AND ref NOT IN (SELECT record FROM aimed_at)"
)
_RESULTS = (
    "SELECT r.id AS id, r.aim AS aim, r.title AS title, r.baseline AS baseline, r.target AS target, NULL AS told,"
    " r.place AS place, m.ref AS metric FROM aim_result r"
    " LEFT JOIN (SELECT r.id, min(m.ref) AS ref FROM aim_result r"
    " JOIN measure m ON m.id = r.metric OR m.title = r.metric GROUP BY r.id HAVING count(*) = 1) m ON m.id = r.id"
    " UNION ALL SELECT k.ref, coalesce(t.aim, k.objective), k.title, k.baseline, k.target, k.current, 999999, k.metric"
    " FROM key_result k LEFT JOIN aimed_at t ON t.record = k.objective"
)


@dataclass(frozen=True)
class Aim:
    """An objective: of the configuration, or a tool's own record."""

    id: str
    title: str
    owner: str | None
    start: date | None
    due: date | None
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Result:
    """A key result; ``metric`` is None where none, or more than one, has its name."""

    id: str
    title: str
    metric: Metric | None


@dataclass(frozen=True)
class Goals:
    """Every objective, and series of numbers by the id of a key result, of ``progress_of`` by that of an objective."""

    aims: tuple[Aim, ...]
    baseline: Figure
    current: Figure
    target: Figure
    progress: Figure
    expected: Figure
    pace: Figure
    age: Figure
    progress_of: Figure


def goals(draft: Draft, metrics: Sequence[Metric]) -> Goals | None:
    """The goals with their numbers; None where nothing is aimed at."""
    by_ref = {metric.ref: metric for metric in metrics}
    results: dict[str, list[Result]] = defaultdict(list)
    for row in draft.ledger.rows(f"SELECT * FROM ({_RESULTS}) k ORDER BY place, id"):
        metric = by_ref.get(row["metric"] or "")
        results[row["aim"] or ""].append(Result(row["id"], tidy(row["title"], "(no title)"), metric))
    aims = tuple(
        Aim(
            row["id"],
            tidy(row["title"], "(no title)"),
            tidy(row["owner"], "") or None,
            _day(row["start_on"]),
            _day(row["due_on"]),
            tuple(results[row["id"]]),
        )
        for row in draft.ledger.rows(f"SELECT * FROM ({_AIMS}) a ORDER BY place, id")
    )
    return _numbers(draft, aims) if aims else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _number(value: object) -> Fraction | None:
    """What a configuration gives as text, and a tool as a number."""
    if isinstance(value, str):
        try:
            return exact(Decimal(value))
        except InvalidOperation:
            return None
    return exact(value) if isinstance(value, int | float) else None


@dataclass(frozen=True)
class Now:
    """A key result and its latest complete value, which speaks of the time up to ``until``."""

    baseline: Fraction | None
    target: Fraction | None
    current: Fraction | None
    until: date | None

    @property
    def progress(self) -> Progress | Refusal:
        return key_result(self.baseline, self.current, self.target)


_READINGS = (
    "SELECT coalesce(v.ref, k.id) AS row, k.id, k.baseline, k.target, k.told, v.day, v.value, v.complete"
    f" FROM ({_RESULTS}) k LEFT JOIN reading v ON v.metric = k.metric AND v.day < :until_day ORDER BY v.day"
)


def _numbers(draft: Draft, aims: tuple[Aim, ...]) -> Goals:
    ledger = draft.ledger
    found = {one.id: one for aim in aims for one in aim.results}
    known = _now(ledger.rows(_READINGS), found)
    given_ = [one for number in known.values() for one in (number.baseline, number.target)]
    places = places_of([one for one in given_ if one is not None], "")
    series = _Series(draft, found)
    return Goals(
        aims=aims,
        baseline=series(
            "baseline", "Where each key result began.", lambda _, one: one.baseline, places=places
        ),
        current=series(
            "current",
            "The last complete value of its metric before the end of the period; without a metric what its tool says.",
            lambda id, one: one.current if one.current is not None else _missing(found[id]),
            places=max([places, *(_places(one) for one in found.values())]),
        ),
        target=series("target", "Where it should end.", lambda _, one: one.target, places=places),
        progress_of=ledger.series(
            "objective_progress",
            "The mean progress of an objective's key results; one without progress is left out.",
            _READINGS,
            "",
            lambda rows: _means(aims, _now(rows, found)),
            Form.PERCENT,
        ),
        **_against_time(draft, aims, series),
    )


@dataclass(frozen=True)
class _Series:
    """Takes one number of every key result as a fact."""

    draft: Draft
    found: Mapping[str, Result]

    def __call__(
        self,
        name: str,
        definition: str,
        value: Callable[[str, Now], Given],
        form: Form = Form.NUMBER,
        places: int = 0,
    ) -> Figure:
        return self.draft.ledger.series(
            f"key_result_{name}",
            definition,
            _READINGS,
            "" if form is not Form.SIGNED else "percentage points",
            lambda rows: {id: value(id, one) for id, one in _now(rows, self.found).items()},
            form,
            places,
        )


def _against_time(draft: Draft, aims: tuple[Aim, ...], series: _Series) -> dict[str, Figure]:
    """How far each key result is, and how far it should be."""
    today = draft.calendar.today
    passed = {one.id: expected(aim.start, aim.due, today) for aim in aims for one in aim.results}
    return {
        "progress": series(
            "progress",
            "(now − baseline) ÷ (target − baseline), cut off at nought and at the whole way.",
            lambda _, one: one.progress if isinstance(one.progress, Refusal) else one.progress.value,
            Form.PERCENT,
        ),
        "expected": series(
            "expected",
            "The share of the time from start to due that has passed.",
            lambda id, _: passed[id],
            Form.PERCENT,
        ),
        "pace": series(
            "pace",
            "Progress − expected, in percentage points; above nought is ahead of an even pace.",
            lambda id, one: _points(pace(one.progress, passed[id])),
            Form.SIGNED,
        ),
        "age": series(
            "age",
            "Days since the last day that the value speaks of.",
            lambda _, one: (today - one.until).days if one.until else None,
        ),
    }


def _places(result: Result) -> int:
    return places_of(result.metric.values, result.metric.unit) if result.metric else 0


def _missing(result: Result) -> Refusal:
    if result.metric is None:
        return Refusal(Reason.MISSING, "metric")
    return Refusal(Reason.TOO_FEW, "complete intervals", n=0, needed=1)


def _points(share: Fraction | Refusal) -> Given:
    return share if isinstance(share, Refusal) else share * 100


def _now(rows: Sequence[Row], found: Mapping[str, Result]) -> dict[str, Now]:
    """The latest value of each key result: of its metric's complete intervals, else what its own tool says."""
    latest: dict[str, Now] = {}
    for row in rows:
        if row["id"] not in found:
            continue
        metric = found[row["id"]].metric
        held = latest.get(row["id"]) or Now(
            _number(row["baseline"]), _number(row["target"]), _number(row["told"]), None
        )
        day = row["day"] and date.fromisoformat(row["day"])
        if metric and day in metric.days:
            held = Now(held.baseline, held.target, exact(row["value"]), metric.until(day))
        latest[row["id"]] = held
    return latest


def _means(aims: Sequence[Aim], now: Mapping[str, Now]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for aim in aims:
        mean = objective([(now[one.id].progress, 1) for one in aim.results if one.id in now])
        found[aim.id] = mean if isinstance(mean, Refusal) else mean.value
    return found


# ---- the section ------------------------------------------------------------------------------------


def goals_section(draft: Draft, shared: Shared) -> Section:
    """Objectives with their key results, the north star, every metric, and what nobody works on."""
    id, title = "goals", "Goals and metrics"
    goals_, every = shared.goals, shared.metrics
    if goals_ is None and not any(metric.days for metric in every):
        return Section(id, title, GOALS_RULE, silent="No objective is configured, and no metric was read.")
    marks = shared.launch_days
    lines: list[Line] = []
    blocks: list[Block] = []
    if goals_ is not None:
        lines += [
            *(_aim(draft, goals_, aim) for aim in goals_.aims),
            *_doubts(draft, goals_),
            *_unserved(draft),
        ]
        if any(aim.results for aim in goals_.aims):
            blocks.append(_key_results(draft, goals_, marks))
    star = north_star(goals_, every)
    if star is not None and star.last is not None:
        blocks.append(_picture(draft, goals_, star, shared.flags.marks))
    if every:
        blocks.append(metrics_table(draft, every, marks))
    return Section(id, title, GOALS_RULE, tuple(lines), tuple(blocks))


def _aim(draft: Draft, goals_: Goals, aim: Aim) -> Line:
    figure = Figure(goals_.progress_of.fact, aim.id)
    owner: Line = (" (", Name(aim.owner), ")") if aim.owner and draft.settings.profile != "public" else ()
    if draft.ledger.value(figure) is None:
        return (Name(aim.title), *owner, ": no progress can be given: ", Refused(figure), ".")
    due: Line = (", due ", aim.due) if aim.due else ()
    return (Name(aim.title), *owner, ": ", figure, " of the way", *due, ".")


def _key_results(draft: Draft, goals_: Goals, marks: tuple[date, ...]) -> Table:
    columns = (
        Column("key_result", "Key result"),
        Column("baseline", "Baseline", numeric=True),
        Column("now", "Now", numeric=True),
        Column("target", "Target", numeric=True),
        Column("progress", "Progress", numeric=True),
        Column("expected", "Expected", numeric=True),
        Column("pace", "Pace (points)", numeric=True),
        Column("age", "Age (days)", numeric=True),
        Column("trend", "Trend"),
    )
    rows = tuple(_row(draft, goals_, one, marks) for aim in goals_.aims for one in aim.results)
    return Table("key_results", "Key results", columns, rows, folded=True)


def _row(draft: Draft, goals_: Goals, result: Result, marks: tuple[date, ...]) -> tuple[Line, ...]:
    def cell(figure: Figure, amount: bool = False) -> Line:
        figure = Figure(figure.fact, result.id)
        if draft.ledger.value(figure) is None:
            return (Refused(figure),)
        return result.metric.amount(figure) if amount and result.metric else (figure,)

    metric = result.metric
    spark: Line = ()
    if metric and metric.days:
        seen = tuple(day for day in marks if metric.days[0] <= day <= metric.days[-1])
        spark = (Spark(metric.figure, metric.name, seen),)
    return (
        (Name(result.title),),
        cell(goals_.baseline, True),
        (metric.amount(metric.last) if metric and metric.last else cell(goals_.current)),
        cell(goals_.target, True),
        *(cell(one) for one in (goals_.progress, goals_.expected, goals_.pace, goals_.age)),
        spark,
    )


def north_star(goals_: Goals | None, every: Sequence[Metric]) -> Metric | None:
    """The metric that comes first: of the first key result that has a read one, else the first with a target."""
    measured = [one.metric for aim in goals_.aims for one in aim.results if one.metric] if goals_ else []
    read = [one for one in (*measured, *every) if one.last is not None]
    return next((one for one in read if one in measured or one.target), None)


def target_of(draft: Draft, goals_: Goals | None, metric: Metric) -> Figure | None:
    """What a metric is to come to: what its first key result says, else what it says itself."""
    results = (one for aim in goals_.aims for one in aim.results if one.metric is metric) if goals_ else ()
    result = next(iter(results), None)
    if goals_ and result and draft.ledger.value(figure := Figure(goals_.target.fact, result.id)) is not None:
        return figure
    return metric.target


def compared(goals_: Goals | None, every: Sequence[Metric]) -> tuple[Metric, ...]:
    """Metrics that launches are looked back on with: those of key results, else those with a target."""
    measured = [one.metric for aim in goals_.aims for one in aim.results if one.metric] if goals_ else []
    return tuple(dict.fromkeys(measured or [one for one in every if one.target]))


def _picture(draft: Draft, goals_: Goals | None, star: Metric, marks: tuple[tuple[date, str], ...]) -> Lines:
    assert star.last is not None
    target = target_of(draft, goals_, star)
    levels: tuple[tuple[str, Figure], ...] = (("target", target),) if target else ()
    summary: Line = (Name(star.name), " is ", *star.amount(star.last), ".")
    first, last = star.days[0], star.days[-1]
    return Lines(
        "north_star",
        "North-star metric",
        summary,
        star.unit,
        star.days,
        (Series(star.name, "done", star.figure),),
        marks=tuple((day, word) for day, word in marks if first <= day <= last),
        levels=levels,
    )


# ---- what is wrong, and what nobody works on --------------------------------------------------------


def _doubts(draft: Draft, goals_: Goals) -> list[Line]:
    """Names in the configuration that fit nothing, or more than one thing: one line each."""
    rows = draft.ledger.rows
    lines: list[Line] = []
    known = {row["name"].casefold() for row in rows("SELECT name FROM known_person WHERE name IS NOT NULL")}
    aimed = {row["aim"] for row in rows("SELECT aim FROM aimed_at")}
    metrics = [name for row in rows("SELECT id, title FROM measure") for name in {row["id"], row["title"]}]
    for aim in rows("SELECT * FROM aim ORDER BY place"):
        name = Name(tidy(aim["title"], "?"))
        if aim["source"] and aim["id"] not in aimed:
            lines.append((name, ": no single record is called ", Name(tidy(aim["source"], "?")), "."))
        if aim["owner"] and aim["owner"].casefold() not in known:
            lines.append((name, ": nobody is known as ", Name(tidy(aim["owner"], "?")), "."))
    for result in rows("SELECT * FROM aim_result ORDER BY id"):
        if (count := metrics.count(result["metric"])) != 1:
            what = ": no metric is called " if not count else ": several metrics are called "
            lines.append((Name(tidy(result["title"], "?")), what, Name(tidy(result["metric"], "?")), "."))
    return lines


_ACTIVE = "status_category IN ('in_progress', 'waiting')"
_STARVED = (
    "SELECT t.aim, t.record FROM aimed_at t"
    " WHERE NOT EXISTS (SELECT 1 FROM serves s JOIN goal_record g ON g.ref = s.ref"
    f" WHERE s.goal = t.record AND g.{_ACTIVE})"
    f" AND NOT EXISTS (SELECT 1 FROM goal_record g WHERE g.ref = t.record AND g.kind = 'Issue' AND g.{_ACTIVE})"
)
_UNAIMED = (
    f"SELECT item, title FROM goal_record WHERE kind = 'Project' AND coalesce(level, 1) = 1 AND {_ACTIVE}"
    " AND ref NOT IN (SELECT s.ref FROM serves s JOIN aimed_at t ON t.record = s.goal)"
    " AND ref NOT IN (SELECT record FROM aimed_at)"
)


def _unserved(draft: Draft) -> list[Line]:
    """Objectives without work, and work without an objective; only where records stand for objectives."""
    ledger = draft.ledger
    if not ledger.rows("SELECT 1 FROM aimed_at LIMIT 1"):
        return []
    starved = ledger.count(
        "objectives_starved", "Objectives whose record has no active part.", _STARVED, "objectives"
    )
    unaimed = ledger.count(
        "entries_unaimed", "Active roadmap entries that serve no objective.", _UNAIMED, "entries"
    )
    lines: list[Line] = []
    if ledger.number(starved):
        words = plural(ledger, starved, "objective has", "objectives have")
        lines.append((*words, " no active item."))
    if ledger.number(unaimed):
        words = plural(ledger, unaimed, "active entry serves", "active entries serve")
        lines.append((*words, " no objective."))
    return lines
