"""Refusals in the vendor's own shapes: mostly plain text, JSON where a limit is told."""

from __future__ import annotations

from typing import Any

from syncline.sim import SimResponse

NOT_FOUND = "The requested resource was not found."
NO_PERMISSION = "unauthorized permission requested"
TEXT = [("Content-Type", "text/plain; charset=utf-8")]


class Refusal(Exception):
    """An answer other than 200: a text, or a JSON document where ``payload`` is given."""

    def __init__(self, status: int, message: str, payload: Any = None) -> None:
        super().__init__(status, message)
        self.status, self.message, self.payload = status, message, payload

    def response(self) -> SimResponse:
        if self.payload is not None:
            return SimResponse.of_json(self.payload, self.status)
        return SimResponse(self.status, TEXT, self.message.encode())


def invalid(what: str) -> Refusal:
    """400 with the vendor's words: ``invalid id``, ``invalid value for idList``."""
    return Refusal(400, f"invalid {what}")


def not_found() -> Refusal:
    return Refusal(404, NOT_FOUND)


def no_permission(what: str = "") -> Refusal:
    """What may not be seen or written is refused with 401, not 403 and not 404."""
    return Refusal(401, f"unauthorized {what} permission requested" if what else NO_PERMISSION)


def told(status: int, error: str, message: str) -> Refusal:
    """A refusal that names a limit, in JSON."""
    return Refusal(status, message, {"error": error, "message": message})
