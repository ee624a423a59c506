"""What the vendor sends to an address that asked to be told: signed, and with the name of the program that did it.

Signature: Trello, "Webhooks": base64 of HMAC-SHA1 over the body and then the address as it was registered.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncline.sim import SimRequest
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import shapes
from syncline_connectors.trello.simulator.render import Renderer, pick

if TYPE_CHECKING:
    from syncline_connectors.trello.simulator.hanging import Hanging


def delivery(site: Hanging, action: e.Action, *, callback: str, secret: str) -> SimRequest:
    """The request that tells an action of `Site.sent`, of any type, to ``callback``."""
    hook = {"id": action.board.id, "idModel": action.board.id, "callbackURL": callback, "active": True}
    model = pick(Renderer(site).board(action.board), shapes.BOARD)
    document = {"action": Renderer(site).action(action, whole=True), "model": model, "webhook": hook}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hmac.digest(secret.encode(), body + callback.encode(), "sha1")
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-Trello-Webhook", base64.b64encode(digest).decode()),
    ]
    if action.client:
        headers.append(("X-Trello-Client-Identifier", action.client))
    return SimRequest("POST", urlsplit(callback).path or "/", [], headers, body)
