"""What customers and numbers say, as it stood at ``:as_of``: tickets and what they are about, ratings and answers,
metrics, rollouts, experiments, decisions, and what waits for a person.

Links count from when their ticket was made, whenever we learned of them: a report on the past knows all we know now.
"""

from __future__ import annotations

_AGENT = "('agent', 'admin')"
"""Types of accounts that answer tickets."""

_TAG = """
SELECT r.ref, r.item, j.value AS label
FROM records r, json_list(r.data, labels)
WHERE r.kind = 'Ticket'
"""

_TICKET = f"""
SELECT * FROM (
WITH next_move AS (
  SELECT record_id, old_category FROM (
    SELECT i.record_id, e.old_category,
           row_number() OVER (PARTITION BY i.record_id ORDER BY e.at, e.event_id) AS place
    FROM items i CROSS JOIN event told CROSS JOIN events e
    WHERE i.kind = 'Ticket' AND told.field = 'status' AND told.record_id = i.record_id AND told.at > :as_of
      AND e.event_id = told.id) ranked WHERE place = 1
), agent AS (
  SELECT site, remote_id FROM records WHERE kind = 'Person' AND json_text(data, account_type) IN {_AGENT}
), known AS (
  SELECT i.item, i.lead, i.connection, i.key, i.url, i.title, i.priority, i.container_title, i.created_at,
         r.site, r.remote_id, r.parent_id, r.site || ':Organization:'
           || json_text(r.data, organization) AS organization,
         json_instant(r.data, first_replied_at) AS told_at,
         CASE WHEN a.remote_id IS NULL THEN 0 ELSE 1 END AS by_agent,
         CASE WHEN json_text(r.data, merged_into) IS NOT NULL THEN 'merged'
              WHEN i.lead IN (SELECT ref FROM tag WHERE label = 'closed_by_merge') THEN 'merged'
              WHEN i.lead IN (SELECT ref FROM tag WHERE label = 'spam') THEN 'spam'
              WHEN r.absent IN ('gone', 'missing', 'out_of_scope') AND r.absent_at <= :as_of THEN r.absent
              ELSE '' END AS left_out,
         CASE WHEN n.record_id IS NOT NULL THEN n.old_category
              WHEN i.status_category = 'done' AND i.resolved_at > :as_of THEN NULL
              ELSE i.status_category END AS category
  FROM items i JOIN records r ON r.record_id = i.record_id
  LEFT JOIN next_move n ON n.record_id = i.record_id
  LEFT JOIN agent a ON a.site = r.site AND a.remote_id = json_text(r.data, reporter)
  WHERE i.kind = 'Ticket' AND i.created_at <= :as_of
), answered AS (
  SELECT k.item, c.created_at AS at,
         row_number() OVER (PARTITION BY k.item ORDER BY c.created_at, c.remote_id) AS place
  FROM known k
  JOIN records c ON c.site = k.site AND c.kind = 'Comment' AND c.subject_id = k.remote_id
  JOIN agent a ON a.site = c.site AND a.remote_id = json_text(c.data, author)
  WHERE k.told_at IS NULL AND json_text(c.data, visibility) = 'customer' AND c.created_at <= :as_of
)
SELECT k.item, k.lead, k.connection, k.key, k.url, k.title, k.priority, k.container_title, k.created_at, k.organization,
       CASE WHEN k.told_at IS NULL THEN a.at WHEN k.told_at <= :as_of THEN k.told_at END AS replied_at,
       k.by_agent, k.left_out, k.category, k.site, k.remote_id, k.parent_id,
       CASE WHEN k.left_out <> '' OR k.category IN ('done', 'canceled') THEN 0 ELSE 1 END AS is_open
FROM known k LEFT JOIN answered a ON a.item = k.item AND a.place = k.by_agent + 1
) tickets
"""  # noqa: S608

