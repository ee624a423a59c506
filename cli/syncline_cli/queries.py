"""What the looking commands ask the database: plain SQL over the stable views, and nothing else.

Rows come back as dictionaries; instants as ISO text in UTC whatever the database, JSON columns as Python values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

Row = dict[str, Any]

_JSON_COLUMNS = ("data", "summary")
_RECORD = (
    "ref, site, connection, kind, remote_id, key, url, title, type, level, status_category, status_refinement, "
    "status_name, priority, container, container_title, parent_id, created_at, updated_at, resolved_at, due_on, "
    "archived, absent, absent_at, item, record_id, data"
)
WORK = "kind IN ('Issue', 'Ticket')"


def rows(db: Connection, sql: str, **values: Any) -> Iterator[Row]:
    """The rows of a query."""
    from sqlalchemy import text

    for row in db.execute(text(sql), values).mappings():
        yield {column: _plain(column, value) for column, value in row.items()}


def _plain(column: str, value: Any) -> Any:
    if column in _JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return bool(value) if column in ("archived", "complete") and value is not None else value


class People:
    """Display names by site and remote id; an unknown person keeps the id."""

    def __init__(self, db: Connection) -> None:
        found = rows(db, "SELECT site, remote_id, title FROM records WHERE kind = 'Person'")
        self._names = {(row["site"], row["remote_id"]): row["title"] for row in found}

    def of(self, site: str) -> dict[str, str]:
        """The names of one site's people by remote id."""
        return {remote_id: name for (home, remote_id), name in self._names.items() if home == site and name}

    def name(self, site: str, remote_id: str) -> str:
        return self._names.get((site, remote_id)) or remote_id


@dataclass(frozen=True)
class Filters:
    """What `items` may be narrowed to; several values of one filter are alternatives."""

    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    container: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    text: str | None = None


def items(db: Connection, filters: Filters, limit: int | None) -> list[Row]:
    """Items in the shape of ``items --json``, the latest change first. The lead record decides what fits."""
    people = People(db)
    found: list[Row] = []
    for row in _leads(db, filters):
        if not _fits(row, filters, people):
            continue
        found.append({"item": row["item"], "lead": row["ref"], "records": [record(row, people)]})
        if len(found) == limit:
            break
    _add_joined(db, {item["item"]: item for item in found}, people)
    return found


def _leads(db: Connection, filters: Filters) -> Iterator[Row]:
    where = [f"{WORK} AND speaks AND absent IS NULL"]
    values: dict[str, str] = {}
    for name, wanted, condition in (
        ("kind", filters.kind, "kind = :{0}"),
        ("status", filters.status, _STATUS),
        ("container", filters.container, "(lower(container) = :{0} OR lower(container_title) = :{0})"),
    ):
        keys = {f"{name}{index}": value for index, value in enumerate(wanted)}
        if keys:
            where.append("(" + " OR ".join(condition.format(key) for key in keys) + ")")
            values |= {key: value if name == "kind" else value.lower() for key, value in keys.items()}
    order = "updated_at IS NULL, updated_at DESC, record_id"
    sql = f"SELECT {_RECORD} FROM records WHERE {' AND '.join(where)} ORDER BY {order}"  # noqa: S608
    return rows(db, sql, **values)


_STATUS = "(status_category = :{0} OR lower(status_name) = :{0} OR status_category || '/' || status_refinement = :{0})"


def _fits(row: Row, filters: Filters, people: People) -> bool:
    """The filters that look into the record's own lists and texts."""
    data = row["data"]
    if filters.label and not {word.lower() for word in filters.label} & {
        word.lower() for word in data["labels"]
    }:
        return False
    if filters.assignee:
        names = {
            word.lower() for each in data["assignees"] for word in (each, people.name(row["site"], each))
        }
        if not names & {word.lower() for word in filters.assignee}:
            return False
    if filters.text:
        body = (data.get("body") or {}).get("source", "")
        return filters.text.lower() in f"{row['key']}\n{row['title']}\n{body}".lower()
    return True


