"""What a team's issues may be given: its workflow states, its labels and the workspace's. Asked for once a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncline.errors import Invalid, NotFound
from syncline.jsonvalues import Json
from syncline_connectors.linear import documents
from syncline_connectors.linear.api import Api, row_id
from syncline_connectors.linear.encode import client_id
from syncline_connectors.linear.metadata import Metadata
from syncline_connectors.linear.translate import IN_GROUP, label_name


class Workflow:
    """States and labels of one workspace."""

    def __init__(self, api: Api, metadata: Metadata) -> None:
        self._api = api
        self._metadata = metadata
        self._states: dict[str, list[Json]] | None = None
        self._labels: dict[str, Json] | None = None

    # ---- states ----

    def states(self, team: str) -> list[Json]:
        if self._states is None:
            self._states = self._metadata.states()
        return self._states.get(team, [])

    def state(self, team: str, wanted: str) -> Json:
        """The team's state of that name, else its first of that type; raises Invalid naming what there is."""
        mine = [state for state in self.states(team) if state.get("archivedAt") is None]
        for name in ("name", "type"):
            for exactly in (str, str.casefold):
                for state in mine:
                    if exactly(str(state.get(name))) == exactly(wanted):
                        return state
        names = ", ".join(str(state.get("name")) for state in mine)
        raise Invalid(f"the team has no state {wanted!r}; it has {names}", field="status")

    # ---- labels ----

    def spelt(self, name: str) -> str:
        """A label's name as the workspace spells it; as it is where there is none yet."""
        names = {label_name(label) for label in self._known().values()}
        if name in names:
            return name
        return next((one for one in sorted(names) if one.casefold() == name.casefold()), name)

    def names(self, team: str) -> list[str]:
        """Labels that issues of a team can be given."""
        return sorted({label_name(label) for label in self._usable(team)})

    def ids(self, team: str, names: Iterable[str]) -> list[str]:
        """Ids of labels by name; one that the team cannot use yet is made for it."""
        return [self._label(team, name) or self._made(team, name) for name in names]

    def known_ids(self, team: str, names: Iterable[str]) -> list[str]:
        """Ids of those labels that there are."""
        return [found for name in names if (found := self._label(team, name))]

    def _label(self, team: str, name: str) -> str | None:
        """The team's own label goes before one of the workspace."""
        for exactly in (str, str.casefold):
            for label in self._usable(team):
                if exactly(label_name(label)) == exactly(name):
                    return row_id(label, "issueLabels")
        return None

    def _usable(self, team: str) -> Sequence[Json]:
        usable = [
            one for one in self._known().values() if one.get("isGroup") is not True and _is_of(one, team)
        ]
        return sorted(usable, key=lambda label: (label.get("team") is None, str(label.get("name"))))

    def _made(self, team: str, name: str) -> str:
        """Make a label for the team, within its group where that is there; raises Invalid where Linear refuses.

        It may have been made since we looked: by a person, or by a request of ours whose answer was lost.
        """
        group, _, short = name.rpartition(IN_GROUP)
        parent = self._group(team, group) if group else None
        given = {
            "id": client_id(f"label {team} {name}"),
            "teamId": team,
            "name": short if parent else name,
            **({"parentId": parent} if parent else {}),
        }
        try:
            payload = self._api.write(documents.ADD_LABEL, input=given)
        except (Invalid, NotFound) as error:
            self._labels = None
            if found := self._label(team, name):
                return found
            raise Invalid(f"the label {name!r} cannot be made: {error.message}", field="labels") from None
        label = payload["issueLabel"]
        number = row_id(label, "issueLabel")
        self._known()[number] = label
        return number

    def _group(self, team: str, name: str) -> str | None:
        for label in self._known().values():
            if label.get("isGroup") is True and _is_of(label, team) and label.get("name") == name:
                return row_id(label, "issueLabels")
        return None

    def _known(self) -> dict[str, Json]:
        if self._labels is None:
            pages = self._api.pages(documents.LABELS, "issueLabels")
            self._labels = {row_id(row, "issueLabels"): row for rows in pages for row in rows}
        return self._labels


def _is_of(label: Json, team: str) -> bool:
    owner = label.get("team")
    return owner is None or (isinstance(owner, dict) and owner.get("id") == team)