_TICKET_TURN = """
SELECT t.lead || '@' || e.event_id AS turn, t.item, e.at,
       CASE WHEN coalesce(e.new_category, '') = 'done' THEN 'solved' ELSE 'reopened' END AS kind
FROM ticket t CROSS JOIN record r CROSS JOIN event told CROSS JOIN events e
WHERE r.site = t.site AND r.kind = 'Ticket' AND r.remote_id = t.remote_id
  AND told.field = 'status' AND told.record_id = r.id AND told.at <= :as_of AND e.event_id = told.id
  AND (coalesce(e.new_category, '') = 'done') <> (coalesce(e.old_category, '') = 'done')
UNION ALL
SELECT t.lead, t.item, coalesce(r.resolved_at, r.updated_at), 'solved'
FROM ticket t JOIN record r ON r.site = t.site AND r.kind = 'Ticket' AND r.remote_id = t.remote_id
WHERE t.category = 'done' AND coalesce(r.resolved_at, r.updated_at) <= :as_of AND NOT EXISTS (
  SELECT 1 FROM event told CROSS JOIN events e
  WHERE told.field = 'status' AND told.record_id = r.id AND told.at <= :as_of AND e.event_id = told.id
    AND e.new_category = 'done' AND coalesce(e.old_category, '') <> 'done')
"""

_POINTER = """
SELECT a.ref, s.item, s.kind, a.url, a.key
FROM records a JOIN records s ON s.site = a.site AND s.kind IN ('Issue', 'Ticket') AND s.remote_id = a.subject_id
WHERE a.kind = 'Attachment' AND a.absent IS NULL AND (a.url IS NOT NULL OR a.key IS NOT NULL)
"""
"""Addresses and keys that issues and tickets keep, as the apps of the tools do."""

_PLACED = """
SELECT r.item, r.kind, r.url, r.key FROM records r
WHERE r.kind IN ('Issue', 'Ticket')
  AND (r.url IN (SELECT url FROM pointer WHERE url IS NOT NULL) OR r.key IN (SELECT key FROM pointer WHERE url IS NULL))
"""

_ASKED = """
SELECT * FROM (
WITH pair AS (
  SELECT s.item AS ticket, t.item, CASE WHEN l.origin = 'created' THEN 'made' ELSE 'told' END AS how
  FROM links l JOIN link told ON told.id = l.id
  JOIN records s ON s.record_id = told.source_id JOIN records t ON t.record_id = told.target_id
  WHERE l.type = 'about' AND s.kind = 'Ticket' AND (l.until IS NULL OR l.until > :as_of)
  UNION ALL
  SELECT p.item, t.item, 'told' FROM pointer p JOIN placed t ON t.url = p.url
  WHERE p.kind = 'Ticket' AND t.kind = 'Issue'
  UNION ALL
  SELECT t.item, p.item, 'told' FROM pointer p JOIN placed t ON t.url = p.url
  WHERE p.kind = 'Issue' AND t.kind = 'Ticket'
  UNION ALL
  SELECT p.item, min(t.item), 'told' FROM pointer p JOIN placed t ON t.key = p.key
  WHERE p.kind = 'Ticket' AND t.kind = 'Issue' AND p.url IS NULL
  GROUP BY p.ref, p.item HAVING count(DISTINCT t.item) = 1
  UNION ALL
  SELECT CASE WHEN s.kind = 'Ticket' THEN s.item ELSE t.item END,
         CASE WHEN s.kind = 'Ticket' THEN t.item ELSE s.item END, 'told'
  FROM records b JOIN records s ON s.site = b.site AND s.kind IN ('Issue', 'Ticket') AND s.remote_id = b.subject_id
  JOIN records t ON t.site = b.site AND t.kind IN ('Issue', 'Ticket') AND t.remote_id = b.target_id
  WHERE b.kind = 'Relation' AND b.absent IS NULL AND s.kind <> t.kind
), whole AS (
  SELECT ticket, item, how FROM pair
  UNION ALL
  SELECT t.item, p.item, p.how FROM ticket t
  JOIN ticket problem ON problem.site = t.site AND problem.remote_id = t.parent_id
  JOIN pair p ON p.ticket = problem.item
)
SELECT w.ticket || '>' || w.item AS id, w.ticket, w.item, min(w.how) AS how
FROM whole w JOIN ticket t ON t.item = w.ticket
WHERE t.left_out = ''
GROUP BY w.ticket, w.item
) pairs
"""

