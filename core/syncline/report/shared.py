"""What several sections of a report go by, each worked out once, when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from syncline.report.draft import Draft
from syncline.report.flow import Flow, measure


@dataclass(frozen=True)
class Shared:
    """Give a section the draft and this; it takes what it needs, and whoever is first takes the figures."""

    draft: Draft

    @cached_property
    def flow(self) -> Flow:
        """Figures of done, open and stuck work."""
        return measure(self.draft)
