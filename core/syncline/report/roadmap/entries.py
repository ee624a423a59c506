"""The roadmap: one `Entry` for each real thing on it, with everything that is computed of it.

`entries` makes them once for a report; sections and pages only choose and order. Every number is a figure, a series by
the entry's id, which is the item of its lead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from syncline.report.draft import NOBODY, Draft
from syncline.report.formulas.health import Health, badness, disagrees
from syncline.report.formulas.refusal import Refusal
from syncline.report.model import Figure, Item, Line, Name, State
from syncline.report.parts import Refused
from syncline.report.roadmap import holding, judging, outlook
from syncline.report.roadmap.holding import Held
from syncline.report.roadmap.judging import STATES, Claim, Joined
from syncline.report.roadmap.measures import Numbers, leaf_figures, slip_figures, tool_figures, whole_figures
from syncline.report.roadmap.outlook import Prospect
from syncline.report.roadmap.standing import Standing, standings
from syncline.report.signal.experiments import regressions
from syncline.report.words import tidy

AHEAD = timedelta(days=14)
"""What is due soon."""

TEAMS = f"""
SELECT w.entry, {outlook.TEAM} AS team, count(*) AS parts FROM inside_work w WHERE w.leaf = 1
GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"""  # noqa: S608


@dataclass(frozen=True)
class Entry:
    """One thing on the roadmap: how it stands by its own records, its numbers, and what follows from them.

    ``prospect`` is None where it is ended. ``parents`` are initiatives or whatever it serves. ``waits_for`` are ids of
    entries, and ``late_for`` those of them that are expected to be done only after this one begins. ``containers`` are
    those of its parts, by name.
    """

    standing: Standing
    numbers: Numbers
    health: Health
    claim: Claim | None
    prospect: Prospect | None
    held: tuple[Held, ...]
    waits_for: tuple[str, ...]
    late_for: tuple[str, ...]
    parents: tuple[Item, ...]
    owners: tuple[str, ...]
    teams: tuple[str, ...]
    parts: tuple[Joined, ...]

    @property
    def id(self) -> str:
        return self.standing.id

    @property
    def item(self) -> Item:
        return self.standing.item

    @property
    def state(self) -> State:
        """The computed health as it is printed."""
        return STATES[self.health.state]

    @property
    def mismatch(self) -> bool:
        """Whether people say something else than the data."""
        return self.claim is not None and disagrees(self.claim.state, self.health.state) is True

    @property
    def owner(self) -> Line:
        return (Name(", ".join(self.owners)),) if self.owners else (NOBODY,)

    @property
    def broken_down(self) -> bool:
        """Whether it has parts that are not canceled."""
        return any(not part.canceled for part in self.parts)


@dataclass(frozen=True)
class Entries:
    """All entries by id, in the order of their leads' numbers."""

    draft: Draft
    by_id: Mapping[str, Entry]
    measured: Numbers | None = None

    @property
    def numbers(self) -> Numbers:
        """Those of all entries; raises LookupError where there is none, for then nothing is measured."""
        if self.measured is None:
            raise LookupError("the roadmap is empty")
        return self.measured

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    @property
    def worst_first(self) -> tuple[Entry, ...]:
        """Off track first, ended ones last; among equals by the likelihood of the target, then by the target."""
        return tuple(sorted(self, key=self._order))

    def _order(self, entry: Entry) -> tuple[int, float, date, int]:
        chance = self.draft.ledger.value(entry.numbers.likelihood)
        likelihood = chance if isinstance(chance, float) else 2.0
        return badness(entry.health.state), likelihood, entry.standing.target or date.max, int(entry.id[1:])

    def cell(self, figure: Figure) -> Line:
        """The figure, or why it has no value."""
        return (figure,) if self.draft.ledger.value(figure) is not None else (Refused(figure),)


