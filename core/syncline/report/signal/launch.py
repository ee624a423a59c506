"""The launch report: what was promised and what came, for every feature that customers were shown behind a flag."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.exact import exact
from syncline.report.formulas.launches import DAYS, Calibration, Prediction, calibration, prediction_ratio
from syncline.report.formulas.refusal import Refusal
from syncline.report.making import drafting, made, working_set
from syncline.report.model import Block, Card, Column, Figure, Line, Name, Report, Section, Series, Table
from syncline.report.parts import Refused
from syncline.report.pictures import Lines
from syncline.report.provenance import provenance, sources_section
from syncline.report.settings import ReportSettings
from syncline.report.shared import Shared
from syncline.report.signal.decisions import decisions_section
from syncline.report.signal.experiments import experiments_table
from syncline.report.signal.goals import compared
from syncline.report.signal.launches import After, after_launches, after_table
from syncline.report.signal.metrics import Metric
from syncline.report.signal.rollouts import EXPOSED, Flag, flags_table
from syncline.report.signal.tickets import shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.basis import Basis
    from syncline.report.roadmap.entries import Entry

MONTH = Fraction(36525, 1200)
"""Days of a month, on average."""

_EFFORTS = "SELECT item, effort FROM scored WHERE effort IS NOT NULL ORDER BY at, ref"
LAUNCHES_RULE = (
    "A launch is the first day on which one percent of the users in production have a feature. The promised day is the"
    " baseline of the roadmap entry that the flag is about, or else of the one that has its name."
)
AFTER_RULE = (
    "Means of twenty-eight complete days before the first exposure and after the full rollout; the days between count"
    " for neither. Fewer days are an early reading. Before and after are not cause and effect unless an experiment says"
    " so."
)
PREDICTIONS_RULE = (
    "The effort that an entry was ranked by, against the months from its start to the full rollout. One person's month"
    " is not one month of the calendar: the ratio compares launches with each other. A team's line is the median of its"
    " ratios, with the least and the most."
)
TICKETS_RULE = (
    "Tickets created in as many days before the first exposure as have passed since the full rollout, twenty-eight at"
    " most; merged and spam tickets are left out."
)


def build_launch(connection: Connection, settings: ReportSettings) -> Report:
    """Read the database once and look back on every launch; the same database and settings give an equal report."""
    return assemble(working_set(connection, settings), settings)


def assemble(basis: Basis, settings: ReportSettings) -> Report:
    """The launch report of a working set."""
    with drafting(basis, settings) as draft:
        shared = Shared(draft)
        origin = provenance(draft)
        found = after_launches(draft, shared.flags, compared(shared.goals, shared.metrics), None)
        sections = (
            _launches(draft, shared),
            _after(draft, shared, found),
            _predictions(draft, shared),
            _tickets(draft, shared),
            _experiments(draft),
            decisions_section(draft, shared),
            sources_section(draft, shared),
        )
        return made(
            "launch", draft, basis, origin, _bottom_line(draft, shared), _cards(draft, shared), sections
        )


def _bottom_line(draft: Draft, shared: Shared) -> tuple[Line, ...]:
    launched = shared.flags.launched
    if not launched:
        return (("No flag says that anything was launched.",),)
    latest = launched[0]
    percent = Figure(shared.flags.percent.fact, latest.ref)
    assert latest.state.launch is not None
    line: Line = ("The latest launch is ", Name(latest.name), ", first shown ", latest.state.launch, "; ")
    return ((*line, percent, " of the users it is meant for have it."),)


def _cards(draft: Draft, shared: Shared) -> tuple[Card, ...]:
    ledger = draft.ledger
    launched = {flag.ref for flag in shared.flags.launched}
    full = {flag.ref for flag in shared.flags.launched if flag.state.full}

    def card(id: str, title: str, definition: str, refs: set[str], note: str) -> Card:
        figure = ledger.fold(
            f"launches_{id}",
            definition,
            EXPOSED,
            "flags",
            lambda rows: len(refs & {row["ref"] for row in rows}),
        )
        return Card(id, title, figure, (note,), "launches")

    return (
        card("launched", "Launched", "Flags that were launched in production.", launched, "flags"),
        card("full", "For everybody", "Of these, those that everybody had.", full, "flags"),
        Card("rolled-back", "Rolled back", shared.flags.rollbacks, ("steps down",), "launches"),
    )


# ---- promised and launched --------------------------------------------------------------------------


def entry_of(flag: Flag, shared: Shared) -> Entry | None:
    """The roadmap entry that a flag is about; else the only one whose title is the flag's name."""
    every = [entry for entry in shared.roadmap if entry.id in flag.items]
    if every:
        return every[0] if len(every) == 1 else None
    return called_like(flag.name, shared)


