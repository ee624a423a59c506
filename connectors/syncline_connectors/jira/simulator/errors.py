"""Refusals in the vendor's own shape."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.sim import SimResponse


class Refusal(Exception):
    """An answer other than 200: ``{"errorMessages": […], "errors": {…}}``."""

    def __init__(self, status: int, *messages: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(status, *messages)
        self.status, self.messages, self.errors = status, list(messages), dict(errors or {})

    def response(self) -> SimResponse:
        return SimResponse.of_json({"errorMessages": self.messages, "errors": self.errors}, self.status)


class Throttled(Refusal):
    """A refusal that was made elsewhere, as it is."""

    def __init__(self, response: SimResponse) -> None:
        super().__init__(response.status)
        self._response = response

    def response(self) -> SimResponse:
        return self._response


NO_ISSUE = "Issue does not exist or you do not have permission to see it."


def no_issue() -> Refusal:
    return Refusal(404, NO_ISSUE)


def no_project(key: str) -> Refusal:
    return Refusal(404, f"No project could be found with key '{key}'.")
