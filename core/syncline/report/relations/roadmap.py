"""The roadmap as it stood at ``:as_of``: its entries, what belongs to them, what they were promised for, what is said.

``roadmap_record``, ``roadmap_past`` and ``roadmap_doubt`` are values: what the configuration chooses
(`syncline.report.roadmap.choosing`). ``part`` and ``inside`` speak of items, but an entry that has a record in several
tools is named by the item of its lead alone.
"""

# ruff: noqa: S608 - the parts put together here are constants of this file

from __future__ import annotations

RECORD_COLUMNS = ("entry", "record_id", "place", "committed", "public")
"""Of ``roadmap_record``: a record of an entry; the lead has the place 1."""

PAST_COLUMNS = ("entry",)
DOUBT_COLUMNS = ("entry", "other", "way")

_EVENT = """
SELECT m.entry, m.record_id, e.event_id, e.field, e.old, e.new, e.old_category, e.old_refinement, e.new_category,
       e.actor_name, e.at, e.seq, e.origin
FROM roadmap_record m CROSS JOIN event told CROSS JOIN events e
WHERE told.record_id = m.record_id AND told.field IN ('status', 'due_on', 'flagged', 'assignees')
  AND e.event_id = told.id
"""
"""History of the entries' own records, also of what came later: that says how they stood before."""

_RECORD = """
WITH moves AS (
  SELECT * FROM entry_event WHERE field = 'status'
), turns AS (
  SELECT record_id,
         min(CASE WHEN new_category IN ('in_progress', 'waiting') THEN at END) AS started_at,
         max(CASE WHEN new_category = 'done' AND coalesce(old_category, '') <> 'done' THEN at END) AS done_at,
         max(CASE WHEN old_category = 'done' AND coalesce(new_category, '') <> 'done' THEN at END) AS undone_at,
         max(CASE WHEN new_category = 'canceled' AND coalesce(old_category, '') <> 'canceled' THEN at END)
           AS canceled_at
  FROM moves WHERE at <= :as_of GROUP BY record_id
), first_move AS (
  SELECT record_id, origin, old_category FROM (
    SELECT record_id, origin, old_category, row_number() OVER (PARTITION BY record_id ORDER BY at, event_id) AS place
    FROM moves) ranked WHERE place = 1
), next_event AS (
  SELECT record_id, field, old, old_category, old_refinement FROM (
    SELECT record_id, field, old, old_category, old_refinement,
           row_number() OVER (PARTITION BY record_id, field ORDER BY at, event_id) AS place
    FROM entry_event WHERE at > :as_of) ranked WHERE place = 1
), known AS (
  SELECT m.entry, m.record_id, m.place, m.committed, m.public, r.ref, r.site, r.remote_id, r.connection, r.kind,
         r.item, r.key, r.url, r.title, r.type, r.level, r.container, r.container_title, r.team, r.created_at,
         r.updated_at, r.first_seen_at, json_text(r.data, start_on) AS start_on,
         CASE WHEN d.record_id IS NULL THEN CAST(r.due_on AS TEXT)
              WHEN d.old LIKE '____-__-__%' THEN substr(d.old, 1, 10) END AS target,
         CASE WHEN r.resolved_at <= :as_of THEN r.resolved_at END AS resolved_at,
         CASE WHEN r.archived OR r.absent = 'archived' THEN 1 ELSE 0 END AS archived,
         CASE WHEN n.record_id IS NOT NULL THEN n.old_category
              WHEN r.status_category = 'done' AND t.done_at IS NULL AND r.resolved_at > :as_of THEN NULL
              ELSE r.status_category END AS category,
         CASE WHEN n.record_id IS NOT NULL THEN n.old_refinement ELSE r.status_refinement END AS refinement,
         CASE WHEN coalesce(f.old_category, '') NOT IN ('in_progress', 'waiting') THEN t.started_at
              WHEN f.origin = 'native' THEN r.created_at END AS started_at, t.canceled_at,
         CASE WHEN t.undone_at > t.done_at THEN NULL ELSE t.done_at END AS done_at
  FROM roadmap_record m JOIN records r ON r.record_id = m.record_id
  LEFT JOIN turns t ON t.record_id = m.record_id
  LEFT JOIN first_move f ON f.record_id = m.record_id
  LEFT JOIN next_event n ON n.record_id = m.record_id AND n.field = 'status'
  LEFT JOIN next_event d ON d.record_id = m.record_id AND d.field = 'due_on'
)
SELECT entry, record_id, place, committed, public, ref, connection, kind, item, key, url, title, type, level,
       container, container_title, team, created_at, first_seen_at, start_on, target, category, archived, started_at,
       CASE WHEN category IN ('triage', 'backlog') THEN 'backlog' WHEN category = 'todo' THEN 'ready'
            WHEN category = 'in_progress' AND refinement = 'review' THEN 'review'
            WHEN category IN ('in_progress', 'waiting') THEN 'doing'
            WHEN category IN ('done', 'canceled') THEN category ELSE 'unknown' END AS stage,
       CASE WHEN category = 'done' THEN coalesce(
         done_at, resolved_at, CASE WHEN updated_at <= :as_of THEN updated_at END) END AS done_at,
       CASE WHEN category = 'canceled' THEN coalesce(
         canceled_at, resolved_at, CASE WHEN updated_at <= :as_of THEN updated_at END) END AS canceled_at
FROM known
"""

