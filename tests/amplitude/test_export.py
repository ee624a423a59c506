"""The raw export: counts by day, no event twice, nothing of anybody kept."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.amplitude.lab import Connect, Wire, metrics, points, records, values, walk

from syncline.connector import Cursor
from syncline.errors import ProtocolError
from syncline.sim import SimClock, SimResponse
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

EXPORT = {"streams": ["export"]}
SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = 86400


def archive(*lines: bytes) -> SimResponse:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("1/1_2026-03-01_0#0.json.gz", gzip.compress(b"\n".join(lines)))
    return SimResponse(200, [("Content-Type", "application/zip")], packed.getvalue())


def test_events_are_counted_by_type_and_day_of_upload(connect: Connect, project: AmplitudeSimulator) -> None:
    project.upload("visit", times=3, at=SUNDAY)
    project.upload("visit", times=2, at=SUNDAY - timedelta(days=1))
    project.upload("pay: now/here", at=SUNDAY)
    pages = walk(connect(**EXPORT), "export")
    assert {one.title for one in metrics(pages).values()} == {"visit", "pay: now/here"}
    assert values(pages) == {
        "event/visit/2026-02-28": 2,
        "event/visit/2026-03-01": 3,
        "event/pay: now/here/2026-03-01": 1,
    }
    assert [point.complete for point in points(pages).values() if point.day == date(2026, 2, 28)] == [True]


def test_nothing_of_an_event_is_kept(connect: Connect, project: AmplitudeSimulator) -> None:
    project.upload("visit", at=SUNDAY, email="ada@example.com")
    pages = walk(connect(**EXPORT), "export")
    kept = str([(item.record, item.payload) for page in pages for item in page.records])
    assert "ada@example.com" not in kept
    assert "uuid" not in kept


def test_a07_an_event_that_stands_in_two_files_counts_once(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.set_quirks(repeated_uploads=0.6)
    project.upload("visit", times=40, at=SUNDAY)
    assert values(walk(connect(**EXPORT), "export")) == {"event/visit/2026-03-01": 40}


def test_a07_no_data_is_no_error(connect: Connect, wire: Wire) -> None:
    pages = walk(connect(**EXPORT), "export")
    assert not records(pages)
    assert len(wire.ranges("/api/2/export")) == 30
    assert pages[-1].next == Cursor(None, "2026-03-01")


def test_a07_a_day_is_read_when_its_last_hour_can_be_exported(connect: Connect, clock: SimClock) -> None:
    clock.set(datetime(2026, 3, 2, 2, 59, tzinfo=UTC))
    assert walk(connect(**EXPORT), "export")[-1].next.mark == "2026-02-28"
    clock.advance(60)
    assert walk(connect(**EXPORT), "export")[-1].next.mark == "2026-03-01"


def test_the_next_walk_reads_the_last_day_again_and_what_is_new(
    connect: Connect, wire: Wire, clock: SimClock
) -> None:
    end = walk(connect(**EXPORT), "export")[-1].next
    wire.sent.clear()
    assert walk(connect(**EXPORT), "export", end)[-1].next == end
    assert not wire.ranges("/api/2/export"), "no day has ended since"
    clock.advance(2 * DAY)
    walk(connect(**EXPORT), "export", end)
    assert [first for first, _ in wire.ranges("/api/2/export")] == [
        "20260301T00",
        "20260302T00",
        "20260303T00",
    ]


@pytest.mark.parametrize("slow", [True, False])
def test_a07_what_is_too_much_is_asked_for_in_halves(
    connect: Connect, project: AmplitudeSimulator, wire: Wire, slow: bool
) -> None:
    for hour in range(24):
        project.upload("visit", times=10, at=SUNDAY.replace(hour=hour))
    project.export.cap, project.export.slow = (1000, 100) if slow else (99, 1000)
    assert values(walk(connect(**EXPORT), "export")) == {"event/visit/2026-03-01": 240}
    asked = [pair for pair in wire.ranges("/api/2/export") if pair[0].startswith("20260301")]
    assert asked == [
        ("20260301T00", "20260301T23"),
        ("20260301T00", "20260301T11"),
        ("20260301T00", "20260301T05"),
        ("20260301T06", "20260301T11"),
        ("20260301T12", "20260301T23"),
        ("20260301T12", "20260301T17"),
        ("20260301T18", "20260301T23"),
    ]


def test_an_hour_that_is_too_much_is_told(connect: Connect, project: AmplitudeSimulator) -> None:
    project.upload("visit", times=10, at=SUNDAY)
    project.export.cap = 9
    with pytest.raises(ProtocolError, match="the hour 20260301T12 alone is too much"):
        walk(connect(**EXPORT), "export")


@pytest.mark.parametrize(
    "body",
    [b"", b"PK", b"<html>", json.dumps({"data": []}).encode()],
)
def test_what_is_no_archive_is_no_empty_day(connect: Connect, wire: Wire, body: bytes) -> None:
    answer = SimResponse(200, [("Content-Type", "application/zip")], body)
    wire.before = lambda request: answer if request.path == "/api/2/export" else None
    with pytest.raises(ProtocolError, match="damaged archive"):
        walk(connect(**EXPORT), "export")


@pytest.mark.parametrize("line", [b"{", b'{"uuid": "1"}', b"[1]", b"\xff\xfe"])
def test_a_line_that_is_no_event_is_told(connect: Connect, wire: Wire, line: bytes) -> None:
    good = b'{"event_type": "visit", "uuid": "1"}'
    wire.before = lambda request: archive(good, line) if request.path == "/api/2/export" else None
    with pytest.raises(ProtocolError, match="damaged archive"):
        walk(connect(**EXPORT), "export")


def test_a_cut_archive_is_told(connect: Connect, wire: Wire) -> None:
    whole = archive(*(b'{"event_type": "visit", "uuid": "%d"}' % n for n in range(500))).content()
    for cut in (len(whole) // 2, len(whole) - 1):
        answers = {"/api/2/export": SimResponse(200, [], whole[:cut])}
        wire.before = lambda request, known=answers: known.get(request.path)  # type: ignore[misc]
        with pytest.raises(ProtocolError):
            walk(connect(**EXPORT), "export")


def test_a_walk_goes_on_from_every_day(connect: Connect, project: AmplitudeSimulator) -> None:
    for number in range(5):
        project.upload("visit", times=number + 1, at=SUNDAY - timedelta(days=number))
    pages = walk(connect(**EXPORT), "export")
    for number, page in enumerate(pages[:-1]):
        later = walk(connect(**EXPORT), "export", page.next)
        assert values(pages[: number + 1]) | values(later) == values(pages)


def test_history_bounds_the_first_walk(connect: Connect, wire: Wire) -> None:
    walk(connect(**EXPORT), "export", since=datetime(2026, 2, 27, 15, tzinfo=UTC))
    assert len(wire.ranges("/api/2/export")) == 3
    with pytest.raises(ProtocolError):
        walk(connect(**EXPORT), "export", Cursor("soon"))
