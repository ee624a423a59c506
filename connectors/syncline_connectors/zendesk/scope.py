"""What may leave this connector: the privacy promises of ``groups``, ``exclude`` and ``keep``. Pure.

A payload goes through `Scope` before anything else looks at it. What is left out is in no record, payload, quarantine
or message; what cannot be judged counts as left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Any

from syncline.jsonvalues import Json
from syncline_connectors.zendesk.config import ZendeskConfig

SCRUBBED = "SCRUBBED"
"""The subject of a ticket whose content the vendor has erased for good. As recorded."""
_DROPPED = frozenset({"fields", "generated_timestamp", "result_type"})
"""What repeats `custom_fields`, and what tells how a ticket was found."""
_METRICS = ("replies", "reopens", "solved_at", "reply_time_in_minutes")
_COMMENT = ("id", "author_id", "body", "html_body", "plain_body", "public", "created_at", "audit_id")
"""What is the same of a comment whether it comes from the list of a ticket or from the export of events."""
_FILE = ("id", "file_name", "content_type", "size", "content_url", "inline")
_PERSONS = ("requester_id", "submitter_id")
_AROUND = ("collaborator_ids", "follower_ids", "email_cc_ids")


class Verdict(Enum):
    """What becomes of a ticket."""

    KEPT = auto()
    GONE = auto()
    """Deleted in Zendesk; what was stored stays, marked."""
    LEFT_OUT = auto()
    """Nothing of it may be stored."""


class Scope:
    """The rules of one connection. ``groups`` are the ids of the groups that it names, None: all."""

    def __init__(
        self, config: ZendeskConfig, groups: frozenset[str] | None, agents: frozenset[str] | None
    ) -> None:
        self._groups = groups
        self._labels = frozenset(word.casefold() for word in config.exclude.labels or ())
        self._keep = config.keep
        self._agents = agents
        """Who is no customer; None where everybody may be kept."""

    # ---- which tickets ----

    def verdict(self, ticket: Any) -> Verdict:
        """Deleted tickets too are judged as long as Zendesk tells whose they were."""
        if not isinstance(ticket, dict):
            return Verdict.LEFT_OUT
        deleted = ticket.get("status") == "deleted"
        if deleted and ticket.get("subject") == SCRUBBED:
            return Verdict.LEFT_OUT
        if not self._within(ticket):
            return Verdict.LEFT_OUT
        return Verdict.GONE if deleted else Verdict.KEPT

    def _within(self, ticket: Json) -> bool:
        if self._groups is not None and str(ticket.get("group_id")) not in self._groups:
            return False
        if not self._labels:
            return True
        tags = ticket.get("tags")
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            return False
        return self._labels.isdisjoint(tag.casefold() for tag in tags)

    def lets_in(self, change: Json) -> bool:
        """Whether a change may have brought a ticket in that was out before: from the bin, by its group or its tags."""
        if change.get("event_type") != "Change":
            return False
        if change.get("previous_value") == "deleted":
            return True
        if self._groups is not None and "group_id" in change:
            before, after = str(change.get("previous_value")), str(change.get("group_id"))
            if before not in self._groups and after in self._groups:
                return True
        removed = change.get("removed_tags")
        if not self._labels or not isinstance(removed, list):
            return False
        return not self._labels.isdisjoint(str(tag).casefold() for tag in removed)

    # ---- which parts of them ----

    def ticket(self, payload: Json) -> dict[str, Any]:
        """The part of a ticket that may be kept."""
        kept = {name: value for name, value in payload.items() if name not in _DROPPED}
        metrics = kept.pop("metric_set", None)
        if isinstance(metrics, dict):
            kept["metric_set"] = {name: metrics.get(name) for name in _METRICS}
        kept["via"] = _via(payload.get("via"))
        if self._keep.comments != "all":
            kept.pop("description", None)
            kept["satisfaction_rating"] = _without_words(payload.get("satisfaction_rating"))
        if self._keep.requester == "none":
            kept["organization_id"] = None
        for name in _PERSONS:
            kept[name] = self.person(payload.get(name))
        for name in _AROUND:
            if name in kept:
                kept[name] = [number for number in _listed(kept[name]) if self.person(number) is not None]
        return kept

    def person(self, number: Any) -> Any:
        """An id that may be kept, else None. The vendor's system is -1."""
        if self._agents is None or number is None or number == -1 or str(number) in self._agents:
            return number
        return None

    def strangers(self, payload: Json) -> set[str]:
        """Ids of persons whom a ticket names and who may not be kept."""
        named = [payload.get(name) for name in _PERSONS]
        named += [number for name in _AROUND for number in _listed(payload.get(name))]
        return {str(number) for number in named if number is not None and self.person(number) is None}

    def comment(self, payload: Json, ticket: str) -> dict[str, Any] | None:
        """The part of a comment that may be kept, with its ticket; None where none may be."""
        if self._keep.comments == "none" or (
            self._keep.comments == "internal" and payload.get("public") is not False
        ):
            return None
        kept = {name: payload.get(name) for name in _COMMENT}
        kept["author_id"] = self.person(payload.get("author_id"))
        kept["attachments"] = [
            {name: file.get(name) for name in _FILE}
            for file in _listed(payload.get("attachments"))
            if isinstance(file, dict)
        ]
        return {**kept, "ticket_id": ticket}

    def rating(self, payload: Json) -> dict[str, Any]:
        """The part of an answer to a survey that may be kept."""
        kept = dict(payload)
        kept["requester_id"] = self.person(payload.get("requester_id"))
        if self._keep.comments != "all":
            kept["comment"] = None
        return kept


def organization(payload: Json, fields: Iterable[str]) -> dict[str, Any]:
    """The part of an organization that is kept: its name and the fields that were asked for, no notes, no domains."""
    known = payload.get("organization_fields")
    values: Mapping[str, Any] = known if isinstance(known, dict) else {}
    kept = {name: payload.get(name) for name in ("id", "name", "tags", "created_at", "updated_at")}
    return {**kept, "organization_fields": {name: values.get(name) for name in sorted(fields)}}


def _via(value: Any) -> dict[str, Any]:
    """The channel, and which ticket this one takes up; not the addresses and names that stand there, too."""
    via = value if isinstance(value, dict) else {}
    source = via.get("source")
    source = source if isinstance(source, dict) else {}
    origin = source.get("from")
    kept: dict[str, Any] = {"rel": source.get("rel")}
    if isinstance(origin, dict) and "ticket_id" in origin:
        kept["from"] = {"ticket_id": origin["ticket_id"]}
    return {"channel": via.get("channel"), "source": kept}


def _without_words(rating: Any) -> Any:
    return {**rating, "comment": None} if isinstance(rating, dict) else rating


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
