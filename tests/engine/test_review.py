"""What a review found: interplay of scope, history, census, quarantine and crashes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.engine.world import STATUSES, WORLD, filled_tool, issue

from syncline.connector import (
    Cadence,
    Cursor,
    Fetched,
    History,
    Missing,
    Page,
    Present,
    Quarantined,
    Source,
    Stream,
)
from syncline.errors import AuthError, NotFound, StoreError, TransientError
from syncline.memory import Memory, MemoryTool
from syncline.model import Comment, Container, Event, Kind, Person, Ref, Sourced, Text, TextFormat
from syncline.seams import ThreadTasks

DAY = 25 * 3600


def two_projects(count: int = 5) -> MemoryTool:
    """ENG with issues from 1 on, WEB with issues from 101 on."""
    tool = filled_tool(count)
    tool.put(Container(remote_id="c2", key="WEB", title="Web"))
    for number in range(101, 101 + count):
        tool.put(issue(number, key=f"WEB-{number}", container="c2"))
    return tool


def scoped(tool: MemoryTool, scope: set[str], **more: Any) -> type[Source]:
    """A connector whose issues cover ``scope``, which the test may change; asks only for projects that exist."""

    class Scoped(Memory):
        def streams(self) -> Sequence[Stream]:
            return [
                replace(s, scope=frozenset(scope)) if s.name == "issues" else s for s in super().streams()
            ]

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            known = {box.key for box in self.tool.containers.values()} | {"*"}
            if not stream.scope <= known:
                raise NotFound("no such project", status=400)
            yield from super().pull(stream, cursor)

    return type("ScopedOf", (Scoped,), {"tool": tool, **more})


def absences(here: Any) -> dict[str, str | None]:
    return dict(here.rows("SELECT remote_id, absent FROM records WHERE kind = 'Issue'"))


# ---- scope and history ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [{"ENG", "WEB"}, {"*"}])
def test_a_project_that_left_the_scope_and_returns_is_pulled_anew(world: WORLD, first: set[str]) -> None:
    tool, scope = two_projects(), set(first)
    here = world(connector=scoped(tool, scope))
    here.pull()
    scope.clear()
    scope.add("ENG")
    here.pull()
    tool.put(issue(101, key="WEB-101", container="c2", title="edited while out of scope"))
    here.pull()
    scope.clear()
    scope |= first
    assert here.pull().exit_code == 0
    assert here.rows("SELECT title FROM records WHERE key = 'WEB-101'") == [("edited while out of scope",)]


def test_a_walk_over_a_scope_that_is_no_longer_wanted_is_given_up(world: WORLD) -> None:
    tool, scope = two_projects(), {"ENG", "TYPO"}
    here = world(connector=scoped(tool, scope))
    assert here.pull().exit_code == 4
    scope.discard("TYPO")
    result = here.pull()
    assert result.exit_code == 0, [str(problem.error) for problem in result.problems]
    assert result.connections["mem"]["issues"].created == 5


def test_work_that_nobody_touches_for_long_stays_in_scope(world: WORLD) -> None:
    """``history`` says how far back the first pull goes; it is no window that moves on."""
    tool = dated_tool()
    here = world(connector=dated(tool), hub={"history": "30d"})
    here.clock.set(datetime(2026, 1, 20, tzinfo=UTC))
    here.pull()
    assert absences(here) == {"1": None, "2": None}
    here.clock.advance(40 * 24 * 3600)
    tool.put(issue(3, updated_at=here.clock.now()))
    for full in (False, True):
        assert here.pull(full=full).exit_code == 0
        assert absences(here) == {"1": None, "2": None, "3": None}


def dated_tool() -> MemoryTool:
    tool = filled_tool(0)
    for number, day in ((1, 1), (2, 10)):
        tool.put(issue(number, updated_at=datetime(2026, 1, day, tzinfo=UTC)))
    return tool


def dated(tool: MemoryTool, **more: Any) -> type[Source]:
    """Delivers and lists only what was updated within the stream's stretch of time."""

    class Dated(Memory):
        def _in_scope(self, stream: Stream, payload: Mapping[str, Any]) -> bool:
            at = datetime.fromisoformat(payload["updated_at"])
            late_enough = stream.since is None or at >= stream.since
            return (
                late_enough and (stream.until is None or at < stream.until) and self._covers(stream, payload)
            )

        def _covers(self, stream: Stream, payload: Mapping[str, Any]) -> bool:
            return super()._in_scope(stream, payload)

    return type("DatedOf", (Dated,), {"tool": tool, **more})