def called_like(name: str, shared: Shared) -> Entry | None:
    """The only roadmap entry of this name, but for case and signs."""
    named = [entry for entry in shared.roadmap if _plain(entry.item.title) == _plain(name)]
    return named[0] if len(named) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _launches(draft: Draft, shared: Shared) -> Section:
    launched = shared.flags.launched
    if not launched:
        return Section("launches", "Launches", LAUNCHES_RULE, silent="Nothing was launched behind a flag.")
    entries = {flag.ref: entry_of(flag, shared) for flag in launched}
    late = draft.ledger.series(
        "launch_late",
        "Days from the promised day to the day when everybody had it; below nought it was early.",
        EXPOSED,
        "days",
        lambda _: {flag.ref: _late(flag, entries[flag.ref]) for flag in launched},
        Form.SIGNED,
    )
    columns = (
        Column("launch", "Launch"),
        Column("entry", "Roadmap entry"),
        Column("promised", "Promised"),
        Column("shown", "First shown"),
        Column("full", "Everybody"),
        Column("late", "Late (days)", numeric=True),
    )
    rows = tuple(_row(draft, flag, entries[flag.ref], late) for flag in launched)
    tables: tuple[Block, ...] = (
        Table("launched", "Promised and launched", columns, rows),
        flags_table(draft, shared.flags),
    )
    return Section("launches", "Launches", LAUNCHES_RULE, (), tables)


def _late(flag: Flag, entry: Entry | None) -> int | None:
    baseline = entry.standing.baseline if entry else None
    return (flag.state.full - baseline).days if flag.state.full and baseline else None


def _row(draft: Draft, flag: Flag, entry: Entry | None, late: Figure) -> tuple[Line, ...]:
    promised = entry.standing.baseline if entry else None
    days = Figure(late.fact, flag.ref)
    return (
        (Name(flag.name),),
        (entry.item,) if entry else ("none",),
        (promised,) if promised else ("not said",),
        (flag.state.launch,) if flag.state.launch else (),
        (flag.state.full,) if flag.state.full else ("not yet",),
        (days,) if draft.ledger.value(days) is not None else ("not known",),
    )


# ---- before and after -------------------------------------------------------------------------------


def _after(draft: Draft, shared: Shared, found: After) -> Section:
    id, title = "after", "Metrics before and after"
    if not found.readings:
        silent = "No launch has reached everybody, or no metric is aimed at."
        return Section(id, title, AFTER_RULE, silent=silent)
    ranges = _ranges(draft, found)
    pictures = tuple(
        _picture(shared, one) for one in dict.fromkeys(one.metric for one in found.readings) if one.days
    )
    blocks: tuple[Block, ...] = (after_table(draft, found), *([ranges] if ranges.rows else []), *pictures)
    return Section(id, title, AFTER_RULE, (), blocks)


def _ranges(draft: Draft, found: After) -> Table:
    columns = (
        Column("launch", "Launch"),
        Column("metric", "Metric"),
        Column("before", "Weeks before"),
        Column("after", "Weeks after"),
    )

    def between(low: Figure, high: Figure, key: str) -> Line:
        return (Figure(low.fact, key), " to ", Figure(high.fact, key))

    rows = tuple(
        (
            (Name(one.flag.name),),
            (Name(one.metric.name),),
            between(found.low_before, found.high_before, one.key),
            between(found.low_after, found.high_after, one.key),
        )
        for one in found.readings
        if draft.ledger.value(Figure(found.low_after.fact, one.key)) is not None
    )
    return Table("week_ranges", "Lowest and highest mean of a week", columns, rows)


