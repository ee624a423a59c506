"""Facts: every number of a report, with the query it came from and the rows behind it.

A query gives the *rows* a number stands for; the number is how many there are, or what a named rule makes of them. So
a number and its rows cannot disagree.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncline.report.model import Figure

if TYPE_CHECKING:
    from syncline.report.basis import Basis

IDS_KEPT = 200
"""Up to this many row ids stand in a fact; beyond it only their digest does."""

Vector = tuple[tuple[str, int], ...]
Value = int | None | Vector
Parameter = str | int
Row = sqlite3.Row


@dataclass(frozen=True)
class Fact:
    """One printed number, or one series of numbers by key.

    ``sql`` is over the working set (`syncline.report.basis`); its first column is the id of a row. ``n`` is the number
    of rows, ``digest`` the blake2b of their sorted ids, ``ids`` the ids themselves where there are at most `IDS_KEPT`.
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


class Ledger:
    """Runs queries over a working set and keeps a fact of each. Close it, or use it as a context manager."""

    def __init__(self, basis: Basis, parameters: Mapping[str, Parameter]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.row_factory = sqlite3.Row
        self._parameters = dict(parameters)
        self._facts: dict[str, Fact] = {}
        for name, relation in basis.relations.items():
            columns = ", ".join(f'"{column}"' for column in relation.columns)
            places = ", ".join("?" for _ in relation.columns)
            self._database.execute(f"CREATE TABLE {name} ({columns})")
            self._database.executemany(f"INSERT INTO {name} VALUES ({places})", relation.rows)  # noqa: S608
        self._database.execute("CREATE INDEX work_item ON work (item)")
        self._database.execute("CREATE INDEX assigned_ref ON assigned (ref)")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def let(self, name: str, value: Parameter) -> None:
        """Give a parameter to the queries that follow."""
        self._parameters[name] = value

    def count(self, name: str, definition: str, sql: str, unit: str = "items") -> Figure:
        """A fact whose value is the number of rows."""
        rows = self._run(sql)
        return self._keep(name, definition, sql, unit, rows, len(rows))

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
        rows = self._run(sql)
        counts = Counter(dict.fromkeys(keys, 0))
        counts.update(key(row[1]) for row in rows)
        return self._keep(name, definition, sql, unit, rows, tuple(sorted(counts.items())))

    def each(self, name: str, definition: str, sql: str, unit: str, number: Callable[[Row], int]) -> Figure:
        """A fact with one number per row, by the row's id."""
        rows = self._run(sql)
        values = tuple(sorted((str(row[0]), number(row)) for row in rows))
        return self._keep(name, definition, sql, unit, rows, values)

    def fold(
        self, name: str, definition: str, sql: str, unit: str, rule: Callable[[Sequence[Row]], int | None]
    ) -> Figure:
        """A fact whose value is what ``rule`` makes of all rows; the definition says what that is."""
        rows = self._run(sql)
        return self._keep(name, definition, sql, unit, rows, rule(rows))

    def behind(self, figure: Figure, order: str, limit: int) -> list[Row]:
        """The rows of the relation ``work`` that a fact about items counts."""
        fact = self._facts[figure.fact]
        sql = f"SELECT * FROM work WHERE item IN (SELECT item FROM ({fact.sql})) ORDER BY {order}, item LIMIT {limit}"  # noqa: S608
        return self._run(sql)

    def rows(self, sql: str, *places: Parameter) -> list[Row]:
        """Rows for display: names, dates, titles. Never for numbers."""
        return self._database.execute(sql, places).fetchall() if places else self._run(sql)

    def value(self, figure: Figure) -> Value:
        return self._facts[figure.fact].value

    def number(self, figure: Figure) -> int:
        """The figure's number: of a series the value at its key, or the sum; nought where there is none."""
        return number_of(self._facts[figure.fact], figure.key) or 0

    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._facts.values())

    def _run(self, sql: str) -> list[Row]:
        return self._database.execute(sql, self._parameters).fetchall()

    def _keep(
        self, name: str, definition: str, sql: str, unit: str, rows: Sequence[Row], value: Value
    ) -> Figure:
        if any(fact.name == name for fact in self._facts.values()):
            raise ValueError(f"two facts are named {name!r}")
        ids = sorted({str(row[0]) for row in rows})
        fact = Fact(
            id=f"F{len(self._facts) + 1:02d}",
            name=name,
            definition=definition,
            sql=sql,
            parameters=self._used(sql),
            value=value,
            unit=unit,
            n=len(rows),
            ids=tuple(ids) if len(ids) <= IDS_KEPT else (),
            digest=digest(ids),
        )
        self._facts[fact.id] = fact
        return Figure(fact.id)

    def _used(self, sql: str) -> tuple[tuple[str, Parameter], ...]:
        names = sorted(set(re.findall(r":(\w+)", sql)))
        return tuple((name, self._parameters[name]) for name in names)


def digest(ids: Iterable[str]) -> str:
    """blake2b, 16 bytes, of sorted ids, each followed by a line feed."""
    return hashlib.blake2b("".join(f"{one}\n" for one in sorted(ids)).encode(), digest_size=16).hexdigest()


def number_of(fact: Fact, key: str | None) -> int | None:
    """A fact's number: of a series the value at ``key`` (nought where it has none), or the sum."""
    if not isinstance(fact.value, tuple):
        return fact.value
    values = dict(fact.value)
    return sum(values.values()) if key is None else values.get(key, 0)


def full_sql(fact: Fact, relations: Mapping[str, str]) -> str:
    """The fact's query as it can be run on the database: with the relations it needs in front.

    ``:as_of`` is a parameter of the relations, the rest are in ``fact.parameters``.
    """
    needed = [name for name in relations if re.search(rf"\b{name}\b", fact.sql)]
    clauses = ",\n".join(f"{name} AS (\n{relations[name]}\n)" for name in needed)
    return f"WITH {clauses}\n{fact.sql}"


def nearest_rank(values: Iterable[int], percent: int) -> int:
    """The percentile by nearest rank: a value that is really there. ``values`` must not be empty."""
    ordered: list[Any] = sorted(values)
    return int(ordered[-(-percent * len(ordered) // 100) - 1])
