"""What changed since the last report: what is worth a line, in the order of its weight, and no noise.

The values that stood there before are values of the relation ``before``, so that they are facts as all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.facts import Fact, Given, Scalar
from syncline.report.kept.diff import Change, Diff, Point, Subject, Told, points, told
from syncline.report.model import Column, Figure, Line, Refused, Section, Table
from syncline.report.parts import Item, Name
from syncline.report.relations import literal
from syncline.report.words import tidy

if TYPE_CHECKING:
    from syncline.report.kept.make import Before

MOST = 12
"""Lines that everybody reads; the rest is folded."""

FEW = 3
"""Items that a line names of a crowd."""

COLUMNS = ("row", "fact", "key", "part")
RULE = (
    "Facts of this report beside those of the last one. Restated: what became known later about the time before it."
    " Changes below a definition's noise floor are left out."
)


@dataclass(frozen=True)
class Watched:
    """A series whose changes are told: under which heading, in which words, from which size on (its unit).

    ``fact`` may have a * for any words. ``share``: the size is compared with what it was, 0.1 is a tenth. ``beyond``:
    only what leaves the band of that width around nought. ``born``: a value that was not there before is news.
    """

    fact: str
    heading: str
    words: str
    unit: str = ""
    floor: float = 0.0
    share: bool = False
    beyond: float | None = None
    born: bool = False


VALUES = (
    Watched("roadmap_slip", "Targets", "slip", " days"),
    Watched("roadmap_health", "Health", "health"),
    Watched("roadmap_leaves", "Scope", "scope", " items", floor=0.1, share=True),
    Watched("rollout_percent", "Launches", "shown to", " of users", born=True),
    Watched("score_of_metric_*", "Metrics", "unusual, score", beyond=3.5),
    Watched("demand_tickets", "Links", "linked tickets"),
)
"""By weight."""


@dataclass(frozen=True)
class Crowd:
    """A fact that counts items, of which those that came and those that left are told."""

    fact: str
    heading: str
    came: str
    left: str
    one: str = "item"
    many: str = "items"
    column: str = "item"


CROWDS = (
    Crowd("blocked", "Blockers", "blocked or waiting now", "no longer blocked or waiting"),
    Crowd("overdue", "Targets", "overdue now", "no longer overdue"),
    Crowd(
        "roadmap_live",
        "Scope",
        "open on the roadmap now",
        "no longer open on the roadmap",
        "entry",
        "entries",
        "entry",
    ),
)

HEADINGS = ("Targets", "Health", "Scope", "Launches", "Blockers", "Metrics", "Links", "Restated")


@dataclass(frozen=True)
class _Entry:
    heading: str
    line: Line


def changes_section(draft: Draft, before: Before) -> Section:
    """Call it last, when all facts are there: it speaks of them."""
    facts = {fact.name: fact for fact in draft.ledger.facts()}
    parts = _compare(before, facts.values())
    crowds = [crowd for crowd in CROWDS if crowd.fact in facts]
    then = {fact.name: fact for fact in (before.then if before.said is None else before.said)}
    _give(draft, parts, crowds, then)
    entries = [
        *_values(draft, "happened", parts.happened, facts),
        *_crowds(draft, crowds, facts, then),
        *_values(draft, "learned", parts.learned, facts),
    ]
    entries.sort(key=lambda entry: HEADINGS.index(entry.heading))
    return _section(draft, before, entries, parts)


def _compare(before: Before, facts: Iterable[Fact]) -> Told:
    now, restated = _watched(facts), _watched(before.then)
    said = restated if before.said is None else _watched(before.said)
    return told(said, restated, now, same_rules=before.same_rules)


def _watched(facts: Iterable[Fact]) -> dict[Subject, Point]:
    """The values that may be told."""
    return points(fact for fact in facts if any(fnmatchcase(fact.name, one.fact) for one in VALUES))


def _worth(changes: Diff) -> list[tuple[Watched, Subject, Change]]:
    """The changes of watched facts beyond their noise, the greatest of each fact first."""
    found = []
    for watched in VALUES:
        mine = [(s, c) for s, c in changes.items() if fnmatchcase(s.name, watched.fact) and _news(watched, c)]
        found += [(watched, s, c) for s, c in sorted(mine, key=lambda pair: (-pair[1].size, pair[0]))]
    return found


def _news(watched: Watched, change: Change) -> bool:
    """Whether a change is to be told; most that appears or goes is told where the whole thing is."""
    old = change.old.value if change.old else None
    new = change.new.value if change.new else None
    if new is None or old == new or (change.old is None and not watched.born):
        return False
    if watched.beyond is not None:
        return _outside(new, watched.beyond) and not _outside(old, watched.beyond)
    whole = abs(float(old)) if watched.share and isinstance(old, int | float | Fraction) else 1.0
    return change.size >= watched.floor * max(whole, 1.0)


def _outside(value: Scalar | None, band: float) -> bool:
    return isinstance(value, int | float | Fraction) and abs(float(value)) > band


def _give(draft: Draft, parts: Told, crowds: Sequence[Crowd], then: dict[str, Fact]) -> None:
    """Make the relation ``before`` of what the lines will speak of."""
    rows: list[tuple[str, str, str, str]] = []

    def note(fact: str, key: str, part: str) -> None:
        rows.append((f"{part}:{fact}:{key}", fact, key, part))

    for part, changes in (("happened", parts.happened), ("learned", parts.learned)):
        for _, subject, _ in _worth(changes):
            note(subject.name, subject.key, part)
    for subject in parts.redefined:
        note(subject.name, subject.key, "redefined")
    for crowd in crowds:
        for item in then[crowd.fact].ids if crowd.fact in then else ():
            note(crowd.fact, item, "member")
    draft.ledger.give("before", literal(COLUMNS, tuple(rows)), COLUMNS, rows)


# ---- values ----------------------------------------------------------------------------------------------------------


def _values(draft: Draft, part: str, changes: Diff, facts: dict[str, Fact]) -> Iterator[_Entry]:
    worth = _worth(changes)
    titles = _items(draft, [subject.key for _, subject, _ in worth])
    by_fact: dict[str, dict[str, tuple[Watched, Change]]] = {}
    for watched, subject, change in worth:
        by_fact.setdefault(subject.name, {})[subject.key] = (watched, change)
    for name, mine in by_fact.items():
        old = _said(draft, name, part, {key: change.old for key, (_, change) in mine.items()}, "before")
        new = Figure(facts[name].id)
        if part == "learned":
            now = {key: change.new for key, (_, change) in mine.items()}
            new = _said(draft, name, part, now, "restated") or new
        for key, (watched, change) in mine.items():
            who: Item | Name = titles.get(key) or Name(_called(name, key))
            line: Line = (who, f": {watched.words} ", *_sides(old, new, key, change), f"{watched.unit}.")
            yield _Entry("Restated" if part == "learned" else watched.heading, line)


def _sides(old: Figure | None, new: Figure, key: str, change: Change) -> Line:
    one = Figure(new.fact, key or None)
    if old is None or change.old is None:
        return (one,)
    was = Figure(old.fact, key)
    return (Refused(was) if change.old.value is None else was, " → ", one)


def _called(name: str, key: str) -> str:
    """What a subject that is no item is called: the last part of its ref, or of the fact's name."""
    last = key.rpartition(":")[2].replace("|", ", ")
    return tidy(last, "") or name.removeprefix("score_of_metric_").removeprefix("metric_").replace("_", " ")


