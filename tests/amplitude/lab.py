"""What the Amplitude tests share: the wire they listen on, and ways to pull."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from pydantic import SecretStr
from tests import lab
from tests.lab import stream

from syncline.connector import Cursor, Page
from syncline.http import LocalPermits
from syncline.model import Annotation, Metric, MetricPoint, Record
from syncline.seams import Clock
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.amplitude import Amplitude

__all__ = ["KEY", "SECRET", "Connect", "Wire", "connecting", "marks", "metrics", "points", "records"]
__all__ += ["stream", "values", "walk"]
KEY, SECRET = "key", "secret"


class Wire(lab.Wire):
    """Knows the days that were asked for."""

    def ranges(self, path: str) -> list[tuple[str, str]]:
        """First and last day of every query to an address."""
        return [
            (str(request.param("start")), str(request.param("end")))
            for request in self.sent
            if request.path == path
        ]


Connect = Callable[..., Amplitude]


def connecting(tool: Callable[[SimRequest], SimResponse], clock: Clock) -> AbstractContextManager[Connect]:
    """All of one project, and by the same permits."""
    usual = {"key": SecretStr(KEY), "secret": SecretStr(SECRET), "region": "us", "timezone": "UTC"}
    return lab.connecting(Amplitude, tool, clock, permits=LocalPermits(clock), **usual)


def walk(source: Amplitude, name: str = "metrics", cursor: Cursor | None = None, **more: Any) -> list[Page]:
    """All pages of a walk; ``more`` are fields of the stream."""
    asked = stream(source, name)
    pages = list(source.pull(asked.narrowed(asked.scope, **more), cursor or Cursor()))
    assert pages[-1].last
    return pages


def records(pages: Iterable[Page]) -> list[Record]:
    return [item.record for page in pages for item in page.records]


def points(pages: Iterable[Page]) -> dict[str, MetricPoint]:
    """The points of a walk by remote id; the last delivery counts."""
    return {one.remote_id: one for one in records(pages) if isinstance(one, MetricPoint)}


def values(pages: Iterable[Page]) -> dict[str, float | None]:
    return {remote_id: point.value for remote_id, point in points(pages).items()}


def metrics(pages: Iterable[Page]) -> dict[str, Metric]:
    return {one.remote_id: one for one in records(pages) if isinstance(one, Metric)}


def marks(pages: Iterable[Page]) -> dict[str, Annotation]:
    return {one.remote_id: one for one in records(pages) if isinstance(one, Annotation)}
