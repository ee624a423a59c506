"""Making a report of any kind, the present one or a kept one again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from syncline.errors import ConfigError
from syncline.report.basis import as_known
from syncline.report.kept.remembered import settings_written
from syncline.report.kept.saved import Saved, load, rules_of
from syncline.report.model import Report
from syncline.report.settings import ReportSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.facts import Fact

KINDS: dict[str, tuple[str, str]] = {
    "status": ("syncline.report.status", "build_status"),
    "roadmap": ("syncline.report.lenses.page", "build_roadmap"),
    "standup": ("syncline.report.work.standup", "build_standup"),
    "sprint": ("syncline.report.work.sprint", "build_sprint"),
    "launch": ("syncline.report.signal.launch", "build_launch"),
    "retro": ("syncline.report.work.retro", "build_retro"),
    "standup": ("syncline.report.work.standup", "build_standup"),
    "sprint": ("syncline.report.work.sprint", "build_sprint"),
    "retro": ("syncline.report.work.retro", "build_retro"),
}
"""Where the builder of each kind is: ``(connection, settings) -> Report``."""

COMPARED = frozenset({"status"})
"""Kinds that say what changed since the last one; their builders take ``before`` as well."""


@dataclass(frozen=True)
class Before:
    """What a report is compared with.

    ``said`` are the facts of the report no. ``report``, as they were printed; None: there was none. ``then`` are the
    facts of the same instant, made with all that is known now.
    """

    as_of: datetime
    then: tuple[Fact, ...]
    report: int | None = None
    said: tuple[Fact, ...] | None = None
    same_rules: bool = True
    """Whether the configuration that decides what facts mean is what it was."""


def make(connection: Connection, kind: str, settings: ReportSettings, before: int | None = None) -> Report:
    """A report, for eyes that may see all of it; ``before`` is the number of the one it is compared with.

    Without one it is compared with the state at the beginning of its period.
    """
    module, name = KINDS[kind]
    builder: Callable[..., Report] = getattr(import_module(module), name)
    if kind not in COMPARED:
        return builder(connection, settings)
    return builder(connection, settings, before=_before(connection, kind, settings, before, builder))


def again(connection: Connection, saved: Saved, seq: int | None = None) -> Report:
    """A kept report made again with its own settings, as of ingest ``seq`` (left out: its own)."""
    if saved.kind not in KINDS:
        raise ConfigError(f"report {saved.id} is of the kind {saved.kind}, which this Syncline does not make")
    known = as_known(connection, saved.known_seq if seq is None else seq)
    return make(known, saved.kind, saved.settings, saved.before)


def _before(
    connection: Connection,
    kind: str,
    settings: ReportSettings,
    number: int | None,
    builder: Callable[..., Report],
) -> Before:
    saved = load(connection, number) if number is not None else None
    if saved is None:
        earlier = _earlier(settings, settings.period_start)
        return Before(earlier.as_of, builder(connection, earlier).facts)
    then = replace(settings, as_of=saved.as_of, period_start=saved.period_start, period_end=saved.period_end)
    restated = builder(connection, then).facts
    same = rules_of(settings_written(settings)) == saved.rules
    return Before(saved.as_of, restated, saved.id, saved.facts, same_rules=same)


def _earlier(settings: ReportSettings, as_of: datetime) -> ReportSettings:
    """The same report as of an earlier instant: its period is as long, and ends there."""
    length = settings.period_end - settings.period_start
    return replace(settings, as_of=as_of, period_end=as_of, period_start=as_of - length)
