"""M19: what customers ask for and how they are answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from syncline.report.formulas.refusal import Reason, Refusal

FEWEST_SHOWN = 3
"""Organisations from which on a count of them is printed as it is: below, it could name one."""


@dataclass(frozen=True)
class Reply:
    """A comment on a ticket."""

    at: datetime
    by_agent: bool
    public: bool


def first_reply(
    created_at: datetime | None, created_by_agent: bool, replies: Iterable[Reply]
) -> timedelta | None:
    """M19: from creation to the first public comment of an agent, as elapsed time; None until both exist.

    Where an agent created the ticket, the first such comment is the ticket itself, so the second counts (Zendesk).
    """
    answers = sorted(reply.at for reply in replies if reply.by_agent and reply.public)
    place = 1 if created_by_agent else 0
    if created_at is None or len(answers) <= place:
        return None
    return answers[place] - created_at


@dataclass(frozen=True)
class Ticket:
    """``solved`` and ``reopened`` are the instants at which it was; ``left_out``: spam, or merged into another."""

    id: str
    created_at: datetime
    solved: tuple[datetime, ...] = ()
    reopened: tuple[datetime, ...] = ()
    left_out: bool = False

    def solved_at(self, at: datetime) -> datetime | None:
        """M19: since when it has been solved, seen from just before ``at``; None while it is open."""
        solved = [one for one in self.solved if one < at]
        again = [one for one in self.reopened if one < at]
        if not solved or (again and max(again) >= max(solved)):
            return None
        return min(one for one in solved if not again or one > max(again))


@dataclass(frozen=True)
class Resolution:
    """Elapsed from creation: to the first time it was solved, and to the time since which it has been."""

    first: timedelta | None
    full: timedelta | None


def resolution(ticket: Ticket, at: datetime) -> Resolution:
    """M19: first and full resolution time, kept apart, as known just before ``at``; None while there is none."""
    solved = [one for one in ticket.solved if one < at]
    last = ticket.solved_at(at)
    return Resolution(
        min(solved) - ticket.created_at if solved else None,
        last - ticket.created_at if last is not None else None,
    )


@dataclass(frozen=True)
class Volume:
    """Numbers of tickets. ``solved`` in the period and not reopened in it; ``backlog`` is open at its end."""

    created: int
    solved: int
    backlog: int
    left_out: int

    @property
    def closing_index(self) -> Fraction | Refusal:
        """M19: solved ÷ created in the period (GrimoireLab's index); below 1 the backlog grows."""
        return Fraction(self.solved, self.created) if self.created else Refusal(Reason.TOO_FEW, n=0, needed=1)


def volume(tickets: Iterable[Ticket], start: datetime, end: datetime) -> Volume:
    """M19: tickets created and solved in [start, end), and the backlog at its end."""
    every = list(tickets)
    known = [ticket for ticket in every if not ticket.left_out and ticket.created_at < end]
    solved = [ticket.solved_at(end) for ticket in known]
    return Volume(
        sum(ticket.created_at >= start for ticket in known),
        sum(at is not None and at >= start for at in solved),
        sum(at is None for at in solved),
        sum(ticket.left_out and start <= ticket.created_at < end for ticket in every),
    )


def contact_rate(tickets: int, active_users: int | None) -> Fraction | Refusal:
    """M19: tickets ÷ active users in the same period, tickets per user; the users come from another tool."""
    if active_users is None:
        return Refusal(Reason.MISSING, "active users")
    return (
        Fraction(tickets, active_users) if active_users > 0 else Refusal(Reason.NOT_POSITIVE, "active users")
    )


@dataclass(frozen=True)
class About:
    """A ticket that is linked to an item; ``organization`` where known."""

    item: str
    ticket: str
    created_at: datetime
    organization: str | None = None


@dataclass(frozen=True)
class Demand:
    """Tickets about an item: ``tickets`` and ``organizations`` in all, ``new`` in the period, ``before`` in the last.

    ``without_organization`` tickets are in no organisation's count.
    """

    item: str
    tickets: int
    organizations: int
    new: int
    before: int
    without_organization: int

    @property
    def trend(self) -> int:
        """M19: new tickets now − in the period before."""
        return self.new - self.before


def demand(
    links: Iterable[About], start: datetime, end: datetime, before: datetime | None = None
) -> tuple[Demand, ...]:
    """M19: distinct tickets and organisations for each item, as of ``end``; most new tickets first, then most tickets.

    The period before begins at ``before``; left out, it is as long as [start, end) in elapsed time.
    """
    earlier = before or start - (end - start)
    of_item: dict[str, dict[str, About]] = {}
    for link in links:
        if link.created_at < end:
            of_item.setdefault(link.item, {})[link.ticket] = link
    found = [_demand(item, list(tickets.values()), start, earlier) for item, tickets in of_item.items()]
    return tuple(sorted(found, key=lambda one: (-one.new, -one.tickets, one.item)))


def _demand(item: str, tickets: Sequence[About], start: datetime, earlier: datetime) -> Demand:
    known = {one.organization for one in tickets if one.organization is not None}
    return Demand(
        item,
        len(tickets),
        len(known),
        sum(one.created_at >= start for one in tickets),
        sum(earlier <= one.created_at < start for one in tickets),
        sum(one.organization is None for one in tickets),
    )


def unlinked_share(tickets: Iterable[str], linked: Iterable[str]) -> Fraction | Refusal:
    """M19: the share, 0 to 1, of tickets that no item is linked to. Always printed: a link count is a floor."""
    every = set(tickets)
    if not every:
        return Refusal(Reason.TOO_FEW, "tickets", n=0, needed=1)
    return Fraction(len(every - set(linked)), len(every))


def shown_count(organizations: int) -> str:
    """M19: a number of organisations as it is printed: "< 3" hides which ones a small count would name."""
    return f"< {FEWEST_SHOWN}" if 0 < organizations < FEWEST_SHOWN else str(organizations)
