"""Every fact of the status report and of the roadmap, derived anew: by name its value, of a series by key.

What is None here is refused there. Facts of sections that have nothing to say are in none of the two.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from . import aimed, binding, checking, counting, flowing, launching, planning, scored, tried
from .asked import DAYS, Asked
from .counting import Facts
from .customers import Customers
from .flowing import Series
from .futures import OWN, Outlook, chances, grounded, steps
from .judged import Judged
from .roadmap import ENDED, Roadmap
from .stored import Standing


class Everything:
    """Of what a report is asked for and what is stored."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.about = aimed.About(asked)
        self.metrics = aimed.Metrics(asked)
        self.goals = aimed.Goals(self.metrics)
        self.customers = Customers(asked)
        self.tried, worse = tried.experiments(asked, self.metrics)
        items = {item: [ref] for ref in worse for item in self.about.meant[ref]}
        self.roadmap = Roadmap(asked, items)
        self.judged = Judged(self.roadmap)

    @cached_property
    def facts(self) -> Facts:
        asked, stored = self.asked, self.asked.stored
        found = counting.counts(asked) | counting.groups(asked) | counting.board(asked)
        found |= counting.left_out(asked) | counting.origins(asked) | counting.aside(asked)
        found |= counting.unsettled(asked) | counting.unowned_blockers(asked, self.roadmap.pairs)
        found |= self._flow() | self._burn_up() | self._quality()
        found |= planning.sprints(stored) | {"in_two_sprints": planning.in_two(stored, asked.items)}
        worked = [place for place, name in enumerate(DAYS) if name in asked.wanted.workdays]
        found |= planning.burn_down(stored, asked.clock, worked)
        found |= self._promises() | self.judged.record() | self.judged.lenses(self._rolling)
        found |= self.customers.tickets() | self.customers.surveys() | self.customers.linked()
        found |= self.customers.demand("demand") | self.customers.by_entry(self.roadmap)
        found |= aimed.decided(asked) | aimed.marks(asked) | self.metrics.facts() | self.goals.facts()
        return found | self.tried | self._launches() | scored.scores(asked, self.about)

    # ---- parts -------------------------------------------------------------------------------------------------------

    def _flow(self) -> Facts:
        asked, items, clock = self.asked, self.asked.items, self.asked.clock
        law = flowing.mean_times(items, clock, asked.first)
        found: Facts = {
            "ages": flowing.ages(items, clock),
            "cycle_time": {one.item: flowing.took(one, clock) for one in flowing.cycled(items, clock)},
            "cycles": len(asked.times),
            "throughput": flowing.throughput(items, clock, asked.first),
            "flow_efficiency": flowing.active_share(items, clock),
            "little_implied": {"days": law[0] if law else None},
            "little_measured": {"days": law[1] if law else None},
            "blocked": len(flowing.blocked(items)),
            "blocked_days": flowing.blocked_days(items, clock),
        }
        found |= {f"cycle_time_{percent}": asked.usual(percent) for percent in (50, 85, 95)}
        bands = flowing.cumulative(items, clock, asked.first)
        return found | {f"cfd_{stage}": series for stage, series in bands.items()}

    def _burn_up(self) -> Facts:
        asked, roadmap = self.asked, self.roadmap
        left = {id: sum(one not in ENDED for one in roadmap.stages[id]) for id in roadmap.open}
        name, parts = flowing.parts_of_largest(asked.stored, asked.clock, asked.first, roadmap.leaves, left)
        if name is None:
            return {}
        done, scope = flowing.burn_up(parts, asked.clock.days(asked.first), asked.clock)
        found: Facts = {"burn_up_done": done, "burn_up_scope": scope}
        entry = name if any(left.values()) else None
        outlook = roadmap.outlooks[entry] if entry else None
        if entry and (outlook is None or outlook[1] != OWN):
            return found
        return found | self._fans([one for one in parts if one.stage != "canceled" or one.canceled], entry)

    def _fans(self, parts: list[Standing], entry: str | None) -> Facts:
        """How many parts will be done at least, day by day for twelve weeks."""
        asked, clock = self.asked, self.asked.clock
        created = [clock.day(one.piece.created_at) for one in parts if one.piece.created_at]
        since = self.roadmap.dates[entry].since if entry else None
        known = clock.day(since) if since else min(created, default=asked.today)
        sample = steps(asked, [clock.day(one.done) for one in parts if one.done], known)
        left, done = sum(one.stage not in ENDED for one in parts), sum(one.done is not None for one in parts)
        if not left or not grounded(sample):
            return {}
        found: dict[int, Series] = {50: {}, 85: {}, 95: {}}
        outlook = Outlook(asked, left, chances(sample, 1.0))
        for ahead in range(85):
            day = asked.today + timedelta(days=ahead)
            if ahead and asked.works(day):
                outlook.go_on()
            for percent, series in found.items():
                series[day.isoformat()] = done + outlook.at_least(percent)
        return {f"burn_up_fan_{percent}": series for percent, series in found.items()}

    def _quality(self) -> Facts:
        asked = self.asked
        broken = checking.rules(asked, self.roadmap.parts, self.roadmap.chosen.names)
        found: Facts = {name: len(items) for name, items in broken.items() if name != "absent"}
        return found | {
            "unread_events": checking.unread_events(asked.stored),
            "waits_for_itself": len(binding.circled(self.roadmap.pairs)),
            "part_of_itself": len(binding.circled(self.roadmap.parts)),
        }

    def _promises(self) -> Facts:
        """What both reports say of the roadmap."""
        roadmap, judged = self.roadmap, self.judged
        open_ = {item for row in aimed.decisions(self.asked) for item in self.about.meant[row["ref"]]}
        coming = judged.coming(aimed.decisions(self.asked)) | judged.poor()
        if not roadmap.entries:
            return coming
        found = roadmap.breakdown() | roadmap.slips() | roadmap.forecasts() | roadmap.holding()
        return coming | found | judged.facts() | judged.asks(open_)

    def _launches(self) -> Facts:
        """What came of the launches of the last twelve weeks; and how far every flag is."""
        asked = self.asked
        measured = {one.metric.row["remote_id"] for one in self.goals.results if one.metric}
        found = launching.before_and_after(asked.stored, asked.clock, asked.last, measured)
        late = {
            flag.ref for flag in launching.launched(asked.stored, asked.clock)
            if (full := flag.first(100)) and (asked.today - full).days > 84
        }  # fmt: skip
        lately = {
            name: {key: value for key, value in series.items() if key.partition(" ")[0] not in late}
            for name, series in found.items()
        }
        return {**lately, **launching.rollouts(asked.stored, asked.clock)}

    @cached_property
    def _rolling(self) -> set[str]:
        """Items whose flag some, but not all, users in production have."""
        flags = launching.flags(self.asked.stored, self.asked.clock)
        seen = [flag for flag in flags if flag.production and 0 < flag.steps[-1][1] < 100]
        return {item for flag in seen for item in self.about.meant[flag.ref]}
