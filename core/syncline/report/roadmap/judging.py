"""What people say of an entry, what the data says (M15), and whether the two agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from syncline.report.draft import Draft
from syncline.report.facts import Form
from syncline.report.formulas.health import Health, health
from syncline.report.formulas.health import Standing as Known
from syncline.report.formulas.health import State as Word
from syncline.report.formulas.progress_of import scope_growth
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.slips import slip_share
from syncline.report.model import Figure, State
from syncline.report.roadmap.holding import Held
from syncline.report.roadmap.outlook import Outlook
from syncline.report.roadmap.standing import CHANGES, Standing
from syncline.store.instants import to_text

STATES = {
    Word.ON_TRACK: State.ON_TRACK,
    Word.AT_RISK: State.AT_RISK,
    Word.OFF_TRACK: State.OFF_TRACK,
    Word.NO_DATA: State.NO_DATA,
    Word.DONE: State.DONE,
    Word.CANCELED: State.CANCELED,
}

CLAIMS = "SELECT * FROM entry_claim ORDER BY entry, at IS NOT NULL, at, ref"

RECORDS_OF_LEADS = "SELECT entry, stage, target FROM entry_record WHERE place = 1"

HEALTH_RULE = (
    "M15: done or canceled; else no data where there is no target, no breakdown, no forecast or a source is out of"
    " date; else off track where the target has passed, the likelihood of the target is below 50 %, the slip is at"
    " least 20 % of the time planned, or something critical is held up for 5 worked days; else at risk where the"
    " likelihood is below 85 %, the slip at least 10 %, scope grew by 15 % or more, more than 20 % of what is left has"
    " no owner or no estimate, an experiment about it shows a metric to get worse, or it waits for an entry that is off"
    " track; else on track."
)

SCOPE = """
SELECT w.item, w.entry, w.stage, w.canceled_at,
       CASE WHEN a.at > w.created_at THEN a.at ELSE w.created_at END AS joined
FROM inside_work w LEFT JOIN attached a ON a.ref = w.lead
JOIN entry_record e ON e.entry = w.entry AND e.place = 1 AND e.stage NOT IN ('done', 'canceled')
WHERE w.leaf = 1 AND w.counted = 1"""
"""What belongs to each open entry, and since when."""


@dataclass(frozen=True)
class Claim:
    """What people said last: ``at`` None where the tool does not say when. ``word`` is the tool's own."""

    state: Word
    word: str
    at: datetime | None
    connection: str
    url: str | None


def claims(draft: Draft) -> dict[str, Claim]:
    """By entry the newest word about it."""
    found: dict[str, Claim] = {}
    for row in draft.ledger.rows(CLAIMS):
        at = datetime.fromisoformat(row["at"]) if row["at"] else None
        word = row["health_name"] or row["health"]
        found[row["entry"]] = Claim(Word(row["health"]), word, at, row["connection"], row["url"])
    return found


def claim_figures(draft: Draft, found: Mapping[str, Claim]) -> dict[str, Figure]:
    today = draft.calendar.today
    return {
        "claim": draft.ledger.series(
            "roadmap_claim",
            "What people said last about the entry, in a project update or as its health.",
            CLAIMS,
            "",
            lambda _: {entry: STATES[one.state].value for entry, one in found.items()},
            Form.WORD,
        ),
        "claim_age": draft.ledger.series(
            "roadmap_claim_age",
            "Days since they said so.",
            CLAIMS,
            "days",
            lambda _: {
                entry: (today - draft.calendar.day(one.at)).days for entry, one in found.items() if one.at
            },
        ),
    }


# ---- scope -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Joined:
    """A part of an entry and since when it belongs to it."""

    item: str
    at: datetime | None
    canceled_at: datetime | None
    canceled: bool


def scopes(draft: Draft) -> dict[str, tuple[Joined, ...]]:
    """By open entry what belongs to it."""
    found: dict[str, list[Joined]] = defaultdict(list)
    for row in draft.ledger.rows(SCOPE):
        at, canceled = row["joined"], row["canceled_at"]
        found[row["entry"]].append(
            Joined(
                row["item"],
                datetime.fromisoformat(at) if at else None,
                datetime.fromisoformat(canceled) if canceled else None,
                row["stage"] == "canceled",
            )
        )
    return {entry: tuple(parts) for entry, parts in found.items()}


def growth(one: Standing, parts: Sequence[Joined]) -> Fraction | Refusal:
    """How much was added since work began; what was canceled since counts as taken away."""
    since = one.since
    if since is None:
        return Refusal(Reason.NO_BASELINE, "not begun")
    before = sum(
        (part.at is None or part.at <= since) and (part.canceled_at is None or part.canceled_at > since)
        for part in parts
    )
    return scope_growth(before, sum(not part.canceled for part in parts))