_PRESENT = """(c.created_at IS NULL OR c.created_at <= :as_of)
  AND (c.absent IS NULL OR c.absent NOT IN ('gone', 'missing', 'out_of_scope') OR c.absent_at > :as_of)"""

_PART = f"""
WITH later AS (
  SELECT ref, field, old FROM (
    SELECT ref, field, old, row_number() OVER (PARTITION BY ref, field ORDER BY at, event_id) AS place
    FROM events WHERE field IN ('parent', 'project') AND at > :as_of) ranked WHERE place = 1
), held AS (
  SELECT c.site, c.item_id, CASE WHEN l.ref IS NULL THEN c.parent ELSE l.old END AS parent
  FROM record c LEFT JOIN later l ON l.field = 'parent' AND l.ref = c.site || ':Issue:' || c.remote_id
  WHERE c.kind = 'Issue' AND (c.parent IS NOT NULL OR l.ref IS NOT NULL) AND {_PRESENT}
), filed AS (
  SELECT c.site, c.item_id, CASE WHEN l.ref IS NULL THEN json_text(c.data, project) ELSE l.old END AS project
  FROM record c LEFT JOIN later l ON l.field = 'project' AND l.ref = c.site || ':Issue:' || c.remote_id
  WHERE c.kind = 'Issue' AND c.site IN (SELECT site FROM record WHERE kind = 'Project') AND {_PRESENT}
), edges AS (
  SELECT p.item_id AS parent, h.item_id AS child
  FROM held h CROSS JOIN record p WHERE p.site = h.site AND p.kind = 'Issue' AND p.remote_id = h.parent
  UNION
  SELECT p.item_id, f.item_id
  FROM filed f CROSS JOIN record p WHERE p.site = f.site AND p.kind = 'Project' AND p.remote_id = f.project
  UNION
  SELECT p.item_id, c.item_id
  FROM record c CROSS JOIN json_list(c.data, parents) CROSS JOIN record p
  WHERE c.kind = 'Project' AND {_PRESENT} AND p.site = c.site AND p.kind = 'Project' AND p.remote_id = j.value
  UNION
  SELECT t.item_id, s.item_id
  FROM link l JOIN record s ON s.id = l.source_id JOIN record t ON t.id = l.target_id
  WHERE l.type = 'part_of' AND l.at <= :as_of AND (l.until IS NULL OR l.until > :as_of)
), entry_item AS (
  SELECT DISTINCT r.item_id, m.entry FROM roadmap_record m JOIN record r ON r.id = m.record_id
), spoken AS (
  SELECT coalesce(up.entry, 'i' || e.parent) AS parent, coalesce(down.entry, 'i' || e.child) AS child
  FROM edges e LEFT JOIN entry_item up ON up.item_id = e.parent LEFT JOIN entry_item down ON down.item_id = e.child
)
SELECT DISTINCT parent, child FROM spoken WHERE parent <> child
"""

_INSIDE = """
WITH RECURSIVE below (entry, item) AS (
  SELECT m.entry, p.child FROM roadmap_record m JOIN part p ON p.parent = m.entry WHERE m.place = 1
  UNION
  SELECT b.entry, p.child FROM below b JOIN part p ON p.parent = b.item
)
SELECT b.entry, b.item, CASE WHEN up.parent IS NULL THEN 1 ELSE 0 END AS leaf
FROM below b LEFT JOIN (SELECT DISTINCT parent FROM part) up ON up.parent = b.item
WHERE b.item <> b.entry
"""
"""Everything below an entry, once for each entry; ``leaf``: it has no parts. A circle of parents ends the search."""

