"""What notes, decisions, experiments and the like are about: the ref, key or address they name, as the item it means.

A name that fits several items means none of them. What was written after ``:as_of`` does not count.
"""

from __future__ import annotations

_NAMED = """
SELECT n.ref, n.kind, n.connection, n.type, j.value AS name
FROM records n, json_list(n.data, about)
WHERE n.kind IN ('Annotation', 'Rollout', 'Experiment', 'SurveyResponse', 'Note', 'Decision', 'Deploy')
  AND n.absent IS NULL AND (n.created_at IS NULL OR n.created_at <= :as_of)
"""

_MEANT = """
SELECT ref, kind, type, name, min(item) AS item
FROM (
  SELECT n.ref, n.kind, n.type, n.name, r.item FROM named n JOIN records r ON r.ref = n.name
  UNION
  SELECT n.ref, n.kind, n.type, n.name, r.item FROM named n JOIN records r ON r.key = n.name
  WHERE r.kind IN ('Issue', 'Ticket', 'Project')
  UNION
  SELECT n.ref, n.kind, n.type, n.name, r.item FROM named n JOIN records r ON r.url = n.name
  WHERE r.kind IN ('Issue', 'Ticket', 'Project')
) found
GROUP BY ref, kind, type, name HAVING count(DISTINCT item) = 1
"""

RELATIONS = {"named": _NAMED, "meant": _MEANT}
INDEXED = {"named": ("ref",), "meant": ("ref", "item")}
