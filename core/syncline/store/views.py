"""The stable views. ``docs/sql.md`` describes them; a change here is a change of a public contract."""
# ruff: noqa: S608 - the parts put together here are constants of this file

from __future__ import annotations

import re

_REF = "r.site || ':' || r.kind || ':' || r.remote_id"
_ITEM = "('i' || r.item_id){collate}"

_RECORDS = f"""
SELECT {_REF} AS ref, c.name AS connection, r.site, r.kind, r.remote_id, r.key, r.url, r.title, r.type, r.level,
       r.status_category, r.status_refinement, r.status_name, r.priority,
       box.key AS container, r.container AS container_id, box.title AS container_title,
       r.parent AS parent_id, r.subject AS subject_id, r.target AS target_id,
       r.created_at, r.updated_at, r.resolved_at, r.due_on, r.archived, r.absent, r.absent_at,
       {_ITEM} AS item, r.id AS record_id, r.data, r.first_seen_at, r.seen_at, r.first_seq, r.seq, tc.team, r.speaks
FROM record r JOIN connection c ON c.id = r.connection_id
LEFT JOIN record box ON box.site = r.site AND box.kind = 'Container' AND box.remote_id = r.container
LEFT JOIN team_container tc ON tc.record_id = box.id
"""

_ITEMS = """
SELECT r.item, r.ref AS lead, r.connection, r.kind, r.key, r.url, r.title, r.type, r.level,
       r.status_category, r.status_refinement, r.status_name, r.priority, r.container, r.container_id,
       r.container_title, r.created_at, r.updated_at, r.resolved_at, r.due_on, r.archived, r.absent, r.record_id,
       r.team
FROM records r
WHERE r.kind IN ('Issue', 'Ticket') AND r.speaks
"""

_EVENTS = f"""
SELECT {_REF} AS ref, {_ITEM} AS item, e.id AS event_id,
       e.field, e.old, e.old_name, e.new, e.new_name, e.actor,
       coalesce(oc.category, od.category) AS old_category, coalesce(oc.refinement, od.refinement) AS old_refinement,
       coalesce(nc.category, nd.category) AS new_category, coalesce(nc.refinement, nd.refinement) AS new_refinement,
       p.title AS actor_name, e.at, e.at_from, e.seen_at, e.seq,
       CASE WHEN e.native_id LIKE 'observed:%' THEN 'observed' ELSE 'native' END AS origin
FROM event e JOIN record r ON r.id = e.record_id
LEFT JOIN record p ON p.site = r.site AND p.kind = 'Person' AND p.remote_id = e.actor
LEFT JOIN status oc ON e.field = 'status' AND oc.site = r.site AND oc.native_id = e.old AND oc.container = r.container
LEFT JOIN status od ON e.field = 'status' AND od.site = r.site AND od.native_id = e.old AND od.container = ''
LEFT JOIN status nc ON e.field = 'status' AND nc.site = r.site AND nc.native_id = e.new AND nc.container = r.container
LEFT JOIN status nd ON e.field = 'status' AND nd.site = r.site AND nd.native_id = e.new AND nd.container = ''
WHERE e.native_id NOT LIKE 'observed:%' OR NOT EXISTS (
    SELECT 1 FROM event told
    WHERE told.record_id = e.record_id AND told.field = e.field AND told.seq > e.seq
      AND told.native_id NOT LIKE 'observed:%'
)
"""
"""What we noticed gives way to the tool's own history of the field, once that has been read."""

_ASSIGNMENTS = {
    "sqlite": f"""
SELECT {_REF} AS ref, {_ITEM} AS item, j.value AS person_id,
       r.site || ':Person:' || j.value AS person, p.title AS person_name
FROM record r, json_each(r.data, '$.assignees') j
LEFT JOIN record p ON p.site = r.site AND p.kind = 'Person' AND p.remote_id = j.value
WHERE r.kind IN ('Issue', 'Ticket')
""",
    "postgresql": f"""
SELECT {_REF} AS ref, {_ITEM} AS item, j.value{{collate}} AS person_id,
       r.site || ':Person:' || j.value AS person, p.title AS person_name
FROM record r CROSS JOIN LATERAL json_array_elements_text(r.data -> 'assignees') AS j(value)
LEFT JOIN record p ON p.site = r.site AND p.kind = 'Person' AND p.remote_id = j.value
WHERE r.kind IN ('Issue', 'Ticket')
""",
}

