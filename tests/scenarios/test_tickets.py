"""S28 and part 4's tickets: five tickets are about one issue, which is made once; nothing flows back, nothing is seen.

Changes to the engine that should break these (few were tried):
every ticket with a counterpart of its own (`group` of `_adopt` the ticket's), the rules of
an ``about`` block read as both ways, a closed ticket written to in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scenarios.lab import World
from tests.scenarios.sides import JiraSide, ZendeskSide

from syncline.sim.clock import SimClock
from syncline.sync.byhand import waiting
from syncline_cli.inbox import apart

Desk = tuple[World, JiraSide, ZendeskSide]


@pytest.fixture
def desk(tmp_path: Path, clock: SimClock) -> Iterator[Desk]:
    """A support desk whose escalated tickets are about issues."""
    eng, support = JiraSide("eng", clock), ZendeskSide("support", clock)
    status = support.site.add_ticket_field("Engineering status", "text")
    support.more = {"fields": {"eng_status": str(status.id)}}
    block = {
        "name": "escalations",
        "between": ["support", "eng"],
        "link": "about",
        "match": ["native", "url"],
        "create": [
            {
                "from": "support",
                "to": "eng",
                "when": {"labels": ["escalated"], "not": {"category": ["done"]}},
                "route": [{"container": "ENG"}],
                "type": "Task",
                "title": "[ZD {key}] {title}",
            }
        ],
    }
    world = World(
        tmp_path,
        (support, eng),
        clock,
        block,
        fields={"eng_status": {"from": "eng.status"}},
        own={"eng_status": {"type": "text"}},
    )
    yield world, eng, support
    world.close()


def shown(support: ZendeskSide, ticket: str) -> str | None:
    return next((str(value) for value in support.ticket(ticket).fields.values() if value), None)


def test_five_tickets_are_about_one_issue(desk: Desk) -> None:
    world, eng, support = desk
    first = support.put("Export fails", labels=["escalated"])
    world.quiet()
    (issue,) = eng.ids()
    assert eng.show(issue)["title"] == f"[ZD #{first}] Export fails" or first in eng.show(issue)["title"]
    address = f"{eng.origin}/browse/{eng.issue(issue).key}"
    others = [support.put("It fails", body=f"See {address} please") for _ in range(4)]
    world.quiet()
    assert eng.ids() == [issue], "none of them gets an issue of its own"
    assert world.rows("SELECT type, count(*) FROM link WHERE until IS NULL GROUP BY type") == [("about", 5)]
    assert world.rows("SELECT count(DISTINCT item_id) FROM record WHERE kind IN ('Issue', 'Ticket')") == [
        (6,)
    ], "tickets stay tickets"
    eng.edit(issue, status="In Progress")
    world.quiet()
    assert {shown(support, one) for one in (first, *others)} == {"In Progress"}
    written = eng.writes
    support.site.solve(support.ticket(others[0]), by=support.ada)
    support.site.close(support.ticket(others[0]))
    support.edit(others[1], title="Another title", labels=["angry"])
    world.quiet()
    assert eng.writes == written, "nothing flows back"
    assert eng.show(issue)["status"] == "In Progress"


def test_s28_a_closed_ticket_is_left_alone(desk: Desk) -> None:
    world, eng, support = desk
    one, other = (support.put(f"Export fails {number}", labels=["escalated"]) for number in (1, 2))
    world.quiet()
    assert len(eng.ids()) == 2
    support.site.close(support.ticket(one))
    world.quiet()
    for issue in eng.ids():
        eng.edit(issue, status="Done")
    first = world.sync()
    assert shown(support, other) == "Done"
    assert shown(support, one) != "Done"
    asked, written = len(support.front.sent), support.writes
    codes = [world.sync().exit_code for _ in range(3)]
    assert codes == [0, 0, 0], "it is told once at most, and no error of any run"
    assert first.exit_code in (0, 3)
    assert support.writes == written
    assert len(support.front.sent) - asked <= 3 * 8


def test_s28_closed_tickets_are_one_line_of_a_block(desk: Desk) -> None:
    world, eng, support = desk
    first = support.put("Export fails", labels=["escalated"])
    world.quiet()
    address = f"{eng.origin}/browse/{eng.issue(eng.ids()[0]).key}"
    tickets = [first, *(support.put("It fails", body=f"See {address} please") for _ in range(4))]
    world.quiet()
    for one in tickets[1:]:
        support.site.close(support.ticket(one))
    world.quiet()
    eng.edit(eng.ids()[0], status="Done")
    world.quiet()
    with world.store().reading() as db:
        single, alike = apart(waiting(db))
    assert (single, [len(ones) for ones in alike]) == ([], [4])
    assert "closed" in alike[0][0].reason


def test_no_customer_sees_anything(desk: Desk) -> None:
    world, eng, support = desk
    ticket = support.put("Export fails", labels=["escalated"])
    world.quiet()
    eng.edit(eng.ids()[0], status="Done")
    world.quiet()
    shown_to_customers = [one for one in support.ticket(ticket).comments if one.public]
    assert len(shown_to_customers) == 1, "what the customer wrote"
    assert support.show(ticket)["status"] == "new"
    assert support.show(ticket)["title"] == "Export fails"
