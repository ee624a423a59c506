"""What other tools know of the entries of the roadmap: goals, scores, flags, experiments, metrics, decisions.

Gathered once for all entries. Something is about an entry if it names the entry or a part of it; a flag or an
experiment that names nothing is about the only entry that has its name.
"""
# ruff: noqa: S608 - the parts put together here are constants of this package

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from syncline.report.draft import Draft, plural
from syncline.report.facts import Row
from syncline.report.formulas.refusal import Refusal
from syncline.report.model import Figure, Line, Name
from syncline.report.parts import Part, Refused
from syncline.report.roadmap.entries import Entry
from syncline.report.roadmap.telling import joined
from syncline.report.shared import Shared
from syncline.report.signal.experiments import experiment_lines
from syncline.report.signal.goals import Aim, Goals, Result
from syncline.report.signal.launch import called_like, entry_of
from syncline.report.signal.launches import Reading, how_to_read
from syncline.report.signal.rollouts import Flag
from syncline.report.words import tidy

_WHOLE = "(SELECT entry, item FROM inside UNION SELECT entry, item FROM entry_record)"
_EVIDENCE = f"""
SELECT DISTINCT e.entry, v.ref AS item, v.ref, v.kind, v.type, v.key, v.title, v.url, v.at,
       c.state, c.due_on, c.decided_on
FROM meant m JOIN evidence v ON v.ref = m.ref JOIN {_WHOLE} e ON e.item = m.item LEFT JOIN choice c ON c.ref = v.ref
WHERE v.at <= :as_of ORDER BY e.entry, v.kind, v.at, v.ref"""
_SCORED = f"""
SELECT DISTINCT e.entry, l.* FROM scored s JOIN {_WHOLE} e ON e.item = s.item JOIN label l ON l.item = s.item
WHERE s.at <= :as_of ORDER BY e.entry, l.item"""
_AIMED = "SELECT DISTINCT g.item, t.aim FROM aimed_at t JOIN goal_record g ON g.ref = t.record ORDER BY t.aim"
_TRIED = "SELECT ref, title FROM experiment ORDER BY started_at, ref"
MOST = 3
"""Scores and key results that are told of one entry; the lens of priority and the status report have all."""
KINDS = {"Note": "Research", "Annotation": "Marks", "Deploy": "Deploys"}


@dataclass(frozen=True)
class Chain:
    """By id of an entry what is about it; ``aims`` by the item that the entry serves."""

    draft: Draft
    shared: Shared
    evidence: dict[str, list[Row]]
    scored: dict[str, list[Row]]
    flags: dict[str, list[Flag]]
    trials: dict[str, list[Line]]
    aims: dict[str, list[Aim]]

    def goals(self, entry: Entry) -> Iterator[Line]:
        """What it serves, and how far that is."""
        found = self.shared.goals
        for parent in entry.parents:
            aims = self.aims.get(parent.item, []) if found else []
            told = way(self.draft, found, aims[0]) if found and aims else ()
            yield ("Serves ", parent, *((", ", *told) if told else ()), ".")
            for aim in aims:
                for result in aim.results[:MOST]:
                    if found:
                        yield _aimed(self.draft, found, result)

    def scores(self, entry: Entry) -> Iterator[Line]:
        """How parts of it were scored, and how long ago."""
        lens, value = self.shared.priority, self.draft.ledger.value
        for row in self.scored.get(entry.id, ())[:MOST]:
            item = row["item"]
            score, rank = Figure(lens.score.fact, item), Figure(lens.rank.fact, item)
            told: Line = ("no ", lens.method.upper(), ": ", Refused(score))
            if value(score) is not None:
                told = (lens.method.upper(), " ", score, ", place ", rank)
            yield (
                "Scored: ",
                self.draft.item(row),
                ", ",
                *told,
                ", given ",
                *_days(self.draft, lens.age, item),
                " ago.",
            )

    def launched(self, entry: Entry) -> Iterator[Line]:
        """How far it is rolled out, what was tried, and what metrics did."""
        flags = self.flags.get(entry.id, [])
        yield from (self._flag(flag) for flag in flags)
        yield from self.trials.get(entry.id, ())
        refs = {flag.ref for flag in flags}
        for one in self.shared.after.readings:
            if one.flag.ref in refs and not isinstance(one.found, Refusal):
                yield self._after(one)

    def _flag(self, flag: Flag) -> Line:
        found, state = self.shared.flags, flag.state
        where: Line = (" in ", Name(flag.environment)) if flag.environment else ()
        since = self.draft.calendar.day(state.steps[-1].at)
        line: Line = (
            "Flag ",
            Name(flag.name),
            ": ",
            Figure(found.percent.fact, flag.ref),
            " of users",
            *where,
        )
        line = (*line, " since ", since)
        if state.launch is not None and state.launch != since:
            line = (*line, ", first shown ", state.launch)
        back = Figure(found.rollbacks.fact, flag.ref)
        if self.draft.ledger.number(back):
            line = (*line, ", rolled back ", *plural(self.draft.ledger, back, "time", "times"))
        return (*line, ".")

    def _after(self, one: Reading) -> Line:
        after, metric = self.shared.after, one.metric
        now, before, change = (Figure(of.fact, one.key) for of in (after.after, after.before, after.change))
        points: Line = (change, " points") if metric.unit == "%" else metric.amount(change)
        line: Line = ("Since everybody has it ", Name(metric.name), " is ", *metric.amount(now))
        line = (*line, ", before it was ", *metric.amount(before), " (", *points, "): ")
        return (*line, *how_to_read(self.draft, after, one), ".")

    def decided(self, entry: Entry) -> Iterator[Line]:
        """Decisions about it, and how they stand."""
        for row in self.evidence.get(entry.id, ()):
            if row["kind"] == "Decision":
                yield ("Decision: ", self.draft.item(row), *_stands(row), ".")

    def known(self, entry: Entry, kind: str) -> Iterator[Line]:
        """What there is of one kind, by name."""
        found: list[Line] = [
            (self.draft.item(row),) for row in self.evidence.get(entry.id, ()) if row["kind"] == kind
        ]
        if found:
            yield (f"{KINDS[kind]}: ", *joined(found, "; "), ".")