_RECORD_FIELDS = {
    "sqlite": f"""
SELECT {_REF} AS ref, {_ITEM} AS item, j.key AS field, j.value AS value
FROM record r, json_each(r.data, '$.fields') j
WHERE r.kind IN ('Issue', 'Ticket')
""",
    "postgresql": f"""
SELECT {_REF} AS ref, {_ITEM} AS item, j.key{{collate}} AS field, j.value{{collate}} AS value
FROM record r CROSS JOIN LATERAL json_each_text(r.data -> 'fields') AS j(key, value)
WHERE r.kind IN ('Issue', 'Ticket')
""",
}

_METRIC_POINTS = f"""
SELECT {_REF} AS ref, r.site || ':Metric:' || p.metric AS metric, m.title AS title,
       json_text(m.data, unit) AS unit, json_text(m.data, direction) AS direction,
       p.day, p.segment, p.value, p.count, p.complete, r.absent, p.seen_at, p.seq,
       (SELECT min(later.seq) FROM metric_point later
        WHERE later.record_id = p.record_id AND later.seq > p.seq) AS until_seq
FROM metric_point p JOIN record r ON r.id = p.record_id
LEFT JOIN record m ON m.site = r.site AND m.kind = 'Metric' AND m.remote_id = p.metric
"""
_JSON_TEXT = {"sqlite": "json_extract({data}, '$.{name}')", "postgresql": "({data} ->> '{name}'){{collate}}"}

_PEOPLE = f"""
SELECT p.name AS person, p.email, p.team, c.name AS connection, {_REF} AS ref, r.title AS account_name, a.matched
FROM person p
LEFT JOIN person_account a ON a.person = p.name
LEFT JOIN record r ON r.id = a.record_id
LEFT JOIN connection c ON c.id = r.connection_id
"""

_TEAMS = f"""
SELECT t.team, c.name AS connection, {_REF} AS ref, r.key AS container, r.title AS container_title
FROM team_container t JOIN record r ON r.id = t.record_id JOIN connection c ON c.id = r.connection_id
"""

_LINKS = """
SELECT l.id, l.type, s.site || ':' || s.kind || ':' || s.remote_id AS source,
       t.site || ':' || t.kind || ':' || t.remote_id AS target, l.block, l.origin, l.evidence,
       l.at, l.seq, l.until, l.until_seq
FROM link l JOIN record s ON s.id = l.source_id JOIN record t ON t.id = l.target_id
"""

_WRITES = f"""
SELECT o.id, o.run_id AS run, o.block, c.name AS connection, {_REF} AS ref, o.kind, o.field, o.before, o.after,
       o.why, o.state, o.error, o.at
FROM operation o LEFT JOIN record r ON r.id = o.record_id LEFT JOIN connection c ON c.id = r.connection_id
"""

_FACTS = """
SELECT r.id AS report, r.kind, r.name AS report_name, r.profile, r.as_of, r.known_seq, r.made_at, r.state,
       CASE WHEN f.number < 10 THEN 'F0' ELSE 'F' END || f.number AS fact, f.name, f.definition,
       f.value, f.amount, f.unit, f.form, f.n, f.digest, f.ids, f.refused, f.sql, f.parameters
FROM report_fact f JOIN report r ON r.id = f.report_id
"""

_RUNS = "SELECT id, command, started_at, ended_at, state, exit_code, summary FROM run"


def definitions(dialect: str) -> dict[str, str]:
    """View name to SELECT, in an order in which they can be created. ``dialect``: ``sqlite`` or ``postgresql``."""
    collate = (
        "" if dialect == "sqlite" else ' COLLATE "C"'
    )  # what is put together here sorts as the columns do
    selects = {
        "records": _RECORDS,
        "items": _ITEMS,
        "events": _EVENTS,
        "assignments": _ASSIGNMENTS[dialect],
        "record_fields": _RECORD_FIELDS[dialect],
        "metric_points": _with_json_text(_METRIC_POINTS, dialect),
        "people": _PEOPLE,
        "teams": _TEAMS,
        "links": _LINKS,
        "writes": _WRITES,
        "runs": _RUNS,
        "facts": _FACTS,
    }
    return {name: sql.replace("{collate}", collate) for name, sql in selects.items()}


def _with_json_text(sql: str, dialect: str) -> str:
    """``json_text(column, name)`` as the database spells it: the text of one member of an object."""
    spelt = _JSON_TEXT[dialect]
    return re.sub(r"json_text\(([\w.]+), (\w+)\)", lambda m: spelt.format(data=m[1], name=m[2]), sql)
