"""Everything that is planned of the demo company, in all its tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncline_connectors.demo.design import Card, plan_cards
from syncline_connectors.demo.evidence import Evidence, gather
from syncline_connectors.demo.roadmap import Roadmap, plan_roadmap
from syncline_connectors.demo.story import Story, tell
from syncline_connectors.demo.support import Ask, plan_asks


@dataclass(frozen=True)
class Plot:
    """``story`` is engineering in Jira, ``roadmap`` product in Linear, ``cards`` design in Trello, ``asks`` support in
    Zendesk, ``evidence`` usage in Amplitude and files."""

    story: Story
    roadmap: Roadmap
    cards: tuple[Card, ...]
    asks: tuple[Ask, ...]
    evidence: Evidence


def plot(now: datetime, seed: int = 0) -> Plot:
    """The same moment, to the minute, and seed give the same plot."""
    story = tell(now.replace(second=0, microsecond=0), seed)
    roadmap = plan_roadmap(story)
    return Plot(story, roadmap, plan_cards(story), plan_asks(story, seed), gather(story, roadmap, seed))