# ---- health ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inputs:
    """What the rules go by, by entry."""

    outlooks: Mapping[str, Outlook]
    unready: Mapping[str, Fraction | Refusal]
    broken_down: frozenset[str]
    held: Mapping[str, Sequence[Held]]
    scope: Mapping[str, Fraction | Refusal]
    waits: Mapping[str, Sequence[str]]
    guardrails: Mapping[str, tuple[str, ...]]
    connections: Mapping[str, frozenset[str]]


def stale_sources(draft: Draft) -> frozenset[str]:
    """Connections of which a stream is out of date."""
    oldest = to_text(draft.settings.as_of - draft.settings.stale_after)
    rows = draft.ledger.rows("SELECT connection, pulled_at FROM sources WHERE pulled_at IS NOT NULL")
    return frozenset(row["connection"] for row in rows if row["pulled_at"] < oldest)


def shares(draft: Draft, every: Sequence[Standing]) -> dict[str, Fraction | Refusal]:
    """By begun entry its slip as a share of the baseline's length."""
    return {
        one.id: slip_share(one.slipped, one.since, draft.calendar.zone)
        if one.since
        else Refusal(Reason.NO_BASELINE, "not begun")
        for one in every
    }


def judged(draft: Draft, every: Sequence[Standing], known: Inputs) -> dict[str, Health]:
    """The computed health of every entry: first by itself, then with what it waits for."""
    slips, stale = shares(draft, every), stale_sources(draft)
    alone = {one.id: _known(draft, one, known, slips[one.id], stale) for one in every}
    first = {entry: health(standing) for entry, standing in alone.items()}
    off = {entry for entry, found in first.items() if found.state is Word.OFF_TRACK}
    for entry in known.waits.keys() & alone.keys():
        waiting = tuple(other for other in known.waits[entry] if other in off)
        if waiting:
            first[entry] = health(replace(alone[entry], waiting_on=waiting))
    return first


def _known(
    draft: Draft, one: Standing, known: Inputs, share: Fraction | Refusal, stale: frozenset[str]
) -> Known:
    outlook = known.outlooks.get(one.id, Refusal(Reason.MISSING))
    chance: float | Refusal = outlook if isinstance(outlook, Refusal) else Refusal(Reason.MISSING, "target")
    if one.target is not None and not isinstance(outlook, Refusal):
        chance = outlook.likelihood(one.target)
    days = [found.days for found in known.held.get(one.id, ()) if found.critical and found.days is not None]
    missing = Refusal(Reason.MISSING)
    return Known(
        today=draft.calendar.today,
        closed={"done": Word.DONE, "canceled": Word.CANCELED}.get(one.stage),
        target=one.target,
        has_breakdown=one.id in known.broken_down,
        likelihood=chance,
        slip=share,
        blocked=max(days, default=None),
        scope=known.scope.get(one.id, missing),
        unready=known.unready.get(one.id, missing),
        guardrails=known.guardrails.get(one.id, ()),
        stale_sources=tuple(stale & known.connections.get(one.id, frozenset())),
    )


def health_figures(
    draft: Draft,
    every: Sequence[Standing],
    found: Mapping[str, Health],
    scope: Mapping[str, Fraction | Refusal],
) -> dict[str, Figure]:
    """The computed health, and the numbers that its reasons name and no other fact holds."""
    ledger, today, slips = draft.ledger, draft.calendar.today, shares(draft, every)
    late = {
        one.id: (today - one.target).days
        for one in every
        if not one.ended and one.target and one.target < today
    }
    return {
        "health": ledger.series(
            "roadmap_health",
            HEALTH_RULE,
            RECORDS_OF_LEADS,
            "",
            lambda _: {entry: STATES[one.state].value for entry, one in found.items()},
            Form.WORD,
        ),
        "states": ledger.series(
            "roadmap_states",
            "Entries of the roadmap by their computed health.",
            RECORDS_OF_LEADS,
            "entries",
            lambda _: dict(Counter(STATES[one.state].value for one in found.values())),
        ),
        "scope": ledger.series(
            "roadmap_scope",
            "M15: lowest-level items that are not canceled ÷ those that there were when work on it began, less 1."
            " An item that came under its parent later counts as added then.",
            SCOPE,
            "share",
            scope,
            Form.PERCENT,
        ),
        "slip_share": ledger.series(
            "roadmap_slip_share",
            "M15: slip ÷ the days from the beginning of work to the baseline, both counted.",
            CHANGES,
            "share",
            lambda _: dict(slips),
            Form.PERCENT,
        ),
        "overdue": ledger.series(
            "roadmap_overdue",
            "Days since the target of an entry that is not done.",
            RECORDS_OF_LEADS,
            "days",
            lambda _: dict(late),
        ),
    }
