"""Accounts as the tools show them."""

from __future__ import annotations

from dataclasses import dataclass

CUSTOMERS = frozenset({"end-user", "customer"})
"""Types of account, in the tools' own words, that nobody of the company works with."""
PROGRAMS = frozenset({"app", "bot"})


@dataclass(frozen=True)
class Account:
    """One account of one tool. ``connection`` is the one that reads it; two connections of one site share it."""

    site: str
    remote_id: str
    connection: str
    key: str | None = None
    name: str | None = None
    email: str | None = None
    active: bool = True
    type: str | None = None
    open_items: int = 0
    """Items assigned to it that are not finished."""

    @property
    def identity(self) -> tuple[str, str]:
        return self.site, self.remote_id

    @property
    def ref(self) -> str:
        return f"{self.site}:Person:{self.remote_id}"

    @property
    def shown(self) -> str:
        """How messages call it: its name where the tool shows one, and its id."""
        return f"{self.name} ({self.remote_id})" if self.name else self.remote_id

    @property
    def wanted(self) -> bool:
        """Whether the list should have it: somebody works with it, or may."""
        return self.open_items > 0 or (self.active and self.type not in PROGRAMS)


def folded(text: str) -> str:
    """Text without case and superfluous blanks."""
    return " ".join(text.casefold().split())
