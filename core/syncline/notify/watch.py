"""What people are told of a run itself: something needs them, it failed, nothing was read for too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from syncline.notify.alerts import advance
from syncline.notify.message import Message, message
from syncline.report.formulas.alerts import Verdict
from syncline.store import outbox
from syncline.store.tables import connection, held, stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from syncline.config.reporting import Notify
    from syncline.sync.cycle import Outcome
    from syncline.sync.result import PullResult

FAILED = (1, 2, 4)
"""Exit codes of a run that failed, in whole or in part."""
FEW = 8


def put_all(
    db: Connection, notify: Notify, result: PullResult | None, error: str | None, now: datetime
) -> None:
    """Put down whatever there is to tell after a run."""
    if result is not None:
        _person_needed(db, notify, result, now)
        _remind(db, notify, now)
    _failure(db, notify, result, error, now)
    _stale(db, notify, now)


def _put(
    db: Connection, subject: str, period: str, channels: Iterable[str], now: datetime, told: Message
) -> None:
    for channel in channels:
        outbox.put(db, subject, period, channel, now, told.written())


def _person_needed(db: Connection, notify: Notify, result: PullResult, now: datetime) -> None:
    outcome = result.outcome
    news = [what.replace("{}", label) for what, label in outcome.news] if outcome else []
    news += [f"{one.connection}: {one.kind} {one.remote_id} could not be read" for one in result.set_aside]
    news += _refused(db, outcome, now) if outcome else []
    if not news:
        return
    more = [f"and {len(news) - FEW} more"] if len(news) > FEW else []
    lines = [*news[:FEW], *more, "`syncline conflicts` and `syncline status` show them."]
    told = message("Syncline needs a person", lines)
    _put(db, "person_needed", f"run {result.run}", notify.person_needed, now, told)


def _refused(db: Connection, outcome: Outcome, now: datetime) -> list[str]:
    """What guards have begun to refuse: told again only once it had been let through."""
    told: list[str] = []
    for name in sorted({*outcome.plans, *outcome.refused}):
        why = "; ".join(outcome.refused.get(name, ()))
        verdict = Verdict.FIRING if why else Verdict.QUIET
        if advance(db, f"refused:{name}", verdict, why, now, timedelta(0)).tell:
            told.append(f"{name}: {why}")
    return told


def _remind(db: Connection, notify: Notify, now: datetime) -> None:
    if notify.remind is None or not notify.person_needed:
        return
    waiting = select(func.count(), func.min(held.c.at)).where(held.c.closed_at.is_(None))
    count, oldest = db.execute(waiting).one()
    last = outbox.last_at(db, "remind")
    if not count or oldest > now - notify.remind or (last is not None and last > now - notify.remind):
        return
    fields = "field still waits" if count == 1 else "fields still wait"
    told = message("Syncline still needs a person", [f"{count} {fields}: `syncline conflicts` lists them."])
    _put(db, "remind", now.date().isoformat(), notify.person_needed, now, told)


def _failure(
    db: Connection, notify: Notify, result: PullResult | None, error: str | None, now: datetime
) -> None:
    """Once as failures begin, not again until a run was good; a tool that lists nothing any more is one, too."""
    failed = error is not None or (
        result is not None and (result.exit_code in FAILED or bool(result.problems))
    )
    said = error or (_why(result) if result is not None else "")
    verdict = Verdict.FIRING if failed else Verdict.QUIET
    checked = advance(db, "failure", verdict, said if failed else "", now, timedelta(0))
    if checked.tell:
        told = message("Syncline: a run failed", [said, "`syncline status` says how things stand."])
        _put(db, "failure", now.isoformat(), notify.failure, now, told)


def _why(result: PullResult) -> str:
    reasons = [f"{'/'.join(filter(None, (p.connection, p.stream)))}: {p.error}" for p in result.problems]
    if result.outcome is not None:
        reasons += [f"{name}: {error}" for name, error in sorted(result.outcome.failed.items())]
    if result.stopped:
        reasons.append(f"the run was told to end by {result.stopped}")
    return "; ".join(reasons)


def _stale(db: Connection, notify: Notify, now: datetime) -> None:
    """Once for each connection that was not read for too long."""
    if notify.stale is None:
        return
    read = (
        select(connection.c.name, func.max(stream.c.pulled_at))
        .join(stream, stream.c.connection_id == connection.c.id)
        .group_by(connection.c.name)
    )
    for name, pulled in db.execute(read).all():
        old = pulled is None or pulled < now - notify.stale
        said = (
            f"{name} was last read {pulled:%Y-%m-%d %H:%M} UTC" if pulled else f"{name} was never read whole"
        )
        verdict = Verdict.FIRING if old else Verdict.QUIET
        checked = advance(db, f"stale:{name}", verdict, said, now, timedelta(0))
        if checked.tell:
            told = message(f"Syncline: {name} is stale", [f"{said}."])
            _put(db, f"stale:{name}", now.isoformat(), notify.failure, now, told)
