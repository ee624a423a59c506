"""The small streams, read whole when a census is due: groups, agents, organizations, statuses, ratings, links to
Jira."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from syncline.connector import Page, Stream
from syncline.errors import AccessDenied, NotFound, ProtocolError
from syncline.jsonvalues import Json
from syncline.model import Kind
from syncline_connectors.zendesk import scope
from syncline_connectors.zendesk.api import Api
from syncline_connectors.zendesk.assemble import Assembler
from syncline_connectors.zendesk.catalogue import Statuses, parse_statuses
from syncline_connectors.zendesk.scope import Scope
from syncline_connectors.zendesk.translate import SCORES

LINKS = 1000
"""Links of a page."""


class Catalogues:
    """What an account has made for itself, each list asked for once a run and only where it is needed."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._groups: list[Json] | None = None
        self._staff: list[Json] | None = None
        self._statuses: Statuses | None = None
        self._fields: list[Json] | None = None

    def groups(self) -> list[Json]:
        if self._groups is None:
            self._groups = list(_rows(self._api, "groups", "groups"))
        return self._groups

    def staff(self) -> list[Json]:
        """Everybody who is no customer, also those who left: agents and administrators."""
        if self._staff is None:
            found = {
                row.get("id"): row
                for role in ("agent", "admin")
                for row in _rows(self._api, "users", "users", role=role)
            }
            self._staff = list(found.values())
        return self._staff

    def statuses(self) -> Statuses:
        """None of its own where the account has not turned custom statuses on."""
        if self._statuses is None:
            try:
                self._statuses = parse_statuses(self._api.get("custom_statuses"))
            except (NotFound, AccessDenied):
                self._statuses = Statuses()
            except ValueError as error:
                raise ProtocolError(f"custom_statuses: {error}") from None
        return self._statuses

    def fields(self) -> list[Json]:
        if self._fields is None:
            self._fields = list(_rows(self._api, "ticket_fields", "ticket_fields"))
        return self._fields


def _rows(api: Api, path: str, name: str, role: str | None = None) -> Iterator[Json]:
    for batch in api.pages(path, name, role=role):
        for row in batch:
            if not isinstance(row, dict):
                raise ProtocolError(f"{path}: a row that is not an object")
            yield row


class Metadata:
    """Reads what is not a ticket. ``organization_fields`` are the keys of the fields that are kept of organizations."""

    def __init__(
        self,
        api: Api,
        catalogues: Catalogues,
        assembler: Callable[[], Assembler],
        rules: Callable[[], Scope],
        *,
        groups: Sequence[str] | None,
        organization_fields: Sequence[str],
    ) -> None:
        self._api = api
        self._catalogues = catalogues
        self._assembler = assembler
        self._rules = rules
        self._named = groups
        self._organization_fields = tuple(organization_fields)
        self._walks: Mapping[str, Callable[[Stream], Iterator[Page]]] = {
            "groups": self._groups,
            "people": self._people,
            "statuses": self._statuses,
            "organizations": self._organizations,
            "satisfaction": self._ratings,
            "links": self._links,
        }

    def pages(self, stream: Stream) -> Iterator[Page]:
        """The whole stream; an unfinished one starts again."""
        yield from self._walks[stream.name](stream)
        yield Page(last=True)

    def groups(self) -> list[Json]:
        """The groups that are read."""
        found = self._catalogues.groups()
        return [row for row in found if self._named is None or row.get("name") in self._named]

    def _groups(self, stream: Stream) -> Iterator[Page]:
        yield self._assembler().listed(Kind.CONTAINER, self.groups()).page()

    def _people(self, stream: Stream) -> Iterator[Page]:
        yield self._assembler().listed(Kind.PERSON, self._catalogues.staff()).page()

    def _statuses(self, stream: Stream) -> Iterator[Page]:
        yield Page(statuses=tuple(one.status for one in self._catalogues.statuses().all()))

    def _organizations(self, stream: Stream) -> Iterator[Page]:
        for rows in self._api.pages("organizations", "organizations"):
            pruned = [
                scope.organization(row, self._organization_fields) for row in rows if isinstance(row, dict)
            ]
            yield self._assembler().listed(Kind.ORGANIZATION, pruned).page()

    def _ratings(self, stream: Stream) -> Iterator[Page]:
        since = int(stream.since.timestamp()) if stream.since else None
        for rows in self._api.pages(
            "satisfaction_ratings", "satisfaction_ratings", score="received", start_time=since
        ):
            given = [row for row in rows if isinstance(row, dict) and row.get("score") in SCORES]
            yield self._assembler().belonging(Kind.SURVEY_RESPONSE, given, self._rules().rating).page()

    def _links(self, stream: Stream) -> Iterator[Page]:
        """Where the Jira app was never installed there is no such list."""
        try:
            for rows in self._api.pages("jira/links", "links", size=LINKS, unpaged=True):
                yield self._assembler().belonging(Kind.ATTACHMENT, rows, _link).page()
        except NotFound:
            return


def _link(row: Json) -> Json:
    return {
        name: row.get(name)
        for name in ("id", "ticket_id", "issue_id", "issue_key", "created_at", "updated_at")
    }
