"""How work moved lately: stages, flags, sprints and estimates, from the tool that leads an item.

What happened in the last ``WINDOW`` days is enough: where an item stood before is what its first change in them says it
was, or else what it is now.
"""

# ruff: noqa: S608 - the parts put together here are constants of this file

from __future__ import annotations

WINDOW = 200
"""Days before ``:as_of``: twelve weeks of a picture, or six sprints of a month each."""

TEAM_LIMIT_COLUMNS = ("team", "most")

_READ_AS = ("e.old_category", "e.old_refinement", "e.new_category", "e.new_refinement")
_FIELDS = {
    field: ", ".join(f"{column if field == 'status' else 'NULL'} AS {column[2:]}" for column in _READ_AS)
    for field in ("status", "flagged", "iterations", "estimate")
}
_TURNS = "(PARTITION BY told.record_id ORDER BY told.at, told.id)"

_LATELY = "\nUNION ALL".join(
    f"""
SELECT e.item, told.record_id, e.field, e.at, e.old, e.new, {read_as},
       {f"lag(e.new_category) OVER {_TURNS}" if field == "status" else "NULL"} AS before,
       row_number() OVER {_TURNS} AS place
FROM event told CROSS JOIN record lead CROSS JOIN events e
WHERE told.field = '{field}' AND told.at >= days_before({WINDOW})
  AND lead.id = told.record_id AND lead.kind = 'Issue' AND lead.speaks AND e.event_id = told.id"""
    for field, read_as in _FIELDS.items()
)
"""Changes of the records that speak for their items, also of what came after ``:as_of``.

One SELECT for each field: so the index gives them in the order in which they are numbered.
"""


def _stage(category: str, refinement: str) -> str:
    return (
        f"CASE WHEN {category} IN ('triage', 'backlog') THEN 'backlog' WHEN {category} = 'todo' THEN 'ready'"
        f" WHEN {category} = 'in_progress' AND {refinement} = 'review' THEN 'review'"
        f" WHEN {category} IN ('in_progress', 'waiting') THEN 'doing'"
        f" WHEN {category} IN ('done', 'canceled') THEN {category} ELSE 'unknown' END"
    )


_MOVE = f"""
SELECT r.item, 0 AS place,
       CASE WHEN f.at < r.created_at THEN f.at WHEN r.created_at > days_before({WINDOW}) THEN r.created_at
            ELSE days_before({WINDOW}) END AS at,
       CASE WHEN f.item IS NOT NULL THEN {_stage("f.old_category", "f.old_refinement")}
            WHEN r.status_category = 'done' AND r.resolved_at > :as_of THEN 'unknown'
            ELSE {_stage("r.status_category", "r.status_refinement")} END AS stage,
       CASE WHEN CASE WHEN f.item IS NOT NULL THEN f.old_category ELSE r.status_category END = 'waiting'
            THEN 1 ELSE 0 END AS waits
FROM records r LEFT JOIN lately f ON f.record_id = r.record_id AND f.field = 'status' AND f.place = 1
WHERE r.kind = 'Issue' AND r.speaks AND r.created_at <= :as_of
  AND (f.item IS NOT NULL OR r.created_at >= days_before({WINDOW})
       OR r.status_category IS NULL OR r.status_category NOT IN ('done', 'canceled'))
UNION ALL
SELECT item, place, at, {_stage("new_category", "new_refinement")},
       CASE WHEN new_category = 'waiting' THEN 1 ELSE 0 END
FROM lately WHERE field = 'status' AND at <= :as_of
"""

_DONE_CHANGE = """
SELECT item, place, at, stage FROM move WHERE place = 0 AND stage = 'done'
UNION ALL
SELECT item, place, at, CASE WHEN new_category = 'done' THEN 'done' ELSE '' END FROM lately
WHERE field = 'status' AND at <= :as_of
  AND ((coalesce(new_category, '') = 'done') <> (coalesce(before, '') = 'done') OR place = 1 AND old_category = 'done')
"""

_SPRINT = """
SELECT r.ref, r.site, r.remote_id, r.connection, r.title, json_text(r.data, state) AS state,
       r.connection || ':' || coalesce(json_text(r.data, container), '') AS board,
       json_instant(r.data, start_at) AS start_at, json_instant(r.data, end_at) AS end_at,
       json_instant(r.data, completed_at) AS completed_at
FROM records r
WHERE r.kind = 'Iteration' AND (r.absent IS NULL OR r.absent NOT IN ('gone', 'missing', 'out_of_scope'))
"""

