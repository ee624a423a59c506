"""Where the scenes of ``demo`` play: a folder, the program run in processes of its own, claims that must hold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline_cli.files import SHARED, write_file
from syncline_cli.output import say
from syncline_cli.session import Session

if TYPE_CHECKING:
    from sqlalchemy import Connection

MADE_BY = "# Made by `syncline demo`; the next one replaces it.\n"
_CRASHER = (sys.executable, "-m", "syncline.sim.crash")
_CONTENT = (
    "SELECT ref, absent, data FROM records",
    "SELECT ref, field, old, new, actor, at, at_from FROM events",
    "SELECT ref, field, value FROM record_fields",
    "SELECT ref, person FROM assignments",
)
"""What a database says of the vendors' work, without when and in which order we learned it."""


@dataclass
class Scene:
    """One scene: what is claimed, and whether it was so."""

    title: str
    claims: list[tuple[str, bool]] = field(default_factory=list)


@dataclass
class Stage:
    """The folder of a demonstration and what has been claimed so far."""

    session: Session
    folder: Path
    scenes: list[Scene] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Everything that the program printed."""

    @property
    def holds(self) -> bool:
        """Whether every claim was true, and there was one."""
        claims = [holds for scene in self.scenes for _, holds in scene.claims]
        return bool(claims) and all(claims)

    def begin(self, title: str) -> None:
        self.scenes.append(Scene(title))
        self.tell()
        self.tell(f"{len(self.scenes)}. {title}", bold=True)

    def tell(self, text: str = "", *, bold: bool = False) -> None:
        """Print for people."""
        if not self.session.json:
            say(text, bold=bold)

    def claim(self, text: str, holds: bool) -> None:
        """State something that has just been checked."""
        self.scenes[-1].claims.append((text, holds))
        self.tell(f"   {'ok   ' if holds else 'FALSE'}  {text}", bold=not holds)

    def config(self, name: str = "syncline") -> Path:
        return self.folder / f"{name}.toml"

    def configure(self, name: str, text: str) -> None:
        """Replace a configuration."""
        write_file(self.config(name), text, mode=SHARED)

    def run(self, *arguments: str, config: str = "syncline") -> Any:
        """Run ``syncline ARGUMENTS --json`` and return its document."""
        done = self._process([sys.executable, "-m", "syncline_cli"], arguments, config)
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.claim(f"`syncline {' '.join(arguments)}` answers ({done.stderr.strip()})", holds=False)
            raise StageCollapsed from None

    def count_hits(self, *arguments: str, config: str) -> dict[str, int]:
        """Run the program undisturbed and count how often it came by each crashpoint."""
        counts = self.folder / "crashpoints.json"
        self._process([*_CRASHER, "--list", str(counts), "--"], arguments, config)
        found: dict[str, int] = json.loads(counts.read_text(encoding="utf-8"))
        counts.unlink()
        return found

    def kill_at(self, point: str, *arguments: str, config: str) -> int:
        """Run the program until it kills itself with SIGKILL at a crashpoint; returns what the system says of it."""
        return self._process([*_CRASHER, point, "--"], arguments, config).returncode

    def _process(
        self, program: Sequence[str], arguments: Sequence[str], config: str
    ) -> subprocess.CompletedProcess[str]:
        self.tell(f"   $ syncline {' '.join(arguments)}")
        done = subprocess.run(  # noqa: S603 - ourselves
            [*program, "--config", str(self.config(config)), "--json", *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        self.heard += [done.stdout, done.stderr]
        return done

    @contextmanager
    def database(self, name: str = "syncline") -> Iterator[Connection]:
        """The database of a configuration, for reading."""
        from syncline.store import open_store

        with open_store(f"sqlite:///{self.folder / name}.db") as store, store.reading() as db:
            yield db

    def content(self, name: str = "syncline") -> str:
        """A digest of everything that the database says of the vendors' work."""
        from sqlalchemy import text

        digest = blake2b(digest_size=16)
        with self.database(name) as db:
            for query in _CONTENT:
                for row in sorted(repr(tuple(row)) for row in db.execute(text(query))):
                    digest.update(row.encode())
        return digest.hexdigest()

    def number(self, query: str, name: str = "syncline") -> int:
        """The one number that a query answers."""
        from sqlalchemy import text

        with self.database(name) as db:
            return int(db.execute(text(query)).scalar_one())

    def count(self, name: str = "syncline") -> int:
        """How many records the database holds."""
        return self.number("SELECT count(*) FROM records", name)

    def names(self, query: str) -> dict[str, str]:
        """The two columns of ``query`` as a mapping."""
        from sqlalchemy import text

        with self.database() as db:
            return {str(key): str(name) for key, name in db.execute(text(query))}

    def document(self) -> dict[str, Any]:
        """Everything that was claimed, as ``demo --json`` tells it."""
        return {
            "scenes": [
                {
                    "title": scene.title,
                    "claims": [{"claim": text, "holds": holds} for text, holds in scene.claims],
                }
                for scene in self.scenes
            ],
            "report": str(self.folder / "report" / "status.html"),
            "exit_code": 0 if self.holds else 1,
        }


class StageCollapsed(Exception):
    """A command did not answer, which has been told as a claim that is false."""
