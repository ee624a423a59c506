"""What became of the fields of one write, while it is under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from syncline.errors import AuthError, InDoubt, NotFound, TransientError, VendorError
from syncline.model import Ref, Sourced
from syncline.target import Outcome


@dataclass
class Ledger:
    """``had`` needed no write, ``written`` was written, ``doubtful`` was sent without an answer."""

    had: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    refused: dict[str, VendorError] = field(default_factory=dict)
    doubtful: dict[str, InDoubt] = field(default_factory=dict)

    def refuse(self, names: Iterable[str], error: VendorError) -> None:
        """Note an error for fields; raises it where it is not about them: wrong credentials, no such issue, or a fault
        that passed before anything was written, so that the whole can be tried again."""
        if isinstance(error, AuthError | NotFound):
            raise error
        if isinstance(error, InDoubt):
            self.doubtful |= dict.fromkeys(names, error)
            return
        if isinstance(error, TransientError) and not self.written and not self.doubtful:
            raise error
        self.refused |= dict.fromkeys(names, error)

    def undo(self, name: str, error: VendorError) -> None:
        """What was written turned out not to be kept."""
        self.written.discard(name)
        self.refused[name] = error

    def settle(self, name: str, *, holds: bool) -> None:
        """A doubtful field: the record, read again, holds the value or does not."""
        doubt = self.doubtful.pop(name)
        if holds:
            self.written.add(name)
        else:
            self.refused[name] = doubt

    def outcome(self, ref: Ref, stored: Sourced | None, *, later: bool) -> Outcome:
        """The whole. What is still in doubt is refused with its doubt."""
        refused: Mapping[str, VendorError] = {**self.refused, **self.doubtful}
        return Outcome(
            ref=ref,
            applied=frozenset(self.had | self.written),
            refused=refused,
            stored=stored,
            later=frozenset(self.written) if later else frozenset(),
        )
