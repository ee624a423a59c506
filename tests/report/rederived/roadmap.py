"""The roadmap, derived anew from what is stored: breakdown, slips, forecasts, what holds it up (M6, M13, M16)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property

from . import futures
from .asked import Asked, within
from .binding import blocking, parts_of, reached, there
from .chosen import Chosen, Entry
from .counting import Facts
from .futures import Crews, Outlook, Together, first_day
from .promised import Dates, Record, dates, records
from .stored import Standing, is_set

ENDED = ("done", "canceled")
FORTNIGHT = timedelta(days=14)


@dataclass(frozen=True)
class Held:
    """What goes no further, since when, and whether it is critical."""

    item: str
    since: datetime | None
    urgent: bool
    own: bool


@dataclass(frozen=True)
class Roadmap:
    """``worse``: by item the experiments about it that show a metric to get worse."""

    asked: Asked
    worse: Mapping[str, Sequence[str]]

    @cached_property
    def chosen(self) -> Chosen:
        return Chosen(self.asked)

    @property
    def entries(self) -> dict[str, Entry]:
        return self.chosen.entries

    @cached_property
    def records(self) -> dict[str, list[Record]]:
        return records(self.asked, self.chosen)

    @cached_property
    def stage(self) -> dict[str, str]:
        return {id: mine[0].now.stage for id, mine in self.records.items()}

    @cached_property
    def open(self) -> list[str]:
        return [id for id, stage in self.stage.items() if stage not in ENDED]

    def begun(self, id: str) -> bool:
        return bool(self.dates[id].since) or self.stage[id] in ("doing", "review")

    @cached_property
    def parts(self) -> set[tuple[str, str]]:
        return parts_of(self.asked.stored, self.chosen.names)

    @cached_property
    def _children(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for parent, child in self.parts:
            found.setdefault(parent, set()).add(child)
        return found

    @cached_property
    def below(self) -> dict[str, set[str]]:
        """Everything below each entry."""
        return {id: reached(self._children, id) - {id} for id in self.entries}

    @cached_property
    def within(self) -> dict[str, list[Standing]]:
        """Work below each entry that its tool still shows."""
        known = self.asked.stored.standing_of
        return {
            id: [known[one] for one in sorted(below) if one in known and known[one].counted]
            for id, below in self.below.items()
        }

    @cached_property
    def leaves(self) -> dict[str, list[Standing]]:
        """Of these what has no parts."""
        return {
            id: [one for one in some if one.item not in self._children] for id, some in self.within.items()
        }

    @cached_property
    def stages(self) -> dict[str, list[str]]:
        """Of the lowest-level items: work, and projects without parts, which count as themselves."""
        found = {}
        for id, leaves in self.leaves.items():
            projects = [
                other for other in self.below[id]
                if other in self.entries and other not in self._children
                and self.entries[other].lead["kind"] == "Project"
            ]  # fmt: skip
            works = {one.item for one in leaves}
            found[id] = [one.stage for one in leaves]
            found[id] += [self.stage[other] for other in projects if other not in works]
        return found

    @cached_property
    def dates(self) -> dict[str, Dates]:
        return {id: dates(self.asked, mine, self.within[id]) for id, mine in self.records.items()}

    @cached_property
    def outlooks(self) -> dict[str, tuple[Outlook | Together, str] | None]:
        crews = Crews(self.asked, self._children.keys())
        clock = self.asked.clock
        return {
            id: futures.outlook(
                self.asked, crews, self.leaves[id],
                clock.day(since) if (since := self.dates[id].since) else None,
            )
            for id in self.open
        }  # fmt: skip

    def likelihood(self, id: str, day: date | None) -> float | None:
        found = self.outlooks.get(id)
        return found[0].by(day) if found and day else None

    @cached_property
    def pairs(self) -> dict[tuple[str, str], datetime]:
        return blocking(self.asked.stored, self.chosen.names)

    # ---- breakdown ---------------------------------------------------------------------------------------------------

    def breakdown(self) -> Facts:
        found: Facts = {
            f"roadmap_{name}": {} for name in ("leaves", "done", "canceled", "open", "progress", "unready")
        }
        for id, stages in self.stages.items():
            done, canceled = stages.count("done"), stages.count("canceled")
            kept = len(stages) - canceled
            found["roadmap_leaves"][id] = len(stages)
            found["roadmap_done"][id] = done
            found["roadmap_canceled"][id] = canceled
            found["roadmap_open"][id] = kept - done
            found["roadmap_progress"][id] = Fraction(done, kept) if kept else None
            found["roadmap_unready"][id] = self.unready(id)
        return found | self._tools()

    def unready(self, id: str) -> Fraction | None:
        """Of what is open: without an owner, or without an estimate where others of the entry have one."""
        estimating = any(one.piece.data.get("estimate") is not None for one in self.leaves[id])
        left = [one for one in self.leaves[id] if one.stage not in ENDED]
        poor = [
            one for one in left
            if not one.piece.owned or (estimating and one.piece.data.get("estimate") is None)
        ]  # fmt: skip
        return Fraction(len(poor), len(left)) if left else None

    def _tools(self) -> Facts:
        copies: dict[str, set[str]] = {}
        for row in self.asked.stored.of("Issue"):
            if not row["speaks"] and there(row, self.asked.wanted.as_of):
                copies.setdefault(row["item"], set()).add(row["connection"])
        held: Counter[str] = Counter()
        mirrored = dict.fromkeys(self.entries, 0)
        for id, leaves in self.leaves.items():
            for one in leaves:
                tools = copies.get(one.item, set())
                held.update(f"{id} {tool}" for tool in tools | {one.piece.connection})
                mirrored[id] += bool(tools - {one.piece.connection})
        return {"roadmap_tools": dict(held), "roadmap_mirrored": mirrored}

    # ---- dates -------------------------------------------------------------------------------------------------------

    def slips(self) -> Facts:
        asked, period = self.asked, self.asked.period
        known = {id: one if one.baseline else None for id, one in self.dates.items()}
        moved = [move for one in self.dates.values() for move in one.moves if within(move.at, period)]
        done = {id: mine[0].now.done for id, mine in self.records.items()}
        ends = asked.today + FORTNIGHT
        due = [one.target for id, one in self.dates.items() if id in self.open and one.target]
        found: Facts = {
            "roadmap_slip": {id: one and one.slip for id, one in known.items()},
            "roadmap_moves": {id: len(one.moves) if one else None for id, one in known.items()},
            "roadmap_net_slip": {id: one.net(period) if one else None for id, one in known.items()},
            "net_slip": sum(move.days or 0 for move in moved),
            "roadmap_moved": len(moved),
            "roadmap_slip_share": {id: self.slip_share(id) for id in self.entries},
            "roadmap_overdue": {
                id: (asked.today - target).days
                for id in self.open
                if (target := self.dates[id].target) and target < asked.today
            },
            "roadmap_due": sum(asked.today <= target <= ends for target in due),
            "roadmap_live": len(self.open),
            "roadmap_shipped": sum(within(when, period) for when in done.values()),
            "roadmap_shipped_before": sum(within(when, asked.before) for when in done.values()),
        }
        if found["roadmap_shipped"]:
            found["roadmap_delivered"] = {
                id: (asked.clock.day(when) - baseline).days
                for id, when in done.items()
                if when and within(when, period) and (baseline := self.dates[id].baseline)
            }
        return found

    def slip_share(self, id: str) -> Fraction | None:
        """Slip ÷ the days from the beginning of work to the baseline, both counted."""
        one = self.dates[id]
        if one.since is None or one.slip is None or one.baseline is None:
            return None
        length = (one.baseline - self.asked.clock.day(one.since)).days + 1
        return Fraction(one.slip, length) if length > 0 else None

    def scope(self, id: str) -> Fraction | None:
        """How much was added since work began; what came under its parent later was added then."""
        since = self.dates[id].since
        if since is None:
            return None
        there_ = [
            one for one in self.leaves[id]
            if (self.joined(one) or since) <= since and not (one.canceled and one.canceled <= since)
        ]  # fmt: skip
        kept = sum(one.stage != "canceled" for one in self.leaves[id])
        return Fraction(kept, len(there_)) - 1 if there_ else None

    def joined(self, one: Standing) -> datetime | None:
        """When it came under its parent last, or was created if that was later."""
        moves = [
            change.at for change in one.piece.changes
            if change.field in ("parent", "project") and change.new is not None
            and change.at <= self.asked.wanted.as_of
        ]  # fmt: skip
        known = [when for when in (one.piece.created_at, *moves) if when]
        return max(known, default=None)

    # ---- forecasts ---------------------------------------------------------------------------------------------------

    def forecasts(self) -> Facts:
        names = {"roadmap_half": 50, "roadmap_slow": 85, "roadmap_slowest": 95}
        found: Facts = {
            name: {id: one and first_day(self.asked, one[0], percent) for id, one in self.outlooks.items()}
            for name, percent in names.items()
        }
        return found | {
            "roadmap_likelihood": {id: self.likelihood(id, self.dates[id].target) for id in self.open},
            "roadmap_likelihood_baseline": {
                id: self.likelihood(id, self.dates[id].baseline) for id in self.open
            },
            "roadmap_forecast_basis": {id: one and one[1] for id, one in self.outlooks.items()},
        }

    # ---- what holds it up --------------------------------------------------------------------------------------------

    @cached_property
    def held(self) -> dict[str, list[Held]]:
        """Open parts of an entry, and its own work records, that wait, are flagged, or are blocked by open work."""
        known = self.asked.stored.standing_of
        own = {row["item"]: id for id, entry in self.entries.items() for row in entry.rows}
        stuck: dict[str, datetime | None] = {}
        for item, one in known.items():
            starts = self._blocked_since(item) + self._blocked_since(own.get(item))
            waits = one.state.category == "waiting" or one.flagged
            if one.still_open and (waits or starts):
                since = _spell(one, self.asked) if waits else None
                stuck[item] = min([*starts, *([since] if since else [])], default=None)
        found: dict[str, list[Held]] = {}
        for id, below in self.below.items():
            mine = below | {item for item, entry in own.items() if entry == id}
            found[id] = [
                Held(item, stuck[item], known[item].piece.priority in ("urgent", "high"), own.get(item) == id)
                for item in mine & stuck.keys()
            ]
        return found

    def _blocked_since(self, item: str | None) -> list[datetime]:
        known = self.asked.stored.standing_of
        return [
            since
            for blocker, since in self._blockers[item or ""]
            if blocker in known and known[blocker].still_open
        ]

    @cached_property
    def _blockers(self) -> dict[str, list[tuple[str, datetime]]]:
        found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        for (waits, blocker), since in self.pairs.items():
            found[waits].append((blocker, since))
        return found

    def holding(self) -> Facts:
        longest = {id: self.blocked(id) for id in self.entries}
        waits = {id: len(others) for id, others in self.waits.items() if others}
        return {
            "roadmap_held": {id: len({one.item for one in held}) for id, held in self.held.items()},
            "roadmap_blocked_days": {id: days for id, days in longest.items() if days is not None},
            "roadmap_waits": waits,
        }

    def blocked(self, id: str) -> int | None:
        """Worked days since the longest of the critical ones is held up."""
        held = self.held[id]
        left = sum(stage not in ENDED for stage in self.stages[id])
        critical = [one for one in held if one.own or one.urgent or len(held) >= left]
        starts = [one.since for one in critical if one.since]
        if not starts:
            return None
        first, days = self.asked.clock.day(min(starts)), 0
        while first < self.asked.today:
            first += timedelta(days=1)
            days += self.asked.works(first)
        return days

    @cached_property
    def waits(self) -> dict[str, set[str]]:
        """The open entries that each open one waits for: a part of it is blocked by an open part of theirs."""
        known, own = self.asked.stored.standing_of, set(self.open)
        found: dict[str, set[str]] = {id: set() for id in self.open}
        inside: dict[str, set[str]] = {id: {id} for id in own}
        for id in own:
            for item in self.below[id]:
                inside.setdefault(item, set()).add(id)
        for waiting, blocker in self.pairs:
            if blocker in known and not known[blocker].still_open:
                continue
            for one in inside.get(waiting, set()) & own:
                for other in inside.get(blocker, set()) & own:
                    if one != other and one not in self.below[other] and other not in self.below[one]:
                        found[one].add(other)
        return found


def _spell(one: Standing, asked: Asked) -> datetime | None:
    """Since when it waits or is flagged without a break, whichever began first."""
    starts = []
    for field, on in (("status", one.state.category == "waiting"), ("flagged", one.flagged)):
        since = None
        for change in one.piece.of(field):
            if change.at <= asked.wanted.as_of:
                was = change.was.category == "waiting" if field == "status" else is_set(change.old)
                now = change.now.category == "waiting" if field == "status" else is_set(change.new)
                since = (since if was else change.at) if now else None
        starts += [since] if on and since else []
    return min(starts, default=None)