def entries(draft: Draft) -> Entries:
    """Everything on the roadmap that is open, or ended within half a year. Call it once for a report."""
    every = standings(draft)
    if not every:
        return Entries(draft, {})
    ids = [one.id for one in every]
    leaves = leaf_figures(draft, ids)
    prospects = outlook.prospects(draft, every, outlook.window(draft))
    forecasts = outlook.figures(draft, every, prospects)
    held = holding.held(draft, {one: draft.ledger.number(Figure(leaves["open"].fact, one)) for one in ids})
    waits, parts, claims = holding.waits(draft), judging.scopes(draft), judging.claims(draft)
    scope = {one.id: judging.growth(one, parts.get(one.id, ())) for one in every if not one.ended}
    inputs = judging.Inputs(
        outlooks={entry: one.outlook for entry, one in prospects.items()},
        unready=_shares(draft, leaves["unready"]),
        broken_down=frozenset(
            entry for entry, share in _shares(draft, leaves["progress"]).items() if _known(share)
        ),
        held=held,
        scope=scope,
        waits=waits,
        guardrails=regressions(draft),
        connections=_connections(draft),
    )
    healths = judging.judged(draft, every, inputs)
    numbers = Numbers(
        **leaves,
        **slip_figures(draft, every),
        **forecasts,
        **holding.figures(draft, held, ids),
        **judging.claim_figures(draft, claims),
        **judging.health_figures(draft, every, healths, scope),
        **tool_figures(draft, ids),
        **whole_figures(draft, every, draft.calendar.today + AHEAD),
    )
    parents, owners, teams = _parents(draft), _owners(draft), _teams(draft)
    late = _late(draft, every, waits, prospects)
    made = {
        one.id: Entry(
            standing=one,
            numbers=numbers.at(one.id),
            health=healths[one.id],
            claim=claims.get(one.id),
            prospect=prospects.get(one.id),
            held=held.get(one.id, ()),
            waits_for=waits.get(one.id, ()),
            late_for=late.get(one.id, ()),
            parents=parents.get(one.id, ()),
            owners=owners.get(one.id, ()),
            teams=teams.get(one.id, ()),
            parts=parts.get(one.id, ()),
        )
        for one in every
    }
    return Entries(draft, made, numbers)


def _shares(draft: Draft, figure: Figure) -> dict[str, Fraction | Refusal]:
    """A series of shares with its refusals."""
    fact = draft.ledger.fact(figure)
    found: dict[str, Fraction | Refusal] = dict(fact.refused)
    found |= {key: Fraction(share) for key, share in fact.by_key.items() if isinstance(share, int | Fraction)}
    return found


def _known(share: Fraction | Refusal) -> bool:
    return not isinstance(share, Refusal)


def _connections(draft: Draft) -> dict[str, frozenset[str]]:
    """By entry the connections that its records and its parts live in."""
    found: dict[str, set[str]] = defaultdict(set)
    sql = (
        "SELECT DISTINCT entry, connection FROM entry_record"
        " UNION SELECT DISTINCT entry, connection FROM inside_work"
    )
    for row in draft.ledger.rows(sql):
        found[row["entry"]].add(row["connection"])
    return {entry: frozenset(names) for entry, names in found.items()}


def _parents(draft: Draft) -> dict[str, tuple[Item, ...]]:
    found: dict[str, dict[str, Item]] = defaultdict(dict)
    for row in draft.ledger.rows(
        "SELECT * FROM entry_parent WHERE item <> entry ORDER BY entry, level DESC, title, item"
    ):
        found[row["entry"]].setdefault(row["item"], draft.item(row))
    return {entry: tuple(items.values()) for entry, items in found.items()}


def _owners(draft: Draft) -> dict[str, tuple[str, ...]]:
    """By entry the names of who leads it; one name in two tools is taken for one person."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in draft.ledger.rows("SELECT * FROM entry_owner ORDER BY entry, place, name, person"):
        found[row["entry"]][tidy(row["name"], "(no name)")] = None
    return {entry: tuple(names) for entry, names in found.items()}


def _teams(draft: Draft) -> dict[str, tuple[str, ...]]:
    """By entry the teams of its parts, those with most of them first."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in draft.ledger.rows(TEAMS):
        if row["team"]:
            found[row["entry"]].append(tidy(row["team"], "?"))
    return {entry: tuple(names) for entry, names in found.items()}


def _late(
    draft: Draft,
    every: Sequence[Standing],
    waits: Mapping[str, Sequence[str]],
    prospects: Mapping[str, Prospect],
) -> dict[str, tuple[str, ...]]:
    """By entry what it waits for and what will, at 85 %, be done only after it begins."""
    start = {one.id: one.start_on(draft) for one in every}
    found = {}
    for entry, others in waits.items():
        begins = start.get(entry)
        if begins is not None:
            found[entry] = tuple(other for other in others if _after(prospects.get(other), begins))
    return found


def _after(one: Prospect | None, day: date) -> bool:
    if one is None or isinstance(one.outlook, Refusal):
        return False
    slow = one.outlook.date_at(85)
    return isinstance(slow, Refusal) or slow > day
