"""The numbers of the roadmap: each a series by entry, whose query gives the rows behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from syncline.report.draft import Draft
from syncline.report.facts import Form, Given, Row
from syncline.report.formulas.progress_of import Leaf, progress, unready
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.slips import Slip, net_slip
from syncline.report.formulas.stages import Stage
from syncline.report.model import Figure
from syncline.report.roadmap.standing import CHANGES, Standing

STAGES = {stage.value: stage for stage in Stage}

LEAVES = "SELECT item, entry, stage FROM leaves WHERE stage {condition}"
"""The lowest-level items below each entry. A project without parts counts as itself below an initiative."""

OPEN_LEAVES = """
SELECT w.item, w.entry, w.stage, w.estimate,
       CASE WHEN EXISTS (SELECT 1 FROM assigned a WHERE a.ref = w.lead) THEN 1 ELSE 0 END AS owned
FROM inside_work w WHERE w.leaf = 1 AND w.counted = 1 AND w.stage NOT IN ('done', 'canceled')"""

ESTIMATED = "SELECT DISTINCT entry FROM inside_work WHERE estimate IS NOT NULL AND leaf = 1"


@dataclass(frozen=True)
class Numbers:
    """The figures of an entry, or without a key those of all; the facts' definitions say what each is.

    ``leaves`` = ``done`` + ``open`` + ``canceled``. ``half``, ``slow`` and ``slowest`` are the days of the 50, 85 and
    95 % forecasts, ``likelihood`` is for the target, ``likelihood_then`` for the baseline. ``tools`` has keys of its
    own: `in_tool`; so has ``states``: the words of health. ``net_slip`` and what follows it are one number for all.
    """

    leaves: Figure
    done: Figure
    canceled: Figure
    open: Figure
    progress: Figure
    unready: Figure
    slip: Figure
    moves: Figure
    net: Figure
    half: Figure
    slow: Figure
    slowest: Figure
    likelihood: Figure
    likelihood_then: Figure
    basis: Figure
    held: Figure
    blocked_days: Figure
    waits: Figure
    claim: Figure
    claim_age: Figure
    health: Figure
    states: Figure
    scope: Figure
    slip_share: Figure
    overdue: Figure
    tools: Figure
    mirrored: Figure
    net_slip: Figure
    live: Figure
    shipped: Figure
    shipped_before: Figure
    moved: Figure
    due: Figure

    def at(self, entry: str) -> Numbers:
        return Numbers(*(Figure(getattr(self, field.name).fact, entry) for field in fields(self)))

    def in_tool(self, entry: str, connection: str) -> Figure:
        """How many parts of an entry a connection holds a record of."""
        return Figure(self.tools.fact, f"{entry} {connection}")


def leaf_figures(draft: Draft, ids: Sequence[str]) -> dict[str, Figure]:
    ledger = draft.ledger
    counted = {
        "leaves": ("roadmap_leaves", "Lowest-level items below each entry of the roadmap.", "IS NOT NULL"),
        "done": ("roadmap_done", "Those of them that are done.", "= 'done'"),
        "canceled": ("roadmap_canceled", "Those of them that were canceled.", "= 'canceled'"),
        "open": ("roadmap_open", "Those of them that are still to be done.", "NOT IN ('done', 'canceled')"),
    }
    made = {
        key: ledger.groups(name, text, LEAVES.format(condition=condition), keys=ids)
        for key, (name, text, condition) in counted.items()
    }
    return made | {"progress": _progress(draft, ids), "unready": _unready(draft, ids)}


def _progress(draft: Draft, ids: Sequence[str]) -> Figure:
    return draft.ledger.series(
        "roadmap_progress",
        "M6: done lowest-level items ÷ all of them but the canceled ones, by count.",
        LEAVES.format(condition="IS NOT NULL"),
        "share",
        lambda rows: {entry: _share(found) for entry, found in _by_entry(rows, ids).items()},
        Form.PERCENT,
    )


_LEAVES = {name: Leaf(stage) for name, stage in STAGES.items()}
_UNTOLD = Leaf(None)


def _share(rows: Sequence[Row]) -> Given:
    found = progress(_LEAVES.get(row["stage"], _UNTOLD) for row in rows)
    return found if isinstance(found, Refusal) else found.share


def _unready(draft: Draft, ids: Sequence[str]) -> Figure:
    estimating = {row["entry"] for row in draft.ledger.rows(ESTIMATED)}

    def share(entry: str, rows: Sequence[Row]) -> Given:
        leaves = (Leaf(STAGES.get(row["stage"]), row["estimate"], bool(row["owned"])) for row in rows)
        return unready(leaves, entry in estimating)

    return draft.ledger.series(
        "roadmap_unready",
        "Open lowest-level items without an owner, or without an estimate where others of the entry have one, ÷ all"
        " open ones.",
        OPEN_LEAVES,
        "share",
        lambda rows: {entry: share(entry, found) for entry, found in _by_entry(rows, ids).items()},
        Form.PERCENT,
    )


def _by_entry(rows: Sequence[Row], ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = {one: [] for one in ids}
    for row in rows:
        found[row["entry"]].append(row)
    return found


# ---- slips -----------------------------------------------------------------------------------------------------------

SLIP = (
    "M16: the target date − the baseline, in days. The baseline is the date that was promised when work began; before"
    " that, the first date that was given."
)


def slip_figures(draft: Draft, every: Sequence[Standing]) -> dict[str, Figure]:
    start, end = draft.settings.period_start, draft.settings.period_end

    def by(rule: Callable[[Slip], Given]) -> Callable[[Sequence[Row]], Mapping[str, Given]]:
        return lambda _: {
            one.id: one.slipped if isinstance(one.slipped, Refusal) else rule(one.slipped) for one in every
        }

    def series(name: str, definition: str, unit: str, rule: Callable[[Slip], Given], form: Form) -> Figure:
        return draft.ledger.series(name, definition, CHANGES, unit, by(rule), form)

    def days(found: Slip) -> Given:
        return Refusal(Reason.MISSING, "target") if found.days is None else found.days

    def net(found: Slip) -> Given:
        return sum(move.days or 0 for move in found.moves if start <= move.at < end)

    return {
        "slip": series("roadmap_slip", SLIP, "days", days, Form.SIGNED),
        "moves": series(
            "roadmap_moves",
            "Changes of the target date since the baseline; a removal is one.",
            "moves",
            lambda found: len(found.moves),
            Form.NUMBER,
        ),
        "net": series(
            "roadmap_net_slip",
            "Days by which the target moved in the period; earlier counts below nought.",
            "days",
            net,
            Form.SIGNED,
        ),
        "net_slip": draft.ledger.fold(
            "net_slip",
            "Days by which the targets of all entries moved in the period, together; earlier counts below nought.",
            CHANGES,
            "days",
            lambda _: (
                net_slip([one.slipped for one in every if isinstance(one.slipped, Slip)], start, end).net
            ),
            Form.SIGNED,
        ),
    }


# ---- tools -----------------------------------------------------------------------------------------------------------

TOOLS = """
SELECT item, entry || ' ' || connection FROM inside_work WHERE leaf = 1 AND counted = 1
UNION ALL
SELECT DISTINCT w.item, w.entry || ' ' || m.connection FROM inside_work w JOIN mirror m ON m.item = w.item
WHERE w.leaf = 1 AND w.counted = 1 AND m.connection <> w.connection"""

MIRRORED = """
SELECT DISTINCT w.item, w.entry FROM inside_work w JOIN mirror m ON m.item = w.item
WHERE w.leaf = 1 AND w.counted = 1 AND m.connection <> w.connection"""


def tool_figures(draft: Draft, ids: Sequence[str]) -> dict[str, Figure]:
    return {
        "tools": draft.ledger.groups(
            "roadmap_tools",
            "Lowest-level items of each entry by the connection that holds a record of them.",
            TOOLS,
        ),
        "mirrored": draft.ledger.groups(
            "roadmap_mirrored", "Those of them that several tools hold: each is one item.", MIRRORED, keys=ids
        ),
    }


# ---- all of them -----------------------------------------------------------------------------------------------------

LEADS = "SELECT entry, target, done_at FROM entry_record WHERE place = 1"
SHIPPED = f"{LEADS} AND done_at >= {{start}} AND done_at < {{end}}"


def whole_figures(draft: Draft, every: Sequence[Standing], last: date) -> dict[str, Figure]:
    """What is counted over all entries; ``last``: the end of the two weeks to come."""
    count, today = draft.ledger.count, draft.calendar.today
    start, end = draft.settings.period_start, draft.settings.period_end

    def fold(name: str, definition: str, sql: str, unit: str, value: int) -> Figure:
        return draft.ledger.fold(name, definition, sql, unit, lambda _: value)

    moved = sum(start <= move.at < end for one in every for move in one.trail)
    due = sum(one.due_between(today, last) for one in every)
    return {
        "live": count(
            "roadmap_live",
            "Entries of the roadmap that are neither done nor canceled.",
            f"{LEADS} AND stage NOT IN ('done', 'canceled')",
            "entries",
        ),
        "shipped": count(
            "roadmap_shipped",
            "Entries of the roadmap that were done in the period.",
            SHIPPED.format(start=":period_start", end=":period_end"),
            "entries",
        ),
        "shipped_before": count(
            "roadmap_shipped_before",
            "Entries that were done in the stretch of the same number of days before the period.",
            SHIPPED.format(start=":before_start", end=":period_start"),
            "entries",
        ),
        "moved": fold("roadmap_moved", "Changes of target dates in the period.", CHANGES, "moves", moved),
        "due": fold(
            "roadmap_due", "Open entries whose target lies in the next 14 days.", LEADS, "entries", due
        ),
    }
