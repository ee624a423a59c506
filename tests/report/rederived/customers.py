"""What customers write, rate and answer, derived anew from what is stored (M17, M18, M19)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import sqrt
from typing import Any

from .asked import Asked, Span, within
from .counting import Facts, spans
from .flowing import rank
from .roadmap import Roadmap
from .stored import GONE, at

Row = dict[str, Any]


@dataclass(frozen=True)
class Ticket:
    """``turns``: instants at which it was solved (True) or opened again. ``replied``: first answered by an agent."""

    row: Row
    data: Mapping[str, Any]
    created: datetime
    left_out: str
    turns: tuple[tuple[datetime, bool], ...]
    replied: datetime | None

    @property
    def item(self) -> str:
        return str(self.row["item"])

    @property
    def first_solved(self) -> datetime | None:
        return min((when for when, solved in self.turns if solved), default=None)

    def solved(self, end: datetime) -> datetime | None:
        """Since when it is solved, seen from just before ``end``."""
        again = [when for when, solved in self.turns if not solved and when < end]
        since = [when for when, solved in self.turns if solved and when < end]
        return min((when for when in since if not again or when > max(again)), default=None)

    @property
    def organization(self) -> str | None:
        named = self.data.get("organization")
        return f"{self.row['site']}:Organization:{named}" if named is not None else None


@dataclass(frozen=True)
class Customers:
    asked: Asked

    # ---- tickets -----------------------------------------------------------------------------------------------------

    @cached_property
    def every(self) -> list[Ticket]:
        """All that there were by then; ``read`` leaves out those that are in no count."""
        as_of = self.asked.wanted.as_of
        rows = [row for row in self.asked.stored.of("Ticket") if row["speaks"] and row["created_at"]]
        return [self._ticket(row) for row in rows if at(row["created_at"]) <= as_of]

    @cached_property
    def read(self) -> list[Ticket]:
        return [one for one in self.every if not one.left_out]

    def _ticket(self, row: Row) -> Ticket:
        data = json.loads(row["data"])
        turns = tuple(self._turns(row))
        return Ticket(
            row, data, at(row["created_at"]), self._left_out(row, data), turns, self._replied(row, data)
        )

    def _left_out(self, row: Row, data: Mapping[str, Any]) -> str:
        labels = set(data.get("labels") or ())
        if data.get("merged_into") is not None or "closed_by_merge" in labels:
            return "merged"
        if "spam" in labels:
            return "spam"
        later = row["absent_at"] and at(row["absent_at"]) > self.asked.wanted.as_of
        return row["absent"] if row["absent"] in GONE and not later else ""

    def _turns(self, row: Row) -> Iterable[tuple[datetime, bool]]:
        as_of = self.asked.wanted.as_of
        told = [
            (at(e["at"]), e["new_category"] == "done", at(e["at"]) > as_of)
            for e in self.asked.stored.events_of[row["ref"]]
            if e["field"] == "status" and (e["new_category"] == "done") != (e["old_category"] == "done")
        ]
        past = [(when, solved) for when, solved, later in told if not later]
        yield from past
        ended = row["resolved_at"] or row["updated_at"]
        then_open = next((solved for _, solved, later in told if later), False)
        done = row["status_category"] == "done" and not then_open
        if done and not any(solved for _, solved in past) and ended and at(ended) <= as_of:
            yield at(ended), True

    @cached_property
    def _agents(self) -> set[tuple[str, str]]:
        return {
            (row["site"], row["remote_id"])
            for row in self.asked.stored.of("Person")
            if json.loads(row["data"]).get("account_type") in ("agent", "admin")
        }

    @cached_property
    def _answers(self) -> Mapping[tuple[str, str], list[datetime]]:
        """By ticket when agents said something to the customer."""
        found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        for row in self.asked.stored.of("Comment"):
            data = json.loads(row["data"])
            agent = (row["site"], data.get("author")) in self._agents
            if agent and data.get("visibility") == "customer" and row["created_at"]:
                found[row["site"], row["subject_id"]].append(at(row["created_at"]))
        return found

    def _replied(self, row: Row, data: Mapping[str, Any]) -> datetime | None:
        """As its tool says; else the agents' first answer, or their second where one of them made the ticket."""
        if data.get("first_replied_at"):
            told = sorted([at(data["first_replied_at"])])
        else:
            told = sorted(self._answers[row["site"], row["remote_id"]])
            told = told[1:] if (row["site"], data.get("reporter")) in self._agents else told
        return told[0] if told and told[0] <= self.asked.wanted.as_of else None

    def tickets(self) -> Facts:
        left = Counter(one.left_out for one in self.every if one.left_out)
        found: Facts = {"tickets_left_out": dict(left)}
        if not self.every:
            return found
        for suffix, span in spans(self.asked).items():
            found |= {f"{name}{suffix}": value for name, value in self._stretch(span).items()}
        start, end = self.asked.period
        for name, when in (("tickets_open", end), ("tickets_open_before", start)):
            found[name] = sum(one.created < when and one.solved(when) is None for one in self.read)
        return found

    def _stretch(self, span: Span) -> Facts:
        created = [one for one in self.read if within(one.created, span)]
        solved = [
            (one, when) for one in self.read
            if one.created < span[1] and within(when := one.solved(span[1]), span) and when
        ]  # fmt: skip
        replied = [(one, one.replied) for one in self.read if one.replied and within(one.replied, span)]
        first = [(one, when) for one in self.read if (when := one.first_solved) and within(when, span)]
        return {
            "tickets_created": len(created),
            "tickets_solved": len(solved),
            "closing_index": Fraction(len(solved), len(created)) if created else None,
            "tickets_replied": len(replied),
            "first_reply": _median(replied),
            "first_resolution": _median(first),
            "full_resolution": _median(solved),
        } | self._ratings(span, len(solved))

    # ---- ratings -----------------------------------------------------------------------------------------------------

    @cached_property
    def _responses(self) -> list[tuple[Row, Mapping[str, Any], datetime]]:
        rows = [(row, json.loads(row["data"])) for row in self.asked.stored.of("SurveyResponse")]
        return [
            (row, data, when) for row, data in rows
            if row["absent"] is None and data.get("answered_at")
            and (when := at(data["answered_at"])) <= self.asked.wanted.as_of
        ]  # fmt: skip

    def _ratings(self, span: Span, solved: int) -> Facts:
        scores = [
            data["score"] for row, data, when in self._responses
            if row["subject_id"] is not None and (data.get("lowest"), data.get("highest")) == (0, 1)
            and data.get("score") in (0, 1) and within(when, span)
        ]  # fmt: skip
        n, good = len(scores), scores.count(1)
        low, high = wilson(good, n) if n else (None, None)
        return {
            "ratings": n,
            "ratings_good": good,
            "satisfaction": Fraction(good, n) if n else None,
            "satisfaction_low": low,
            "satisfaction_high": high,
            "response_rate": Fraction(n, solved) if n and solved >= n else None,
        }

    # ---- answers -----------------------------------------------------------------------------------------------------

    def surveys(self) -> Facts:
        """Net promoter scores by survey: the last answer of each person; from thirty on, on the scale 0 to 10 only."""
        answers = [(row, data, when) for row, data, when in self._responses if row["subject_id"] is None]
        found: Facts = {}
        for suffix, span in spans(self.asked).items() if answers else ():
            if suffix == "_before":
                continue
            by: dict[str, list[tuple[datetime, Mapping[str, Any]]]] = defaultdict(list)
            for _, data, when in answers:
                if within(when, span):
                    by[data.get("survey") or ""].append((when, data))
            for name in ("nps_answers", "nps_promoters", "nps_detractors", "nps", "nps_margin"):
                found[f"{name}{suffix}"] = {survey: promoted(told)[name] for survey, told in by.items()}
        return found

    # ---- what tickets are about --------------------------------------------------------------------------------------

    @cached_property
    def _pairs(self) -> set[tuple[str, str, bool]]:
        """Tickets, what they are about, and whether that was made for them."""
        stored, found = self.asked.stored, set[tuple[str, str, bool]]()
        for link in stored.links:
            source, target = stored.by_ref[link["source"]], stored.by_ref[link["target"]]
            over = link["until"] is not None and at(link["until"]) <= stored.as_of
            if link["type"] == "about" and source["kind"] == "Ticket" and not over:
                found.add((source["item"], target["item"], link["origin"] == "created"))
        for row in stored.of("Relation"):
            ends = [
                end for name in ("subject_id", "target_id") for kind in ("Issue", "Ticket")
                if (end := stored.by_ref.get(f"{row['site']}:{kind}:{row[name]}"))
            ]  # fmt: skip
            if row["absent"] is None and {end["kind"] for end in ends} == {"Issue", "Ticket"}:
                ticket, issue = sorted(ends, key=lambda end: end["kind"], reverse=True)
                found.add((ticket["item"], issue["item"], False))
        return found | self._attached()

    def _attached(self) -> set[tuple[str, str, bool]]:
        """Addresses that either side keeps, and keys that a ticket keeps, where one item alone has it."""
        stored, found = self.asked.stored, set[tuple[str, str, bool]]()
        work = stored.of("Issue", "Ticket")
        by_url: dict[str, list[Row]] = defaultdict(list)
        for row in work:
            by_url[row["url"]].append(row)
        for note in stored.of("Attachment"):
            if note["absent"] is not None:
                continue
            for kind in ("Issue", "Ticket"):
                owner = stored.by_ref.get(f"{note['site']}:{kind}:{note['subject_id']}")
                for other in by_url[note["url"]] if owner and note["url"] else ():
                    if owner and {kind, other["kind"]} == {"Issue", "Ticket"}:
                        both = {kind: owner["item"], other["kind"]: other["item"]}
                        found.add((both["Ticket"], both["Issue"], False))
                if owner and kind == "Ticket" and note["key"] and note["url"] is None:
                    fits = {
                        row["item"] for row in work if row["kind"] == "Issue" and row["key"] == note["key"]
                    }
                    found |= {(owner["item"], one, False) for one in fits} if len(fits) == 1 else set()
        return found

    @cached_property
    def about(self) -> dict[str, dict[str, bool]]:
        """By ticket what it is about, or the ticket that it is an incident of; and whether that was made for it."""
        place = {(one.row["site"], one.row["remote_id"]): one.item for one in self.every}
        by: dict[str, set[tuple[str, bool]]] = defaultdict(set)
        for ticket, item, made in self._pairs:
            by[ticket].add((item, made))
        found: dict[str, dict[str, bool]] = {}
        for one in self.read:
            problem = place.get((one.row["site"], one.row["parent_id"]))
            pairs = by[one.item] | (by[problem] if problem else set())
            if pairs:
                found[one.item] = {
                    item: any(m for other, m in pairs if other == item) for item, _ in pairs
                }  # fmt: skip
        return found

    def linked(self) -> Facts:
        if not self.every:
            return {}
        span = spans(self.asked)["_90"]
        lately = [one for one in self.read if within(one.created, span)]
        told = [one for one in lately if not all(self.about.get(one.item, {"": True}).values())]
        none = [one for one in lately if one.item not in self.about]
        labels = Counter(label for one in none for label in one.data.get("labels") or ())
        return {
            "tickets_lately": len(lately),
            "tickets_about": len(told),
            "tickets_led": len(lately) - len(told) - len(none),
            "tickets_unlinked": Fraction(len(none), len(lately)) if lately else None,
            "themes": dict(labels),
        }

    # ---- demand ------------------------------------------------------------------------------------------------------

    def demand(self, name: str, called: Mapping[str, Iterable[str]] | None = None) -> Facts:
        """``called``: by item of what it is a part, itself among it; left out: items stand for themselves."""
        start, end = self.asked.period
        wanted: dict[str, dict[str, Ticket]] = defaultdict(dict)
        for one in self.read:
            for item in self.about.get(one.item, ()) if one.created < end else ():
                for entry in (item,) if called is None else called.get(item, ()):
                    wanted[entry][one.item] = one
        found: Facts = {f"{name}_{part}": {} for part in ("tickets", "new", "before", "organizations")}
        for entry, tickets in wanted.items():
            some = tickets.values()
            found[f"{name}_tickets"][entry] = len(some)
            found[f"{name}_new"][entry] = sum(one.created >= start for one in some)
            found[f"{name}_before"][entry] = sum(within(one.created, self.asked.before) for one in some)
            found[f"{name}_organizations"][entry] = len({one.organization for one in some} - {None})
        return found | self._weight(name, wanted)

    def _weight(self, name: str, wanted: Mapping[str, Mapping[str, Ticket]]) -> Facts:
        """Each organisation counts once for an item, with the number that it has."""
        roadmap = self.asked.wanted.roadmap
        if roadmap is None or roadmap.demand is None:
            return {}
        worth: dict[str | None, Fraction] = {}
        for row in self.asked.stored.of("Organization"):
            number = (json.loads(row["data"]).get("fields") or {}).get(roadmap.demand.weight)
            if isinstance(number, int | float) and not isinstance(number, bool):
                worth[row["ref"]] = Fraction(repr(number))
        sums = {
            entry: sum(
                (worth[one] for one in {t.organization for t in tickets.values()} & worth.keys()), Fraction()
            )
            for entry, tickets in wanted.items()
        }
        known = {
            entry
            for entry, tickets in wanted.items()
            if {t.organization for t in tickets.values()} & worth.keys()
        }
        return {f"{name}_weight": {entry: value for entry, value in sums.items() if entry in known}}

    def by_entry(self, roadmap: Roadmap) -> Facts:
        called: dict[str, set[str]] = defaultdict(set)
        for id, below in roadmap.below.items():
            for item in below | roadmap.entries[id].items | {id}:
                called[item].add(id)
        return self.demand("entry_demand", called)


