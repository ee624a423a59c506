"""One issue as it stands right now: read before a write, and after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syncline.errors import Invalid, NotFound, ProtocolError
from syncline.model import Issue, Sourced
from syncline_connectors.jira.api import Api, answered
from syncline_connectors.jira.encode import Alias
from syncline_connectors.jira.screens import Screen, screen_of
from syncline_connectors.jira.sprints import sprints
from syncline_connectors.jira.values import Json

if TYPE_CHECKING:
    from syncline_connectors.jira.assemble import Assembler

ALL = "*all,-comment,-worklog"
"""Every field but the lists that are records of their own and long."""
_KEPT = ("expand", "id", "self", "key", "fields")
"""What the search gives of an issue; the rest is asked for by the way and not stored."""


@dataclass(frozen=True)
class Seen:
    """An issue: its record, its fields as answered (links among them), and the screen it is edited on."""

    sourced: Sourced
    issue: Issue
    held: Json
    screen: Screen = field(default_factory=dict)


class Issues:
    """Reads single issues of one site."""

    def __init__(self, api: Api, assembler: Assembler) -> None:
        self._api = api
        self._assembler = assembler
        self._aliases: dict[tuple[str, str], Alias] = {}

    def read(self, issue: str, *, screen: bool = False) -> Seen:
        """The issue, with its edit screen where asked for; raises NotFound."""
        path = f"issue/{issue}"
        answer = answered(self._api.get(path, fields=ALL, expand="editmeta" if screen else None), path)
        found = self.seen(answer)
        if not screen:
            return found
        meta = answer.get("editmeta")
        if not isinstance(meta, dict):
            meta = answered(self._api.get(f"{path}/editmeta"), f"{path}/editmeta")
        try:
            return Seen(found.sourced, found.issue, found.held, screen_of(meta.get("fields"), "editmeta"))
        except ValueError as error:
            raise ProtocolError(f"{path}: {error}") from None

    def seen(self, answer: Any) -> Seen:
        """The issue in an answer; raises ProtocolError where it cannot be read."""
        given = answered(answer, "issue")
        payload = {name: given[name] for name in _KEPT if name in given}
        draft = self._assembler.draft([payload])
        if not draft.records:
            reason = draft.quarantined[0].reason if draft.quarantined else "it is empty"
            raise ProtocolError(f"issue {given.get('id')} cannot be read: {reason}")
        sourced = draft.records[0]
        if not isinstance(sourced.record, Issue):
            raise ProtocolError(f"issue {given.get('id')} cannot be read")
        return Seen(sourced, sourced.record, payload["fields"])

    # ---- other words for an id ----

    def key_of(self, issue: str) -> Alias:
        """The key of an issue, which epic links want; raises Invalid where there is none."""

        def ask() -> Alias:
            answer = answered(self._api.get(f"issue/{issue}", fields="issuetype"), "issue")
            return Alias(key=str(answer.get("key")))

        return self._known("parent", issue, ask)

    def name_of(self, person: str) -> Alias:
        """The name of a user, which Data Center wants, Cloud not; raises Invalid where there is none."""
        if self._api.dialect.person != "name":
            return Alias()

        def ask() -> Alias:
            return Alias(name=str(answered(self._api.get("user", key=person), "user").get("name") or person))

        return self._known("assignees", person, ask)

    def _known(self, field: str, number: str, ask: Callable[[], Alias]) -> Alias:
        if (field, number) not in self._aliases:
            try:
                self._aliases[field, number] = ask()
            except NotFound as error:
                raise Invalid(f"{field}: Jira shows no {number}", status=error.status, field=field) from None
        return self._aliases[field, number]

    def alias(self, name: str, value: Any, native: str) -> Alias:
        """What ``native`` wants to hear instead of the id that ``name`` becomes."""
        if name == "parent" and value is not None and native != "parent":
            return self.key_of(str(value))
        if name == "assignees" and value:
            return self.name_of(str(value[0]))
        return Alias()


def open_sprints(held: Json, names: tuple[str, ...]) -> frozenset[str]:
    """Ids of the sprints an issue is in that are not closed."""
    found = sprints(held, names)
    return frozenset(
        str(sprint.get("id")) for _, sprint in found if str(sprint.get("state", "")).lower() != "closed"
    )
