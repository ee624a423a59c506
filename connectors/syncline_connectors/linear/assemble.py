"""From the issues of one answer to one page: records, what hangs on them, whom they mention.

An issue comes with the beginnings of its lists (comments, attachments, relations, history). What a list left out is
read on, for several issues in one document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline.connector import Quarantined
from syncline.errors import ProtocolError
from syncline.jsonvalues import Json, required
from syncline.model import Kind, Sourced
from syncline.pages import PageDraft
from syncline_connectors.linear import history
from syncline_connectors.linear.api import Api, CursorGuard, connection, row_id
from syncline_connectors.linear.catalogue import Catalogue
from syncline_connectors.linear.documents import LISTS, MORE_AT_ONCE, more
from syncline_connectors.linear.reading import read
from syncline_connectors.linear.translate import LABELS

KINDS: Mapping[str, Kind] = {
    "comments": Kind.COMMENT,
    "attachments": Kind.ATTACHMENT,
    "relations": Kind.RELATION,
    "inverseRelations": Kind.RELATION,
}
"""The lists inside an issue that hold records."""
HISTORY = "history"
MENTIONED: Mapping[Kind, tuple[str, ...]] = {
    Kind.ISSUE: ("assignee", "creator"),
    Kind.COMMENT: ("user",),
    Kind.ATTACHMENT: ("creator",),
}
"""Where the users stand who are mentioned."""


@dataclass
class Lists:
    """The lists of one issue as far as they were read, by the vendor's names; ``open`` are cursors to go on from."""

    issue: str
    rows: dict[str, list[Any]] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """What of the history is known: of an issue that changed between ``window`` and ``since`` all that lies before.

    None as ``since``: nothing is known. None as ``window``: every issue was read.
    """

    since: str | None = None
    window: str | None = None

    def knows(self, entries: Sequence[Any]) -> bool:
        """Whether what follows these entries, newest first, was read before."""
        if self.since is None:
            return False
        times = [str(entry.get("createdAt")) for entry in entries if isinstance(entry, dict)]
        older = next((time for time in times if time < self.since), None)
        came_over = any(history.moves_team(entry) for entry in entries if isinstance(entry, dict))
        if older is None or came_over or times != sorted(times, reverse=True):
            return False
        return self.window is None or older >= self.window


NOTHING = Read()


