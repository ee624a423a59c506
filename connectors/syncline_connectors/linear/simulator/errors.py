"""Refusals as the vendor words them. Messages and extensions: as recorded by clients of the real service.

An error of a field arrives in a 200, with ``data`` null; whatever was refused before it ran has a status of its own and
no ``data`` at all.
"""

from __future__ import annotations

import re
from typing import Any

from graphql import GraphQLError

from syncline.sim import SimResponse


class Refusal(GraphQLError):
    """An error of one field; the rest of the answer stays where its field may be null.

    ``answered`` is the status of the whole answer, which for nearly all is 200.
    """

    def __init__(
        self, message: str, *, type: str, code: str, status: int, shown: str, answered: int = 200, **more: Any
    ) -> None:
        super().__init__(message, extensions=extensions(type, code, status, shown, **more))
        self.answered = answered


def extensions(type: str, code: str, status: int, shown: str, **more: Any) -> dict[str, Any]:
    """``status`` is the vendor's idea of the status, which is not always the one it answers with."""
    said = {"type": type, "code": code, "statusCode": status, "userError": True}
    return {**said, "userPresentableMessage": shown, **more}


def not_found(kind: str) -> Refusal:
    """Also for what is there and hidden from the caller."""
    return input_error(f"Entity not found: {kind}", f"Could not find referenced {kind}.")


def input_error(message: str, shown: str | None = None, *, answered: int = 200) -> Refusal:
    said = shown or message
    return Refusal(
        message, type="invalid input", code="INPUT_ERROR", status=400, shown=said, answered=answered
    )


def taken(kind: str, id: str) -> Refusal:
    """An id that the client chose a second time. As recorded, for an issue the answer's status is 400, else 200."""
    shown = f"Entity {kind} with id {id} already exists."
    return input_error(f"conflict on insert of {kind}", shown, answered=400 if kind == "Issue" else 200)


def no_entry(name: str) -> Refusal:
    """An id in a mutation's input that leads nowhere; it does not say that what is to be changed is missing."""
    return input_error(f"{name} contained an entry that could not be found.")


def invalid_argument(name: str, constraint: str, complaint: str) -> Refusal:
    """An argument of the right type and a wrong value."""
    return Refusal(
        "Argument Validation Error",
        type="invalid input",
        code="INVALID_INPUT",
        status=400,
        shown=f"{complaint}.",
        validationErrors=[{"property": name, "constraints": {constraint: complaint}}],
    )


def forbidden(message: str) -> Refusal:
    return Refusal(message, type="forbidden", code="FORBIDDEN", status=403, shown=message)


def usage_limit() -> Refusal:
    """The free plan holds so many issues and no more."""
    shown = "You've exceeded the free issue limit for this workspace."
    kind = "usage limit exceeded"
    return Refusal("issue limit exceeded", type=kind, code="USAGE_LIMIT_EXCEEDED", status=400, shown=shown)


def feature_missing() -> Refusal:
    """The plan does not have what was asked for."""
    shown = "This feature is not available on your plan."
    kind = "feature not accessible"
    return Refusal(
        "Feature not accessible", type=kind, code="FEATURE_NOT_ACCESSIBLE", status=403, shown=shown
    )


def lock_timeout() -> Refusal:
    """Somebody else is writing; nothing was done, and it is worth trying again."""
    shown = "The request timed out. Please try again."
    return Refusal("Lock timeout", type="lock timeout", code="LOCK_TIMEOUT", status=503, shown=shown)


def internal_error() -> Refusal:
    """The vendor's own fault; it is worth trying again."""
    shown = "Internal server error"
    return Refusal(shown, type="internal error", code="INTERNAL_SERVER_ERROR", status=500, shown=shown)


def refused(
    status: int, *errors: dict[str, Any], headers: list[tuple[str, str]] | None = None
) -> SimResponse:
    """An answer without data."""
    return SimResponse.of_json({"errors": list(errors)}, status, headers or [])


def not_authenticated() -> SimResponse:
    shown = "You need to authenticate to access this operation."
    said = extensions(
        "authentication error", "AUTHENTICATION_ERROR", 401, shown, meta={}, http={"status": 401}
    )
    return refused(401, {"message": "Authentication required, not authenticated", "extensions": said})


def key_as_bearer() -> SimResponse:
    message = (
        "It looks like you're trying to use an API key as a Bearer token. "
        "Remove the Bearer prefix from the Authorization header."
    )
    said = extensions("invalid input", "INPUT_ERROR", 400, message, http={"status": 400})
    return refused(400, {"message": message, "extensions": said})


def bad_request(message: str) -> SimResponse:
    said = {"http": {"status": 400, "headers": {}}, "code": "BAD_REQUEST", "type": "graphql error"}
    return refused(400, {"message": message, "extensions": {**said, "userError": True}})


def invalid_document(errors: list[GraphQLError], code: str) -> SimResponse:
    """Nothing of a document runs when any part of it is wrong."""
    said = {"http": {"status": 400, "headers": {}}, "code": code, "type": "graphql error", "userError": True}
    told = [{**error.formatted, "message": _vendors(error.message), "extensions": said} for error in errors]
    return refused(400, *(dict(one) for one in told))


def _vendors(message: str) -> str:
    """As the vendor's own library words it: names in double quotes, without advice."""
    return re.sub(r" Did you mean .*$", "", message).replace("'", '"')


def too_complex(complexity: float, most: int, headers: list[tuple[str, str]]) -> SimResponse:
    shown = f"The query is too complex. Complexity: {complexity}. Maximum allowed complexity: {most}."
    said = extensions("invalid input", "INPUT_ERROR", 400, shown, http={"status": 400})
    return refused(400, {"message": "Query too complex", "extensions": said}, headers=headers)


def rate_limited(message: str) -> dict[str, Any]:
    """The vendor calls it 429 and answers 400."""
    return {"message": message, "extensions": extensions("ratelimited", "RATELIMITED", 429, message)}