def wilson(good: int, n: int) -> tuple[float, float]:
    """The two shares that are just not excluded: roots of (x − good ÷ n)² = z² · x · (1 − x) ÷ n."""
    z2, share = 1.96**2, good / n
    a, b, c = 1 + z2 / n, -2 * share - z2 / n, share * share
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))


def promoted(told: Iterable[tuple[datetime, Mapping[str, Any]]]) -> dict[str, Fraction | float | int | None]:
    names = ("nps_answers", "nps_promoters", "nps_detractors", "nps", "nps_margin")
    last: dict[object, tuple[datetime, int]] = {}
    for number, (when, data) in enumerate(told):
        scale = data.get("lowest"), data.get("highest")
        if (scale[0] or 0, 10 if scale[1] is None else scale[1]) != (0, 10):
            return dict.fromkeys(names)
        score = data.get("score")
        if score is not None and score == int(score) and 0 <= score <= 10:
            who = number if data.get("respondent") is None else data["respondent"]
            last[who] = max(last.get(who, (when, int(score))), (when, int(score)))
    scores = [score for _, score in last.values()]
    n, up, down = len(scores), sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    if n < 30:
        return dict(zip(names, (n, up, down, None, None), strict=True))
    net = Fraction(up - down, n)
    spread = sum((((s >= 9) - (s <= 6)) - net) ** 2 for s in scores) / n
    return dict(zip(names, (n, up, down, 100 * net, 196 * sqrt(spread / n)), strict=True))


def _median(pairs: Iterable[tuple[Ticket, datetime]]) -> Fraction | int | None:
    """Of the hours from their creation, by nearest rank."""
    hours = [Fraction((when - one.created) // timedelta(milliseconds=1), 3_600_000) for one, when in pairs]
    return rank(hours, 50) if hours else None