def test_a_longer_history_is_not_forgotten_when_a_new_project_comes_with_it(world: WORLD) -> None:
    """Two backfills; the run dies between them."""
    tool, scope = filled_tool(0), {"ENG"}
    tool.put(Container(remote_id="c2", key="WEB", title="Web"))
    tool.put(issue(1, updated_at=datetime(2026, 1, 1, tzinfo=UTC)))
    tool.put(issue(2, updated_at=datetime(2026, 3, 1, tzinfo=UTC)))
    fail = [False]

    class Both(dated(tool)):  # type: ignore[misc]
        census = None

        def streams(self) -> Sequence[Stream]:
            return [
                replace(s, scope=frozenset(scope)) if s.name == "issues" else s for s in super().streams()
            ]

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            if fail[0] and stream.until is not None:
                raise TransientError("down")
            yield from super().pull(stream, cursor)

    here = world(connector=Both, hub={"history": "30d"})
    here.clock.set(datetime(2026, 3, 10, tzinfo=UTC))
    here.pull()
    assert absences(here) == {"2": None}
    scope.add("WEB")
    here.hub = {"history": "300d"}
    fail[0] = True
    assert here.pull().exit_code == 4
    fail[0] = False
    with here.store() as store, store.writing() as db:
        db.exec_driver_sql("DELETE FROM walk")  # as if it had died before the second was begun
    assert here.pull().exit_code == 0
    assert absences(here) == {"1": None, "2": None}


# ---- the census ----------------------------------------------------------------------------------------------------


def test_a_census_owed_to_a_changed_scope_is_taken_even_if_it_fails_first(world: WORLD) -> None:
    tool, wanted, fail = filled_tool(5), ["1", "2", "3"], [False]

    class Filtered(Memory):
        def streams(self) -> Sequence[Stream]:
            return [
                replace(s, selection=" ".join(wanted)) if s.name == "issues" else s for s in super().streams()
            ]

        def _in_scope(self, stream: Stream, payload: Mapping[str, Any]) -> bool:
            return payload["remote_id"] in wanted

        def census(self, stream: Stream) -> Iterator[Sequence[str]]:
            if fail[0]:
                raise TransientError("down")
            return super().census(stream)

    here = world(connector=type("FilteredOf", (Filtered,), {"tool": tool}))
    here.pull()
    wanted[:] = ["3", "4"]
    fail[0] = True
    assert here.pull().exit_code == 4
    fail[0] = False
    counts = here.pull().connections["mem"]["issues"]
    assert counts.complete
    assert absences(here) == {"1": "out_of_scope", "2": "out_of_scope", "3": None, "4": None}


def test_what_vanished_is_counted_once_and_told_once(world: WORLD) -> None:
    tool = filled_tool(300)
    tool.page_size = 100
    here = world(tool)
    here.pull()
    for number in range(1, 251):
        del tool.issues[str(number)]
    tool.containers.clear()  # so that they stay missing
    here.clock.advance(DAY)
    assert here.pull().connections["mem"]["issues"].removed == 250
    before = here.rows("SELECT seq, absent, absent_at FROM record ORDER BY id")
    here.clock.advance(DAY)
    assert here.pull().connections["mem"]["issues"].removed == 0
    assert here.rows("SELECT seq, absent, absent_at FROM record ORDER BY id") == before


def test_credentials_lost_while_the_census_lists_mark_nothing(world: WORLD) -> None:
    tool = filled_tool(20)

    class Expiring(Memory):
        lost = False

        def probe(self) -> None:
            if self.lost:
                raise AuthError("nobody is logged in", status=401)

        def census(self, stream: Stream) -> Iterator[Sequence[str]]:
            yield list(self.tool.issues)[:7]
            if here.clock.now() > later:
                type(self).lost = True
            else:
                yield list(self.tool.issues)

        def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
            yield from (Missing(ref) if self.lost else Present(ref, Page()) for ref in refs)

    here = world(connector=type("ExpiringOf", (Expiring,), {"tool": tool}))
    later = here.clock.now() + timedelta(hours=1)
    here.pull()
    here.clock.advance(DAY)
    assert here.pull().exit_code == 4
    assert set(absences(here).values()) == {None}


