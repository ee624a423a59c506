"""What several sections of a report go by, each worked out once, when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from syncline.report.draft import Draft
from syncline.report.flow import Flow, measure
from syncline.report.lenses.priority import Priority
from syncline.report.roadmap.entries import Entries, entries
from syncline.report.signal.decisions import Asks, asks
from syncline.report.signal.demand import DemandFigures, demand_by_entry, demand_by_item
from syncline.report.signal.goals import Goals, compared, goals
from syncline.report.signal.launches import After, after_launches
from syncline.report.signal.metrics import Metric, metrics
from syncline.report.signal.rollouts import Flags, flags
from syncline.report.signal.tickets import Support, any_ticket, take
from syncline.report.work.sprints import Sprints, sprints


@dataclass(frozen=True)
class Shared:
    """Give a section the draft and this; it takes what it needs, and whoever is first takes the figures."""

    draft: Draft

    @cached_property
    def flow(self) -> Flow:
        """Figures of done, open and stuck work."""
        return measure(self.draft)

    @cached_property
    def sprints(self) -> Sprints | None:
        """The last sprints of every board; None where no tool has sprints."""
        return sprints(self.draft)

    @cached_property
    def support(self) -> Support | None:
        """Figures of tickets; None where none was read."""
        return take(self.draft) if any_ticket(self.draft.ledger) else None

    @cached_property
    def entry_demand(self) -> DemandFigures:
        """Tickets and organisations by the entry of the roadmap that they are about, or a part of it."""
        return demand_by_entry(self.draft)

    @cached_property
    def demand(self) -> DemandFigures:
        """Tickets and organisations by the item that they are about."""
        return demand_by_item(self.draft)

    @cached_property
    def asks(self) -> Asks:
        """Figures of what needs a person."""
        return asks(self.draft)

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric that was read."""
        return metrics(self.draft)

    @cached_property
    def goals(self) -> Goals | None:
        """Objectives and their key results; None where nothing is aimed at."""
        return goals(self.draft, self.metrics)

    @cached_property
    def flags(self) -> Flags:
        """Feature flags and how far they are rolled out."""
        return flags(self.draft)

    @cached_property
    def after(self) -> After:
        """What metrics did around the launches of the last weeks."""
        return after_launches(self.draft, self.flags, compared(self.goals, self.metrics))

    @cached_property
    def priority(self) -> Priority:
        """What work was given to be ranked by, and its place."""
        return Priority(self.draft)

    @property
    def launch_days(self) -> tuple[date, ...]:
        """Days that are marked on small lines."""
        return tuple(day for day, _ in self.flags.marks)

    @cached_property
    def roadmap(self) -> Entries:
        """Everything on the roadmap, and its numbers."""
        return entries(self.draft)
