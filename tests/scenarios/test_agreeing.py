"""S5–S12, S14, S24, S31: what people write in one tool arrives in the other, and harms nothing there.

Changes to the engine that should break these (few were tried):
statuses written by the first hop that offers itself (S5), `Side.echo` returning what was
said (S6), the body written with every other field (S7–S9), an unknown person read as nobody (S10), `spared` taken out
(S12), the first status of a category taken where no row names one (S14), an error of one record raised (S24), sets
written whole (S31).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from tests.scenarios.conftest import Pair
from tests.scenarios.lab import Strike, World, is_write

from syncline.sim.app import SimRequest, SimResponse
from syncline_connectors.jira.simulator.rules import Transition, Workflow

PAIR = Callable[..., Pair]
DAY = 25 * 3600.0
"""Seconds after which people and everything else that changes seldom is read again."""


def linked(pair: PAIR, count: int = 1, **options: Any) -> tuple[World, Any, Any, list[str], list[str]]:
    """Pairs of one title, linked and in agreement; the remote ids of both sides."""
    world, eng, product = pair(**options)
    ours = [eng.put(f"piece {number}") for number in range(count)]
    theirs = [product.put(f"piece {number}") for number in range(count)]
    world.quiet()
    assert world.links() == count
    return world, eng, product, ours, theirs


def states_of(product: Any, remote_id: str) -> list[str]:
    """Every state that an issue of Linear was moved to."""
    history = product.issue(remote_id).history
    return [str(entry.values["to_state"].name) for entry in history if entry.values.get("to_state")]


def test_s05_our_own_hops_are_nobodys_change(pair: PAIR) -> None:
    """Jira shows the hops late and in any order: Linear is never moved by them."""
    world, eng, product, (ours,), (theirs,) = linked(pair, block={"backlink": False})
    ways = ("To Do", "In Progress", "In Review", "Blocked", "Done")
    eng.site.set_workflow(
        eng.project,
        Workflow("To Do", tuple(Transition(two, two, (one,)) for one, two in itertools.pairwise(ways))),
    )
    eng.more["transitions"] = {"Done": {"via": ["In Progress", "In Review", "Blocked"]}}
    eng.site.set_quirks(lag=(0.0, 300.0))
    product.edit(theirs, status="Done")
    moved = states_of(product, theirs)
    for _ in range(8):
        world.sync(after=60, settle=False)
        assert product.show(theirs)["status"] == "Done"
    assert eng.show(ours)["status"] == "Done"
    assert states_of(product, theirs) == moved, "nobody but Ada ever moved it"
    assert world.held() == []


BODIES = (
    "* a list\n* with stars",
    "- a list\n- with dashes\n    - and a second level",
    "1) one\n2) two",
    "A line\\\nbroken with a backslash, and one  \nbroken with blanks",
    "Heading\n=======\n\nText __strong__ and _soft_ and ~~gone~~",
    "# Heading #\n\n\n\ntoo many blank lines\n\n\n",
    '<https://example.com/a> and [words](https://example.com/b "title") and https://example.com/c',
    "```python\nprint('*')\n```\n\n    indented code",
    "> quoted\n> twice\n\n---\n\n***",
    "Escaped \\* star, a_b_c, 1\\. and &amp; entity",
    "- [ ] to do\n- [x] done",
    "| a | b |\n| - | - |\n| 1 | 2 |",
)


def test_s06_what_tools_make_of_a_text_is_not_written_back(pair: PAIR) -> None:
    """Linear stores Markdown as its editor would write it, Jira as a document: neither is an edit."""
    world, eng, product = pair(
        block={
            "backlink": False,
            "create": [
                {"from": "product", "to": "eng", "type": "Task"},
                {"from": "eng", "to": "product"},
            ],
        }
    )
    for number, body in enumerate(BODIES):
        (product if number % 2 else eng).put(f"text {number}", body=body)
    world.sync(approve=100)
    assert len(eng.ids()) == len(product.ids()) == len(BODIES)
    written = world.writes
    for _ in range(3):
        world.sync(full=True)
    assert world.writes == written
    for number in range(len(BODIES)):  # an edit of one side crosses once, and comes to rest
        product.edit(product.titled(f"text {number}")[0], body=f"{BODIES[number]}\n\nOne more line.")
    world.sync()
    crossed = world.writes
    for number in range(len(BODIES)):
        assert "One more line." in eng.show(eng.titled(f"text {number}")[0])["body"]
    assert crossed - written == len(BODIES)
    world.sync(full=True)
    assert world.writes == crossed


def rich_document(eng: Any) -> dict[str, Any]:
    """What Markdown cannot say: merged cells, a panel, a mention, an image, an expandable part."""

    def text(words: str) -> dict[str, Any]:
        return {"type": "paragraph", "content": [{"type": "text", "text": words}]}

    mention = {
        "type": "mention",
        "attrs": {"id": eng.ben.account_id, "text": "@Ben Example", "accessLevel": ""},
    }
    cell = {"type": "tableCell", "attrs": {"colspan": 2, "rowspan": 1}, "content": [text("two cells wide")]}
    rows = [
        {"type": "tableRow", "content": [cell]},
        {
            "type": "tableRow",
            "content": [
                {"type": "tableCell", "attrs": {}, "content": [text(word)]} for word in ("one", "two")
            ],
        },
    ]
    image = {
        "type": "media",
        "attrs": {"id": "6e7c7f2c-dd7a-499c-bceb-6f32bfbf30b5", "type": "file", "collection": ""},
    }
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "Ask "}, mention]},
            {"type": "panel", "attrs": {"panelType": "warning"}, "content": [text("Careful")]},
            {"type": "table", "attrs": {"layout": "default"}, "content": rows},
            {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [image]},
            {"type": "expand", "attrs": {"title": "More"}, "content": [text("<!-- hidden -->")]},
        ],
    }


def test_s07_s08_s09_a_status_crosses_and_no_byte_of_a_body_moves(pair: PAIR) -> None:
    world, eng, product, (ours,), (theirs,) = linked(pair, fields={"status": {}, "labels": {}})
    eng.edit(ours, body=rich_document(eng))
    product.edit(
        theirs, body="Ask @ben at ben@example.com\n\n```\n@ben\n```\n\n![picture](https://example.com/p.png)"
    )
    world.quiet()
    before = eng.raw_body(ours), product.show(theirs)["body"]
    product.edit(theirs, status="In Progress", labels=["seen"])
    world.quiet()
    eng.edit(ours, status="Done")
    world.quiet()
    assert product.show(theirs)["status"] == "Done"
    assert (eng.raw_body(ours), product.show(theirs)["body"]) == before


def test_s07_with_bodies_that_cross_a_status_still_moves_no_byte_of_a_rich_one(pair: PAIR) -> None:
    world, eng, product = pair(
        fields={"title": {}, "description": {"from": "eng"}, "status": {}},
        block={"create": [{"from": "eng", "to": "product"}]},
    )
    ours = eng.put("Rich", body=rich_document(eng))
    world.quiet()
    before = eng.raw_body(ours)
    (theirs,) = product.titled("Rich")
    assert "two cells wide" in product.show(theirs)["body"]
    product.edit(theirs, status="In Progress")
    world.quiet()
    assert eng.show(ours)["status"] == "In Progress"
    assert eng.raw_body(ours) == before


def test_s07_a_rich_body_is_not_written_over_by_its_poorer_copy(pair: PAIR) -> None:
    """Whoever edits the copy is told; the table, the panel and the mention stay."""
    world, eng, product = pair(
        fields={"title": {}, "description": {}}, block={"create": [{"from": "eng", "to": "product"}]}
    )
    ours = eng.put("Rich", body=rich_document(eng))
    world.quiet()
    before = eng.raw_body(ours)
    (theirs,) = product.titled("Rich")
    product.edit(theirs, body=f"{product.show(theirs)['body']}\n\nOne more line.")
    world.quiet()
    assert eng.raw_body(ours) == before
    assert [(name, kind) for name, kind, _ in world.held()] == [("description", "blocked")]


def test_s09_a_name_in_a_text_mentions_nobody_over_there(pair: PAIR) -> None:
    world, eng, product = pair(block={"create": [{"from": "product", "to": "eng", "type": "Task"}]})
    product.put("Ping", body="Ask @ben, @Ben Example or ben@example.com; `@ben` is code.")
    world.quiet()
    (ours,) = eng.titled("Ping")
    assert "@ben" in eng.show(ours)["body"]
    assert '"mention"' not in eng.raw_body(ours)


def assigned(pair: PAIR, **options: Any) -> tuple[World, Any, Any, str, str]:
    world, eng, product, (ours,), (theirs,) = linked(
        pair, fields={"title": {}, "assignees": {}, "priority": {}}, **options
    )
    eng.edit(ours, assignee=eng.ada)
    world.quiet()
    return world, eng, product, ours, theirs


def test_s10_a_person_without_an_account_there_clears_nothing(pair: PAIR) -> None:
    world, eng, product, ours, theirs = assigned(pair)
    assert product.show(theirs)["assignee"] == "Ada Example"
    stranger = product.site.add_user("Cleo Example", email="cleo@example.net")
    product.site.add_member(product.team, stranger)
    product.edit(theirs, assignee=stranger, priority="High")
    told = world.sync()
    assert eng.show(ours)["assignee"] == "Ada Example"
    assert eng.show(ours)["priority"] == "High", "the other fields go on"
    assert told.exit_code == 3
    ((name, kind, reason),) = world.held()
    assert (name, kind) == ("assignees", "blocked")
    assert "account" in reason
    written = world.writes
    assert world.sync().exit_code == 0, "it has been told"
    assert world.writes == written
    people = world.folder / "people.csv"
    people.write_text(f"person,email,team,eng,product\ncleo,,,{eng.ada.account_id},{stranger.id}\n", "utf-8")
    world.hub["people"] = str(people)
    world.clock.sleep(DAY)
    world.sync()
    world.sync()
    assert eng.show(ours)["assignee"] == "Ada Example", "who is Cleo there"
    assert world.held() == []


def test_s10_an_account_that_is_made_later_heals_it_without_anybody(pair: PAIR) -> None:
    world, eng, product, ours, theirs = assigned(pair)
    stranger = product.site.add_user("Cleo Example", email="cleo@example.net")
    product.site.add_member(product.team, stranger)
    product.edit(theirs, assignee=stranger)
    world.sync()
    assert [row[:2] for row in world.held()] == [("assignees", "blocked")]
    eng.site.add_user("Cleo Example", email="cleo@example.net")
    world.sync(after=DAY)
    assert eng.show(ours)["assignee"] == "Cleo Example"
    assert world.held() == []
    written = world.writes
    world.sync()
    assert world.writes == written


def test_s11_people_without_an_address_are_known_by_their_accounts(pair: PAIR) -> None:
    world, eng, product, ours, theirs = assigned(pair)
    dora = eng.site.add_user("Dora in Jira", email="dora@example.net", email_visible=False)
    there = product.site.add_user("Dora in Linear", email="d@example.org")
    product.site.add_member(product.team, there)
    people = world.folder / "people.csv"
    people.write_text(f"person,email,team,eng,product\ndora,,,{dora.account_id},{there.id}\n", "utf-8")
    world.hub["people"] = str(people)
    world.clock.sleep(DAY)
    eng.edit(ours, assignee=dora)
    world.sync()
    world.sync()
    assert product.show(theirs)["assignee"] == "Dora in Linear"
    assert world.held() == []


def test_s12_a_status_out_of_reach_holds_nothing_else_and_is_not_tried_each_run(pair: PAIR) -> None:
    world, eng, product, (ours,), (theirs,) = linked(pair)
    ways = (Transition("Start", "In Progress", ("To Do",)), Transition("Finish", "Done", ("In Progress",)))
    eng.site.set_workflow(eng.project, Workflow("To Do", ways))
    product.edit(theirs, status="Done", title="Another title")
    told = world.sync()
    assert told.exit_code == 3
    assert eng.show(ours)["title"] == "Another title"
    assert eng.show(ours)["status"] == "To Do", "never by hops that nobody configured"
    ((name, kind, reason),) = world.held()
    assert (name, kind) == ("status", "blocked")
    assert "In Progress" in reason, f"it tells where one can go: {reason}"
    assert product.show(theirs)["status"] == "Done"
    asked = len([one for one in eng.front.sent if "/transitions" in one.path])
    for _ in range(3):
        assert world.sync().exit_code == 0
    assert len([one for one in eng.front.sent if "/transitions" in one.path]) == asked
    eng.more["transitions"] = {"Done": {"via": ["In Progress"]}}
    eng.edit(ours, title="Yet another")  # something changed there, so it is tried again
    world.clock.sleep(24 * 3600)
    world.quiet()
    assert eng.show(ours)["status"] == "Done"
    assert world.held() == []


def test_s14_a_status_without_a_row_is_not_guessed(pair: PAIR) -> None:
    """“In Review” and “Blocked” are both in progress: neither is taken for the other, nor for “In Progress”."""
    world, eng, product, (ours,), (theirs,) = linked(pair)
    eng.edit(ours, status="In Review", title="Reviewed")
    assert world.sync().exit_code == 3
    assert product.show(theirs)["status"] == "Todo"
    assert product.show(theirs)["title"] == "Reviewed"
    ((name, kind, reason),) = world.held()
    assert (name, kind) == ("status", "blocked")
    assert "In Review" in reason
    written = world.writes
    assert world.sync().exit_code == 0
    assert world.writes == written
    eng.edit(ours, status="Done")
    world.quiet()
    assert product.show(theirs)["status"] == "Done"
    assert world.held() == []


def refusing(path: str) -> Callable[[SimRequest], bool]:
    return lambda request: is_write(request) and path in request.path


def test_s24_one_record_that_cannot_be_written_changes_nothing_for_the_others(pair: PAIR) -> None:
    world, eng, product, ours, theirs = linked(pair, 5)
    broken = SimResponse.of_json({"errorMessages": ["Internal validation"], "errors": {}}, 400)
    eng.front.strikes = [Strike(refusing(f"/issue/{ours[2]}"), broken, times=100)]
    for number, one in enumerate(theirs):
        product.edit(one, title=f"renamed {number}", priority="High")
    told = world.sync()
    assert told.exit_code == 3
    for number in (0, 1, 3, 4):
        assert (eng.show(ours[number])["title"], eng.show(ours[number])["priority"]) == (
            f"renamed {number}",
            "High",
        )
    assert eng.show(ours[2])["title"] == "piece 2"
    assert {name for name, _, _ in world.held()} == {"title", "priority"}
    eng.edit(ours[2], labels=["still"])
    world.sync()
    assert product.show(theirs[2])["labels"] == ["still"], "the other way it goes on"


def test_s24_one_field_that_cannot_be_written_stops_no_other(pair: PAIR) -> None:
    world, eng, product, (ours,), (theirs,) = linked(pair)
    product.edit(theirs, title="t" * 300, priority="Urgent", labels=["x"])
    world.sync()
    shown = eng.show(ours)
    assert (shown["title"], shown["priority"], shown["labels"]) == ("piece 0", "Highest", ["x"])
    ((name, kind, reason),) = world.held()
    assert (name, kind) == ("title", "blocked")
    assert "255" in reason
    product.edit(theirs, title="short again")
    world.quiet()
    assert eng.show(ours)["title"] == "short again"
    assert world.held() == []


def test_s31_labels_of_both_sides_are_joined(pair: PAIR) -> None:
    world, eng, product, (ours,), (theirs,) = linked(pair)
    eng.edit(ours, labels=["common", "z"])
    world.quiet()
    assert product.show(theirs)["labels"] == ["common", "z"]
    eng.edit(ours, labels=["common", "z", "x"])
    product.edit(theirs, labels=["common", "y"])
    world.quiet()
    assert eng.show(ours)["labels"] == product.show(theirs)["labels"] == ["common", "x", "y"]


# ---- comments ------------------------------------------------------------------------------------------------------


def commented(pair: PAIR) -> tuple[World, Any, Any, str, str]:
    world, eng, product, (ours,), (theirs,) = linked(pair, fields={"comments": {}})
    return world, eng, product, ours, theirs


def comments_of(product: Any, remote_id: str) -> list[str]:
    return [one.body for one in product.site.comments.values() if one.issue and one.issue.id == remote_id]


def test_s04_a_comment_has_one_copy_however_often_one_looks(pair: PAIR) -> None:
    world, eng, product, ours, theirs = commented(pair)
    eng.site.comment(eng.issue(ours), "Said once", by=eng.ada)
    for _ in range(5):
        world.sync(full=True)
    assert len(eng.issue(ours).comments) == 1
    assert sum("Said once" in body for body in comments_of(product, theirs)) == 1


def test_s26_a_comment_that_is_edited_and_removed_takes_its_copy_along(pair: PAIR) -> None:
    world, eng, product, ours, theirs = commented(pair)
    said = eng.site.comment(eng.issue(ours), "First", by=eng.ada)
    world.quiet()
    eng.site.edit_comment(eng.issue(ours), said, "Second", by=eng.ada)
    world.quiet()
    assert any("Second" in body for body in comments_of(product, theirs))
    eng.site.delete_comment(eng.issue(ours), eng.issue(ours).comments[0])
    world.quiet()
    assert comments_of(product, theirs) == []
