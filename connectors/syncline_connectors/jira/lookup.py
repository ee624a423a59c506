"""Looking at single records by id. Jira answers 404 for what is deleted and for what may not be seen alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Archived, Fetched, Forbidden, Missing, Page, Present, Quarantined
from syncline.errors import AccessDenied, Invalid, NotFound
from syncline.model import Kind, Ref, Sourced
from syncline_connectors.jira.api import AGILE, SEARCH, Api, answered, listed
from syncline_connectors.jira.assemble import Assembler, issue_id
from syncline_connectors.jira.children import context, ride
from syncline_connectors.jira.entities import BOARD
from syncline_connectors.jira.metadata import Metadata
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.values import Json
from syncline_connectors.jira.walk import changelogs_of

ISSUES = 100
"""Issues that one issue/bulkfetch names."""
RECONCILED = 50
"""Issues that one search reconciles."""
CHILDREN = 1000
"""Comments or work logs that one list names."""

_OWNER = re.compile(r"/issue/(\d+)/comment/")


class Lookup:
    """Answers `Source.fetch`. ``fields`` is what issues are asked for."""

    def __init__(
        self,
        api: Api,
        reader: Reader,
        assembler: Assembler,
        metadata: Metadata,
        *,
        fields: Sequence[str],
        changelog: bool,
    ) -> None:
        self._api = api
        self._reader = reader
        self._assembler = assembler
        self._metadata = metadata
        self._fields = list(fields)
        self._changelog = changelog
        self._single: Mapping[Kind, Callable[[str], Json]] = {
            Kind.PERSON: self._person,
            Kind.RELEASE: lambda number: self._object(f"version/{number}"),
            Kind.ITERATION: lambda number: self._object(f"{AGILE}/sprint/{number}"),
            Kind.RELATION: self._link,
            Kind.CONTAINER: self._container,
        }

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """One answer for each reference."""
        by_kind: dict[Kind, list[Ref]] = {}
        for ref in refs:
            by_kind.setdefault(ref.kind, []).append(ref)
        for kind, wanted in by_kind.items():
            if kind is Kind.ISSUE:
                yield from self._in_parts(wanted, ISSUES, self._issues)
            elif kind is Kind.COMMENT:
                yield from self._in_parts(wanted, CHILDREN, self._comments)
            elif kind is Kind.WORK_LOG:
                yield from self._in_parts(wanted, CHILDREN, self._work_logs)
            elif kind is Kind.ATTACHMENT:
                yield from map(self._attachment, wanted)
            elif kind in self._single:
                yield from (self._one(ref) for ref in wanted)
            else:
                yield from map(Missing, wanted)

    def _in_parts(
        self, refs: Sequence[Ref], size: int, look: Callable[[Sequence[Ref]], Iterator[Fetched]]
    ) -> Iterator[Fetched]:
        for at in range(0, len(refs), size):
            yield from look(refs[at : at + size])

    # ---- issues ----

    def _issues(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """What bulkfetch does not return was not found; what it lists as an error is asked for alone."""
        body = {"issueIdsOrKeys": [ref.remote_id for ref in refs], "fields": self._fields}
        answer = answered(self._api.ask("issue/bulkfetch", body), "issue/bulkfetch")
        found = {issue_id(issue): issue for issue in listed(answer, "issues", "issue/bulkfetch")}
        failed = {
            str(error.get("id")) for error in answer.get("issueErrors") or () if isinstance(error, dict)
        }
        away = self._out_of_search(found)
        logs = self._logs([ref.remote_id for ref in refs if ref.remote_id in found.keys() - away])
        for ref in refs:
            if ref.remote_id in away:
                yield Archived(ref)
            elif ref.remote_id in found:
                yield self._present(ref, found[ref.remote_id], logs)
            else:
                yield self._issue(ref) if ref.remote_id in failed else Missing(ref)

    def _out_of_search(self, found: Mapping[str, Json]) -> set[str]:
        """Issues that are there and that no search shows: archived ones, of which Cloud need not say so.

        ``reconcileIssues`` makes the search look past its index, so that an issue just made is not taken for one.
        """
        unsaid = [
            number for number, issue in found.items() if "archiveddate" not in (issue.get("fields") or {})
        ]
        away: set[str] = set()
        for at in range(0, len(unsaid), RECONCILED):
            part = unsaid[at : at + RECONCILED]
            body = {
                "jql": f"id in ({', '.join(part)})",
                "fields": ["id"],
                "reconcileIssues": [*map(int, part)],
            }
            try:
                pages = list(self._api.pages("search/jql", body, "issues", SEARCH))
            except Invalid:
                continue  # one of them has just gone: what the look said stands
            away |= set(part) - {issue_id(issue) for page in pages for issue in page["issues"]}
        return away

    def _issue(self, ref: Ref) -> Fetched:
        try:
            issue = self._object(f"issue/{ref.remote_id}", fields=",".join(self._fields))
        except NotFound:
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        return self._present(ref, issue, self._logs([ref.remote_id]))

    def _logs(self, issues: Sequence[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        if self._changelog and issues:
            for batch in changelogs_of(self._api, issues):
                for issue, histories in batch:
                    found.setdefault(issue, []).extend(histories)
        return found

    def _present(self, ref: Ref, issue: Json, logs: Mapping[str, list[Any]]) -> Fetched:
        draft = self._assembler.draft([issue])
        if draft.records and draft.records[0].record.archived:
            return Archived(ref)
        past = self._assembler.history([(ref.remote_id, logs.get(ref.remote_id, []))])
        draft.events, draft.stubs = past.events, [*draft.stubs, *past.stubs]
        draft.quarantined += past.quarantined
        return Present(ref, draft.page())

    # ---- what rides on issues ----

    def _comments(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        found = self._children("comment/list", "values", refs)
        owners = {
            number: match[1]
            for number, row in found.items()
            if (match := _OWNER.search(str(row.get("self"))))
        }
        contexts = self._contexts(owners.values())
        for ref in refs:
            owner = contexts.get(owners.get(ref.remote_id, ""))
            yield self._child(ref, found[ref.remote_id], owner) if owner else Missing(ref)

    def _work_logs(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        found = self._children("worklog/list", None, refs)
        contexts = self._contexts(str(row.get("issueId")) for row in found.values())
        for ref in refs:
            row = found.get(ref.remote_id)
            owner = contexts.get(str(row.get("issueId"))) if row else None
            yield self._child(ref, row, owner) if row and owner else Missing(ref)

    def _children(self, path: str, rows: str | None, refs: Sequence[Ref]) -> dict[str, Json]:
        ids = [int(ref.remote_id) for ref in refs if ref.remote_id.isdecimal()]
        if not ids:
            return {}
        answer = self._api.ask(path, {"ids": ids})
        entries = listed({"rows": answer} if rows is None else answer, rows or "rows", path)
        return {str(row.get("id")): row for row in entries if isinstance(row, dict)}

    def _contexts(self, issues: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Whose child a child is, by issue id."""
        wanted = sorted(set(issues))
        found: dict[str, dict[str, Any]] = {}
        for at in range(0, len(wanted), ISSUES):
            body = {"issueIdsOrKeys": wanted[at : at + ISSUES], "fields": ["project"]}
            answer = answered(self._api.ask("issue/bulkfetch", body), "issue/bulkfetch")
            found |= {
                issue_id(issue): context(issue) for issue in listed(answer, "issues", "issue/bulkfetch")
            }
        return found

    def _child(self, ref: Ref, row: Json, owner: Json) -> Fetched:
        return self._read(ref, ride(ref.kind, row, owner))

    def _attachment(self, ref: Ref) -> Fetched:
        """Jira does not say which issue an attachment is on: it exists, and what is known of it stands."""
        try:
            self._object(f"attachment/{ref.remote_id}")
        except NotFound:
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        return Present(ref, Page())

    # ---- the rest ----

    def _one(self, ref: Ref) -> Fetched:
        try:
            payload = self._single[ref.kind](ref.remote_id)
        except (NotFound, Invalid):
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        return self._read(ref, payload)

    def _read(self, ref: Ref, payload: Json) -> Fetched:
        try:
            record = self._reader.read(ref.kind, payload)
        except ValueError as error:
            return Present(ref, Page(quarantined=[Quarantined(ref.kind, ref.remote_id, str(error), payload)]))
        return Present(ref, Page(records=[Sourced(record, payload)]))

    def _object(self, path: str, **params: str) -> dict[str, Any]:
        return answered(self._api.get(path, **params), path)

    def _person(self, number: str) -> Json:
        return self._object("user", accountId=number)

    def _link(self, number: str) -> Json:
        return ride(Kind.RELATION, self._object(f"issueLink/{number}"), {})

    def _container(self, number: str) -> Json:
        if number.startswith(BOARD):
            return self._metadata.configured(self._object(f"{AGILE}/board/{number.removeprefix(BOARD)}"))
        return self._object(f"project/{number}")
