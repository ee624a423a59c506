"""What changed since the last report: what is worth a line, in the order of its weight, and no noise.

The values that stood there before are values of the relation ``before``, so that they are facts as all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncline.report.draft import Draft
from syncline.report.facts import Fact, Given
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
    """A series by item whose changes are told: under which heading, in which words, from which size on (its unit).

    ``share``: the size is compared with what it was, 0.1 is a tenth.
    """

    fact: str
    heading: str
    words: str
    floor: float = 0.0
    share: bool = False


VALUES = (
    Watched("roadmap_target", "Targets", "target"),
    Watched("roadmap_slip", "Targets", "slip in days"),
    Watched("roadmap_health", "Health", "health"),
    Watched("roadmap_leaves", "Scope", "scope in items", 0.1, share=True),
    Watched("rollout_share", "Launches", "rollout"),
    Watched("metric_now", "Metrics", "value", 0.05, share=True),
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


CROWDS = (
    Crowd("blocked", "Blockers", "blocked or waiting now", "no longer blocked or waiting"),
    Crowd("overdue", "Targets", "overdue now", "no longer overdue"),
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
    now = points(facts)
    restated = points(before.then)
    said = restated if before.said is None else points(before.said)
    return told(said, restated, now, same_rules=before.same_rules)


def _worth(changes: Diff) -> list[tuple[Watched, Subject, Change]]:
    """The changes of watched facts beyond their noise, the greatest of each fact first."""
    found = []
    for watched in VALUES:
        mine = [(s, c) for s, c in changes.items() if s.name == watched.fact and _beyond(watched, c)]
        found += [(watched, s, c) for s, c in sorted(mine, key=lambda pair: (-pair[1].size, pair[0]))]
    return found


def _beyond(watched: Watched, change: Change) -> bool:
    """Whether something is to be told; what appears or goes is told where the whole thing is, not by its values."""
    if change.old is None or change.new is None or change.old.value == change.new.value:
        return False
    base = change.old.value
    whole = abs(float(base)) if watched.share and isinstance(base, int | float) else 1.0
    return change.size >= watched.floor * max(whole, 1.0)


def _give(draft: Draft, parts: Told, crowds: Sequence[Crowd], then: dict[str, Fact]) -> None:
    """Make the relation ``before`` of what the lines will speak of."""
    rows: list[tuple[str, str, str, str]] = []

    def note(fact: str, key: str, part: str) -> None:
        rows.append((f"{part}:{fact}:{key}", fact, key, part))

    for part, changes in (("happened", parts.happened), ("learned", parts.learned)):
        for watched, subject, _ in _worth(changes):
            note(watched.fact, subject.key, part)
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
    for watched in VALUES:
        mine = {subject.key: change for one, subject, change in worth if one is watched}
        if not mine:
            continue
        old = _said(draft, watched, part, mine, old=True)
        new = Figure(facts[watched.fact].id)
        if part == "learned":
            new = _said(draft, watched, part, mine, old=False)
        for key, change in mine.items():
            line = (
                titles.get(key, Name(tidy(key, "?"))),
                f": {watched.words} ",
                _shown(old, key, change, old=True),
                " → ",
                _shown(new, key, change, old=False),
                ".",
            )
            yield _Entry("Restated" if part == "learned" else watched.heading, line)


def _shown(figure: Figure, key: str, change: Change, *, old: bool) -> Figure | Refused:
    point = change.old if old else change.new
    one = Figure(figure.fact, key)
    return Refused(one) if point is None or point.value is None else one


def _said(draft: Draft, watched: Watched, part: str, mine: dict[str, Change], *, old: bool) -> Figure:
    """A fact of the values on one side of the changes."""
    side = {key: change.old if old else change.new for key, change in mine.items()}
    some = next(point for point in side.values() if point is not None)
    which = "was said before" if old else "is known of that time now"
    return draft.ledger.series(
        f"{'before' if old else 'restated'}_{part}_{watched.fact}",
        f"What {which} of: {some.meaning[0]}",
        f"SELECT row, key FROM before WHERE fact = '{watched.fact}' AND part = '{part}'",  # noqa: S608
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
        if was is None or (was.n and not was.ids) or was.sql != now.sql:
            continue  # too many to have been kept, or counted by another rule: who came cannot be told
        members = f"SELECT key FROM before WHERE fact = '{crowd.fact}' AND part = 'member'"  # noqa: S608
        came = f"SELECT item FROM ({now.sql}) WHERE item NOT IN ({members})"  # noqa: S608
        left = f"{members} AND key NOT IN (SELECT item FROM ({now.sql}))"  # noqa: S608
        for side, words, sql in (("came", crowd.came, came), ("left", crowd.left, left)):
            yield from _crowd(draft, crowd, side, words, sql)


def _crowd(draft: Draft, crowd: Crowd, side: str, words: str, sql: str) -> Iterator[_Entry]:
    definition = f"Items that are {words}, compared with the last report."
    figure = draft.ledger.count(f"{crowd.fact}_{side}", definition, sql)
    count = draft.ledger.number(figure)
    if not count:
        return
    names = _items(draft, draft.ledger.fact(figure).ids)
    shown = [names[key] for key in sorted(names)][:FEW]
    line: Line = (figure, f" {'item is' if count == 1 else 'items are'} {words}: ")
    for place, item in enumerate(shown):
        line = (*line, ", ", item) if place else (*line, item)
    yield _Entry(crowd.heading, (*line, ", …" if count > len(shown) else "."))


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
        return ("No earlier report is kept: compared with how things stood at ", when, ", from history.")
    return ("Compared with the report as of ", when, ".")
