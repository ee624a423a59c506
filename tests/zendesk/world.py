"""A small account, connectors to it, and a database beside it: what the tests of this folder share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text
from tests import lab

from syncline.config import Config
from syncline.config.loading import parse
from syncline.connector import Cursor, Page, Source
from syncline.http import Http
from syncline.model import Kind, Ref
from syncline.registry import Registry
from syncline.seams import InlineTasks
from syncline.secrets import Secret
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline.store import Store, open_store
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.zendesk import Zendesk, ZendeskConfig
from syncline_connectors.zendesk.simulator import CALM, Quirks, Role, ZendeskSimulator

URL = "https://demo.zendesk.com"
ADMIN, AGENT = "ada@example.com", "ben@example.com"
MINUTE = 60.0


class Wire(lab.Wire):
    """Names requests shortly."""

    def paths(self) -> list[str]:
        """What was asked for, without what all addresses begin with."""
        return [f"{request.method} {request.path.removeprefix('/api/v2/')}" for request in self.sent]


@dataclass
class Lab:
    """An account with two groups, a company, its customer Cleo, and the staff Ada and Ben."""

    folder: Path
    quirks: Quirks = CALM
    clock: SimClock = field(default_factory=SimClock)

    def __post_init__(self) -> None:
        self.desk = ZendeskSimulator(self.clock, seed=5, site_url=URL, quirks=self.quirks)
        self.wire = Wire(self.desk)
        self.tier1 = self.desk.default_group
        self.hr = self.desk.add_group("HR")
        self.ada = self.desk.add_user("Ada Example", role=Role.ADMIN, email=ADMIN)
        self.ben = self.desk.add_user("Ben Example", role=Role.AGENT, email=AGENT)
        self.company = self.desk.add_organization("Example Ltd", fields={"arr_eur": 12000})
        self.cleo = self.desk.add_user("Cleo Example", email="cleo@example.net", organization=self.company)
        self.severity = self.desk.add_ticket_field("Severity", "tagger", options=("S1", "S2"))
        self.desk.add_token(self.ada, "token")

    def ticket(self, subject: str = "It does not start", body: str = "Please help", **values: Any) -> Any:
        """A ticket of Cleo's in the first group, a minute later than the one before."""
        self.clock.advance(MINUTE)
        return self.desk.create_ticket(self.cleo, subject, body, **({"group": self.tier1} | values))

    def later(self, minutes: float = 3) -> None:
        self.clock.advance(minutes * MINUTE)

    # ---- connectors ------------------------------------------------------------------------------------------------

    def config(self, **keys: Any) -> ZendeskConfig:
        usual = {"connector": "zendesk", "url": URL, "user": ADMIN, "token": Secret(None, SecretStr("token"))}
        return ZendeskConfig.model_validate(usual | keys)

    def connect(self, memo: Mapping[str, str] | None = None, **keys: Any) -> Zendesk:
        config = self.config(**keys)
        return Zendesk(config, lab.client(Zendesk, config, self.wire, self.clock), memo or {})

    # ---- the engine ------------------------------------------------------------------------------------------------

    def loaded(self, **keys: Any) -> Config:
        registry = Registry({"zendesk": Zendesk}, found=())
        table = {"connector": "zendesk", "url": URL, "user": ADMIN, "token": "env:ZENDESK_TOKEN"} | keys
        company = {"severity": {"type": "choice", "values": ["s1", "s2"]}, "arr": {"type": "number"}}
        tables = {"hub": {"history": "all"}, "fields": company, "connections": {"support": table}}
        config, problems = parse(tables, self.folder, registry)
        assert config is not None, problems
        assert not problems
        return config

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'syncline.db'}"

    def store(self) -> Store:
        return open_store(self.url, clock=self.clock, create=True, busy_timeout=5)

    def pull(self, *, full: bool = False, **keys: Any) -> PullResult:
        self.wire.sent.clear()
        with self.store() as store:
            return pull(
                self.loaded(**keys),
                store,
                registry=Registry({"zendesk": Zendesk}, found=()),
                clock=self.clock,
                tasks=InlineTasks(),
                environ={"ZENDESK_TOKEN": "token"},
                full=full,
                open_http=self._opened,
            )

    def _opened(self, *arguments: Any, **options: Any) -> Http:
        return Http(*arguments, **options, transport=SimTransport(self.wire))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.store() as store, store.reading() as db:
            return [tuple(row) for row in db.execute(text(query), values)]


def walked(source: Source, name: str = "tickets", cursor: Cursor = Cursor()) -> list[Page]:  # noqa: B008
    """A whole walk; every page but the last must say that it is not."""
    return lab.pull(source, name, cursor)


def records(pages: list[Page], kind: Kind = Kind.TICKET) -> dict[str, Any]:
    """The last reading of every record of a kind, by remote id."""
    return lab.records(pages, kind)


def ref(ticket: Any) -> Ref:
    """The reference of a ticket of the simulated account."""
    return Ref("demo.zendesk.com", Kind.TICKET, str(ticket.id))
