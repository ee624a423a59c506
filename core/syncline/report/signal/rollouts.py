"""Feature flags: how far each is rolled out, since when, and when it was launched (M21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.rollouts import Exposure, Rollout, rollout
from syncline.report.model import Column, Figure, Line, Name, State, Table
from syncline.report.words import tidy

PRODUCTION = frozenset({"", "prod", "production", "live"})
"""What environments are called in which customers are; an unnamed one is taken for it."""

EXPOSED = "SELECT id, ref, at, percent FROM exposure WHERE at <= :as_of ORDER BY at, length(id), id"


@dataclass(frozen=True)
class Flag:
    """One flag in one environment; ``items`` are what it is said to be about."""

    ref: str
    name: str
    environment: str
    state: Rollout
    items: frozenset[str]

    @property
    def in_production(self) -> bool:
        return self.environment.casefold() in PRODUCTION


@dataclass(frozen=True)
class Flags:
    """Every flag, the last changed first, and series of numbers by its ref."""

    every: tuple[Flag, ...]
    percent: Figure
    days: Figure
    rollbacks: Figure

    @property
    def launched(self) -> tuple[Flag, ...]:
        """Flags that customers have seen, the latest first."""
        found = [flag for flag in self.every if flag.in_production and flag.state.launch]
        return tuple(sorted(found, key=lambda flag: (_launch(flag), flag.ref), reverse=True))

    @property
    def marks(self) -> tuple[tuple[date, str], ...]:
        """Days to be marked on metrics, each with a word."""
        found: dict[date, str] = {}
        for flag in self.launched:
            if flag.state.full:
                found[flag.state.full] = "everybody"
            if flag.state.launch:
                found[flag.state.launch] = "launch"
        return tuple(sorted(found.items()))


def _launch(flag: Flag) -> date:
    return flag.state.launch or date.min


def flags(draft: Draft) -> Flags:
    """All flags as of the report."""
    ledger, calendar = draft.ledger, draft.calendar
    about: dict[str, set[str]] = defaultdict(set)
    for row in ledger.rows("SELECT ref, item FROM meant WHERE kind = 'Rollout'"):
        about[row["ref"]].add(row["item"])
    states = _states(draft, ledger.rows(EXPOSED))
    every = [
        Flag(
            row["ref"],
            tidy(row["flag"], tidy(row["title"], "?")),
            tidy(row["environment"], ""),
            states[row["ref"]],
            frozenset(about[row["ref"]]),
        )
        for row in ledger.rows("SELECT * FROM rollout ORDER BY ref")
        if row["ref"] in states and states[row["ref"]].steps
    ]
    every.sort(key=lambda flag: flag.state.steps[-1].at, reverse=True)

    def series(
        name: str, definition: str, unit: str, value: Callable[[Rollout], Given], form: Form = Form.NUMBER
    ) -> Figure:
        return ledger.series(
            f"rollout_{name}",
            definition,
            EXPOSED,
            unit,
            lambda rows: {ref: value(one) for ref, one in _states(draft, rows).items() if one.steps},
            form,
        )

    return Flags(
        tuple(every),
        series(
            "percent",
            "Users that have it, of those it is meant for, by flag and environment.",
            "",
            lambda one: (one.percent or Fraction(0)) / 100,
            Form.PERCENT,
        ),
        series(
            "days",
            "Midnights since that share was reached.",
            "days",
            lambda one: (calendar.today - calendar.day(one.steps[-1].at)).days,
        ),
        series("rollbacks", "Steps down after the launch.", "rollbacks", lambda one: len(one.rollbacks)),
    )


def _states(draft: Draft, rows: Sequence[Row]) -> Mapping[str, Rollout]:
    steps: dict[str, list[Exposure]] = defaultdict(list)
    for row in rows:
        steps[row["ref"]].append(Exposure(datetime.fromisoformat(row["at"]), _percent(row["percent"])))
    calendar = draft.calendar
    return {ref: rollout(one, calendar.as_of, calendar.zone) for ref, one in steps.items()}


def _percent(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None


def flags_table(draft: Draft, found: Flags) -> Table:
    """One row for each flag and environment."""
    columns = (
        Column("flag", "Flag"),
        Column("environment", "Environment"),
        Column("percent", "Users", numeric=True),
        Column("since", "Since"),
        Column("days", "Days", numeric=True),
        Column("launch", "Launch"),
        Column("full", "Everybody"),
        Column("rollbacks", "Rollbacks", numeric=True),
    )
    rows = tuple(_row(draft, found, flag) for flag in found.every)
    return Table("flags", "Flags", columns, rows, folded=True)


def _row(draft: Draft, found: Flags, flag: Flag) -> tuple[Line, ...]:
    state = flag.state
    stale: Line = (" ", State.STALE) if state.stale else ()
    return (
        (Name(flag.name), *stale),
        (Name(flag.environment),) if flag.environment else ("not said",),
        (Figure(found.percent.fact, flag.ref),),
        (draft.calendar.day(state.steps[-1].at),),
        (Figure(found.days.fact, flag.ref),),
        (state.launch,) if state.launch else ("not yet",),
        (state.full,) if state.full else ("not yet",),
        (Figure(found.rollbacks.fact, flag.ref),),
    )
