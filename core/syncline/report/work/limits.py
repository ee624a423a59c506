"""Work under way against what each team wants at most, and for how long work was blocked."""

# ruff: noqa: S608 - what is put together here are constants of this package

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, takewhile

from syncline.report.draft import Draft, work
from syncline.report.facts import Given, Row
from syncline.report.flow import BLOCKED
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.model import Column, Figure, Line, Name, State, Table
from syncline.report.words import tidy

BY_TEAM = (
    "SELECT item, team FROM work WHERE is_open = 1 AND sub_task = 0 AND stage IN ('doing', 'review')"
    " AND team <> ''"
)
SINCE = (
    "SELECT w.item, w.flagged, w.category, m.at, m.waits AS held, 'waits' AS how, m.place FROM work w"
    f" JOIN move m ON m.item = w.item WHERE w.item IN (SELECT item FROM work WHERE {BLOCKED})"
    " UNION ALL SELECT w.item, w.flagged, w.category, f.at, f.flagged, 'flagged', f.place FROM work w"
    f" JOIN flag_change f ON f.item = w.item WHERE w.item IN (SELECT item FROM work WHERE {BLOCKED})"
    " ORDER BY 1, 6, 7"
)


def limits(draft: Draft) -> Table | None:
    """One row for each team of the configuration; None without teams."""
    if not draft.settings.teams:
        return None
    under_way = draft.ledger.groups(
        "wip", "Items in progress or waiting, by team.", BY_TEAM, keys=draft.settings.teams
    )
    most = draft.ledger.series(
        "wip_limit",
        "How many items each team wants in progress at most, from the configuration.",
        BY_TEAM,
        "items",
        lambda _: dict(draft.settings.wip),
    )
    rows = tuple(_team(draft, team, under_way, most) for team in sorted(draft.settings.teams))
    columns = (
        Column("team", "Team"),
        Column("under_way", "Under way", numeric=True),
        Column("limit", "Limit", numeric=True),
        Column("state", "State"),
    )
    return Table("wip_limits", "Limits", columns, rows, folded=True)


def _team(draft: Draft, team: str, under_way: Figure, most: Figure) -> tuple[Line, ...]:
    mine, limit = Figure(under_way.fact, team), Figure(most.fact, team)
    if team not in draft.settings.wip:
        return ((Name(tidy(team, "?")),), (mine,), ("none",), ())
    over = draft.ledger.number(mine) > draft.settings.wip[team]
    return (
        (Name(tidy(team, "?")),),
        (mine,),
        (limit,),
        ((State.AT_RISK, ": over its limit") if over else ("within",)),
    )


def blocked_days(draft: Draft) -> Figure:
    """Midnights since each blocked item was blocked, as far as that is known."""

    def since(rows: Sequence[Row]) -> Mapping[str, Given]:
        found: dict[str, Given] = {row["item"]: Refusal(Reason.MISSING, "since") for row in blocked}
        by_item = (list(run) for _, run in groupby(rows, key=lambda row: (row["item"], row["how"])))
        starts = [start for run in by_item if (start := _start(run))]
        for item, at in sorted(starts, reverse=True):  # the earlier of the two is written last
            found[item] = draft.calendar.days_since(at)
        return found

    blocked = draft.ledger.rows(work(BLOCKED))
    return draft.ledger.series(
        "blocked_days",
        "Midnights since each blocked item began to wait or was flagged, whichever came first.",
        SINCE,
        "days",
        since,
    )


def _start(rows: Sequence[Row]) -> tuple[str, str] | None:
    """Since when an item is held back; None where it is not, or was so before its history begins."""
    held = list(takewhile(lambda row: row["held"], reversed(rows)))
    if not held or held[-1]["place"] == 0:
        return None
    return str(rows[0]["item"]), str(held[-1]["at"])
