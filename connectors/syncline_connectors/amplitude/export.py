"""The raw export, of which only counts are kept: how many events of each type reached Amplitude on a day (UTC).

Events are not work, and they hold what people did, where and from which address: none of them is stored. What the
counts are good for is to notice that something is no longer tracked.
Source: Amplitude, "Export API" (2026-01-20): a zip of gzip files of JSON lines; 404: no data, 400 and 504: too much.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from syncline.connector import Cursor, Page, Stream
from syncline.errors import ProtocolError
from syncline.http import TooLarge
from syncline.model import Sourced
from syncline_connectors.amplitude.answers import Cell
from syncline_connectors.amplitude.api import Api
from syncline_connectors.amplitude.periods import DAY
from syncline_connectors.amplitude.translate import event_type_of, point_of

READY = timedelta(hours=3)
"""How long after its end an hour can surely be exported: Amplitude says two hours at least."""
FIRST = timedelta(days=30)
"""How far back a first walk goes at most: a day of events may be gigabytes."""
HOURS = 24
_PATH = "/api/2/export"
_NO_DATA, _TOO_LARGE, _TOO_SLOW = 404, 400, 504


class ExportWalk:
    """One walk over the days that are over; every page is one of them."""

    def __init__(self, api: Api, stream: Stream) -> None:
        self._api = api
        self._since = stream.since.astimezone(UTC).date() if stream.since else None

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Position and mark are days: the next to read, and the last that is read, which is read once more."""
        last = (now - READY).astimezone(UTC).date() - DAY
        day = self._begin(cursor, last)
        while day <= last:
            records = [item for found in self._counted(day).items() for item in _records(*found, day, last)]
            day += DAY
            yield Page(records, Cursor(day.isoformat(), cursor.mark))
        yield Page(next=Cursor(None, max(last, _day(cursor.mark) or last).isoformat()), last=True)

    def _begin(self, cursor: Cursor, last: date) -> date:
        if (position := _day(cursor.position)) is not None:
            return position
        if (mark := _day(cursor.mark)) is not None:
            return mark if mark < last else last + DAY
        return max(day for day in (self._since, last + DAY - FIRST) if day)

    # ---- one day ----

    def _counted(self, day: date) -> Counter[str]:
        """How many events of each type; one that stands in two files counts once."""
        found: Counter[str] = Counter()
        seen: set[bytes] = set()
        for body in self._bodies(day, 0, HOURS):
            for name, number in _events(body):
                if number not in seen:
                    seen.add(number)
                    found[name] += 1
        return found

    def _bodies(self, day: date, first: int, hours: int) -> Iterator[bytes]:
        """The archives of some hours; what is too much at once is asked for in halves."""
        hour = [f"{day:%Y%m%d}T{number:02d}" for number in (first, first + hours - 1)]
        try:
            answer = self._api.file(
                _PATH, {"start": hour[0], "end": hour[1]}, {_NO_DATA, _TOO_LARGE, _TOO_SLOW}
            )
        except TooLarge:
            status = _TOO_LARGE
        else:
            status = answer.status
            if status < 300:
                yield answer.body
        if status in (_TOO_LARGE, _TOO_SLOW):
            if hours == 1:
                raise ProtocolError(
                    f"{_PATH}: the hour {hour[0]} alone is too much",
                    hint='leave "export" out of streams; Amplitude exports so much to a store of your own only',
                    status=status,
                )
            half = hours // 2
            yield from self._bodies(day, first, half)
            yield from self._bodies(day, first + half, hours - half)


def _records(name: str, number: int, day: date, last: date) -> list[Sourced]:
    metric = event_type_of(name)
    point = point_of(metric.record.remote_id, "", Cell(day, number, number), complete=day < last)
    return [metric, point]


def _events(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Type and identity of every event, file by file and line by line: unpacked, a day would not fit into memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            for name in packed.namelist():
                with packed.open(name) as entry, gzip.open(entry) as lines:
                    for line in lines:
                        yield _event(line)
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ProtocolError(f"{_PATH}: a damaged archive ({type(error).__name__})") from None


def _event(line: bytes) -> tuple[str, bytes]:
    event = json.loads(line)
    name = str(event["event_type"])
    number = str(event.get("uuid") or line.decode(errors="replace"))
    return name, blake2b(number.encode(), digest_size=8).digest()


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProtocolError(f"not a day of the export: {text!r:.40}") from None
