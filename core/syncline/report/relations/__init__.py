"""The texts of the working set: one module per subject, each with its ``RELATIONS`` and what they are looked up by.

A relation is one SELECT over the stable views (``docs/sql.md``) and may name relations before it. Its only parameter
is ``:as_of``. Its name must not be that of a table or a view. Some words are spelt as the database wants them:
``json_text(column, name)`` is the text of one member of an object (``name`` may be a path: ``fields.reach``),
``json_number`` its number, ``json_true`` 1 where it is true, else 0, ``json_instant`` its instant; ``json_list`` in a
FROM gives the column ``j.value``, one row per member of a list, ``json_numbers`` after a JOIN the columns ``j.key``
and ``j.value``, one row per number in an object. ``days_before(n)`` is the instant so many days before ``:as_of``.
Both databases must give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from syncline.report.relations import about, evidence, flow, roadmap, scores, signal, work

_MODULES = (work, about, evidence, scores, signal, roadmap, flow)

INDEXED: dict[str, tuple[str, ...]] = {
    name: columns for module in _MODULES for name, columns in module.INDEXED.items()
}
"""Columns that queries look things up by, several in one text where one index holds them."""

STEPS = frozenset(name for module in _MODULES for name in getattr(module, "STEPS", ()))
"""Relations for others to be made of; no fact may name them."""

PARTED_BY = ("course", "part")
"""Making these, and what needs them, takes as long as making all the rest."""

_SPELT = {
    "sqlite": {
        "text": "CAST(json_extract({column}, '$.{name}') AS TEXT)",
        "number": "json_extract({column}, '$.{name}')",
        "true": "CASE WHEN json_extract({column}, '$.{name}') = 1 THEN 1 ELSE 0 END",
        "instant": "strftime('%Y-%m-%dT%H:%M:%fZ', json_extract({column}, '$.{name}'))",
        "list": "json_each({column}, '$.{name}') j",
        "numbers": "json_each({column}, '$.{name}') j ON j.type IN ('integer', 'real')",
    },
    "postgresql": {
        "text": "({column} #>> '{{{path}}}') COLLATE \"C\"",
        "number": "CAST({column} #>> '{{{path}}}' AS double precision)",
        "true": "CASE WHEN ({column} #>> '{{{path}}}') = 'true' THEN 1 ELSE 0 END",
        "instant": "CAST({column} #>> '{{{path}}}' AS timestamptz)",
        "list": "LATERAL json_array_elements_text({column} #> '{{{path}}}') AS j(value)",
        "numbers": "LATERAL (SELECT key COLLATE \"C\" AS key, CAST(value #>> '{{}}' AS double precision) AS value"
        " FROM json_each({column} #> '{{{path}}}') WHERE json_typeof(value) = 'number') j ON true",
    },
}


_DAYS_BEFORE = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%fZ', :as_of, '-{days} days')",
    "postgresql": "(CAST(:as_of AS timestamptz) - INTERVAL '{days} days')",
}


def relations(dialect: str) -> dict[str, str]:
    """Name to SELECT of every relation, each after those it names. ``dialect`` as in the views."""
    texts = {name: sql for module in _MODULES for name, sql in module.RELATIONS.items()}
    return {name: spelt(sql.strip(), dialect) for name, sql in texts.items()}


def parted(texts: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """The names in two parts that take about as long, for two readers; the second needs nothing of the first."""
    one = texts.keys() & set(PARTED_BY)
    for name, sql in texts.items():
        if not one.isdisjoint(words(sql)):
            one.add(name)
    return frozenset(one), frozenset(texts.keys() - one)


@lru_cache(maxsize=1024)
def words(sql: str) -> frozenset[str]:
    """The words of a text that may name a relation: none that stands in a value.

    Kept, because a report asks this of hundreds of facts whose relations are the same.
    """
    return frozenset(re.findall(r"\w+", re.sub(r"'[^']*'", "", sql)))


def spelt(sql: str, dialect: str) -> str:
    """A text with these words as the database wants them."""

    def word(found: re.Match[str]) -> str:
        return _SPELT[dialect][found[1]].format(
            column=found[2], name=found[3], path=found[3].replace(".", ",")
        )

    sql = re.sub(r"days_before\((\d+)\)", lambda found: _DAYS_BEFORE[dialect].format(days=found[1]), sql)
    return re.sub(r"json_(text|numbers|number|true|instant|list)\(([\w.]+), ([\w.]+)\)", word, sql)


def literal(
    columns: tuple[str, ...], rows: tuple[tuple[str | int | None, ...], ...], whole: tuple[str, ...] = ()
) -> str:
    """A SELECT of values that are known already, as what a configuration names.

    ``whole`` are the columns that hold numbers: without rows a server would take them for texts.
    """
    head = ", ".join(
        f"CAST(NULL AS bigint) AS {column}" if column in whole else f"NULL AS {column}" for column in columns
    )
    if not rows:
        return f"SELECT {head} WHERE 1 = 0"
    values = ",\n".join(f"({', '.join(map(_quoted, row))})" for row in rows)
    return f"SELECT {head} WHERE 1 = 0 UNION ALL VALUES\n{values}"


def _quoted(value: str | int | None) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\0", "").replace("'", "''") + "'"
    return "NULL" if value is None else str(value)
