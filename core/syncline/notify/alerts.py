"""Alerts on metrics: told once as an episode begins, silent while the source is stale (M20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from syncline.notify.message import Message, message
from syncline.report.formulas.alerts import Episode, Verdict, beyond, check
from syncline.report.formulas.refusal import Refusal
from syncline.store import outbox

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from syncline.config import Config
    from syncline.config.reporting import Alert

STALE = timedelta(hours=36)
"""A source that was not pulled for so long says nothing; room for streams that are read once a day."""
COOL_DOWN = timedelta(days=1)
"""Nobody is told of the same alert twice within a day."""

_LATEST = text(
    "SELECT p.value, p.day, p.unit, r.connection FROM metric_points p JOIN records r ON r.ref = p.ref"
    " JOIN records m ON m.ref = p.metric"
    " WHERE (m.remote_id = :metric OR m.key = :metric OR m.title = :metric) AND p.segment IN ('', 'all')"
    " AND p.until_seq IS NULL AND p.absent IS NULL AND p.complete AND p.value IS NOT NULL"
    " ORDER BY p.day DESC, p.ref LIMIT 1"
)
_PULLED = text(
    "SELECT max(s.pulled_at) AS pulled_at FROM stream s JOIN connection c ON c.id = s.connection_id"
    " WHERE c.name = :connection"
)


@dataclass(frozen=True)
class Checked:
    """An alert after a check. ``since``: when its episode began."""

    name: str
    verdict: Verdict
    said: str
    open: bool
    since: datetime | None
    tell: bool


def check_all(db: Connection, config: Config, now: datetime) -> list[Checked]:
    """Check every alert against the latest whole value of its metric, and write down where each stands."""
    return [_check(db, config, alert, now) for alert in config.alert]


def put_all(db: Connection, config: Config, now: datetime) -> None:
    """Check every alert, and write down what is to be told."""
    for alert, checked in zip(config.alert, check_all(db, config, now), strict=True):
        if checked.tell:
            for channel in alert.send:
                outbox.put(db, f"alert:{alert.name}", now.isoformat(), channel, now, told(checked).written())


def _check(db: Connection, config: Config, alert: Alert, now: datetime) -> Checked:
    verdict, said = judge(db, config, alert, now)
    return advance(db, f"alert:{alert.name}", verdict, said, now, COOL_DOWN)


def advance(
    db: Connection, name: str, verdict: Verdict, said: str, now: datetime, cool_down: timedelta
) -> Checked:
    """Carry the episode ``name`` on by one check."""
    before = outbox.episode_of(db, name)
    episode = Episode(bool(before["open"]), before["told_at"]) if before else Episode()
    after, tell = check(episode, verdict, now, cool_down)
    since = (now if tell else before["since"] if before else None) if after.open else None
    outbox.keep_episode(
        db,
        name,
        is_open=after.open,
        told_at=after.told_at,
        since=since,
        checked_at=now,
        verdict=verdict.value,
        said=said,
    )
    return Checked(name.partition(":")[2] or name, verdict, said, after.open, since, tell)


def judge(db: Connection, config: Config, alert: Alert, now: datetime) -> tuple[Verdict, str]:
    """What an alert says now, and in words."""
    found = db.execute(_LATEST, {"metric": alert.metric}).mappings().first()
    if found is None:
        return Verdict.STALE, f"{alert.metric} has no value yet"
    if _is_stale(db, found, config, now):
        return Verdict.STALE, f"{found['connection']} was not read lately, so {alert.metric} says nothing"
    out = beyond(found["value"], alert.below, alert.above)
    value = f"{alert.metric} is {_number(found['value'], found['unit'])} on {str(found['day'])[:10]}"
    if isinstance(out, Refusal):
        return Verdict.STALE, f"{alert.metric}: {out.reason.value}"
    return (Verdict.FIRING, f"{value}, {_bound(alert, found['value'])}") if out else (Verdict.QUIET, value)


def _is_stale(db: Connection, found: RowMapping, config: Config, now: datetime) -> bool:
    pulled = db.execute(_PULLED, {"connection": found["connection"]}).scalar()
    at = datetime.fromisoformat(pulled) if isinstance(pulled, str) else pulled
    allowed = (config.notify.stale if config.notify else None) or STALE
    return at is None or at < now - allowed


def _bound(alert: Alert, value: float) -> str:
    low = alert.below is not None and value < alert.below
    word, bound = ("below", alert.below) if low else ("above", alert.above)
    return f"{word} {_number(bound or 0.0, None)}"


def _number(value: float, unit: str | None) -> str:
    return (
        f"{value:,.6g} {unit or ''}".rstrip() if abs(value) < 1e6 else f"{value:,.0f} {unit or ''}".rstrip()
    )


def told(checked: Checked) -> Message:
    """What is sent as an episode begins."""
    return message(f"Alert: {checked.name}", [f"{checked.said}."])
