"""Changing issues: read, compare, one mutation for all fields, one for each link, and hold the answer against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from syncline.changes import Due, alike, due, kept, linked, sift
from syncline.errors import Invalid, NotFound, ProtocolError, Unsupported, VendorError
from syncline.model import Ref
from syncline.outcomes import Ledger
from syncline.target import Change, Move, Outcome, value_of
from syncline_connectors.linear.documents import UPDATE
from syncline_connectors.linear.encode import INPUTS, LINKS, Encoder, argument
from syncline_connectors.linear.issues import Issues, Seen

if TYPE_CHECKING:
    from syncline_connectors.linear.api import Api
    from syncline_connectors.linear.linking import Linker
    from syncline_connectors.linear.workflow import Workflow

NAMES: Mapping[str, str] = {
    **{argument: name for name, argument in INPUTS.items()},
    "addedLabelIds": "labels",
    "removedLabelIds": "labels",
}
"""Common fields by the arguments that write them."""


class Updater:
    """Changes issues of one workspace."""

    def __init__(
        self, api: Api, issues: Issues, encoder: Encoder, workflow: Workflow, linker: Linker
    ) -> None:
        self._api = api
        self._issues = issues
        self._encoder = encoder
        self._workflow = workflow
        self._linker = linker

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        seen = self._issues.read(ref.remote_id)
        ledger = Ledger()
        todo = sift(changes, ledger, partial(self._due, seen, expected))
        after = self._edit(seen, {name: one for name, one in todo.items() if name not in LINKS}, ledger)
        linked = [
            self._attempt(name, partial(link, seen, todo[name].change), ledger)
            for name, link in (("relations", self._linker.relate), ("backlinks", self._linker.point_back))
            if name in todo
        ]
        if any(linked):
            after = None
        return self._told(ref, seen, after, todo, ledger, wrote=any(linked))

    def _attempt(self, name: str, write: Callable[[], bool], ledger: Ledger) -> bool:
        """Whether anything was sent."""
        try:
            sent = write()
        except NotFound as error:  # the issue itself was there a moment ago
            ledger.refuse([name], Invalid(f"{name}: {error.message}", status=error.status, field=name))
            return True
        except VendorError as error:
            ledger.refuse([name], error)
            return True
        (ledger.written if sent else ledger.had).add(name)
        return sent

    # ---- what is to be done ----

    def _due(self, seen: Seen, expected: Mapping[str, Any], name: str, change: Change) -> Due | None:
        if name in LINKS:
            return linked(name, change)
        if name not in INPUTS:
            raise Unsupported(f"Linear has no {name} that could be written")
        if isinstance(change, Move):
            change = self._state_named(seen, change)
        return due(name, change, expected, seen.issue, self._encoder.stored, "Linear")

    def _state_named(self, seen: Seen, move: Move) -> Move:
        """The move to the state as the team spells it. Any state can be entered from any other: no path is needed."""
        if move.with_fields:
            raise Unsupported("a state of Linear asks for no fields")
        return Move(str(self._workflow.state(seen.team, move.status).get("name")))

    # ---- fields ----

    def _edit(self, seen: Seen, todo: Mapping[str, Due], ledger: Ledger) -> Seen | None:
        """Write them in one mutation; the issue in its answer."""
        given: dict[str, dict[str, Any]] = {}
        for name, one in todo.items():
            try:
                given[name] = self._arguments(seen, name, one)
            except VendorError as error:
                ledger.refuse([name], error)
        return self._write(seen, given, ledger) if given else None

    def _arguments(self, seen: Seen, name: str, one: Due) -> dict[str, Any]:
        """Labels by what is put on and taken off, so that those others add meanwhile stay."""
        if name == "labels":
            had, has = set(one.now or ()), set(one.shall or ())
            on = self._workflow.ids(seen.team, sorted(has - had))
            off = self._workflow.known_ids(seen.team, sorted(had - has))
            return {**({"addedLabelIds": on} if on else {}), **({"removedLabelIds": off} if off else {})}
        if name == "status":
            return {INPUTS[name]: self._workflow.state(seen.team, one.shall)["id"]}
        return {INPUTS[name]: argument(name, one.shall)}

    def _write(self, seen: Seen, given: Mapping[str, Mapping[str, Any]], ledger: Ledger) -> Seen | None:
        """Send fields; what Linear refuses by name is left out, and where it names nothing, each is sent alone."""
        input_ = {key: value for part in given.values() for key, value in part.items()}
        try:
            payload = self._api.write(UPDATE, idempotent=True, id=seen.issue.remote_id, input=input_)
        except (Invalid, NotFound) as error:
            return self._after_refusal(seen, given, error, ledger)
        except VendorError as error:
            ledger.refuse(given, error)
            return None
        ledger.written |= given.keys()
        try:
            return self._issues.answered(payload)
        except ProtocolError:
            return None

    def _after_refusal(
        self,
        seen: Seen,
        given: Mapping[str, Mapping[str, Any]],
        error: Invalid | NotFound,
        ledger: Ledger,
    ) -> Seen | None:
        if isinstance(error, NotFound) and error.message.endswith(_GONE):
            raise error
        named = NAMES.get(str(getattr(error, "field", None)))
        if len(given) == 1 or named in given:
            guilty = named if named in given else next(iter(given))
            ledger.refuse([str(guilty)], _refusal(error, str(guilty)))
            rest = {name: part for name, part in given.items() if name != guilty}
            return self._write(seen, rest, ledger) if rest else None
        return [self._write(seen, {name: given[name]}, ledger) for name in sorted(given)][-1]

    # ---- what came of it ----

    def _told(
        self,
        ref: Ref,
        before: Seen,
        after: Seen | None,
        todo: Mapping[str, Due],
        ledger: Ledger,
        *,
        wrote: bool,
    ) -> Outcome:
        if not (ledger.written or ledger.doubtful or wrote):
            return ledger.outcome(ref, before.sourced, later=False)
        later = after is None or bool(ledger.doubtful)
        if later:
            try:
                after = self._issues.read(ref.remote_id)
            except VendorError:
                after = None
        if after is None:
            return ledger.outcome(ref, None, later=True)
        self._verify(before, after, todo, ledger)
        return ledger.outcome(ref, after.sourced, later=later)

    def _verify(self, before: Seen, after: Seen, todo: Mapping[str, Due], ledger: Ledger) -> None:
        """Hold what was written against what is there now."""
        for name, one in todo.items():
            if name in LINKS:
                if name in ledger.doubtful:
                    ledger.settle(name, holds=self._linker.holds(name, after, one.change))
                continue
            if name in ledger.doubtful:
                ledger.settle(name, holds=alike(name, value_of(after.issue, name), one.shall))
            elif name in ledger.written and not kept(name, one.shall, one.now, after.issue):
                ledger.undo(name, Invalid(f"Linear said yes and left {name} as it was", field=name))


_GONE = "Could not find referenced Issue.)"


def _refusal(error: Invalid | NotFound, field: str) -> Invalid:
    """What is not found belongs to a value: a person, a state, a parent."""
    return Invalid(error.message, hint=error.hint, status=error.status, field=field)
