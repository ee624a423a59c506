"""What a webhook says: which records to look at again, and whether it comes from Zendesk. Pure.

A webhook is a hint and never data: it may come twice, late, out of order, or without a body where a trigger gives
none.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from syncline.model import Kind

_EVENT = re.compile(r"zen:event-type:(\w+)\.")
_KINDS: Mapping[str, Kind] = {
    "ticket": Kind.TICKET,
    "user": Kind.PERSON,
    "organization": Kind.ORGANIZATION,
}
"""By the word that the type of an event begins with."""


class Hint(NamedTuple):
    """A record to look at again."""

    kind: Kind
    remote_id: str


def verify(secret: str, timestamp: str | None, body: bytes, header: str | None) -> bool:
    """Whether ``X-Zendesk-Webhook-Signature`` signs the time of ``…-Signature-Timestamp`` and the raw body.

    The secret is used as it is written, though it looks like base64 (Zendesk, "Verifying webhook authenticity").
    """
    signed = (timestamp or "").encode("utf-8", "surrogateescape") + body
    expected = base64.b64encode(hmac.new(secret.encode(), signed, "sha256").digest())
    return hmac.compare_digest(expected, (header or "").encode("utf-8", "surrogateescape"))


def hints(payload: bytes | str | Mapping[str, Any]) -> Sequence[Hint]:
    """The records that a webhook is about, each once; none for one that says nothing. Raises ValueError."""
    found = _parsed(payload) if isinstance(payload, bytes | str) else payload
    return tuple(dict.fromkeys(_about(found)))


def _parsed(body: bytes | str) -> Mapping[str, Any]:
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("webhook: the body is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("webhook: the body is not an object")
    return found


def _about(payload: Mapping[str, Any]) -> Iterator[Hint]:
    """Of an event the ``detail``; of a trigger, whose body is the company's own, a ``ticket_id`` or a ``ticket``."""
    event = _EVENT.match(str(payload.get("type")))
    if event is not None:
        kind, number = _KINDS.get(event[1]), _id(_part(payload, "detail").get("id"))
        if kind and number:
            yield Hint(kind, number)
        return
    number = _id(payload.get("ticket_id")) or _id(_part(payload, "ticket").get("id"))
    if number:
        yield Hint(Kind.TICKET, number)


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def _id(value: object) -> str | None:
    if isinstance(value, str):
        return value if value.isdecimal() else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
