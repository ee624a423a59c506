"""Experiments: whether users are split as planned comes first, then what the arms differ by (M22)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from syncline.report.draft import Draft, plural
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.exact import ratio
from syncline.report.formulas.experiments import Arm, Direction, Effect, Readout, Split, Verdict, readout
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.model import Column, Figure, Line, Name, Refused, Table
from syncline.report.words import tidy

_EXPERIMENTS = (
    "SELECT e.ref, e.title, e.state, e.arms, e.verdict, e.decision, e.metric, e.started_at, e.ended_at,"
    " max(m.direction) AS direction FROM experiment e LEFT JOIN measure m ON m.id = e.metric OR m.title = e.metric"
    " GROUP BY e.ref ORDER BY coalesce(e.ended_at, '9999') DESC, e.started_at DESC, e.ref"
)
_ENDED = "SELECT ref FROM experiment WHERE ended_at <= :as_of"
_ABOUT_ENTRY = (
    "SELECT DISTINCT e.entry, m.ref FROM meant m JOIN (SELECT entry, item FROM inside"
    " UNION SELECT entry, item FROM entry_record UNION SELECT entry, entry FROM entry_record) e ON e.item = m.item"
    " WHERE m.kind = 'Experiment' ORDER BY e.entry, m.ref"
)
_RUNNING = "SELECT ref FROM experiment WHERE ended_at IS NULL OR ended_at > :as_of"
VERDICTS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.UNCLEAR: "no difference shown",
}


@dataclass(frozen=True)
class Numbers:
    """Series by experiment and arm (`key`); ``p`` by experiment."""

    users: Figure
    rate: Figure
    effect: Figure
    low: Figure
    high: Figure
    p: Figure


def key(ref: str, arm: int) -> str:
    """What the numbers of an arm stand under."""
    return f"{ref} arm {arm}"


def experiments_table(draft: Draft) -> Table | None:
    """One row for each arm, the control first; None where nothing is tested."""
    rows = draft.ledger.rows(_EXPERIMENTS)
    if not rows:
        return None
    numbers = _numbers(draft)
    columns = (
        Column("experiment", "Experiment"),
        Column("arm", "Arm"),
        Column("users", "Users", numeric=True),
        Column("rate", "Converted", numeric=True),
        Column("effect", "Verdict"),
    )
    lines = tuple(line for row in rows for line in _rows(draft, numbers, row))
    return Table("experiments", "Experiments", columns, lines, folded=True)


def experiment_lines(draft: Draft) -> dict[str, Line]:
    """By ref each experiment in a sentence: its arms, and what may be read from them."""
    rows = draft.ledger.rows(_EXPERIMENTS)
    numbers = _numbers(draft)
    return {row["ref"]: (*_sentence(draft, numbers, row), ".") for row in rows}


def _sentence(draft: Draft, numbers: Numbers, row: Row) -> Line:
    state: Line = (", ", Name(tidy(row["state"], "?"))) if row["state"] else ()
    line: Line = ("Experiment ", Name(tidy(row["title"], "(no title)")), *state, ": ")
    arms, read = arms_of(row), _read(row)
    decided: Line = ("; decided: ", Name(tidy(row["decision"], "?"))) if row["decision"] else ()
    if not arms:
        return (*line, "no arms", *decided)
    for number, arm in enumerate(arms):
        _, rate = _cells(draft, numbers, row, number)
        line = (*line, *((", ",) if number else ()), Name(tidy(arm.name, "?")), " ", *rate)
    if not isinstance(read.split, Refusal) and not read.split.readable:
        return (*line, "; ", *_split(draft, numbers, row), *decided)
    for number in range(1, len(arms)):
        line = (*line, "; ", *_effect(numbers, row, number, read))
    return (*line, *decided)


def experiments_line(draft: Draft) -> Line:
    """How many are running, and how many have ended."""
    ledger = draft.ledger
    running = ledger.count("experiments_running", "Experiments without an end.", _RUNNING, "experiments")
    ended = ledger.count("experiments_ended", "Experiments that have ended.", _ENDED, "experiments")
    runs: Line = plural(ledger, running, "experiment is", "experiments are")
    return (*runs, " running, ", *plural(ledger, ended, "has ended.", "have ended."))


def regressions(draft: Draft) -> dict[str, tuple[str, ...]]:
    """By entry of the roadmap the experiments about it, or about a part of it, that show a metric to get worse (M22).

    What the source itself judged is not judged again, and so is in none.
    """
    if not draft.ledger.has("experiment"):
        return {}
    worse = {
        row["ref"]: tidy(row["title"], "(no title)") for row in draft.ledger.rows(_EXPERIMENTS) if _worse(row)
    }
    found: dict[str, list[str]] = defaultdict(list)
    for row in draft.ledger.rows(_ABOUT_ENTRY) if worse else ():
        if row["ref"] in worse:
            found[row["entry"]].append(worse[row["ref"]])
    return {entry: tuple(names) for entry, names in found.items()}


def _worse(row: Row) -> bool:
    effects = (found for _, found in _read(row).effects)
    return any(isinstance(found, Effect) and found.verdict is Verdict.WORSE for found in effects)


def _rows(draft: Draft, numbers: Numbers, row: Row) -> list[tuple[Line, ...]]:
    arms, read = arms_of(row), _read(row)
    name: Line = (Name(tidy(row["title"], "(no title)")),)
    if row["state"]:
        name = (*name, ", ", Name(tidy(row["state"], "?")))
    if not arms:
        return [(name, ("no arms",), (), (), (_decision(row) or ("nothing to read",)))]
    found: list[tuple[Line, ...]] = [
        (name, (Name(tidy(arms[0].name, "?")),), *_cells(draft, numbers, row, 0), _split(draft, numbers, row))
    ]
    for number, arm in enumerate(arms[1:], 1):
        says = _effect(numbers, row, number, read)
        if number == len(arms) - 1 and (decided := _decision(row)):
            says = (*says, ". ", *decided)
        found.append(((), (Name(tidy(arm.name, "?")),), *_cells(draft, numbers, row, number), says))
    return found


def _cells(draft: Draft, numbers: Numbers, row: Row, arm: int) -> tuple[Line, Line]:
    at = key(row["ref"], arm)
    rate = Figure(numbers.rate.fact, at)
    shown: Line = (rate,) if draft.ledger.value(rate) is not None else (Refused(rate),)
    return (Figure(numbers.users.fact, at),), shown


def _split(draft: Draft, numbers: Numbers, row: Row) -> Line:
    p, read = Figure(numbers.p.fact, row["ref"]), _read(row)
    if isinstance(read.split, Refusal):
        return ("split not checked: ", Refused(p))
    if not read.split.readable:
        return ("do not read: users are not split as planned, p = ", p)
    return ("users are split as planned, p = ", p)


def _effect(numbers: Numbers, row: Row, arm: int, read: Readout) -> Line:
    at, (_, found) = key(row["ref"], arm), read.effects[arm - 1]
    if isinstance(found, Effect):
        unit = " points): " if _scale(row) > 1 else "): "
        bounds: Line = (" (", Figure(numbers.low.fact, at), " to ", Figure(numbers.high.fact, at), unit)
        return (Figure(numbers.effect.fact, at), *bounds, VERDICTS[found.verdict])
    if found.reason is Reason.TOLD_BY_SOURCE:
        return ("the source says: ", Name(tidy(row["verdict"], "?")))
    return (Refused(Figure(numbers.effect.fact, at)),)


def _decision(row: Row) -> Line:
    return ("Decision: ", Name(tidy(row["decision"], "?"))) if row["decision"] else ()


def arms_of(row: Row) -> tuple[Arm, ...]:
    """The arms as the source gives them, the control first."""
    return tuple(
        Arm(one["name"], one["users"] or 0, one["conversions"], one["mean"], one["deviation"], one["share"])
        for one in json.loads(row["arms"] or "[]")
    )


def _read(row: Row) -> Readout:
    arms = arms_of(row)
    direction = Direction.DOWN if row["direction"] == "down" else Direction.UP
    if not arms:
        return Readout(Refusal(Reason.TOO_FEW, "arms", n=0, needed=2), (), row["verdict"])
    return readout(arms, direction, row["verdict"])


def _numbers(draft: Draft) -> Numbers:
    ledger = draft.ledger

    def of_arms(
        name: str, definition: str, value: Callable[[Arm], Given], form: Form = Form.NUMBER, unit: str = ""
    ) -> Figure:
        def rule(rows: Sequence[Row]) -> Mapping[str, Given]:
            return {
                key(row["ref"], number): value(arm) for row in rows for number, arm in enumerate(arms_of(row))
            }

        places = 1 if form is Form.PERCENT else 0
        return ledger.series(f"experiment_{name}", definition, _EXPERIMENTS, unit, rule, form, places)

    def of_effects(name: str, definition: str, value: Callable[[Effect], Fraction | float]) -> Figure:
        def rule(rows: Sequence[Row]) -> Mapping[str, Given]:
            return {
                key(row["ref"], number): found if isinstance(found, Refusal) else value(found) * _scale(row)
                for row in rows
                for number, (_, found) in enumerate(_read(row).effects, 1)
            }

        return ledger.series(f"experiment_{name}", definition, _EXPERIMENTS, "", rule, Form.SIGNED, 1)

    return Numbers(
        users=of_arms(
            "users",
            "Users of each arm.",
            lambda arm: arm.users if arm.users >= 0 else Refusal(Reason.NEGATIVE, "users"),
            unit="users",
        ),
        rate=of_arms(
            "rate",
            "Conversions ÷ users of each arm.",
            _rate,
            Form.PERCENT,
        ),
        effect=of_effects(
            "effect",
            "The arm − the control: shares in percentage points, means as they are.",
            lambda one: one.difference,
        ),
        low=of_effects("low", "Lower end of its 95 % interval.", lambda one: one.interval.low),
        high=of_effects("high", "Upper end of its 95 % interval.", lambda one: one.interval.high),
        p=ledger.series(
            "experiment_split",
            "How likely a split as uneven as this is, if users are split as planned; below 0.01 nothing is read.",
            _EXPERIMENTS,
            "",
            lambda rows: {row["ref"]: _p(_read(row).split) for row in rows},
            places=4,
        ),
    )


def _p(found: Split | Refusal) -> Given:
    return found if isinstance(found, Refusal) else found.p


def _rate(arm: Arm) -> Given:
    if arm.users < 0 or (arm.conversions is not None and not 0 <= arm.conversions <= arm.users):
        return Refusal(Reason.OFF_SCALE, "conversions of users")
    found = ratio(arm.conversions, arm.users)
    return found if found is not None else Refusal(Reason.MISSING, "conversions or users")


def _scale(row: Row) -> int:
    """Shares are told in percentage points."""
    return 100 if all(arm.conversions is not None for arm in arms_of(row)) else 1
