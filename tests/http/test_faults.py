"""What a failure tells a person to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from syncline.http.answer import Answer
from syncline.http.faults import come_back, of_status
from syncline.http.redact import Redactor

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (None, "the next run goes on"),
        (90 * 60.0, "until 2026-11-23 00:00 UTC"),
        (1e9, "for years"),
    ],
)
def test_a_request_for_patience_says_until_when(after: float | None, words: str) -> None:
    assert words in come_back(after, NOW)


@pytest.mark.parametrize("status", [403, 408, 429, 500, 502])
def test_what_may_pass_or_can_be_granted_says_what_to_do(status: int) -> None:
    error = of_status("GET acme.example/x", Answer(status, {}, b""), None, Redactor(), NOW.astimezone(UTC))
    assert str(status) in error.message
    assert error.hint
    assert "\n" not in str(error)
