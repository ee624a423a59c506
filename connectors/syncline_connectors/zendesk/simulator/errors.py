"""Refusals in the vendor's own shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncline.sim import SimResponse
from syncline_connectors.zendesk.simulator.entities import Json


class Refusal(Exception):
    """An answer other than success. ``body`` None: nothing but the status."""

    def __init__(
        self, status: int, body: Json | str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, headers

    def response(self) -> SimResponse:
        if isinstance(self.body, dict):
            return SimResponse.of_json(self.body, self.status, self.headers)
        text = [("Content-Type", "text/plain; charset=utf-8"), *self.headers]
        return SimResponse(self.status, text, (self.body or "").encode())


def not_found() -> Refusal:
    """As recorded."""
    return Refusal(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid_endpoint() -> Refusal:
    return Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})


def unauthenticated() -> Refusal:
    return Refusal(401, {"error": "Couldn't authenticate you"})


def forbidden() -> Refusal:
    message = (
        "You do not have access to this page. "
        "Please contact the account owner of this help desk for further help."
    )
    return Refusal(403, {"error": {"title": "Forbidden", "message": message}})


def record_invalid(details: Mapping[str, Sequence[tuple[str, str]]]) -> Refusal:
    """422 with, for each field, what is wrong and the vendor's word for it."""
    told = {
        name: [{"description": text, **({"error": word} if word else {})} for text, word in problems]
        for name, problems in details.items()
    }
    return Refusal(
        422, {"error": "RecordInvalid", "description": "Record validation errors", "details": told}
    )


def invalid(name: str, text: str, word: str = "") -> Refusal:
    return record_invalid({name: [(text, word)]})


def bad_request(error: str, description: str) -> Refusal:
    return Refusal(400, {"error": error, "description": description})


def missing_parameter(name: str) -> Refusal:
    return bad_request("ParameterMissing", f"Required parameter missing: {name}")


def too_many_values() -> Refusal:
    """As recorded, with the parameter's name left out."""
    description = "Parameter  cannot specify more than 100 values"
    return Refusal(400, {"error": "TooManyValues", "description": description, "max_count": 100})


def conflict() -> Refusal:
    description = (
        "Safe Update prevented the update due to outdated ticket data. "
        "Please fetch the latest ticket data and try again."
    )
    return Refusal(409, {"error": "UpdateConflict", "description": description})
