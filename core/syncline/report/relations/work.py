"""Work as it stood at ``:as_of``: items, who has them, how they moved."""

from __future__ import annotations

_COURSE = """
SELECT told.record_id, min(e.at) AS first_at, max(e.at) AS last_at, count(*) AS changes,
       sum(CASE WHEN e.origin = 'observed' THEN 1 ELSE 0 END) AS observed,
       sum(CASE WHEN e.at <= :as_of THEN 1 ELSE 0 END) AS so_far,
       sum(CASE WHEN e.new_category IS NULL AND e.at <= :as_of THEN 1 ELSE 0 END) AS unread,
       min(CASE WHEN e.old_category IN ('in_progress', 'waiting') THEN e.at END) AS busy_at,
       min(CASE WHEN e.new_category IN ('in_progress', 'waiting') AND e.at <= :as_of THEN e.at END) AS started_at,
       max(CASE WHEN e.new_category = 'done' AND coalesce(e.old_category, '') <> 'done' AND e.at <= :as_of
           THEN e.at END) AS done_at,
       max(CASE WHEN e.old_category = 'done' AND coalesce(e.new_category, '') <> 'done' AND e.at <= :as_of
           THEN e.at END) AS undone_at,
       max(CASE WHEN e.new_category = 'canceled' AND coalesce(e.old_category, '') <> 'canceled' AND e.at <= :as_of
           THEN e.at END) AS canceled_at
FROM event told CROSS JOIN events e WHERE told.field = 'status' AND e.event_id = told.id
GROUP BY told.record_id
"""
"""When a record's status changed. The index gives the changes record by record, so that none of them is kept.

What is seldom true is asked first: SQLite looks no further then.
"""

_STOOD = """
WITH next_move AS (
  SELECT record_id, old_category, old_refinement FROM (
    SELECT t.record_id, c.old_category, c.old_refinement,
           row_number() OVER (PARTITION BY t.record_id ORDER BY c.at, c.event_id) AS place
    FROM course t CROSS JOIN event told CROSS JOIN events c
    WHERE t.last_at > :as_of AND told.field = 'status' AND told.record_id = t.record_id AND told.at > :as_of
      AND c.event_id = told.id) ranked WHERE place = 1
), begun_busy AS (
  SELECT record_id, origin FROM (
    SELECT t.record_id, c.origin, c.old_category,
           row_number() OVER (PARTITION BY t.record_id ORDER BY c.event_id) AS place
    FROM course t CROSS JOIN event told CROSS JOIN events c
    WHERE t.busy_at = t.first_at AND told.field = 'status' AND told.record_id = t.record_id
      AND told.at = t.first_at AND c.event_id = told.id) ranked
  WHERE place = 1 AND old_category IN ('in_progress', 'waiting')
)
SELECT i.item, i.record_id, t.record_id AS moved, b.origin AS begun_busy,
       CASE WHEN t.observed < t.changes THEN 1 ELSE 0 END AS told,
       CASE WHEN n.record_id IS NOT NULL THEN n.old_category
            WHEN i.status_category = 'done' AND t.done_at IS NULL AND i.resolved_at > :as_of THEN NULL
            ELSE i.status_category END AS category,
       CASE WHEN n.record_id IS NOT NULL THEN n.old_refinement ELSE i.status_refinement END AS refinement,
       t.started_at, t.canceled_at, CASE WHEN t.undone_at > t.done_at THEN NULL ELSE t.done_at END AS done_at
FROM items i LEFT JOIN course t ON t.record_id = i.record_id
LEFT JOIN begun_busy b ON b.record_id = i.record_id
LEFT JOIN next_move n ON n.record_id = i.record_id
WHERE i.kind = 'Issue' AND (i.created_at IS NULL OR i.created_at <= :as_of)
"""
"""``begun_busy``: the item was in progress or waiting when its history begins; who says so."""

