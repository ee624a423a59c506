"""What a webhook says: which records to look at again, and whether it comes from Trello. Pure.

A webhook is a hint and never data: it may come twice, late, or out of order. What happens inside a card (comments,
check items, attachments) leads to the card, which is read with all that lives in it. ``action.id`` tells repeats apart.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from syncline.model import Kind
from syncline_connectors.trello.history import card_of

SIGNATURE = "X-Trello-Webhook"
"""The header that bears the signature."""
IDENTIFIER = "X-Trello-Client-Identifier"
"""Sent with every write, and sent back with the webhook that the write causes."""

_PLACES = {"board": Kind.CONTAINER, "boardSource": Kind.CONTAINER, "boardTarget": Kind.CONTAINER}


class Hint(NamedTuple):
    """A record to look at again."""

    kind: Kind
    remote_id: str


def verify(secret: str, body: bytes, callback_url: str, header: str | None) -> bool:
    """Whether the header is the HMAC-SHA1 of the raw body and the address, exactly as registered, under the app's
    secret (Trello's guide on webhooks)."""
    signed = hmac.new(secret.encode(), body + callback_url.encode(), "sha1").digest()
    return hmac.compare_digest(b64encode(signed), (header or "").encode("utf-8", "surrogateescape"))


def identifier(connection: str) -> str:
    """What `IDENTIFIER` says of our own writes."""
    return f"syncline-{connection}"


def hints(payload: bytes | str | Mapping[str, Any]) -> Sequence[Hint]:
    """The records that a webhook is about, each once; none for an event we do not know. Raises ValueError."""
    found = _parsed(payload) if isinstance(payload, bytes | str) else payload
    action = found.get("action")
    if not isinstance(action, dict):
        return ()
    card = card_of(action)
    if card is not None:
        return (Hint(Kind.ISSUE, card),)
    data = action.get("data")
    places = [(kind, data.get(name)) for name, kind in _PLACES.items()] if isinstance(data, dict) else []
    about = [
        Hint(kind, one["id"])
        for kind, one in places
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]
    return tuple(dict.fromkeys(about))


def _parsed(body: bytes | str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("webhook: the body is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("webhook: the body is not an object")
    return found
