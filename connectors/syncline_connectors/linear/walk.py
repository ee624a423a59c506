"""The walk over issues: what has changed since the mark, page by page.

One document asks for the issues that changed and, because none of these moves its issue, for the comments, attachments
and relations that did: of those only whose they are. Their issues are then read whole, so that every issue is delivered
with complete lists, whatever it was that changed.

Lists come newest change first. An issue that is edited while the walk goes on jumps ahead of it and is missed; but its
new time lies after everything the first answer showed. So the mark is the latest time of the first answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncline.connector import EVERYTHING, Cursor, Page, Stream
from syncline.errors import Invalid, ProtocolError
from syncline.jsonvalues import Json, instant
from syncline.pages import PageDraft
from syncline_connectors.linear.api import Api, CursorGuard, connection, is_lost, row_id, time_of
from syncline_connectors.linear.assemble import Assembler, Read
from syncline_connectors.linear.catalogue import Catalogue
from syncline_connectors.linear.documents import CHANGES, ISSUES

PAGE = 30
"""Issues asked for at a time: with the beginnings of their lists 200 points each, of 10,000 that a query may cost."""
LEAST = 5
OVERLAP = timedelta(minutes=3)
"""Asked again before the mark: a comment's time may lie before it could be seen (recorded: by 12 ms)."""
BEGINNING = "1970-01-01T00:00:00.000Z"

HINTS = ("comments", "attachments", "issueRelations")
"""Lists that are asked for whose issues have changed."""
ASKED: Mapping[str, str] = {
    "issues": "issues",
    "comments": "comments",
    "attachments": "attachments",
    "issueRelations": "relations",
}
"""The lists of `CHANGES`, and how their variables begin."""
RESTARTS = 5
"""How often lists are asked for again without getting any further."""


@dataclass(frozen=True)
class Position:
    """Where a walk stands. Times as the vendor writes them.

    ``since`` and ``until`` bound what is asked for, ``until`` being lowered where a cursor was lost. ``going`` are the
    lists that are not at their end, with their cursors; ``last`` is the time of the issue seen last. ``top`` is the
    latest time of the first answer, ``read_before`` that of the walk before. ``hints`` are issues still to be read.
    """

    since: str | None = None
    until: str | None = None
    inclusive: bool = False
    going: Mapping[str, str | None] | None = None
    last: str | None = None
    top: str | None = None
    hints: tuple[str, ...] = ()

    def text(self) -> str:
        kept = {name: value for name, value in asdict(self).items() if value not in (None, False, ())}
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Position:
        """Read a position; raises ProtocolError."""
        try:
            found = json.loads(text)
            return cls(**{**found, "hints": tuple(found.get("hints", ()))})
        except (ValueError, TypeError, AttributeError):
            raise ProtocolError("the saved position of a walk cannot be read", hint="pull --full") from None

    @property
    def over(self) -> bool:
        return self.going is not None and not self.going and not self.hints

    def final_mark(self, before: str | None) -> str:
        """Where the next walk starts: never back."""
        return max(self.top or "", before or "") or BEGINNING


def start(stream: Stream, cursor: Cursor) -> Position:
    """The position from which to go on, or at which to begin."""
    if cursor.position is not None:
        return Position.of(cursor.position)
    since = window(stream)
    if cursor.mark is not None:
        since = max(written(read_mark(cursor.mark) - OVERLAP), since or "")
    return Position(since=since, until=written(stream.until) if stream.until else None)


def window(stream: Stream) -> str | None:
    """From when on a stream is pulled."""
    return written(stream.since) if stream.since else None


def written(moment: datetime) -> str:
    """A time as the vendor writes it, so that the two can be compared as text."""
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def read_mark(mark: str) -> datetime:
    """Raises ProtocolError for a mark that is none."""
    try:
        found = instant(mark, "mark")
    except ValueError:
        found = None
    if found is None:
        raise ProtocolError("the saved mark of a walk cannot be read", hint="pull --full")
    return found


