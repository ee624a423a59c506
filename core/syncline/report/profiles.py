"""Who reads a report, and so what may appear in it at all. Pure: from a report and what is private, a report.

- *team*: everything.
- *exec*: titles of what stands on the roadmap, and counts. No person is named; other work is named by its key alone.
- *public*: made anew from the entries that ``[roadmap] public`` allows: title, state and quarter. Nothing else of the
  report is taken over, so that what nobody thought of is left out.

Patterns of addresses, numbers and secrets in titles are struck out as a second net; the rules above are the policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Any, TypeVar

from syncline.report.facts import Fact, Form, digest
from syncline.report.model import Block, Column, Line, Provenance, Report, Section, Table
from syncline.report.parts import Figure, Item, Name, State
from syncline.report.settings import Profile
from syncline.report.words import day_text, tidy

T = TypeVar("T")

SOMEBODY = "somebody"
ORGANIZATIONS = "organisations"
"""The unit of facts that count them."""

SMALLEST = 3
"""Fewer organizations than this are printed as fewer than this."""

PERSONAL_SECTIONS = frozenset({"people", "standup"})
PERSONAL_COLUMNS = frozenset(
    {
        "owner",
        "owners",
        "assignee",
        "assignees",
        "person",
        "people",
        "author",
        "requester",
        "actor",
        "who",
        "by",
    }
)
"""Left out whole for the exec profile."""


@dataclass(frozen=True)
class PublicEntry:
    """What everybody may know of one thing on the roadmap. ``when``: the day it is to be done, or was."""

    title: str
    state: str
    when: date | None


@dataclass(frozen=True)
class Audience:
    """What a profile needs to know: who is a person, what stands on the roadmap, and what of that is public."""

    profile: Profile
    persons: frozenset[str] = frozenset()
    roadmap: frozenset[str] = frozenset()
    public: tuple[PublicEntry, ...] = ()


def fit(report: Report, audience: Audience) -> Report:
    """The report as its audience may see it."""
    match audience.profile:
        case "team":
            return report
        case "exec":
            return _for_executives(report, audience)
        case "public":
            return _for_everybody(report, audience.public)


# ---- the second net --------------------------------------------------------------------------------------------------

REDACTED = "[removed]"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_ADDRESS = re.compile(
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])", re.I
)
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)\d[\d ()./-]{6,}\d|(?<![\w.])\(?0\d{2,5}\)?[ /-]\d[\d -]{4,}\d")
_SECRET = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:live|test|proj)?[-_]?[A-Za-z0-9]{16,}|\bxox[abposr]-[A-Za-z0-9-]{10,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bAKIA[0-9A-Z]{16}\b|\blin_api_\w{20,}"
    r"|\bATATT[\w=-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?i:\b(?:password|passwd|secret|token|api[_-]?key)\s*[:=]\s*)\S+"
)
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){11,18}(?!\d)")
"""Twelve to nineteen digits, with blanks or dashes between: what a card number looks like."""


def redacted(text: str) -> str:
    """``text`` without e-mail addresses, network addresses, telephone and card numbers, and secrets of known forms."""
    for pattern in (_SECRET, _EMAIL, _DIGITS, _ADDRESS, _PHONE):
        text = pattern.sub(lambda found: found[0] if _harmless(found[0]) else REDACTED, text)
    return text


def _harmless(text: str) -> bool:
    """A long number that is no card: a run of 12 to 19 digits counts as one only where its check digit (Luhn) fits."""
    digits = re.sub(r"[ -]", "", text)
    return digits.isdecimal() and 12 <= len(digits) <= 19 and not _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits)))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


# ---- walking through a report ----------------------------------------------------------------------------------------


def rebuilt(value: T, change: Callable[[Any], Any]) -> T:
    """The same structure with ``change`` made to every part, the innermost first."""
    return change(_inside(value, change))  # type: ignore[no-any-return]


def _inside(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Figure | Item):
        return value  # a key that leads to a value, and an address, are no texts
    if is_dataclass(value) and not isinstance(value, type):
        given = {
            field.name: rebuilt(getattr(value, field.name), change) for field in fields(value) if field.init
        }
        return replace(value, **given)
    if isinstance(value, tuple):
        return tuple(rebuilt(one, change) for one in value)
    if isinstance(value, Mapping):
        return {key: rebuilt(one, change) for key, one in value.items()}
    return value


LIMITS = Section("limits", "What this report does not cover", folded=True)

# ---- exec ------------------------------------------------------------------------------------------------------------


def _for_executives(report: Report, audience: Audience) -> Report:
    nameless = _Nameless(audience)
    kept = tuple(section for section in report.sections if section.id not in PERSONAL_SECTIONS)
    sections = tuple(_without_columns(section) for section in kept)
    cut = replace(
        report,
        provenance=rebuilt(report.provenance, nameless.part),
        bottom_line=rebuilt(report.bottom_line, nameless.part),
        cards=rebuilt(report.cards, nameless.part),
        sections=rebuilt(sections, nameless.part),
        relations=rebuilt(report.relations, nameless.part),
    )
    used = figures((cut.provenance, cut.bottom_line, cut.cards, cut.sections))
    facts = tuple(_coarse(nameless.fact(fact)) for fact in report.facts if fact.id in used)
    left_out = _left_out(report, kept, nameless.untitled)
    return replace(cut, sections=_told(cut.sections, left_out), facts=(*facts, *left_out))


def _left_out(report: Report, kept: Sequence[Section], untitled: Iterable[str]) -> tuple[Fact, Fact, Fact]:
    """What executives do not see: sections and columns about persons, and titles off the roadmap."""
    tables = [block for one in kept for block in one.blocks if isinstance(block, Table)]
    columns = sum(column.id in PERSONAL_COLUMNS for table in tables for column in table.columns)
    ids = tuple(sorted(untitled))
    after = 1 + max((int(fact.id[1:]) for fact in report.facts), default=0)
    about = (
        ("sections", "Sections about persons, which this audience does not see.", len(report.sections) - len(kept), ()),
        ("columns", "Columns about persons in the sections that it sees.", columns, ()),
        ("items", "Items that are not on the roadmap: this audience sees their keys alone.", len(ids), ids),
    )  # fmt: skip
    sections, taken, items = (
        Fact(f"F{number:02d}", f"left_out_{unit}", text, "", (), n, unit, n, rows, digest(rows))
        for number, (unit, text, n, rows) in enumerate(about, after)
    )
    return sections, taken, items


def _told(sections: tuple[Section, ...], left_out: Sequence[Fact]) -> tuple[Section, ...]:
    """The sections, of which the one on what is not covered says what was left out for this audience."""
    whole, columns, items = (Figure(fact.id) for fact in left_out)
    line: Line = (
        "This audience sees no person: sections left out: ",
        whole,
        ", columns left out: ",
        columns,
        ". Items that stand here without their titles: ",
        items,
        ".",
    )
    if not any(one.id == LIMITS.id for one in sections):
        return (*sections, replace(LIMITS, lines=(line,)))
    return tuple(
        replace(one, lines=(line, *one.lines), silent=None) if one.id == LIMITS.id else one
        for one in sections
    )


def _without_columns(section: Section) -> Section:
    blocks = tuple(_table(block) if isinstance(block, Table) else block for block in section.blocks)
    return replace(section, blocks=blocks)


def _table(table: Table) -> Table:
    stay = [place for place, column in enumerate(table.columns) if column.id not in PERSONAL_COLUMNS]

    def cut(row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(row[place] for place in stay)

    total = None if table.total is None else cut(table.total)
    return replace(table, columns=cut(table.columns), rows=tuple(map(cut, table.rows)), total=total)


class _Nameless:
    """Takes the names of persons out of any text, and the titles of what does not stand on the roadmap.

    ``untitled`` are the items whose titles it took.
    """

    def __init__(self, audience: Audience) -> None:
        self._roadmap = audience.roadmap
        self.untitled: set[str] = set()
        names = sorted((one for one in audience.persons if len(one) > 1), key=len, reverse=True)
        self._persons = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)") if names else None

    def text(self, text: str) -> str:
        text = redacted(text)
        return self._persons.sub(SOMEBODY, text) if self._persons else text

    def part(self, part: Any) -> Any:
        match part:
            case Item():
                shown = self.text(part.title) if part.item in self._roadmap else ""
                if part.item not in self._roadmap:
                    self.untitled.add(part.item)
                return replace(part, title=shown or ("" if part.key else "(work not on the roadmap)"))
            case State() | Form():
                return part
            case str():
                return self.text(part)
        return part

    def fact(self, fact: Fact) -> Fact:
        """Without names among its keys, its words and its query; a value whose key names a person goes."""
        value = fact.value
        if isinstance(value, tuple):
            pairs = ((key, self.part(one)) for key, one in value if self.text(key) == key)
            value = tuple(pairs)
        return replace(
            fact,
            definition=self.text(fact.definition),
            sql=self.text(fact.sql),
            parameters=rebuilt(fact.parameters, self.part),
            value=self.part(value),
            ids=tuple(one for one in fact.ids if self.text(one) == one and ":Person:" not in one),
            refused=tuple(
                (key, replace(one, about=self.text(one.about)))
                for key, one in fact.refused
                if self.text(key) == key
            ),
        )


def _coarse(fact: Fact) -> Fact:
    """Without small numbers of organizations, by which one could be known."""
    if fact.unit != ORGANIZATIONS:
        return fact

    def coarse(value: Any) -> Any:
        return f"< {SMALLEST}" if isinstance(value, int) and 0 < value < SMALLEST else value

    if isinstance(fact.value, tuple):
        return replace(fact, value=tuple((key, coarse(one)) for key, one in fact.value), ids=())
    return replace(fact, value=coarse(fact.value), ids=())


def figures(value: Any) -> set[str]:
    """The facts that anything in a structure speaks of."""
    found: set[str] = set()

    def look(part: Any) -> Any:
        if isinstance(part, Figure):
            found.add(part.fact)
        return part

    rebuilt(value, look)
    return found


# ---- public ----------------------------------------------------------------------------------------------------------

_STATES = ("shipped", "in progress", "committed", "exploring")
"""What everybody is told, in this order."""


def quarter(day: date) -> str:
    return f"Q{(day.month + 2) // 3} {day.year}"


def _for_everybody(report: Report, entries: Iterable[PublicEntry]) -> Report:
    shown = [replace(entry, title=redacted(tidy(entry.title, "(no title)"))) for entry in entries]
    sections, facts = [], []
    for number, state in enumerate(_STATES, 1):
        mine = [entry for entry in shown if entry.state == state]
        fact = _public_count(number, state, len(mine))
        facts.append(fact)
        sections.append(_public_section(state, fact, mine))
    cut = sum(one.silent is None for one in report.sections)
    facts.append(
        Fact(
            "F05", "public_left_out", "Sections of the whole report, none of which is public.", "", (), cut, "sections",
            cut, (), digest(()),
        )
    )  # fmt: skip
    sections.append(replace(LIMITS, lines=((*_PUBLIC_LIMITS, Figure("F05"), "."),)))
    when = Name(day_text(report.as_of.date()))
    bottom: Line = (
        Figure("F01"),
        " shipped, ",
        Figure("F02"),
        " in progress, ",
        Figure("F03"),
        " committed.",
    )
    return Report(
        kind=report.kind,
        title=redacted(report.title),
        timezone=report.timezone,
        as_of=report.as_of,
        period_start=report.period_start,
        period_end=report.period_end,
        known_seq=0,
        provenance=Provenance((("As of ", when, ". Dates are quarters, and may change."),), ()),
        bottom_line=(bottom,),
        cards=(),
        sections=tuple(sections),
        facts=tuple(facts),
        relations=(),
    )


_PUBLIC_LIMITS = (
    "Only what was chosen to be public is told: title, state and quarter. How many other entries there are is not said."
    " Sections of the whole report that are left out: ",
)


def _public_count(number: int, state: str, count: int) -> Fact:
    """How many there are; where they come from is nobody's business."""
    definition = f"Entries of the public roadmap that are {state}."
    return Fact(
        f"F{number:02d}", f"public_{number}", definition, "", (), count, "entries", count, (), digest(())
    )


def _public_section(state: str, fact: Fact, entries: Sequence[PublicEntry]) -> Section:
    columns = (Column("title", "What"), Column("quarter", "When"))
    rows = tuple(
        ((Name(entry.title),), (Name(quarter(entry.when)),) if entry.when else ("not said",))
        for entry in entries
    )
    blocks: tuple[Block, ...] = (
        Table(state.replace(" ", "_"), state.capitalize(), columns, rows, listing=True),
    )
    count: Line = (Figure(fact.id), " in all.")
    silent = None if entries else "There is none."
    return Section(
        state.replace(" ", "-"), state.capitalize(), None, (count,), blocks if entries else (), silent
    )
