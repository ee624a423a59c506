"""Pulling issues: queries, pages, tokens, marks, overlap, resuming, and how many requests that takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.jira.lab import SEARCH, Wire, jql_sent, pull, records, stream

from syncline.connector import Cursor
from syncline.errors import ConfigError, ProtocolError
from syncline.model import Kind
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.values import millis
from syncline_connectors.jira.walk import OVERLAP, Position

Connect = Callable[..., Jira]
PLAIN = ("issues", "comments")


def fill(site: JiraSimulator, number: int, minutes: int = 1) -> list[str]:
    """Issues updated one after the other until now; returns their ids."""
    project = site.find_project("ENG")
    assert project is not None
    start = site.now() - timedelta(minutes=minutes * number)
    made = [
        site.create_issue(project, f"Issue {n}", at=start + timedelta(minutes=minutes * n))
        for n in range(number)
    ]
    return [str(issue.id) for issue in made]


def replied(response: SimResponse, **changes: object) -> SimResponse:
    """The same answer with other keys; None takes one away."""
    content = {**response.json(), **changes}
    return SimResponse.of_json({key: value for key, value in content.items() if value is not None})


class TestQueries:
    def test_j01_the_cursor_is_a_time_in_epoch_milliseconds(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 3)
        mark = pull(connect())[-1].next.mark
        assert mark is not None
        pull(connect(), cursor=Cursor(mark=mark))
        assert f"updated >= {int(mark) - OVERLAP} " in jql_sent(wire)[-1]

    def test_j02_five_minutes_before_the_mark_are_asked_again(
        self, site: JiraSimulator, connect: Connect, clock: SimClock
    ) -> None:
        ids = fill(site, 20)
        mark = pull(connect())[-1].next.mark
        again = records(pull(connect(), cursor=Cursor(mark=mark)))
        assert set(again) == set(ids[-6:])

    def test_j03_what_reaches_the_index_late_is_found_by_the_next_walk(
        self, site: JiraSimulator, connect: Connect, clock: SimClock
    ) -> None:
        fill(site, 5)
        site.set_quirks(lag=(200.0, 200.0))
        project = site.find_project("ENG")
        assert project is not None
        late = site.create_issue(project, "late")
        site.set_quirks(lag=(0.0, 0.0))
        clock.advance(60)
        site.create_issue(project, "quick")
        first = pull(connect())
        assert str(late.id) not in records(first)
        clock.advance(200)
        assert str(late.id) in records(pull(connect(), cursor=first[-1].next))

    def test_j14_every_query_is_bounded(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        fill(site, 3)
        jira = connect()
        pull(jira)
        list(jira.census(stream(jira)))
        jira.split(stream(jira), 4)
        asked = [*jql_sent(wire), *(body["jql"] for body in wire.bodies("approximate-count"))]
        assert len(asked) >= 3
        assert all(query.startswith("updated >= 0") for query in asked)

    def test_j16_every_field_is_asked_for_by_name(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 1)
        pull(connect())
        pull(connect(streams=("issues",)))
        fields = [body["fields"] for body in wire.bodies(SEARCH)]
        assert fields == [["*all"], ["*all", "-comment", "-worklog"]]
        assert all("expand" not in body for body in wire.bodies(SEARCH))

    def test_j26_no_date_is_quoted_so_the_profile_zone_of_the_account_does_not_matter(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        ids = fill(site, 10)
        next(iter(site.users.values())).time_zone = "Pacific/Kiritimati"
        mark = pull(connect())[-1].next.mark
        assert set(records(pull(connect(), cursor=Cursor(mark=mark)))) == set(ids[-6:])
        assert not any('"' in query for query in jql_sent(wire))

    def test_j27_only_closed_stretches_have_an_upper_bound(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 3)
        jira = connect()
        pull(jira)
        until = site.now() - timedelta(minutes=2)
        part = stream(jira).narrowed({"ENG"}, None, until)
        found = records(list(jira.pull(part, Cursor())))
        assert len(found) == 1
        assert ["updated <" in query for query in jql_sent(wire)] == [False, True]

    def test_projects_and_filter_are_part_of_every_query(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 3)
        site.add_project("AND")
        jira = connect(projects=("ENG", "AND"), filter='summary ~ "Issue" OR issuetype = Bug')
        pull(jira)
        list(jira.census(stream(jira)))
        start = 'project in ("AND", "ENG") AND (summary ~ "Issue" OR issuetype = Bug) AND updated >= 0'
        assert [query.startswith(start) for query in jql_sent(wire)] == [True, True]

    def test_history_bounds_the_first_walk_and_the_census(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        ids = fill(site, 10)
        jira = connect()
        bounded = replace(stream(jira), since=site.now() - timedelta(minutes=3))
        assert set(records(list(jira.pull(bounded, Cursor())))) == set(ids[-3:])
        assert [number for batch in jira.census(bounded) for number in batch] == ids[-3:]

    def test_a_refused_query_is_a_mistake_in_the_configuration(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        with pytest.raises(ConfigError, match=r"refuses the query.*check projects and filter"):
            pull(connect(projects=("NOPE",)))


class TestPages:
    def test_j15_a_short_page_is_not_the_last(self, site: JiraSimulator, connect: Connect) -> None:
        ids = fill(site, 60)
        site.set_quirks(page_cap=(7, 7))
        pages = pull(connect(streams=PLAIN))
        assert len(pages) == 9
        assert set(records(pages)) == set(ids)

    def test_j46_more_issues_than_a_page_holds_are_all_read(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        ids = fill(site, 230)
        pages = pull(connect(streams=PLAIN))
        assert [len(records([page])) for page in pages] == [100, 100, 30]
        assert set(records(pages)) == set(ids)

    @pytest.mark.parametrize("lie", [True, False])
    def test_j18_the_end_is_the_missing_token_whatever_is_last_says(
        self, site: JiraSimulator, connect: Connect, wire: Wire, lie: bool
    ) -> None:
        ids = fill(site, 230)
        wire.after = lambda request, answer: (
            replied(answer, isLast=lie) if request.path.endswith(SEARCH) else answer
        )
        assert set(records(pull(connect(streams=PLAIN)))) == set(ids)

    def test_j19_a_repeated_token_is_an_error(self, site: JiraSimulator, connect: Connect) -> None:
        fill(site, 150)
        site.set_quirks(repeat_last_token=True)
        jira = connect(streams=PLAIN)
        pages = jira.pull(stream(jira), Cursor())
        assert not next(pages).last
        with pytest.raises(ProtocolError, match="repeats a page"):
            list(pages)

    def test_j19_the_census_does_not_run_in_circles_either(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        circle = SimResponse.of_json({"issues": [{"id": "10001"}], "nextPageToken": "T"})
        wire.before = lambda request: circle if request.path.endswith(SEARCH) else None
        jira = connect()
        with pytest.raises(ProtocolError, match="repeats a page"):
            list(jira.census(stream(jira)))

    def test_j20_empty_pages_with_a_token_are_followed(self, site: JiraSimulator, connect: Connect) -> None:
        ids = fill(site, 300)
        site.set_quirks(empty_page=0.4, page_cap=(30, 30))
        assert set(records(pull(connect(streams=PLAIN)))) == set(ids)

    def test_j20_but_not_for_ever(self, site: JiraSimulator, connect: Connect) -> None:
        fill(site, 200)
        site.set_quirks(empty_page=1.0)
        with pytest.raises(ProtocolError, match="empty pages in a row"):
            pull(connect(streams=PLAIN))

    def test_an_empty_page_without_a_token_ends_the_walk(self, site: JiraSimulator, connect: Connect) -> None:
        (page,) = pull(connect())
        assert not page.records
        assert page.next == Cursor(None, str(millis(site.now())))

    @pytest.mark.parametrize(
        "answer", [{}, {"issues": None}, {"issues": {}}, [], "text", {"issues": [{"key": "A"}]}]
    )
    def test_an_answer_that_makes_no_sense_is_an_error_never_an_empty_page(
        self, connect: Connect, wire: Wire, answer: object
    ) -> None:
        def nonsense(request: SimRequest) -> SimResponse | None:
            return SimResponse.of_json(answer) if request.path.endswith(SEARCH) else None

        wire.before = nonsense
        with pytest.raises(ProtocolError):
            pull(connect())

    def test_a_search_that_says_it_left_something_out_is_not_believed(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 1)
        warning = {"type": "CLAUSE_LIMIT_EXCEEDED", "message": "left out"}
        wire.after = lambda request, answer: (
            replied(answer, warnings=[warning]) if request.path.endswith(SEARCH) else answer
        )
        with pytest.raises(ProtocolError, match="left issues out"):
            pull(connect())

    def test_one_poisoned_issue_is_set_aside_and_the_rest_goes_on(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        ids = fill(site, 3)

        def poison(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith(SEARCH):
                return answer
            issues = answer.json()["issues"]
            issues[1]["fields"]["labels"] = 5
            return replied(answer, issues=issues)

        wire.after = poison
        pages = pull(connect(streams=PLAIN))
        (refused,) = [item for page in pages for item in page.quarantined]
        assert (refused.kind, refused.remote_id) == (Kind.ISSUE, ids[1])
        assert refused.reason == "fields.labels: expected a list, found int"
        assert refused.payload["fields"]["labels"] == 5
        assert set(records(pages)) == {ids[0], ids[2]}


class TestMarks:
    def test_j06_the_overlap_is_never_stored_so_idle_walks_do_not_drift(
        self, site: JiraSimulator, connect: Connect, clock: SimClock
    ) -> None:
        fill(site, 3)
        cursor = pull(connect())[-1].next
        for _ in range(4):
            clock.advance(3600)
            following = pull(connect(), cursor=cursor)[-1].next
            assert following == cursor

    def test_j28_the_mark_is_the_latest_time_seen(
        self, site: JiraSimulator, connect: Connect, clock: SimClock
    ) -> None:
        fill(site, 3)
        latest = site.now() - timedelta(minutes=1)
        clock.advance(86_400)
        assert pull(connect())[-1].next.mark == str(millis(latest))

    def test_j28_but_never_beyond_the_vendors_clock_at_the_beginning(
        self, site: JiraSimulator, connect: Connect, clock: SimClock
    ) -> None:
        fill(site, 3)
        began = site.now()
        project = site.find_project("ENG")
        assert project is not None
        ahead = site.create_issue(project, "from the future")
        ahead.updated = began + timedelta(hours=2)
        site.touch_index(ahead)
        assert pull(connect())[-1].next.mark == str(millis(began))

    def test_j28_our_own_clock_plays_no_part(
        self, site: JiraSimulator, connect: Connect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(site, 3)

        class Wrong(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                raise AssertionError("our clock was asked")

        for module in ("walk", "identity", "values", "stretches"):
            monkeypatch.setattr(f"syncline_connectors.jira.{module}.datetime", Wrong, raising=False)
        assert pull(connect(streams=("issues",)))[-1].last

    def test_a_mark_never_goes_back(self, site: JiraSimulator, connect: Connect) -> None:
        fill(site, 3)
        later = str(millis(site.now() + timedelta(minutes=2)))
        assert pull(connect(), cursor=Cursor(mark=later))[-1].next.mark == later

    def test_without_a_date_header_the_latest_time_seen_is_the_mark(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 3)
        wire.after = lambda request, answer: replace(answer, headers=[*answer.headers, ("Date", "nonsense")])
        assert pull(connect())[-1].next.mark == str(millis(site.now() - timedelta(minutes=1)))


class TestChangesMeanwhile:
    def test_j29_issues_edited_between_pages_come_again_and_none_is_missed(
        self, site: JiraSimulator, connect: Connect, clock: SimClock
    ) -> None:
        ids = fill(site, 120)
        site.set_quirks(page_cap=(20, 20))
        jira = connect(streams=PLAIN)
        pages = []
        for number, page in enumerate(jira.pull(stream(jira), Cursor())):
            pages.append(page)
            if number < 3:
                clock.advance(1)
                site.edit(site.issues[int(ids[number])], {"summary": "edited"})
        assert set(records(pages)) == set(ids)
        assert records(pages)[ids[0]].title == "edited"

    @pytest.mark.parametrize("seed", range(8))
    def test_j29_a_hostile_site_loses_nothing_over_two_walks(
        self, site: JiraSimulator, connect: Connect, clock: SimClock, seed: int
    ) -> None:
        fill(site, 250)
        site.random.seed(seed)
        site.add_project("WEB")
        site.set_quirks(bot=0.7, empty_page=0.2, wrong_is_last=0.5, page_cap=(20, 60), lag=(0.0, 120.0))
        first = pull(connect(streams=PLAIN))
        clock.advance(121)
        site.set_quirks(bot=0.0)
        second = pull(connect(streams=PLAIN), cursor=first[-1].next)
        found = records([*first, *second])
        alive = {str(issue.id): issue for issue in site.issues.values()}
        assert alive.keys() <= found.keys()
        assert {number: found[number].title for number in alive} == {
            number: issue.fields["summary"] for number, issue in alive.items()
        }
        assert {number: found[number].key for number in alive} == {n: i.key for n, i in alive.items()}

    def test_j07_an_issue_read_twice_gives_the_same_record(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        fill(site, 3)
        one, two = pull(connect()), pull(connect())
        assert [page.records for page in one] == [page.records for page in two]


class TestResuming:
    def test_a_walk_goes_on_from_any_page(self, site: JiraSimulator, connect: Connect) -> None:
        ids = fill(site, 60)
        site.set_quirks(page_cap=(10, 10))
        whole = pull(connect())
        for stop in range(len(whole) - 1):
            rest = pull(connect(), cursor=whole[stop].next)
            assert set(records([*whole[: stop + 1], *rest])) == set(ids)
            assert rest[-1].next == whole[-1].next

    def test_j17_an_expired_token_costs_one_minute_of_reading_again(
        self, site: JiraSimulator, connect: Connect, clock: SimClock, wire: Wire
    ) -> None:
        ids = fill(site, 60)
        site.set_quirks(page_cap=(10, 10))
        jira = connect(streams=PLAIN)
        pages = jira.pull(stream(jira), Cursor())
        half = [next(pages) for _ in range(3)]
        clock.advance(8 * 24 * 3600)
        rest = pull(connect(streams=PLAIN), cursor=half[-1].next)
        assert set(records([*half, *rest])) == set(ids)
        assert len(records(rest)) <= 33
        assert "nextPageToken" not in wire.bodies(SEARCH)[-len(rest)]

    def test_j17_a_site_that_refuses_every_token_is_given_up(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 600)

        def refuse(request: SimRequest) -> SimResponse | None:
            if request.path.endswith(SEARCH) and "nextPageToken" in request.json():
                return SimResponse.of_json({"errorMessages": ["expired"], "errors": {}}, 400)
            return None

        wire.before = refuse
        with pytest.raises(ProtocolError, match="refuses its own page tokens"):
            pull(connect())

    def test_a_position_of_another_make_is_refused(self, connect: Connect) -> None:
        for position in ("nonsense", "[]", '{"from": 1}'):
            with pytest.raises(ProtocolError, match="position"):
                pull(connect(), cursor=Cursor(position))

    def test_a_position_survives_being_written_down(self) -> None:
        at = Position(1, 2, "t", 3, 4, 5, 6, ("7", "8"), True)
        assert Position.of(at.text()) == at
        assert json.loads(Position(1).text()) == {"since": 1}


class TestRequests:
    def counted(self, wire: Wire) -> dict[str, int]:
        names = [path.rpartition("/")[2] for path in wire.paths()]
        return {name: names.count(name) for name in names}

    def test_a_run_without_changes_takes_two(
        self, site: JiraSimulator, connect: Connect, wire: Wire, clock: SimClock
    ) -> None:
        fill(site, 20)
        first = connect(streams=PLAIN, fields={"estimate": "Story Points"})
        memo, cursor = dict(first.check().memo), pull(first)[-1].next
        clock.advance(3600)
        wire.sent.clear()
        later = connect(memo, streams=PLAIN, fields={"estimate": "Story Points"})
        later.probe()
        pull(later, cursor=cursor)
        assert self.counted(wire) == {"myself": 1, "jql": 1}

    def test_an_incremental_run_takes_a_page_for_each_hundred_and_two(
        self, site: JiraSimulator, connect: Connect, wire: Wire, clock: SimClock
    ) -> None:
        ids = fill(site, 300)
        first = connect(streams=PLAIN)
        memo, cursor = dict(first.check().memo), pull(first)[-1].next
        clock.advance(3600)
        for number in ids[:200]:
            site.edit(site.issues[int(number)], {"summary": "edited"})
        wire.sent.clear()
        later = connect(memo, streams=PLAIN)
        later.probe()
        pages = pull(later, cursor=cursor)
        later.check()
        assert sum(len(records([page])) for page in pages) <= 206
        assert self.counted(wire) == {"myself": 1, "jql": 3, "tenant_info": 1}

    def test_a_full_pull_takes_a_page_for_each_hundred(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        fill(site, 1000)
        jira = connect(streams=PLAIN)
        jira.check()
        pull(jira)
        assert self.counted(wire) == {"myself": 1, "tenant_info": 1, "field": 1, "jql": 10}

    def test_history_takes_one_request_for_each_thousand_issues(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        for number in fill(site, 1200)[:300]:
            site.transition(site.issues[int(number)], "In Progress")
        pages = pull(connect(streams=("issues", "changelog")))
        assert self.counted(wire)["bulkfetch"] == 2
        assert [len(body["issueIdsOrKeys"]) for body in wire.bodies("changelog/bulkfetch")] == [1000, 200]
        assert sum(len(page.events) for page in pages) == 300


class TestHistory:
    def test_issues_wait_for_their_history_across_a_crash(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        ids = fill(site, 250)
        for number in ids:
            site.transition(site.issues[int(number)], "In Progress")
        whole = pull(connect(streams=("issues", "changelog")))
        for stop in range(len(whole) - 1):
            rest = pull(connect(streams=("issues", "changelog")), cursor=whole[stop].next)
            seen = {event.remote_id for page in [*whole[: stop + 1], *rest] for event in page.events}
            assert seen == set(ids)

    def test_j22_history_is_complete_beyond_forty_changes(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        (number,) = fill(site, 1)
        for step in range(90):
            site.edit(site.issues[int(number)], {"summary": f"step {step}"})
        events = [event for page in pull(connect()) for event in page.events]
        assert [event.new for event in events] == [f"step {step}" for step in range(90)]
        assert all("expand" not in dict(request.query) for request in wire.sent)

    @pytest.mark.parametrize("status", [403, 404])
    def test_j22_where_bulkfetch_is_refused_every_issue_is_asked(
        self, site: JiraSimulator, connect: Connect, wire: Wire, status: int
    ) -> None:
        (number,) = fill(site, 1)
        for step in range(230):
            site.edit(site.issues[int(number)], {"summary": f"step {step}"})
        refusal = SimResponse.of_json({"errorMessages": ["no"], "errors": {}}, status)
        wire.before = lambda request: refusal if request.path.endswith("changelog/bulkfetch") else None
        events = [event for page in pull(connect()) for event in page.events]
        assert [event.new for event in events] == [f"step {step}" for step in range(230)]

    def test_long_histories_come_in_several_pages_of_which_only_the_last_ends_the_walk(
        self, site: JiraSimulator, connect: Connect, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncline_connectors.jira.walk.HISTORIES", 10)
        for number in fill(site, 5):
            for step in range(9):
                site.edit(site.issues[int(number)], {"summary": f"step {step}"})
        pages = pull(connect(streams=("issues", "changelog")))
        assert [len(page.events) for page in pages] == [0, 10, 10, 10, 10, 5]
        assert pages[1].next == pages[2].next == pages[0].next

    @pytest.mark.parametrize("times", ["iso", "seconds", "milliseconds"])
    def test_times_of_bulkfetch_come_in_three_forms(
        self, site: JiraSimulator, connect: Connect, clock: SimClock, times: str
    ) -> None:
        (number,) = fill(site, 1)
        site.set_quirks(bulk_times=times)
        site.edit(site.issues[int(number)], {"summary": "new"})
        (event,) = [event for page in pull(connect()) for event in page.events]
        assert event.at == clock.now().astimezone(UTC)


class TestSplit:
    def test_j21_counts_only_decide_where_to_cut(
        self, site: JiraSimulator, connect: Connect, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncline_connectors.jira.stretches.FEW", 100)
        ids = fill(site, 400)
        jira = connect(streams=PLAIN)
        cursors = jira.split(stream(jira), 4)
        assert len([path for path in wire.paths() if "myself" not in path]) <= 4 + 3
        parts = [records(list(jira.pull(stream(jira), cursor))) for cursor in cursors]
        assert len(parts) == 4
        assert all(len(part) > 50 for part in parts)
        assert sum(map(len, parts)) == 400
        assert set().union(*parts) == set(ids)

    def test_all_parts_share_one_mark(
        self, site: JiraSimulator, connect: Connect, clock: SimClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncline_connectors.jira.stretches.FEW", 100)
        fill(site, 200)
        jira = connect(streams=PLAIN)
        cursors = jira.split(stream(jira), 3)
        latest = str(millis(max(issue.updated for issue in site.issues.values())))
        clock.advance(60)
        ends = [list(jira.pull(stream(jira), cursor))[-1].next for cursor in cursors]
        assert {cursor.mark for cursor in cursors} == {latest}
        assert set(ends) == {Cursor(None, latest)}

    def test_wrong_counts_lose_nothing(
        self, site: JiraSimulator, connect: Connect, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncline_connectors.jira.stretches.FEW", 100)
        ids = fill(site, 300)
        counts = iter([300, 300, 0, 299, 5, 1])
        wire.before = lambda request: (
            SimResponse.of_json({"count": next(counts)})
            if request.path.endswith("approximate-count")
            else None
        )
        jira = connect(streams=PLAIN)
        parts = [records(list(jira.pull(stream(jira), cursor))) for cursor in jira.split(stream(jira), 4)]
        assert set().union(*parts) == set(ids)

    def test_few_issues_are_walked_in_one_go(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        fill(site, 20)
        jira = connect()
        assert jira.split(stream(jira), 4) == [Cursor()]
        assert jira.split(stream(jira, "people"), 4) == [Cursor()]
        assert len(wire.sent) == 2
