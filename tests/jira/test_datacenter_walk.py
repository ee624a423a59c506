"""How issues are walked on Data Center: by offset, through windows, while the list moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jira.lab import Wire, pull, records, stream
from tests.jira.server import check_sent, connecting, data_center

from syncline.connector import Cursor
from syncline.errors import ConfigError, ProtocolError, TransientError
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator, Server
from syncline_connectors.jira.walk import Position
from syncline_connectors.jira.windows import Windows

Connect = Callable[..., Jira]
SEARCH = "/rest/api/2/search"
LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def site(clock: SimClock) -> JiraSimulator:
    return data_center(clock)


@pytest.fixture
def wire(site: JiraSimulator) -> Iterator[Wire]:
    made = Wire(site)
    yield made
    for request in made.sent:
        check_sent(request)


@pytest.fixture
def connect(wire: Wire, clock: SimClock) -> Iterator[Connect]:
    with connecting(wire, clock) as make:
        yield make


def fill(site: JiraSimulator, number: int, apart: timedelta = timedelta(minutes=3), key: str = "ENG") -> None:
    """``number`` issues, ``apart`` in time."""
    project = site.find_project(key) or site.add_project(key)
    for at in range(number):
        site.create_issue(project, f"{key} {at}", at=LONG_AGO + at * apart)


def searches(wire: Wire) -> list[Any]:
    return [body for body in wire.bodies(SEARCH) if body["maxResults"] > 1]


def whole(site: JiraSimulator) -> set[str]:
    return {str(number) for number in site.issues}


def after_search(number: int, act: Callable[[], None]) -> Callable[[SimRequest, SimResponse], SimResponse]:
    """Do something once, behind the back of the reader, after the search of this number."""
    seen = [0]

    def after(request: SimRequest, answer: SimResponse) -> SimResponse:
        if request.path.endswith(SEARCH):
            seen[0] += 1
            if seen[0] == number:
                act()
        return answer

    return after


class TestPages:
    def test_j91_pages_overlap_by_one_and_end_by_the_total(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 250)
        pages = pull(connect())
        assert set(records(pages)) == whole(site)
        assert sum(len(page.records) for page in pages) == 250
        assert [body["startAt"] for body in searches(wire)] == [0, 99, 198]
        assert all(body["expand"] == ["changelog"] for body in searches(wire))

    def test_j92_the_server_may_give_fewer_than_asked_for(self, clock: SimClock) -> None:
        site = data_center(clock, Server(max_results=30))
        fill(site, 100)
        wire = Wire(site)
        with connecting(wire, clock) as make:
            assert set(records(pull(make(url="https://jira.example.com")))) == whole(site)
        assert [body["startAt"] for body in searches(wire)] == [0, 29, 58, 87]

    def test_a_server_that_gives_one_at_a_time_is_read_too(self, clock: SimClock) -> None:
        site = data_center(clock, Server(max_results=1))
        fill(site, 5)
        with connecting(Wire(site), clock) as make:
            assert set(records(pull(make(url="https://jira.example.com")))) == whole(site)

    def test_nothing_new_takes_one_request(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        fill(site, 150)
        jira = connect()
        mark = pull(jira)[-1].next.mark
        wire.sent.clear()
        pages = pull(jira, cursor=Cursor(None, mark))
        assert len(wire.sent) == 1
        assert pages[-1].next == Cursor(None, mark)

    def test_a_walk_goes_on_where_it_was_cut_short(self, site: JiraSimulator, connect: Connect) -> None:
        fill(site, 350)
        cuts = len(pull(connect()))
        for cut in range(1, cuts):
            jira, kept = connect(), []
            for page in jira.pull(stream(jira), Cursor()):
                kept.append(page)
                if len(kept) == cut:
                    break
            again = connect()
            rest = list(again.pull(stream(again), kept[-1].next))
            assert set(records([*kept, *rest])) == whole(site)
            assert rest[-1].last

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_j93_issues_edited_or_deleted_meanwhile_hide_no_other(
        self, site: JiraSimulator, connect: Connect, wire: Wire, number: int
    ) -> None:
        fill(site, 350)
        issues = list(site.issues.values())

        def meddle() -> None:
            for issue in issues[5:40]:
                site.edit(issue, {"summary": "edited"})
            site.delete(issues[50])
            site.delete(issues[99 * number])

        wire.after = after_search(number, meddle)
        found = records(pull(connect()))
        assert set(found) >= whole(site)
        assert [found[str(issue.id)].title for issue in issues[5:40]] == ["edited"] * 35

    def test_j93_also_not_after_a_crash(self, site: JiraSimulator, connect: Connect) -> None:
        fill(site, 350)
        jira = connect()
        first = next(iter(jira.pull(stream(jira), Cursor())))
        for issue in list(site.issues.values())[:60]:
            site.edit(issue, {"summary": "edited"})
        again = connect()
        rest = list(again.pull(stream(again), first.next))
        assert set(records([first, *rest])) == whole(site)

    def test_an_issue_without_its_history_is_set_aside_never_passed_over(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 1)

        def bare(request: SimRequest, answer: SimResponse) -> SimResponse:
            if "/search" not in request.path and "/issue/" not in request.path:
                return answer
            body = answer.json()
            for issue in body.get("issues", [body]):
                issue.pop("changelog", None)
            return SimResponse.of_json(body)

        wire.after = bare
        page = pull(connect())[-1]
        assert [item.reason for item in page.quarantined] == ["changelog: 1 histories are not shown"]
        assert len(page.records) == 1

    def test_a_history_that_was_cut_off_is_asked_for_again(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 1)
        (issue,) = site.issues.values()
        for title in "abc":
            site.edit(issue, {"summary": title})

        def cut(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith(SEARCH):
                return answer
            body = answer.json()
            for found in body["issues"]:
                del found["changelog"]["histories"][1:]
            return SimResponse.of_json(body)

        wire.after = cut
        pages = pull(connect())
        assert [e.new for page in pages for e in page.events] == ["a", "b", "c"]
        assert not any(page.quarantined for page in pages)

    def test_a_bad_query_is_a_mistake_in_the_file(self, connect: Connect) -> None:
        with pytest.raises(ConfigError, match="refuses the query"):
            pull(connect(projects=("NOPE",)))

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ({"issues": []}, "without a total"),
            ({"issues": [], "total": True}, "without a total"),
            ({"total": 0}, "without issues"),
            ({"issues": [], "total": 3}, "shows none"),
        ],
    )
    def test_nonsense_is_no_empty_page(
        self, connect: Connect, wire: Wire, answer: dict[str, Any], reason: str
    ) -> None:
        wire.before = lambda r: SimResponse.of_json(answer) if r.path.endswith(SEARCH) else None
        with pytest.raises(ProtocolError, match=reason):
            pull(connect())

    def test_a_first_pull_is_divided_into_stretches(
        self, site: JiraSimulator, connect: Connect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncline_connectors.jira.stretches.FEW", 50)
        fill(site, 300)
        jira = connect()
        cursors = jira.split(stream(jira), 4)
        assert len(cursors) == 4
        parts = [set(records(list(jira.pull(stream(jira), cursor)))) for cursor in cursors]
        assert set().union(*parts) == whole(site)
        assert all(40 < len(part) < 120 for part in parts)


@pytest.mark.parametrize("seed", range(12))
def test_on_a_hostile_server_nothing_is_lost(clock: SimClock, seed: int) -> None:
    """Issues are edited, moved and deleted between pages, pages are cut, and the index lags behind."""
    site = data_center(clock, calm=False, seed=seed)
    for key in ("ENG", "OPS"):
        fill(site, 130, apart=timedelta(seconds=7), key=key)
    site.settle()
    wire = Wire(site)
    with connecting(wire, clock) as make:
        jira = make()
        pages = pull(jira)
        site.be_calm()
        clock.sleep(600)
        later = pull(jira, cursor=Cursor(None, pages[-1].next.mark))
        assert set(records([*pages, *later])) >= whole(site)
        census = {number for batch in jira.census(stream(jira)) for number in batch}
        assert census == whole(site)
    for request in wire.sent:
        check_sent(request)


class Walked:
    """All rows of a site by `Windows`, with small pages and windows."""

    def __init__(self, jira: Jira, *, field: str = "updated", size: int = 5, window: int = 20) -> None:
        jira.probe()
        self.windows = Windows(jira._api(), [], field, {"fields": [field, "project"]}, size, window)
        self.found: list[str] = []
        self.steps: list[Position] = []

    def walk(self, at: Position) -> set[str]:
        while not at.done:
            at, rows = self.windows.step(Position.of(at.text()))
            self.found += [row["id"] for row in rows]
            self.steps.append(at)
            assert len(self.steps) < 2_000
        return set(self.found)


class TestWindows:
    @pytest.fixture
    def site(self, clock: SimClock) -> JiraSimulator:
        return data_center(clock, Server("11.0.1", context="/jira", window=20))

    @pytest.mark.parametrize("field", ["updated", "created"])
    def test_j94_no_search_reaches_beyond_the_window(
        self, site: JiraSimulator, connect: Connect, wire: Wire, field: str
    ) -> None:
        fill(site, 130)
        walked = Walked(connect(), field=field)
        assert walked.walk(Position(since=0)) == whole(site)
        assert len(walked.found) == 130
        assert max(body["startAt"] + body["maxResults"] for body in searches(wire)) <= 20
        assert all(answer.status == 200 for answer in wire.answers if b"jql" in answer.body)

    def test_j94_a_smaller_window_is_heeded_where_it_is_told(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 90)
        walked = Walked(connect(), window=1000)
        assert walked.walk(Position(since=0)) == whole(site)
        assert 500 not in {answer.status for answer in wire.answers}

    def test_j94_else_it_is_found_out(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        fill(site, 90)

        def silent(request: SimRequest, answer: SimResponse) -> SimResponse:
            if answer.status != 200 or not request.path.endswith(SEARCH):
                return answer
            body = answer.json()
            del body["maxResultWindow"]
            return SimResponse.of_json(body)

        wire.after = silent
        walked = Walked(connect(), window=1000)
        assert walked.walk(Position(since=0)) == whole(site)
        assert 500 in {answer.status for answer in wire.answers}

    def test_another_500_is_no_window(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        fill(site, 30)
        walked = Walked(connect())
        wire.before = lambda r: SimResponse(500, [], b"oops") if r.path.endswith(SEARCH) else None
        with pytest.raises(TransientError):
            walked.walk(Position(since=0))

    def test_j95_a_minute_with_more_than_a_window_is_read_by_key(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 12)
        for key in ("AAA", "ENG", "ZZZ", "BIG"):
            fill(site, 9 if key != "BIG" else 47, apart=timedelta(milliseconds=500), key=key)
        walked = Walked(connect())
        assert walked.walk(Position(since=0)) == whole(site)
        assert any('key >= "BIG-' in body["jql"] for body in searches(wire))
        assert not any(" id >" in body["jql"] for body in searches(wire))

    def test_j95_an_issue_that_vanishes_from_a_crowd_ends_nothing_early(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        fill(site, 60, apart=timedelta(milliseconds=500))
        other = site.add_project("ELSE")
        walked = Walked(connect())
        at = Position(since=0)
        moved: list[Any] = []
        while not at.done:
            at, rows = walked.windows.step(at)
            walked.found += [row["id"] for row in rows]
            if at.key and not moved:
                issue = site.keys[at.key]
                moved.append(issue)
                site.move(issue, other)
        assert moved
        assert set(walked.found) == whole(site)

    def test_j96_a_row_newer_than_its_place_in_the_index_hides_no_other(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        """The page says what the database says, the order what the index knew."""
        fill(site, 90)

        def newer(request: SimRequest, answer: SimResponse) -> SimResponse:
            body = answer.json() if request.path.endswith(SEARCH) else {}
            if len(body.get("issues", ())) < 3:
                return answer
            for row in body["issues"][-2:]:
                row["fields"]["updated"] = "2026-11-22T12:00:00.000+0000"
            return SimResponse.of_json(body)

        wire.after = newer
        assert Walked(connect()).walk(Position(since=0)) == whole(site)

    def test_a_stretch_ends_where_it_should(self, site: JiraSimulator, connect: Connect) -> None:
        fill(site, 60, apart=timedelta(seconds=1))
        until = int((LONG_AGO + timedelta(seconds=45)).timestamp() * 1000)
        found = Walked(connect()).walk(Position(since=0, until=until))
        assert len(found) < 60
        rest = Walked(connect()).walk(Position(since=until))
        assert found | rest == whole(site)

    def test_a_list_that_never_stands_still_is_given_up(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 15, apart=timedelta(seconds=1))

        def empty_later(request: SimRequest, answer: SimResponse) -> SimResponse:
            started = request.path.endswith(SEARCH) and request.json()["startAt"]
            return SimResponse.of_json({"issues": [], "total": 15}) if started else answer

        wire.after = empty_later
        with pytest.raises(ProtocolError, match="changes faster"):
            Walked(connect()).walk(Position(since=int(LONG_AGO.timestamp() * 1000)))


@settings(max_examples=25, deadline=None)
@given(
    gaps=st.lists(st.sampled_from([0, 0, 0, 1, 20, 61, 300]), min_size=1, max_size=70),
    keys=st.lists(st.sampled_from(["AAA", "BBB", "ENG"]), min_size=1, max_size=5),
    size=st.integers(2, 9),
    window=st.integers(10, 25),
    edits=st.lists(st.tuples(st.integers(0, 69), st.integers(1, 12)), max_size=6),
)
def test_whatever_the_times_and_whoever_edits_nothing_is_lost(
    gaps: list[int], keys: list[str], size: int, window: int, edits: list[tuple[int, int]]
) -> None:
    clock = SimClock()
    site = data_center(clock, Server("11.0.1", context="/jira", window=window))
    at = LONG_AGO
    for number, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        key = keys[number % len(keys)]
        site.create_issue(site.find_project(key) or site.add_project(key), str(number), at=at)
    issues = list(site.issues.values())
    planned = {step: issues[which % len(issues)] for which, step in edits}
    with connecting(Wire(site), clock) as make:
        walked = Walked(make(), size=size, window=window)
        position, step = Position(since=0), 0
        while not position.done:
            position, rows = walked.windows.step(Position.of(position.text()))
            walked.found += [row["id"] for row in rows]
            step += 1
            if step in planned:
                clock.sleep(1)
                site.edit(planned[step], {"summary": f"edited {step}"})
            assert step < 1_000
    assert set(walked.found) == whole(site)
