"""The small streams, read whole when a census is due: statuses, people, projects, boards, sprints, versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from syncline.connector import EVERYTHING, Page, Quarantined, Stream
from syncline.errors import AccessDenied, Invalid, NotFound, ProtocolError
from syncline.model import Kind, Sourced, Status
from syncline_connectors.jira.api import AGILE, Api, is_refused
from syncline_connectors.jira.dialect import DATA_CENTER
from syncline_connectors.jira.entities import BOARD
from syncline_connectors.jira.people import everybody
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.translate import native_status

PEOPLE, PROJECTS, BOARDS = 200, 50, 50
"""Rows asked for at a time."""


class Metadata:
    """Reads what is not an issue. ``configured`` are project keys; empty: all."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api = api
        self._reader = reader
        self._server = api.dialect is DATA_CENTER
        self._boards: dict[frozenset[str], list[Any]] = {}
        self._walks: Mapping[str, Callable[[Stream], Iterator[Page]]] = {
            "statuses": self._status_pages,
            "people": self._people_pages,
            "projects": self._project_pages,
            "boards": self._board_pages,
            "sprints": self._sprint_pages,
            "versions": self._version_pages,
        }

    def pages(self, stream: Stream) -> Iterator[Page]:
        """The whole stream; an unfinished one starts again."""
        if stream.name == "projects" and not self._server:
            self._foresee()
        yield from self._walks[stream.name](stream)
        yield Page(last=True)

    def _foresee(self) -> None:
        """Projects come first; where these are due, statuses and people are, too."""
        self._api.foresee(
            ("project/search", {"startAt": 0, "maxResults": PROJECTS, "orderBy": "key"}),
            ("status", {}),
            ("users/search", {"startAt": 0, "maxResults": PEOPLE}),
        )

    def projects(self, scope: frozenset[str] = frozenset({EVERYTHING})) -> Iterator[list[Any]]:
        """Visible projects of ``scope``, in batches."""
        for batch in self._project_batches():
            yield [p for p in batch if EVERYTHING in scope or (isinstance(p, dict) and p.get("key") in scope)]

    def _project_batches(self) -> Iterator[list[Any]]:
        if self._server:
            yield self._list("project")
        else:
            yield from self._api.walk("project/search", "values", PROJECTS, orderBy="key")

    def statuses(self) -> tuple[Status, ...]:
        """Every native status of the site, with its id."""
        answer = self._list("status")
        try:
            return tuple(native_status(entry, f"status[{at}]") for at, entry in enumerate(answer))
        except ValueError as error:
            raise ProtocolError(f"status: {error}") from None

    def _list(self, path: str) -> list[Any]:
        """An answer that is a whole list, without pages."""
        answer = self._api.get(path)
        if not isinstance(answer, list):
            raise ProtocolError(f"{path}: expected a list")
        return answer

    # ---- one generator for each stream ----

    def _status_pages(self, stream: Stream) -> Iterator[Page]:
        yield Page(statuses=self.statuses())

    def _people_pages(self, stream: Stream) -> Iterator[Page]:
        def who(row: Any) -> Any:
            return row.get("accountId") if isinstance(row, dict) else None

        walk = everybody(self._api) if self._server else self._api.walk("users/search", None, PEOPLE, who)
        for batch in walk:
            yield self._page(Kind.PERSON, batch)

    def _project_pages(self, stream: Stream) -> Iterator[Page]:
        for batch in self.projects(stream.scope):
            yield self._page(Kind.CONTAINER, batch)

    def _board_pages(self, stream: Stream) -> Iterator[Page]:
        for board in self._all_boards(stream.scope):
            yield self._page(Kind.CONTAINER, [self.configured(board)])

    def _sprint_pages(self, stream: Stream) -> Iterator[Page]:
        seen: set[Any] = set()
        for board in self._all_boards(stream.scope):
            if board.get("type") == "kanban":
                continue
            for batch in self._sprints_of(board.get("id")):
                fresh = [
                    sprint for sprint in batch if not isinstance(sprint, dict) or sprint.get("id") not in seen
                ]
                seen.update(sprint.get("id") for sprint in fresh if isinstance(sprint, dict))
                yield self._page(Kind.ITERATION, fresh)

    def _version_pages(self, stream: Stream) -> Iterator[Page]:
        keys = stream.scope
        if EVERYTHING in keys:
            keys = frozenset(str(project.get("key")) for batch in self.projects() for project in batch)
        for key in sorted(keys):
            try:
                for batch in self._versions_of(key):
                    yield self._page(Kind.RELEASE, batch)
            except NotFound:
                continue  # a project out of sight; the issues' query tells of it

    def _versions_of(self, key: str) -> Iterator[list[Any]]:
        if self._server:
            yield self._list(f"project/{key}/versions")
        else:
            yield from self._api.walk(f"project/{key}/version", "values", BOARDS)

    # ---- boards ----

    def _all_boards(self, scope: frozenset[str]) -> list[Any]:
        """The boards of the projects in ``scope``, each once; asked for once a run."""
        if scope not in self._boards:
            keys = [None] if EVERYTHING in scope else sorted(scope)
            found = {board["id"]: board for key in keys for board in self._boards_of(key)}
            self._boards[scope] = list(found.values())
        return self._boards[scope]

    def _boards_of(self, key: str | None) -> Iterator[dict[str, Any]]:
        extra: dict[str, Any] = {} if key is None else {"projectKeyOrId": key}
        try:
            for batch in self._api.walk(f"{AGILE}/board", "values", BOARDS, **extra):
                yield from (board for board in batch if isinstance(board, dict) and "id" in board)
        except (Invalid, NotFound):
            if key is None and not self._server:
                raise
            # a project that Jira Software does not know has no boards; a server may be without Jira Software

    def configured(self, board: dict[str, Any]) -> dict[str, Any]:
        """The board with its columns, where these credentials may see them."""
        try:
            configuration = self._api.get(f"{AGILE}/board/{board['id']}/configuration")
        except (AccessDenied, NotFound, Invalid):
            configuration = None
        return {**board, "configuration": configuration}

    def _sprints_of(self, board: Any) -> Iterator[list[Any]]:
        """The sprints of a board; one that has none at all answers 400."""
        try:
            yield from self._api.walk(f"{AGILE}/board/{board}/sprint", "values", BOARDS)
        except NotFound:
            return
        except Invalid as error:
            if not is_refused(error):
                raise

    # ---- pages ----

    def _page(self, kind: Kind, payloads: list[Any]) -> Page:
        records: list[Sourced] = []
        refused: list[Quarantined] = []
        for payload in payloads:
            try:
                if not isinstance(payload, dict):
                    raise ValueError(f"{kind}: not an object")
                records.append(Sourced(self._reader.read(kind, payload), payload))
            except ValueError as error:
                refused.append(_refused(kind, payload, error))
        return Page(records=records, quarantined=refused)


def _refused(kind: Kind, payload: Any, error: ValueError) -> Quarantined:
    row = payload if isinstance(payload, dict) else {"value": payload}
    number = row.get("accountId") or row.get("id") or row.get("key") or row.get("name") or "unknown"
    board = BOARD if "configuration" in row else ""
    return Quarantined(kind, f"{board}{number}", str(error), row)