class IssueWalk:
    """Walks the issues of a stream. ``rides``: which lists come along, by the names of the document's variables."""

    def __init__(
        self,
        api: Api,
        assembler: Assembler,
        catalogue: Catalogue,
        *,
        stream: Stream,
        rides: Mapping[str, bool],
    ) -> None:
        self._api = api
        self._assembler = assembler
        self._catalogue = catalogue
        self._scope = stream.scope
        self._window = window(stream)
        self._rides = dict(rides)
        self._guards = {name: CursorGuard(name) for name in ASKED}
        self._delivered: set[str] = set()
        self._size = PAGE
        self._restarts = 0

    def pages(self, at: Position, mark: str | None) -> Iterator[Page]:
        """The pages from ``at`` on; ``mark`` is where the walk before this one ended."""
        increment = mark is not None
        if at.going is None:
            hints = HINTS if increment else ()
            at = replace(at, going=dict.fromkeys(("issues", *self._wanted(hints))))
        history_from = at.since if increment else None
        while True:
            if at.hints and (not at.going or len(at.hints) >= PAGE):
                issues, at = self._hinted(at)
            else:
                issues, at = self._changed(at)
            draft = self._assembler.draft(issues, Read(history_from, self._window))
            self._delivered.update(row_id(issue, "issues") for issue in issues)
            yield self._page(draft, at, mark)
            if at.over:
                return

    def _wanted(self, hints: Sequence[str]) -> list[str]:
        return [name for name in hints if self._rides.get(name, True)]

    def _page(self, draft: PageDraft, at: Position, mark: str | None) -> Page:
        if at.over:
            return draft.page(Cursor(None, at.final_mark(mark)), last=True)
        return draft.page(Cursor(at.text(), mark))

    # ---- what has changed ----

    def _changed(self, at: Position) -> tuple[list[Any], Position]:
        """The next page of every list that goes on."""
        going = dict(at.going or {})
        try:
            data = self._ask(at, going)
        except Invalid as error:
            lost = [name for name, cursor in going.items() if cursor is not None]
            if not is_lost(error) or not lost:
                raise
            return [], self._again(at, going, lost)
        rows = {name: connection(data, name) for name in going}
        self._catalogue.learn(data)
        issues = self._in_scope(rows["issues"][0]) if "issues" in rows else []
        at = replace(
            at,
            top=at.top if at.top is not None else _latest(rows),
            last=time_of(issues, "updatedAt", "issues") or at.last,
            hints=self._hints(at, rows),
            going={
                name: cursor
                for name, (found, cursor) in rows.items()
                if self._goes_on(at, name, found, cursor)
            },
        )
        for name, cursor in (at.going or {}).items():
            self._guards[name].see(str(cursor), going[name])
        # an empty page after a cursor: the row of the cursor may have been deleted, which looks like the end
        lost = [name for name, (found, _) in rows.items() if going[name] is not None and not found]
        return issues, self._again(at, at.going or {}, lost) if lost else at

    def _again(self, at: Position, going: Mapping[str, str | None], lost: Sequence[str]) -> Position:
        """Ask again for lists whose cursor is lost: it is a row's id, and the row may be gone. For issues from the time
        seen last on, for others from the beginning."""
        onward = "issues" in lost and at.last is not None and at.last != at.until
        self._restarts += not onward
        if self._restarts > RESTARTS:
            raise ProtocolError(
                "Linear refuses its own cursors", hint="nothing is lost, the next run goes on"
            )
        anew = replace(at, going={**going, **dict.fromkeys(lost)})
        return replace(anew, until=at.last, inclusive=True) if onward else anew

    def _goes_on(self, at: Position, name: str, rows: Sequence[Any], cursor: str | None) -> bool:
        """Relations cannot be filtered: they are read until older ones than wanted come."""
        return cursor is not None and not (name == "issueRelations" and _is_past(rows, at.since))

    def _hints(self, at: Position, rows: Mapping[str, tuple[list[Any], str | None]]) -> tuple[str, ...]:
        """The issues still to be read: those known of, and those of what has changed, but for what was delivered."""
        hints, since = dict.fromkeys(at.hints), at.since or ""
        here = set(self._delivered)
        for name, (found, _) in rows.items():
            if name == "issues":
                here.update(row_id(issue, name) for issue in found)
            else:
                hints.update(dict.fromkeys(self._owners(name, found, since)))
        return tuple(issue for issue in hints if issue not in here)

    def _ask(self, at: Position, going: Mapping[str, str | None]) -> Json:
        """A page of what goes on; with fewer issues where the vendor finds the query too complex."""
        while True:
            given: dict[str, Any] = {"catalogue": not self._catalogue.asked, "first": self._size}
            for name, word in ASKED.items():
                given |= {f"ask{word.capitalize()}": name in going, f"{word}After": going.get(name)}
            try:
                return self._api.ask(CHANGES, **given, **self._lists(), **self._filters(at))
            except Invalid as error:
                if "complex" not in error.message.lower() or self._size <= LEAST:
                    raise
                self._size = max(LEAST, self._size // 2)

    def _lists(self) -> dict[str, bool]:
        return {name: self._rides.get(name, True) for name in ("comments", "attachments", "history")}

    def _filters(self, at: Position) -> dict[str, Any]:
        upper = {} if at.until is None else {"lte" if at.inclusive else "lt": at.until}
        changed = {**({} if at.since is None else {"gte": at.since}), **upper}
        times = {"updatedAt": changed} if changed else {}
        since = {"updatedAt": {"gte": at.since}} if at.since else {}
        issue = {"team": self._teams} if self._teams else {"null": False}
        return {
            "issueFilter": {**times, **({"team": self._teams} if self._teams else {})},
            "commentFilter": {**since, "issue": issue},
            "attachmentFilter": since,
        }

    @property
    def _teams(self) -> dict[str, Any]:
        keys = sorted(self._scope - {EVERYTHING})
        return {"key": {"in": keys}} if keys else {}

    def _owners(self, name: str, rows: Sequence[Any], since: str) -> Iterator[str]:
        """The issues that comments, attachments or relations are on, as far as they are in scope and have changed."""
        for row in rows:
            row_id(row, name)
            if str(row.get("updatedAt")) < since:
                continue
            if name == "comments":
                found = row.get("issueId")
                if isinstance(found, str):
                    yield found
                continue
            for end in ("issue", "relatedIssue"):
                issue = row.get(end)
                if isinstance(issue, dict) and self._covers(issue.get("team")):
                    yield row_id(issue, name)

    def _in_scope(self, issues: list[Any]) -> list[Any]:
        """The issues, all of which must be of the teams asked for: a filter's meaning may change without a word."""
        for issue in issues:
            row_id(issue, "issues")
            if not self._covers(issue.get("team")):
                raise ProtocolError(
                    "Linear answers with issues of other teams than were asked for",
                    hint="nothing of them was stored; look for a newer version of Syncline",
                )
        return issues

    def _covers(self, team: Any) -> bool:
        return EVERYTHING in self._scope or (isinstance(team, dict) and team.get("key") in self._scope)

    # ---- issues to be read again ----

    def _hinted(self, at: Position) -> tuple[list[Any], Position]:
        """The first of the issues that something on them has changed of; one that is out of sight is passed over."""
        part, rest = at.hints[:PAGE], at.hints[PAGE:]
        where: dict[str, Any] = {"id": {"in": list(part)}, **({"team": self._teams} if self._teams else {})}
        return self._in_scope(whole(self._api, where, self._lists())), replace(at, hints=rest)


def whole(api: Api, where: Json, rides: Mapping[str, bool]) -> list[Any]:
    """Issues by a filter that at most `PAGE` pass, with their lists; pages may be smaller than asked for."""
    found: dict[str, Any] = {}
    ids: list[str] = list(where["id"]["in"])
    while ids:
        data = api.ask(ISSUES, filter={**where, "id": {"in": ids}}, first=PAGE, **rides)
        rows, following = connection(data, "issues")
        fresh = {row_id(row, "issues"): row for row in rows}
        found |= fresh
        if following is None or not fresh:
            break
        ids = [one for one in ids if one not in found]
    return list(found.values())


def _is_past(rows: Sequence[Any], since: str | None) -> bool:
    """Whether what is older than wanted was reached, in a list whose newest changes come first."""
    times = [str(row.get("updatedAt")) for row in rows if isinstance(row, dict)]
    return since is not None and bool(times) and times == sorted(times, reverse=True) and times[-1] < since


def _latest(rows: Mapping[str, tuple[list[Any], str | None]]) -> str:
    """The latest time of an answer; empty where there is none."""
    times = [row.get("updatedAt") for found, _ in rows.values() for row in found if isinstance(row, dict)]
    return max((time for time in times if isinstance(time, str)), default="")
