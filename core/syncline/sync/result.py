"""What a run says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from syncline.errors import ConfigError, GuardTripped, SchemaError, StoreError, SynclineError, VendorError
from syncline.store.ingest import Tally

if TYPE_CHECKING:
    from syncline.sync.cycle import Outcome


@dataclass
class Counts(Tally):
    """What one feed of one connection did. ``complete``: all there was to read has been read and stored."""

    requests: int = 0
    complete: bool = False
    remark: str = ""

    def as_dict(self) -> dict[str, Any]:
        """A remark stands there only where the stream makes one."""
        return {name: value for name, value in asdict(self).items() if value != ""}


@dataclass(frozen=True)
class Problem:
    """Something that went wrong and did not end the run. ``stream`` is None where the whole connection stopped."""

    connection: str
    stream: str | None
    error: SynclineError


@dataclass(frozen=True)
class SetAside:
    """A record that could not be read for the first time in this run; a person should look at it."""

    connection: str
    kind: str
    remote_id: str
    reason: str


@dataclass(frozen=True)
class Progress:
    """How far a feed has come; ``estimate`` is how many records there may be, where the connector knows."""

    connection: str
    stream: str
    counts: Counts
    estimate: int | None = None


OnProgress = Callable[[Progress], None]


@dataclass
class PullResult:
    """The outcome of a pull: counts by connection and feed, and what went wrong."""

    run: int
    connections: dict[str, dict[str, Counts]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    outcome: Outcome | None = None
    """What planning and writing came to, where that was done, too."""
    stopped: str = ""
    """Who told the run to end before it was through."""

    @property
    def exit_code(self) -> int:
        """The first that applies of 1, 2, 5, 4, 3, 0 (architecture §6)."""
        for code, kinds in ((1, StoreError), (2, (ConfigError, SchemaError))):
            if any(isinstance(problem.error, kinds) for problem in self.problems):
                return code
        if any(isinstance(problem.error, GuardTripped) for problem in self.problems):
            return 5
        if self.outcome is not None and self.outcome.refused:
            return 5
        if any(isinstance(problem.error, VendorError) for problem in self.problems):
            return 4
        if self.stopped or (self.outcome is not None and self.outcome.failed):
            return 4
        if self.problems:
            return 1
        return 3 if self.set_aside or (self.outcome is not None and self.outcome.news) else 0

    def summary(self) -> dict[str, Any]:
        """What is kept in the run's row."""
        stopped = {"stopped": self.stopped} if self.stopped else {}
        return stopped | {
            "connections": {
                name: {feed: counts.as_dict() for feed, counts in feeds.items()}
                for name, feeds in self.connections.items()
            },
            "problems": [
                {"connection": p.connection, "stream": p.stream, "error": str(p.error)} for p in self.problems
            ],
        }
