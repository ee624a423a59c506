"""What was asked of the account to be written, and which of it a customer would notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_COPIED = {"email_ccs", "email_cc_ids", "collaborators", "additional_collaborators"}
_REQUESTER = {"requester_id", "requester"}


@dataclass(frozen=True)
class Write:
    """One write request, or one ticket of a bulk request. ``ticket`` None: a creation."""

    method: str
    path: str
    ticket: int | None
    values: Mapping[str, Any]


@dataclass
class Ledger:
    """Lists that a test may read. A request is listed when it arrives in good order, whether or not it is then refused.

    ``requests`` are all that do not only read, by method and path; ``writes`` those to tickets, one for each ticket.

    ``public`` are comments that customers see, also those that only leave ``public`` out, which the vendor takes as
    true. ``people`` set who is written to: another requester, or copies.
    """

    requests: list[tuple[str, str]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    public: list[Write] = field(default_factory=list)
    internal: list[Write] = field(default_factory=list)
    solved: list[Write] = field(default_factory=list)
    closed: list[Write] = field(default_factory=list)
    people: list[Write] = field(default_factory=list)
    deletions: list[Write] = field(default_factory=list)

    @property
    def customer_facing(self) -> list[Write]:
        """Every write that a customer would notice."""
        return [*self.public, *self.solved, *self.closed, *self.people, *self.deletions]

    def note(self, write: Write, status: str | None, *, public: bool | None) -> None:
        """``status`` is what the ticket is set to, ``public`` whether the comment is; None for no comment."""
        self.writes.append(write)
        if public is not None:
            (self.public if public else self.internal).append(write)
        if status == "solved":
            self.solved.append(write)
        elif status == "closed":
            self.closed.append(write)
        named = set(write.values)
        if _COPIED & named or (write.ticket is not None and _REQUESTER & named):
            self.people.append(write)

    def note_deletion(self, write: Write) -> None:
        self.writes.append(write)
        self.deletions.append(write)
