"""M14 for a report: what became of the forecasts that earlier reports printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.track_record import Brier, HitRate, PrintedChance, PrintedDate, brier, hit_rate
from syncline.report.model import Figure, Line, Section
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.shared import Shared

PRINTED = "SELECT id, as_of, name, value FROM printed WHERE as_of < :as_of ORDER BY as_of, id"
LEVELS = {50: "roadmap_half", 85: "roadmap_slow", 95: "roadmap_slowest"}
RECORD_RULE = (
    "Every date that an earlier report gave with a likelihood is held against what happened, once it has passed. Dates"
    " of what was canceled, or is no longer on the roadmap, count for nothing. The score of likelihoods is the mean of"
    " their squared errors (Brier): nought is perfect, a quarter is what always saying one half gets."
)


def record_section(draft: Draft, shared: Shared) -> Section:
    rows = draft.ledger.rows(PRINTED)
    if not rows:
        return Section("record", "Forecast record", RECORD_RULE, silent="No earlier report holds a forecast.")
    today, roadmap = draft.calendar.today, shared.roadmap
    dates = list(_dates(draft, roadmap, rows))
    rates = {percent: hit_rate(dates, percent, today) for percent in LEVELS}
    score = brier(_chances(draft, roadmap, rows), today)
    if not any(rate.known for rate in rates.values()):
        waiting = "No date of an earlier forecast has passed yet."
        return Section("record", "Forecast record", RECORD_RULE, silent=waiting)
    lines = [_kept(draft, rate) for rate in rates.values() if rate.known]
    if isinstance(score, Brier):
        lines.append(_score(draft, score))
    return Section("record", "Forecast record", RECORD_RULE, tuple(lines))


def _kept(draft: Draft, rate: HitRate) -> Line:
    def fold(name: str, definition: str, value: Given, form: Form = Form.NUMBER) -> Figure:
        return draft.ledger.fold(
            f"record_{name}_{rate.percent}", definition, PRINTED, "dates", lambda _: value, form
        )

    level = f"dates that earlier reports gave with {rate.percent} % probability"
    kept = fold("kept", f"M14: {level}, and that were kept.", rate.kept)
    known = fold("known", f"M14: {level}, and that have passed.", rate.known)
    level_fact = fold(
        "level", "The probability these dates were given with.", _share(rate.percent), Form.PERCENT
    )
    return ("Of the past dates of ", level_fact, ", ", kept, " of ", known, " were kept.")


def _share(percent: int) -> Given:
    return percent / 100


def _score(draft: Draft, score: Brier) -> Line:
    text = "M14: Brier score of the likelihoods of targets that have passed."
    figure = draft.ledger.fold("record_brier", text, PRINTED, "", lambda _: score.score, places=2)
    count = draft.ledger.fold(
        "record_brier_n", "Likelihoods that the score is of.", PRINTED, "forecasts", lambda _: score.n
    )
    return ("The score of ", count, " likelihoods is ", figure, ".")


def _dates(draft: Draft, roadmap: Entries, rows: Sequence[Row]) -> Iterator[PrintedDate]:
    levels = {name: percent for percent, name in LEVELS.items()}
    for row in rows:
        if row["name"] not in levels:
            continue
        for item, value in _values(row):
            if isinstance(value, list) and value[0] == "day":
                day = date.fromisoformat(value[1])
                made_on, done_on, dropped = _outcome(draft, roadmap, item, row)
                yield PrintedDate(item, made_on, levels[row["name"]], day, done_on, dropped)


def _chances(draft: Draft, roadmap: Entries, rows: Sequence[Row]) -> Iterator[PrintedChance]:
    """Likelihoods with the target that was meant: the one that counted when the report was made."""
    for row in rows:
        if row["name"] != "roadmap_likelihood":
            continue
        for item, value in _values(row):
            target = _target(roadmap.by_id.get(item), datetime.fromisoformat(row["as_of"]))
            if target is not None and isinstance(value, int | float):
                made_on, done_on, dropped = _outcome(draft, roadmap, item, row)
                yield PrintedChance(item, made_on, target, value, done_on, dropped)


def _target(entry: Entry | None, moment: datetime) -> date | None:
    """The date that counted at a moment."""
    if entry is None:
        return None
    dates = entry.standing.dates
    return next((change.old for change in dates.changes if change.at > moment), dates.target)


def _values(row: Row) -> list[tuple[str, Any]]:
    found = json.loads(row["value"] or "null")
    return sorted(found.items()) if isinstance(found, dict) else []


def _outcome(draft: Draft, roadmap: Entries, item: str, row: Row) -> tuple[date, date | None, bool]:
    """When it was said, when the entry was done, and whether it will never be."""
    made_on = draft.calendar.day(row["as_of"])
    entry: Entry | None = roadmap.by_id.get(item)
    if entry is None or entry.standing.stage == "canceled":
        return made_on, None, True
    done = entry.standing.done_at
    return made_on, draft.calendar.day(done) if done else None, False