_ORGANIZATION_NUMBER = """
SELECT r.ref, j.key AS field, j.value FROM records r JOIN json_numbers(r.data, fields)
WHERE r.kind = 'Organization'
"""

_RATING = """
SELECT r.ref, r.site || ':Ticket:' || r.subject_id AS subject, json_instant(r.data, answered_at) AS at,
       json_number(r.data, score) AS score, json_number(r.data, lowest) AS lowest,
       json_number(r.data, highest) AS highest
FROM records r
WHERE r.kind = 'SurveyResponse' AND r.subject_id IS NOT NULL AND r.absent IS NULL
  AND json_instant(r.data, answered_at) <= :as_of
"""

_ANSWER = """
SELECT r.ref, json_text(r.data, survey) AS survey, json_instant(r.data, answered_at) AS at,
       json_number(r.data, score) AS score, json_number(r.data, lowest) AS lowest,
       json_number(r.data, highest) AS highest, json_text(r.data, respondent) AS respondent
FROM records r
WHERE r.kind = 'SurveyResponse' AND r.subject_id IS NULL AND r.absent IS NULL
  AND json_instant(r.data, answered_at) <= :as_of
"""

_MEASURE = """
SELECT r.ref, r.remote_id AS id, r.connection, r.title, json_text(r.data, unit) AS unit,
       json_text(r.data, direction) AS direction, json_number(r.data, interval) AS days,
       json_number(r.data, target) AS target
FROM records r WHERE r.kind = 'Metric' AND r.absent IS NULL
"""

_READING = """
SELECT p.ref, p.metric, p.day, p.value, p.count AS users, CASE WHEN p.complete THEN 1 ELSE 0 END AS complete
FROM metric_points p
WHERE p.segment = '' AND p.until_seq IS NULL AND p.absent IS NULL AND p.value IS NOT NULL
"""

_GOAL_RECORD = """
SELECT r.ref, r.item, r.kind, r.connection, r.type, r.level, r.key, r.title, r.url, r.due_on,
       json_text(r.data, start_on) AS start_on, json_text(r.data, owner) AS owner, r.status_category
FROM records r
WHERE r.absent IS NULL AND (r.kind IN ('Project', 'Objective') OR (r.kind = 'Issue' AND r.level > 0))
  AND (r.created_at IS NULL OR r.created_at <= :as_of)
"""

_KEY_RESULT = """
SELECT r.ref, r.site || ':Objective:' || json_text(r.data, objective) AS objective, r.title,
       r.site || ':Metric:' || json_text(r.data, metric) AS metric, json_number(r.data, baseline) AS baseline,
       json_number(r.data, target) AS target, json_number(r.data, current) AS current,
       json_text(r.data, unit) AS unit, r.due_on, coalesce(r.updated_at, r.seen_at) AS at
FROM records r WHERE r.kind = 'KeyResult' AND r.absent IS NULL AND (r.created_at IS NULL OR r.created_at <= :as_of)
"""

_SERVES = """
SELECT r.ref, r.item, r.site || ':Project:' || j.value AS goal
FROM records r, json_list(r.data, parents)
WHERE r.kind = 'Project' AND r.absent IS NULL
"""

_ROLLOUT = """
SELECT r.ref, r.title, r.url, json_text(r.data, flag) AS flag, json_text(r.data, environment) AS environment
FROM records r
WHERE r.kind = 'Rollout' AND r.absent IS NULL AND (r.created_at IS NULL OR r.created_at <= :as_of)
"""