_INSIDE_WORK = """
SELECT i.entry, i.item, i.leaf, w.lead, w.connection, w.team, w.container, w.stage, w.estimate, w.created_at,
       w.started_at, w.done_at, w.canceled_at, w.counted, w.is_open
FROM inside i JOIN work w ON w.item = i.item
"""
"""What is inside entries as work has it: some fifteen numbers are about that."""

_LEAVES = """
SELECT item, entry, stage FROM inside_work WHERE leaf = 1 AND counted = 1
UNION ALL
SELECT i.item, i.entry, p.stage FROM entry_record p CROSS JOIN inside i
WHERE p.place = 1 AND p.kind = 'Project' AND i.item = p.entry AND i.leaf = 1
  AND NOT EXISTS (SELECT 1 FROM work w WHERE w.item = i.item AND w.counted = 1)
"""
"""What counts for the progress of an entry: its lowest level, where a project without parts counts as itself."""

_CLAIM = """
SELECT n.ref, m.entry, json_text(n.data, health) AS health, json_text(n.data, health_name) AS health_name,
       n.created_at AS at, n.connection, n.url
FROM roadmap_record m JOIN records r ON r.record_id = m.record_id
JOIN records n ON n.site = r.site AND n.kind = 'Note' AND n.subject_id = r.remote_id
WHERE r.kind = 'Project' AND n.absent IS NULL AND json_text(n.data, health) IS NOT NULL AND n.created_at <= :as_of
UNION ALL
SELECT r.ref, m.entry, json_text(r.data, health), json_text(r.data, health_name), NULL, r.connection, r.url
FROM roadmap_record m JOIN records r ON r.record_id = m.record_id
WHERE r.kind = 'Project' AND json_text(r.data, health) IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM records n WHERE n.site = r.site AND n.kind = 'Note' AND n.subject_id = r.remote_id)
"""
"""What people say of an entry. Where a tool has no updates it is the word the entry carries now, without a time."""

_OWNER = """
SELECT m.entry, m.place, p.ref AS person, p.title AS name
FROM roadmap_record m CROSS JOIN records r CROSS JOIN json_list(r.data, assignees) CROSS JOIN records p
WHERE r.record_id = m.record_id AND p.site = r.site AND p.kind = 'Person' AND p.remote_id = j.value
"""

_PARENT = """
SELECT m.entry, p.item, p.key, p.title, p.url, p.level, p.connection
FROM roadmap_record m JOIN records r ON r.record_id = m.record_id CROSS JOIN json_list(r.data, parents)
CROSS JOIN records p
WHERE p.site = r.site AND p.kind = 'Project' AND p.remote_id = j.value
UNION
SELECT m.entry, p.item, p.key, p.title, p.url, p.level, p.connection
FROM roadmap_record m CROSS JOIN records r CROSS JOIN records p
WHERE r.record_id = m.record_id AND r.kind = 'Issue' AND p.site = r.site AND p.kind = 'Issue'
  AND p.remote_id = r.parent_id
"""
"""What an entry serves: initiatives, or whatever stands above it in its tool."""

_MIRROR = """
SELECT r.item, r.connection, r.ref FROM records r
WHERE r.kind = 'Issue' AND NOT r.speaks AND (r.created_at IS NULL OR r.created_at <= :as_of)
  AND (r.absent IS NULL OR r.absent NOT IN ('gone', 'missing', 'out_of_scope') OR r.absent_at > :as_of)
"""
"""The records of an item besides its lead."""

_ATTACHED = """
SELECT ref, max(at) AS at FROM events WHERE field IN ('parent', 'project') AND new IS NOT NULL AND at <= :as_of
GROUP BY ref
"""
"""When a record last came under the parent or project that it has."""