# ---- quarantine ----------------------------------------------------------------------------------------------------


def comment(number: str, subject: str, words: str) -> Comment:
    return Comment(remote_id=number, subject=subject, body=Text(format=TextFormat.PLAIN, source=words))


def test_a_child_that_cannot_be_read_any_more_is_not_gone(world: WORLD) -> None:
    tool = filled_tool(3)
    tool.put(comment("k1", "2", "one"))
    here = world(tool)
    here.pull()
    tool.comments["k1"]["body"] = "nonsense"
    tool.put(issue(2, title="delivered again"))
    here.pull()
    assert here.rows("SELECT absent FROM records WHERE kind = 'Comment'") == [(None,)]


def test_a_container_that_cannot_be_read_any_more_is_not_missing(world: WORLD) -> None:
    broken: list[bool] = []

    class Odd(Memory):
        tool = two_projects(2)

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            for page in super().pull(stream, cursor):
                bad = [s for s in page.records if broken and s.record.remote_id == "c2"]
                yield replace(
                    page,
                    records=[s for s in page.records if s not in bad],
                    quarantined=[
                        Quarantined(s.record.kind, s.record.remote_id, "odd", s.payload) for s in bad
                    ],
                )

    here = world(connector=Odd)
    here.pull()
    broken.append(True)
    here.clock.advance(DAY)
    here.pull()
    assert here.rows("SELECT absent FROM records WHERE remote_id = 'c2'") == [(None,)]


def test_an_update_that_could_not_be_read_is_looked_at_again_by_the_census(world: WORLD) -> None:
    tool = filled_tool(5)
    readable = [True]

    class Odd(Memory):
        def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Any:
            if not readable[0] and payload["remote_id"] == "3":
                raise ValueError("odd")
            return super().translate(kind, payload)

    here = world(connector=type("OddOf", (Odd,), {"tool": tool}))
    here.pull()
    readable[0] = False
    tool.put(issue(3, title="edited"))
    assert here.pull().connections["mem"]["issues"].quarantined == 1
    readable[0] = True  # a newer Syncline can read it
    here.clock.advance(DAY)
    here.pull()
    assert here.rows("SELECT title FROM records WHERE remote_id = '3'") == [("edited",)]
    assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_what_is_deleted_leaves_the_quarantine(world: WORLD) -> None:
    tool = filled_tool(5)
    tool.issues["4"]["level"] = "not a number"
    here = world(tool)
    here.pull()
    tool.delete("4")
    here.clock.advance(DAY)
    here.pull()
    assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]


# ---- several connections, partial knowledge ------------------------------------------------------------------------


def test_what_left_one_connection_belongs_to_the_one_that_still_sees_it(world: WORLD) -> None:
    tool, wide, narrow = two_projects(2), {"ENG", "WEB"}, {"ENG", "WEB"}
    here = world(connector=scoped(tool, narrow))
    here.connectors = {"memory": scoped(tool, narrow), "other": scoped(tool, wide, name="other")}
    here.connections = {"a": {"connector": "memory"}, "b": {"connector": "other"}}
    here.pull()
    narrow.discard("WEB")
    for _ in range(3):
        here.clock.advance(DAY)
        here.pull()
    assert set(absences(here).values()) == {None}
    before = here.rows("SELECT seq FROM record ORDER BY id")
    here.clock.advance(DAY)
    here.pull()
    assert here.rows("SELECT seq FROM record ORDER BY id") == before, "they do not take turns"


def test_what_a_removed_connection_delivered_is_looked_after_by_its_neighbour(world: WORLD) -> None:
    tool = filled_tool(5)
    here = world(tool)
    here.connections = {"a": {"connector": "memory"}, "b": {"connector": "memory"}}
    here.pull()
    del here.connections["a"]
    tool.delete("4")
    here.clock.advance(DAY)
    here.pull()
    assert absences(here)["4"] == "gone"


