"""Relations between issues, and links back to counterparts elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from syncline.errors import InDoubt, Invalid, NotFound, ProtocolError, RecordError, Unsupported, VendorError
from syncline.model import RelationType
from syncline.target import AddRemove, Backlink, Change, Related
from syncline_connectors.jira.api import Api, answered, listed
from syncline_connectors.jira.looking import Issues, Seen
from syncline_connectors.jira.sending import Sender, accepted
from syncline_connectors.jira.shapes import LINE, TEXT, checked
from syncline_connectors.jira.translate import LINK_TYPES
from syncline_connectors.jira.values import Json, identity, mapping, required, rows, text

GLOBAL = "syncline:"
"""Before the id of a backlink: Jira knows a remote link by its ``globalId``, so that sending one again replaces it."""


class Link(NamedTuple):
    """A link as one of its issues shows it."""

    id: str
    type: RelationType
    other: str
    outward: bool
    """Whether this issue is the source: Jira's inward issue, which stands before the outward words."""

    def says(self, related: Related) -> bool:
        """Whether this is the relation; *relates* has no direction."""
        either = related.type is RelationType.RELATES
        return self.type is related.type and self.other == related.target and (self.outward or either)


def links_of(fields: Json) -> list[Link]:
    """The links in an issue's fields; raises ProtocolError."""
    try:
        return list(_links(fields))
    except ValueError as error:
        raise ProtocolError(f"issuelinks: {error}") from None


def _links(fields: Json) -> Iterator[Link]:
    for at, entry in enumerate(rows(fields.get("issuelinks"), "issuelinks")):
        path = f"issuelinks[{at}]"
        given = required(entry, path)
        name = text(required(given.get("type"), f"{path}.type").get("name"), f"{path}.type.name") or ""
        meaning = LINK_TYPES.get(name.strip().casefold(), RelationType.RELATES)
        number = identity(given.get("id"), f"{path}.id")
        for side in ("outwardIssue", "inwardIssue"):
            other = mapping(given.get(side), f"{path}.{side}")
            if other is not None:
                end = identity(other.get("id"), f"{path}.{side}.id")
                yield Link(number, meaning, end, side == "outwardIssue")


class Linker:
    """Adds and removes links of issues."""

    def __init__(self, api: Api, issues: Issues) -> None:
        self._api = api
        self._sender = Sender(api)
        self._issues = issues
        self._names: dict[RelationType, str] | None = None

    # ---- relations ----

    def relate(self, seen: Seen, change: Change) -> None:
        """Add and remove relations. Jira takes a link twice, so those there are looked at first.

        One that is refused leaves the others alone; its error is raised when all were tried.
        """
        if not isinstance(change, AddRemove):
            raise Unsupported("relations are only added and removed")
        there = links_of(seen.held)
        refused: VendorError | None = None
        for related in change.remove:
            for link in (link for link in there if link.says(related)):
                if refusal := self._sender.delete(f"issueLink/{link.id}"):
                    refused = refused or refusal.error("relations")
        for related in change.add:
            if any(link.says(related) for link in there):
                continue
            try:
                self._add(seen.issue.remote_id, related)
            except RecordError as error:
                refused = refused or error
        if refused is not None:
            raise refused

    def _add(self, issue: str, related: Related) -> None:
        body = {
            "type": {"name": self._name_of(related.type)},
            "inwardIssue": {"id": issue},
            "outwardIssue": {"id": related.target},
        }
        try:
            accepted(self._sender.post("issueLink", body), "relations")
        except InDoubt:
            if not any(link.says(related) for link in links_of(self._issues.read(issue).held)):
                raise

    def _name_of(self, wanted: RelationType) -> str:
        """The site's own name of a relation."""
        if self._names is None:
            self._names = self._asked()
        if wanted not in self._names:
            raise Unsupported(
                f"this Jira has no link type for {wanted}",
                hint="an administrator can add one under Issue linking",
            )
        return self._names[wanted]

    def _asked(self) -> dict[RelationType, str]:
        answer = answered(self._api.get("issueLinkType"), "issueLinkType")
        names = [str(row.get("name")) for row in listed(answer, "issueLinkTypes", "issueLinkType")]
        spelt = {name.strip().casefold(): name for name in reversed(names)}
        known = ((meaning, spelt[name]) for name, meaning in LINK_TYPES.items() if name in spelt)
        return dict(reversed(list(known)))

    # ---- backlinks ----

    def point_back(self, seen: Seen, change: Change) -> None:
        """Add, replace and remove remote links. What is left out of one becomes null, so the whole is sent always."""
        if not isinstance(change, AddRemove):
            raise Unsupported("backlinks are only added and removed")
        path = f"issue/{seen.issue.remote_id}/remotelink"
        for backlink in change.remove:
            if refusal := self._sender.delete(path, globalId=global_id(backlink)):
                raise refusal.error("backlinks")
        for wanted in map(remote_link, change.add):
            if not _holds(self._there(path, wanted["globalId"]), wanted):
                accepted(self._sender.post(path, wanted, idempotent=True), "backlinks")

    def _there(self, path: str, known_by: str) -> Any:
        """The remote link of that global id, None where there is none."""
        try:
            return self._api.get(path, globalId=known_by)
        except NotFound:
            return None


def _holds(there: Any, wanted: Any) -> bool:
    """Whether everything wanted is there; what Jira adds of its own does not count."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_holds(there.get(name), one) for name, one in wanted.items())
    return bool(there == wanted)


def global_id(backlink: Backlink) -> str:
    """What Jira knows a backlink by; raises Invalid where it is too long."""
    return checked("backlinks", GLOBAL + backlink.id, LINE)


def remote_link(backlink: Backlink) -> dict[str, Any]:
    """The whole remote link; raises Invalid."""
    if not backlink.url.startswith(("https://", "http://")):
        raise Invalid("a backlink needs a web address", field="backlinks")
    return {
        "globalId": global_id(backlink),
        "application": {"type": "syncline", "name": "Syncline"},
        "relationship": backlink.relationship,
        "object": {
            "url": checked("backlinks", backlink.url, TEXT),
            "title": checked("backlinks", backlink.title, LINE),
            "status": {"resolved": backlink.resolved},
        },
    }
