"""What labels and workflow states are called: payloads give ids alone, because names in every list cost points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from syncline.jsonvalues import Json, identity, required
from syncline_connectors.linear.api import Api
from syncline_connectors.linear.documents import CATALOGUE
from syncline_connectors.linear.history import Names
from syncline_connectors.linear.translate import label_name

AT_ONCE = 100
"""Labels or states that one document asks for."""


class Catalogue:
    """Labels and states by id, as far as they were met."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._labels: dict[str, Json | None] = {}
        self._states: dict[str, Json | None] = {}
        self.asked = False
        """Whether the first hundred of each were asked for."""
        self.names = Names(self._label_name, self._state_name)

    def learn(self, data: Json) -> None:
        """Note what an answer holds of ``issueLabels`` and ``workflowStates``."""
        for name, known in (("issueLabels", self._labels), ("workflowStates", self._states)):
            for node in (data.get(name) or {}).get("nodes") or ():
                if isinstance(node, dict) and isinstance(node.get("id"), str):
                    known[node["id"]] = node
        self.asked = True

    def meet(self, labels: Iterable[str], states: Iterable[str] = ()) -> None:
        """Ask for those that are not known; one that is not to be had any more is not asked for again."""
        new_labels = sorted(set(labels) - self._labels.keys())
        new_states = sorted(set(states) - self._states.keys())
        for at in range(0, max(len(new_labels), len(new_states)), AT_ONCE):
            part = {"labels": new_labels[at : at + AT_ONCE], "states": new_states[at : at + AT_ONCE]}
            self.learn(self._api.ask(CATALOGUE, **part))
        for known, asked in ((self._labels, new_labels), (self._states, new_states)):
            for number in asked:
                known.setdefault(number, None)

    def labels(self, numbers: Iterable[Any]) -> list[Json]:
        """What is kept of an issue's labels; one that cannot be had keeps its id as its name."""
        return [self._kept(identity(number, "labelIds")) for number in numbers]

    def _kept(self, number: str) -> Json:
        found = self._labels.get(number)
        if found is None:
            return {"id": number, "name": number, "parent": None}
        return {name: found.get(name) for name in ("id", "name", "parent")}

    def _label_name(self, number: str) -> str | None:
        found = self._labels.get(number)
        return None if found is None else label_name(required(found, "label"))

    def _state_name(self, number: str) -> str | None:
        found: Mapping[str, Any] | None = self._states.get(number)
        return None if found is None else str(found.get("name"))
