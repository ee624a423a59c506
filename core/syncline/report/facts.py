"""Facts: every number of a report, with the query it came from and the rows behind it.

A query gives the *rows* a number stands for; the number is how many there are, or what a named rule makes of them. So
a number and its rows cannot disagree.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from syncline.report.formulas.refusal import Refusal
from syncline.report.parts import Figure
from syncline.report.relations import words

if TYPE_CHECKING:
    from syncline.report.basis import Basis

IDS_KEPT = 200
"""Up to this many row ids stand in a fact; beyond it only their digest does."""

ROWS_AGAIN = 40_000
"""Rows of answers that are kept for the next who ask the same."""

MOST_AGAIN = 20_000
"""Rows of one such answer."""

Scalar = int | Fraction | float | date | str
"""A number, exact wherever that is possible; a day; or a word, as a state of health is."""

Vector = tuple[tuple[str, Scalar | None], ...]
Value = Scalar | None | Vector
Given = Scalar | Refusal | None
"""What a rule gives: a value, or the reason why there is none."""

Parameter = str | int
Row = sqlite3.Row
_Asked = tuple[str, tuple[tuple[str, Parameter], ...]]


class Form(StrEnum):
    """How a fact's values are printed."""

    NUMBER = "number"
    """With as many decimals as ``places`` says, and commas."""
    SIGNED = "signed"
    """As a number, with its sign: a change."""
    PERCENT = "percent"
    """A share of 1, printed as a percentage."""
    CHANCE = "chance"
    """A likelihood of 0 to 1, printed as whole percent, never as a certainty."""
    DAY = "day"
    WORD = "word"


@dataclass(frozen=True)
class Fact:
    """One printed value, or one series of values by key.

    ``sql`` is over the working set (`syncline.report.basis`); its first column is the id of a row. ``n`` is the number
    of rows, ``digest`` the blake2b of their sorted ids, ``ids`` the ids themselves where there are at most `IDS_KEPT`.
    ``refused`` says by key why a value is missing; the key is empty where the value is no series.
    """

    id: str
    name: str
    definition: str
    sql: str
    parameters: tuple[tuple[str, Parameter], ...]
    value: Value
    unit: str
    n: int
    ids: tuple[str, ...]
    digest: str
    form: Form = Form.NUMBER
    places: int = 0
    refused: tuple[tuple[str, Refusal], ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Scalar | None]:
        """The values of a series; of a single value, that at the empty key."""
        return dict(self.value) if isinstance(self.value, tuple) else {"": self.value}

    @cached_property
    def total(self) -> int | None:
        """The sum of a series of counts; a series of anything but whole numbers has none."""
        whole = [one for one in self.by_key.values() if isinstance(one, int)]
        return sum(whole) if len(whole) == len(self.by_key) else None

    @cached_property
    def refusals(self) -> Mapping[str, Refusal]:
        return dict(self.refused)

    def why_not(self, key: str | None) -> Refusal | None:
        """Why there is no value at ``key``."""
        return self.refusals.get(key or "")


@dataclass(frozen=True)
class _Behind:
    """What a fact keeps of the rows behind it: how many, their ids unless they are too many, the digest of these."""

    n: int
    ids: tuple[str, ...]
    digest: str


def _behind(n: int, names: Iterable[str]) -> _Behind:
    ids = sorted(names)
    return _Behind(n, tuple(ids) if len(ids) <= IDS_KEPT else (), digest(ids))


