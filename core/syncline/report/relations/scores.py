"""What items were given to be ranked by: reach, impact, confidence, effort and ease, each with the day it is from.

From notes of the type score that name an item, and from the company's own fields of these names on the item itself.
Values are texts as they were found; `syncline.report.lenses.priority` reads them.
"""

from __future__ import annotations

_PARTS = ("reach", "impact", "confidence", "effort", "ease")
_FOUND = ",\n       ".join(f"json_text(r.data, fields.{part}) AS {part}" for part in _PARTS)
_ANY = " OR ".join(f"json_text(r.data, fields.{part}) IS NOT NULL" for part in _PARTS)

_SCORED = f"""
SELECT r.ref, m.item, coalesce(r.created_at, r.first_seen_at) AS at, 'note' AS origin,
       {_FOUND}
FROM records r JOIN meant m ON m.ref = r.ref
WHERE r.kind = 'Note' AND r.type = 'score' AND r.absent IS NULL
UNION ALL
SELECT r.ref, r.item, coalesce(r.updated_at, r.seen_at) AS at, 'field' AS origin,
       {_FOUND}
FROM records r
WHERE r.kind IN ('Issue', 'Project') AND r.absent IS NULL AND (r.created_at IS NULL OR r.created_at <= :as_of)
  AND ({_ANY})
"""  # noqa: S608

_LABEL = """
SELECT r.item, r.kind, r.key, r.url, r.title FROM records r
WHERE r.kind IN ('Issue', 'Ticket', 'Project') AND r.speaks
  AND r.item IN (SELECT item FROM meant UNION SELECT item FROM scored)
"""

RELATIONS = {"scored": _SCORED, "label": _LABEL}
INDEXED = {"scored": ("item",), "label": ("item",)}
