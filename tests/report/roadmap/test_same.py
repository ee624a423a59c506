"""What must not change: mirrored work, a report on the past; and a second implementation in plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from syncline.report.facts import digest, full_sql, with_relations
from syncline.report.relations import relations

from ..building import AS_OF
from .building import NEEDED, Board, computed, rules, values

NAMES = (
    *("leaves", "done", "canceled", "open", "progress", "slip", "moves", "net", "half", "slow", "likelihood"),
    *("likelihood_then", "health", "scope", "unready", "claim", "held", "waits"),
)
STATES = ("To Do", "In Progress", "Done", "Won't do", "Waiting")
AT = AS_OF - timedelta(days=20)
"""The time of a report on the past."""


@dataclass(frozen=True)
class Part:
    """A story of the epic ``epic``; its last move and its creation in days before the report."""

    epic: int
    state: str
    days: int
    created: int
    nested: bool
    owned: bool = False


parts = st.builds(
    Part,
    epic=st.integers(1, 3),
    state=st.sampled_from(STATES),
    days=st.integers(1, 60),
    created=st.integers(62, 90),
    nested=st.booleans(),
)
moves = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 89), st.none() | st.integers(-30, 60)), max_size=6
)


@dataclass
class Drawn:
    """Three epics, of which the first two are projects, too."""

    parts: Sequence[Part]
    moves: Sequence[tuple[int, int, int | None]]
    targets: dict[int, list[tuple[datetime, date | None, date | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now: dict[int, date | None] = {}
        for epic, days, target in sorted(self.moves, key=lambda move: -move[1]):
            new = None if target is None else AS_OF.date() + timedelta(days=target)
            if new != now.get(epic):
                self.targets.setdefault(epic, []).append((AS_OF - timedelta(days=days), now.get(epic), new))
                now[epic] = new

    def target(self, epic: int, at: datetime = AS_OF) -> date | None:
        known = [new for when, _, new in self.targets.get(epic, []) if when <= at]
        return known[-1] if known else None


def build(drawn: Drawn, mirrored: frozenset[int] = frozenset(), until: datetime = AS_OF) -> Board:
    """The database as it stood at ``until``; stories of these numbers stand in the second tool, too."""
    board = Board()
    board.person("ada", "Ada Example")
    for epic in (1, 2, 3):
        item = board.issue(
            f"e{epic}", "To Do", type="Epic", level=1, title=f"Entry {epic}", due_on=drawn.target(epic, until),
            created_at=AS_OF - timedelta(days=90), updated_at=AS_OF - timedelta(days=90),
        )  # fmt: skip
        for at, old, new in drawn.targets.get(epic, []):
            if at <= until:
                board.due(item, at, old.isoformat() if old else None, new.isoformat() if new else None)
    for epic in (1, 2):
        board.project(f"p{epic}", f"Entry {epic}", "To Do", due_on=None)
    below: dict[int, str] = {}
    for number, part in enumerate(drawn.parts):
        parent = below.get(part.epic) if part.nested else None
        if not part.nested:
            below[part.epic] = f"s{number}"
        _story(board, f"s{number}", parent or f"e{part.epic}", part, until, number in mirrored)
    return board


def _story(board: Board, name: str, parent: str, part: Part, until: datetime, mirrored: bool) -> None:
    at = AS_OF - timedelta(days=part.days)
    state = part.state if at <= until else "To Do"
    created = AS_OF - timedelta(days=part.created)
    item = board.story(
        name, parent, state, days=part.days, created_at=created, updated_at=min(at, until),
        resolved_at=at if state == "Done" else None, level=0, assignees=["ada"] if part.owned else [],
    )  # fmt: skip
    if mirrored:
        board.mirror(item, f"m{name}", project=f"p{part.epic}", created_at=created)


@settings(max_examples=6, deadline=None)
@given(st.lists(parts, max_size=10), moves, st.sets(st.integers(0, 9)))
def test_mirroring_any_subset_into_a_second_tool_changes_no_number(
    stories: list[Part], moved: list[tuple[int, int, int | None]], mirrored: set[int]
) -> None:
    drawn = Drawn(stories, moved)
    found = []
    for subset in (frozenset[int](), frozenset(mirrored)):
        board = build(drawn, subset)
        with computed(board, roadmap=rules()) as every:
            found.append(values(every, NAMES))
        board.close()
    assert found[0] == found[1]


@settings(max_examples=6, deadline=None)
@given(st.lists(parts, max_size=10), moves)
def test_a_report_on_the_past_equals_the_one_made_then(
    stories: list[Part], moved: list[tuple[int, int, int | None]]
) -> None:
    drawn = Drawn(stories, moved)
    found = []
    for until in (AS_OF, AT):
        board = build(drawn, until=until)
        with computed(board, as_of=AT, roadmap=rules()) as every:
            found.append(values(every, NAMES))
        board.close()
    assert found[0] == found[1]


# ---- the second implementation ---------------------------------------------------------------------------------------


def expected(drawn: Drawn) -> Mapping[str, Mapping[str, Any]]:
    """Progress, slip and moves, thought out from what was drawn, without a query."""
    found = {}
    for epic in (1, 2, 3):
        mine = [part for part in drawn.parts if part.epic == epic]
        leaves = [part for number, part in enumerate(mine) if not _has_parts(mine, number)]
        states = [part.state for part in leaves]
        kept = len(states) - states.count("Won't do")
        found[f"Entry {epic}"] = {
            "leaves": len(states),
            "done": states.count("Done"),
            "progress": Fraction(states.count("Done"), kept) if kept else None,
            **_slip(drawn, epic, mine),
        }
    return found


def _has_parts(mine: Sequence[Part], number: int) -> bool:
    """A part that is not nested has those that follow it, until the next that is not."""
    after = mine[number + 1 : number + 2]
    return not mine[number].nested and bool(after) and after[0].nested


def _slip(drawn: Drawn, epic: int, mine: Sequence[Part]) -> dict[str, int | None]:
    begun = [
        AS_OF - timedelta(days=part.days + (part.state == "Done")) for part in mine if part.state in _BEGUN
    ]
    since = min(begun, default=AS_OF - timedelta(days=90))
    history = drawn.targets.get(epic, [])
    before = [new for at, _, new in history if at <= since]
    baseline = before[-1] if before else None
    moves = 0
    for at, _, new in history:
        if at > since and baseline is None:
            baseline = new
        elif at > since:
            moves += 1
    if baseline is None:
        return {"slip": None, "moves": None}
    current = drawn.target(epic)
    return {"slip": (current - baseline).days if current else None, "moves": moves}


_BEGUN = ("In Progress", "Done", "Waiting")


@settings(max_examples=6, deadline=None)
@given(st.lists(parts, max_size=10), moves)
def test_numbers_equal_a_second_implementation(
    stories: list[Part], moved: list[tuple[int, int, int | None]]
) -> None:
    drawn = Drawn(stories, moved)
    board = build(drawn)
    with computed(board, roadmap=rules()) as every:
        found = values(every, ["leaves", "done", "progress", "slip", "moves"])
        relations_of = _texts(board, every)
        for fact in every.draft.ledger.facts():
            rows = _rows(board, full_sql(fact, relations_of), dict(fact.parameters))
            assert len(rows) == fact.n, fact.name
            assert digest({str(row[0]) for row in rows}) == fact.digest, fact.name
    board.close()
    assert found == expected(drawn)


# ---- what health goes by ---------------------------------------------------------------------------------------------

late_parts = st.builds(
    lambda epic, state, days, extra, nested, owned: Part(epic, state, days, days + extra, nested, owned),
    st.integers(1, 2),
    st.sampled_from((*STATES, "Done", "Done", "Done", "Done")),
    st.integers(1, 60),
    st.integers(2, 60),
    st.booleans(),
    st.booleans(),
)
JUDGED = ("overdue", "scope", "unready", "slip_share", "blocked_days", "health")


def _judged(drawn: Drawn, epic: int, chance: Any) -> dict[str, Any]:
    """Every input of M15 but the likelihood, whose own law is tested elsewhere, and the word that follows from all."""
    today = AS_OF.date()
    mine = [part for part in drawn.parts if part.epic == epic]
    leaves = [part for number, part in enumerate(mine) if not _has_parts(mine, number)]
    kept = [part for part in leaves if part.state != "Won't do"]
    left = [part for part in kept if part.state != "Done"]
    waiting = [part.days for part in mine if part.state == "Waiting"]
    starts = [part.days + (part.state == "Done") for part in mine if part.state in _BEGUN]
    target, slip = drawn.target(epic), _slip(drawn, epic, mine)["slip"]
    scope = share = None
    if starts:
        first = max(starts)
        there = [part for part in leaves if part.created >= first and (part in kept or part.days < first)]
        scope = Fraction(len(kept), len(there)) - 1 if there else None
        long = (
            (target - timedelta(days=slip or 0) - (today - timedelta(days=first))).days + 1 if target else 0
        )
        share = Fraction(slip, long) if slip is not None and long > 0 else None
    stopped = waiting if len(waiting) >= len(left) else []
    blocked = [sum((today - timedelta(days=n)).weekday() < 5 for n in range(days)) for days in stopped]
    found = {
        "overdue": (today - target).days if target and target < today else None,
        "scope": scope,
        "unready": Fraction(sum(not part.owned for part in left), len(left)) if left else None,
        "slip_share": share,
        "blocked_days": max(blocked, default=None),
    }
    return found | {"health": _word(found, target, chance, broken_down=bool(kept))}


def _word(found: Mapping[str, Any], target: date | None, chance: Any, *, broken_down: bool) -> str:
    if target is None or not broken_down or chance is None:
        return "no data"
    known = {name: value or 0 for name, value in found.items()}
    if (
        found["overdue"] or round(chance, 12) < 0.5 or known["slip_share"] >= Fraction(1, 5)
        or known["blocked_days"] >= 5
    ):  # fmt: skip
        return "off track"
    risk = round(chance, 12) < 0.85 or known["slip_share"] >= Fraction(1, 10)
    risk = risk or known["scope"] >= Fraction(15, 100) or known["unready"] > Fraction(1, 5)
    return "at risk" if risk else "on track"


@settings(max_examples=25, deadline=None)
@given(st.lists(late_parts, max_size=12) | st.lists(late_parts, min_size=14, max_size=26), moves)
def test_health_and_all_it_goes_by_equal_a_second_implementation(
    stories: list[Part], moved: list[tuple[int, int, int | None]]
) -> None:
    drawn = Drawn(stories, moved)
    board = build(drawn)
    with computed(board, roadmap=rules()) as every:
        found = values(every, [*JUDGED, "likelihood"])
    board.close()
    for epic in (1, 2, 3):
        numbers = found[f"Entry {epic}"]
        assert {name: numbers[name] for name in JUDGED} == _judged(drawn, epic, numbers["likelihood"])


def _texts(board: Board, every: Any) -> dict[str, str]:
    from syncline.report.roadmap.choosing import given as chosen

    with board.engine.connect() as connection:
        texts = chosen(connection, every.draft.settings)
    return texts | {name: sql for name, sql in relations("sqlite").items() if name in NEEDED}


def _rows(board: Board, sql: str, parameters: dict[str, Any]) -> list[Any]:
    asked = parameters | {"as_of": "2026-11-20T14:00:00.000Z"}
    with board.engine.connect() as connection:
        return list(connection.execute(text(sql), {name: asked[name] for name in asked if f":{name}" in sql}))


def test_a_relation_stands_alone() -> None:
    """Every text can be put in front of a query with what it needs, in the order of the relations."""
    board = build(Drawn([Part(1, "Done", 3, 70, False)], []))
    with computed(board) as every:
        texts = _texts(board, every)
    for name in texts:
        assert _rows(board, with_relations(f"SELECT * FROM {name}", texts), {}) is not None
    board.close()