class _Passing:
    """Rows that are read one by one, each gone when the next one comes."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._n = 0
        self._ids = set[str]()

    def __iter__(self) -> Iterator[Row]:
        last = None
        for row in self._rows:
            self._n += 1
            if row[0] != last:  # most come several at a time
                last = row[0]
                self._ids.add(str(last))
            yield row

    def behind(self) -> _Behind:
        """What is behind all of them, also those that nobody looked at."""
        for _ in self:
            pass
        return _behind(self._n, self._ids)


class Ledger:
    """Runs queries over a working set, which it takes, and keeps a fact of each. Close it, or use it as a context
    manager.
    """

    def __init__(self, basis: Basis, parameters: Mapping[str, Parameter]) -> None:
        self._database = sqlite3.connect(":memory:")
        largest = max(map(len, basis.images))
        for number in range(len(basis.images)):
            if number:  # names are looked for in all of them
                self._database.execute(f"ATTACH ':memory:' AS more{number}")
            self._database.deserialize(basis.images.pop(0), name=f"more{number}" if number else "main")
        self._database.execute(f"PRAGMA mmap_size = {largest}")
        self._database.row_factory = sqlite3.Row
        self._parameters = dict(parameters)
        self._facts: dict[str, Fact] = {}
        self._names: set[str] = set()
        self._given: dict[str, str] = {}
        self._answers: OrderedDict[_Asked, list[Row]] = OrderedDict()
        self._behinds: dict[_Asked, _Behind] = {}
        self._relations = {name for name, relation in basis.relations.items() if not relation.step}

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def let(self, name: str, value: Parameter) -> None:
        """Give a parameter to the queries that follow."""
        self._parameters[name] = value

    def give(self, name: str, sql: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """One more relation for the queries that follow: the ``rows`` that ``sql`` gives."""
        self._given[name] = sql
        self._relations.add(name)
        named, places = ", ".join(f'"{column}"' for column in columns), ", ".join("?" for _ in columns)
        self._database.execute(f"CREATE TABLE {name} ({named})")
        self._database.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608

    @property
    def given(self) -> Mapping[str, str]:
        """Name to SELECT of the relations that `give` added."""
        return self._given

    def has(self, relation: str) -> bool:
        return relation in self._relations

    def count(self, name: str, definition: str, sql: str, unit: str = "items") -> Figure:
        """A fact whose value is the number of rows."""
        behind = self._behind(sql)
        return self._keep(name, definition, sql, unit, behind, behind.n)

    def groups(
        self,
        name: str,
        definition: str,
        sql: str,
        unit: str = "items",
        key: Callable[[str], str] = str,
        keys: Iterable[str] = (),
    ) -> Figure:
        """A fact that counts rows by their second column, put through ``key``; ``keys`` are there even at nought."""
        counts = Counter(dict.fromkeys(keys, 0))
        rows = self._answer(sql)
        counts.update(key(row[1]) for row in rows)
        return self._keep(name, definition, sql, unit, self._behind(sql, rows), tuple(sorted(counts.items())))

    def each(
        self,
        name: str,
        definition: str,
        sql: str,
        unit: str,
        number: Callable[[Row], Given],
        form: Form = Form.NUMBER,
        places: int = 0,
    ) -> Figure:
        """A fact with one value per row, by the row's id."""
        return self.series(
            name, definition, sql, unit, lambda rows: {str(row[0]): number(row) for row in rows}, form, places
        )

    def fold(
        self,
        name: str,
        definition: str,
        sql: str,
        unit: str,
        rule: Callable[[Sequence[Row]], Given],
        form: Form = Form.NUMBER,
        places: int = 0,
    ) -> Figure:
        """A fact whose value is what ``rule`` makes of all rows; the definition says what that is."""
        rows = self._answer(sql)
        given = rule(rows)
        refused = (("", given),) if isinstance(given, Refusal) else ()
        value = None if isinstance(given, Refusal) else given
        return self._keep(name, definition, sql, unit, self._behind(sql, rows), value, form, places, refused)

    def series(
        self,
        name: str,
        definition: str,
        sql: str,
        unit: str,
        rule: Callable[[Sequence[Row]], Mapping[str, Given]] | Mapping[str, Given],
        form: Form = Form.NUMBER,
        places: int = 0,
    ) -> Figure:
        """A fact whose values by key are what ``rule`` makes of all rows; or the values, made of these rows before."""
        rows = None if isinstance(rule, Mapping) else self._answer(sql)
        values = rule if isinstance(rule, Mapping) else rule(rows or [])
        return self._series(name, definition, sql, unit, self._behind(sql, rows), values, form, places)

    def _series(
        self,
        name: str,
        definition: str,
        sql: str,
        unit: str,
        behind: _Behind,
        values: Mapping[str, Given],
        form: Form,
        places: int,
    ) -> Figure:
        given = sorted(values.items())
        refused = tuple((key, one) for key, one in given if isinstance(one, Refusal))
        kept = tuple((key, None if isinstance(one, Refusal) else one) for key, one in given)
        return self._keep(name, definition, sql, unit, behind, kept, form, places, refused)

    def family(
        self,
        definitions: Mapping[str, str],
        sql: str,
        unit: str,
        rule: Callable[[Sequence[Row]], Mapping[str, Mapping[str, Given]]],
    ) -> dict[str, Figure]:
        """Several series of one query, by the names of their facts: ``rule`` gives each one's values by key."""
        rows = self._answer(sql)
        return self._family(definitions, sql, unit, self._behind(sql, rows), rule(rows))

    def stream(
        self,
        definitions: Mapping[str, str],
        sql: str,
        unit: str,
        rule: Callable[[Iterable[Row]], Mapping[str, Mapping[str, Given]]],
    ) -> dict[str, Figure]:
        """A `family` of so many rows that they are not held at a time: ``rule`` reads them once."""
        passing = _Passing(self._database.execute(sql, self._parameters))
        made = rule(passing)
        return self._family(definitions, sql, unit, passing.behind(), made)

    def _family(
        self,
        definitions: Mapping[str, str],
        sql: str,
        unit: str,
        behind: _Behind,
        made: Mapping[str, Mapping[str, Given]],
    ) -> dict[str, Figure]:
        return {
            name: self._series(name, text, sql, unit, behind, made[name], Form.NUMBER, 0)
            for name, text in definitions.items()
        }

    def behind(self, figure: Figure, order: str, limit: int) -> list[Row]:
        """The rows of the relation ``work`` that a fact about items counts."""
        fact = self._facts[figure.fact]
        sql = f"SELECT * FROM work WHERE item IN (SELECT item FROM ({fact.sql})) ORDER BY {order}, item LIMIT {limit}"  # noqa: S608
        return self._run(sql)

    def rows(self, sql: str, *places: Parameter) -> list[Row]:
        """Rows for display: names, dates, titles. Never for numbers."""
        return self._database.execute(sql, places).fetchall() if places else self._run(sql)

    def fact(self, figure: Figure) -> Fact:
        return self._facts[figure.fact]

    def value(self, figure: Figure) -> Value:
        """The figure's value: of a series that at its key, or without a key the whole series."""
        value = self._facts[figure.fact].value
        if figure.key is not None and isinstance(value, tuple):
            return dict(value).get(figure.key)
        return value

    def number(self, figure: Figure) -> int:
        """The figure's whole number: of a series the value at its key, or the sum; nought where there is none."""
        found = number_of(self._facts[figure.fact], figure.key)
        return found if isinstance(found, int) else 0

    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._facts.values())

    def _run(self, sql: str) -> list[Row]:
        return self._answer(sql)

    def _answer(self, sql: str) -> list[Row]:
        asked = sql, self._used(sql)
        known = self._answers.pop(asked, None)
        rows = self._database.execute(sql, self._parameters).fetchall() if known is None else known
        if len(rows) <= MOST_AGAIN:
            self._answers[asked] = rows
        while sum(map(len, self._answers.values())) > ROWS_AGAIN:
            self._answers.popitem(last=False)
        return rows

    def _behind(self, sql: str, rows: Sequence[Row] | None = None) -> _Behind:
        """``rows`` are those of the query where they are at hand."""
        asked = sql, self._used(sql)
        if asked not in self._behinds:
            rows = self._answer(sql) if rows is None else rows
            self._behinds[asked] = _behind(len(rows), {str(row[0]) for row in rows})
        return self._behinds[asked]

    def _keep(
        self,
        name: str,
        definition: str,
        sql: str,
        unit: str,
        behind: _Behind,
        value: Value,
        form: Form = Form.NUMBER,
        places: int = 0,
        refused: tuple[tuple[str, Refusal], ...] = (),
    ) -> Figure:
        if name in self._names:
            raise ValueError(f"two facts are named {name!r}")
        self._names.add(name)
        fact = Fact(
            id=f"F{len(self._facts) + 1:02d}",
            name=name,
            definition=definition,
            sql=sql,
            parameters=self._used(sql),
            value=value,
            unit=unit,
            n=behind.n,
            ids=behind.ids,
            digest=behind.digest,
            form=form,
            places=places,
            refused=refused,
        )
        self._facts[fact.id] = fact
        return Figure(fact.id)

    def _used(self, sql: str) -> tuple[tuple[str, Parameter], ...]:
        names = sorted(set(re.findall(r":(\w+)", sql)))
        return tuple((name, self._parameters[name]) for name in names)


