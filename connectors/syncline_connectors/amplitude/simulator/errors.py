"""Refusals in the vendor's own shape."""

from __future__ import annotations

from typing import Any

from syncline.sim import SimResponse

_TYPES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    429: "too_many_requests",
    504: "timeout",
}


class Refusal(Exception):
    """An answer other than 200: ``{"error": {http_code, type, message, metadata}}``.

    The shape is the one documented for cohorts; a 429 says in ``metadata.details`` which limit was exceeded.
    """

    def __init__(self, status: int, message: str, **metadata: Any) -> None:
        super().__init__(status, message)
        self.status, self.message, self.metadata = status, message, metadata

    def response(self) -> SimResponse:
        error = {
            "http_code": self.status,
            "type": _TYPES.get(self.status, "error"),
            "message": self.message,
            "metadata": self.metadata,
        }
        return SimResponse.of_json({"error": error}, self.status)
