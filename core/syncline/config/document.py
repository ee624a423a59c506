"""The whole file as one model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, PrivateAttr

from syncline.config.connection import ConnectionConfig
from syncline.config.hub import Hub
from syncline.config.later import Built, Later
from syncline.config.values import Section

if TYPE_CHECKING:
    from syncline.config.company import FieldConfig, Guards, TeamConfig
    from syncline.config.marks import Mark
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
else:
    _COMPANY, _REPORTING = "syncline.config.company", "syncline.config.reporting"
    FieldConfig = Annotated[Any, Later(_COMPANY, "FieldConfig")]
    Guards = Annotated[Any, Later(_COMPANY, "Guards")]
    TeamConfig = Annotated[Any, Later(_COMPANY, "TeamConfig")]
    Alert = Annotated[Any, Later(_REPORTING, "Alert")]
    Channel = Annotated[Any, Later(_REPORTING, "Channel")]
    Mail = Annotated[Any, Later(_REPORTING, "Mail")]
    Notify = Annotated[Any, Later(_REPORTING, "Notify")]
    ObjectiveConfig = Annotated[Any, Later(_REPORTING, "ObjectiveConfig")]
    Report = Annotated[Any, Later(_REPORTING, "Report")]
    Roadmap = Annotated[Any, Later(_REPORTING, "Roadmap")]
    Mark = Annotated[Any, Later("syncline.config.marks", "Mark")]
    Sync = Annotated[Any, Later("syncline.config.sync", "Sync")]


class Config(Section):
    """What ``syncline.toml`` says. Paths are absolute once loaded."""

    hub: Hub = Field(default_factory=Hub)
    """Where things are kept, and how time is read."""
    guards: Guards | None = None
    """What looks like a disaster; left out: as the keys' defaults say."""
    teams: Mapping[str, TeamConfig] = {}
    """What "team" means in reports."""
    fields: Mapping[str, FieldConfig] = Field(
        default={},
        examples=[
            {
                "severity": {"type": "choice", "values": ["s1", "s2", "s3"]},
                "reach": {"type": "number", "unit": "users/quarter"},
                "arr": {"type": "number", "unit": "EUR/year"},
            }
        ],
    )
    """The company's own fields."""
    connections: Mapping[str, Annotated[ConnectionConfig, Built()]] = {}
    """The accounts, each under its label."""
    sync: tuple[Sync, ...] = ()
    """What is kept in agreement."""
    mark: tuple[Mark, ...] = ()
    """What is marked in charts when it ships."""
    roadmap: Roadmap | None = None
    """What stands on the roadmap."""
    objective: tuple[ObjectiveConfig, ...] = ()
    """Goals."""
    channels: Mapping[str, Channel] = Field(
        default={},
        examples=[
            {
                "leads": {"kind": "mail", "to": ["leads@acme.example"]},
                "pm": {"kind": "slack", "url": "env:SLACK_PM_URL"},
            }
        ],
    )
    """Places that messages go to."""
    mail: Mail | None = None
    """How mail is sent."""
    report: tuple[Report, ...] = ()
    """Reports made by `sync`."""
    alert: tuple[Alert, ...] = ()
    """Messages when a metric leaves its bounds."""
    notify: Notify | None = None
    """Who hears what when."""

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
