"""Acts out on a simulated Zendesk account what customers asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from syncline.seams import Clock
from syncline_connectors.demo.company import ADA, DORA, GUS, PEOPLE
from syncline_connectors.demo.support import ESCALATED, GROUPS, ORGANIZATIONS, Ask
from syncline_connectors.zendesk.simulator import ZendeskSimulator
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.tickets import Ticket

Deed = tuple[datetime, Callable[[], object]]
CLOSES_AFTER = timedelta(days=28)
"""How long a ticket stays solved and may still be written to: the longest that Zendesk allows."""
Issue = Callable[[str], tuple[str, str]]
"""Id and web address of a Jira issue, by its key."""


def play_zendesk(
    asks: Sequence[Ask], clock: Clock, seed: int, began: datetime, jira: Issue
) -> tuple[ZendeskSimulator, e.User]:
    """A calm account, and the administrator whose token reads it."""
    site = ZendeskSimulator(clock, calm=True, seed=seed, subdomain="example-shops")
    site.closes_after = CLOSES_AFTER
    groups = {name: site.add_group(name, at=began) for name in GROUPS}
    staff = {
        number: site.add_user(
            PEOPLE[number].name,
            role="admin" if number == ADA else "agent",
            email=PEOPLE[number].email,
            groups=groups.values(),
            at=began,
        )
        for number in (ADA, DORA, GUS)
    }
    site.add_ticket_field("Engineering", at=began)
    buyers = {}
    for name, arr in ORGANIZATIONS.items():
        company = site.add_organization(name, fields={"arr_eur": arr}, at=began)
        first = name.split()[0].lower()
        buyers[name] = site.add_user(
            f"{name.split()[0]} Buyer", email=f"buyer@{first}.example", organization=company, at=began
        )
    deeds = [deed for ask in asks for deed in _deeds(site, ask, groups, staff, buyers, jira)]
    for _, act in sorted(deeds, key=lambda deed: deed[0]):
        act()
    return site, staff[ADA]


def _deeds(
    site: ZendeskSimulator,
    ask: Ask,
    groups: dict[str, e.Group],
    staff: dict[int, e.User],
    buyers: dict[str, e.User],
    jira: Issue,
) -> Iterator[Deed]:
    made: list[Ticket] = []
    buyer = buyers[ask.organization]
    agent = staff[ask.agent] if ask.agent is not None else None

    def create() -> None:
        ticket = site.create_ticket(
            buyer,
            ask.subject,
            _text(ask, jira),
            tags=ask.tags,
            group=groups[ask.group],
            assignee=agent,
            priority=ask.priority,
            at=ask.created,
        )
        if ticket.id != ask.number:
            raise AssertionError(f"the account says {ticket.id}, the story {ask.number}")
        made.append(ticket)

    yield ask.created, create
    if agent and ask.answered:
        at = ask.answered
        yield at, lambda: site.reply(made[0], "Thank you, we look into it.", by=agent, at=at)
        if ask.about and ask.told == "app":
            number, _ = jira(ask.about)
            seen, key = at + timedelta(minutes=10), ask.about
            yield seen, lambda: site.link_jira(made[0], number, key, at=seen)
    if agent and ask.solved:
        solved = ask.solved
        yield solved, lambda: site.solve(made[0], by=agent, at=solved)
    if ask.rating and ask.solved:
        rating, rated = ask.rating, ask.solved + timedelta(hours=1)
        yield rated, lambda: site.rate(made[0], rating, at=rated)
    if ESCALATED in ask.tags:
        noted = ask.created + timedelta(hours=1)
        note = "Three shops say so. Engineers should look at it."
        yield noted, lambda: site.note(made[0], note, by=staff[DORA], at=noted)


def _text(ask: Ask, jira: Issue) -> str:
    """What was written; by a customer who called, the agent who knew the bug."""
    return (
        f"{ask.text}\n\nTaken from a call. It is {jira(ask.about)[1]}"
        if ask.about and ask.told == "call"
        else ask.text
    )