def _picture(shared: Shared, metric: Metric) -> Lines:
    assert metric.last is not None
    first, last = metric.days[0], metric.days[-1]
    return Lines(
        f"{metric.parameter}_picture",
        "Around the launches",
        (Name(metric.name), " is ", *metric.amount(metric.last), "."),
        metric.unit,
        metric.days,
        (Series(metric.name, "done", metric.figure),),
        marks=tuple((day, word) for day, word in shared.flags.marks if first <= day <= last),
    )


# ---- predicted and actual ---------------------------------------------------------------------------


def _predictions(draft: Draft, shared: Shared) -> Section:
    """What was expected to be spent, against the time that passed; none of the tools says what was really spent."""
    id, title = "predictions", "Predicted and actual effort"
    found = {
        flag.ref: entry
        for flag in shared.flags.launched
        if flag.state.full and (entry := entry_of(flag, shared)) and entry.standing.since
    }
    figures = _ratios(draft, shared, found)
    if figures is None:
        silent = "No launched entry has both a predicted effort and a known start."
        return Section(id, title, PREDICTIONS_RULE, silent=silent)
    columns = (
        Column("launch", "Launch"),
        Column("predicted", "Predicted (person-months)", numeric=True),
        Column("actual", "Elapsed (months)", numeric=True),
        Column("ratio", "Elapsed ÷ predicted", numeric=True),
    )
    rows = tuple(
        ((Name(flag.name),), *(shown(draft.ledger, Figure(one.fact, flag.ref)) for one in figures))
        for flag in shared.flags.launched
        if flag.ref in found
    )
    lines = _calibrated(draft, figures[2], {ref: _team(entry) for ref, entry in found.items()})
    return Section(id, title, PREDICTIONS_RULE, lines, (Table("predictions", title, columns, rows),))


def _team(entry: Entry) -> str:
    """The team with most of its parts."""
    return entry.teams[0] if entry.teams else "no team"


def _calibrated(draft: Draft, ratio: Figure, teams: Mapping[str, str]) -> tuple[Line, ...]:
    """M24: a line for each team: by how much what it takes differs from what it predicts."""
    ratios = draft.ledger.fact(ratio).by_key
    launches: dict[str, list[Prediction]] = {team: [] for team in sorted(set(teams.values()))}
    for ref, team in teams.items():
        actual = ratios.get(ref)
        launches[team].append(Prediction(ref, 1, actual if isinstance(actual, int | Fraction) else None))
    found = {team: calibration(made) for team, made in launches.items()}

    def series(name: str, definition: str, value: Callable[[Calibration], Given], places: int = 1) -> Figure:
        def values(_: Sequence[Row]) -> dict[str, Given]:
            return {team: one if isinstance(one, Refusal) else value(one) for team, one in found.items()}

        return draft.ledger.series(
            f"launch_calibration_{name}", definition, _EFFORTS, "", values, places=places
        )

    every = (
        series(
            "typical",
            "M24: the median, by nearest rank, of elapsed ÷ predicted of a team's launches; from three on.",
            lambda one: one.typical,
        ),
        series("least", "The least of these.", lambda one: one.least),
        series("most", "The most of these.", lambda one: one.most),
        series("launches", "Launches of the team that can be compared.", lambda one: one.n, 0),
    )
    return tuple(_team_line(team, every, refused=isinstance(one, Refusal)) for team, one in found.items())


def _team_line(team: str, every: Sequence[Figure], *, refused: bool) -> Line:
    typical, least, most, n = (Figure(one.fact, team) for one in every)
    if refused:
        return (Name(team), ": ", Refused(typical), ".")
    beside: Line = (" (", least, " to ", most, ", ", n, " launches).")
    return (Name(team), ": typically ", typical, " times as long as predicted", *beside)


