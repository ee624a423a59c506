"""What a webhook says: which records to look at again, and whether it comes from Jira. Pure.

A webhook is a hint and never data: it may come twice, late, or out of order, its texts are wiki markup also on Cloud,
and it may lack the issue it is about. Comments and work logs lead to their issue, which is read with all its children.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from syncline.model import Kind
from syncline_connectors.jira.entities import BOARD
from syncline_connectors.jira.values import person

METHOD = "sha256="
"""How ``X-Hub-Signature`` begins; other methods are not accepted."""

_OWNER = re.compile(r"/issue/(\d+)/(?:comment|worklog)/")


class Hint(NamedTuple):
    """A record to look at again."""

    kind: Kind
    remote_id: str


def verify(secret: str, body: bytes, header: str | None) -> bool:
    """Whether ``X-Hub-Signature`` is the HMAC-SHA256 of the raw body under the webhook's secret (WebSub, RFC 2104)."""
    expected = METHOD + hmac.new(secret.encode(), body, "sha256").hexdigest()
    return hmac.compare_digest(expected.encode(), (header or "").encode("utf-8", "surrogateescape"))


def hints(payload: bytes | str | Mapping[str, Any]) -> Sequence[Hint]:
    """The records that a webhook is about, each once; none for an event we do not know. Raises ValueError."""
    found = _parsed(payload) if isinstance(payload, bytes | str) else payload
    event = found.get("webhookEvent")
    words = event.removeprefix("jira:").partition("_") if isinstance(event, str) else ("", "", "")
    about = _ABOUT.get(words[0]) if words[1] else None
    return tuple(dict.fromkeys(about(found))) if about else ()


def _parsed(body: bytes | str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("webhook: the body is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("webhook: the body is not an object")
    return found


def _of(kind: Kind, name: str, prefix: str = "") -> Callable[[Mapping[str, Any]], Iterator[Hint]]:
    """The hints of an event about one thing, which the payload holds under ``name``."""

    def about(payload: Mapping[str, Any]) -> Iterator[Hint]:
        number = _id(_part(payload, name))
        if number:
            yield Hint(kind, prefix + number)

    return about


def _child(kind: Kind, name: str) -> Callable[[Mapping[str, Any]], Iterator[Hint]]:
    """The issue of a comment or work log, which stands beside it, in its ``issueId``, or in its address."""

    def about(payload: Mapping[str, Any]) -> Iterator[Hint]:
        child = _part(payload, name)
        address = _OWNER.search(str(child.get("self")))
        issue = _id(_part(payload, "issue")) or _text(child.get("issueId")) or (address and address[1])
        if issue:
            yield Hint(Kind.ISSUE, issue)
        elif number := _id(child):
            yield Hint(kind, number)

    return about


def _link(payload: Mapping[str, Any]) -> Iterator[Hint]:
    """Both issues of a link."""
    link = _part(payload, "issueLink")
    for name in ("sourceIssueId", "destinationIssueId"):
        if number := _text(link.get(name)):
            yield Hint(Kind.ISSUE, number)


def _user(payload: Mapping[str, Any]) -> Iterator[Hint]:
    try:
        number = person(payload.get("user"), "user")
    except ValueError:
        return
    if number:
        yield Hint(Kind.PERSON, number)


_ABOUT: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Hint]]] = {
    "issue": _of(Kind.ISSUE, "issue"),
    "comment": _child(Kind.COMMENT, "comment"),
    "worklog": _child(Kind.WORK_LOG, "worklog"),
    "attachment": _of(Kind.ATTACHMENT, "attachment"),
    "issuelink": _link,
    "sprint": _of(Kind.ITERATION, "sprint"),
    "board": _of(Kind.CONTAINER, "board", BOARD),
    "version": _of(Kind.RELEASE, "version"),
    "project": _of(Kind.CONTAINER, "project"),
    "user": _user,
}
"""By the first word of ``webhookEvent``, without ``jira:``."""


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def _id(part: Mapping[str, Any]) -> str | None:
    return _text(part.get("id"))


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
