"""A made-up company on simulated vendors, the same for the same seed, with what is true of it.

Engineering works in Jira, product in Linear, design in Trello, support in Zendesk; usage is in Amplitude, and what has
no tool in files. `plot` plans it, the ``play`` modules act it out, `facts` and `answers` say what reports must agree
with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncline.seams import Clock, SystemClock
from syncline.sim import Traffic
from syncline.sim.app import App
from syncline.sim.server import serve
from syncline_connectors.amplitude.simulator import AmplitudeSimulator
from syncline_connectors.demo.facts import Facts, facts_of
from syncline_connectors.demo.play import play
from syncline_connectors.demo.play_linear import play_linear
from syncline_connectors.demo.play_trello import play_trello
from syncline_connectors.demo.play_usage import play_usage
from syncline_connectors.demo.play_zendesk import play_zendesk
from syncline_connectors.demo.plot import Plot, plot
from syncline_connectors.demo.story import Story, tell
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.linear.simulator import LinearSimulator
from syncline_connectors.trello.simulator import KEY as TRELLO_KEY
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.zendesk.simulator import ZendeskSimulator

EMAIL = "ada@example.com"
TOKEN = "demo-token"  # noqa: S105 - opens nothing but the simulation
LINEAR_TOKEN = "lin_api_demo"  # noqa: S105
SANDBOX = "SAND"
BEGAN = timedelta(days=100)
"""How long ago the company set up its tools."""

__all__ = [
    "EMAIL",
    "SANDBOX",
    "TOKEN",
    "Demo",
    "Facts",
    "Plot",
    "Sites",
    "build",
    "build_all",
    "facts",
    "plot",
    "serve_demo",
]


@dataclass(frozen=True)
class Sites:
    """The simulated vendors. ``board`` is the short link of the Trello board."""

    jira: JiraSimulator
    linear: LinearSimulator
    trello: TrelloSimulator
    zendesk: ZendeskSimulator
    amplitude: AmplitudeSimulator
    board: str


@dataclass(frozen=True)
class Demo:
    """The simulated vendors while they are served on loopback, and the credentials to read them.

    ``urls``, ``traffic`` by vendor; ``environ`` are the secrets by the names that a configuration may use.
    """

    sites: Sites
    plot: Plot
    facts: Facts
    urls: dict[str, str]
    traffic: dict[str, Traffic]
    environ: dict[str, str] = field(
        default_factory=lambda: {
            "JIRA_TOKEN": TOKEN,
            "LINEAR_API_KEY": LINEAR_TOKEN,
            "TRELLO_KEY": TRELLO_KEY,
            "TRELLO_TOKEN": TOKEN,
            "ZENDESK_TOKEN": TOKEN,
            "AMPLITUDE_KEY": "demo-key",
            "AMPLITUDE_SECRET": TOKEN,
        }
    )
    user: str = EMAIL
    sandbox: str = SANDBOX
    """Key of a project in Jira in which anything may be written."""


def build(clock: Clock, seed: int = 0) -> JiraSimulator:
    """The company's Jira site, with ninety days of history before ``clock.now()``. Ada's token is `TOKEN`.

    She administers Jira, and an empty project, `SANDBOX`, is there for trying things out.
    """
    return _jira(tell(_minute(clock.now()), seed), clock, seed)


def _jira(story: Story, clock: Clock, seed: int) -> JiraSimulator:
    site, reader = play(story, clock, seed)
    site.add_token(reader, TOKEN)
    site.admins.add(reader.account_id)
    site.add_project(SANDBOX, "Sandbox", lead=reader)
    return site


def build_all(planned: Plot, clock: Clock, seed: int = 0, jira_url: str | None = None) -> Sites:
    """All tools, each telling its part of the same story; what points to Jira does so at ``jira_url``."""
    story, began = planned.story, planned.story.now - BEGAN
    jira = _jira(story, clock, seed)
    jira.site_url = jira_url or jira.site_url
    numbers = {issue.key: str(issue.id) for issue in jira.issues.values()}

    def address(key: str) -> str:
        return f"{jira.site_url}/browse/{key}"

    linear, ada, issues = play_linear(planned.roadmap, clock, seed, began, address)
    linear.add_api_key(ada, LINEAR_TOKEN)
    trello, member, board = play_trello(
        planned.cards, clock, seed, began, lambda title: issues[planned.roadmap.need(title).key].url
    )
    trello.add_token(member, TOKEN)
    zendesk, admin = play_zendesk(planned.asks, clock, seed, began, lambda key: (numbers[key], address(key)))
    zendesk.add_token(admin, TOKEN)
    amplitude = play_usage(planned.evidence, clock, seed)
    amplitude.add_key("demo-key", TOKEN)
    return Sites(jira, linear, trello, zendesk, amplitude, board.short_link)


def facts(now: datetime, seed: int = 0) -> Facts:
    """What is true of the Jira site that `build` makes at the same moment."""
    return facts_of(tell(_minute(now), seed))


@contextmanager
def serve_demo(clock: Clock | None = None, seed: int = 0) -> Iterator[Demo]:
    """Serve the company's vendors on loopback until the block ends."""
    clock = clock or SystemClock()
    planned = plot(clock.now(), seed)
    names = ("jira", "linear", "trello", "zendesk", "amplitude")
    apps: dict[str, App] = {}

    def vendor(name: str) -> App:
        """Made before what it serves, because the tools know each other's addresses."""
        return lambda request: apps[name](request)

    traffic = {name: Traffic() for name in names}
    with ExitStack() as open_:
        urls = {name: open_.enter_context(serve(vendor(name), traffic[name])) for name in names}
        sites = build_all(planned, clock, seed, urls["jira"])
        sites.zendesk.site_url = urls["zendesk"]
        apps |= {name: getattr(sites, name) for name in names}
        urls["linear"] += "/graphql"
        urls["trello"] += "/1"
        yield Demo(sites, planned, facts_of(planned.story), urls, traffic)


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
