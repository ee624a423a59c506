"""Recorded answers of a real account, read without loss, where they are at hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from tests.simulator.zendesk_realdata import audits, exchanges, load_real_data, needs_data
from tests.zendesk.world import URL, Lab, records, walked

from syncline.connector import Cursor
from syncline.model import Kind, Priority, Ticket, Visibility
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.zendesk.catalogue import Statuses, parse_fields, parse_statuses
from syncline_connectors.zendesk.history import FIELDS, HistoryReader
from syncline_connectors.zendesk.sending import Refusal, heard
from syncline_connectors.zendesk.translate import Reader

pytestmark = needs_data
NEVER_KEPT = {"fields", "generated_timestamp", "via", "result_type"}
"""What repeats custom fields, tells of the export, or holds addresses of people."""


def bodies(name: str) -> Iterator[dict[str, Any]]:
    for one in exchanges():
        if isinstance(one.body, dict) and name in one.body:
            yield one.body


def rows(name: str) -> list[dict[str, Any]]:
    return [row for body in bodies(name) if isinstance(body[name], list) for row in body[name]]


def test_every_ticket_of_the_exports_is_read(lab: Lab) -> None:
    tickets = [row for row in rows("tickets") if row.get("status") != "deleted"]
    deleted = {str(row["id"]) for row in rows("tickets") if row.get("status") == "deleted"}
    assert len(tickets) > 1000
    assert deleted
    source = lab.connect(keep={"requester": "full"})
    stream = next(one for one in source.streams() if one.name == "tickets")
    page = {"tickets": rows("tickets"), "end_of_stream": True, "after_cursor": "c", "after_url": None}

    def before(request: SimRequest) -> SimResponse | None:
        return SimResponse.of_json(page) if request.path.endswith("incremental/tickets/cursor") else None

    lab.wire.before = before
    (told,) = source.pull(stream, Cursor())
    assert [item.reason for item in told.quarantined] == []
    assert len(told.records) == len(tickets)
    assert {pair[1] for pair in told.gone | told.withdrawn} == deleted
    for row, item in zip(tickets, told.records, strict=True):
        assert isinstance(item.record, Ticket)
        assert item.record.title == row["subject"]
        assert item.record.status.id == row["status"], (
            "its own statuses are not those of the simulated account"
        )
        assert item.record.labels == tuple(row["tags"])
        kept = {name: value for name, value in row.items() if name not in NEVER_KEPT}
        assert {name: item.payload[name] for name in kept} == kept, "nothing of the payload is lost"
        assert source.translate(Kind.TICKET, item.payload) == item.record
    priorities = Counter(item.record.priority for item in told.records)  # type: ignore[attr-defined]
    assert priorities[Priority.HIGH] == sum(row["priority"] == "high" for row in tickets)


def test_an_account_made_of_them_is_pulled_whole(lab: Lab) -> None:
    counts = load_real_data(lab.desk)
    source = lab.connect(keep={"requester": "full"})
    lab.later(60 * 24 * 365)
    pages = walked(source)
    assert [item.reason for page in pages for item in page.quarantined] == []
    found = records(pages)
    known = Counter({word: number for word, number in counts.by_status.items() if word != "deleted"})
    assert Counter(record.status.name.lower() for record in found.values()) == known
    comments = records(walked(source, "comments"), Kind.COMMENT)
    told = [entry for audit in audits() if str(audit["ticket_id"]) in found for entry in audit["events"]]
    public = {str(entry["id"]) for entry in told if entry["type"] == "Comment" and entry["public"]}
    assert {number for number, one in comments.items() if one.visibility is Visibility.CUSTOMER} == public


def test_every_comment_and_change_of_the_audits_is_read() -> None:
    reader, history = Reader(URL, {}, {}), HistoryReader(Statuses(), {}, lambda person: person)
    recorded = rows("audits")
    assert len(recorded) > 300
    comments, changes = 0, 0
    for audit in recorded:
        told = list(history.events(str(audit["ticket_id"]), audit))
        expected = [
            entry
            for entry in audit["events"]
            if entry["type"] == "Change" and entry["field_name"] in FIELDS and entry["value"] != "deleted"
        ]
        assert len(told) == len(expected)
        changes += len(told)
        for entry in audit["events"]:
            if entry["type"] == "Comment":
                payload = {**entry, "created_at": audit["created_at"], "ticket_id": audit["ticket_id"]}
                assert reader.comment(payload).body.source == entry["html_body"]
                comments += 1
    assert comments > 300
    assert changes > 5


@pytest.mark.parametrize(
    ("name", "kind", "least"),
    [("users", Kind.PERSON, 500), ("organizations", Kind.ORGANIZATION, 100), ("groups", Kind.CONTAINER, 10)],
)
def test_people_and_places_are_read(name: str, kind: Kind, least: int) -> None:
    reader = Reader(URL, {}, {})
    found = rows(name)
    assert len(found) >= least
    for row in found:
        record = reader.read(kind, row)
        assert record.remote_id == str(row["id"])
        assert record.title == row["name"]


def test_statuses_and_fields_are_read() -> None:
    made = [body["custom_status"] for body in bodies("custom_status")]
    assert made
    assert len(parse_statuses({"custom_statuses": made}).custom) == len({row["id"] for row in made})
    fields = [body["ticket_field"] for body in bodies("ticket_field")]
    assert fields
    assert [one.title for one in parse_fields(fields)] == [row["title"] for row in fields]


def test_refusals_are_understood() -> None:
    from syncline.http import Answer

    refused = [one for one in exchanges() if one.status in (400, 404, 422)]
    assert refused
    for one in refused:
        told = heard("a request", Answer(one.status, {}, json.dumps(one.body).encode()))
        assert isinstance(told, Refusal)
        assert told.line != f"status {one.status}" or not isinstance(one.body, dict), one.body


def test_the_vendors_headers_are_understood() -> None:
    from syncline.http.pace import sustainable_rate
    from syncline.sim.clock import START

    limited = [one.headers for one in exchanges() if "x-rate-limit-remaining" in one.headers]
    assert limited
    for headers in limited:
        short = int(headers["x-rate-limit-remaining"]) < int(headers["x-rate-limit"]) / 5
        assert sustainable_rate(headers, START) is None or short
