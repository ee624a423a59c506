"""The reference connector passes the suite; a connector with one seeded fault fails the check that is there for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.conformance.memory_bench import MemoryBench

from syncline.connector import Account, Cursor, Fetched, Gone, Page, Stream
from syncline.memory import Memory, MemoryTool, connector_to
from syncline.model import Kind, Record, Ref
from syncline.testing import READING, Check, name_of
from syncline.testing import reading as checks


@pytest.mark.parametrize("check", READING, ids=name_of)
def test_memory_conforms(check: Check) -> None:
    check(MemoryBench())


# ---- every check can fail ------------------------------------------------------------------------------------------


class TwoStreamsOfOneName(Memory):
    def streams(self) -> Sequence[Stream]:
        return [*super().streams(), *super().streams()]


class WanderingSite(Memory):
    visits = itertools.count()

    def check(self) -> Account:
        return replace(super().check(), site=f"site-{next(self.visits)}")


class AnonymousIsFine(Memory):
    def probe(self) -> None:
        pass


class ForgetsTheSecondPage(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for number, page in enumerate(super().pull(stream, cursor)):
            yield replace(page, records=()) if number == 1 else page


class KeepsItsPosition(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            yield replace(page, next=Cursor("here", page.next.mark)) if page.last else page


class NoPayload(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            yield replace(page, records=[s._replace(payload={}) for s in page.records])


class Flapping(Memory):
    visits = itertools.count()

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        title = f"{payload['title']} {next(self.visits)}"
        return super().translate(kind, payload).model_copy(update={"title": title})

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        return super().pull(stream, Cursor(cursor.position))


class MarksTheFuture(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            yield replace(page, next=Cursor(None, "1000000")) if page.last else page


class MarksItsEnd(Memory):
    """Fixes the mark when the walk ends instead of when it begins."""

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        known = {key: dict(payload) for key, payload in self.tool.issues.items()}
        for page in super().pull(stream, cursor):
            stale = [
                s._replace(record=self.translate(Kind.ISSUE, known[s.record.remote_id])) for s in page.records
            ]
            mark = str(self.tool.changes) if page.last else page.next.mark
            yield replace(page, records=stale, next=Cursor(page.next.position, mark))


class SkipsOnResume(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        pages = super().pull(stream, cursor)
        if cursor.position:
            next(pages)
        yield from pages


class PartsWithAHole(Memory):
    def split(self, stream: Stream, parts: int) -> Sequence[Cursor]:
        return [Cursor(mark="20")]


class NeverWholeChildren(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            yield replace(page, children_complete=frozenset())


class ShortCensus(Memory):
    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        yield next(iter(super().census(stream)))


class CallsMissingGone(Memory):
    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        for answer in super().fetch(refs):
            yield Gone(answer.ref, "404") if answer.ref.remote_id == "999999999" else answer


class ReadsPayloadOtherwise(Memory):
    def _page(self, payloads: Sequence[dict[str, Any]], following: Cursor, *, last: bool) -> Page:
        page = super()._page(payloads, following, last=last)
        other = [s._replace(record=s.record.model_copy(update={"title": "other"})) for s in page.records]
        return replace(page, records=other)


FAULTS: list[tuple[Check, type[Memory]]] = [
    (checks.check_declares_itself, TwoStreamsOfOneName),
    (checks.check_account_is_stable, WanderingSite),
    (checks.check_lost_credentials_are_told, AnonymousIsFine),
    (checks.check_first_pull_is_whole, ForgetsTheSecondPage),
    (checks.check_walk_ends_at_a_mark, KeepsItsPosition),
    (checks.check_records_are_well_formed, NoPayload),
    (checks.check_quiet_tool_changes_nothing, Flapping),
    (checks.check_changes_arrive, MarksTheFuture),
    (checks.check_resumes_anywhere, SkipsOnResume),
    (checks.check_edit_during_a_walk_is_not_lost, MarksItsEnd),
    (checks.check_parts_cover_everything, PartsWithAHole),
    (checks.check_children_come_whole, NeverWholeChildren),
    (checks.check_census_lists_everything, ShortCensus),
    (checks.check_fetch_tells_apart, CallsMissingGone),
    (checks.check_payload_can_be_read_again, ReadsPayloadOtherwise),
]


def test_every_check_has_its_fault() -> None:
    assert [check for check, _ in FAULTS] == list(READING)


@pytest.mark.parametrize(("check", "connector"), FAULTS, ids=[name_of(check) for check, _ in FAULTS])
def test_a_seeded_fault_fails_its_check(check: Check, connector: type[Memory]) -> None:
    with pytest.raises(AssertionError):
        check(MemoryBench(connector))


def test_connector_to_binds_a_tool() -> None:
    tool = MemoryTool()
    assert connector_to(tool).tool is tool
