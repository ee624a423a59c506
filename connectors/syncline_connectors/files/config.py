"""What stands under ``[connections.NAME]`` for files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, StringConstraints, ValidationInfo, model_validator

from syncline.config import ConnectionConfig
from syncline.config.connection import ConnectionField
from syncline.config.values import OneOrMore, Words, ZoneName
from syncline_connectors.files.tables import FEEDS

Feed = Literal[
    "metrics",
    "metric_points",
    "surveys",
    "experiments",
    "rollouts",
    "deploys",
    "notes",
    "decisions",
    "scores",
]


def _printable(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not all(pattern.isprintable() for pattern in patterns):
        raise ValueError("must be paths of printable characters")
    return patterns


Paths = Annotated[OneOrMore, AfterValidator(_printable)]
"""Files, or patterns such as ``research/*.md``, seen from the directory of the configuration file."""


class FilesConfig(ConnectionConfig):
    """What has no connector yet, as CSV and Markdown files with documented columns."""

    mappable: ClassVar[frozenset[str]] = frozenset()
    unused: ClassVar[frozenset[str]] = frozenset(
        {"url", "insecure", "customer_visible", "status", "containers"}
    )

    metrics: Paths | None = Field(default=None, examples=["data/metrics.csv"])
    """CSV: metric, day, value, and what else is known of a metric. Like all below: a path, a pattern, or a list."""
    surveys: Paths | None = Field(default=None, examples=["data/nps.csv"])
    """CSV: one answer a row."""
    experiments: Paths | None = Field(default=None, examples=["data/experiments.csv"])
    """CSV: one arm of an experiment a row, the control first."""
    rollouts: Paths | None = Field(default=None, examples=["data/flags.csv"])
    """CSV: a feature flag's percentage at one time a row."""
    deploys: Paths | None = Field(default=None, examples=["data/deploys.csv"])
    """CSV: one deploy a row."""
    notes: Paths | None = Field(default=None, examples=["research/*.md"])
    """Markdown: interviews, competitor notes."""
    decisions: Paths | None = Field(default=None, examples=["data/decisions.csv"])
    """CSV: one decision a row; or Markdown: one decision record (ADR) a file."""
    scores: Paths | None = Field(default=None, examples=["data/scores.csv"])
    """CSV: item, as_of, and the company's own fields: for tools without number fields."""
    ignore: Words | None = Field(default=None, examples=[["Browser", "Country"]])
    """Columns that are not read, so that they are not asked about."""
    timezone: ZoneName = "UTC"
    """What a time without a zone means."""
    decimal: Literal[".", ","] = "."
    """The sign before decimals."""
    site: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")] = "files"
    """Identity of these files in the database: it outlives the connection's name and the folder; never change it."""
    access: Literal["read"] = "read"
    """Files are only read."""
    fields: Mapping[str, ConnectionField] = Field(default={}, examples=[{"reach": "Reach per quarter"}])
    """For `scores`: the company's field to the column's header, or to `{ field, values }` for choices."""
    streams: tuple[Feed, ...] | None = Field(default=None, examples=[["surveys", "notes"]])
    """What is read; left out: all that has a file."""

    _directory: Path = PrivateAttr(default=Path())

    @property
    def directory(self) -> Path:
        """Where relative paths start."""
        return self._directory

    def patterns(self, table: str) -> tuple[str, ...]:
        """The files of a table, as configured."""
        found: tuple[str, ...] | None = getattr(self, table)
        return found or ()

    @model_validator(mode="after")
    def _keep_directory(self, info: ValidationInfo) -> Self:
        self._directory = Path((info.context or {}).get("directory", ""))
        return self

    @model_validator(mode="after")
    def _find_files(self) -> Self:
        if self.streams == ():
            raise ValueError("streams is empty; leave it out to read everything")
        for feed in self.streams or ():
            if not self.patterns(FEEDS[feed][0]):
                raise ValueError(f"streams names {feed}, but {FEEDS[feed][0]} names no files")
        return self
