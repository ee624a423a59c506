"""Where walks over cards stand: the mark that one leaves to the next, and the position inside one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from syncline.errors import ProtocolError
from syncline_connectors.trello.boards import digest
from syncline_connectors.trello.values import Json

OVERLAP = 5 * 60 * 1000
"""Milliseconds asked again before the mark: nobody promises that Trello shows at once what it has dated."""


PARTS = 256
"""Parts that a board's cards are digested in. Trello need not give a card a new time when its labels change, or what
lives in it, and tells no action of that: such a change costs a look at one part."""
_WIDTH = 2
_SILENT = ("comments", "attachments", "checkItems", "checkItemsChecked")


@dataclass(frozen=True)
class Seen:
    """What a walk saw of a board: ``made_of`` changes with what all cards are read by, ``named`` tells of each list and
    label, ``cards`` changes with any card that comes, goes, moves or is touched, ``newest`` is the latest action,
    ``silent`` holds a digest for each part.

    ``silent`` is empty where cards were read without a look at all of them: the next walk goes by times alone.
    """

    made_of: str
    named: Mapping[str, str] = field(default_factory=dict)
    cards: str = ""
    newest: str = ""
    silent: str = ""

    def renamed(self, other: Seen) -> frozenset[str]:
        """Ends of the ids of lists and labels that came, went or changed."""
        every = self.named.keys() | other.named.keys()
        return frozenset(id_ for id_ in every if self.named.get(id_) != other.named.get(id_))

    def differing(self, other: Seen) -> frozenset[int]:
        """The parts whose digests differ; none where either was not taken."""
        if not (self.silent and other.silent):
            return frozenset()
        return frozenset(part for part in range(PARTS) if self._of(part) != other._of(part))

    def _of(self, part: int) -> str:
        return self.silent[part * _WIDTH : (part + 1) * _WIDTH]


def part_of(card: str) -> int:
    """The part of its board that a card belongs to."""
    return int(digest(card)[:8], 16) % PARTS


@dataclass(frozen=True)
class Mark:
    """The end of a walk: Trello's clock when it began, in epoch milliseconds, and what it saw of each board."""

    at: int
    boards: Mapping[str, Seen] = field(default_factory=dict)

    def text(self) -> str:
        boards = {board: _kept(seen) for board, seen in sorted(self.boards.items())}
        return json.dumps({"at": self.at, "boards": boards}, separators=(",", ":"))

    @classmethod
    def of(cls, text: str | None) -> Mark | None:
        """Read a mark; raises ProtocolError."""
        if text is None:
            return None
        try:
            found = json.loads(text)
            return cls(int(found["at"]), {board: Seen(*pair) for board, pair in found["boards"].items()})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unreadable("mark") from None

    @property
    def since(self) -> str:
        """Where the feed is read from, as Trello writes times."""
        return written(max(0, self.at - OVERLAP))


@dataclass(frozen=True)
class Position:
    """Inside a walk. ``left`` are the boards still to be walked, the first perhaps begun.

    ``at`` is Trello's clock when the walk began. ``before``: of the first board, cards older than this one are left.
    ``talked``: its cards are done, its feed is not. ``done`` is what was seen of the boards that are finished.
    """

    left: tuple[str, ...]
    at: int | None = None
    before: str | None = None
    talked: bool = False
    done: Mapping[str, Seen] = field(default_factory=dict)

    def text(self) -> str:
        kept: dict[str, Any] = {
            "left": list(self.left),
            "at": self.at,
            "before": self.before,
            "talked": self.talked,
        }
        done = {board: _kept(seen) for board, seen in self.done.items()}
        return json.dumps({**{k: v for k, v in kept.items() if v}, "done": done}, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Position:
        """Read a position; raises ProtocolError."""
        try:
            found = json.loads(text)
            return cls(
                tuple(map(str, found.get("left", ()))),
                found.get("at"),
                found.get("before"),
                bool(found.get("talked")),
                {board: Seen(*pair) for board, pair in found["done"].items()},
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unreadable("position") from None

    def finished(self, board: str, seen: Seen | None) -> Position:
        """After ``board``; ``seen`` is None where it could not be looked at."""
        done = dict(self.done) if seen is None else {**self.done, board: seen}
        left = tuple(other for other in self.left if other != board)
        return replace(self, left=left, before=None, talked=False, done=done)


def _kept(seen: Seen) -> list[Any]:
    return [seen.made_of, dict(seen.named), seen.cards, seen.newest, seen.silent]


def _unreadable(what: str) -> ProtocolError:
    return ProtocolError(f"the saved {what} of a walk cannot be read", hint="pull --full")


def written(millis: int) -> str:
    """A time as Trello writes it."""
    moment = datetime.fromtimestamp(millis / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03}Z"


def cards_digest(glances: Iterable[Json]) -> str:
    """Changes with every card that comes, goes, moves or is touched."""
    names = ("id", "dateLastActivity", "idList", "closed")
    return digest(sorted([str(card.get(name)) for name in names] for card in glances))


def silent_digest(glances: Iterable[Json]) -> str:
    """The digests of all parts, of what may change without a word."""
    parts: list[list[Any]] = [[] for _ in range(PARTS)]
    for card in glances:
        number, badges = str(card.get("id")), card.get("badges")
        counts = [badges.get(name) for name in _SILENT] if isinstance(badges, Mapping) else []
        parts[part_of(number)].append([number, card.get("idLabels"), counts])
    return "".join(digest(sorted(part, key=lambda row: str(row[0])))[:_WIDTH] for part in parts)
