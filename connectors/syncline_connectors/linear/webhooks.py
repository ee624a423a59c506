"""What a webhook says: which records to look at again, and whether it comes from Linear. Pure.

A webhook is a hint and never data: it may come twice, late, or out of order. Linear sends what was not accepted again
after a minute, an hour and six hours, byte for byte, so that ``webhookTimestamp`` says nothing about a replay: what was
seen is known by `delivery`. A removal may be an archiving: the record is looked at again.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from syncline.model import Kind

DELIVERY, SIGNATURE = "linear-delivery", "linear-signature"
"""Headers, in small letters."""

OWN: Mapping[str, Kind] = {
    "Issue": Kind.ISSUE,
    "Project": Kind.PROJECT,
    "Initiative": Kind.PROJECT,
    "ProjectMilestone": Kind.MILESTONE,
    "ProjectUpdate": Kind.NOTE,
    "Cycle": Kind.ITERATION,
    "User": Kind.PERSON,
    "Team": Kind.CONTAINER,
}
"""By ``type`` of the webhook what it is about itself."""
OF_ISSUES: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    "Comment": (Kind.COMMENT, ("issueId", "issue")),
    "Attachment": (Kind.ATTACHMENT, ("issueId", "issue")),
    "IssueAttachment": (Kind.ATTACHMENT, ("issueId", "issue")),
    "IssueRelation": (Kind.RELATION, ("issueId", "issue", "relatedIssueId", "relatedIssue")),
    "IssueSLA": (Kind.ISSUE, ("issueId", "issue")),
}
"""What hangs on issues, and where the issues are named, which are read with everything on them."""


class Hint(NamedTuple):
    """A record to look at again."""

    kind: Kind
    remote_id: str


def verify(secret: str, body: bytes, header: str | None) -> bool:
    """Whether ``Linear-Signature`` is the HMAC-SHA256 of the raw body under the webhook's secret, in hexadecimal."""
    expected = hmac.new(secret.encode(), body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), (header or "").encode("utf-8", "surrogateescape"))


def delivery(headers: Mapping[str, str]) -> str | None:
    """The id of a delivery, the same whenever it is sent again; names of headers in any spelling."""
    return next((value for name, value in headers.items() if name.lower() == DELIVERY and value), None)


def hints(payload: bytes | str | Mapping[str, Any]) -> Sequence[Hint]:
    """The records that a webhook is about, each once; none for a type we do not know. Raises ValueError."""
    found = _parsed(payload) if isinstance(payload, bytes | str) else payload
    type_, data = found.get("type"), found.get("data")
    if not isinstance(type_, str) or not isinstance(data, dict):
        return ()
    number = _id(data.get("id"))
    if type_ in OWN:
        return (Hint(OWN[type_], number),) if number else ()
    if type_ not in OF_ISSUES:
        return ()
    kind, places = OF_ISSUES[type_]
    issues = [issue for place in places if (issue := _id(data.get(place)))]
    if issues:
        return tuple(dict.fromkeys(Hint(Kind.ISSUE, issue) for issue in issues))
    return (Hint(kind, number),) if number else ()


def _parsed(body: bytes | str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("webhook: the body is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("webhook: the body is not an object")
    return found


def _id(value: Any) -> str | None:
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None
