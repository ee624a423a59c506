"""Keeping a report: its facts, its settings and the digest of what was written, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline import __version__
from syncline.report.facts import Fact, Form
from syncline.report.kept.remembered import settings_read, settings_written
from syncline.report.kept.values import amount, read, refusals_read, refusals_written, written
from syncline.report.model import Report
from syncline.report.settings import ReportSettings
from syncline.store import reports

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Kept:
    """What is kept beside the report: in which ``format`` it was written, the text, and where to.

    ``known_seq`` is the last ingest there was when the database was read.
    """

    settings: ReportSettings
    known_seq: int
    format: str
    text: str
    made_at: datetime
    state: str = reports.FINAL
    path: str | None = None
    name: str | None = None
    before: int | None = None


@dataclass(frozen=True)
class Saved:
    """A report as it was kept. ``settings`` are raw: `settings_read` makes them what they were."""

    id: int
    kind: str
    name: str | None
    profile: str
    title: str
    as_of: datetime
    known_seq: int
    made_at: datetime
    period_start: datetime
    period_end: datetime
    state: str
    before: int | None
    version: str
    format: str
    digest: str
    path: str | None
    raw_settings: Mapping[str, Any]
    relations: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]

    @property
    def settings(self) -> ReportSettings:
        """What it was made with; raises ConfigError where another version wrote that."""
        return settings_read(self.raw_settings)

    @property
    def rules(self) -> dict[str, Any]:
        """The settings that decide what facts mean: not for when, nor for whom."""
        return rules_of(self.raw_settings)

    def fact(self, name: str) -> Fact | None:
        """A fact by its id or its name."""
        return next((fact for fact in self.facts if name in (fact.id, fact.name)), None)


def rules_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Written settings without those that say for when and for whom."""
    other = {"as_of", "period_start", "period_end", "title", "profile"}
    return {name: value for name, value in settings.items() if name not in other}


def save(db: Connection, report: Report, kept: Kept) -> int:
    """Keep a report, whole, before any profile has cut it; returns its number."""
    row = {
        "kind": report.kind,
        "name": kept.name,
        "profile": kept.settings.profile,
        "title": report.title,
        "as_of": report.as_of,
        "known_seq": kept.known_seq,
        "made_at": kept.made_at,
        "period_start": report.period_start,
        "period_end": report.period_end,
        "state": kept.state,
        "before_id": kept.before,
        "settings": settings_written(kept.settings),
        "version": __version__,
        "working_set": _digest(json.dumps(report.relations)),
        "format": kept.format,
        "digest": _digest(kept.text),
        "path": kept.path,
    }
    return reports.save(db, row, [_row(fact) for fact in report.facts], report.relations)


def digest_of(text: str) -> str:
    """What is kept of a text that was written: blake2b of its UTF-8, 32 bytes."""
    return _digest(text)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=32).hexdigest()


def _row(fact: Fact) -> dict[str, Any]:
    return {
        "number": int(fact.id[1:]),
        "name": fact.name,
        "definition": fact.definition,
        "sql": fact.sql,
        "parameters": dict(fact.parameters),
        "value": written(fact.value),
        "amount": amount(fact.value),
        "unit": fact.unit,
        "form": fact.form.value,
        "places": fact.places,
        "n": fact.n,
        "digest": fact.digest,
        "ids": list(fact.ids),
        "refused": refusals_written(fact.refused),
    }


def load(db: Connection, number: int) -> Saved | None:
    """A kept report with its facts; None where there is none of this number."""
    row = reports.load(db, number) if number < 2**63 else None
    if row is None:
        return None
    plain = ("id", "kind", "name", "profile", "title", "as_of", "known_seq", "made_at", "period_start")
    more = ("period_end", "state", "version", "format", "digest", "path")
    return Saved(
        **{name: row[name] for name in (*plain, *more)},
        before=row["before_id"],
        raw_settings=row["settings"],
        relations=tuple((name, sql) for name, sql in row["relations"]),
        facts=tuple(_fact(dict(one)) for one in reports.facts(db, number)),
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(
        id=f"F{row['number']:02d}",
        name=row["name"],
        definition=row["definition"],
        sql=row["sql"],
        parameters=tuple(sorted(row["parameters"].items())),
        value=read(row["value"]),
        unit=row["unit"],
        n=row["n"],
        ids=tuple(row["ids"]),
        digest=row["digest"],
        form=Form(row["form"]),
        places=row["places"],
        refused=refusals_read(row["refused"]),
    )
