"""Acts the design board out on a simulated Trello."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from functools import partial

from syncline.seams import Clock
from syncline_connectors.demo.company import PEOPLE
from syncline_connectors.demo.design import LISTS, MEMBERS, Card
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.trello.simulator import entities as e

Deed = tuple[datetime, Callable[[], object]]


def play_trello(
    cards: Sequence[Card], clock: Clock, seed: int, began: datetime, linear: Callable[[str], str]
) -> tuple[TrelloSimulator, e.Member, e.Board]:
    """A calm Trello, the member whose token reads it, and the board. ``linear``: the address of a need by its title."""
    site = TrelloSimulator(clock, calm=True, seed=seed)
    people = {number: site.add_member(PEOPLE[number].name, email=PEOPLE[number].email) for number in MEMBERS}
    ada = people[MEMBERS[0]]
    board = site.add_board("Design", members=people.values(), custom_fields=True, at=began)
    lists = {name: site.add_list(board, name, by=ada, at=began) for name in LISTS}
    hours = site.add_custom_field(board, "Hours", "number", by=ada, at=began)
    deeds: list[Deed] = []
    for card in sorted(cards, key=lambda card: card.created):
        made = site.create_card(
            lists[card.list_],
            card.title,
            desc=f"{card.title}. Made up for the demonstration.",
            due=datetime.combine(card.due, time(12), UTC) if card.due else None,
            members=[people[number] for number in card.members],
            by=people[card.by],
            at=card.created,
        )
        deeds += _deeds(site, card, made, people[card.by], lists, hours, linear)
    for _, act in sorted(deeds, key=lambda deed: deed[0]):
        act()
    return site, ada, board


def _deeds(
    site: TrelloSimulator,
    card: Card,
    made: e.Card,
    who: e.Member,
    lists: dict[str, e.TrelloList],
    hours: e.CustomField,
    linear: Callable[[str], str],
) -> Iterator[Deed]:
    at = card.created
    if card.hours is not None:
        yield at, lambda: site.set_field(made, hours, card.hours, by=who, at=at)
    if card.need is not None:
        address = linear(card.need)
        yield at, lambda: site.attach(made, address, name="What it is for", by=who, at=at)
    if card.checks:
        yield at, lambda: _check(site, card, made, who)
    if card.comment is not None:
        text = card.comment
        yield at, lambda: site.comment(made, text, by=who, at=at)
    for moved, name in card.moves:
        yield moved, partial(site.move, made, lists[name], by=who, at=moved)
    if card.archived:
        yield card.archived, lambda: site.archive(made, by=who, at=card.archived)


def _check(site: TrelloSimulator, card: Card, made: e.Card, who: e.Member) -> None:
    checklist = site.add_checklist(made, "States", by=who, at=card.created)
    for name, complete in card.checks:
        site.add_item(checklist, name, complete=complete, by=who, at=card.created)
