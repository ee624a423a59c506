"""A made-up company on simulated vendors, the same for the same seed, with what is true of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from syncline.seams import Clock, SystemClock
from syncline.sim import Traffic
from syncline.sim.server import serve
from syncline_connectors.demo.facts import Facts, facts_of
from syncline_connectors.demo.play import play
from syncline_connectors.demo.story import tell
from syncline_connectors.jira.simulator import JiraSimulator

TOKEN = "demo-token"  # noqa: S105 - opens nothing but the simulation
SANDBOX = "SAND"

__all__ = ["SANDBOX", "TOKEN", "Demo", "Facts", "build", "facts", "serve_demo"]


@dataclass(frozen=True)
class Demo:
    """The simulated vendors while they are served on loopback, and the credentials to read them."""

    jira_url: str
    jira_email: str
    jira_token: str
    jira: JiraSimulator
    traffic: Traffic
    facts: Facts
    sandbox: str
    """Key of a project in which anything may be written."""


def build(clock: Clock, seed: int = 0) -> JiraSimulator:
    """The company's Jira site, with ninety days of history before ``clock.now()``. Ada's token is `TOKEN`.

    She administers Jira, and an empty project, `SANDBOX`, is there for trying things out.
    """
    site, reader = play(tell(_minute(clock.now()), seed), clock, seed)
    site.add_token(reader, TOKEN)
    site.admins.add(reader.account_id)
    site.add_project(SANDBOX, "Sandbox", lead=reader)
    return site


def facts(now: datetime, seed: int = 0) -> Facts:
    """What is true of the company that `build` makes at the same moment."""
    return facts_of(tell(_minute(now), seed))


@contextmanager
def serve_demo(clock: Clock | None = None, seed: int = 0) -> Iterator[Demo]:
    """Serve the company's vendors on loopback until the block ends."""
    clock = clock or SystemClock()
    now, traffic = clock.now(), Traffic()
    site = build(clock, seed)
    with serve(site, traffic) as url:
        site.site_url = url
        yield Demo(url, "ada@example.com", TOKEN, site, traffic, facts(now, seed), SANDBOX)


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
