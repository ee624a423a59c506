"""Where the records of one connection are kept, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncline.model import Kind, Status
from syncline.status import StatusMap


@dataclass
class Home:
    """``native`` names the fields whose history the tool itself tells, of the kinds ``told``; ``volatile`` the payload
    paths left out of the hash; ``container_keys`` maps a container's remote id to its key, which is what the
    configuration speaks of. ``rivals`` are the connections to the same site that read by another map of statuses or
    fields, names by their ids; ``juniors`` those that stand behind this one in the configuration: what both see, this
    one looks after.
    """

    connection_id: int
    site: str
    statuses: StatusMap
    volatile: frozenset[str] = frozenset()
    native: frozenset[str] = frozenset()
    told: frozenset[Kind] = frozenset({Kind.ISSUE, Kind.TICKET})
    keep_raw: bool = True
    container_keys: dict[str, str] = field(default_factory=dict)
    rivals: dict[int, str] = field(default_factory=dict)
    juniors: set[int] = field(default_factory=set)
    learned: set[str] = field(default_factory=set)
    """Native status ids known to stand in the database."""
    resolved: dict[tuple[str | None, ...], Status] = field(default_factory=dict)
    """The values of native statuses with their container's key, and what the map reads them into."""
