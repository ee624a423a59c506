"""One request as the endpoints see it: who asks, what may be seen, how to page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.errors import Refusal, no_issue, no_project
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.matching import Reader
from syncline_connectors.jira.simulator.render import Renderer
from syncline_connectors.jira.simulator.work import Work

T = TypeVar("T")
BAD_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."


@dataclass(frozen=True)
class Quirks:
    """Everything the service may do and a client must bear. Ranges are (least, most), chances from 0 to 1.

    ``page_cap`` is what a search returns at most when fields are asked for. ``offset_cap`` is the same on Data Center,
    where None leaves only the instance's own limit. ``bulk_times`` is how ``changelog/bulkfetch`` writes times:
    "iso" as its schema says, "seconds" or "milliseconds" as its example does.
    ``repeat_last_token``: the last page names its own token as the next.

    ``conflict_within``: an edit so few seconds after the last change of an issue gets 409. ``edit_unrestricts``:
    a comment edited without naming who may see it is shown to all. ``remote_links_touch``: they move ``updated``.
    """

    lag: tuple[float, float] = (0.0, 120.0)
    page_cap: tuple[int, int] = (50, 100)
    offset_cap: tuple[int, int] | None = (50, 100)
    empty_page: float = 0.1
    wrong_is_last: float = 0.3
    bot: float = 0.5
    repeat_last_token: bool = False
    bulk_times: str = "iso"
    conflict_within: float = 0.0
    edit_unrestricts: bool = True
    remote_links_touch: bool = True


CALM = Quirks(
    lag=(0.0, 0.0), page_cap=(100, 100), offset_cap=None, empty_page=0.0, wrong_is_last=0.0, bot=0.0
)
"""A service on its best behaviour."""


@dataclass(frozen=True)
class Call:
    """A request that has been let in. ``arguments`` are the parts of the path, by name."""

    work: Work
    request: SimRequest
    user: e.User | None
    render: Renderer
    now: datetime
    quirks: Quirks
    arguments: Mapping[str, str]
    between_pages: Callable[[Sequence[Issue]], None]
    charge: Callable[[int], None]
    admit_write: Callable[[Issue], None]
    """Raises the refusal of a write when one issue is written too often."""

    # ---- what may be seen ----

    def may_browse(self, project: e.Project) -> bool:
        if self.user is None:
            return project.public
        return self.user.account_id not in project.hidden_from

    def visible_projects(self) -> list[e.Project]:
        return [p for p in self.work.projects.values() if self.may_browse(p)]

    def issue(self, id_or_key: str) -> Issue:
        """An issue the caller may see."""
        issue = self.work.find_issue(id_or_key)
        if issue is None or not self.may_browse(issue.project):
            raise self._missing(issue)
        return issue

    def _missing(self, issue: Issue | None) -> Refusal:
        """Cloud does not tell what is hidden from what is not there; Data Center does."""
        if self.work.face is Face.CLOUD:
            return no_issue()
        if issue is None:
            return Refusal(404, "Issue Does Not Exist")
        hidden = "You do not have the permission to see the specified issue."
        return Refusal(403, hidden) if self.user else Refusal(401, hidden, "Login Required")

    def project(self, id_or_key: str) -> e.Project:
        project = self.work.find_project(id_or_key)
        if project is None or not self.may_browse(project):
            raise no_project(id_or_key)
        return project

    def reader(self) -> Reader:
        visible = frozenset(project.id for project in self.visible_projects())
        zone = ZoneInfo(self.user.time_zone if self.user else "Etc/UTC")
        return Reader(self.work, visible, zone, self.user, lenient=self.user is None)

    # ---- parameters ----

    def body(self, allowed: Mapping[str, type]) -> dict[str, Any]:
        """The JSON body; 400 for anything the vendor's closed schema does not know."""
        try:
            body = self.request.json()
        except ValueError:
            raise Refusal(400, BAD_PAYLOAD) from None
        if not isinstance(body, dict) or any(not isinstance(v, allowed.get(k, ())) for k, v in body.items()):
            raise Refusal(400, BAD_PAYLOAD)
        return body

    def number(self, name: str, default: int) -> int:
        text = self.request.param(name)
        if text is None:
            return default
        if not text.lstrip("-").isdigit():
            raise Refusal(400, f"The value '{text}' of the parameter '{name}' is not a number.")
        return int(text)

    def page(self, items: Sequence[T], *, default: int, most: int) -> tuple[int, int, Sequence[T]]:
        """``startAt``, the effective ``maxResults`` and the items between: the server may lower what was asked."""
        start, size = max(0, self.number("startAt", 0)), self.number("maxResults", default)
        size = min(size, most) if size >= 0 else default
        return start, size, items[start : start + size]

    def page_bean(
        self, items: Sequence[T], make: Callable[[T], Any], *, default: int = 50, most: int = 50
    ) -> e.Json:
        """The vendor's usual page: ``startAt, maxResults, total, isLast, values``."""
        start, size, shown = self.page(items, default=default, most=most)
        return {
            "maxResults": size,
            "startAt": start,
            "total": len(items),
            "isLast": start + len(shown) >= len(items),
            "values": [make(item) for item in shown],
        }


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    """``endpoint`` such as ``issue/{id}/comment``. ``login``: anonymous callers get 401."""

    method: str
    endpoint: str
    handler: Handler
    login: bool = False
    prefix: str = "/rest/api/3/"


def as_response(answer: Any) -> SimResponse:
    return answer if isinstance(answer, SimResponse) else SimResponse.of_json(answer)