_BLOCK = """
WITH pairs AS (
  SELECT s.item AS blocker, t.item AS blocked, coalesce(x.created_at, x.first_seen_at) AS since
  FROM records x
  JOIN records s ON s.site = x.site AND s.kind IN ('Issue', 'Project') AND s.remote_id = x.subject_id
  JOIN records t ON t.site = x.site AND t.kind IN ('Issue', 'Project') AND t.remote_id = x.target_id
  WHERE x.kind = 'Relation' AND x.type = 'blocks' AND x.absent IS NULL
  UNION ALL
  SELECT s.item, t.item, l.at
  FROM links l JOIN records s ON s.ref = l.source JOIN records t ON t.ref = l.target
  WHERE l.type = 'blocks' AND (l.until IS NULL OR l.until > :as_of)
), entry_item AS (
  SELECT DISTINCT r.item, m.entry FROM roadmap_record m JOIN records r ON r.record_id = m.record_id
)
SELECT coalesce(down.entry, p.blocked) AS item, coalesce(up.entry, p.blocker) AS blocker, min(p.since) AS since
FROM pairs p LEFT JOIN entry_item up ON up.item = p.blocker LEFT JOIN entry_item down ON down.item = p.blocked
WHERE p.since <= :as_of AND p.blocker <> p.blocked
GROUP BY coalesce(down.entry, p.blocked), coalesce(up.entry, p.blocker)
"""

_PAUSE = """
SELECT w.item, e.field, max(e.at) AS since
FROM work w CROSS JOIN record lead CROSS JOIN event told CROSS JOIN events e
WHERE (w.category = 'waiting' OR w.flagged = 1)
  AND lead.item_id = CAST(substr(w.item, 2) AS BIGINT) AND lead.kind = 'Issue' AND lead.speaks
  AND told.record_id = lead.id
  AND told.field IN ('status', 'flagged') AND e.event_id = told.id AND e.at <= :as_of
  AND (e.field = 'flagged' AND coalesce(e.new, '') NOT IN ('', '[]', 'false')
        AND coalesce(e.old, '') IN ('', '[]', 'false')
       OR e.new_category = 'waiting' AND coalesce(e.old_category, '') <> 'waiting')
GROUP BY w.item, e.field
"""
"""When an item that waits or is flagged last began to, by the record that speaks for it: going on waiting is none."""

_COMING = """
SELECT r.ref, r.kind, r.connection, r.key, r.title, r.url, r.item, json_instant(r.data, end_at) AS ends_at, NULL AS day
FROM records r WHERE r.kind = 'Iteration' AND json_text(r.data, state) <> 'closed' AND r.absent IS NULL
UNION ALL
SELECT r.ref, r.kind, r.connection, r.key, r.title, r.url, r.item, NULL, json_text(r.data, due_on)
FROM records r
WHERE r.kind = 'Decision' AND json_text(r.data, due_on) IS NOT NULL AND r.absent IS NULL
  AND (r.created_at IS NULL OR r.created_at <= :as_of)
UNION ALL
SELECT r.ref, r.kind, r.connection, r.key, r.title, r.url, r.item, NULL, json_text(r.data, due_on)
FROM records r
WHERE r.kind = 'Release' AND json_text(r.data, due_on) IS NOT NULL AND json_true(r.data, released) = 0
  AND NOT r.archived AND r.absent IS NULL
UNION ALL
SELECT r.ref, r.kind, r.connection, r.key, r.title, r.url, r.item, NULL, json_text(r.data, due_on)
FROM records r
WHERE r.kind = 'Milestone' AND json_text(r.data, due_on) IS NOT NULL AND r.absent IS NULL
"""
"""What has a day that comes: ends of sprints, decisions, open or not, releases and milestones that are planned."""


def _whole(sql: str) -> str:
    """A text that begins with WITH and names relations before it, so that they can stand in front of it."""
    return f"SELECT whole.* FROM (\n{sql.strip()}\n) whole"


RELATIONS = {
    "entry_event": _EVENT,
    "entry_record": _whole(_RECORD),
    "part": _whole(_PART),
    "inside": _whole(_INSIDE),
    "inside_work": _INSIDE_WORK,
    "leaves": _LEAVES,
    "entry_claim": _CLAIM,
    "blocking": _whole(_BLOCK),
    "pause": _PAUSE,
    "entry_owner": _OWNER,
    "entry_parent": _PARENT,
    "mirror": _MIRROR,
    "attached": _ATTACHED,
    "coming": _COMING,
}

INDEXED = {
    "entry_record": ("entry",),
    "entry_event": ("entry",),
    "part": ("parent",),
    "inside": ("entry", "item"),
    "inside_work": ("entry",),
    "blocking": ("item",),
    "pause": ("item",),
    "mirror": ("item",),
    "attached": ("ref",),
}
