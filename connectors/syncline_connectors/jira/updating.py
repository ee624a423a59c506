"""Changing issues: read, compare, one request for all plain fields, requests of their own for the rest, read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from syncline.changes import Due, alike, due, kept, linked, sift
from syncline.errors import AccessDenied, Invalid, NotFound, Unsupported, VendorError
from syncline.model import Ref
from syncline.outcomes import Ledger
from syncline.target import Change, Move, Outcome, value_of
from syncline_connectors.jira.api import AGILE, Api
from syncline_connectors.jira.dialect import CLOUD
from syncline_connectors.jira.edits import LINKS, Edit
from syncline_connectors.jira.encode import APART, Encoder
from syncline_connectors.jira.looking import Issues, Seen, open_sprints
from syncline_connectors.jira.sending import Refusal, Sender, accepted
from syncline_connectors.jira.transitions import Mover, same

if TYPE_CHECKING:
    from syncline.http import Answer
    from syncline_connectors.jira.linking import Linker


class Updater:
    """Changes issues of one site. ``sprint`` are the ids of its sprint fields."""

    def __init__(
        self,
        api: Api,
        issues: Issues,
        encoder: Encoder,
        mover: Mover,
        linker: Linker,
        sprint: tuple[str, ...],
    ) -> None:
        self._api = api
        self._sender = Sender(api)
        self._issues = issues
        self._encoder = encoder
        self._mover = mover
        self._linker = linker
        self._sprint = sprint
        self._loud: set[str | None] = set()
        """Projects where we may not keep Jira from sending mail about an edit."""

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        plain = any(name not in APART for name in changes)
        seen = self._issues.read(ref.remote_id, screen=plain)
        ledger = Ledger()
        todo = sift(changes, ledger, partial(self._due, seen, expected))
        after = self._edit(seen, {n: one for n, one in todo.items() if n not in APART}, ledger)
        for name, step in self._steps().items():
            if name in todo:
                self._attempt(name, partial(step, seen, todo[name]), ledger)
        return self._told(ref, seen, after, todo, ledger)

    def _steps(self) -> Mapping[str, Callable[[Seen, Due], None]]:
        """The fields with requests of their own. The status comes after the fields that its transition may ask for."""
        return {
            "iterations": self._sprints,
            "status": self._move,
            "relations": lambda seen, one: self._linker.relate(seen, one.change),
            "backlinks": lambda seen, one: self._linker.point_back(seen, one.change),
        }

    def _attempt(self, name: str, write: Callable[[], None], ledger: Ledger) -> None:
        try:
            write()
        except NotFound as error:  # the issue itself was there a moment ago
            ledger.refuse([name], Invalid(f"{name}: {error.message}", status=error.status, field=name))
        except VendorError as error:
            ledger.refuse([name], error)
        else:
            ledger.written.add(name)

    # ---- what is to be done ----

    def _due(self, seen: Seen, expected: Mapping[str, Any], name: str, change: Change) -> Due | None:
        if name in LINKS:
            return linked(name, change)
        return due(name, change, expected, seen.issue, self._encoder.stored, "Jira")

    # ---- plain fields ----

    def _edit(self, seen: Seen, todo: Mapping[str, Due], ledger: Ledger) -> Answer | None:
        """Write them in one request; the answer, which may hold the issue. Nothing is on the screen of who may not."""
        if todo and not seen.screen:
            ledger.refuse(
                todo, AccessDenied("the issue may not be edited", hint="no permission, or it is archived")
            )
            return None
        edit = Edit()
        for name, one in todo.items():
            try:
                self._add(edit, seen, name, one)
            except VendorError as error:
                ledger.refuse([name], error)
        return self._write(seen, edit, ledger) if edit.owners else None

    def _add(self, edit: Edit, seen: Seen, name: str, one: Due) -> None:
        place = self._encoder.place(name, seen.screen, seen.held)
        if place is None:
            raise Unsupported(
                f"{name} is not on the edit screen of the type {seen.issue.type}",
                hint="add the field to the edit screen in Jira, or leave it out",
            )
        edit.put(
            name,
            one.now,
            one.shall,
            place,
            encoder=self._encoder,
            alias=self._issues.alias(name, one.shall, place.id),
            dialect=self._api.dialect,
        )

    def _write(self, seen: Seen, edit: Edit, ledger: Ledger) -> Answer | None:
        """Send an edit; what Jira refuses of it by name is left out, and where it names nothing, each is sent alone."""
        try:
            answer = self._put(seen, edit)
        except VendorError as error:
            ledger.refuse(edit.names, error)
            return None
        if not isinstance(answer, Refusal):
            ledger.written |= edit.names
            return answer
        named = {
            edit.owners[native]: told for native, told in answer.said.fields.items() if native in edit.owners
        }
        foreign = not named and (answer.said.fields or len(edit.names) == 1)
        if answer.status != 400 or foreign:
            ledger.refused |= {name: answer.error(name) for name in edit.names}
            return None
        if not named:
            return [self._write(seen, edit.only([name]), ledger) for name in sorted(edit.names)][-1]
        ledger.refused |= {name: answer.error(name, told) for name, told in named.items()}
        rest = edit.only(edit.names - named.keys())
        return self._write(seen, rest, ledger) if rest.owners else None

    def _put(self, seen: Seen, edit: Edit) -> Answer | Refusal:
        """Without mail to watchers where we may: only administrators of a project are allowed to edit in silence."""
        project = seen.issue.container
        path = f"issue/{seen.issue.remote_id}"
        asked = {"returnIssue": "true"} if self._api.dialect is CLOUD else {}
        if project in self._loud:
            return self._sender.put(path, edit.body(), **asked)
        try:
            answer = self._sender.put(path, edit.body(), notifyUsers="false", **asked)
        except AccessDenied:
            answer = None
        if answer is None or (isinstance(answer, Refusal) and "notif" in answer.said.line.casefold()):
            answer = self._sender.put(path, edit.body(), **asked)
            self._loud.add(project)
        return answer

    # ---- requests of their own ----

    def _move(self, seen: Seen, one: Due) -> None:
        if isinstance(one.change, Move):
            self._mover.move(seen.issue.remote_id, seen.issue.status.name, one.change)

    def _sprints(self, seen: Seen, one: Due) -> None:
        """Into another sprint, or to the backlog. An issue is in one open sprint at most; closed ones stay with it."""
        here = open_sprints(seen.held, self._sprint)
        added = [number for number in one.shall if number not in one.now]
        gone = [number for number in one.now if number not in one.shall]
        if closed := sorted(set(gone) - here):
            raise Unsupported(f"Jira keeps an issue in its closed sprints: {', '.join(closed)}")
        if len(added) > 1 or (added and here - set(gone)):
            raise Invalid("an issue of Jira is in one open sprint at a time", field="iterations")
        path = f"{AGILE}/sprint/{added[0]}/issue" if added else f"{AGILE}/backlog/issue"
        body = {"issues": [seen.issue.remote_id]}
        accepted(self._sender.post(path, body, idempotent=True), "iterations")

    # ---- what came of it ----

    def _told(
        self, ref: Ref, before: Seen, answer: Answer | None, todo: Mapping[str, Due], ledger: Ledger
    ) -> Outcome:
        if not (ledger.written or ledger.doubtful or todo.keys() & APART):
            return ledger.outcome(ref, before.sourced, later=False)
        after = self._answered(answer) if ledger.written <= todo.keys() - APART else None
        later = after is None or bool(ledger.doubtful)
        if later:
            try:
                after = self._issues.read(ref.remote_id)
            except VendorError:
                return ledger.outcome(ref, None, later=True)
        if after is None:
            return ledger.outcome(ref, None, later=True)
        self._verify(after, todo, ledger)
        return ledger.outcome(ref, after.sourced, later=later)

    def _answered(self, answer: Answer | None) -> Seen | None:
        """The issue in the answer of an edit, where there is one."""
        if answer is None or answer.status == 204 or not answer.body:
            return None
        try:
            return self._issues.seen(answer.json())
        except (ValueError, VendorError):
            return None

    def _verify(self, after: Seen, todo: Mapping[str, Due], ledger: Ledger) -> None:
        """Hold what was written against what is there now."""
        for name, one in todo.items():
            if name in LINKS:
                continue
            holds = alike(name, value_of(after.issue, name), one.shall)
            if name in ledger.doubtful:
                ledger.settle(name, holds=holds)
            elif name == "status" and name in ledger.written and not same(after.issue.status.name, one.shall):
                ledger.undo(name, Invalid(f"Jira moved it on to {after.issue.status.name}", field=name))
            elif name in ledger.written and not kept(name, one.shall, one.now, after.issue):
                ledger.undo(name, Invalid(f"Jira said yes and left {name} as it was", field=name))
