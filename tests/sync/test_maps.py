"""A changed map of the configuration reads records anew; nobody edited anything, so nothing is written.

Seen to fail with `rederive` leaving the bases where they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.databases import Database
from tests.sync.company import Company

from syncline.memory import Memory, MemoryTool, connector_to
from syncline.model import Issue, Kind, Record
from syncline.registry import Registry

FIRST = {"s1": ["1 - Critical"], "s2": ["2 - Major"], "s3": ["3 - Minor"]}
SECOND = {"s1": ["3 - Minor"], "s2": ["2 - Major"], "s3": ["1 - Critical"]}


def mapped(tool: MemoryTool) -> type[Memory]:
    """A connector that reads a company field by its map."""

    class Mapped(connector_to(tool)):  # type: ignore[misc]
        def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
            found: Record = super().translate(kind, payload)
            if not isinstance(found, Issue) or "severity" not in found.fields:
                return found
            values = self._config.fields["severity"].values
            native = found.fields["severity"]
            word = next((word for word, natives in values.items() if native in natives), native)
            return found.model_copy(update={"fields": {**found.fields, "severity": word}})

    return Mapped


@dataclass
class Severities(Company):
    """Two tools, one of which spells a severity its own way."""

    map: dict[str, list[str]] = field(default_factory=lambda: dict(FIRST))

    def registry(self) -> Registry:
        return Registry({f"memory-{name}": mapped(tool) for name, tool in self.tools.items()}, found=())

    def document(self) -> dict[str, Any]:
        found = super().document()
        found["connections"]["a"]["fields"] = {"severity": {"field": "Severity", "values": self.map}}
        found["connections"]["b"]["fields"] = {"severity": "severity"}
        return found

    def bases(self) -> dict[str, Any]:
        rows = self.rows("SELECT r.remote_id, m.base FROM member m JOIN record r ON r.id = m.record_id")
        return {str(row[0]): json.loads(row[1]).get("severity") for row in rows}


@pytest.fixture
def mapping(database: Database, tmp_path: Path) -> Callable[..., Severities]:
    def make(rule: Any = None, **options: Any) -> Severities:
        own = {"severity": {"type": "choice", "values": ["s1", "s2", "s3"]}}
        fields = {"title": {}, "severity": rule or {}}
        here = Severities(tmp_path, database.url, fields=fields, own=own, **options)
        here.put("a", 1, fields={"severity": "1 - Critical"})
        here.put("b", 1, fields={"severity": "s1"})
        here.sync()
        assert here.bases() == {"a1": ["s1"], "b1": ["s1"]}
        return here

    return make


def quiet(here: Company) -> None:
    before = here.writes
    result = here.sync()
    assert result.outcome is not None
    assert (here.writes, result.outcome.written) == (before, [])


def test_a_changed_map_is_nobodys_edit(mapping: Callable[..., Severities]) -> None:
    here = mapping()
    here.map = SECOND
    quiet(here)
    assert here.bases() == {"a1": ["s3"], "b1": ["s1"]}
    assert here.held() == []
    quiet(here)
    here.edit("a", "a1", fields={"severity": "2 - Major"})
    here.sync()
    assert here.issue("b", "b1")["fields"]["severity"] == "s2", "a later edit crosses"


def test_one_way_and_from_another_field_too(mapping: Callable[..., Severities]) -> None:
    here = mapping({"from": "a"})
    here.map = SECOND
    quiet(here)
    quiet(here)


def test_one_that_is_behind_stays_behind(mapping: Callable[..., Severities]) -> None:
    here = mapping(access={"a": "read"})
    here.edit("b", "b1", fields={"severity": "s2"})
    here.sync()
    assert here.bases() == {"a1": ["s1", "behind"], "b1": ["s2"]}
    here.map = SECOND
    quiet(here)
    assert here.bases() == {"a1": ["s3", "behind"], "b1": ["s2"]}


def test_a_conflict_stays_one(mapping: Callable[..., Severities]) -> None:
    here = mapping()
    here.edit("a", "a1", fields={"severity": "2 - Major"})
    here.edit("b", "b1", fields={"severity": "s3"})
    here.sync()
    held = here.held()
    assert [row[:2] for row in held] == [("severity", "conflict")]
    here.map = SECOND
    quiet(here)
    assert here.held() == held
