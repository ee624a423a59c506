"""The walk over issues: everything that changes is found, whatever moves in the meantime, with few requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.linear.lab import KEY, Wire, World, connecting, error, pull, records, stream

from syncline.connector import EVERYTHING, Cursor, Page
from syncline.errors import ProtocolError
from syncline.model import Kind, RelationType
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.linear import Linear
from syncline_connectors.linear.assemble import Read
from syncline_connectors.linear.simulator import LinearSimulator, Quirks
from syncline_connectors.linear.walk import (
    BEGINNING,
    OVERLAP,
    PAGE,
    RESTARTS,
    Position,
    read_mark,
    start,
    written,
)

Connect = Callable[..., Linear]
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - Hypothesis wants bounds without a zone


def end(pages: list[Page]) -> Cursor:
    assert pages[-1].next.position is None
    return pages[-1].next


def ids(pages: list[Page], kind: Kind = Kind.ISSUE) -> set[str]:
    return set(records(pages, kind))


# ---- the mark ------------------------------------------------------------------------------------------------------


def test_l04_the_mark_is_the_latest_time_of_the_first_answer(connect: Connect, world: World) -> None:
    issues = [world.issue(f"issue {number}") for number in range(PAGE + 5)]
    latest = written(issues[-1].updated_at)
    linear = connect()
    pages: list[Page] = []
    for page in linear.pull(stream(linear), Cursor()):
        if not pages:
            world.later(60)
            world.site.edit(issues[0], title="edited in mid-walk")  # jumps ahead of the walk, and is missed
        pages.append(page)
    assert end(pages).mark == latest, "not the time of what came in between"
    missed = {issue.id for issue in issues} - ids(pages)
    assert missed == {issues[0].id}
    again = pull(connect(), cursor=end(pages))
    assert records(again)[issues[0].id].title == "edited in mid-walk"


def test_l05_the_overlap_is_taken_off_when_asking_and_never_stored(
    connect: Connect, world: World, wire: Wire
) -> None:
    world.issue()
    mark = end(pull(connect())).mark
    for _ in range(5):
        world.later()
        assert end(pull(connect(), cursor=Cursor(mark=mark))).mark == mark, "it would drift back on idle runs"
    asked = wire.variables("Changes")[-1]["issueFilter"]["updatedAt"]["gte"]
    assert read_mark(str(mark)) - read_mark(asked) == OVERLAP


def test_a_mark_never_goes_back_and_there_is_always_one(connect: Connect, world: World) -> None:
    assert end(pull(connect())).mark == BEGINNING, "an empty workspace"
    assert pull(connect(), cursor=Cursor(mark=BEGINNING))[-1].last
    issue = world.issue()
    cursor = end(pull(connect()))
    world.site.purge(issue)
    assert end(pull(connect(), cursor=cursor)) == cursor


@given(st.datetimes(EPOCH, EPOCH.replace(year=2200), timezones=st.just(UTC)))
def test_times_compare_as_they_are_written(moment: datetime) -> None:
    assert read_mark(written(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert written(moment) <= written(moment + timedelta(milliseconds=1))


@given(
    st.builds(
        Position,
        since=st.none() | st.just("2026-11-22T10:00:00.000Z"),
        going=st.none() | st.dictionaries(st.sampled_from(["issues", "comments"]), st.none() | st.text()),
        top=st.none() | st.text(),
        hints=st.lists(st.text()).map(tuple),
        inclusive=st.booleans(),
    )
)
def test_a_position_is_kept_whole(position: Position) -> None:
    assert Position.of(position.text()) == position
    assert Position.of(position.text()).over == position.over


@pytest.mark.parametrize("text", ["", "7", "[]", '{"token":1}', '{"hints":3}'])
def test_a_position_that_makes_no_sense_is_told(text: str) -> None:
    with pytest.raises(ProtocolError, match="saved position"):
        Position.of(text)
    with pytest.raises(ProtocolError, match="saved mark"):
        read_mark(text)


# ---- what does not touch the issue ---------------------------------------------------------------------------------


def changed(world: World, what: str, issue: Any, other: Any) -> None:
    match what:
        case "a comment":
            world.site.comment(issue, "new", by=world.ben)
        case "an edited comment":
            (comment,) = [one for one in world.site.comments.values() if one.issue is issue]
            world.site.edit_comment(comment, "edited")
        case "an attachment":
            world.site.attach(issue, "https://example.com/new", "A link", by=world.ben)
        case "a relation":
            world.site.relate(issue, "blocks", other, by=world.ben)
        case "a relation from the other side":
            world.site.relate(other, "blocks", issue, by=world.ben)


@pytest.mark.parametrize(
    "what",
    [
        "a comment",
        "an edited comment",
        "an attachment",
        "a relation",
        "a relation from the other side",
    ],
)
def test_l05_what_does_not_touch_its_issue_is_found_all_the_same(
    connect: Connect, world: World, wire: Wire, what: str
) -> None:
    issue, other = world.issue("one"), world.issue("two")
    world.site.comment(issue, "first", by=world.ada)
    cursor = end(pull(connect()))
    world.later()
    stood = issue.updated_at
    changed(world, what, issue, other)
    assert issue.updated_at == stood, "nothing of this is a change of the issue"
    before = len(wire.sent)
    pages = pull(connect(), cursor=cursor)
    assert issue.id in ids(pages)
    comments, links = records(pages, Kind.COMMENT).values(), records(pages, Kind.ATTACHMENT).values()
    told = {one.body.source for one in comments} | {one.url for one in links}
    relations = {(one.subject, one.type, one.target) for one in records(pages, Kind.RELATION).values()}
    assert {
        "a comment": "new" in told,
        "an edited comment": "edited" in told,
        "an attachment": "https://example.com/new" in told,
        "a relation": (issue.id, RelationType.BLOCKS, other.id) in relations,
        "a relation from the other side": (other.id, RelationType.BLOCKS, issue.id) in relations,
    }[what]
    assert len(wire.sent) - before <= 2


def test_lists_that_came_with_an_issue_are_whole_however_long(connect: Connect, world: World) -> None:
    issue = world.issue()
    for number in range(60):
        world.site.comment(issue, f"comment {number}", by=world.ada)
    for number in range(12):
        world.site.attach(issue, f"https://example.com/{number}", "A link")
        world.site.relate(world.issue(), "blocks", issue)
        world.site.relate(issue, "related", world.issue())
    world.site.set_quirks(page_cap=(3, 7))
    pages = pull(connect())
    assert len(records(pages, Kind.COMMENT)) == 60
    assert len(records(pages, Kind.ATTACHMENT)) == 12
    assert len(records(pages, Kind.RELATION)) == 24
    whole = {pair for page in pages for pair in page.children_complete}
    assert {(kind, issue.id) for kind in (Kind.COMMENT, Kind.ATTACHMENT, Kind.RELATION)} <= whole


def test_lists_that_go_on_are_read_for_many_issues_at_once(
    connect: Connect, world: World, wire: Wire
) -> None:
    for number in range(20):
        issue = world.issue(f"issue {number}")
        for comment in range(15):
            world.site.comment(issue, f"comment {comment}", by=world.ada)
    pages = pull(connect())
    assert len(records(pages, Kind.COMMENT)) == 300
    assert wire.names() == ["Changes", "More"]


def test_a_list_that_is_not_wanted_is_neither_asked_for_nor_called_whole(
    connect: Connect, world: World
) -> None:
    issue = world.issue()
    world.site.comment(issue, "words", by=world.ada)
    linear = connect(streams=("issues",))
    pages = pull(linear)
    assert not records(pages, Kind.COMMENT)
    assert {kind for page in pages for kind, _ in page.children_complete} == {Kind.RELATION}
    world.later()
    world.site.comment(issue, "more", by=world.ada)
    assert ids(pull(connect(streams=("issues",)), cursor=end(pages))) == {issue.id}, "the one at the mark"


# ---- requests ------------------------------------------------------------------------------------------------------


def test_l07_a_run_without_changes_is_one_request(connect: Connect, world: World, wire: Wire) -> None:
    issue = world.issue(labels=[world.site.add_label("red")])
    linear = connect()
    memo = dict(linear.check().memo)
    world.site.comment(issue, "words", by=world.ben)
    cursor = end(pull(linear))
    world.later()
    before = len(wire.sent)
    idle = connect(memo)
    pages = pull(idle, cursor=cursor)
    assert idle.vouched, "the answer itself tells who we are"
    assert idle.check().site == world.site.organization.id
    assert len(wire.sent) - before == 1
    assert ids(pages) == {issue.id}, "what stood at the mark comes again"


def test_changed_issues_cost_a_request_for_each_page(connect: Connect, world: World, wire: Wire) -> None:
    issues = [world.issue(f"issue {number}") for number in range(3 * PAGE)]
    cursor = end(pull(connect()))
    world.later()
    for issue in issues[: 2 * PAGE]:
        world.site.edit(issue, title="edited", by=world.ben)
        world.site.comment(issue, "seen", by=world.ben)
    before = len(wire.sent)
    pages = pull(connect(), cursor=cursor)
    assert {one.id for one in issues[: 2 * PAGE]} <= ids(pages)
    assert len(wire.sent) - before <= 4


def test_relations_are_read_no_further_than_wanted(connect: Connect, world: World, wire: Wire) -> None:
    hub = world.issue("hub")
    for _ in range(120):
        world.later(10)
        world.site.relate(world.issue(), "related", hub)
    cursor = end(pull(connect()))
    world.later()
    before = len(wire.sent)
    pull(connect(), cursor=cursor)
    assert wire.names()[before:].count("Changes") == 1


def test_history_that_was_read_before_is_not_read_again_unless_it_may_be_unknown() -> None:
    def entries(*days: int, **more: Any) -> list[dict[str, Any]]:
        return [{"createdAt": f"2026-11-{day:02}T00:00:00.000Z", **more} for day in days]

    since, window = "2026-11-10T00:00:00.000Z", "2026-11-05T00:00:00.000Z"
    assert Read(since).knows(entries(12, 11, 9))
    assert not Read().knows(entries(12, 11, 9)), "a first pull"
    assert not Read(since).knows(entries(12, 11)), "nothing old was reached"
    assert not Read(since).knows(entries(9, 11, 12)), "not the newest first"
    assert not Read(since).knows(entries(12, 9, fromTeamId="t1", toTeamId="t2")), "it came from another team"
    assert Read(since, window).knows(entries(12, 6))
    assert not Read(since, window).knows(entries(12, 4)), "it was out of the window when all was read"


# ---- scope ---------------------------------------------------------------------------------------------------------


def test_teams_bound_what_is_read(connect: Connect, world: World) -> None:
    ops = world.site.add_team("OPS", members=(world.ada,))
    mine, theirs = world.issue("mine"), world.issue("theirs", team=ops)
    linear = connect(teams=("ENG",))
    pages = pull(linear)
    assert ids(pages) == {mine.id}
    assert {one for batch in linear.census(stream(linear)) for one in batch} == {mine.id}
    world.later()
    world.site.comment(theirs, "not ours", by=world.ben)
    world.site.attach(theirs, "https://example.com/1", "not ours")
    world.site.relate(theirs, "blocks", mine)
    pages = pull(connect(teams=("ENG",)), cursor=end(pages))
    assert ids(pages) == {mine.id}
    assert len(records(pages, Kind.RELATION)) == 1, "a relation across the border is seen from our side"


def test_l38_a_filter_whose_meaning_has_changed_lets_nothing_in(
    connect: Connect, world: World, wire: Wire
) -> None:
    ops = world.site.add_team("OPS", members=(world.ada,))
    mine = world.issue("mine")
    world.issue("theirs", team=ops)

    def unfiltered(request: SimRequest, response: SimResponse) -> SimResponse:
        body = {**request.json(), "variables": {**request.json()["variables"], "issueFilter": {}}}
        return world.site(SimRequest.of("POST", "/graphql", body, request.headers))

    wire.after = unfiltered
    with pytest.raises(ProtocolError, match="other teams"):
        pull(connect(teams=("ENG",)))
    wire.after = lambda request, response: response
    assert ids(pull(connect(teams=("ENG",)))) == {mine.id}


def test_the_first_pull_is_bounded_by_time(connect: Connect, world: World, wire: Wire) -> None:
    world.issue("old")
    world.later(3600)
    border = world.clock.now()
    fresh = world.issue("new")
    linear = connect()
    part = stream(linear).narrowed({EVERYTHING}, since=border)
    pages = list(linear.pull(part, Cursor()))
    assert ids(pages) == {fresh.id}
    assert [one for batch in linear.census(part) for one in batch] == [fresh.id]
    before = stream(linear).narrowed({EVERYTHING}, since=None, until=border)
    assert len(ids(list(linear.pull(before, Cursor())))) == 1
    assert start(part, Cursor(mark=BEGINNING)).since == written(border)


def test_l10_an_issue_that_moved_to_another_team_keeps_its_id_and_its_past(
    connect: Connect, world: World
) -> None:
    ops = world.site.add_team("OPS", members=(world.ada,))
    issue = world.issue(team=ops)
    for number in range(15):
        world.site.edit(issue, title=f"title {number}", by=world.ben)
    world.issue("already there")
    cursor = end(pull(connect(teams=("ENG",))))
    world.later()
    world.site.move_team(issue, world.eng, by=world.ada)
    pages = pull(connect(teams=("ENG",)), cursor=cursor)
    found = records(pages)[issue.id]
    assert (found.key, found.container) == (issue.identifier, world.eng.id)
    assert found.key.startswith("ENG-")
    titles = [one for page in pages for one in page.events if one.field == "title"]
    assert len(titles) == 15, "its history from before it came is unknown here, and read"
    assert "OPS-1" in next(s.payload for p in pages for s in p.records)["previousIdentifiers"]


def test_l08_and_l36_archived_issues_are_delivered_and_listed(connect: Connect, world: World) -> None:
    issue, kept = world.issue("archived", state="Done"), world.issue("kept")
    world.site.archive(issue, by=world.ada)
    linear = connect()
    found = records(pull(linear))
    assert (found[issue.id].archived, found[kept.id].archived) == (True, False)
    assert found[issue.id].status.name == "Done"
    assert {one for batch in linear.census(stream(linear)) for one in batch} == {issue.id, kept.id}


def test_l33_nothing_is_taken_for_gone_because_a_page_ended(connect: Connect, world: World) -> None:
    made = {world.issue(f"issue {number}").id for number in range(2 * PAGE + 7)}
    world.site.set_quirks(page_cap=(4, 9))
    linear = connect()
    assert ids(pull(linear)) == made
    assert {one for batch in linear.census(stream(linear)) for one in batch} == made


# ---- hostility -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["error", "end"])
@pytest.mark.parametrize("seed", range(3))
def test_l40_a_cursor_is_a_row_and_may_be_gone_on_the_next_page(
    connect: Connect, world: World, wire: Wire, lost: str, seed: int
) -> None:
    """Linear refuses it then, or says that there is nothing more."""
    issues = [world.issue(f"issue {number}") for number in range(25)]
    world.site.set_quirks(page_cap=(5, 5), lost_cursor=lost)
    linear = connect()
    pages: list[Page] = []
    for page in linear.pull(stream(linear), Cursor()):
        pages.append(page)
        if len(pages) == 1 + seed:
            last = [one.record.remote_id for one in page.records if one.record.kind is Kind.ISSUE][-1]
            world.site.purge(world.site.issues[last])
    left = {issue.id for issue in issues if issue.id in world.site.issues}
    assert left <= ids(pages)


@pytest.mark.parametrize("lost", ["error", "end"])
def test_l40_the_census_is_whole_though_its_cursor_is_lost(connect: Connect, world: World, lost: str) -> None:
    for number in range(25):
        world.issue(f"issue {number}")
    world.site.set_quirks(page_cap=(5, 5), lost_cursor=lost)
    linear = connect()
    listed: set[str] = set()
    for number, batch in enumerate(linear.census(stream(linear))):
        listed.update(batch)
        if number == 1:
            world.site.purge(world.site.issues[batch[-1]])
    assert set(world.site.issues) <= listed


def refuse_cursors(request: SimRequest) -> SimResponse | None:
    if b'"issuesAfter":null' in request.body:
        return None
    return error("Invalid cursor: x", type="invalid input", code="INPUT_ERROR")


def test_l40_a_walk_gets_on_without_any_cursor(connect: Connect, world: World, wire: Wire) -> None:
    made = {world.issue(f"issue {number}").id for number in range(40)}
    world.site.set_quirks(page_cap=(5, 5))
    wire.before = refuse_cursors
    assert ids(pull(connect())) == made


def test_a_walk_that_gets_no_further_ends_in_an_error(connect: Connect, world: World, wire: Wire) -> None:
    for number in range(25):
        world.site.create_issue(world.eng, f"issue {number}", by=world.ada)
    world.site.set_quirks(page_cap=(5, 5))
    wire.before = refuse_cursors
    with pytest.raises(ProtocolError, match="again and again"):
        pull(connect())
    assert len(wire.sent) <= 2 * (RESTARTS + 3)


@pytest.mark.parametrize("seed", range(2))
def test_a_hostile_workspace_loses_nothing(seed: int) -> None:
    clock = SimClock()
    site = LinearSimulator(clock, seed=seed, quirks=Quirks(page_cap=(3, 8), touch=0.5), touches=20)
    ada = site.add_user("Ada Example")
    site.add_api_key(ada, KEY)
    team = site.add_team("ENG", members=(ada,))
    for number in range(24):
        clock.advance(3)
        issue = site.create_issue(team, f"issue {number}", by=ada)
        for comment in range(number % 4):
            site.comment(issue, f"comment {comment}", by=ada)
    titles: dict[str, str] = {}
    comments: set[str] = set()
    cursor = Cursor()
    with connecting(site, clock) as make:
        for _ in range(3):
            linear = make()
            for page in linear.pull(stream(linear), cursor):
                for item in page.records:
                    if item.record.kind is Kind.ISSUE:
                        titles[item.record.remote_id] = str(item.record.title)
                    elif item.record.kind is Kind.COMMENT:
                        comments.add(item.record.remote_id)
                clock.advance(1)
                victim = site.random.choice(list(site.issues.values()))
                site.edit(victim, title=f"{victim.title}'", by=ada)
                site.comment(site.random.choice(list(site.issues.values())), "in between", by=ada)
                cursor = page.next
            clock.advance(600)
        for page in make().pull(stream(make()), cursor):
            titles |= {
                one.record.remote_id: str(one.record.title)
                for one in page.records
                if one.record.kind is Kind.ISSUE
            }
            comments |= {one.record.remote_id for one in page.records if one.record.kind is Kind.COMMENT}
    assert titles == {issue.id: issue.title for issue in site.issues.values()}
    assert comments == set(site.comments)


def test_l23_a_query_that_is_found_too_complex_is_asked_for_less(
    connect: Connect, world: World, wire: Wire
) -> None:
    made = {world.issue(f"issue {number}").id for number in range(20)}

    def strict(request: SimRequest) -> SimResponse | None:
        if b'"first":30' in request.body or b'"first":15' in request.body:
            return error("Query too complex", type="invalid input", code="INPUT_ERROR")
        return None

    wire.before = strict
    assert ids(pull(connect())) == made
    assert [given["first"] for given in wire.variables("Changes")][:3] == [30, 15, 7]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"data": {}}, "viewer"),
        ({"data": None}, "without data"),
        ({}, "without data"),
        ([], "something else"),
        (
            {"data": {"viewer": {"id": "u"}, "organization": {"id": "o"}, "issues": {"nodes": []}}},
            "rows or page",
        ),
        (
            {
                "data": {
                    "viewer": {"id": "u"},
                    "organization": {"id": "o"},
                    "issues": {"nodes": [], "pageInfo": {}},
                }
            },
            "last page",
        ),
        (
            {
                "data": {
                    "viewer": {"id": "u"},
                    "organization": {"id": "o"},
                    "issues": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}},
                }
            },
            "no cursor",
        ),
        (
            {
                "data": {
                    "viewer": {"id": "u"},
                    "organization": {"id": "o"},
                    "issues": {"nodes": [{"title": "x"}], "pageInfo": {"hasNextPage": False}},
                }
            },
            "a row without",
        ),
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error_and_no_empty_page(
    connect: Connect, world: World, wire: Wire, answer: Any, says: str
) -> None:
    wire.before = lambda request: SimResponse.of_json(answer)
    with pytest.raises(ProtocolError, match=says):
        pull(connect())


def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(
    connect: Connect, world: World, wire: Wire
) -> None:
    good, bad = world.issue("good"), world.issue("bad")
    comment = world.site.comment(good, "bad", by=world.ada)

    def spoil(request: SimRequest, response: SimResponse) -> SimResponse:
        body = response.json()
        for issue in body.get("data", {}).get("issues", {}).get("nodes", ()):
            if issue["id"] == bad.id:
                issue["priority"] = 17
            for one in issue["comments"]["nodes"]:
                one["createdAt"] = "yesterday"
        return SimResponse.of_json(body, response.status)

    wire.after = spoil
    pages = pull(connect())
    assert ids(pages) == {good.id}
    aside = {(one.kind, one.remote_id): one for page in pages for one in page.quarantined}
    assert aside.keys() == {(Kind.ISSUE, bad.id), (Kind.COMMENT, comment.id)}
    assert aside[Kind.COMMENT, comment.id].subject == good.id
    whole = {pair for page in pages for pair in page.children_complete}
    assert (Kind.COMMENT, good.id) not in whole, "a list with a gap is not whole"
    assert (Kind.RELATION, good.id) in whole


def test_people_who_are_mentioned_are_introduced_once(connect: Connect, world: World) -> None:
    for _ in range(3):
        issue = world.issue(assignee=world.ben)
        world.site.comment(issue, "words", by=world.ben)
    stubs = [one.record for page in pull(connect()) for one in page.stubs]
    assert sorted(str(one.title) for one in stubs) == ["Ada Example", "Ben Example"]


def test_labels_bear_their_groups_names_and_many_are_no_matter(
    connect: Connect, world: World, wire: Wire
) -> None:
    group = world.site.add_label("Platform", group=True)
    ios = world.site.add_label("iOS", parent=group)
    many = [world.site.add_label(f"label {number}") for number in range(120)]
    issue = world.issue(labels=[ios, *many[:3], *many[-3:]])
    found = records(pull(connect()))[issue.id]
    assert found.labels == ("Platform/iOS", *(one.name for one in (*many[:3], *many[-3:])))
    assert wire.names().count("Catalogue") <= 1, "those beyond the first hundred are asked for together"
