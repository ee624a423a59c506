"""``alerts``: where each alert stands."""

from __future__ import annotations

from typing import Any

import click

from syncline_cli.failures import DIFFERENCES
from syncline_cli.output import document, say, table
from syncline_cli.session import Session, with_session


@click.command()
@with_session
def alerts(session: Session) -> int:
    """Check every [[alert]] against what the database knows. Exits with 6 where one fires.

    Nothing is sent and nothing is written: `syncline sync` tells, once as an episode begins.
    """
    from datetime import UTC, datetime

    from syncline.notify.alerts import judge
    from syncline.report.formulas.alerts import Verdict
    from syncline.store import outbox
    from syncline.store.instants import to_text

    found: list[dict[str, Any]] = []
    with session.store() as (config, store), store.reading() as db:
        for alert in config.alert:
            verdict, said = judge(db, config, alert, datetime.now(UTC))
            before = outbox.episode_of(db, f"alert:{alert.name}")
            since = to_text(before["since"]) if before and before["since"] else None
            found.append({"alert": alert.name, "state": verdict.value, "said": said, "since": since})
    if session.json:
        document(session, found)
    elif found:
        table(map(_row, found), ("ALERT", "STATE", "SINCE (UTC)", "NOW"))
    else:
        say("No [[alert]] is configured.")
    return DIFFERENCES if any(one["state"] == Verdict.FIRING.value for one in found) else 0


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    return one["alert"], one["state"], (one["since"] or "")[:16].replace("T", " "), one["said"]
