"""One call of the API: who asks, what for, and what the service may do to the asker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import bad_request, forbidden, not_found
from syncline_connectors.zendesk.simulator.ledger import Ledger
from syncline_connectors.zendesk.simulator.limits import Headers, Rule
from syncline_connectors.zendesk.simulator.paging import by_cursor, page_of
from syncline_connectors.zendesk.simulator.render import Renderer
from syncline_connectors.zendesk.simulator.tickets import Ticket
from syncline_connectors.zendesk.simulator.work import Work

T = TypeVar("T")


@dataclass(frozen=True)
class Quirks:
    """Everything the service may do and a client must bear. Ranges are (least, most), chances from 0 to 1.

    ``export_cap``: the most rows of a page of an export, whatever is asked for. ``empty_page``: one without rows that
    is not the last. ``repeat``: a page begins with rows of the one before. ``no_cursor``: the end of a stream without
    news names no cursor. ``list_cap``: the most rows of a page by cursor of any other list.

    ``search_lag`` in seconds. ``stamp_lag``: how much later than a change its time in the exports is, in seconds.
    ``job_seconds``: how long a job takes. ``conflict``: an update gets a 409 because of a
    lock, and is not made. ``description_refused``: writing a description is an error; in recorded answers it is
    ignored.
    """

    export_cap: tuple[int, int] = (40, 100)
    empty_page: float = 0.15
    repeat: float = 0.3
    no_cursor: float = 0.5
    list_cap: tuple[int, int] = (20, 100)
    search_lag: tuple[float, float] = (5.0, 120.0)
    stamp_lag: tuple[int, int] = (0, 5)
    job_seconds: tuple[float, float] = (2.0, 15.0)
    description_refused: bool = False
    conflict: float = 0.0


CALM = Quirks(
    export_cap=(1000, 1000),
    empty_page=0.0,
    repeat=0.0,
    no_cursor=0.0,
    list_cap=(1000, 1000),
    search_lag=(0.0, 0.0),
    stamp_lag=(0, 0),
    job_seconds=(0.0, 0.0),
)
"""A service on its best behaviour."""


@dataclass(frozen=True)
class Call:
    """A request that has been let in. ``arguments`` are the parts of the path, by name; ``limit`` raises 429.

    ``scopes`` are those of an OAuth token, None for any other credentials.
    """

    work: Work
    request: SimRequest
    caller: e.User | None
    render: Renderer
    now: datetime
    quirks: Quirks
    arguments: Mapping[str, str]
    base: str
    ledger: Ledger
    limit: Callable[[Rule, str], Headers]
    scopes: tuple[str, ...] | None = None

    @property
    def user(self) -> e.User:
        """The caller, who is somebody wherever the route asks for staff."""
        if self.caller is None:
            raise forbidden()
        return self.caller

    # ---- what may be seen ----

    def sees(self, ticket: Ticket) -> bool:
        """Whether an agent's access reaches a ticket."""
        user = self.user
        if user.restriction is None:
            return True
        if user.restriction == "groups":
            return ticket.group in [group.id for group in self.work.groups_of(user)]
        if user.restriction == "organization":
            return user.organization is not None and ticket.organization == user.organization.id
        if user.restriction == "assigned":
            return ticket.assignee == user.id
        return ticket.requester == user.id

    def tickets(self) -> list[Ticket]:
        """All that are there and within the caller's reach, by number. What is not is silently left out."""
        return [t for t in self.work.tickets.values() if t.deleted is None and self.sees(t)]

    def ticket(self) -> Ticket:
        """The one that the path names."""
        found = self.work.tickets.get(self.id())
        if found is None or found.deleted is not None:
            raise not_found()
        if not self.sees(found):
            raise forbidden()
        return found

    def id(self, name: str = "id") -> int:
        text = self.arguments[name].removesuffix(".json")
        if not text.isdigit():
            raise bad_request("InvalidValue", f"{text} is not a valid id")
        return int(text)

    # ---- parameters ----

    def body(self, name: str) -> Json:
        """The object that the body holds under ``name``."""
        found = self.json().get(name)
        if not isinstance(found, dict):
            raise bad_request("ParameterMissing", f"Parameter {name} is required")
        return found

    def json(self) -> Json:
        try:
            body = self.request.json()
        except ValueError:
            raise bad_request("InvalidJSON", "The request could not be understood") from None
        if not isinstance(body, dict):
            raise bad_request("InvalidJSON", "The request could not be understood")
        return body

    def words(self, name: str) -> list[str]:
        """A parameter that is a list with commas."""
        return [word for word in (self.request.param(name) or "").split(",") if word]

    @property
    def address(self) -> str:
        return f"{self.base}{self.request.path}"

    def page(
        self,
        name: str,
        rows: Sequence[T],
        make: Callable[[T], Any],
        key: Callable[[T], Any] | None = None,
        *,
        most: int = 100,
    ) -> Json:
        def place(row: Any) -> Any:
            return row.id

        if by_cursor(self.request):
            most = min(most, self.work.random.randint(*self.quirks.list_cap))
        return page_of(self.request, self.address, name, rows, make, key or place, most=most)


Handler = Callable[[Call], Any]


class Access:
    """Who may call an endpoint."""

    ANYONE, STAFF, ADMIN = "anyone", "staff", "admin"


@dataclass(frozen=True)
class Route:
    """``endpoint`` such as ``tickets/{id}/comments``, below ``/api/v2/``; ``.json`` may follow. ``rules`` limit it."""

    method: str
    endpoint: str
    handler: Handler
    access: str = Access.STAFF
    rules: tuple[Rule, ...] = ()


def as_response(answer: Any) -> SimResponse:
    return answer if isinstance(answer, SimResponse) else SimResponse.of_json(answer)
