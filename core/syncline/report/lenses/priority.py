"""What should come first: RICE or ICE with the inputs' age, how robust a rank is, and impact against effort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from syncline.report.draft import LONGEST_LIST, Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.exact import exact
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.scores import (
    Period,
    Quadrant,
    Ranking,
    RiceInputs,
    Score,
    ice,
    median_thresholds,
    quadrant,
    ranking,
    rice_ranking,
)
from syncline.report.formulas.scores import Thresholds as Bounds
from syncline.report.model import Column, Figure, Item, Line, Section, Table
from syncline.report.parts import Refused
from syncline.report.pictures import Bubble, Bubbles

if TYPE_CHECKING:
    from syncline.report.shared import Shared

PARTS = {"rice": ("reach", "impact", "confidence", "effort"), "ice": ("impact", "confidence", "ease")}
UNITS = {"impact": "", "confidence": "%", "effort": "person-months", "ease": ""}
RULES = {
    "rice": (
        "RICE is reach per quarter × impact × confidence ÷ effort. The careful rank is the one with the confidence of"
        " this item one step lower. Nothing without effort has a score."
    ),
    "ice": "ICE is impact × confidence × ease, each from one to ten.",
}
FIELDS_RULE = (
    " In the picture an item counts as high from the median of those shown on: quick wins have a high impact and a low"
    " effort, big bets both, fill-ins neither, and the rest should be reconsidered."
)
_SELECT = "SELECT item, ref, at, {parts} FROM scored WHERE at <= :as_of ORDER BY item, at, origin, ref"


@dataclass(frozen=True)
class Inputs:
    """What an item was given, by part: the latest value of each. ``at`` is when the latest of them was given."""

    parts: Mapping[str, str]
    at: str

    def number(self, part: str) -> Given:
        return read(self.parts.get(part))


def read(text: str | None) -> Given:
    """A number as people write it: 80, 0.8 or 80 %."""
    if text is None:
        return Refusal(Reason.MISSING)
    try:
        return exact(Decimal(text.strip().removesuffix("%").strip()))
    except InvalidOperation:
        return Refusal(Reason.NOT_A_NUMBER)


def gather(rows: Sequence[Row], parts: Sequence[str]) -> dict[str, Inputs]:
    """The latest of each part by item; rows come oldest first."""
    found: dict[str, Inputs] = {}
    for row in rows:
        given = {part: row[part] for part in parts if row[part] is not None}
        if given:
            before = found[row["item"]].parts if row["item"] in found else {}
            found[row["item"]] = Inputs({**before, **given}, row["at"])
    return found


class Priority:
    """The scores of a report: every figure is taken once, when it is first asked for."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        score = draft.settings.roadmap.score if draft.settings.roadmap else None
        self.method = score.method if score else "rice"
        self.period = Period(score.reach_period) if score else Period.QUARTER
        self.parts = PARTS[self.method]
        self.sql = _SELECT.format(parts=", ".join(self.parts))

    @cached_property
    def inputs(self) -> dict[str, Inputs]:
        return gather(self._draft.ledger.rows(self.sql), self.parts)

    def ranking(self, rows: Sequence[Row]) -> Ranking:
        given = gather(rows, self.parts)
        if self.method == "rice":
            return rice_ranking({item: self._rice(one) for item, one in given.items()})
        return ranking({item: _ice(one) for item, one in given.items()})

    def _rice(self, one: Inputs) -> RiceInputs:
        unit = "%" if (field := self._draft.settings.fields.get("confidence")) and field.unit == "%" else None
        reach, impact, confidence, effort = (_plain(one.number(part)) for part in self.parts)
        return RiceInputs(reach, impact, confidence, effort, self.period, unit)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """The inputs by part."""
        return {part: self._each(part) for part in self.parts}

    def _each(self, part: str) -> Figure:
        unit = f"people per {self.period}" if part == "reach" else UNITS[part]
        return self._draft.ledger.series(
            f"score_{part}",
            f"The latest {part} that was given for each item.",
            self.sql,
            unit,
            lambda rows: {item: one.number(part) for item, one in gather(rows, self.parts).items()},
            places=2 if part == "impact" else 1 if part == "effort" else 0,
        )

    @cached_property
    def score(self) -> Figure:
        def rule(rows: Sequence[Row]) -> dict[str, Given]:
            table = self.ranking(rows)
            return {one.id: one.score.value for one in table.scored} | dict(table.unscored)

        name = self.method.upper()
        return self._draft.ledger.series(
            "score", f"{name} by item, as the rule of its section says.", self.sql, "", rule
        )

    @cached_property
    def rank(self) -> Figure:
        return self._by_rank(
            "score_rank", "Place by score; equals share the better one.", lambda one: one.rank
        )

    @cached_property
    def careful(self) -> Figure:
        return self._by_rank(
            "score_rank_careful",
            "Place if the confidence in this item alone were one step lower.",
            lambda one: one.cautious_rank,
        )

    def _by_rank(self, name: str, definition: str, place: Callable[..., int | None]) -> Figure:
        return self._draft.ledger.series(
            name,
            definition,
            self.sql,
            "",
            lambda rows: {one.id: place(one) for one in self.ranking(rows).scored},
        )

    @cached_property
    def age(self) -> Figure:
        return self._draft.ledger.series(
            "score_age",
            "Midnights since an input of each item's score was last given.",
            self.sql,
            "days",
            lambda rows: {
                item: self._draft.calendar.days_since(one.at)
                for item, one in gather(rows, self.parts).items()
            },
        )

    @cached_property
    def bounds(self) -> Bounds | None:
        """From where on impact and effort are high; None where no item has both."""
        return bounds_of(self.inputs)

    def field_of(self, item: str) -> Quadrant | None:
        found = self.inputs[item]
        if self.bounds is None:
            return None
        where = quadrant(_plain(found.number("impact")), _plain(found.number("effort")), self.bounds)
        return where if isinstance(where, Quadrant) else None

    @cached_property
    def high(self) -> Figure:
        return self._bound("impact_high", "The median impact of the items shown, by nearest rank.", "impact")

    @cached_property
    def costly(self) -> Figure:
        return self._bound("effort_high", "The median effort of the items shown, by nearest rank.", "effort")

    def _bound(self, name: str, definition: str, part: Literal["impact", "effort"]) -> Figure:
        def rule(rows: Sequence[Row]) -> Given:
            found = bounds_of(gather(rows, self.parts))
            return None if found is None else getattr(found, part)

        return self._draft.ledger.fold(name, definition, self.sql, UNITS[part], rule, places=1)

    @cached_property
    def shown(self) -> Figure:
        return self._draft.ledger.fold(
            "impact_effort_shown",
            "Items with impact and effort.",
            self.sql,
            "items",
            lambda rows: sum(self.field_of(item) is not None for item in gather(rows, self.parts)),
        )

    @cached_property
    def wins(self) -> Figure:
        return self._draft.ledger.fold(
            "quick_wins",
            "Items whose impact is high and whose effort is not.",
            self.sql,
            "items",
            lambda rows: sum(self.field_of(item) is Quadrant.QUICK_WIN for item in gather(rows, self.parts)),
        )


