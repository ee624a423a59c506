"""What follows a run: messages about it, alerts, reports that are due, the heartbeat; under the run's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline.errors import LockHeld, StoreError, SynclineError
from syncline.notify import alerts, watch
from syncline.notify.channels import Channels
from syncline.notify.due import due
from syncline.notify.message import Message, read
from syncline.store import outbox
from syncline.store.lock import lock

if TYPE_CHECKING:
    from syncline.config.reporting import Report
    from syncline.store import Store
    from syncline.sync.result import PullResult

Write = Callable[[Path, str], None]
"""Puts a text at a path, whole or not at all; raises SynclineError."""

FAILED = 4
"""The exit code where a channel failed: of a vendor's failure, for that is what a mail server or a chat is here."""


@dataclass
class After:
    """What was done, and what failed; both in words."""

    done: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return FAILED if self.problems else 0

    def as_dict(self) -> dict[str, list[str]]:
        return {"done": self.done, "problems": self.problems}


def after(
    store: Store,
    channels: Channels,
    result: PullResult | None,
    write: Write,
    error: str | None = None,
) -> After:
    """Do what is due. ``result`` is that of a run that finished, ``error`` what ended one that did not.

    Does nothing where another run holds the lock: its end does the same. Never raises for a channel or a file that
    fails; raises StoreError where the database does.
    """
    config, told = channels.config, After()
    if not (config.report or config.alert or config.notify):
        return told
    try:
        with lock(store, channels.clock.now()):
            _Round(store, channels, told).go(result, write, error)
    except LockHeld:
        pass
    return told


@dataclass
class _Round:
    store: Store
    channels: Channels
    told: After

    def go(self, result: PullResult | None, write: Write, error: str | None) -> None:
        config = self.channels.config
        self._watch(result, error)
        self._flush()
        if result is None:
            return
        for report in config.report:
            self._reports(report, write)
        if config.notify is not None and config.notify.heartbeat is not None:
            with self._told("heartbeat"):
                self.channels.beat(config.notify.heartbeat)

    def _watch(self, result: PullResult | None, error: str | None) -> None:
        """Write down what there is to tell of the run and of the metrics."""
        config, now = self.channels.config, self.channels.clock.now()
        with self.store.writing() as db:
            if config.notify is not None:
                watch.put_all(db, config.notify, result, error, now)
            if result is not None:
                alerts.put_all(db, config, now)

    def _reports(self, report: Report, write: Write) -> None:
        from syncline.notify.reports import make_due  # few runs make a report

        config, now = self.channels.config, self.channels.clock.now()
        for one in due(report, now, config.hub.zone):
            with self._told(f"report {report.name}"):
                number = make_due(config, self.store, one, now, write)
                if number is not None:
                    draft = " (draft)" if one.draft else ""
                    self.told.done.append(f"report {report.name}{draft} was made: no. {number}")
                    self._flush()

    def _flush(self) -> None:
        """Send what is written down and not sent yet, by this run or an earlier one."""
        with self.store.reading() as db:
            waiting = [dict(row) for row in outbox.unsent(db)]
        for row in waiting:
            self._send(row)

    def _send(self, row: dict[str, Any]) -> None:
        key = row["subject"], row["period"], row["channel"]
        kind, now = self.channels.kind(row["channel"]), self.channels.clock.now()
        if kind is None:
            with self.store.writing() as db:
                outbox.drop(db, *key)
            return
        error = None
        try:
            self.channels.send(row["channel"], self._message(row, kind), now, "\n".join(key))
        except StoreError:
            raise
        except SynclineError as failed:
            error = self.channels.redactor.redact(str(failed))
            self.told.problems.append(f"{row['subject']} to {row['channel']}: {error}")
        with self.store.writing() as db:
            outbox.settle(db, *key, self.channels.clock.now(), error)
        if error is None:
            self.told.done.append(f"{row['subject']} was sent to {row['channel']}")

    def _message(self, row: dict[str, Any], kind: str) -> Message:
        told = read(row["message"])
        if kind != "mail" or row["report_id"] is None:
            return told
        from syncline.notify.reports import attached

        with self.store.reading() as db:
            return attached(db, told, row["report_id"])

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """A failure of one thing stops no other."""
        try:
            yield
        except StoreError:
            raise
        except SynclineError as error:
            self.told.problems.append(self.channels.redactor.redact(f"{what}: {error}"))
