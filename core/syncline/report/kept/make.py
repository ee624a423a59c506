"""Making a report of any kind, the present one or a kept one again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
}
"""Where the builder of each kind is: ``(connection, settings) -> Report``."""

COMPARED: dict[str, tuple[str, str]] = {
    "status": ("syncline.report.status", "watched"),
}
"""Kinds that say what changed since the last one: their builders take ``before`` as well. Where the function is that
makes the facts they compare and no more: ``(connection, settings) -> facts``."""


Watching = Callable[["Connection", ReportSettings], "tuple[Fact, ...]"]


@dataclass(frozen=True)
class Before:
    """What a report is compared with.

    ``said`` are the facts of the report no. ``report``, as they were printed; None: there was none. ``then`` are those
    facts of the same instant that are compared, made with all that is known now.
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
    builder: Callable[..., Report] = _found(KINDS[kind])
    if kind not in COMPARED:
        return builder(connection, settings)
    watched: Watching = _found(COMPARED[kind])
    return builder(connection, settings, before=_before(connection, settings, before, watched))


def _found(place: tuple[str, str]) -> Any:
    return getattr(import_module(place[0]), place[1])


def again(connection: Connection, saved: Saved, seq: int | None = None) -> Report:
    """A kept report made again with its own settings, as of ingest ``seq`` (left out: its own)."""
    if saved.kind not in KINDS:
        raise ConfigError(f"report {saved.id} is of the kind {saved.kind}, which this Syncline does not make")
    known = as_known(connection, saved.known_seq if seq is None else seq)
    return make(known, saved.kind, saved.settings, saved.before)


def _before(
    connection: Connection, settings: ReportSettings, number: int | None, watched: Watching
) -> Before:
    saved = load(connection, number) if number is not None else None
    if saved is None:
        earlier = _earlier(settings, settings.period_start)
        return Before(earlier.as_of, watched(connection, earlier))
    then = replace(settings, as_of=saved.as_of, period_start=saved.period_start, period_end=saved.period_end)
    restated = watched(connection, then)
    same = rules_of(settings_written(settings)) == saved.rules
    return Before(saved.as_of, restated, saved.id, saved.facts, same_rules=same)


def _earlier(settings: ReportSettings, as_of: datetime) -> ReportSettings:
    """The same report as of an earlier instant: its period is as long, and ends there."""
    length = settings.period_end - settings.period_start
    return replace(settings, as_of=as_of, period_end=as_of, period_start=as_of - length)