def chain(draft: Draft, shared: Shared) -> Chain:
    """What is known of all entries."""
    evidence: dict[str, list[Row]] = defaultdict(list)
    for row in draft.ledger.rows(_EVIDENCE):
        evidence[row["entry"]].append(row)
    scored: dict[str, list[Row]] = defaultdict(list)
    for row in draft.ledger.rows(_SCORED):
        scored[row["entry"]].append(row)
    aims = aims_of(draft, shared)
    return Chain(
        draft, shared, evidence, scored, _flags(shared, evidence), _trials(draft, shared, evidence), aims
    )


def aims_of(draft: Draft, shared: Shared) -> dict[str, list[Aim]]:
    """Objectives by the item whose record stands for them."""
    found: dict[str, list[Aim]] = defaultdict(list)
    by_id = {aim.id: aim for aim in shared.goals.aims} if shared.goals else {}
    for row in draft.ledger.rows(_AIMED) if by_id else ():
        if row["aim"] in by_id:
            found[row["item"]].append(by_id[row["aim"]])
    return found


def _flags(shared: Shared, evidence: dict[str, list[Row]]) -> dict[str, list[Flag]]:
    found: dict[str, list[Flag]] = defaultdict(list)
    named = {
        (row["ref"], entry) for entry, rows in evidence.items() for row in rows if row["kind"] == "Rollout"
    }
    for flag in shared.flags.every:
        entries = sorted(entry for ref, entry in named if ref == flag.ref)
        if not entries and not flag.items and (only := entry_of(flag, shared)) is not None:
            entries = [only.id]
        for entry in entries:
            found[entry].append(flag)
    return found


def _trials(draft: Draft, shared: Shared, evidence: dict[str, list[Row]]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    rows = draft.ledger.rows(_TRIED)
    lines = experiment_lines(draft) if rows else {}
    named = {
        (row["ref"], entry) for entry, rows in evidence.items() for row in rows if row["kind"] == "Experiment"
    }
    about = {
        row["ref"] for row in draft.ledger.rows("SELECT DISTINCT ref FROM named WHERE kind = 'Experiment'")
    }
    for row in rows:
        entries = sorted(entry for ref, entry in named if ref == row["ref"])
        if not entries and row["ref"] not in about:
            only = called_like(tidy(row["title"], ""), shared)
            entries = [only.id] if only else []
        for entry in entries:
            found[entry].append(lines[row["ref"]])
    return found


# ---- in words --------------------------------------------------------------------------------------------------------


def way(draft: Draft, goals: Goals, aim: Aim) -> Line:
    """``88 % of the way, due 31 Dec 2026``; nothing where no progress is known."""
    progress = Figure(goals.progress_of.fact, aim.id)
    due: Line = (", due ", aim.due) if aim.due else ()
    return (progress, " of the way", *due) if draft.ledger.value(progress) is not None else ()


def _aimed(draft: Draft, goals: Goals, result: Result) -> Line:
    """A key result: where it is, between where it began and where it is to end."""

    def amount(figure: Figure) -> Line:
        at = Figure(figure.fact, result.id)
        if draft.ledger.value(at) is None:
            return (Refused(at),)
        return result.metric.amount(at) if result.metric else (at,)

    line: Line = (
        "Key result: ",
        Name(result.title),
        ": from ",
        *amount(goals.baseline),
        " to ",
        *amount(goals.target),
    )
    last = result.metric.last if result.metric else None
    now: Line = result.metric.amount(last) if result.metric and last else amount(goals.current)
    return (*line, "; now ", *now, ".")


def _days(draft: Draft, figure: Figure, key: str) -> Line:
    return plural(draft.ledger, Figure(figure.fact, key), "day", "days")


def _stands(row: Row) -> Line:
    """How a decision stands: ``(open, needed by 2 Dec 2026)``."""
    parts: list[Part] = [Name(tidy(row["state"], "open"))]
    for word, text in ((", decided on ", row["decided_on"]), (", needed by ", row["due_on"])):
        if text and (day := _day(text)) is not None:
            parts += [word, day]
            break
    return (" (", *parts, ")")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
