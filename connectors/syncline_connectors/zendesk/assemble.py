"""From Zendesk's answers to pages: what may be kept goes in, everything else is dropped or withdrawn here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from syncline.connector import Quarantined
from syncline.errors import NotFound
from syncline.jsonvalues import Json
from syncline.model import Kind, Record, Sourced
from syncline.pages import PageDraft
from syncline_connectors.zendesk.api import Api, number_of
from syncline_connectors.zendesk.catalogue import Statuses
from syncline_connectors.zendesk.history import HistoryReader, entries, is_comment, rewrites
from syncline_connectors.zendesk.scope import Scope, Verdict
from syncline_connectors.zendesk.translate import MERGED, MERGED_INTO, STATUS, Reader, merged_into


class Assembler:
    """Puts pages together. ``wants`` says which feeds are configured; verdicts are remembered for the run."""

    def __init__(
        self,
        api: Api,
        scope: Scope,
        reader: Reader,
        statuses: Statuses,
        history: HistoryReader,
        wants: Callable[[str], bool],
    ) -> None:
        self._api = api
        self._scope = scope
        self._reader = reader
        self._statuses = statuses
        self._history = history
        self._wants = wants
        self._verdicts: dict[str, Verdict] = {}
        """Of the tickets that this run has delivered."""
        self._looked_at: dict[str, Verdict] = {}
        """Of others, which only lent their place."""

    # ---- tickets ----

    def tickets(self, rows: Iterable[Any], people: Mapping[str, Json] | None = None) -> PageDraft:
        """The page of these tickets. ``people`` are users by id, for those whom kept tickets name."""
        draft = PageDraft()
        for row in rows:
            self.ticket(draft, row, people or {})
        return draft

    def ticket(self, draft: PageDraft, row: Any, people: Mapping[str, Json]) -> None:
        """Add one ticket, or what has become of it."""
        number = number_of(row, "tickets")
        verdict = self._verdicts[number] = self._scope.verdict(row)
        if verdict is Verdict.LEFT_OUT:
            draft.withdrawn.add((Kind.TICKET, number))
            return
        if verdict is Verdict.GONE:
            draft.gone.add((Kind.TICKET, number))
            return
        draft.withdrawn |= {(Kind.PERSON, person) for person in self._scope.strangers(row)}
        payload = self._scope.ticket(row)
        try:
            payload = self._completed(number, payload)
            draft.records.append(Sourced(self._reader.ticket(payload), payload))
        except ValueError as error:
            draft.quarantined.append(Quarantined(Kind.TICKET, number, str(error), payload))
            return
        self._introduce(draft, payload, people)

    def sourced(self, row: Json) -> Sourced:
        """One ticket as it is kept; raises ValueError where it makes no sense, NotFound where it is left out."""
        number = number_of(row, "tickets")
        if self._scope.verdict(row) is not Verdict.KEPT:
            raise NotFound(f"ticket {number} is not among those that are read")
        payload = self._completed(number, self._scope.ticket(row))
        return Sourced(self._reader.ticket(payload), payload)

    def _completed(self, number: str, payload: Json) -> dict[str, Any]:
        """With what its status is called, and where it was merged into; raises ValueError."""
        status = self._statuses.of(payload)
        named = self._statuses.custom.get(status.id or "")
        category = named.category if named else payload["status"]
        found = {**payload, STATUS: {"id": status.id, "name": status.name, "category": category}}
        tags = payload.get("tags")
        if isinstance(tags, list) and MERGED in tags and payload.get("status") == "closed":
            found[MERGED_INTO] = self._merged_into(number)
        return found

    def _merged_into(self, number: str) -> str | None:
        try:
            return merged_into(self._api.comments(number))
        except NotFound:
            return None

    def _introduce(self, draft: PageDraft, payload: Json, people: Mapping[str, Json]) -> None:
        for name in ("requester_id", "submitter_id", "assignee_id"):
            user = people.get(str(payload.get(name)))
            if user is not None:
                draft.stubs += self._readable(Kind.PERSON, user)

    def _readable(self, kind: Kind, payload: Json) -> list[Sourced]:
        """A stub; one that makes no sense is no loss."""
        try:
            return [Sourced(self._reader.read(kind, payload), payload)]
        except ValueError:
            return []

    # ---- whose ticket ----

    def admitted(self, numbers: Iterable[str], draft: PageDraft | None = None) -> set[str]:
        """Those of these tickets that are kept; what this run has not delivered yet is asked for.

        With ``draft`` they go on it: so nothing is stored that hangs on a ticket which is not, because the export still
        withholds it.
        """
        wanted = set(numbers)
        unknown = sorted(
            number for number in wanted if not self._is_judged(number, delivered=draft is not None)
        )
        found = self._api.show_many(unknown) if unknown else {}
        for number in unknown:
            row = found.get(number)
            if row is None:  # deleted or out of sight: nothing may be said of it
                self._looked_at[number] = Verdict.LEFT_OUT
            elif draft is not None:
                self.ticket(draft, row, {})
            else:
                self._looked_at[number] = self._scope.verdict(row)
        return {number for number in wanted if self._judged(number) is Verdict.KEPT}

    def _judged(self, number: str) -> Verdict | None:
        return self._verdicts.get(number) or self._looked_at.get(number)

    def _is_judged(self, number: str, *, delivered: bool) -> bool:
        """Whether nothing needs to be asked; with ``delivered``, one that is kept must have been delivered, too."""
        if number in self._verdicts or self._looked_at.get(number) is Verdict.LEFT_OUT:
            return True
        return not delivered and number in self._looked_at

    # ---- what hangs on them ----

    def updates(self, rows: Sequence[Json]) -> PageDraft:
        """The page of an export of ticket events: changes, and comments with their files."""
        draft = PageDraft()
        kept = self.admitted((str(row.get("ticket_id")) for row in rows), draft)
        anew: set[str] = set()
        for row in rows:
            ticket = str(row.get("ticket_id"))
            if ticket not in kept:
                continue
            self._events(draft, ticket, row)
            for entry in entries(row):
                if rewrites(entry) or self._scope.lets_in(entry):
                    anew.add(ticket)
                elif is_comment(entry):
                    self.comment(draft, ticket, _dated(entry, row))
        for ticket in sorted(anew):
            self.whole(draft, ticket, events=True)
        return draft

    def whole(self, draft: PageDraft, ticket: str, *, events: bool = False) -> None:
        """All comments of a ticket, and its history: it came in from where it was left out, or texts were redacted."""
        if self._wants("comments"):
            try:
                comments = self._api.comments(ticket)
            except NotFound:
                return  # deleted meanwhile: the export of tickets tells
            for row in comments:
                self.comment(draft, ticket, row)
            draft.complete.add((Kind.COMMENT, ticket))
        if events:
            for audit in self._api.audits(ticket):
                self._events(draft, ticket, audit)

    def comment(self, draft: PageDraft, ticket: str, row: Any) -> None:
        """Add a comment and its files."""
        if not self._wants("comments"):
            return
        payload = self._scope.comment(row, ticket) if isinstance(row, dict) else None
        if payload is None:
            return
        number = str(payload.get("id") or f"of {ticket}")
        try:
            draft.records.append(Sourced(self._reader.comment(payload), payload))
        except ValueError as error:
            draft.quarantined.append(Quarantined(Kind.COMMENT, number, str(error), payload, subject=ticket))
            return
        for file in payload["attachments"]:
            given = {**file, "ticket_id": ticket, "author_id": payload["author_id"]}
            self._add(draft, Kind.ATTACHMENT, {**given, "created_at": payload["created_at"]}, ticket)

    def _add(self, draft: PageDraft, kind: Kind, payload: Json, ticket: str | None = None) -> None:
        try:
            draft.records.append(Sourced(self._reader.read(kind, payload), payload))
        except ValueError as error:
            number = str(payload.get("id") or "unknown")
            draft.quarantined.append(Quarantined(kind, number, str(error), payload, subject=ticket))

    def _events(self, draft: PageDraft, ticket: str, row: Json) -> None:
        if not self._wants("history"):
            return
        try:
            draft.events += list(self._history.events(ticket, row))
        except ValueError as error:
            told = {"id": row.get("id"), "ticket_id": row.get("ticket_id")}
            draft.quarantined.append(Quarantined(Kind.TICKET, ticket, f"history: {error}", told))

    # ---- what belongs to tickets, but is listed apart ----

    def belonging(self, kind: Kind, rows: Sequence[Any], pruned: Callable[[Json], Json]) -> PageDraft:
        """Those of the rows whose tickets are kept; each names its ticket under ``ticket_id``."""
        draft = PageDraft()
        known = [row for row in rows if isinstance(row, dict)]
        kept = self.admitted(str(row.get("ticket_id")) for row in known if row.get("ticket_id") is not None)
        for row in known:
            if str(row.get("ticket_id")) in kept:
                self._add(draft, kind, pruned(row), str(row["ticket_id"]))
        return draft

    def listed(self, kind: Kind, rows: Iterable[Any], pruned: Callable[[Json], Json] = dict) -> PageDraft:
        """Rows that belong to no ticket."""
        draft = PageDraft()
        for row in rows:
            self._add(draft, kind, pruned(row) if isinstance(row, dict) else {"value": type(row).__name__})
        return draft

    def read(self, kind: Kind, payload: Json) -> Record:
        """The record of a payload that was stored; raises ValueError."""
        return self._reader.read(kind, payload)


def _dated(entry: Json, row: Json) -> dict[str, Any]:
    """A comment of the export, with the time and the number of the update that it came with."""
    return {
        **entry,
        "created_at": entry.get("created_at") or row.get("created_at"),
        "audit_id": entry.get("audit_id") or row.get("id"),
    }
