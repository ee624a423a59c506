"""From the issues of one answer to one page: records, what rides on them, whom they mention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from syncline.connector import Quarantined
from syncline.errors import NotFound, ProtocolError
from syncline.model import Issue, Kind, Sourced
from syncline.pages import PageDraft
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import Api, answered, listed
from syncline_connectors.jira.children import PAGED, Family, context, families, ride
from syncline_connectors.jira.dialect import DATA_CENTER
from syncline_connectors.jira.history import HistoryReader
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.sprints import sprints
from syncline_connectors.jira.translate import OWN_RECORDS, epic_key
from syncline_connectors.jira.values import Json, person, required, wrong

_ISSUE, _RELATION = Kind.ISSUE, Kind.RELATION

CHILD_PAGE = 100
"""Comments or work logs asked for at a time."""
ISSUE_ROLES, CHILD_ROLES, HISTORY_ROLES = (
    ("assignee", "reporter", "creator"),
    ("author", "updateAuthor"),
    ("author",),
)
"""Where the users stand who are mentioned."""
EPICS = 100
"""Issues one bulkfetch names."""


class Assembler:
    """Turns issues into drafts. ``rides`` are the kinds of `PAGED` that are wanted; a stub is given once."""

    def __init__(self, api: Api, reader: Reader, rides: frozenset[Kind]) -> None:
        self._api = api
        self._reader = reader
        self._rides = rides
        self._people: set[str] = set()
        self._sprints: set[str] = set()
        self._versions: set[str] = set()
        self._epics: dict[str, str | None] = {}

    def draft(self, issues: Sequence[Any]) -> PageDraft:
        """The page of these issues; what a list inside an issue left out is fetched."""
        draft = PageDraft()
        self._look_up_epics(issues)
        for issue in issues:
            self._add(draft, issue)
        return draft

    def history(self, changelogs: Sequence[tuple[str, Sequence[Any]]]) -> PageDraft:
        """The events of the histories of several issues."""
        draft = PageDraft()
        for issue, histories in changelogs:
            for entry in histories:
                self._add_history(draft, issue, entry)
        return draft

    # ---- an issue ----

    def _add(self, draft: PageDraft, issue: Any) -> None:
        number = issue_id(issue)
        try:
            payload = self._payload(issue)
            record = self._reader.issue(payload)
            lists = families(issue["fields"], self._rides)
        except ValueError as error:
            draft.quarantined.append(Quarantined(Kind.ISSUE, number, str(error), issue))
            return
        draft.records.append(Sourced(record, payload))
        self._introduce_mentioned(draft, record, payload["fields"])
        for family in lists:
            self._add_family(draft, number, payload, family)

    def _payload(self, issue: Json) -> dict[str, Any]:
        """The issue without the lists that are records of their own, and with the epic's id where only a link was."""
        fields = issue.get("fields")
        if not isinstance(fields, dict):
            raise ValueError("fields: missing")
        kept = fields.copy()
        for name in OWN_RECORDS:
            kept.pop(name, None)
        if fields.get("parent") is None and fields.get("epic") is None:
            key = epic_key(fields, self._reader.fields.epic)
            if key is not None and self._epics.get(key):
                kept["epic"] = {"id": self._epics[key], "key": key}
        payload = {**issue, "fields": kept}
        payload.pop("changelog", None)
        return payload

    def _look_up_epics(self, issues: Sequence[Any]) -> None:
        """Epic link fields hold keys; ids of the epics not met before are asked for together."""
        wanted = {key for key in self._linked(issues) if key not in self._epics}
        if not wanted:
            return
        here = {issue["key"]: issue_id(issue) for issue in issues if issue.get("key") in wanted}
        self._epics |= here
        away = sorted(wanted - here.keys())
        for at in range(0, len(away), EPICS):
            self._epics |= self._ids_of(away[at : at + EPICS])

    def _ids_of(self, keys: list[str]) -> dict[str, str | None]:
        """Ids by key; None for what these credentials do not see."""
        if self._api.dialect is DATA_CENTER:
            return self._ids_at_server(keys)
        body = {"issueIdsOrKeys": keys, "fields": ["summary"]}
        answer = answered(self._api.ask("issue/bulkfetch", body), "issue/bulkfetch")
        found = {issue_id(epic): epic.get("key") for epic in listed(answer, "issues", "issue/bulkfetch")}
        return dict.fromkeys(keys) | {str(key): number for number, key in found.items()}

    def _ids_at_server(self, keys: list[str]) -> dict[str, str | None]:
        """There is no bulkfetch; a search that is not validated passes over keys that it does not find."""
        query = jql.query([f"key in ({jql.listed(keys)})"])
        body = {"jql": query, "fields": ["summary"], "maxResults": len(keys), "validateQuery": False}
        found = {str(epic.get("key")): issue_id(epic) for epic in self._api.search(body)["issues"]}
        return dict.fromkeys(keys) | found

    def _linked(self, issues: Sequence[Any]) -> Iterator[str]:
        for issue in issues if self._reader.fields.epic else ():
            fields = issue.get("fields") if isinstance(issue, dict) else None
            if isinstance(fields, dict) and fields.get("parent") is None and fields.get("epic") is None:
                key = epic_key(fields, self._reader.fields.epic)
                if key is not None:
                    yield key

    # ---- its children ----

    def _add_family(self, draft: PageDraft, issue: str, payload: Json, family: Family) -> None:
        rows, whole = family.rows, family.whole
        if not whole:
            rows, whole = self._all_children(family.kind, issue)
        refused = len(draft.quarantined)
        owner = context(payload) if rows else {}
        for row in rows:
            self._add_child(draft, family.kind, owner, row)
        if whole and len(draft.quarantined) == refused:
            draft.complete.add((family.kind, issue))

    def _all_children(self, kind: Kind, issue: str) -> tuple[list[Any], bool]:
        """The whole list; the issue may have gone in the meantime, then nothing is known."""
        name, rows = PAGED[kind]
        try:
            batches = self._api.walk(f"issue/{issue}/{name}", rows, CHILD_PAGE)
            return [row for batch in batches for row in batch], True
        except NotFound:
            return [], False

    def _add_child(self, draft: PageDraft, kind: Kind, owner: Json, row: Any) -> None:
        try:
            if not isinstance(row, dict):
                raise wrong(kind.lower(), "an object", row)
            payload = ride(kind, row, owner)
            record = self._reader.read(kind, payload)
        except ValueError as error:
            draft.quarantined.append(_quarantined_child(kind, owner, row, error))
            return
        draft.records.append(Sourced(record, payload))
        if kind is not _RELATION:
            self._introduce_people(draft, row, CHILD_ROLES)

    # ---- whom it mentions ----

    def _introduce_mentioned(self, draft: PageDraft, issue: Issue, fields: Json) -> None:
        """Nearly always all of them have been introduced, which is seen from their ids alone."""
        self._introduce_people(draft, fields, ISSUE_ROLES)
        if not self._sprints.issuperset(issue.iterations):
            for _, sprint in sprints(fields, self._reader.fields.sprint):
                self._introduce(draft, Kind.ITERATION, self._sprints, sprint.get("id"), sprint)
        if not (self._versions.issuperset(issue.releases) and self._versions.issuperset(issue.affects)):
            place = {"projectId": fields["project"]["id"]} if fields.get("project") else {}
            for name in ("fixVersions", "versions"):
                for version in fields.get(name) or ():
                    self._introduce(draft, Kind.RELEASE, self._versions, version["id"], {**version, **place})

    def _introduce_people(self, draft: PageDraft, held: Json, roles: Sequence[str]) -> None:
        for role in roles:
            user = held.get(role)
            if not isinstance(user, dict):
                continue
            try:
                number = person(user, "user")
            except ValueError:
                continue
            if number not in self._people:
                self._introduce(draft, Kind.PERSON, self._people, number, user)

    def _introduce(self, draft: PageDraft, kind: Kind, met: set[str], number: object, payload: Json) -> None:
        """Give a stub of somebody or something mentioned, the first time; a stub that makes no sense is no loss."""
        if str(number) in met:
            return
        met.add(str(number))
        try:
            draft.stubs.append(Sourced(self._reader.read(kind, payload), payload))
        except ValueError:
            return

    # ---- history ----

    def _add_history(self, draft: PageDraft, issue: str, entry: Any) -> None:
        reader: HistoryReader = self._reader.history
        try:
            draft.events += list(reader.events(issue, required(entry, "history")))
        except ValueError as error:
            payload = entry if isinstance(entry, dict) else {"history": entry}
            draft.quarantined.append(Quarantined(Kind.ISSUE, issue, f"changelog: {error}", payload))
            return
        self._introduce_people(draft, entry, HISTORY_ROLES)


def issue_id(issue: Any) -> str:
    """The id of an issue in an answer; without it nothing can be kept, so the answer is nonsense."""
    found = issue.get("id") if isinstance(issue, dict) else None
    if isinstance(found, str) and found:
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise ProtocolError("an issue without an id")


def _quarantined_child(kind: Kind, owner: Json, row: Any, error: Exception) -> Quarantined:
    known = isinstance(row, dict) and isinstance(row.get("id"), str | int)
    number = str(row["id"]) if known else f"of {owner.get('id')}"
    return Quarantined(kind, number, str(error), row if isinstance(row, dict) else {"value": row})