LATELY = (
    "(r.status_category IS NULL OR r.status_category NOT IN ('done', 'canceled') OR f.item IS NOT NULL"
    f" OR r.updated_at IS NULL OR r.updated_at >= days_before({WINDOW}))"
)
"""What ended before the window is in no sprint that counts."""

_BEGUN = "CASE WHEN f.at < r.created_at THEN f.at ELSE r.created_at END"
"""What was brought in from another tool may have a history from before its creation."""

_SPRINT_CHANGE = f"""
SELECT r.item, r.site, 'iterations' AS field, 0 AS place, {_BEGUN} AS at,
       CASE WHEN f.item IS NULL THEN json_text(r.data, iterations) ELSE f.old END AS value
FROM records r LEFT JOIN lately f ON f.record_id = r.record_id AND f.field = 'iterations' AND f.place = 1
WHERE r.kind = 'Issue' AND r.speaks AND r.created_at <= :as_of
  AND {LATELY}
  AND (f.old IS NOT NULL OR f.item IS NULL AND json_text(r.data, iterations) <> '[]')
UNION ALL
SELECT r.item, r.site, 'estimate', 0, {_BEGUN},
       CASE WHEN f.item IS NULL THEN json_text(r.data, estimate) ELSE f.old END
FROM records r LEFT JOIN lately f ON f.record_id = r.record_id AND f.field = 'estimate' AND f.place = 1
WHERE r.kind = 'Issue' AND r.speaks AND r.created_at <= :as_of
  AND {LATELY}
  AND (f.old IS NOT NULL OR f.item IS NULL AND json_text(r.data, estimate) IS NOT NULL)
UNION ALL
SELECT t.item, r.site, t.field, t.place, t.at, t.new
FROM lately t JOIN record r ON r.id = t.record_id
WHERE t.field IN ('iterations', 'estimate') AND t.at <= :as_of
"""

RELATIONS = {
    "lately": _LATELY,
    "move": _MOVE,
    "done_change": _DONE_CHANGE,
    "flag_change": """
SELECT item, place, at, CASE WHEN coalesce(new, '') IN ('', '[]', 'false') THEN 0 ELSE 1 END AS flagged
FROM lately WHERE field = 'flagged' AND at <= :as_of""",
    "disagreeing": """
SELECT i.item, r.ref, r.connection, r.status_name
FROM record other JOIN record lead ON lead.item_id = other.item_id AND lead.speaks
JOIN items i ON i.record_id = lead.id JOIN records r ON r.record_id = other.id
WHERE other.kind = 'Issue' AND NOT other.speaks AND i.kind = 'Issue' AND other.absent IS NULL AND lead.absent IS NULL
  AND other.status_category <> lead.status_category""",
    "dead_link": """
SELECT 'l' || l.id AS id, l.type, CASE WHEN s.absent IS NULL THEN s.item ELSE t.item END AS item
FROM links l JOIN link told ON told.id = l.id
JOIN records s ON s.record_id = told.source_id JOIN records t ON t.record_id = told.target_id
WHERE l.until IS NULL AND l.at <= :as_of
  AND (s.absent IN ('gone', 'missing', 'out_of_scope') OR t.absent IN ('gone', 'missing', 'out_of_scope'))""",
    "printed": """
SELECT report || ' ' || name AS id, as_of, name, CAST(value AS TEXT) AS value
FROM facts
WHERE kind = 'status' AND state = 'final' AND as_of < :as_of
  AND name IN ('roadmap_half', 'roadmap_slow', 'roadmap_slowest', 'roadmap_likelihood')""",
    "sprint": _SPRINT,
    "sprint_change": _SPRINT_CHANGE,
}
"""``move``: an item entered a stage at an instant; place 0 is where it was created, or stood when the window
or an older history begins. ``done_change``: of these, what changed whether it was done; the stage is empty where it
no longer was.
``sprint_change``: the sprints or the estimate of an item from an instant on, as the tool or we wrote it down."""

STEPS = ("lately",)

INDEXED = {
    "lately": ("record_id, field, place",),
    "move": ("item",),
    "sprint_change": ("item",),
}