class Assembler:
    """Turns issues into drafts; a stub is given once."""

    def __init__(self, api: Api, catalogue: Catalogue) -> None:
        self._api = api
        self._catalogue = catalogue
        self._people: set[str] = set()

    def draft(self, issues: Sequence[Any], known_before: Read = NOTHING) -> PageDraft:
        """The page of these issues, with their lists whole, but for the history that was read before."""
        draft = PageDraft()
        for issue, lists in self._whole(issues, known_before):
            self._add(draft, issue, lists)
        return draft

    def each(self, issues: Sequence[Any]) -> Iterator[tuple[str, PageDraft]]:
        """A page for each of these issues, by its id."""
        for issue, lists in self._whole(issues, NOTHING):
            draft = PageDraft()
            self._add(draft, issue, lists)
            yield lists.issue, draft

    def _whole(self, issues: Sequence[Any], before: Read) -> list[tuple[Json, Lists]]:
        """Issues with their lists read to the end, after all names in them were looked up."""
        known = [(issue, _lists(issue)) for issue in issues]
        self._read_on([lists for _, lists in known], before)
        self._meet_names(issues, [lists for _, lists in known])
        return known

    # ---- lists that go on ----

    def _read_on(self, known: Sequence[Lists], before: Read) -> None:
        for name in LISTS:
            going = [
                lists
                for lists in known
                if name in lists.open and not (name == HISTORY and before.knows(lists.rows[name]))
            ]
            for at in range(0, len(going), MORE_AT_ONCE):
                self._read_list(name, going[at : at + MORE_AT_ONCE])

    def _read_list(self, name: str, going: Sequence[Lists]) -> None:
        """Read one list of several issues to the end. An issue that has gone meanwhile has no more rows."""
        guards = {lists.issue: CursorGuard(name) for lists in going}
        while going:
            given = {
                key: value
                for number, lists in enumerate(going)
                for key, value in ((f"i{number}", lists.issue), (f"a{number}", lists.open[name]))
            }
            data = self._api.ask(more(name, len(going)), **given)
            following = []
            for number, lists in enumerate(going):
                before = lists.open.pop(name)
                found = data.get(f"n{number}")
                nodes = found.get("nodes") if isinstance(found, dict) else None
                if not isinstance(nodes, list):
                    raise ProtocolError(f"{name}: an answer without rows")
                if not nodes:
                    continue
                rows, cursor = connection(required(nodes[0], name), name)
                lists.rows[name] += rows
                if cursor is not None:
                    guards[lists.issue].see(cursor, before)
                    lists.open[name] = cursor
                    following.append(lists)
            going = following

    # ---- names ----

    def _meet_names(self, issues: Sequence[Any], known: Sequence[Lists]) -> None:
        labels: set[str] = set()
        states: set[str] = set()
        for issue in issues:
            labels.update(one for one in issue.get("labelIds") or () if isinstance(one, str))
        for lists in known:
            for entry in lists.rows.get(HISTORY, ()):
                if isinstance(entry, dict):
                    labels.update(history.labels_in(entry))
                    states.update(history.states_in(entry))
        self._catalogue.meet(labels, states)

    # ---- an issue ----

    def _add(self, draft: PageDraft, issue: Json, lists: Lists) -> None:
        try:
            payload = self.payload(issue)
            record = read(Kind.ISSUE, payload)
        except ValueError as error:
            draft.quarantined.append(Quarantined(Kind.ISSUE, lists.issue, str(error), issue))
            return
        draft.records.append(Sourced(record, payload))
        self._introduce(draft, Kind.ISSUE, payload)
        for kind in dict.fromkeys(KINDS.values()):
            self._add_children(draft, kind, lists)
        for entry in lists.rows.get(HISTORY, ()):
            self._add_history(draft, lists.issue, entry)

    def payload(self, issue: Json) -> dict[str, Any]:
        """The issue as it is stored: without the lists that are records of their own, with its labels by name."""
        kept = {name: value for name, value in issue.items() if name not in LISTS}
        if isinstance(kept.get("labelIds"), list):
            self._catalogue.meet(one for one in kept["labelIds"] if isinstance(one, str))
            kept[LABELS] = self._catalogue.labels(kept["labelIds"])
        return kept

    def _add_children(self, draft: PageDraft, kind: Kind, lists: Lists) -> None:
        names = [name for name, one in KINDS.items() if one is kind]
        refused = len(draft.quarantined)
        met: set[str] = set()
        for row in (row for name in names for row in lists.rows.get(name, ())):
            number = row_id(row, kind.lower())
            if number in met:
                continue
            met.add(number)
            try:
                record = read(kind, row)
            except ValueError as error:
                draft.quarantined.append(Quarantined(kind, number, str(error), row, subject=lists.issue))
                continue
            draft.records.append(Sourced(record, row))
            self._introduce(draft, kind, row)
        whole = all(name in lists.rows and name not in lists.open for name in names)
        if whole and len(draft.quarantined) == refused:
            draft.complete.add((kind, lists.issue))

    def _add_history(self, draft: PageDraft, issue: str, entry: Any) -> None:
        try:
            draft.events += history.events(issue, required(entry, "history"), self._catalogue.names)
        except ValueError as error:
            payload = entry if isinstance(entry, dict) else {"history": entry}
            draft.quarantined.append(Quarantined(Kind.ISSUE, issue, f"history: {error}", payload))

    def _introduce(self, draft: PageDraft, kind: Kind, payload: Json) -> None:
        """Give a stub of everybody mentioned, the first time; a stub that makes no sense is no loss."""
        for role in MENTIONED.get(kind, ()):
            user = payload.get(role)
            number = user.get("id") if isinstance(user, dict) else None
            if not isinstance(user, dict) or not isinstance(number, str) or number in self._people:
                continue
            self._people.add(number)
            try:
                draft.stubs.append(Sourced(read(Kind.PERSON, user), user))
            except ValueError:
                continue


def _lists(issue: Any) -> Lists:
    """The lists that came with an issue; one that was not asked for is not among them."""
    lists = Lists(row_id(issue, "issues"))
    for name in LISTS:
        if issue.get(name) is not None:
            rows, cursor = connection(issue, name)
            lists.rows[name] = list(rows)
            if cursor is not None:
                lists.open[name] = cursor
    return lists
