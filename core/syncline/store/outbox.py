"""Messages that are to be sent once, and where each alert stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from syncline.store.tables import delivery, episode

WAITING, FAILED, SENT = "waiting", "failed", "sent"


def put(
    db: Connection,
    subject: str,
    period: str,
    channel: str,
    at: datetime,
    message: Mapping[str, Any],
    report_id: int | None = None,
) -> bool:
    """Write a message down to be sent; False where subject and period have one for the channel already."""
    if db.execute(select(delivery.c.state).where(*_key(subject, period, channel))).first() is not None:
        return False
    values = {
        "subject": subject,
        "period": period,
        "channel": channel,
        "state": WAITING,
        "tries": 0,
        "at": at,
    }
    db.execute(insert(delivery).values(**values, message=dict(message), report_id=report_id))
    return True


def unsent(db: Connection) -> Sequence[RowMapping]:
    """What is still to be sent, the oldest first."""
    asked = select(delivery).where(delivery.c.state != SENT)
    order = (delivery.c.at, delivery.c.subject, delivery.c.period, delivery.c.channel)
    return db.execute(asked.order_by(*order)).mappings().all()


def settle(
    db: Connection, subject: str, period: str, channel: str, at: datetime, error: str | None = None
) -> None:
    """Write down that a message was sent, or why not; a sent one is forgotten."""
    values: dict[str, Any] = {"state": FAILED if error else SENT, "at": at, "error": error}
    if error is None:
        values["message"] = None
    db.execute(
        update(delivery).where(*_key(subject, period, channel)).values(**values, tries=delivery.c.tries + 1)
    )


def drop(db: Connection, subject: str, period: str, channel: str) -> None:
    """Take back what was never sent: its channel is no longer configured."""
    db.execute(delivery.delete().where(*_key(subject, period, channel), delivery.c.state != SENT))


def known(db: Connection, subject: str, period: str) -> frozenset[str]:
    """The channels that have a message of a subject and period, sent or not."""
    asked = select(delivery.c.channel).where(delivery.c.subject == subject, delivery.c.period == period)
    return frozenset(db.execute(asked).scalars())


def last_at(db: Connection, subject: str) -> datetime | None:
    """When a message of a subject was last put down or sent."""
    asked = select(delivery.c.at).where(delivery.c.subject == subject)
    found: datetime | None = db.execute(asked.order_by(delivery.c.at.desc()).limit(1)).scalar()
    return found


def _key(subject: str, period: str, channel: str) -> tuple[Any, ...]:
    return delivery.c.subject == subject, delivery.c.period == period, delivery.c.channel == channel


# ---- alerts ----------------------------------------------------------------------------------------------------------


def episode_of(db: Connection, name: str) -> RowMapping | None:
    """Where an alert stood at its last check."""
    return db.execute(select(episode).where(episode.c.name == name)).mappings().first()


def keep_episode(
    db: Connection,
    name: str,
    *,
    is_open: bool,
    told_at: datetime | None,
    since: datetime | None,
    checked_at: datetime,
    verdict: str,
    said: str,
) -> None:
    """Write down where an alert stands now."""
    db.execute(episode.delete().where(episode.c.name == name))
    db.execute(
        insert(episode).values(
            name=name,
            open=is_open,
            told_at=told_at,
            since=since,
            checked_at=checked_at,
            verdict=verdict,
            said=said,
        )
    )