_WORK = """
WITH open_record AS (
  SELECT s.item, r.id AS record_id, r.speaks, r.site, r.remote_id, r.created_at, r.updated_at
  FROM stood s JOIN record r ON r.item_id = CAST(substr(s.item, 2) AS BIGINT)
  WHERE coalesce(s.category, '') NOT IN ('done', 'canceled')
), touched AS (
  SELECT o.item, max(e.at) AS at, max(CASE WHEN e.origin = 'native' THEN 1 ELSE 0 END) AS told
  FROM open_record o CROSS JOIN event told CROSS JOIN events e
  WHERE told.record_id = o.record_id AND told.at <= :as_of AND e.event_id = told.id GROUP BY o.item
), changes AS (
  SELECT item, max(at) AS at FROM (
    SELECT item, at FROM touched
    UNION ALL
    SELECT o.item, c.created_at FROM open_record o
    JOIN records c ON c.site = o.site AND c.subject_id = o.remote_id
    WHERE c.kind IN ('Comment', 'WorkLog', 'Attachment') AND c.created_at <= :as_of
    UNION ALL
    SELECT item, created_at FROM open_record WHERE created_at <= :as_of AND speaks
    UNION ALL
    SELECT o.item, o.updated_at FROM open_record o LEFT JOIN touched t ON t.item = o.item
    WHERE coalesce(t.told, 0) = 0 AND o.updated_at <= :as_of AND o.speaks
  ) every_change GROUP BY item
), changed_later AS (
  SELECT record_id, field, old FROM (
    SELECT told.record_id, told.field, e.old,
           row_number() OVER (PARTITION BY told.record_id, told.field ORDER BY e.at, e.event_id) AS place
    FROM event told CROSS JOIN events e
    WHERE told.field IN ('flagged', 'due_on') AND told.at > :as_of AND e.event_id = told.id) ranked WHERE place = 1
), known AS (
  SELECT i.item, i.lead, i.connection, i.key, i.url, i.title, i.type, i.level, i.priority, i.team, i.status_name,
         i.created_at, i.updated_at,
         CASE WHEN d.record_id IS NULL THEN CAST(i.due_on AS TEXT)
              WHEN d.old LIKE '____-__-__%' THEN substr(d.old, 1, 10) END AS due_on,
         CASE WHEN f.record_id IS NULL THEN json_true(r.data, flagged)
              WHEN coalesce(f.old, '') IN ('', '[]', 'false') THEN 0 ELSE 1 END AS flagged,
         json_number(r.data, estimate) AS estimate,
         json_text(r.data, resolution) AS resolution,
         CASE WHEN i.resolved_at <= :as_of THEN i.resolved_at END AS resolved_at,
         CASE WHEN i.container_id IS NULL THEN '' ELSE i.connection || ':' || coalesce(i.container, i.container_id)
           END AS container,
         coalesce(i.container_title, i.container, i.container_id) AS container_title,
         CASE WHEN i.level < 0 THEN 1 ELSE 0 END AS sub_task,
         CASE WHEN i.archived OR i.absent = 'archived' THEN 1 ELSE 0 END AS archived,
         CASE WHEN r.absent_at > :as_of THEN NULL ELSE i.absent END AS absent,
         s.category, s.refinement, s.started_at, s.canceled_at, s.done_at, s.moved, s.begun_busy,
         CASE WHEN coalesce(s.category, '') NOT IN ('done', 'canceled') THEN c.at END AS changed_at
  FROM stood s JOIN items i ON i.record_id = s.record_id JOIN record r ON r.id = s.record_id
  LEFT JOIN changes c ON c.item = s.item
  LEFT JOIN changed_later d ON d.record_id = s.record_id AND d.field = 'due_on'
  LEFT JOIN changed_later f ON f.record_id = s.record_id AND f.field = 'flagged'
), telling AS (
  SELECT DISTINCT c.name FROM stood s JOIN record r ON r.id = s.record_id JOIN connection c ON c.id = r.connection_id
  WHERE s.told = 1
)
SELECT item, lead, connection, key, url, title, type, level, priority, team, status_name, container, container_title,
       sub_task, archived,
       absent, category, flagged, estimate, resolution, created_at, changed_at, due_on,
       CASE WHEN category IN ('triage', 'backlog') THEN 'backlog' WHEN category = 'todo' THEN 'ready'
            WHEN category = 'in_progress' AND refinement = 'review' THEN 'review'
            WHEN category IN ('in_progress', 'waiting') THEN 'doing'
            WHEN category IN ('done', 'canceled') THEN category ELSE 'unknown' END AS stage,
       CASE WHEN begun_busy = 'native' THEN created_at
            WHEN begun_busy = 'observed' THEN NULL
            WHEN started_at IS NOT NULL THEN started_at
            WHEN moved IS NULL AND category IN ('in_progress', 'waiting')
             AND connection IN (SELECT name FROM telling) THEN created_at
            END AS started_at,
       CASE WHEN category = 'done' THEN coalesce(
         done_at, resolved_at, CASE WHEN updated_at <= :as_of THEN updated_at END) END AS done_at,
       CASE WHEN category <> 'done' THEN NULL WHEN done_at IS NOT NULL THEN 'history'
            WHEN resolved_at IS NOT NULL THEN 'resolved' WHEN updated_at <= :as_of THEN 'updated' END AS done_by,
       CASE WHEN category = 'canceled' THEN coalesce(
         canceled_at, resolved_at, CASE WHEN updated_at <= :as_of THEN updated_at END) END AS canceled_at,
       CASE WHEN absent IN ('gone', 'missing', 'out_of_scope') THEN 0 ELSE 1 END AS counted,
       CASE WHEN absent IN ('gone', 'missing', 'out_of_scope') OR archived = 1 THEN 0
            WHEN category IN ('done', 'canceled') THEN 0 ELSE 1 END AS is_open
FROM known
"""

