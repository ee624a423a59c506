"""No tool's limit is ever exceeded as the tool itself counts it, by four processes on one account.

The processes are four threads on one clock that moves only while all of them wait; each has its own connector and its
own stock of permits, and they share the rows of one database as processes do (`tests/store` runs real ones). That the
limits are met at all is shown with permits that are not shared.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.conformance.turns import Turns
from tests.lab import client, pull

from syncline.connector import Probes, Source
from syncline.errors import RateLimited
from syncline.http import BlockPermits, LocalPermits, Permits
from syncline.model import Kind, Ref
from syncline.seams import Clock
from syncline.secrets import Secret
from syncline.sim.app import App, SimRequest, SimResponse, Traffic
from syncline.sim.clock import SimClock
from syncline.store.rates import FileRates, rates_beside
from syncline.target import Set, Target
from syncline_connectors.amplitude import Amplitude
from syncline_connectors.amplitude.simulator import AmplitudeSimulator
from syncline_connectors.amplitude.simulator.limits import AT_ONCE
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.linear import Linear
from syncline_connectors.linear.simulator import LinearSimulator
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import KEY, TrelloSimulator
from syncline_connectors.zendesk import Zendesk
from syncline_connectors.zendesk.simulator import CALM, Role, ZendeskSimulator
from syncline_connectors.zendesk.simulator.limits import Plan

PROCESSES = 4
EMAIL = "ada@example.com"


def secret(value: str) -> Secret:
    return Secret(None, SecretStr(value))


@dataclass
class Tool:
    """A simulated tool, how to connect to it, and what is asked of it again and again until it has heard enough."""

    connector: type[Source]
    config: dict[str, Any]
    app: App
    refused: Counter[str]
    ask: Callable[[Source], object]
    enough: int
    """Requests that would exceed the limit many times over if each process kept to it alone."""
    latency: float = 0.2
    """Seconds that an answer takes at most."""


def probe(source: Source) -> object:
    assert isinstance(source, Probes)
    source.probe()
    return None


def jira(clock: SimClock) -> Tool:
    site = JiraSimulator(clock, site_url="https://demo.atlassian.net", calm=True)
    ada = site.add_user("Ada Example", email=EMAIL)
    site.add_token(ada, "token")
    config = {"url": "https://demo.atlassian.net", "user": EMAIL, "token": secret("token")}
    return Tool(Jira, config, site, site.limits.refused, probe, 900, latency=0.01)


TENTH = 10


class Tenth(Linear):
    """Linear with a tenth of everything, lest thousands of requests be needed to meet a limit of an hour."""

    capabilities = replace(
        Linear.capabilities,
        buckets=tuple(
            replace(one, rate=one.rate / TENTH, burst=one.burst // TENTH)
            for one in Linear.capabilities.buckets
        ),
    )


def linear(clock: SimClock) -> Tool:
    site = LinearSimulator(clock, calm=True)
    ada = site.add_user("Ada Example", email=EMAIL)
    site.add_team("ENG", "Engineering", members=(ada,))
    site.add_api_key(ada, "lin_api_ada")
    site.limits.shrink(requests=site.limits.keys.requests // TENTH)
    return Tool(Tenth, {"token": secret("lin_api_ada")}, site, site.limits.refused, probe, 300)


def trello(clock: SimClock) -> Tool:
    site = TrelloSimulator(clock, calm=True)
    mia = site.add_member("Mia Example", "mia")
    site.add_token(mia, "ATTA" + "c" * 60)
    board = site.add_board("Design", members=[mia], by=mia)
    site.create_card(site.add_list(board, "To Do"), "A card", by=mia)
    config = {"key": secret(KEY), "token": secret("ATTA" + "c" * 60), "boards": [board.short_link]}

    def ask(source: Source) -> object:
        return pull(source), source.check()

    return Tool(Trello, config, site, site.limits.refused, ask, 350)


def zendesk(clock: SimClock, plan: Plan, ask: Callable[[Source, Ref], object], enough: int) -> Tool:
    url = "https://demo.zendesk.com"
    desk = ZendeskSimulator(clock, seed=5, site_url=url, quirks=CALM)
    desk.limits.plan = plan
    ada = desk.add_user("Ada Example", role=Role.ADMIN, email=EMAIL)
    desk.add_token(ada, "token")
    tickets = [str(desk.create_ticket(ada, "It does not start", "Please help").id) for _ in range(40)]
    clock.advance(300)
    config = {"url": url, "user": EMAIL, "token": secret("token"), "access": "write"}
    order = random.Random(7)

    def asked(source: Source) -> object:
        return ask(source, Ref("demo.zendesk.com", Kind.TICKET, order.choice(tickets)))

    return Tool(Zendesk, config, desk, desk.limits.refused, asked, enough)


def look(source: Source, ref: Ref) -> object:
    return list(source.fetch([ref]))


def walk(source: Source, ref: Ref) -> object:
    return pull(source, "tickets")


def change(source: Source, ref: Ref) -> object:
    assert isinstance(source, Target)
    return source.update(ref, {"title": Set(f"Title {random.random()}")}, {})


def everything(source: Source, ref: Ref) -> object:
    return look(source, ref), change(source, ref), walk(source, ref)


def amplitude(clock: SimClock) -> Tool:
    project = AmplitudeSimulator(clock, calm=True)
    project.add_key("key", "secret")
    project.set_series("visit", clock.now().date(), range(10))
    config = {"key": secret("key"), "secret": secret("secret"), "region": "us", "timezone": "UTC"}
    config["metrics"] = [{"name": "visits", "event": "visit"}]

    def ask(source: Source) -> object:
        return pull(source, "metrics"), pull(source, "annotations")

    return Tool(Amplitude, config, project, project.limits.refused, ask, 70)


TOOLS: dict[str, Callable[[SimClock], Tool]] = {
    "jira": jira,
    "linear": linear,
    "trello": trello,
    "zendesk, small plan": lambda clock: zendesk(clock, Plan.TEAM, look, 300),
    "zendesk, exports": lambda clock: zendesk(clock, Plan.PROFESSIONAL, walk, 30),
    "zendesk, updates": lambda clock: zendesk(clock, Plan.ENTERPRISE, change, 250),
    "zendesk, all at once": lambda clock: zendesk(clock, Plan.TEAM, everything, 260),
    "amplitude": amplitude,
}


def run(tool: Tool, clock: SimClock, permits: Callable[[Clock], Permits]) -> Traffic:
    """Let all processes ask until the tool has heard enough, or too much."""
    traffic, chance = Traffic(), random.Random(11)

    def process(own: Clock) -> None:
        def slowly(request: SimRequest) -> SimResponse:
            own.sleep(chance.random() * tool.latency)
            answer = tool.app(request)
            own.sleep(chance.random() * tool.latency)
            return answer

        given = {"connector": tool.connector.name} | tool.config
        config = tool.connector.Config.model_validate(given).named("here")
        with client(tool.connector, config, slowly, own, permits=permits(own), traffic=traffic) as http:
            source = tool.connector(config, http, {})
            while traffic.total < tool.enough and not tool.refused:
                try:
                    tool.ask(source)
                except RateLimited as error:  # the permits say that it would take too long for one run
                    own.sleep(error.after or 1)

    Turns(clock, seed=3).run([process] * PROCESSES)
    return traffic


@pytest.mark.parametrize("make", TOOLS.values(), ids=TOOLS)
def test_four_processes_on_one_account_stay_below_the_limit(
    make: Callable[[SimClock], Tool], tmp_path: Path
) -> None:
    clock = SimClock()
    tool = make(clock)
    path = rates_beside(tmp_path / "syncline.db")
    with ExitStack() as stack:

        def shared(own: Clock) -> Permits:
            return BlockPermits(stack.enter_context(FileRates(path, clock)), own)

        traffic = run(tool, clock, shared)
    assert traffic.total >= tool.enough
    assert not tool.refused
    assert traffic.peak <= min(PROCESSES, AT_ONCE)


ALONE = {name: make for name, make in TOOLS.items() if name != "linear"}
"""Linear tells with every answer how much of the hour is left: that is heeded in time, also without shared permits."""


@pytest.mark.parametrize("make", ALONE.values(), ids=ALONE)
def test_each_keeping_to_the_limit_alone_would_not_do(make: Callable[[SimClock], Tool]) -> None:
    clock = SimClock()
    tool = make(clock)
    run(tool, clock, LocalPermits)
    assert tool.refused