def test_known_in_part_and_then_in_full_with_the_same_payload_is_delivered(world: WORLD) -> None:
    class People(Memory):
        tool = filled_tool(1)

        def streams(self) -> Sequence[Stream]:
            return [*super().streams(), Stream("people", (Kind.PERSON,), cadence=Cadence.CENSUS)]

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            if stream.name == "people":
                return iter([Page(records=[member], last=True)])
            return (
                replace(page, stubs=[member] if stream.name == "containers" else [])
                for page in super().pull(stream, cursor)
            )

    member = Sourced(Person(remote_id="m", title="Member"), {"id": "m"})
    here = world(connector=People)
    here.pull()
    assert here.rows("SELECT stream FROM record WHERE kind = 'Person'") == [("people",)]


def test_a_container_learned_after_its_issues_reads_their_statuses_its_own_way(world: WORLD) -> None:
    tool = filled_tool(2)
    here = world(tool)
    here.connections = {
        "mem": {"connector": "memory", "containers": {"WEB": {"status": {"Open": "triage"}}}},
    }
    here.pull()
    tool.put(Container(remote_id="c2", key="WEB", title="Web"))
    tool.put(issue(9, key="WEB-9", container="c2", status=STATUSES[0]))
    here.pull()  # the containers are not due
    here.clock.advance(DAY)
    here.pull()
    here.pull()
    assert here.rows("SELECT status_category FROM records WHERE key = 'WEB-9'") == [("triage",)]
    assert here.rows("SELECT category FROM status WHERE container = 'c2' AND name = 'Open'") == [("triage",)]


def test_a_change_noticed_and_then_told_by_the_tool_counts_once(world: WORLD) -> None:
    tool = filled_tool(1)
    native: dict[str, History] = {}

    class Told(Memory):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.capabilities = replace(type(self).capabilities, history=dict(native))

        def streams(self) -> Sequence[Stream]:
            return [replace(stream, selection=" ".join(native)) for stream in super().streams()]

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            for page in super().pull(stream, cursor):
                yield page if native else replace(page, events=())

    here = world(connector=type("ToldOf", (Told,), {"tool": tool}))
    here.pull()
    here.clock.advance(60)
    tool.put(issue(1, status=STATUSES[1]))
    happened = {"at": here.clock.now(), "field": "status", "old": "1", "new": "2"}
    tool.tell(Event(kind=Kind.ISSUE, remote_id="1", native_id="h1", **happened))
    here.pull()
    query = "SELECT old, new, origin FROM events"
    assert here.rows(query) == [("1", "2", "observed")]
    native["status"] = History.NATIVE
    here.pull()
    assert here.rows(query) == [("1", "2", "native")]
    native.clear()
    here.clock.advance(60)
    tool.put(issue(1, status=STATUSES[2]))
    here.pull()
    assert here.rows(f"{query} ORDER BY seq") == [("1", "2", "native"), ("2", "3", "observed")]


# ---- ending --------------------------------------------------------------------------------------------------------


def test_a_run_that_an_error_ended_is_told_as_failed(world: WORLD) -> None:
    class Full(Memory):
        tool = filled_tool(2)

        def check(self) -> Any:
            raise StoreError("the disk is full")

    here = world(connector=Full)
    with pytest.raises(StoreError):
        here.pull()
    assert here.rows("SELECT state FROM runs") == [("failed",)]


def test_stopping_does_not_wait_for_the_end_of_everything() -> None:
    """An interrupt ends the walks inside the connections, too."""
    delivered: list[int] = []
    tasks = ThreadTasks()

    def pages() -> Iterator[int]:
        for number in range(1000):
            threading.Event().wait(0.01)
            yield number

    def connection() -> Iterator[None]:
        for _, number in tasks.merge([pages()]):
            delivered.append(number)
        yield

    def failing() -> Iterator[None]:
        threading.Event().wait(0.1)
        raise StoreError("the disk is full")
        yield

    with pytest.raises(StoreError):
        list(tasks.merge([connection(), failing()]))
    assert len(delivered) < 500
