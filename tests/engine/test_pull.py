"""Pulling, with the reference connector."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from tests.databases import Database
from tests.engine.world import STATUSES, WORLD, World, filled_tool, issue

from syncline.connector import Cadence, Cursor, Page, Source, Stream
from syncline.errors import AuthError, ConfigError, LockHeld, TransientError
from syncline.jsontext import decode
from syncline.memory import CHANGED, Memory, MemoryTool, connector_to
from syncline.model import Comment, Container, Event, Kind, Person, Sourced, Text, TextFormat
from syncline.seams import ThreadTasks
from syncline.store.lock import lock
from syncline.store.readings import joined


def comment(number: str, subject: str, words: str) -> Comment:
    return Comment(remote_id=number, subject=subject, body=Text(format=TextFormat.PLAIN, source=words))


def test_first_pull_stores_everything_and_is_complete(world: WORLD) -> None:
    result = world().pull()
    counts = result.connections["mem"]["issues"]
    assert (counts.read, counts.created, counts.complete) == (30, 30, True)
    assert result.exit_code == 0


def test_second_pull_changes_nothing(world: WORLD) -> None:
    here = world()
    here.pull()
    before = here.rows("SELECT ref, seq, seen_at, data FROM records ORDER BY ref")
    ingests = here.rows("SELECT count(*) FROM ingest")
    counts = here.pull().connections["mem"]["issues"]
    assert (counts.created, counts.updated, counts.removed) == (0, 0, 0)
    assert here.rows("SELECT ref, seq, seen_at, data FROM records ORDER BY ref") == before
    assert here.rows("SELECT count(*) FROM ingest") == ingests, "nothing new, so no ingest"


def test_an_edit_and_a_new_issue_arrive(world: WORLD) -> None:
    tool = filled_tool()
    here = world(tool)
    here.pull()
    tool.put(issue(3, title="new words"))
    tool.put(issue(31))
    counts = here.pull().connections["mem"]["issues"]
    assert (counts.created, counts.updated) == (1, 1)
    assert here.rows("SELECT title FROM records WHERE key = 'ENG-3'") == [("new words",)]


def test_every_changed_record_becomes_dirty(world: WORLD) -> None:
    tool = filled_tool(3)
    here = world(tool)
    here.pull()
    tool.put(issue(2, title="new words"))
    here.pull()
    reasons = dict(here.rows("SELECT r.key, d.reason FROM dirty d JOIN record r ON r.id = d.record_id"))
    assert reasons == {"ENG-1": "created", "ENG-2": "updated", "ENG-3": "created", "ENG": "created"}


def test_native_history_is_stored_once_with_its_categories(world: WORLD) -> None:
    tool = filled_tool(3)
    here = world(tool)
    told = Event(
        kind=Kind.ISSUE,
        remote_id="2",
        native_id="h1",
        at=here.clock.now(),
        field="status",
        old="1",
        old_name="Open",
        new="3",
        new_name="Shipped",
    )
    tool.tell(told)
    here.pull()
    tool.touch("2")
    tool.put(issue(2, title="again"))
    here.pull()
    assert here.rows(
        "SELECT field, old_category, new_category, origin FROM events WHERE field = 'status'"
    ) == [("status", "todo", "done", "native")]


def test_history_of_fields_without_one_is_observed_between_two_readings(world: WORLD) -> None:
    tool = filled_tool(3)
    here = world(tool)
    here.pull()
    first = here.clock.now()
    here.clock.advance(3600)
    tool.put(issue(2, title="new words", status=STATUSES[1]))
    here.pull()
    rows = here.rows("SELECT field, old, new, origin, at_from FROM events")
    assert [row[:4] for row in rows] == [("title", "issue 2", "new words", "observed")], (
        "status is native here"
    )
    assert rows[0][4].startswith(first.strftime("%Y-%m-%dT%H:%M"))


def test_deleted_comment_is_gone_when_the_list_is_whole(world: WORLD) -> None:
    tool = filled_tool(3)
    here = world(tool)
    tool.put(comment("c-1", "2", "one"))
    tool.put(comment("c-2", "2", "two"))
    assert here.pull().connections["mem"]["comments"].created == 2
    tool.delete("c-1")
    assert here.pull().connections["mem"]["comments"].removed == 1
    assert here.rows("SELECT remote_id, absent FROM records WHERE kind = 'Comment' ORDER BY 1") == [
        ("c-1", "gone"),
        ("c-2", None),
    ]


def test_a_record_that_cannot_be_read_is_set_aside_alone_and_comes_back(world: WORLD) -> None:
    tool = filled_tool(10)
    tool.issues["4"]["level"] = "not a number"
    here = world(tool)
    result = here.pull()
    counts = result.connections["mem"]["issues"]
    assert result.exit_code == 3, "a person is newly needed"
    assert [(found.kind, found.remote_id) for found in result.set_aside] == [("Issue", "4")]
    here.clock.advance(60)
    assert here.pull().exit_code == 0, "and has been told"
    assert counts.created == 9
    assert counts.quarantined >= 1
    assert [row[:2] for row in here.rows("SELECT remote_id, kind FROM quarantine")] == [("4", "Issue")]
    tool.put(issue(4))
    here.pull()
    assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]
    assert here.rows("SELECT title FROM records WHERE key = 'ENG-4'") == [("issue 4",)]


# ---- walks ---------------------------------------------------------------------------------------------------------


class Broken(Memory):
    """Fails after so many pages of issues."""

    pages_left = 2

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            if stream.name == "issues":
                if type(self).pages_left == 0:
                    raise TransientError("memory: connection dropped")
                type(self).pages_left -= 1
            yield page


def broken(tool: MemoryTool, pages: int) -> type[Source]:
    return type("BrokenOf", (Broken,), {"tool": tool, "pages_left": pages})


def test_a_broken_walk_is_partial_and_goes_on_where_it_stopped(world: WORLD) -> None:
    tool = filled_tool()
    here = world(connector=broken(tool, 2))
    result = here.pull()
    assert result.exit_code == 4
    assert not result.connections["mem"]["issues"].complete
    assert result.connections["mem"]["issues"].created == 14
    here.connectors["memory"].pages_left = 99  # type: ignore[attr-defined]
    again = here.pull().connections["mem"]["issues"]
    assert again.complete
    assert again.created == 16, "only what had not been stored"


def test_an_edit_between_a_broken_walk_and_its_end_is_not_lost(world: WORLD) -> None:
    tool = filled_tool()
    here = world(connector=broken(tool, 2))
    here.pull()
    tool.put(issue(1, title="edited behind the walk"))
    here.connectors["memory"].pages_left = 99  # type: ignore[attr-defined]
    here.pull()
    here.pull()
    assert here.rows("SELECT title FROM records WHERE key = 'ENG-1'") == [("edited behind the walk",)]


def test_a_run_that_finishes_an_older_walk_also_brings_what_changed_since(world: WORLD) -> None:
    tool = filled_tool()
    here = world(connector=broken(tool, 99))
    here.pull()
    for number in range(1, 20):
        tool.put(issue(number, title="edited"))
    here.connectors["memory"].pages_left = 1  # type: ignore[attr-defined]
    assert here.pull().exit_code == 4
    tool.put(issue(99))
    here.connectors["memory"].pages_left = 99  # type: ignore[attr-defined]
    assert here.pull().connections["mem"]["issues"].complete
    assert here.rows("SELECT count(*) FROM records WHERE key = 'ENG-99'") == [(1,)], "complete must be true"


def test_a_walk_without_a_last_page_is_never_complete(world: WORLD) -> None:
    class Short(Memory):
        tool = filled_tool()

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            for page in super().pull(stream, cursor):
                if page.last and stream.name == "issues":
                    return
                yield page

    result = world(connector=Short).pull()
    assert result.exit_code == 4
    assert "stopped before the last" in str(result.problems[0].error)
    assert not result.connections["mem"]["issues"].complete


def test_what_is_new_in_the_scope_gets_its_own_first_pull(world: WORLD) -> None:
    tool = filled_tool(10)
    tool.put(Container(remote_id="c2", key="WEB", title="Web"))
    for number in range(101, 111):
        tool.put(issue(number, key=f"WEB-{number}", container="c2"))
    scopes: list[set[str]] = [{"ENG"}]

    class Scoped(Memory):
        def streams(self) -> list[Stream]:
            return [s if s.name != "issues" else s.narrowed(scopes[0], s.since) for s in super().streams()]

    here = world(connector=type("ScopedOf", (Scoped,), {"tool": tool}))
    assert here.pull().connections["mem"]["issues"].created == 10
    scopes[0] = {"ENG", "WEB"}
    tool.put(issue(5, title="changed meanwhile"))
    counts = here.pull().connections["mem"]["issues"]
    assert (counts.created, counts.updated) == (10, 1)
    [(scope,)] = here.rows("SELECT scope FROM stream WHERE name = 'issues'")
    assert json.loads(scope) == ["ENG", "WEB"]


def test_a_longer_history_fetches_only_what_is_missing(world: WORLD) -> None:
    asked: list[tuple[Any, Any]] = []
    tool = filled_tool(5)

    class Watched(Memory):
        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            if stream.name == "issues" and cursor.mark is None and cursor.position is None:
                asked.append((stream.since, stream.until))
            return super().pull(stream, cursor)

    here = world(connector=type("WatchedOf", (Watched,), {"tool": tool}), hub={"history": "30d"})
    here.pull()
    here.hub = {"history": "90d"}
    here.clock.advance(60)
    here.pull()
    here.clock.advance(60)
    here.pull()
    assert len(asked) == 2, "the first pull and one backfill; then nothing more"
    assert asked[1][1] == asked[0][0], "the backfill ends where the first pull began"


def test_full_reads_everything_again_and_changes_nothing(world: WORLD) -> None:
    here = world()
    here.pull()
    counts = here.pull(full=True).connections["mem"]["issues"]
    assert counts.read >= 30
    assert (counts.created, counts.updated, counts.removed) == (0, 0, 0)


# ---- who we are ----------------------------------------------------------------------------------------------------


def test_another_site_than_last_time_is_refused_before_anything_is_stored(world: WORLD) -> None:
    tool = filled_tool(5)
    here = world(tool)
    here.pull()
    before = here.rows("SELECT ref, data FROM records ORDER BY 1")
    tool.site = "elsewhere"
    tool.put(issue(6))
    result = here.pull()
    assert result.exit_code == 2
    assert "another site than last time" in str(result.problems[0].error)
    assert here.rows("SELECT ref, data FROM records ORDER BY 1") == before


def test_renaming_a_connection_changes_nothing(world: WORLD) -> None:
    here = world()
    here.pull()
    before = here.rows("SELECT ref, seq, item FROM records ORDER BY 1")
    here.connections = {"renamed": {"connector": "memory"}}
    counts = here.pull().connections["renamed"]["issues"]
    assert counts.created == 0
    assert here.rows("SELECT ref, seq, item FROM records ORDER BY 1") == before
    assert here.rows("SELECT DISTINCT connection FROM records") == [("renamed",)]


def test_two_connections_on_one_site_see_the_same_records(world: WORLD) -> None:
    here = world(connections={"one": {"connector": "memory"}, "two": {"connector": "memory"}})
    here.pull()
    assert here.rows("SELECT count(*) FROM records WHERE kind = 'Issue'") == [(30,)]


def test_lost_credentials_stop_the_connection(world: WORLD) -> None:
    tool = filled_tool()
    here = world(tool)
    here.pull()
    tool.user = None
    result = here.pull()
    assert result.exit_code == 4
    assert result.problems[0].stream is None


def test_credentials_lost_in_mid_walk_are_not_taken_for_the_end(world: WORLD) -> None:
    tool = filled_tool()

    class Expiring(Memory):
        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            for number, page in enumerate(super().pull(stream, cursor)):
                yield page
                if stream.name == "issues" and number == 1:
                    self.tool.user = None

    here = world(connector=type("ExpiringOf", (Expiring,), {"tool": tool}))
    result = here.pull()
    assert result.exit_code == 4
    assert not result.connections["mem"]["issues"].complete
    tool.user = "mia"
    here.connectors = {"memory": connector_to(tool)}
    assert here.pull().connections["mem"]["issues"].complete
    assert here.rows("SELECT count(*) FROM records WHERE kind = 'Issue'") == [(30,)]


def test_unknown_connection_is_named(world: WORLD) -> None:
    with pytest.raises(ConfigError, match="no connection named 'nope'"):
        world().pull(names=["nope"])


# ---- the census ----------------------------------------------------------------------------------------------------


def test_deleted_issue_is_gone_after_the_census_and_not_before(world: WORLD) -> None:
    tool = filled_tool(10)
    here = world(tool)
    here.pull()
    tool.delete("4")
    here.pull()
    assert here.rows("SELECT absent FROM records WHERE key = 'ENG-4'") == [(None,)]
    here.clock.advance(25 * 3600)
    assert here.pull().connections["mem"]["issues"].removed == 1
    assert here.rows("SELECT absent FROM records WHERE key = 'ENG-4'") == [("gone",)]


def test_a_missing_record_counts_as_gone_only_while_its_container_is_visible(world: WORLD) -> None:
    tool = filled_tool(10)
    here = world(tool)
    here.pull()
    del tool.issues["4"], tool.issues["5"]
    tool.containers.clear()
    here.clock.advance(25 * 3600)
    here.pull()
    assert here.rows("SELECT DISTINCT absent FROM records WHERE key IN ('ENG-4', 'ENG-5')") == [("missing",)]


def test_an_empty_list_is_not_believed(world: WORLD) -> None:
    tool = filled_tool(10)
    here = world(tool)
    here.pull()
    kept = dict(tool.issues)
    tool.issues.clear()
    here.clock.advance(25 * 3600)
    result = here.pull()
    assert result.exit_code == 5
    assert str(result.problems[0].error) == (
        "the census lists nothing, but 10 records of issues are known, 0 of them linked — nothing was marked as gone; "
        "check what the account may see and, if all of it was removed, `syncline sync --approve 10`"
    )
    assert here.rows("SELECT count(*) FROM records WHERE absent IS NOT NULL") == [(0,)]
    tool.issues.update(kept)
    assert here.pull().exit_code == 0


def emptied(world: WORLD) -> tuple[MemoryTool, World]:
    """A tool of ten issues that lost all of them, a day later."""
    tool = filled_tool(10)
    here = world(tool)
    here.pull()
    tool.issues.clear()
    here.clock.advance(25 * 3600)
    return tool, here


GONE = "SELECT count(*) FROM records WHERE absent = 'gone'"


@pytest.mark.parametrize(("approve", "gone", "code"), [(9, 0, 5), (10, 10, 0), (500, 10, 0)])
def test_an_empty_list_is_believed_of_as_many_as_somebody_approves(
    world: WORLD, approve: int, gone: int, code: int
) -> None:
    _, here = emptied(world)
    assert here.pull().exit_code == 5
    assert here.pull().exit_code == 5, "the census is still owed"
    result = here.pull(approve=approve)
    assert (result.exit_code, here.rows(GONE)) == (code, [(gone,)])
    if gone:
        assert result.connections["mem"]["issues"].removed == 10
        here.clock.advance(25 * 3600)
        assert here.pull().exit_code == 0, "what is known to be gone needs no approval again"


@pytest.mark.parametrize(("share", "code"), [(0.99, 5), (1, 0)])
def test_a_company_may_allow_that_a_tool_is_emptied(world: WORLD, share: float, code: int) -> None:
    _, here = emptied(world)
    here.more = {"guards": {"removals": {"number": 500, "share": share}}}
    assert here.pull().exit_code == code


def test_nobody_can_approve_what_only_cannot_be_seen(world: WORLD) -> None:
    """A permission that was lost empties the list and hides the containers."""
    tool, here = emptied(world)
    boxes = dict(tool.containers)
    tool.containers.clear()
    result = here.pull(approve=10)
    assert result.exit_code == 4
    assert "check what the account may see" in str(result.problems[0].error)
    assert "--approve" not in str(result.problems[0].error)
    tool.containers.update(boxes)
    assert here.pull().exit_code == 5


def test_credentials_are_proven_before_an_empty_list_is_believed(world: WORLD) -> None:
    tool, here = emptied(world)
    listing = tool.listing

    def logged_out(covers: Callable[[Mapping[str, Any]], bool]) -> str:
        answer = listing(covers)
        tool.user = None
        return answer

    tool.listing = logged_out  # type: ignore[method-assign]
    result = here.pull(approve=10)
    assert result.exit_code == 4
    assert isinstance(result.problems[0].error, AuthError)
    assert here.rows(GONE) == [(0,)]


def test_of_what_an_approved_empty_list_lacks_each_is_looked_at(world: WORLD) -> None:
    """The list may be wrong, and what stands in no visible container is only missing."""
    tool = filled_tool(10)
    tool.put(Container(remote_id="c2", key="OPS", title="Operations"))
    tool.put(issue(11, container="c2"))
    here = world(tool)
    here.pull()
    kept = tool.issues["3"]
    tool.issues.clear()
    tool.issues["3"] = kept
    del tool.containers["c2"]
    tool.listing = lambda *given: "[]"  # type: ignore[method-assign]
    here.clock.advance(25 * 3600)
    assert here.pull(approve=11).exit_code == 0
    assert here.rows(
        "SELECT absent, count(*) FROM records WHERE kind = 'Issue' GROUP BY absent ORDER BY 2, 1"
    ) == [
        ("missing", 1),
        ("out_of_scope", 1),
        ("gone", 9),
    ]


def test_a_record_that_comes_back_is_seen_again(world: WORLD) -> None:
    tool = filled_tool(10)
    here = world(tool)
    here.pull()
    kept = tool.issues.pop("4")
    here.clock.advance(25 * 3600)
    here.pull()
    tool.issues["4"] = kept
    here.clock.advance(25 * 3600)
    here.pull()
    assert here.rows("SELECT absent FROM records WHERE key = 'ENG-4'") == [(None,)]


def test_what_the_walk_missed_is_fetched_by_the_census(world: WORLD) -> None:
    tool = filled_tool(10)

    class Forgetful(Memory):
        def _found(self, stream: Stream, token: str) -> dict[str, Any]:
            answer = super()._found(stream, token)
            return answer | {"rows": [row for row in answer["rows"] if row["remote_id"] != "7"]}

    here = world(connector=type("ForgetfulOf", (Forgetful,), {"tool": tool}))
    counts = here.pull().connections["mem"]["issues"]
    assert (counts.created, counts.complete) == (10, True)


def test_a_vanished_container_is_missing_never_gone(world: WORLD) -> None:
    tool = filled_tool(3)
    tool.put(Container(remote_id="c2", key="WEB", title="Web"))
    here = world(tool)
    here.pull()
    del tool.containers["c2"]
    here.clock.advance(25 * 3600)
    here.pull()
    assert here.rows("SELECT absent FROM records WHERE key = 'WEB'") == [("missing",)]


# ---- configuration -------------------------------------------------------------------------------------------------


def test_a_changed_status_map_reads_records_anew_without_a_request(world: WORLD) -> None:
    tool = filled_tool(5)
    here = world(tool)
    here.pull()
    here.connections = {"mem": {"connector": "memory", "status": {"Open": "waiting/blocked"}}}
    tool.page_size = 0  # a walk would deliver nothing
    here.pull()
    assert here.rows(
        "SELECT DISTINCT status_category, status_refinement FROM records WHERE kind = 'Issue'"
    ) == [("waiting", "blocked")]
    assert here.rows("SELECT DISTINCT category FROM status WHERE name = 'Open'") == [("waiting",)]
    assert here.rows("SELECT count(*) FROM event") == [(0,)], "nothing happened in the tool"
    assert here.rows(
        "SELECT DISTINCT reason FROM dirty d JOIN record r ON r.id = d.record_id WHERE kind = 'Issue'"
    ) == [("config",)]


def test_a_container_may_read_a_status_its_own_way(world: WORLD) -> None:
    tool = filled_tool(2)
    tool.put(Container(remote_id="c2", key="WEB", title="Web"))
    tool.put(issue(9, key="WEB-9", container="c2"))
    here = world(tool)
    here.connections = {
        "mem": {"connector": "memory", "containers": {"WEB": {"status": {"Open": "triage"}}}},
    }
    here.pull()
    assert dict(here.rows("SELECT key, status_category FROM records WHERE kind = 'Issue'")) == {
        "ENG-1": "todo",
        "ENG-2": "todo",
        "WEB-9": "triage",
    }


def test_without_payloads_a_changed_map_asks_for_everything_again(world: WORLD) -> None:
    here = world(hub={"keep_raw": False})
    here.pull()
    here.connections = {"mem": {"connector": "memory", "status": {"Open": "waiting/blocked"}}}
    here.pull()
    assert here.rows("SELECT DISTINCT status_category FROM records WHERE kind = 'Issue'") == [("waiting",)]


def test_raw_payloads_are_kept_only_where_wanted(world: WORLD) -> None:
    here = world(hub={"keep_raw": False})
    here.pull()
    assert here.rows("SELECT count(*) FROM raw") == [(0,)]


def test_payloads_are_kept_whole_in_two_parts(world: WORLD) -> None:
    tool = filled_tool(3)
    here = world(tool)
    here.pull()
    stored = here.rows(
        "SELECT remote_id, payload, volatile FROM raw JOIN record ON record.id = record_id WHERE kind = 'Issue'"
    )
    assert all(CHANGED not in decode(payload) for _, payload, _ in stored)
    assert {number: joined(decode(one), decode(other)) for number, one, other in stored} == tool.issues


# ---- running -------------------------------------------------------------------------------------------------------


def test_a_second_run_is_refused_while_the_first_holds_the_lock(world: WORLD) -> None:
    here = world()
    here.store().close()
    with here.store() as store, lock(store, here.clock.now()), pytest.raises(LockHeld) as held:
        here.pull()
    assert held.value.since == here.clock.now().isoformat()


def test_threads_and_inline_tasks_give_the_same_database(
    world: WORLD, databases: Callable[[], Database]
) -> None:
    inline = world()
    inline.pull()
    expected = inline.rows("SELECT ref, data FROM records ORDER BY ref")
    threaded = replace(world(tasks=ThreadTasks()), url=databases().url)
    threaded.pull()
    assert threaded.rows("SELECT ref, data FROM records ORDER BY ref") == expected


def test_a_run_that_died_is_told(world: WORLD) -> None:
    here = world()
    here.pull()
    with here.store() as store, store.writing() as db:
        db.exec_driver_sql("UPDATE run SET state = 'running', ended_at = NULL")
    here.clock.advance(timedelta(hours=1).total_seconds())
    here.pull()
    assert here.rows("SELECT state FROM runs ORDER BY id") == [("died",), ("done",)]


def test_small_streams_of_one_kind_do_not_retire_each_other(world: WORLD) -> None:
    class Boards(Memory):
        tool = filled_tool(2)
        boards: ClassVar[dict[str, Container]] = {"b1": Container(remote_id="b1", title="Board")}

        def streams(self) -> list[Stream]:
            return [*super().streams(), Stream("boards", (Kind.CONTAINER,), cadence=Cadence.CENSUS)]

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            if stream.name != "boards":
                return super().pull(stream, cursor)
            records = [Sourced(board, board.model_dump(mode="json")) for board in self.boards.values()]
            return iter([Page(records=records, last=True)])

    here = world(connector=Boards)
    here.pull()
    here.clock.advance(25 * 3600)
    here.pull()
    assert here.rows("SELECT count(*) FROM records WHERE absent IS NOT NULL") == [(0,)]
    Boards.boards = {"b2": Container(remote_id="b2", title="Other board")}
    here.clock.advance(25 * 3600)
    here.pull()
    assert dict(here.rows("SELECT remote_id, absent FROM records WHERE kind = 'Container'")) == {
        "c1": None,
        "b1": "missing",
        "b2": None,
    }


def test_what_is_known_in_part_only_is_never_retired(world: WORLD) -> None:
    class WithAuthors(Memory):
        tool = filled_tool(2)

        def streams(self) -> list[Stream]:
            return [*super().streams(), Stream("people", (Kind.PERSON,), cadence=Cadence.CENSUS)]

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            if stream.name == "people":
                yield Page(records=[person("member")], last=True)
                return
            for page in super().pull(stream, cursor):
                yield replace(page, stubs=[person("author who left")])

    here = world(connector=WithAuthors)
    here.pull()
    here.clock.advance(25 * 3600)
    here.pull()
    assert here.rows("SELECT count(*) FROM records WHERE kind = 'Person' AND absent IS NULL") == [(2,)]


def person(remote_id: str) -> Sourced:
    return Sourced(Person(remote_id=remote_id, title=remote_id), {"id": remote_id})


def test_a_changed_selection_pulls_from_the_beginning_and_takes_the_census(world: WORLD) -> None:
    wanted = ["1", "2", "3"]

    class Filtered(Memory):
        tool = filled_tool(5)

        def streams(self) -> list[Stream]:
            return [
                replace(s, selection=" ".join(wanted)) if s.name == "issues" else s for s in super().streams()
            ]

        def _in_scope(self, stream: Stream, payload: Mapping[str, Any]) -> bool:
            return payload["remote_id"] in wanted

    here = world(connector=Filtered)
    assert here.pull().connections["mem"]["issues"].created == 3
    wanted[:] = ["3", "4", "5"]
    counts = here.pull().connections["mem"]["issues"]
    assert (counts.created, counts.removed) == (2, 2), "although nothing changed in the tool"
    assert dict(here.rows("SELECT remote_id, absent FROM records WHERE kind = 'Issue'")) == {
        "1": "out_of_scope",
        "2": "out_of_scope",
        "3": None,
        "4": None,
        "5": None,
    }
