"""The simulated Zendesk account against what the real one was recorded to say: counts of loaded data, and shapes."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.simulator.zendesk import Zendesk
from tests.simulator.zendesk_realdata import Exchange, documents, exchanges, load_real_data, needs_data

from syncline.sim import SimClock

pytestmark = needs_data


@pytest.fixture
def desk(clock: SimClock) -> Zendesk:
    return Zendesk(clock, calm=True)


# ---- counts ----------------------------------------------------------------------------------------------------------


def test_a_loaded_account_serves_every_real_ticket_as_it_was(clock: SimClock) -> None:
    desk = Zendesk(clock, calm=False, judged=False)
    counts = load_real_data(desk.site)
    rows = {row["id"]: row for row in desk.export(per_page=1000)}
    assert len(rows) == counts.tickets > 1500
    assert Counter(row["status"] for row in rows.values()) == counts.by_status
    real = documents("tickets", "ticket")
    for id_, row in rows.items():
        assert {k: v for k, v in row.items() if k != "generated_timestamp"} == {
            k: v for k, v in real[id_].items() if k != "generated_timestamp"
        }


def test_a_loaded_account_serves_people_companies_groups_and_comments(clock: SimClock) -> None:
    desk = Zendesk(clock, calm=True, judged=False)
    counts = load_real_data(desk.site)
    own = {desk.ada.id, desk.ben.id, desk.cleo.id}
    people = {u["id"] for u in desk.export("incremental/users/cursor", per_page=1000)} - own
    assert len(people) == counts.people
    page = desk.get("incremental/organizations?start_time=0")
    assert len({o["id"] for o in page["organizations"]} - {desk.company.id}) == counts.organizations
    assert desk.get("groups?per_page=1")["count"] == counts.groups
    desk.site.limits.enabled = False
    public = 0
    for ticket in desk.site.tickets.values():
        if ticket.deleted is None:
            public += sum(c["public"] for c in desk.get(f"tickets/{ticket.id}/comments")["comments"])
    assert public == counts.public_comments


def test_a_loaded_ticket_may_be_changed(desk: Zendesk) -> None:
    load_real_data(desk.site)
    ticket = next(t for t in desk.site.tickets.values() if t.status == "new")
    before = desk.read(ticket)
    row = desk.put(ticket, subject="Other").json()["ticket"]
    changed = {name for name in row if row[name] != before[name]}
    # The address is the simulator's, and the account's own fields show in every ticket.
    assert changed - {"url", "custom_fields", "fields"} == {"subject", "raw_subject", "updated_at"}


# ---- shapes ----------------------------------------------------------------------------------------------------------


def last(pattern: str, method: str = "GET", status: int = 200) -> Exchange:
    """The newest recording of a request."""
    fitting = [
        e for e in exchanges() if e.method == method and e.status == status and re.search(pattern, e.url)
    ]
    return fitting[-1]


def shape(value: Any) -> Any:
    """Names and kinds; of a list its first row."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def differences(ours: Any, real: Any, path: str = "$") -> list[str]:
    """Where two shapes cannot be of one service; null and an empty list fit everything."""
    if "NoneType" in (ours, real) or [] in (ours, real):
        return []
    if isinstance(ours, dict) and isinstance(real, dict):
        found = [f"{path}.{name}" for name in sorted(set(ours) ^ set(real))]
        both = set(ours) & set(real)
        return found + [
            line for name in both for line in differences(ours[name], real[name], f"{path}.{name}")
        ]
    if isinstance(ours, list) and isinstance(real, list):
        return differences(ours[0], real[0], f"{path}[]")
    return [] if ours == real else [f"{path}: {ours} is not {real}"]


def compare(ours: Any, real: Any, *, but: tuple[str, ...] = ()) -> None:
    assert [line for line in differences(shape(ours), shape(real)) if line not in but] == []


def test_people_look_like_the_recorded_ones(desk: Zendesk) -> None:
    compare(desk.get("users/me"), last(r"/users/me").body)
    for page in (r"/incremental/users/cursor", r"/incremental/users\.json"):
        real = last(page).body
        ours = desk.get(page.strip("/").replace("\\", "") + "?start_time=0")
        compare(ours, real, but=("$.users[].photo",))


def test_tickets_and_their_lists_look_like_the_recorded_ones(desk: Zendesk) -> None:
    ticket = desk.ticket(at=desk.clock.now() - timedelta(hours=1))
    for target, pattern in (
        ("tickets?page[size]=100", r"/tickets\.json\?page%5Bsize%5D=100"),
        ("tickets", r"/tickets\.json$"),
        (f"tickets/show_many?ids={ticket.id}", r"/tickets/show_many"),
        ("incremental/tickets/cursor?start_time=0", r"/incremental/tickets/cursor"),
        ("incremental/tickets?start_time=0", r"/incremental/tickets\.json"),
    ):
        compare(desk.get(target), last(pattern).body)


def test_a_creation_and_an_update_look_like_the_recorded_ones(desk: Zendesk) -> None:
    desk.judged = False  # what was recorded is not as described
    made = desk.post("tickets", {"ticket": {"subject": "test", "description": "test"}})
    real = last(r"/tickets\.json$", "POST", 201).body
    compare(made.json(), real)
    told = [event.get("field_name") for event in made.json()["audit"]["events"]]
    assert told == [event.get("field_name") for event in real["audit"]["events"]]
    changed = desk.ask("PUT", f"tickets/{made.json()['ticket']['id']}", {"ticket": {"subject": "other"}})
    compare(changed.json(), last(r"/tickets/\d+\.json", "PUT").body)


