"""Looking at single records by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Fetched, Forbidden, Gone, Missing, Page, Present
from syncline.errors import AccessDenied, NotFound
from syncline.jsonvalues import Json
from syncline.model import Kind, Ref
from syncline.pages import PageDraft
from syncline_connectors.zendesk import scope
from syncline_connectors.zendesk.api import Api
from syncline_connectors.zendesk.assemble import Assembler
from syncline_connectors.zendesk.scope import Scope


class Lookup:
    """Looks at records of one account; what is left out is Present with nothing in it but its withdrawal."""

    def __init__(
        self, api: Api, assembler: Assembler, rules: Scope, organization_fields: Sequence[str]
    ) -> None:
        self._api = api
        self._assembler = assembler
        self._rules = rules
        self._fields = organization_fields
        self._paths: Mapping[Kind, tuple[str, str]] = {
            Kind.PERSON: ("users", "user"),
            Kind.ORGANIZATION: ("organizations", "organization"),
            Kind.CONTAINER: ("groups", "group"),
        }

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """One answer for each reference."""
        tickets = [ref for ref in refs if ref.kind is Kind.TICKET]
        yield from self._tickets(tickets)
        for ref in refs:
            if ref.kind is Kind.TICKET:
                continue
            if ref.kind in self._paths:
                yield self._one(ref)
            elif ref.kind is Kind.ATTACHMENT:
                yield self._seen(ref, f"attachments/{ref.remote_id}")
            elif ref.kind is Kind.SURVEY_RESPONSE:
                yield self._seen(ref, f"satisfaction_ratings/{ref.remote_id}")
            else:
                yield Missing(ref)  # a comment cannot be had by its id

    # ---- tickets ----

    def _tickets(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """Together; what is not shown is asked for alone, which tells forbidden from missing."""
        found = self._api.show_many([ref.remote_id for ref in refs]) if refs else {}
        for ref in refs:
            row = found.get(ref.remote_id)
            yield self._present(ref, row) if row is not None else self._hidden(ref)

    def _hidden(self, ref: Ref) -> Fetched:
        try:
            return self._present(ref, self._api.ticket(ref.remote_id))
        except NotFound:
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)

    def _present(self, ref: Ref, row: Json) -> Fetched:
        draft = PageDraft()
        self._assembler.ticket(draft, row, {})
        if draft.gone:
            return Gone(ref, 'status "deleted"')
        if draft.records:
            self._assembler.whole(draft, ref.remote_id)
        return Present(ref, draft.page())

    # ---- the rest ----

    def _one(self, ref: Ref) -> Fetched:
        path, name = self._paths[ref.kind]
        row = self._object(ref, f"{path}/{ref.remote_id}", name)
        if not isinstance(row, dict):
            return row
        if ref.kind is Kind.PERSON and self._rules.person(row.get("id")) is None:
            return Present(ref, Page(withdrawn=frozenset({(Kind.PERSON, ref.remote_id)})))
        pruned: Callable[[Json], Json] = dict
        if ref.kind is Kind.ORGANIZATION:

            def pruned(row: Json) -> Json:
                return scope.organization(row, self._fields)

        return Present(ref, self._assembler.listed(ref.kind, [row], pruned).page())

    def _seen(self, ref: Ref, path: str) -> Fetched:
        """It exists, and what is known of it stands: alone it does not tell which ticket it is on."""
        if not ref.remote_id.isdecimal():
            return Missing(ref)
        row = self._object(ref, path, path.partition("s/")[0])
        return Present(ref, Page()) if isinstance(row, dict) else row

    def _object(self, ref: Ref, path: str, name: str) -> dict[str, Any] | Missing | Forbidden:
        try:
            answer = self._api.get(path)
        except NotFound:
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        row = answer.get(name)
        return row if isinstance(row, dict) else Missing(ref)
