"""Making issues: one mutation under an id of ours, so that a try whose answer was lost is found again at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncline.changes import kept
from syncline.errors import InDoubt, Invalid, NotFound, ProtocolError, Unsupported, VendorError
from syncline.model import Kind, Ref
from syncline.outcomes import Ledger
from syncline.target import Draft, Outcome, Set
from syncline_connectors.linear.documents import CREATE
from syncline_connectors.linear.encode import INPUTS, LINKS, Encoder, argument, client_id
from syncline_connectors.linear.issues import Issues, Seen
from syncline_connectors.linear.lookup import is_id
from syncline_connectors.linear.reading import TYPE

if TYPE_CHECKING:
    from syncline_connectors.linear.api import Api
    from syncline_connectors.linear.updating import Updater
    from syncline_connectors.linear.workflow import Workflow

LATER = LINKS | {"status"}
"""Fields that are not tried when an issue is made."""


class Creator:
    """Makes issues of one workspace."""

    def __init__(
        self, api: Api, issues: Issues, encoder: Encoder, workflow: Workflow, updater: Updater, site: str
    ) -> None:
        self._api = api
        self._issues = issues
        self._encoder = encoder
        self._workflow = workflow
        self._updater = updater
        self._site = site

    def create(self, draft: Draft, marker: str) -> Outcome:
        if draft.kind is not Kind.ISSUE:
            raise Unsupported(f"a {draft.kind} of Linear is not made")
        if draft.type not in (None, TYPE):
            raise Invalid(f"Linear has no type {draft.type!r}, it has issues", field="type")
        if not is_id(draft.container):
            raise Invalid(f"Linear has no team {draft.container}", field="container")
        ledger = Ledger()
        shall = self._values(draft, ledger)
        if "title" not in shall:
            raise ledger.refused.get("title") or Invalid("an issue needs a title", field="title")
        ref = Ref(self._site, Kind.ISSUE, client_id(marker))
        arguments = self._arguments(draft.container, shall, ledger)
        seen, later = self._made(ref, draft.container, arguments)
        if seen is None:
            return self._bit_by_bit(ref, draft.container, shall, ledger)
        for name in arguments:
            if kept(name, shall[name], None, seen.issue):
                ledger.written.add(name)
            else:
                ledger.refused[name] = Invalid(f"Linear said yes and left {name} out", field=name)
        return ledger.outcome(ref, seen.sourced, later=later)

    def _values(self, draft: Draft, ledger: Ledger) -> dict[str, Any]:
        shall = {}
        for name, value in draft.fields.items():
            if name in LATER:
                continue
            try:
                shall[name] = self._encoder.stored(name, value)
            except (Invalid, Unsupported) as error:
                ledger.refused[name] = error
        return shall

    def _arguments(self, team: str, shall: Mapping[str, Any], ledger: Ledger) -> dict[str, dict[str, Any]]:
        """By field what the mutation is given. A label that cannot be made costs the labels, not the issue."""
        given = {}
        for name, value in shall.items():
            try:
                given[name] = {
                    INPUTS[name]: self._workflow.ids(team, value)
                    if name == "labels"
                    else argument(name, value)
                }
            except Invalid as error:
                ledger.refused[name] = error
        return given

    def _made(self, ref: Ref, team: str, given: Mapping[str, Mapping[str, Any]]) -> tuple[Seen | None, bool]:
        """The issue, and whether it was read later. None: Linear refuses, for a reason that may lie in any field."""
        arguments = {key: value for part in given.values() for key, value in part.items()}
        try:
            payload = self._api.write(CREATE, input={"id": ref.remote_id, "teamId": team, **arguments})
        except (InDoubt, Invalid, NotFound) as error:
            return self._after(ref, given, error)
        try:
            return self._issues.answered(payload), False
        except ProtocolError:
            return self._issues.read(ref.remote_id), True

    def _after(self, ref: Ref, given: Mapping[str, Any], error: VendorError) -> tuple[Seen | None, bool]:
        """It may be there: an answer was lost, or an earlier try has made it."""
        try:
            return self._issues.read(ref.remote_id), True
        except NotFound:
            pass
        except VendorError:
            raise error if isinstance(error, InDoubt) else InDoubt(error.message) from None
        if isinstance(error, NotFound) and "Team" in error.message:
            raise Invalid(error.message, status=error.status, field="container")
        if isinstance(error, InDoubt) or len(given) == 1:
            raise error if not isinstance(error, NotFound) else Invalid(error.message, status=error.status)
        return None, False

    def _bit_by_bit(self, ref: Ref, team: str, shall: Mapping[str, Any], ledger: Ledger) -> Outcome:
        """Made with its title alone, then each field by itself: so each is told what became of it."""
        title = {"title": {"title": shall["title"]}}
        self._made(ref, team, title)
        rest = {name: Set(value) for name, value in shall.items() if name != "title"}
        told = self._updater.update(ref, rest, {})
        refused = {**ledger.refused, **told.refused}
        return replace(told, applied=told.applied | {"title"}, refused=refused)
