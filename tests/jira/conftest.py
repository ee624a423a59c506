"""A Jira site to read, a connector on it, and a record of every request, checked against the vendor's own schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr
from tests.jira.lab import URL, Wire, connecting, described_body
from tests.simulator.schema import SPECS, check_request

from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def site(clock: SimClock) -> JiraSimulator:
    """A calm site with one project, ENG, and Mia, whose token works there."""
    made = JiraSimulator(clock, site_url=URL, calm=True)
    mia = made.add_user("Mia Example", email="mia@acme.example")
    made.add_project("ENG", "Engineering", lead=mia)
    made.add_token(mia, "good-token")
    return made


@pytest.fixture
def wire(site: JiraSimulator) -> Iterator[Wire]:
    made = Wire(site)
    yield made
    if SPECS.is_dir():
        for request in made.sent:
            if request.path != "/rest/api/2/serverInfo":  # asked only where there is no v3
                check_request(request.method, request.path, request.query, described_body(request))


@pytest.fixture
def connect(wire: Wire, clock: SimClock) -> Iterator[Callable[..., Jira]]:
    """Makes connectors with Mia's token; keys of the configuration by name."""
    with connecting(wire, clock, url=URL, user="mia@acme.example", token=SecretStr("good-token")) as make:
        yield make
