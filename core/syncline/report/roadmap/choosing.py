"""Which records stand on the roadmap, read from the database once: what the configuration names, as relations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, text

from syncline.report.relations import literal
from syncline.report.relations.roadmap import DOUBT_COLUMNS, PAST_COLUMNS, RECORD_COLUMNS
from syncline.report.roadmap.roots import Candidate, Roots, addresses, roots
from syncline.store.tables import Instant

if TYPE_CHECKING:
    from syncline.config.reporting import Roadmap, RoadmapItems
    from syncline.report.settings import ReportSettings

PAST = timedelta(weeks=26)
"""Entries that ended, and that nobody touched for this long, are history and no part of a report."""

AT_ONCE = 500

_COLUMNS = """
SELECT r.record_id, r.ref, r.site, r.remote_id, r.kind, r.connection, r.container, r.team, r.key, r.url, r.title,
       r.type, r.level, r.status_category, r.created_at, r.updated_at, r.item, r.data
FROM records r
WHERE (r.created_at IS NULL OR r.created_at <= :as_of)
  AND (r.absent IS NULL OR r.absent NOT IN ('gone', 'missing', 'out_of_scope') OR r.absent_at > :as_of)
"""


def given(connection: Connection, settings: ReportSettings) -> dict[str, str]:
    """The relations ``roadmap_record``, ``roadmap_past`` and ``roadmap_doubt`` as texts of values."""
    found = chosen(connection, settings)
    past = tuple((entry.entry,) for entry in found.past)
    records = tuple(
        (entry.entry, record, place, int(entry.committed), int(entry.public))
        for entry in found.entries
        for place, record in enumerate(entry.records, 1)
    )
    return {
        "roadmap_record": literal(RECORD_COLUMNS, records, RECORD_COLUMNS[1:]),
        "roadmap_past": literal(PAST_COLUMNS, past),
        "roadmap_doubt": literal(DOUBT_COLUMNS, found.doubts),
    }


def chosen(connection: Connection, settings: ReportSettings) -> Roots:
    """The entries of the roadmap as the configuration, or without one the default, chooses them."""
    candidates = _candidates(connection, settings)
    return roots(candidates, settings.roadmap, settings.as_of - PAST)


def _candidates(connection: Connection, settings: ReportSettings) -> list[Candidate]:
    conditions, values = _where(settings.roadmap)
    statement = text(f"{_COLUMNS} AND ({conditions})").bindparams(
        bindparam("as_of", settings.as_of.astimezone(UTC), Instant()), **values
    )
    rows = connection.execute(statement).all()
    links = _links(connection, [row.record_id for row in rows]) if _several(rows) else {}
    people = _people(connection) if settings.roadmap and _asks_who(settings.roadmap) else {}
    return [_candidate(row, links, people) for row in rows]


def _where(roadmap: Roadmap | None) -> tuple[str, dict[str, Any]]:
    """The records that a rule may choose, as narrow as SQL can say it."""
    if roadmap is None:
        return "r.kind IN ('Issue', 'Project') AND r.level = 1", {}
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, rule in enumerate(roadmap.items):
        part, own = _rule(number, rule)
        parts.append(f"({part})")
        values |= own
    return " OR ".join(parts), values


def _rule(number: int, rule: RoadmapItems) -> tuple[str, dict[str, Any]]:
    kinds = (
        [kind.value for kind in rule.kind if kind in ("Issue", "Project")]
        if rule.kind
        else ["Issue", "Project"]
    )
    listed = ", ".join(f"'{kind}'" for kind in kinds) or "''"
    part, values = f"r.kind IN ({listed}) AND r.connection = :from{number}", {f"from{number}": rule.from_}
    if rule.type:
        names = {f"type{number}_{place}": value for place, value in enumerate(rule.type)}
        part += f" AND r.type IN ({', '.join(':' + name for name in names)})"
        values |= names
    return part, values


def _several(rows: Iterable[Any]) -> bool:
    return len({row.connection for row in rows}) > 1


def _links(connection: Connection, numbers: list[int]) -> Mapping[tuple[str, str], set[str]]:
    """The addresses that hang on a record, by its site and remote id."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    statement = text(
        "SELECT c.site, c.remote_id, a.url FROM record c"
        " JOIN record a ON a.site = c.site AND a.kind = 'Attachment' AND a.subject = c.remote_id"
        " WHERE c.id IN :numbers AND a.url IS NOT NULL AND a.absent IS NULL"
    ).bindparams(bindparam("numbers", expanding=True))
    for at in range(0, len(numbers), AT_ONCE):
        for row in connection.execute(statement, {"numbers": numbers[at : at + AT_ONCE]}):
            found[row.site, row.remote_id].add(row.url)
    return found


def _asks_who(roadmap: Roadmap) -> bool:
    return any('"assignee":[' in when.model_dump_json(exclude_none=True) for when in roadmap.conditions())


def _people(connection: Connection) -> Mapping[tuple[str, str], frozenset[str]]:
    """What an account is called: its person, the account's own name, its address."""
    rows = connection.execute(
        text(
            "SELECT r.site, r.remote_id, r.title, p.person, p.email FROM records r"
            " LEFT JOIN people p ON p.ref = r.ref WHERE r.kind = 'Person'"
        )
    )
    return {
        (row.site, row.remote_id): frozenset(filter(None, (row.title, row.person, row.email))) for row in rows
    }


def _candidate(
    row: Any,
    links: Mapping[tuple[str, str], set[str]],
    people: Mapping[tuple[str, str], frozenset[str]],
) -> Candidate:
    data = json.loads(row.data) if isinstance(row.data, str) else row.data
    body = (data.get("body") or {}).get("source") or ""
    known = (people.get((row.site, one), frozenset()) for one in data.get("assignees") or ())
    return Candidate(
        number=row.record_id,
        item=row.item,
        kind=row.kind,
        connection=row.connection,
        level=row.level or 0,
        title=row.title or "",
        url=row.url or "",
        container=row.container,
        teams=frozenset(filter(None, (row.team,))),
        people=frozenset().union(*known),
        data=data,
        words=f"{row.title or ''}\n{body}",
        created_at=_instant(row.created_at),
        updated_at=_instant(row.updated_at),
        ended=row.status_category in ("done", "canceled"),
        native=frozenset(links.get((row.site, row.remote_id), ())),
        named=frozenset(addresses(body)),
    )


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
