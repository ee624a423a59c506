"""Changing a status: by a direct transition, or hop by hop over a given path, never otherwise.

Transitions belong to an issue and its status, so they are asked for before every hop. One that asks for a field gets it
from the move or from ``[connections.NAME.transitions]``; where neither says what to give, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syncline.errors import InDoubt, Invalid, ProtocolError, Unsupported, VendorError
from syncline.target import Move
from syncline_connectors.jira.api import Api, answered, listed
from syncline_connectors.jira.screens import Screen, ScreenField, screen_of
from syncline_connectors.jira.sending import Sender, accepted
from syncline_connectors.jira.shapes import shaped
from syncline_connectors.jira.values import Json, identity, required, text

if TYPE_CHECKING:
    from syncline_connectors.jira.config import Way
    from syncline_connectors.jira.dialect import Dialect


@dataclass(frozen=True)
class Transition:
    """One way out of a status. ``to`` is the status it leads to, by name."""

    id: str
    name: str
    to: str
    screen: Screen = field(default_factory=dict)


def transitions_of(answer: object) -> list[Transition]:
    """The transitions in an answer; raises ProtocolError."""
    found = listed(answered(answer, "transitions"), "transitions", "transitions")
    try:
        return [_transition(entry, f"transitions[{at}]") for at, entry in enumerate(found)]
    except ValueError as error:
        raise ProtocolError(f"transitions: {error}") from None


def _transition(entry: object, path: str) -> Transition:
    given = required(entry, path)
    to = text(required(given.get("to"), f"{path}.to").get("name"), f"{path}.to.name")
    return Transition(
        identity(given.get("id"), f"{path}.id"),
        text(given.get("name"), f"{path}.name") or "",
        to or "",
        screen_of(given.get("fields") or {}, f"{path}.fields"),
    )


def leading_to(status: str, offered: Sequence[Transition]) -> list[Transition]:
    """The transitions to a status: spelt exactly so, else without regard to case."""
    exact = [one for one in offered if one.to == status]
    return exact or [one for one in offered if same(one.to, status)]


def same(one: str, other: str) -> bool:
    """Whether two names mean one status."""
    return one == other or one.strip().casefold() == other.strip().casefold()


def filled(
    transition: Transition, given: Mapping[str, Any], configured: Mapping[str, Any], dialect: Dialect
) -> dict[str, Any]:
    """What the transition's screen gets; raises Invalid naming the fields it asks for and nobody gave."""
    known = {**_by_field(transition.screen, configured), **_by_field(transition.screen, given)}
    missing = [
        entry.name for entry in transition.screen.values() if entry.must_be_given and entry.id not in known
    ]
    if missing:
        raise Invalid(
            f'the transition "{transition.name}" to {transition.to} asks for {", ".join(missing)}',
            hint=f'[connections.NAME.transitions]: "{transition.to}" = {{ set = {{ "{missing[0]}" = … }} }}',
            field="status",
        )
    return {
        number: shaped(transition.screen[number].name, value, transition.screen[number].shape, dialect)
        for number, value in known.items()
    }


