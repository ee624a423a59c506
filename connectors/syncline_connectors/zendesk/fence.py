"""What can never be sent: the rule that the HTTP client applies to every write of this connector.

Customers are mailed about public comments, solved tickets and new requesters, and Zendesk's own default for a comment
is public. So a write is sent only if it is one of those known here, names nothing but the fields known here, and says
of a comment that it is internal. Nothing in this connector can go around it, mistakes included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from syncline.errors import Unsupported
from syncline_connectors.zendesk.api import ROOT
from syncline_connectors.zendesk.catalogue import FINISHED, LABELS, Statuses

UPDATED = frozenset(
    {
        *(
            "subject",
            "priority",
            "type",
            "assignee_id",
            "group_id",
            "custom_fields",
            "status",
            "custom_status_id",
        ),
        *("comment", "metadata", "safe_update", "updated_stamp"),
    }
)
"""What an update may name. No requester, no followers, no copies: these bring customers in."""
CREATED = frozenset({*UPDATED, "external_id", "tags"}) - {"safe_update", "updated_stamp"}
COMMENT = frozenset({"body", "html_body", "public", "uploads"})
TAGGED = frozenset({"tags", "safe_update", "updated_stamp"})
_HINT = "customer_visible = true allows it"

_TICKETS, _TICKET = re.compile(r"tickets\Z"), re.compile(r"tickets/\d+\Z")
_HIDING = re.compile(r"tickets/\d+/comments/\d+/make_private\Z")
_TAGS, _UPLOADS = re.compile(r"tickets/\d+/tags\Z"), re.compile(r"uploads\Z")


class Fence:
    """The rule of one connection. ``to_customers``: customers may read comments, and tickets may be solved."""

    def __init__(self, base: str, *, to_customers: bool) -> None:
        self._root = base + ROOT
        self._to_customers = to_customers
        self._quiet: set[str] = set()

    def learn(self, statuses: Statuses) -> None:
        """Custom statuses that do not finish a ticket; any other is not sent."""
        self._quiet |= {one.id for one in statuses.custom.values() if one.category in _OPEN}
        if self._to_customers:
            self._quiet |= set(statuses.custom)

    def check(self, method: str, address: str, body: Any) -> None:
        """Raise Unsupported for a request that may not leave."""
        path = address.removeprefix(self._root)
        if method == "POST" and _TICKETS.match(path):
            self._ticket(body, CREATED, made=True)
        elif method == "PUT" and _TICKET.match(path):
            self._ticket(body, UPDATED, made=False)
        elif method in ("PUT", "DELETE") and _TAGS.match(path):
            self._only(body, TAGGED, "tags")
        elif not self._is_harmless(method, path, body):
            raise Unsupported(f"{method} {path} is not among what this connector writes")

    def _is_harmless(self, method: str, path: str, body: Any) -> bool:
        """A file that nobody sees yet, a ticket into the bin, a comment out of the customer's sight."""
        known = (("POST", _UPLOADS), ("DELETE", _TICKET), ("PUT", _HIDING))
        return body is None and any(method == verb and pattern.match(path) for verb, pattern in known)

    def _ticket(self, body: Any, known: Iterable[str], *, made: bool) -> None:
        given = body.get("ticket") if isinstance(body, dict) and body.keys() == {"ticket"} else None
        ticket = self._only(given, known, "a ticket")
        if made and not isinstance(ticket.get("comment"), Mapping):
            raise Unsupported("a ticket without a comment that says who reads it is not made")
        if "comment" in ticket:
            self._comment(ticket["comment"])
        self._status(ticket)

    def _comment(self, comment: Any) -> None:
        public = self._only(comment, COMMENT, "a comment").get("public")
        if public is False or (self._to_customers and public is True):
            return
        raise Unsupported("this connection writes nothing that customers read", hint=_HINT)

    def _status(self, ticket: Mapping[str, Any]) -> None:
        if "custom_status_id" in ticket and str(ticket["custom_status_id"]) not in self._quiet:
            raise Unsupported("this connection neither solves nor closes tickets", hint=_HINT)
        if "status" not in ticket:
            return
        word = ticket["status"]
        if word in _OPEN or (self._to_customers and word == "solved"):
            return
        raise Unsupported("this connection neither solves nor closes tickets", hint=_HINT)

    def _only(self, given: Any, known: Iterable[str], what: str) -> Mapping[str, Any]:
        if not isinstance(given, Mapping):
            raise Unsupported(f"{what} that is none is not sent")
        for name in given:
            if name not in known:
                raise Unsupported(f"{name} is not among what this connector writes of {what}")
        return given


_OPEN = frozenset(LABELS) - FINISHED