def bounds_of(inputs: Mapping[str, Inputs]) -> Bounds | None:
    """The medians of impact and effort over the items that have both."""
    points = {
        item: (_plain(one.number("impact")), _plain(one.number("effort"))) for item, one in inputs.items()
    }
    found = median_thresholds(points)
    return found if isinstance(found, Bounds) else None


def _plain(given: Given) -> Fraction | None:
    return given if isinstance(given, Fraction) else None


def _ice(one: Inputs) -> Score | Refusal:
    impact, confidence, ease = (_plain(one.number(part)) for part in PARTS["ice"])
    return ice(impact, confidence, ease)


def priority_section(draft: Draft, shared: Shared) -> Section:
    """The ranked table, and the picture where items have both impact and effort."""
    lens = shared.priority
    rule = RULES[lens.method] + (FIELDS_RULE if lens.method == "rice" else "")
    if not lens.inputs:
        return Section("priority", "Priority", rule, silent="No item was given anything to be ranked by.")
    names = {row["item"]: draft.item(row) for row in draft.ledger.rows("SELECT * FROM label")}
    known = [item for item in lens.inputs if item in names]
    order = {one.id: one.rank for one in lens.ranking(draft.ledger.rows(lens.sql)).scored}
    ranked = sorted(known, key=lambda item: (order.get(item, len(known) + 1), item))
    columns = (
        Column("item", "Item"),
        Column("rank", "Place", numeric=True),
        Column("score", lens.method.upper(), numeric=True),
        *(Column(part, part.capitalize(), numeric=True) for part in lens.parts),
        *((Column("careful", "Careful place", numeric=True),) if lens.method == "rice" else ()),
        Column("age", "Given, days ago", numeric=True),
    )
    rows = tuple(
        (
            (names[item],),
            (Figure(lens.rank.fact, item),) if item in order else ("unscored",),
            (Figure(lens.score.fact, item),) if item in order else (Refused(Figure(lens.score.fact, item)),),
            *((Figure(lens.figures[part].fact, item),) for part in lens.parts),
            *(((Figure(lens.careful.fact, item),),) if lens.method == "rice" else ()),
            (Figure(lens.age.fact, item),),
        )
        for item in ranked
    )
    table = Table("priority_items", "By score, best first", columns, rows[:LONGEST_LIST], listing=True)
    picture = _picture(lens, names, known)
    return Section("priority", "Priority", rule, (), (table, *([picture] if picture else [])))


def _picture(lens: Priority, names: Mapping[str, Item], known: Sequence[str]) -> Bubbles | None:
    """Impact against effort, the area being the reach; None where nothing has both."""
    if lens.method != "rice" or lens.bounds is None:
        return None
    both = [item for item in known if lens.field_of(item) is not None]
    impact, effort, reach = (lens.figures[part].fact for part in ("impact", "effort", "reach"))
    bubbles = tuple(
        Bubble(names[item], Figure(effort, item), Figure(impact, item), Figure(reach, item)) for item in both
    )
    summary: Line = (
        lens.wins,
        " of ",
        lens.shown,
        " items with impact and effort are quick wins: impact from ",
        lens.high,
        " on, effort below ",
        lens.costly,
        " person-months.",
    )
    fields = (Quadrant.QUICK_WIN, Quadrant.BIG_BET, Quadrant.RECONSIDER, Quadrant.FILL_IN)
    names_of = tuple(field.value for field in fields)
    return Bubbles(
        "impact_effort",
        "Impact against effort",
        summary,
        "Effort (person-months)",
        "Impact",
        "Reach",
        bubbles,
        (lens.costly, lens.high),
        (names_of[0], names_of[1], names_of[2], names_of[3]),
    )
