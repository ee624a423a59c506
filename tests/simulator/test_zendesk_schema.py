"""The judge of Zendesk requests and responses, and what can be said of the simulated account in general."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.schema import Mismatch
from tests.simulator.zendesk import Zendesk
from tests.simulator.zendesk_schema import check_request, check_response, needs_spec

from syncline.sim import SimClock, SimResponse
from syncline_connectors.zendesk.simulator import texts
from syncline_connectors.zendesk.simulator.metrics import spent
from syncline_connectors.zendesk.simulator.render import Renderer

# ---- the judge -------------------------------------------------------------------------------------------------------

GOOD: list[tuple[str, str, list[tuple[str, str]], Any]] = [
    ("GET", "/api/v2/incremental/tickets/cursor", [("start_time", "0"), ("include", "users")], None),
    (
        "GET",
        "/api/v2/tickets/5/comments.json",
        [("page[size]", "100"), ("include_inline_images", "true")],
        None,
    ),
    (
        "POST",
        "/api/v2/tickets",
        [],
        {"ticket": {"comment": {"body": "a", "public": False}, "priority": "low"}},
    ),
    ("PUT", "/api/v2/tickets/5", [], {"ticket": {"status": "open", "safe_update": True}}),
]
BAD: list[tuple[str, str, list[tuple[str, str]], Any]] = [
    ("GET", "/api/v2/tickets", [("updated_since", "0")], None),
    ("GET", "/api/v3/tickets", [], None),
    ("POST", "/api/v2/tickets", [], {"ticket": {"subject": "no comment"}}),
    ("PUT", "/api/v2/tickets/5", [], {"ticket": {"status": "done"}}),
    ("PUT", "/api/v2/tickets/5", [], {"ticket": {"assignee_id": "5"}}),
]


@needs_spec
def test_described_requests_are_let_through() -> None:
    for method, path, query, body in GOOD:
        check_request(method, path, query, body)


@needs_spec
@pytest.mark.parametrize(("method", "path", "query", "body"), BAD)
def test_other_requests_are_not(method: str, path: str, query: list[tuple[str, str]], body: Any) -> None:
    with pytest.raises(Mismatch):
        check_request(method, path, query, body)


@needs_spec
def test_a_response_may_hold_null_and_not_what_is_of_another_kind() -> None:
    fine = SimResponse.of_json({"ticket": {"requester_id": 5, "priority": None, "assignee_id": None}})
    assert check_response("GET", "/api/v2/tickets/5", fine) is True
    with pytest.raises(Mismatch):
        check_response("GET", "/api/v2/tickets/5", SimResponse.of_json({"ticket": {"requester_id": "5"}}))
    with pytest.raises(Mismatch):
        check_response("GET", "/api/v2/tickets/5", SimResponse(204))


# ---- in general ------------------------------------------------------------------------------------------------------

acts = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["new", "edit", "delete", "touch"])), max_size=25
)


@settings(max_examples=20, deadline=None)
@given(acts=acts, seed=st.integers(0, 5), polls=st.integers(1, 4))
def test_whoever_follows_the_cursor_ends_with_the_last_state_of_every_ticket(
    acts: list[tuple[int, str]], seed: int, polls: int
) -> None:
    desk = Zendesk(SimClock(), calm=False, seed=seed, judged=False)
    desk.site.set_quirks(export_cap=(1, 3))
    desk.site.limits.enabled = False
    seen: dict[int, Any] = {}
    query = "start_time=0"
    share = len(acts) // polls + 1
    for number in range(polls):
        for which, act in acts[number * share : (number + 1) * share]:
            _act(desk, which, act)
            desk.clock.advance(7)
        desk.clock.advance(61 + 5)
        while True:
            page = desk.get(f"incremental/tickets/cursor?{query}")
            seen |= {row["id"]: row for row in page["tickets"]}
            query = f"cursor={page['after_cursor']}" if page["after_cursor"] else query
            if page["end_of_stream"]:
                break
    render = Renderer(desk.site, desk.site.site_url)
    assert seen == {t.id: render.ticket(t, export=True) for t in desk.site.tickets.values()}


def _act(desk: Zendesk, which: int, act: str) -> None:
    alive = [t for t in desk.site.tickets.values() if t.deleted is None]
    if act == "new" or which >= len(alive):
        desk.ticket()
    elif act == "edit":
        desk.site.edit(alive[which], by=desk.ben, subject=f"{alive[which].subject}!")
    elif act == "delete":
        desk.site.delete(alive[which], by=desk.ben)
    else:
        desk.site.system_update(alive[which])


@given(st.text())
def test_any_text_has_three_forms(text: str) -> None:
    body, html, plain = texts.from_body(text)
    assert (body, plain) == (text, text)
    assert html.startswith('<div class="zd-comment"')
    assert texts.from_html(text)[1].endswith("</div>")


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.sampled_from(["new", "open", "pending", "solved"])), min_size=1
    )
)
def test_the_time_spent_in_all_statuses_is_the_whole_time(steps: list[tuple[int, str]]) -> None:
    began = SimClock().now()
    at, statuses = began, []
    for minutes, value in steps:
        at += timedelta(minutes=minutes)
        statuses.append((at, value))
    now = at + timedelta(hours=1)
    parts = [spent(statuses, (value,), now) for value in ("new", "open", "pending", "solved")]
    assert sum(parts, timedelta()) == now - statuses[0][0]


@settings(max_examples=20, deadline=None)
@given(count=st.integers(0, 12), size=st.integers(1, 5))
def test_either_way_of_paging_gives_each_row_once(count: int, size: int) -> None:
    desk = Zendesk(SimClock(), calm=True, judged=False)
    made = [desk.ticket().id for _ in range(count)]
    for first in (f"tickets?page[size]={size}", f"tickets?per_page={size}"):
        target, seen = first, []
        while target:
            page = desk.get(target)
            seen += [row["id"] for row in page["tickets"]]
            more = (
                page["links"]["next"]
                if "meta" in page and page["meta"]["has_more"]
                else page.get("next_page")
            )
            target = (more or "").removeprefix(desk.site.site_url)
        assert seen == made