RELATIONS = {
    "course": _COURSE,
    "stood": _STOOD,
    "work": _WORK,
    "assigned": "SELECT ref, person, coalesce(person_name, person_id) AS name FROM assignments",
    "reopened": """
SELECT c.ref, c.item, c.at FROM course t CROSS JOIN event told CROSS JOIN events c
WHERE t.undone_at IS NOT NULL AND told.field = 'status' AND told.record_id = t.record_id AND told.at <= :as_of
  AND c.event_id = told.id AND c.old_category = 'done' AND coalesce(c.new_category, '') <> 'done'""",
    "history": """
SELECT origin, CAST(sum(events) AS bigint) AS events, min(first_at) AS first_at,
       CAST(sum(unread) AS bigint) AS unread
FROM (
  SELECT 'native' AS origin, so_far AS events, first_at, unread FROM course WHERE observed = 0 AND so_far > 0
  UNION ALL
  SELECT e.origin, 1, e.at, CASE WHEN e.new_category IS NULL THEN 1 ELSE 0 END
  FROM course t CROSS JOIN event told CROSS JOIN events e
  WHERE t.observed > 0 AND told.field = 'status' AND told.record_id = t.record_id AND told.at <= :as_of
    AND e.event_id = told.id
) told GROUP BY origin""",
    "inventory": """
SELECT kind, coalesce(absent, '') AS absent, count(*) AS records, max(seq) AS seq
FROM records GROUP BY kind, coalesce(absent, '')""",
    "sources": """
SELECT c.name AS connection, c.connector, c.site_name, s.name AS stream, s.pulled_at, s.census_at, s.since,
       CASE WHEN s.complete THEN 1 ELSE 0 END AS complete,
       (SELECT count(*) FROM walk w WHERE w.stream_id = s.id) AS unfinished
FROM connection c LEFT JOIN stream s ON s.connection_id = c.id""",
    "pulls": """
SELECT id, command, started_at, ended_at, state FROM runs
WHERE command IN ('pull', 'sync') AND state <> 'running' AND started_at <= :as_of""",
    "quarantined": """
SELECT c.name AS connection, q.stream, q.kind, q.remote_id, q.reason, q.last_seen_at
FROM quarantine q JOIN connection c ON c.id = q.connection_id""",
}

STEPS = ("course", "stood")

INDEXED = {
    "course": ("record_id",),
    "work": (
        "item, counted, sub_task, stage, done_at, canceled_at, started_at, created_at, connection, done_by, lead, team,"
        " container, estimate, is_open",
        "lead",
        "is_open, sub_task, stage",
        "done_at",
        "created_at",
    ),
    "assigned": ("ref",),
}
"""Of work most queries ask what is open or was done lately, or look items up for what all of them want to know."""