def _by_field(screen: Screen, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` by the id of the field on this screen that their name means; others are not for this screen."""
    named = {name.casefold(): value for name, value in values.items()}
    found = {entry.id: _named(entry, named) for entry in screen.values()}
    return {number: value for number, value in found.items() if value is not None}


def _named(entry: ScreenField, values: Mapping[str, Any]) -> Any:
    return values.get(entry.id.casefold(), values.get(entry.name.casefold()))


class Mover:
    """Moves issues through their workflows. ``ways`` is ``[connections.NAME.transitions]``, by target status."""

    def __init__(self, api: Api, ways: Mapping[str, Way]) -> None:
        self._api = api
        self._sender = Sender(api)
        self._ways = ways

    def move(self, issue: str, status: str, wanted: Move) -> None:
        """Take ``issue`` from ``status`` to the wanted one; raises where it stopped short, saying where it stands."""
        way = next((way for to, way in self._ways.items() if same(to, wanted.status)), None)
        configured = way.set if way else {}
        for hop, offered in self._hops(issue, status, wanted, (way.via or ()) if way else ()):
            to_end = same(hop, wanted.status)
            given = wanted.with_fields if to_end else {}
            self._take(issue, status, hop, _chosen(hop, offered, given, configured, self._api.dialect))
            status = hop

    def _hops(
        self, issue: str, status: str, wanted: Move, via: Sequence[str]
    ) -> Iterator[tuple[str, list[Transition]]]:
        """The statuses to go to, each with the transitions that lead there from the one before."""
        offered = self.offered(issue)
        if direct := leading_to(wanted.status, offered):
            yield wanted.status, direct
            return
        path = _rest_of(wanted.path or via, status)
        if not path:
            raise _no_way(status, wanted.status, offered)
        at = status
        for hop in (*path, wanted.status):
            offered = offered if at == status else self.offered(issue)
            found = leading_to(hop, offered)
            if not found:
                raise _no_way(at, hop, offered, started=status)
            yield hop, found
            at = hop

    def offered(self, issue: str) -> list[Transition]:
        """What can be done with the issue now; an empty list also means that transitions are not permitted."""
        return transitions_of(self._api.get(f"issue/{issue}/transitions", expand="transitions.fields"))

    def _take(self, issue: str, before: str, to: str, chosen: tuple[Transition, Json]) -> None:
        """One hop. Where no answer came, the status says whether it was taken."""
        transition, fields = chosen
        body: dict[str, Any] = {"transition": {"id": transition.id}}
        try:
            accepted(
                self._sender.post(
                    f"issue/{issue}/transitions", {**body, "fields": fields} if fields else body
                ),
                "status",
            )
        except InDoubt:
            if not same(self.status(issue), to):
                raise
        except VendorError as error:
            raise stopped(error, before) from None

    def status(self, issue: str) -> str:
        """The native status an issue has now."""
        answer = answered(self._api.get(f"issue/{issue}", fields="status"), "issue")
        try:
            fields = required(answer.get("fields"), "fields")
            return text(required(fields.get("status"), "status").get("name"), "status.name") or ""
        except ValueError as error:
            raise ProtocolError(f"issue: {error}") from None


def _chosen(
    hop: str,
    transitions: Sequence[Transition],
    given: Mapping[str, Any],
    configured: Mapping[str, Any],
    dialect: Dialect,
) -> tuple[Transition, Json]:
    """The first transition that everything is known for, and what it gets; raises Invalid of the first otherwise."""
    refused: Invalid | Unsupported | None = None
    for transition in transitions:
        try:
            _must_fit(transition, given)
            return transition, filled(transition, given, configured, dialect)
        except (Invalid, Unsupported) as error:
            refused = refused or error
    raise refused or Unsupported(f"no transition to {hop}")


def _must_fit(transition: Transition, given: Mapping[str, Any]) -> None:
    """What a move gives must be asked for: Jira refuses fields that are not on the transition's screen."""
    known = {word.casefold() for entry in transition.screen.values() for word in (entry.id, entry.name)}
    astray = [name for name in given if name.casefold() not in known]
    if astray:
        raise Invalid(
            f'the transition "{transition.name}" to {transition.to} takes no {", ".join(astray)}',
            field="status",
        )


def _rest_of(path: Sequence[str], status: str) -> tuple[str, ...]:
    """The path from where the issue stands; all of it where it stands elsewhere."""
    at = next((at for at, hop in enumerate(path) if same(hop, status)), None)
    return tuple(path) if at is None else tuple(path[at + 1 :])


def _no_way(at: str, to: str, offered: Sequence[Transition], started: str | None = None) -> Invalid:
    there = ", ".join(dict.fromkeys(one.to for one in offered))
    hint = (
        f"from here it goes to: {there}"
        if there
        else "none is offered: is the account permitted to transition?"
    )
    where = f"; it came from {started} and stands in {at} now" if started not in (None, at) else ""
    return Invalid(f"no transition from {at} to {to}{where}", hint=hint, field="status")


def stopped(error: VendorError, at: str) -> VendorError:
    """The same error, saying where the issue stands."""
    error.args = (f"{error.message}; it stands in {at}",)
    error.message = error.args[0]
    return error