def digest(ids: Iterable[str]) -> str:
    """blake2b, 16 bytes, of sorted ids, each followed by a line feed."""
    return hashlib.blake2b("\n".join([*sorted(ids), ""]).encode(), digest_size=16).hexdigest()


def number_of(fact: Fact, key: str | None) -> Scalar | None:
    """A fact's value: of a series that at ``key`` (of a count nought where it has none), or the sum of counts."""
    if not isinstance(fact.value, tuple):
        return fact.value
    if key is None:
        return fact.total
    return fact.by_key.get(key, 0 if fact.total is not None else None)


def full_sql(fact: Fact, relations: Mapping[str, str]) -> str:
    """The fact's query as it can be run on the database: with the relations it needs in front.

    ``:as_of`` is a parameter of the relations, the rest are in ``fact.parameters``.
    """
    return with_relations(fact.sql, relations)


def with_relations(sql: str, relations: Mapping[str, str]) -> str:
    """A query with the relations it needs in front, in their order."""
    needed = needed_by([sql], relations)
    if not needed:
        return sql
    if sql.lstrip().startswith("WITH"):
        sql = f"SELECT * FROM (\n{sql}\n) whole"  # noqa: S608 - our own text
    clauses = ",\n".join(f"{name} AS (\n{relations[name]}\n)" for name in relations if name in needed)
    return f"WITH {clauses}\n{sql}"


def needed_by(queries: Iterable[str], relations: Mapping[str, str]) -> set[str]:
    """The relations that queries name, and those that these name in turn."""
    found: set[str] = set()
    waiting = list(queries)
    while waiting:
        text = waiting.pop()
        new = (relations.keys() & words(text)) - found
        found |= new
        waiting += [relations[name] for name in new]
    return found


def nearest_rank(values: Iterable[int], percent: int) -> int:
    """The percentile by nearest rank: a value that is really there. ``values`` must not be empty."""
    ordered: list[Any] = sorted(values)
    return int(ordered[-(-percent * len(ordered) // 100) - 1])