def _said(draft: Draft, name: str, part: str, side: dict[str, Point | None], word: str) -> Figure | None:
    """A fact of the values on one side of the changes; None where nothing stood there."""
    some = next((point for point in side.values() if point is not None), None)
    if some is None:
        return None
    which = "was said before" if word == "before" else "is known of that time now"
    return draft.ledger.series(
        f"{word}_{part}_{name}",
        f"What {which} of: {some.meaning[0]}",
        f"SELECT row, key FROM before WHERE fact = '{name}' AND part = '{part}'",  # noqa: S608
        some.meaning[2],
        lambda rows: {row["key"]: _given(side[row["key"]]) for row in rows},
        some.form,
        some.places,
    )


def _given(point: Point | None) -> Given:
    if point is None:
        return None
    return point.refused if point.value is None else point.value


def _items(draft: Draft, keys: Sequence[str]) -> dict[str, Item]:
    """Names of items, whether they are work or stand on the roadmap."""
    wanted = sorted({key for key in keys if key[:1] == "i" and key[1:].isdecimal()})
    found: dict[str, Item] = {}
    for relation, column in (("work", "item"), ("entry_record", "entry")):
        if not wanted or not draft.ledger.has(relation):
            continue
        listed = ", ".join(f"'{one}'" for one in wanted)
        place = " AND place = 1" if relation == "entry_record" else ""
        rows = draft.ledger.rows(
            f"SELECT {column} AS item, key, title, url FROM {relation} WHERE {column} IN ({listed}){place}"  # noqa: S608
        )
        found |= {row["item"]: draft.item(row) for row in rows}
    return found


