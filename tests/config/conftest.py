"""Connectors that exist only in these tests, with the keys that the contract's file gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BeforeValidator, Field

from syncline.config import Config, ConnectionConfig, FieldCopy, Secret, Url, Word, Words, load
from syncline.config.values import Number, Section
from syncline.registry import Registry


class TrackerConfig(ConnectionConfig):
    """One tracker account."""

    mappable: ClassVar[frozenset[str]] = frozenset({"estimate", "start_on"})

    url: Url = Field(examples=["https://acme.example"])
    user: Word | None = None
    token: Secret = Field(examples=["env:TRACKER_TOKEN"])
    projects: Words | None = None
    filter: Word | None = None


class ListsConfig(ConnectionConfig):
    token: Secret
    key: Secret | None = None
    teams: Words | None = None
    boards: Words | None = None


class DeskField(FieldCopy):
    field: Word = ""
    organization: Word | None = None


def _desk_field(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {"field": str(value)}


class DeskConfig(TrackerConfig):
    groups: Words | None = None
    exclude: Mapping[str, Words] = {}
    keep: Mapping[str, Word] = {}
    fields: Mapping[str, Annotated[DeskField, BeforeValidator(_desk_field)]] = {}


class MetricConfig(Section):
    name: Word
    event: Word | None = None
    funnel: Words | None = None
    measure: Word | None = None
    interval: Annotated[int, Field(ge=1)] | None = None
    window: Word | None = None
    target: Number | None = None
    unit: Word | None = None
    direction: Word | None = None


class NumbersConfig(ConnectionConfig):
    key: Secret
    secret: Secret
    region: Word = "us"
    metrics: tuple[MetricConfig, ...] = ()


class FolderConfig(ConnectionConfig):
    notes: Word | None = None
    surveys: Word | None = None
    experiments: Word | None = None
    rollouts: Word | None = None
    deploys: Word | None = None
    decisions: Word | None = None
    scores: Word | None = None


def connector(model: type[ConnectionConfig]) -> Any:
    """A connector that has a configuration and nothing else."""
    return type("Fake", (), {"Config": model, "api_version": 1})


@pytest.fixture
def registry() -> Registry:
    """Every connector that the contract's file names."""
    models: Mapping[str, type[ConnectionConfig]] = {
        "jira": TrackerConfig,
        "linear": ListsConfig,
        "trello": ListsConfig,
        "zendesk": DeskConfig,
        "amplitude": NumbersConfig,
        "files": FolderConfig,
        "tracker": TrackerConfig,
    }
    return Registry({name: connector(model) for name, model in models.items()}, found=[])


@pytest.fixture
def read(tmp_path: Path, registry: Registry) -> Callable[[str], Config]:
    """Write a configuration and load it."""

    def write_and_load(text: str) -> Config:
        path = tmp_path / "syncline.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, registry)

    return write_and_load
