"""Notes, decisions, experiments, flags and marks that are about work, for lists of what is known of it."""

from __future__ import annotations

_EVIDENCE = """
SELECT r.ref, r.kind, r.type, r.key, r.title, r.url, coalesce(r.created_at, r.first_seen_at) AS at
FROM records r
WHERE r.kind IN ('Note', 'Decision', 'Experiment', 'Rollout', 'Annotation', 'Deploy')
  AND r.ref IN (SELECT ref FROM meant) AND (r.type IS NULL OR r.type NOT IN ('score', 'update'))
"""

RELATIONS = {"evidence": _EVIDENCE}
INDEXED = {"evidence": ("ref",)}
