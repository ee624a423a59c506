"""Who takes part: how each is started, and how what arrived is counted."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.measure import Server

HERE = Path(__file__).resolve().parent

CONFIG = """
[hub]
history = "all"

[connections.jira]
connector = "jira"
url = "{url}"
gateway = "{url}"
user = "me@example.com"
token = "env:JIRA_TOKEN"
streams = ["issues", "comments"]
"""


class Arrived(NamedTuple):
    """What a database holds. ``revised`` are issues whose title tells of a change."""

    issues: int
    comments: int
    revised: int


@dataclass(frozen=True)
class Contestant:
    """A program that pulls into a database. ``counts`` are the queries for `Arrived`, in its order."""

    name: str
    arguments: tuple[str, ...]
    counts: tuple[str, str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    interpreter: str = sys.executable
    file: str = "syncline.db"
    """The database, in the program's folder."""

    def command(self, place: Server, folder: Path) -> list[str]:
        known = {
            "url": place.url,
            "folder": str(folder),
            "database": str(self.database(folder)),
            "config": str(folder / "syncline.toml"),
        }
        return [self.interpreter, *(argument.format(**known) for argument in self.arguments)]

    def prepare(self, place: Server, folder: Path) -> None:
        """An empty folder with what the program needs to find there."""
        folder.mkdir(parents=True)
        (folder / "syncline.toml").write_text(CONFIG.format(url=place.url), encoding="utf-8")

    def settle(self, folder: Path, log: Path) -> None:
        """After a step, outside what is measured: keep from its ``log`` what the next one needs."""

    def database(self, folder: Path) -> Path:
        return folder / self.file

    def arrived(self, folder: Path) -> Arrived:
        with closing(sqlite3.connect(self.database(folder))) as db:
            return Arrived(*(int(db.execute(query).fetchone()[0]) for query in self.counts))


def plain(name: str, issues: str, comments: str, title: str, interpreter: str = sys.executable) -> Contestant:
    """A script of ours that fills a table of issues and one of comments."""
    return Contestant(
        name,
        (str(HERE / f"{name}.py"), "{url}", "{database}"),
        (
            f"SELECT count(*) FROM {issues} WHERE length(raw) > 1000",  # noqa: S608 - our own names
            f"SELECT count(*) FROM {comments} WHERE length(body) > 0",  # noqa: S608
            f"SELECT count(*) FROM {issues} WHERE {title} LIKE '%(revision %)'",  # noqa: S608
        ),
        interpreter=interpreter,
    )


SCRIPT = plain("script", "issue", "comment", "title")
LEAST = plain("least", "item", "comment", "title")
SYNCLINE = Contestant(
    "syncline",
    ("-m", "syncline_cli", "--config", "{config}", "-q", "pull"),
    (
        "SELECT count(*) FROM records r JOIN raw w USING (record_id) WHERE kind = 'Issue' AND length(payload) > 1000",
        "SELECT count(*) FROM records WHERE kind = 'Comment' AND length(data ->> '$.body.source') > 0",
        "SELECT count(*) FROM records WHERE kind = 'Issue' AND title LIKE '%(revision %)'",
    ),
    {"JIRA_TOKEN": "not-a-secret"},
)
ALL = (LEAST, SCRIPT, SYNCLINE)
