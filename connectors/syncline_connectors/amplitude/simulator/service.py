"""The service: regions, credentials, limits, and the way from a request to its answer."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from email.utils import format_datetime

from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.amplitude.simulator.charts import CALM, Charts, Quirks
from syncline_connectors.amplitude.simulator.errors import Refusal
from syncline_connectors.amplitude.simulator.export import Export
from syncline_connectors.amplitude.simulator.limits import Limits
from syncline_connectors.amplitude.simulator.marks import Marks
from syncline_connectors.amplitude.simulator.project import Project

HOSTS = {"us": "amplitude.com", "eu": "analytics.eu.amplitude.com"}
Handler = Callable[..., SimResponse]


class AmplitudeSimulator(Project):
    """One Amplitude project: call it with a `SimRequest`, or serve it with `syncline.sim.server.serve`.

    Hostile unless ``calm``: events come late, so that numbers of the last week change; lists have no order; labels are
    pairs. Requests to the other region's host know no such key. ``refusal`` is the status for unknown credentials.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        region: str = "us",
        zone: str = "UTC",
        app_id: int = 829528,
        calm: bool = False,
        quirks: Quirks | None = None,
        refusal: int = 403,
    ) -> None:
        super().__init__(clock, zone=zone, app_id=app_id)
        self.region, self.refusal = region, refusal
        self.keys: dict[str, str] = {}
        self.limits = Limits(clock)
        self.forbidden: set[str] = set()
        quirks = quirks or (CALM if calm else Quirks())
        self.charts_api = Charts(self, self.limits, quirks)
        self.marks = Marks(self, quirks, seed)
        self.export = Export(self, quirks)
        self._routes = [
            (re.compile(f"{method} {path}"), handler) for method, path, handler in self._handlers()
        ]

    def _handlers(self) -> list[tuple[str, str, Handler]]:
        charts, marks = self.charts_api, self.marks
        return [
            ("GET", "/api/2/events/list", self._events),
            ("GET", "/api/2/events/segmentation", charts.segmentation),
            ("GET", "/api/2/users", charts.users),
            ("GET", "/api/2/sessions/(average|peruser)", charts.sessions),
            ("GET", "/api/2/funnels", charts.funnels),
            ("GET", "/api/2/retention", charts.retention),
            ("GET", "/api/3/chart/([^/]+)/csv", charts.saved),
            ("GET", "/api/3/annotations", marks.annotations),
            ("POST", "/api/3/annotations", marks.create),
            ("GET", "/api/3/annotations/([^/]+)", marks.annotation),
            ("PUT", "/api/3/annotations/([^/]+)", marks.update),
            ("DELETE", "/api/3/annotations/([^/]+)", marks.delete),
            ("GET", "/api/3/annotation-categories", marks.categories),
            ("POST", "/api/3/annotation-categories", marks.create_category),
            ("GET", "/api/3/cohorts", marks.cohorts),
            ("POST", "/api/2/release", marks.release),
            ("GET", "/api/2/export", self.export.answer),
        ]

    # ---- what tests set ----

    def add_key(self, key: str, secret: str) -> None:
        """A pair of API key and secret key of this project."""
        self.keys[key] = secret

    def set_quirks(self, **changes: object) -> None:
        """Change some of `Quirks` by name; raises TypeError for others."""
        made = replace(self.charts_api.quirks, **changes)  # type: ignore[arg-type]
        self.charts_api.quirks = self.marks.quirks = self.export.quirks = made

    def forbid(self, path: str) -> None:
        """Answer 403 at addresses that hold ``path``: the plan or the key does not include them."""
        self.forbidden.add(path)

    # ---- the way of a request ----

    def __call__(self, request: SimRequest) -> SimResponse:
        try:
            with self.limits.under_way(), self.lock:
                response = self._answer(request)
        except Refusal as refusal:
            response = refusal.response()
        return replace(response, headers=[*response.headers, *self._told()])

    def _told(self) -> list[tuple[str, str]]:
        """What stands above every answer."""
        now = self.clock.now().astimezone(UTC)
        headers = [("Date", format_datetime(now, usegmt=True))]
        if self.charts_api.quirks.counted:
            left, reset = 4_990 - now.second, int(now.timestamp()) + 60
            counted = (("Limit", 5_000), ("Remaining", left), ("Reset", reset))
            headers += [(f"X-RateLimit-{name}", str(number)) for name, number in counted]
        return headers

    def _answer(self, request: SimRequest) -> SimResponse:
        self._admit(request)
        for pattern, handler in self._routes:
            if found := pattern.fullmatch(f"{request.method} {request.path}"):
                if not request.path.startswith(_CHARTS):
                    self.limits.charge(1)
                return handler(request, *found.groups())
        raise Refusal(404, "Not Found")

    def _admit(self, request: SimRequest) -> None:
        host = (request.header("Host") or "").partition(":")[0]
        elsewhere = host in HOSTS.values() and host != HOSTS[self.region]
        given = _basic(request.header("Authorization") or "")
        if given is None:
            raise Refusal(401, "Unauthorized")
        if elsewhere or self.keys.get(given[0]) != given[1]:
            raise Refusal(self.refusal, "Invalid API key or secret key")
        if any(path in request.path for path in self.forbidden):
            raise Refusal(403, "Forbidden")

    def _events(self, request: SimRequest) -> SimResponse:
        named = {event for event, *_ in self.series}
        named |= {event for funnel in self.funnels for event in funnel.events}
        named |= {event for pair in self.retentions for event in pair[:2]}
        names = sorted(event for event in named if not event.startswith(("/", "_")))
        usual = {"non_active": False, "deleted": False, "flow_hidden": False, "hidden": False}
        return SimResponse.of_json(
            {"data": [{**usual, "value": name, "totals": 0, "display": name} for name in names]}
        )


_CHARTS = (
    "/api/2/events/segmentation",
    "/api/2/users",
    "/api/2/sessions",
    "/api/2/funnels",
    "/api/2/retention",
    "/api/3/chart/",
)
"""Requests that cost by what they ask; any other costs 1."""


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    try:
        key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (key, secret) if scheme.lower() == "basic" else None
