"""Everything recorded of real tools, pulled by the engine: nothing lost, nothing set aside, and once is enough.

The counts are taken from the files, without our code. Jira's are pulled in `tests/e2e`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.site import logical
from tests.simulator.zendesk_realdata import load_real_data

from syncline.config.loading import parse
from syncline.connector import Source
from syncline.http import Http
from syncline.registry import Registry
from syncline.seams import InlineTasks
from syncline.sim import SimRequest, SimResponse
from syncline.sim.app import App
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline_connectors.amplitude import Amplitude
from syncline_connectors.amplitude.simulator import AmplitudeSimulator
from syncline_connectors.linear import Linear
from syncline_connectors.linear.simulator import LinearSimulator
from syncline_connectors.linear.simulator.load import Loader
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import KEY, TrelloSimulator
from syncline_connectors.trello.simulator.load import load_board
from syncline_connectors.zendesk import Zendesk
from syncline_connectors.zendesk.simulator import CALM, Role, ZendeskSimulator

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real payloads are not at {DATA}")
SECRETS = {
    "linear": {"TOKEN": "lin_api_ada"},
    "trello": {"KEY": KEY, "TOKEN": "ATTA" + "c" * 60},
    "zendesk": {"TOKEN": "token"},
    "amplitude": {"KEY": "key", "TOKEN": "secret"},
}


@dataclass
class Real:
    """A tool with all that was recorded of it, its connection, and how many records of which kind there are."""

    connector: type[Source]
    keys: dict[str, Any]
    app: App
    counts: Mapping[str, int]


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def issues(answer: Any) -> Iterator[str]:
    """Ids of the issues in an answer of which enough was asked for, wherever they stand."""
    if isinstance(answer, dict) and {"id", "identifier", "title", "state"} <= answer.keys():
        yield answer["id"]
    for inner in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from issues(inner)


def linear(clock: SimClock) -> Real:
    """A workspace, and the entities in every recorded answer."""
    site = LinearSimulator(clock, calm=True)
    ada = site.add_user("Ada Example", email="ada@example.com", admin=True)
    site.add_api_key(ada, SECRETS["linear"]["TOKEN"])
    loader = Loader(site)
    rows = read(DATA / "linear" / "garraia-issues.json")
    for row in rows:
        loader.issue(row)
    first = ("list-teams", "list-users", "list-workflow-states", "list-issues")
    files = sorted(
        (DATA / "linear" / "nango").glob("*.json"), key=lambda f: (not f.name.startswith(first), f.name)
    )
    seen = {row["id"] for row in rows}
    for file in files:
        for exchange in read(file):
            data = exchange["response"]["body"].get("data") or {}
            loader.response(data)
            seen |= set(issues(data))
    return Real(Linear, {"token": "env:TOKEN"}, site, {"Issue": len(seen), "Container": len(site.teams)})


def recorded_boards() -> list[dict[str, Any]]:
    """What was recorded of the boards of one account, put together as an export is."""
    boards: dict[str, dict[str, Any]] = {}
    for name in ("boards", "lists", "cards", "labels", "members", "actions", "custom-fields", "checklists"):
        for exchange in read(DATA / "trello" / "nango" / f"{name}.exchanges.json"):
            path, body = exchange["request"]["path"].split("/"), exchange["response"]["body"]
            if path[-2:] == ["me", "boards"]:
                for board in body if name == "boards" else ():
                    boards[board["id"]] = {**board}
            elif name == "checklists" and path[2] == "cards":
                owner = next(
                    b for b in boards.values() if any(c["id"] == path[3] for c in b.get("cards", ()))
                )
                owner["checklists"] = owner.get("checklists", []) + body
            elif name not in ("boards", "checklists") and path[2] == "boards" and path[3] in boards:
                boards[path[3]][path[4]] = body
    return list(boards.values())


def trello(clock: SimClock) -> Real:
    """Three exports of boards, and the boards of an account of the present API."""
    site = TrelloSimulator(clock, calm=True)
    mia = site.add_member("Mia Example", "mia")
    site.add_token(mia, SECRETS["trello"]["TOKEN"])
    found = [read(path) for path in sorted((DATA / "trello" / "boards").glob("*.json"))] + recorded_boards()
    counts: Counter[str] = Counter(Container=len(found))
    for board in found:
        site.join(load_board(site, board), mia)
        cards = {card["id"] for card in board["cards"]}
        items = sum(len(one["checkItems"]) for one in board.get("checklists", ()) if one["idCard"] in cards)
        counts["Issue"] += len(cards) + items
        counts["Attachment"] += sum(len(card.get("attachments", ())) for card in board["cards"])
        talk = (one for one in board["actions"] if one["type"] == "commentCard")
        counts["Comment"] += sum(one["data"]["card"]["id"] in cards for one in talk)
    keys = {"key": "env:KEY", "token": "env:TOKEN", "boards": [board["id"] for board in found]}
    return Real(Trello, keys, site, counts)


def zendesk(clock: SimClock) -> Real:
    """An account made of every document in the recordings."""
    url = "https://demo.zendesk.com"
    desk = ZendeskSimulator(clock, seed=5, site_url=url, quirks=CALM)
    ada = desk.add_user("Ada Example", role=Role.ADMIN, email="ada@example.com")
    desk.add_token(ada, "token")
    counts = load_real_data(desk)
    clock.advance(365 * 24 * 3600)
    keys = {"url": url, "user": "ada@example.com", "token": "env:TOKEN", "keep": {"requester": "full"}}
    tickets = sum(number for status, number in counts.by_status.items() if status != "deleted")
    return Real(Zendesk, keys, desk, {"Ticket": tickets})


def amplitude(clock: SimClock) -> Real:
    """The recorded lists of annotations and cohorts, in a project without any."""
    project = AmplitudeSimulator(clock, calm=True)
    project.add_key("key", "secret")
    folder = DATA / "amplitude" / "nango"
    bodies = {
        "/api/3/annotations": read(folder / "list-annotations.exchanges.json")[0]["response"]["body"],
        "/api/3/cohorts": read(folder / "list-cohorts.exchanges.json")[0]["response"]["body"],
    }

    def tape(request: SimRequest) -> SimResponse:
        body = bodies.get(request.path)
        return project(request) if body is None else SimResponse.of_json(body)

    counts = {
        "Annotation": len(bodies["/api/3/annotations"]["data"]),
        "Metric": len(bodies["/api/3/cohorts"]["cohorts"]),
    }
    keys = {"key": "env:KEY", "secret": "env:TOKEN", "region": "us", "streams": ["annotations", "cohorts"]}
    return Real(Amplitude, keys, tape, counts)


@pytest.mark.parametrize("make", [linear, trello, zendesk, amplitude], ids=lambda make: make.__name__)
def test_all_that_was_recorded_is_pulled_and_a_second_pull_changes_nothing(
    make: Callable[[SimClock], Real], tmp_path: Path
) -> None:
    clock = SimClock()
    real = make(clock)
    name = real.connector.name
    registry = Registry({name: real.connector}, found=())
    tables = {"hub": {"history": "all"}, "connections": {"real": {"connector": name} | real.keys}}
    config, problems = parse(tables, tmp_path, registry)
    assert config is not None, problems

    def opened(*arguments: Any, **options: Any) -> Http:
        return Http(*arguments, **options, transport=SimTransport(real.app))

    def pulled() -> dict[str, tuple[int, int, int, int]]:
        with open_store(f"sqlite:///{tmp_path / 'real.db'}", clock=clock, create=True) as store:
            result = pull(
                config,
                store,
                registry=registry,
                clock=clock,
                tasks=InlineTasks(),
                environ=SECRETS[name],
                open_http=opened,
            )
        assert result.exit_code == 0, result.problems
        assert result.set_aside == []
        feeds = result.connections["real"]
        return {feed: (one.created, one.updated, one.removed, one.quarantined) for feed, one in feeds.items()}

    pulled()
    first = logical(tmp_path / "real.db")
    held = Counter(kind for _, kind, *_ in first["records"])
    assert {kind: held[kind] for kind in real.counts} == dict(real.counts)
    clock.advance(3600)
    assert set(pulled().values()) == {(0, 0, 0, 0)}
    again = logical(tmp_path / "real.db")
    assert again | {"streams": []} == first | {"streams": []}, "but for where the next walk starts"