# ---- crowds ----------------------------------------------------------------------------------------------------------


def _crowds(
    draft: Draft, crowds: Sequence[Crowd], facts: dict[str, Fact], then: dict[str, Fact]
) -> Iterator[_Entry]:
    for crowd in crowds:
        now, was = facts[crowd.fact], then.get(crowd.fact)
        if was is None or was.sql != now.sql or len(was.ids) < was.n or len(now.ids) < now.n:
            continue  # too many to have been kept, or counted by another rule: who came cannot be told
        members = f"SELECT key FROM before WHERE fact = '{crowd.fact}' AND part = 'member'"  # noqa: S608
        inside = f"SELECT {crowd.column} FROM ({now.sql})"  # noqa: S608
        came, left = set(now.ids) - set(was.ids), set(was.ids) - set(now.ids)
        if came:
            sql = f"{inside} WHERE {crowd.column} NOT IN ({members})"
            yield _crowd(draft, crowd, "came", crowd.came, sql)
        if left:
            yield _crowd(draft, crowd, "left", crowd.left, f"{members} AND key NOT IN ({inside})")


def _crowd(draft: Draft, crowd: Crowd, side: str, words: str, sql: str) -> _Entry:
    definition = f"Those that are {words}, compared with the last report."
    figure = draft.ledger.count(f"{crowd.fact}_{side}", definition, sql)
    names = _items(draft, draft.ledger.fact(figure).ids)
    shown = [names[key] for key in sorted(names)][:FEW]
    line: Line = (*plural(draft.ledger, figure, f"{crowd.one} is", f"{crowd.many} are"), f" {words}: ")
    for place, item in enumerate(shown):
        line = (*line, ", ", item) if place else (*line, item)
    return _Entry(crowd.heading, (*line, "." if draft.ledger.number(figure) <= len(shown) else ", …"))


# ---- the section -----------------------------------------------------------------------------------------------------


def _section(draft: Draft, before: Before, entries: Sequence[_Entry], parts: Told) -> Section:
    lines: list[Line] = [_compared(draft, before)]
    if not entries:
        lines.append(("Nothing changed beyond noise.",))
    shown, rest = entries[:MOST], entries[MOST:]
    lines += [(f"{entry.heading}: ", *entry.line) for entry in shown]
    if parts.redefined:
        figure = draft.ledger.count(
            "redefined",
            "Values that mean another thing than in the last report.",
            "SELECT row FROM before WHERE part = 'redefined'",
            "values",
        )
        lines.append((figure, " values are defined otherwise than before, and are not compared."))
    columns = (Column("heading", "What"), Column("change", "Change"))
    rows = tuple(((entry.heading,), entry.line) for entry in rest)
    table = Table("more_changes", "More changes", columns, rows, listing=True, folded=True)
    return Section("changes", "What changed", RULE, tuple(lines), (table,) if rest else ())


def _compared(draft: Draft, before: Before) -> Line:
    when = draft.when(before.as_of)
    if before.said is None:
        return ("No earlier report is kept: compared with ", when, ", from history.")
    return ("Compared with the report as of ", when, ".")
