"""The retrospective: what happened in the period, in order, for people to annotate. It names systems, not people."""

# ruff: noqa: S608 - what is put together here are constants of this package

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.facts import Row
from syncline.report.making import drafting, made, working_set
from syncline.report.model import Column, Figure, Item, Line, Moment, Name, Report, Section, Table
from syncline.report.provenance import provenance
from syncline.report.settings import ReportSettings
from syncline.report.words import safe_url, tidy

if TYPE_CHECKING:
    from sqlalchemy import Connection

_IN = ">= :period_start AND {at} < :period_end"


def _within(at: str) -> str:
    return f"{at} {_IN.format(at=at)}"


EVENTS = f"""
SELECT m.item || '@' || m.at || '@waits' AS id, 'blocker' AS kind, m.at, w.item, w.key, w.title, w.url, w.connection,
       NULL AS old, NULL AS new
FROM move m JOIN work w ON w.item = m.item
WHERE w.counted = 1 AND m.place > 0 AND m.waits = 1 AND {_within("m.at")}
UNION ALL
SELECT f.item || '@' || f.at || '@flag', 'blocker', f.at, w.item, w.key, w.title, w.url, w.connection, NULL, NULL
FROM flag_change f JOIN work w ON w.item = f.item WHERE w.counted = 1 AND f.flagged = 1 AND {_within("f.at")}
UNION ALL
SELECT r.item || '@' || r.at || '@reopened', 'reopened', r.at, w.item, w.key, w.title, w.url, w.connection, NULL, NULL
FROM reopened r JOIN work w ON w.lead = r.ref WHERE w.counted = 1 AND {_within("r.at")}
UNION ALL
SELECT w.item || '@urgent', 'incident', w.created_at, w.item, w.key, w.title, w.url, w.connection, NULL, NULL
FROM work w WHERE w.counted = 1 AND w.priority = 'urgent' AND {_within("w.created_at")}
UNION ALL
SELECT e.entry || '@' || e.event_id, 'slip', e.at, e.entry, r.key, r.title, r.url, r.connection, e.old, e.new
FROM entry_event e JOIN entry_record r ON r.entry = e.entry AND r.place = 1
WHERE e.field = 'due_on' AND e.old <> '' AND coalesce(e.new, '') <> e.old AND {_within("e.at")}
UNION ALL
SELECT c.item || '@' || c.at || '@scope', 'scope', c.at, w.item, w.key, w.title, w.url, w.connection, NULL, NULL
FROM sprint_change c JOIN work w ON w.item = c.item
WHERE c.field = 'iterations' AND c.place > 0 AND w.counted = 1 AND {_within("c.at")}
UNION ALL
SELECT x.id, 'rollout', x.at, o.ref, NULL, o.title, o.url, '', NULL, x.percent
FROM exposure x JOIN rollout o ON o.ref = x.ref WHERE {_within("x.at")}
UNION ALL
SELECT k.ref, 'deploy', k.at, k.ref, NULL, k.title, NULL, '', NULL, k.result
FROM mark k WHERE k.kind = 'Deploy' AND {_within("k.at")}
ORDER BY 3, 1
"""
KINDS = {
    "slip": "target moved",
    "blocker": "blocked",
    "scope": "sprint changed",
    "reopened": "reopened",
    "incident": "urgent work came in",
    "rollout": "rollout changed",
    "deploy": "deployed",
}
RETRO_RULE = (
    "What the tools tell of the period, in order, in UTC: targets that moved, work that was blocked, reopened or moved"
    " between sprints, urgent work, rollouts and deploys. It says what happened, not why; that is for the people who"
    " were there."
)
MOST = 200


def build_retro(connection: Connection, settings: ReportSettings) -> Report:
    """The time line of the settings' period."""
    basis = working_set(connection, settings)
    with drafting(basis, settings) as draft:
        origin = provenance(draft)
        kinds = draft.ledger.groups(
            "retro_events",
            "Events of the period by kind.",
            f"SELECT id, kind FROM ({EVENTS})",
            "events",
            keys=KINDS,
        )
        rows = draft.ledger.rows(EVENTS)
        section = Section("timeline", "What happened", RETRO_RULE, (), (_table(draft, kinds, rows[:MOST]),))
        if not rows:
            section = Section("timeline", "What happened", RETRO_RULE, silent="No such event is known.")
        notes = Section(
            "notes",
            "For people",
            None,
            tuple((words,) for words in ("What went well?", "What did not?", "What next?")),
        )
        return made("retro", draft, basis, origin, _said(draft, kinds), (), (section, notes))


def _said(draft: Draft, kinds: Figure) -> tuple[Line, ...]:
    ledger = draft.ledger
    if not ledger.number(kinds):
        return (("Nothing that a retrospective would begin with is known of the period.",),)
    counts = [(kind, Figure(kinds.fact, kind)) for kind in KINDS]
    parts = [(figure, f" × {KINDS[kind]}") for kind, figure in counts if ledger.number(figure)]
    line: Line = tuple(piece for part in parts for piece in (", ", *part))[1:]
    return ((*plural(ledger, kinds, "event", "events"), ": ", *line, "."),)


def _table(draft: Draft, kinds: Figure, rows: list[Row]) -> Table:
    columns = (
        Column("at", "When (UTC)"),
        Column("what", "What"),
        Column("item", "Of"),
        Column("source", "Told by"),
    )
    lines = tuple(
        (
            (Moment(datetime.fromisoformat(row["at"]).astimezone(UTC)),),
            _what(row),
            _of(draft, row),
            _tool(row),
        )
        for row in rows
    )
    cut = draft.ledger.number(kinds) > len(rows)
    return Table("timeline_events", "Events in order", columns, lines, cut=cut)


def _what(row: Row) -> Line:
    word = KINDS[row["kind"]]
    if row["kind"] == "slip":
        old, new = _day(row["old"]), _day(row["new"])
        return (f"{word} from ", *old, " to ", *new) if new else (f"{word}: ", *old, " was taken away")
    if row["kind"] in ("rollout", "deploy") and row["new"]:
        return (f"{word}: ", Name(tidy(row["new"], "?")))
    return (word,)


def _day(text: str | None) -> Line:
    if not text:
        return ()
    try:
        return (date.fromisoformat(text[:10]),)
    except ValueError:
        return (Name(tidy(text, "?")),)


def _of(draft: Draft, row: Row) -> Line:
    key = tidy(row["key"], "")
    return (
        Item(row["item"], key or None, tidy(row["title"], "(no title)"), safe_url(row["url"], draft.hosts)),
    )


def _tool(row: Row) -> Line:
    return (Name(tidy(row["connection"], "?")),) if row["connection"] else ()