def test_comments_and_files_look_like_the_recorded_ones(desk: Zendesk) -> None:
    ticket = desk.ticket()
    kept = desk.site.attachment("a.txt", b"a")
    desk.site.reply(ticket, "Files", by=desk.ben, attachments=[kept])
    real = last(r"/comments\.json").body
    ours = desk.get(f"tickets/{ticket.id}/comments?page[size]=100")
    ours["comments"] = ours["comments"][1:]
    compare(ours, real, but=("$.comments[].via.source.to.address", "$.comments[].via.source.to.name"))
    assert (
        ours["comments"][0]["html_body"] == '<div class="zd-comment" dir="auto"><p dir="auto">Files</p></div>'
    )
    upload = desk.post("uploads?filename=a.txt", b"a").json()
    compare(upload, last(r"/uploads\.json", "POST", 201).body)


def test_jobs_look_like_the_recorded_ones(desk: Zendesk) -> None:
    made = desk.post("tickets/create_many", {"tickets": [{"subject": "a", "comment": {"body": "b"}}]}).json()
    compare(made, last(r"/tickets/create_many", "POST").body)
    done = [e.body for e in exchanges() if "/job_statuses/" in e.url and e.body["job_status"]["results"]]
    created = next(body for body in reversed(done) if "account_id" in body["job_status"]["results"][0])
    compare(desk.get(f"job_statuses/{made['job_status']['id']}"), created)
    id_ = next(iter(desk.site.tickets))
    changed = desk.ask("PUT", f"tickets/update_many?ids={id_}", {"ticket": {"subject": "c"}}).json()
    updated = next(body for body in done if "action" in body["job_status"]["results"][0])
    compare(desk.get(f"job_statuses/{changed['job_status']['id']}"), updated, but=("$.job_status.job_type",))


@pytest.mark.parametrize("plural", ["groups", "group_memberships", "organizations"])
def test_lists_look_like_the_recorded_ones(desk: Zendesk, plural: str) -> None:
    desk.company.fields = {}
    compare(desk.get(f"{plural}?page[size]=100"), last(rf"/{plural}\.json\?page%5Bsize%5D=100").body)


def test_furniture_looks_like_the_recorded_one(desk: Zendesk) -> None:
    status = desk.site.add_custom_status("Blocked", "hold")
    compare(desk.get(f"custom_statuses/{status.id}"), last(r"/custom_statuses\.json", "POST", 201).body)
    field = desk.site.add_ticket_field("Text")
    compare(desk.get(f"ticket_fields/{field.id}"), last(r"/ticket_fields\.json", "POST", 201).body)
    compare(desk.get("brands")["brands"][0], last(r"/brands/\d+").body["brand"])
    ticket = desk.ticket()
    made = {"link": {"ticket_id": str(ticket.id), "issue_id": "1", "issue_key": "A-1"}}
    compare(desk.post("jira/links", made).json(), last(r"jira/links", "POST", 201).body)


def test_refusals_are_the_recorded_ones(desk: Zendesk) -> None:
    missing = desk.ask("PUT", "tickets/9223372036854775807", {"ticket": {}})
    assert missing.json() == last(r"/tickets/\d+\.json", "PUT", 404).body
    many = desk.post("tickets/create_many", {"tickets": [{}] * 101})
    assert many.json() == last(r"/tickets/create_many", "POST", 400).body


def test_headers_are_the_recorded_ones(desk: Zendesk) -> None:
    listing = (e for e in exchanges() if "/tickets.json" in e.url and e.method == "GET")
    recorded = {name for e in listing for name in e.headers}
    limits = {name for name in recorded if "limit" in name}
    ours = {name.lower() for name, _ in desk.ask("GET", "tickets").headers if "limit" in name.lower()}
    assert ours == limits


# ---- exports as recorded ---------------------------------------------------------------------------------------------


def recorded_pages(stream: str, rows: str, size: int) -> list[Exchange]:
    """The recorded exports from the beginning whose longest page had ``size`` rows, taken one after the other."""
    found = [e for e in exchanges() if f"/incremental/{stream}" in e.url and "start_time=0" in e.url]
    first = next(i for i, e in enumerate(found) if len(e.body[rows]) == size)
    return found[first : first + 4]


@pytest.mark.parametrize(("stream", "rows", "size"), [("tickets", "tickets", 87), ("users", "users", 1000)])
def test_exports_page_as_the_recorded_ones(stream: str, rows: str, size: int) -> None:
    desk = Zendesk(SimClock(datetime(2024, 2, 8, 17, 27, tzinfo=UTC)), calm=True, judged=False)
    pages = recorded_pages(stream, rows, size)
    real = {row["id"]: row for page in pages for row in page.body[rows]}
    desk.site.load(**{rows: real.values()})
    if stream == "users":  # the recorded pages were not the last ones
        desk.site.add_user("Later Example", at=datetime(2024, 2, 1, tzinfo=UTC))
    assert len(pages) == 4
    for page in pages:
        ours = desk.get(page.url[page.url.index("/api/v2") :])
        assert _seconds(ours[rows]) == _seconds(page.body[rows])
        assert _told(ours) == _told(page.body)


def _seconds(rows: list[Any]) -> list[tuple[int, int]]:
    """Rows by the second of their last change; within one, recorded time-based pages have no order."""
    return sorted((row.get("generated_timestamp") or row["updated_at"], row["id"]) for row in rows)


def _told(page: Any) -> dict[str, Any]:
    """What a page says of itself; of addresses what comes after the host."""
    words = {name: value for name, value in page.items() if not isinstance(value, list)}
    return {
        name: _query(value) if name.endswith(("_url", "_page")) else value for name, value in words.items()
    }


def _query(address: str | None) -> Any:
    return sorted(parse_qsl(urlsplit(address).query)) if address else None
