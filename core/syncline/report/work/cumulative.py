"""M9 for a report: how many items had come how far by the end of each of the last days."""

# ruff: noqa: S608 - what is put together here are constants of this file

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from syncline.report.draft import Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.cumulative import Flow, Path, cumulative_flow
from syncline.report.formulas.days import days_of
from syncline.report.formulas.stages import PROGRESS, Move, Stage
from syncline.report.model import Figure, Line, Series
from syncline.report.pictures import Areas, Tone
from syncline.report.work.moves import by_item

_UNTOLD = (
    "w.created_at IS NULL OR w.stage = 'done' AND coalesce(w.done_by, '') <> 'history'"
    " OR w.stage IN ('doing', 'review') AND w.started_at IS NULL OR w.stage = 'canceled'"
    " AND w.item NOT IN (SELECT item FROM move WHERE place > 0 AND stage = 'canceled')"
)
"""Nothing says when it came where it is."""

MOVES = (
    "SELECT m.item, m.place, m.at, m.stage FROM move m JOIN work w ON w.item = m.item"
    " WHERE w.counted = 1 AND w.sub_task = 0 AND coalesce(w.done_at, w.canceled_at, :as_of) >= :weeks_start"
    f" AND NOT ({_UNTOLD})"
)
UNTOLD = (
    "SELECT w.item FROM work w WHERE w.counted = 1 AND w.sub_task = 0"
    f" AND coalesce(w.done_at, w.canceled_at, :as_of) >= :weeks_start AND ({_UNTOLD})"
)
RULE = (
    " by the end of each day: items whose furthest stage so far is this one, as far as the last 200 days tell, of those"
    " that had not ended before the first day. A move back does not lower it."
)
MANY = 10
"""Hatched from one in so many: a single item that was moved back says little."""

_BANDS: dict[Stage, tuple[str, Tone]] = {
    Stage.DONE: ("Done", "done"),
    Stage.REVIEW: ("Review", "review"),
    Stage.DOING: ("Doing", "doing"),
    Stage.READY: ("Ready", "ready"),
    Stage.BACKLOG: ("Backlog", "backlog"),
}
_STAGES = {stage.value: stage for stage in Stage}


def cumulative(draft: Draft) -> Areas:
    """The diagram of the last twelve whole weeks and the days since; whole days only."""
    first, last = draft.weeks[0], draft.calendar.today - timedelta(days=1)
    kept: list[Flow] = []

    def rule(rows: Sequence[Row]) -> Mapping[str, Mapping[str, Given]]:
        flow = cumulative_flow(_paths(rows), first, last, draft.calendar.zone)
        kept.append(flow)
        bands = {f"cfd_{stage.value}": flow.within(stage) for stage in PROGRESS}
        out = tuple(map(sum, zip(*flow.canceled.values(), strict=True)))
        return {name: _by_day(first, numbers) for name, numbers in (bands | {"cfd_canceled": out}).items()}

    texts = {f"cfd_{stage.value}": f"{title}{RULE}" for stage, (title, _) in _BANDS.items()}
    texts["cfd_canceled"] = "Canceled since the first day, by the end of each day."
    made = draft.ledger.family(texts, MOVES, "items", rule)
    untold = draft.ledger.count(
        "cfd_untold",
        "Items of these weeks that are not in the cumulative flow: nothing tells when they were created, begun, done or"
        " canceled.",
        UNTOLD,
    )
    days = tuple(days_of(first, last))
    series = [Series("Canceled", "canceled", made["cfd_canceled"])]
    series += [Series(title, tone, made[f"cfd_{stage.value}"]) for stage, (title, tone) in _BANDS.items()]
    if not draft.ledger.fact(made["cfd_done"]).n:
        days = ()
    summary = _summary(draft, made, untold)
    return Areas(
        "cumulative", "Cumulative flow", summary, "items", days, tuple(series), _hatched(kept[0], first)
    )


def _summary(draft: Draft, made: Mapping[str, Figure], untold: Figure) -> Line:
    """What stands in the picture on its last day."""
    last = (draft.calendar.today - timedelta(days=1)).isoformat()
    if not draft.ledger.fact(made["cfd_done"]).n:
        return ("No history of the last twelve weeks is known.",)
    line: Line = (
        "Done in these weeks: ",
        Figure(made["cfd_done"].fact, last),
        "; in doing: ",
        Figure(made["cfd_doing"].fact, last),
        ", in review: ",
        Figure(made["cfd_review"].fact, last),
        ".",
    )
    if draft.ledger.number(untold):
        return (*line, " Left out: ", untold, " whose history is not known.")
    return line


def _paths(rows: Sequence[Row]) -> Iterator[Path]:
    for item, found in by_item(rows).items():
        yield Path(
            item, tuple(Move(datetime.fromisoformat(one["at"]), _STAGES.get(one["stage"])) for one in found)
        )


def _by_day(first: date, numbers: Sequence[int]) -> dict[str, Given]:
    return {(first + timedelta(days=number)).isoformat(): value for number, value in enumerate(numbers)}


def _hatched(flow: Flow, first: date) -> tuple[tuple[date, date | None], ...]:
    """The stretches of days on which many of those under way had been moved back."""
    back = [
        sum(flow.corrected[stage][day] for stage in PROGRESS) * MANY
        > sum(flow.within(stage)[day] for stage in (Stage.READY, Stage.DOING, Stage.REVIEW))
        for day in range(len(flow.reached[Stage.DONE]))
    ]
    found: list[tuple[date, date | None]] = []
    at = 0
    for many, run in groupby(back):
        length = len(list(run))
        if many:
            end = None if at + length == len(back) else first + timedelta(days=at + length - 1)
            found.append((first + timedelta(days=at), end))
        at += length
    return tuple(found)
