"""Health of roadmap entries, what people say of them, and what both lead to, derived anew (M14, M15)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from .asked import Asked
from .counting import Facts
from .futures import OWN, Outlook
from .roadmap import ENDED, FORTNIGHT, Roadmap
from .stored import at, instant

SAID = {"on_track": "on track", "at_risk": "at risk", "off_track": "off track"}


@dataclass(frozen=True)
class Judged:
    roadmap: Roadmap

    @property
    def asked(self) -> Asked:
        return self.roadmap.asked

    # ---- health ------------------------------------------------------------------------------------------------------

    @cached_property
    def alone(self) -> dict[str, str]:
        """By itself, without what it waits for."""
        return {id: self._word(id) for id in self.roadmap.entries}

    @cached_property
    def health(self) -> dict[str, str]:
        off = {id for id, word in self.alone.items() if word == "off track"}
        waiting = {id for id, others in self.roadmap.waits.items() if others & off}
        return {
            id: "at risk" if word == "on track" and id in waiting else word for id, word in self.alone.items()
        }

    def _word(self, id: str) -> str:
        """The first of the rules that holds."""
        stage, target = self.roadmap.stage[id], self.roadmap.dates[id].target
        if stage in ENDED:
            return stage
        kept = [one for one in self.roadmap.stages[id] if one != "canceled"]
        chance = self.roadmap.likelihood(id, target)
        if target is None or not kept or chance is None or self._stale(id):
            return "no data"
        chance, share = round(chance, 12), self.roadmap.slip_share(id) or Fraction(0)
        if target < self.asked.today or chance < 0.5 or share >= Fraction(20, 100) or self._held_up(id):
            return "off track"
        risk = chance < 0.85 or share >= Fraction(10, 100)
        risk = risk or (self.roadmap.scope(id) or 0) >= Fraction(15, 100)
        risk = risk or (self.roadmap.unready(id) or 0) > Fraction(20, 100)
        return "at risk" if risk or self._made_worse(id) else "on track"

    def _held_up(self, id: str) -> bool:
        return (self.roadmap.blocked(id) or 0) >= 5

    def _made_worse(self, id: str) -> bool:
        items = self.roadmap.below[id] | self.roadmap.entries[id].items
        return any(self.roadmap.worse.get(item) for item in items)

    def _stale(self, id: str) -> bool:
        """A source of the entry or of a part of it was not read lately enough."""
        known = self.asked.stored.standing_of
        tools = self.roadmap.entries[id].tools
        tools = tools | {
            str(known[item].piece.connection) for item in self.roadmap.below[id] if item in known
        }
        return bool(tools & self._stale_tools)

    @cached_property
    def _stale_tools(self) -> set[str]:
        oldest = instant(self.asked.wanted.as_of - self.asked.wanted.stale_after)
        rows = self.asked.stored.rows(
            "SELECT c.name FROM stream s JOIN connection c ON c.id = s.connection_id WHERE s.pulled_at < :oldest",
            oldest=oldest,
        )
        return {row["name"] for row in rows}

    # ---- what people say ---------------------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> dict[str, tuple[str, datetime | None]]:
        """The newest word in an update of a project; where its tool has none, the word that the project carries."""
        notes = [row for row in self.asked.stored.of("Note") if row["subject_id"]]
        found: dict[str, tuple[str, datetime | None]] = {}
        for id, entry in self.roadmap.entries.items():
            told: list[tuple[datetime | None, str, str]] = []
            for row in entry.rows:
                if row["kind"] != "Project":
                    continue
                mine = [n for n in notes if (n["site"], n["subject_id"]) == (row["site"], row["remote_id"])]
                own = json.loads(row["data"]).get("health")
                if own and not mine:
                    told.append((None, row["ref"], own))
                told += [
                    (at(note["created_at"]), note["ref"], word)
                    for note in mine
                    if note["absent"] is None and (word := json.loads(note["data"]).get("health"))
                    and note["created_at"] and at(note["created_at"]) <= self.asked.wanted.as_of
                ]  # fmt: skip
            if told:
                when, _, word = max(
                    told, key=lambda one: (one[0] is not None, instant(one[0]) if one[0] else "", one[1])
                )
                found[id] = SAID[word], when
        return found

    # ---- facts -------------------------------------------------------------------------------------------------------

    def facts(self) -> Facts:
        roadmap, health = self.roadmap, self.health
        told = [(self.claims[id][0], health[id]) for id in self.claims]
        found: Facts = {
            "roadmap_health": health,
            "roadmap_states": dict(Counter(health.values())),
            "roadmap_claim": {id: word for id, (word, _) in self.claims.items()},
            "roadmap_claim_age": {id: self.asked.ago(when) for id, (_, when) in self.claims.items() if when},
            "roadmap_disagree": sum(word in SAID.values() and said != word for said, word in told),
            "roadmap_scope": {id: roadmap.scope(id) for id in roadmap.open},
        }
        return found | self._coincided()

    def _coincided(self) -> Facts:
        """By entry and number of a move how many items were added within three times 24 hours of it."""
        roadmap, found = self.roadmap, {}
        for id in roadmap.open:
            one = roadmap.dates[id]
            joined = [roadmap.joined(part) for part in roadmap.leaves[id]]
            added = [when for when in joined if when and one.since and when > one.since]
            for number, move in enumerate(one.moves if joined else ()):
                found[f"{id} {number}"] = sum(abs(when - move.at) <= timedelta(days=3) for when in added)
        return {"roadmap_coincided_scope": found}

    # ---- asks --------------------------------------------------------------------------------------------------------

    def asks(self, decided: set[str]) -> Facts:
        """``decided``: items that an open decision is about."""
        roadmap, found = self.roadmap, Facts()
        about = {
            id for id, below in roadmap.below.items() if decided & (below | {id} | roadmap.entries[id].items)
        }  # fmt: skip
        off = {id for id in roadmap.open if self.health[id] == "off track" and id not in about}
        chances = {id: roadmap.likelihood(id, roadmap.dates[id].target) for id in roadmap.open}
        unlikely = [id for id, chance in chances.items() if chance is not None and chance < 0.85]
        if off:
            found["entries_undecided"] = len(off)
        if set(unlikely) - off:
            found["entries_unlikely"] = len(set(unlikely) - off)
        for id in sorted(unlikely, key=self._worst_first):
            outlook, target = roadmap.outlooks[id], roadmap.dates[id].target
            if outlook and outlook[1] == OWN and target and target > self.asked.today:
                assert isinstance(outlook[0], Outlook)
                return found | {"entry_cut": {id: self._cut(outlook[0], target)}}  # one alone is named
        return found

    def _worst_first(self, id: str) -> tuple[int, float, date, int]:
        """Off track first; among equals by the likelihood of the target, then by the target."""
        target = self.roadmap.dates[id].target
        chance = self.roadmap.likelihood(id, target)
        place = ("off track", "at risk", "no data", "on track").index(self.health[id])
        return place, 2.0 if chance is None else chance, target or date.max, int(id[1:])

    def _cut(self, outlook: Outlook, target: date) -> int:
        """How many must go for the rest to be done by the target with 85 % likelihood: one after the other."""
        for cut in range(outlook.left + 1):
            chance = Outlook(self.asked, outlook.left - cut, outlook.law).by(target)
            if chance is not None and chance >= 0.85 - 1e-12:
                return cut
        raise AssertionError("nothing left is done at once")

    # ---- poor data ---------------------------------------------------------------------------------------------------

    def poor(self) -> Facts:
        roadmap = self.roadmap
        begun = filter(roadmap.begun, roadmap.open)
        found: Facts = {
            "no_target": sum(roadmap.dates[id].target is None for id in begun),
            "roadmap_apart": len(roadmap.chosen.apart & roadmap.entries.keys()),
            "roadmap_two_dates": 0, "roadmap_unclosed": 0, "roadmap_unfinished": 0, "roadmap_reversed": 0,
        }  # fmt: skip
        for id, mine in roadmap.records.items():
            leaves = [one.stage for one in roadmap.leaves[id]]
            left = [stage for stage in leaves if stage not in ENDED]
            dated = {one.target for one in mine if one.target and one.now.stage not in ENDED}
            found["roadmap_two_dates"] += len(dated) > 1
            found["roadmap_unclosed"] += id in roadmap.open and "done" in leaves and not left
            found["roadmap_unfinished"] += roadmap.stage[id] == "done" and bool(left)
            found["roadmap_reversed"] += any(_reversed(one.target, one.row) for one in mine)
        return found

    # ---- what is printed on the roadmap page -------------------------------------------------------------------------

    def lenses(self, rolling: set[str]) -> Facts:
        """``rolling``: items of which a flag is seen by somebody and not by everybody."""
        return self._horizon() | self._phases(rolling) | self._objectives() | (
            {"roadmap_open_entries": {"open": len(self.roadmap.open)}} if self.roadmap.open else {}
        )  # fmt: skip

    def _horizon(self) -> Facts:
        roadmap, wanted, today = self.roadmap, self.asked.wanted.roadmap, self.asked.today
        reach = wanted.horizon if wanted and wanted.horizon else None
        near = today + (reach.now if reach else timedelta(weeks=6))
        far = today + (reach.next if reach else timedelta(weeks=13))
        found = {"now": 0, "next": 0, "later": 0}
        for id in roadmap.open:
            target = roadmap.dates[id].target
            promised = wanted is not None and wanted.committed is not None
            promised = promised and roadmap.chosen.committed(roadmap.entries[id])
            if roadmap.stage[id] in ("doing", "review") or (target and target <= near):
                found["now"] += 1
            else:
                found["next" if promised or (target and target <= far) else "later"] += 1
        return {"roadmap_horizon": found} if roadmap.open else {}

    def _phases(self, rolling: set[str]) -> Facts:
        roadmap, found = self.roadmap, Counter[str]()
        names = ("discovery", "planning", "development", "launch", "improvement")
        for id in roadmap.entries:
            stage, dated = roadmap.stage[id], roadmap.dates[id]
            done = roadmap.records[id][0].now.done
            if stage == "done":
                fresh = done is not None and self.asked.ago(done) < 28
                seen = rolling & (roadmap.below[id] | roadmap.entries[id].items)
                found["launch" if fresh or seen else "improvement"] += 1
            elif stage != "canceled":
                found["development" if dated.since else "planning" if dated.target else "discovery"] += 1
        return {"roadmap_phases": {name: found[name] for name in names}} if found else {}

    def _objectives(self) -> Facts:
        """Open entries by what stands above any of their records; none is the empty text."""
        stored, found = self.asked.stored, dict[str, set[str]]()
        for id, entry in self.roadmap.entries.items():
            goals = set()
            for row in entry.rows:
                named = [("Project", one) for one in json.loads(row["data"]).get("parents") or ()]
                named += [("Issue", row["parent_id"])] if row["kind"] == "Issue" else []
                above = (stored.by_ref.get(f"{row['site']}:{kind}:{one}") for kind, one in named)
                goals |= {one["item"] for one in above if one} - {id}
            for goal in goals or {""}:
                found.setdefault(goal, set()).add(id)
        if set(found) <= {""}:
            return {}
        left = set(self.roadmap.open)
        return {"roadmap_objectives": {goal: len(ids & left) for goal, ids in found.items()}}

    # ---- what comes, and what was said before ------------------------------------------------------------------------

    def coming(self, decisions: list[dict[str, Any]]) -> Facts:
        """Ends of sprints, planned releases and milestones, and open decisions, from today on for a fortnight."""
        asked, days = self.asked, list[date]()
        for row in asked.stored.of("Iteration", "Release", "Milestone"):
            data = json.loads(row["data"])
            over = row["kind"] == "Release" and (data.get("released") or row["archived"])
            if row["absent"] is not None or over:
                continue
            if row["kind"] == "Iteration":
                ends = None if data["state"] == "closed" else data["end_at"]
                days += [asked.clock.day(at(ends))] if ends else []
            elif data.get("due_on"):
                days.append(date.fromisoformat(data["due_on"]))
        days += [date.fromisoformat(row["due_on"]) for row in decisions if row["due_on"]]
        return {"coming": sum(asked.today <= day <= asked.today + FORTNIGHT for day in days)}

    def record(self) -> Facts:
        """M14: of dates that earlier reports gave and that have passed, how many were kept; and Brier's score."""
        asked, roadmap = self.asked, self.roadmap
        rows = asked.stored.rows(
            "SELECT * FROM facts WHERE kind = 'status' AND state = 'final' AND as_of < :as_of",
            as_of=instant(asked.wanted.as_of),
        )
        known: dict[int, list[bool]] = {50: [], 85: [], 95: []}
        errors: list[Fraction] = []
        levels = {"roadmap_half": 50, "roadmap_slow": 85, "roadmap_slowest": 95}
        for row in rows:
            told = row["name"] in levels or row["name"] == "roadmap_likelihood"
            said = json.loads(row["value"]) if told else None
            for id, value in said.items() if isinstance(said, dict) else ():
                if id not in roadmap.entries or roadmap.stage[id] == "canceled" or value is None:
                    continue
                when = roadmap.records[id][0].now.done
                done = asked.clock.day(when) if when else date.max
                if row["name"] in levels and isinstance(value, list):
                    day = date.fromisoformat(value[1])
                    known[levels[row["name"]]] += [done <= day] if day < asked.today else []
                elif row["name"] == "roadmap_likelihood" and isinstance(value, int | float):
                    target = roadmap.dates[id].target_at(at(row["as_of"]))
                    if target and target < asked.today:
                        errors.append((Fraction(repr(value)) - (done <= target)) ** 2)
        return _record(known, errors)


def _record(known: Mapping[int, list[bool]], errors: list[Fraction]) -> Facts:
    found: Facts = {}
    for percent, kept in known.items():
        if kept:
            found |= {f"record_kept_{percent}": sum(kept), f"record_known_{percent}": len(kept)}
            found[f"record_level_{percent}"] = percent / 100
    if found and errors:
        found |= {"record_brier": sum(errors, Fraction()) / len(errors), "record_brier_n": len(errors)}
    return found


def _reversed(target: date | None, row: Mapping[str, Any]) -> bool:
    start = json.loads(row["data"]).get("start_on")
    return bool(target and start and target < date.fromisoformat(start[:10]))