_EXPOSURE = """
SELECT o.ref || '@' || e.event_id AS id, o.ref, e.at, e.new AS percent
FROM rollout o JOIN events e ON e.ref = o.ref AND e.field = 'percent' WHERE e.at <= :as_of
UNION ALL
SELECT o.ref, o.ref, coalesce(json_instant(r.data, changed_at), r.created_at, r.first_seen_at),
       json_text(r.data, percent)
FROM rollout o JOIN records r ON r.kind = 'Rollout' AND r.ref = o.ref
WHERE coalesce(json_instant(r.data, changed_at), r.created_at, r.first_seen_at) <= :as_of
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.ref = o.ref AND e.field = 'percent')
"""

_EXPERIMENT = """
SELECT r.ref, r.title, r.url, json_text(r.data, state) AS state, json_text(r.data, metric) AS metric,
       json_instant(r.data, started_at) AS started_at, json_instant(r.data, ended_at) AS ended_at,
       json_text(r.data, arms) AS arms, json_text(r.data, verdict) AS verdict, json_text(r.data, decision) AS decision
FROM records r
WHERE r.kind = 'Experiment' AND r.absent IS NULL AND (r.created_at IS NULL OR r.created_at <= :as_of)
"""

_MARK = """
SELECT r.ref, r.kind, r.title, json_text(r.data, type) AS type, json_text(r.data, environment) AS environment,
       json_text(r.data, result) AS result, json_instant(r.data, at) AS at, json_text(r.data, metric) AS metric
FROM records r
WHERE r.kind IN ('Annotation', 'Deploy') AND r.absent IS NULL AND json_instant(r.data, at) <= :as_of
"""

_CHOICE = """
SELECT r.ref, r.key, r.title, r.url, json_text(r.data, state) AS state, json_text(r.data, owner) AS owner,
       json_text(r.data, decided_on) AS decided_on, r.due_on, coalesce(r.created_at, r.first_seen_at) AS at
FROM records r
WHERE r.kind = 'Decision' AND r.absent IS NULL AND (r.created_at IS NULL OR r.created_at <= :as_of)
"""

_UNSETTLED = """
SELECT h.id, h.kind, h.block, h.field, h.at, g.item FROM held h LEFT JOIN records g ON g.record_id = h.group_id
WHERE h.at <= :as_of AND (h.closed_at IS NULL OR h.closed_at > :as_of)
"""

_AIMED_AT = """
SELECT a.id AS aim, min(r.ref) AS record
FROM aim a JOIN goal_record r ON r.connection = a.connection AND r.kind = a.kind
 AND coalesce(r.level, 0) >= CAST(a.level_from AS integer) AND coalesce(r.level, 0) <= CAST(a.level_to AS integer)
 AND (r.title = a.name OR r.key = a.name)
GROUP BY a.id HAVING count(*) = 1
"""
"""The record that stands for an objective of the configuration; a name that fits several means none."""

_KNOWN_PERSON = """
SELECT DISTINCT person AS name FROM people
UNION
SELECT DISTINCT title FROM records WHERE kind = 'Person' AND title IS NOT NULL
"""

RELATIONS = {
    "tag": _TAG,
    "ticket": _TICKET,
    "ticket_turn": _TICKET_TURN,
    "pointer": _POINTER,
    "placed": _PLACED,
    "asked": _ASKED,
    "organization_number": _ORGANIZATION_NUMBER,
    "rating": _RATING,
    "answer": _ANSWER,
    "measure": _MEASURE,
    "reading": _READING,
    "goal_record": _GOAL_RECORD,
    "key_result": _KEY_RESULT,
    "serves": _SERVES,
    "rollout": _ROLLOUT,
    "exposure": _EXPOSURE,
    "experiment": _EXPERIMENT,
    "mark": _MARK,
    "choice": _CHOICE,
    "unsettled": _UNSETTLED,
    "aimed_at": _AIMED_AT,
    "known_person": _KNOWN_PERSON,
}

STEPS = ("pointer", "placed")

INDEXED = {
    "ticket": ("item", "lead"),
    "ticket_turn": ("item",),
    "pointer": ("url", "key"),
    "placed": ("url", "key"),
    "asked": ("ticket", "item"),
    "tag": ("item",),
    "organization_number": ("ref",),
    "reading": ("metric",),
    "exposure": ("ref",),
}
