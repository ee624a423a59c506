"""A Trello to read, a connector on it, and a record of every request, checked against the vendor's description."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.trello.judge import SPEC, check
from tests.trello.lab import TOKEN, Wire, connecting

from syncline.sim.clock import SimClock
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.trello.simulator import entities as e


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def site(clock: SimClock) -> TrelloSimulator:
    """A calm Trello."""
    return TrelloSimulator(clock, calm=True)


@pytest.fixture
def mia(site: TrelloSimulator) -> e.Member:
    """Mia, whose token works."""
    made = site.add_member("Mia Example", "mia")
    site.add_token(made, TOKEN)
    return made


@pytest.fixture
def board(site: TrelloSimulator, mia: e.Member) -> e.Board:
    """Her board, with three lists."""
    made = site.add_board("Design", members=[mia], custom_fields=True, by=mia)
    for name in ("To Do", "Doing", "Done"):
        site.add_list(made, name)
    return made


@pytest.fixture
def wire(site: TrelloSimulator) -> Iterator[Wire]:
    made = Wire(site)
    yield made
    assert not site.unknown, "parameters that the vendor describes nowhere"
    if SPEC.is_file():
        for request in made.sent:
            check(request)


@pytest.fixture
def connect(wire: Wire, clock: SimClock, mia: e.Member) -> Iterator[Callable[..., Trello]]:
    """Makes connectors with Mia's token; keys of the configuration by name."""
    with connecting(wire, clock) as make:
        yield make