def record(row: Row, people: People) -> Row:
    """One record in the shape of ``items --json``."""
    data = row["data"]
    return {
        "ref": row["ref"],
        "connection": row["connection"],
        "kind": row["kind"],
        "key": row["key"],
        "url": row["url"],
        "title": row["title"],
        "status": {
            "category": row["status_category"],
            "refinement": row["status_refinement"],
            "name": row["status_name"],
        },
        "priority": row["priority"],
        "assignees": [people.name(row["site"], each) for each in data["assignees"]],
        "labels": list(data["labels"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "due_on": row["due_on"],
        "archived": row["archived"],
    }


def _add_joined(db: Connection, wanted: Mapping[str, Row], people: People) -> None:
    """Add the records that were joined to each item's lead."""
    if not wanted:
        return
    joined = f"{WORK} AND NOT speaks AND absent IS NULL"
    sql = f"SELECT {_RECORD} FROM records WHERE {joined} ORDER BY record_id"  # noqa: S608
    for row in rows(db, sql):
        if row["item"] in wanted:
            wanted[row["item"]]["records"].append(record(row, people))


def find(db: Connection, wanted: str) -> list[Row]:
    """The records that ITEM may mean: an item id, a reference, an address or a key. The sharpest reading wins."""
    readings: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("item = :wanted", lambda text: text[:1] == "i" and text[1:].isdigit()),
        ("ref = :wanted", lambda text: text.count(":") >= 2 and "://" not in text),
        ("url = :wanted", lambda text: "://" in text),
        ("lower(key) = lower(:wanted)", lambda text: True),
    )
    bare = wanted.split("#")[0].split("?")[0].rstrip("/") if "://" in wanted else wanted
    for condition, applies in readings:
        if applies(bare):
            sql = f"SELECT {_RECORD} FROM records WHERE {WORK} AND {condition} ORDER BY record_id"  # noqa: S608
            if found := list(rows(db, sql, wanted=bare)):
                return found
    return []


def item_records(db: Connection, item: str) -> list[Row]:
    """All records of an item, its lead first."""
    sql = f"SELECT {_RECORD} FROM records WHERE {WORK} AND item = :item ORDER BY speaks DESC, record_id"  # noqa: S608
    return list(rows(db, sql, item=item))


def relations(db: Connection, row: Row) -> list[Row]:
    """What a record blocks, duplicates, … and what does so to it: type, direction, and the other end."""
    sql = """
SELECT l.data, l.subject_id, o.ref, o.key, o.title, o.status_category, o.status_name
FROM records l LEFT JOIN records o ON o.site = l.site AND o.kind IN ('Issue', 'Ticket')
  AND o.remote_id = CASE WHEN l.subject_id = :id THEN l.target_id ELSE l.subject_id END
WHERE l.kind = 'Relation' AND l.site = :site AND l.absent IS NULL AND (l.subject_id = :id OR l.target_id = :id)
ORDER BY l.record_id"""
    return list(rows(db, sql, id=row["remote_id"], site=row["site"]))


def children(db: Connection, row: Row) -> list[Row]:
    """Records whose parent is ``row``."""
    sql = f"""
SELECT ref, key, title, status_category, status_name FROM records
WHERE {WORK} AND site = :site AND parent_id = :id AND absent IS NULL ORDER BY record_id"""  # noqa: S608
    return list(rows(db, sql, id=row["remote_id"], site=row["site"]))


def parent(db: Connection, row: Row) -> Row | None:
    """The record that ``row`` is a part of."""
    sql = f"SELECT ref, key, title FROM records WHERE {WORK} AND site = :site AND remote_id = :id"  # noqa: S608
    return next(rows(db, sql, id=row["parent_id"], site=row["site"]), None) if row["parent_id"] else None


def comment_count(db: Connection, row: Row) -> int:
    """How many comments a record has."""
    sql = """SELECT count(*) AS n FROM records
WHERE kind = 'Comment' AND site = :site AND subject_id = :id AND absent IS NULL"""
    return int(next(rows(db, sql, id=row["remote_id"], site=row["site"]))["n"])


def history(db: Connection, item: str) -> list[Row]:
    """Every change known of an item, oldest first."""
    sql = """
SELECT ref, field, coalesce(old_name, old) AS old, coalesce(new_name, new) AS new, old_category, new_category,
       coalesce(actor_name, actor) AS actor, at, at_from, origin
FROM events WHERE item = :item ORDER BY at, seq"""
    return list(rows(db, sql, item=item))


# ---- runs and freshness --------------------------------------------------------------------------------


def runs(db: Connection, limit: int) -> list[Row]:
    """The latest runs, newest first."""
    return list(rows(db, "SELECT * FROM runs ORDER BY id DESC LIMIT :limit", limit=limit))


def run(db: Connection, number: int) -> Row | None:
    """One run."""
    return next(rows(db, "SELECT * FROM runs WHERE id = :id", id=number), None)


def changed_in(db: Connection, number: int, limit: int) -> list[Row]:
    """Records whose present version was learned in a run; what a later run changed again stands there."""
    sql = """
SELECT r.ref, r.kind, r.key, r.title, r.absent,
       CASE WHEN r.first_seq = r.seq THEN 'created' ELSE 'updated' END AS change
FROM records r JOIN ingest g ON g.seq = r.seq WHERE g.run_id = :run ORDER BY r.seq, r.record_id LIMIT :limit"""
    return list(rows(db, sql, run=number, limit=limit))


def streams(db: Connection) -> list[Row]:
    """Every feed of every connection and when it was last read to its end."""
    sql = """
SELECT c.name AS connection, s.name AS stream, s.pulled_at, s.census_at, s.complete,
       (SELECT count(*) FROM walk w WHERE w.stream_id = s.id) AS unfinished
FROM stream s JOIN connection c ON c.id = s.connection_id ORDER BY c.name, s.name"""
    return list(rows(db, sql))


def quarantined(db: Connection) -> list[Row]:
    """Records that could not be read."""
    sql = """
SELECT c.name AS connection, q.stream, q.kind, q.remote_id, q.reason, q.tries, q.first_seen_at, q.last_seen_at
FROM quarantine q JOIN connection c ON c.id = q.connection_id ORDER BY q.first_seen_at, q.id"""
    return list(rows(db, sql))
