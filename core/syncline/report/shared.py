"""What several sections of a report go by, each worked out once, when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from syncline.report.draft import Draft
from syncline.report.flow import Flow, measure
from syncline.report.signal.demand import DemandFigures, demand_by_item
from syncline.report.signal.tickets import Support, any_ticket, take


@dataclass(frozen=True)
class Shared:
    """Give a section the draft and this; it takes what it needs, and whoever is first takes the figures."""

    draft: Draft

    @cached_property
    def flow(self) -> Flow:
        """Figures of done, open and stuck work."""
        return measure(self.draft)

    @cached_property
    def support(self) -> Support | None:
        """Figures of tickets; None where none was read."""
        return take(self.draft) if any_ticket(self.draft.ledger) else None

    @cached_property
    def demand(self) -> DemandFigures:
        """Tickets and organisations by the item that they are about."""
        return demand_by_item(self.draft)