def _ratios(draft: Draft, shared: Shared, found: Mapping[str, Entry]) -> tuple[Figure, Figure, Figure] | None:
    """Predicted effort, elapsed months and their ratio, by flag."""
    full = {flag.ref: flag.state.full for flag in shared.flags.launched}

    def predicted(rows: Sequence[Row]) -> dict[str, Fraction | None]:
        given = {row["item"]: _number(row["effort"]) for row in rows}
        return {ref: given.get(entry.id) for ref, entry in found.items()}

    def actual(ref: str) -> Fraction | None:
        since, until = found[ref].standing.since, full[ref]
        return Fraction((until - draft.calendar.day(since)).days + 1, 1) / MONTH if since and until else None

    if all(one is None for one in predicted(draft.ledger.rows(_EFFORTS)).values()):
        return None

    def series(name: str, definition: str, value: Callable[[str, Fraction | None], Given]) -> Figure:
        return draft.ledger.series(
            f"launch_effort_{name}",
            definition,
            _EFFORTS,
            "",
            lambda rows: {ref: value(ref, one) for ref, one in predicted(rows).items()},
            places=1,
        )

    return (
        series("predicted", "Effort that was predicted, in person-months.", lambda _, one: one),
        series(
            "elapsed", "Months from its start to the day when everybody had it.", lambda ref, _: actual(ref)
        ),
        series(
            "ratio",
            "Elapsed months ÷ predicted person-months.",
            lambda ref, one: prediction_ratio(Prediction(ref, one, actual(ref))),
        ),
    )


def _number(value: str | None) -> Fraction | None:
    try:
        return exact(Decimal(value)) if value else None
    except InvalidOperation:
        return None


# ---- tickets ----------------------------------------------------------------------------------------

_TICKETS = "SELECT item, created_at FROM ticket WHERE left_out = '' AND created_at < :period_end"


def _tickets(draft: Draft, shared: Shared) -> Section:
    id, title = "tickets", "Tickets before and after"
    full = [flag for flag in shared.flags.launched if flag.state.full]
    if draft.settings.profile == "public":
        return Section(id, title, TICKETS_RULE, silent="Tickets are not shown to this audience.")
    if not full or shared.support is None:
        return Section(
            id, title, TICKETS_RULE, silent="No ticket was read, or no launch has reached everybody."
        )
    before, after = (_counted(draft, full, after=after) for after in (False, True))
    columns = (
        Column("launch", "Launch"),
        Column("before", "Before", numeric=True),
        Column("after", "After", numeric=True),
        Column("days", "Days on each side", numeric=True),
    )
    days = draft.ledger.series(
        "launch_ticket_days",
        f"Days since everybody had it, {DAYS} at most.",
        EXPOSED,
        "days",
        lambda _: {flag.ref: _days(draft, flag) for flag in full},
    )
    rows: tuple[tuple[Line, ...], ...] = tuple(
        ((Name(flag.name),), *((Figure(one.fact, flag.ref),) for one in (before, after, days)))
        for flag in full
    )
    return Section(id, title, TICKETS_RULE, (), (Table("launch_tickets", "Tickets", columns, rows),))


def _days(draft: Draft, flag: Flag) -> int:
    """Whole days after the full rollout, up to the end of the period."""
    assert flag.state.full is not None
    end = draft.calendar.day(draft.settings.period_end)
    return max(0, min(DAYS, (end - flag.state.full).days - 1))


def _counted(draft: Draft, full: Sequence[Flag], *, after: bool) -> Figure:
    def within(flag: Flag, day: date) -> bool:
        assert flag.state.full is not None
        assert flag.state.launch is not None
        days = timedelta(days=_days(draft, flag))
        if after:
            return flag.state.full < day <= flag.state.full + days
        return flag.state.launch - days <= day < flag.state.launch

    def rule(rows: Sequence[Row]) -> Mapping[str, Given]:
        created = [draft.calendar.day(row["created_at"]) for row in rows]
        return {flag.ref: sum(within(flag, day) for day in created) for flag in full}

    side = "after the full rollout" if after else "before the first exposure"
    name = f"launch_tickets_{'after' if after else 'before'}"
    return draft.ledger.series(name, f"Tickets created in that many days {side}.", _TICKETS, "tickets", rule)


def _experiments(draft: Draft) -> Section:
    table = experiments_table(draft)
    if table is None:
        return Section("experiments", "Experiments", silent="No experiment was read.")
    return Section("experiments", "Experiments", None, (), (table,))
