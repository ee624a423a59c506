"""The whole file as one model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import PrivateAttr, SerializeAsAny

from syncline.config.connection import ConnectionConfig
from syncline.config.hub import FieldConfig, Guards, Hub, TeamConfig
from syncline.config.reporting import (
    Alert,
    Channel,
    Mail,
    Notify,
    ObjectiveConfig,
    Report,
    Roadmap,
)
from syncline.config.sync import Sync
from syncline.config.values import Section

NOT_BUILT = (
    "guards",
    "teams",
    "sync",
    "roadmap",
    "objective",
    "channels",
    "mail",
    "report",
    "alert",
    "notify",
)
"""Sections that are understood but that nothing obeys yet: refused, because a promise ignored is a lie."""


class Config(Section):
    """What ``syncline.toml`` says. Paths are absolute once loaded."""

    hub: Hub = Hub()
    guards: Guards = Guards()
    teams: Mapping[str, TeamConfig] = {}
    fields: Mapping[str, FieldConfig] = {}
    connections: Mapping[str, SerializeAsAny[ConnectionConfig]] = {}
    sync: tuple[Sync, ...] = ()
    roadmap: Roadmap | None = None
    objective: tuple[ObjectiveConfig, ...] = ()
    channels: Mapping[str, Channel] = {}
    mail: Mail | None = None
    report: tuple[Report, ...] = ()
    alert: tuple[Alert, ...] = ()
    notify: Notify | None = None

    _path: Path = PrivateAttr(default=Path("syncline.toml"))

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self._path

    @property
    def directory(self) -> Path:
        """Where relative paths start."""
        return self._path.parent

    def at(self, path: Path) -> Self:
        """The same configuration, read from ``path``."""
        copy = self.model_copy()
        copy._path = path
        return copy
