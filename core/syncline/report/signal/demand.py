"""Who asks for what: tickets and organisations by the work that they are about (M19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.facts import Given, Row
from syncline.report.formulas.exact import exact
from syncline.report.formulas.support import FEWEST_SHOWN, About, Demand, demand, shown_count
from syncline.report.model import Figure, Line
from syncline.report.profiles import ORGANIZATIONS

if TYPE_CHECKING:
    from syncline.config.company import FieldConfig

_ABOUT = (
    "SELECT t.item AS ticket, a.item, t.created_at, t.organization FROM asked a JOIN ticket t ON t.item = a.ticket"
    " WHERE t.created_at < :period_end"
)
_ABOUT_ENTRY = (
    "SELECT DISTINCT t.item AS ticket, e.entry AS item, t.created_at, t.organization"
    " FROM asked a JOIN ticket t ON t.item = a.ticket JOIN (SELECT entry, item FROM inside"
    " UNION SELECT entry, item FROM entry_record UNION SELECT entry, entry FROM entry_record) e ON e.item = a.item"
    " WHERE t.created_at < :period_end"
)
_WORTH = (
    "SELECT s.ticket, s.item, s.organization, o.value FROM ({about}) s"
    " LEFT JOIN organization_number o ON o.ref = s.organization AND o.field = :weight"
)


@dataclass(frozen=True)
class DemandFigures:
    """Series by item, of tickets created before the end of the period; ``items`` has most new tickets first.

    ``organizations`` may hold the word "< 3" where the report is public. ``weight`` is None where the configuration
    weighs nothing; ``unit`` is what it is counted in.
    """

    items: tuple[str, ...]
    tickets: Figure
    new: Figure
    before: Figure
    organizations: Figure
    weight: Figure | None
    unit: str

    def at(self, figure: Figure, item: str) -> Figure:
        return Figure(figure.fact, item)

    def asking(self, draft: Draft, item: str) -> Line:
        """``5 organisations``; the word does not tell one from two where the number is hidden."""
        figure = self.at(self.organizations, item)
        if draft.settings.profile == "team":
            return plural(draft.ledger, figure, "organisation", "organisations")
        return (figure, " organisations")


def demand_by_item(draft: Draft) -> DemandFigures:
    """Demand of every piece of work that a ticket is about."""
    return _figures(draft, "demand", "about the item", _ABOUT)


def demand_by_entry(draft: Draft) -> DemandFigures:
    """Demand of every entry of the roadmap: tickets about it or about any part of it, each once."""
    return _figures(draft, "entry_demand", "about the entry or a part of it", _ABOUT_ENTRY)


def _figures(draft: Draft, name: str, what: str, about: str) -> DemandFigures:
    ledger, settings = draft.ledger, draft.settings
    start, end = settings.period_start, settings.period_end

    first, last = draft.calendar.day(start), draft.calendar.day(end)
    every = demand(
        map(_about, ledger.rows(about)), start, end, draft.calendar.midnight(first - (last - first))
    )

    def series(part: str, definition: str, value: Callable[[Demand], Given], unit: str = "tickets") -> Figure:
        return ledger.series(
            f"{name}_{part}",
            definition,
            about,
            unit,
            lambda _: {one.item: value(one) for one in every},
        )

    public = settings.profile == "public"
    return DemandFigures(
        items=tuple(one.item for one in every),
        tickets=series("tickets", f"Tickets {what}, ever.", lambda one: one.tickets),
        new=series("new", "Of these, created in the period.", lambda one: one.new),
        before=series(
            "before", "Of these, created in the stretch before the period.", lambda one: one.before
        ),
        organizations=series(
            "organizations",
            f"Organisations that wrote tickets {what}, ever.",
            lambda one: _shown(one.organizations) if public else one.organizations,
            ORGANIZATIONS,
        ),
        weight=_weight(draft, name, what, about),
        unit=weight_unit(draft),
    )


def _shown(organizations: int) -> int | str:
    return shown_count(organizations) if 0 < organizations < FEWEST_SHOWN else organizations


def _about(row: Row) -> About:
    return About(row["item"], row["ticket"], datetime.fromisoformat(row["created_at"]), row["organization"])


def weight_unit(draft: Draft) -> str:
    """What organisations are weighed in, or an empty text."""
    roadmap = draft.settings.roadmap
    if roadmap is None or roadmap.demand is None:
        return ""
    field: FieldConfig | None = draft.settings.fields.get(roadmap.demand.weight)
    return (field.unit if field else None) or roadmap.demand.weight


def _weight(draft: Draft, name: str, what: str, about: str) -> Figure | None:
    roadmap = draft.settings.roadmap
    if roadmap is None or roadmap.demand is None:
        return None
    draft.ledger.let("weight", roadmap.demand.weight)
    return draft.ledger.series(
        f"{name}_weight",
        f"Sum of the weights of the organisations that wrote tickets {what}; each counts once.",
        _WORTH.format(about=about),
        weight_unit(draft),
        _worth,
    )


def _worth(rows: Sequence[Row]) -> Mapping[str, Given]:
    weights: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for row in rows:
        weight = exact(row["value"])
        if row["organization"] is not None and weight is not None:
            weights[row["item"]][row["organization"]] = weight
    return {item: _whole(sum(of.values(), Fraction())) for item, of in weights.items()}


def _whole(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number
