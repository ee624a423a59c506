"""Connectors that read wrongly when the tool fails: one seeded fault each, and the check that is there for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Cursor, Fetched, Gone, Missing, Page, Stream
from syncline.errors import NotFound, ProtocolError, TransientError, VendorError
from syncline.memory import Memory
from syncline.model import RECORDS, Kind, Record, Ref
from syncline.testing import FaultyCheck, faults

NOTHING: dict[str, Any] = {"rows": [], "next": None, "whole_to": 0}


class SkipsWhatFailed(Memory):
    """Goes on after one failure as if it had been the last page."""

    def _found(self, stream: Stream, token: str) -> dict[str, Any]:
        try:
            return super()._found(stream, token)
        except TransientError:
            super()._found(stream, token)
            return NOTHING


class GivesUpInSilence(Memory):
    def _found(self, stream: Stream, token: str) -> dict[str, Any]:
        for _ in range(3):
            try:
                return super()._found(stream, token)
            except TransientError:
                continue
        return NOTHING


class TakesNonsenseForNothing(Memory):
    def _found(self, stream: Stream, token: str) -> dict[str, Any]:
        try:
            return super()._found(stream, token)
        except ProtocolError:
            return NOTHING


class ListsWhatItGot(Memory):
    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        try:
            yield from super().census(stream)
        except VendorError:
            return


class CallsFailuresMissing(Memory):
    def _look_at(self, ref: Ref) -> Fetched:
        try:
            return super()._look_at(ref)
        except VendorError:
            return Missing(ref)


class RemembersItsProof(Memory):
    _proven = False

    def probe(self) -> None:
        if not self._proven:
            super().probe()
        self._proven = True


class StopsAtAnEmptyPage(Memory):
    def _found(self, stream: Stream, token: str) -> dict[str, Any]:
        answer = super()._found(stream, token)
        return answer if answer["rows"] else answer | {"next": None}


class CountsItsRows(Memory):
    """Takes a page that holds more than was asked for as the whole page, and drops the rest."""

    def _found(self, stream: Stream, token: str) -> dict[str, Any]:
        answer = super()._found(stream, token)
        return answer | {"rows": answer["rows"][: self.tool.page_size]}


class StopsAtARepeatedPage(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        seen: Page | None = None
        try:
            for page in super().pull(stream, cursor):
                seen = page
                yield page
        except ProtocolError as error:
            if seen is None or "repeats" not in error.message:
                raise
            yield Page(next=Cursor(mark="1"), last=True)


class MarksWhatItCannotSee(Memory):
    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        mark = str(self.tool.changes)
        for page in super().pull(stream, cursor):
            yield page if not page.last else Page(**{**vars(page), "next": Cursor(mark=mark)})


class ReadsLocalTimes(Memory):
    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        text = json.dumps({name: value for name, value in payload.items() if not name.startswith("_")})
        return RECORDS[kind].model_validate_json(text.replace("+01:00", "+00:00"))


class CallsEvery404Gone(Memory):
    def _look_at(self, ref: Ref) -> Fetched:
        try:
            self.tool.get(ref.remote_id)
        except NotFound:
            return Gone(ref, "404")
        return super()._look_at(ref)


BROKEN: tuple[tuple[FaultyCheck, type[Memory], str], ...] = (
    (faults.check_one_failure_loses_nothing, SkipsWhatFailed, "lost in silence"),
    (faults.check_lasting_failure_is_told, GivesUpInSilence, "TransientError, not"),
    (faults.check_nonsense_is_no_empty_page, TakesNonsenseForNothing, "lost in silence"),
    (faults.check_census_under_faults_is_whole_or_raises, ListsWhatItGot, "the census names 0 of 25"),
    (faults.check_failed_look_proves_nothing, CallsFailuresMissing, "told"),
    (faults.check_credentials_lost_in_mid_walk_are_told, RemembersItsProof, "18 issues lost in silence"),
    (faults.check_empty_page_is_not_the_end, StopsAtAnEmptyPage, "lost in silence"),
    (faults.check_overlapping_pages_lose_nothing, CountsItsRows, "lost in silence"),
    (faults.check_repeated_page_is_told, StopsAtARepeatedPage, "in circles"),
    (
        faults.check_stale_search_loses_no_edit,
        MarksWhatItCannotSee,
        "an edit that search showed late is lost",
    ),
    (faults.check_zones_are_read, ReadsLocalTimes, "before the zone changed"),
    (faults.check_hidden_record_is_not_gone, CallsEvery404Gone, "told Gone"),
)
"""Every check of FAULTS, a connector that breaks its rule and no other, and a part of what the check says."""
