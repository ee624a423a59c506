"""Retry-After and the reset headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.http.pace import LONGEST, sustainable_rate, wait_asked

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 10:00:00 GMT"


def named(**limits: tuple[int, int]) -> dict[str, str]:
    """The headers of a vendor with several limits: what is left, and seconds until the reset."""
    headers = {}
    for name, (left, seconds) in limits.items():
        headers[f"x-ratelimit-{name}-remaining"] = str(left)
        headers[f"x-ratelimit-{name}-reset"] = str(int(NOW.timestamp() + seconds) * 1000)
    return headers


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.25 "}, 0.25),
        ({"retry-after": "Mon, 02 Mar 2026 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 02 Mar 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "1000000000"}, LONGEST),
        ({"retry-after": "9" * 400}, LONGEST),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"x-ratelimit-reset": "2026-03-02T10:01Z"}, 60.0),
        ({"x-ratelimit-reset": "2026-03-02T10:00:45Z"}, 45.0),
        ({"x-ratelimit-reset": "2026-03-02T11:00:45+01:00"}, 45.0),
        ({"x-ratelimit-reset": "2026-03-02T09:01Z"}, 0.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 20)}, 20.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() * 1000) + 20_000)}, 20.0),
        ({"ratelimit-reset": "35"}, 35.0),
        ({"x-ratelimit-reset": "tomorrow"}, None),
        ({"retry-after": "soon", "x-ratelimit-reset": "2026-03-02T10:01Z"}, 60.0),
        ({"retry-after": "3", "x-ratelimit-reset": "2026-03-02T10:01Z"}, 3.0),
        (named(requests=(5, 900), complexity=(0, 30)), 30.0),
        (named(requests=(0, 900), complexity=(0, 30)), 900.0),
        (named(requests=(5, 900), complexity=(7, 30)), 30.0),
        ({"x-ratelimit-requests-remaining": "0", "x-ratelimit-reset": "20"}, 20.0),
    ],
)
def test_every_form_of_asking_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers, NOW) == seconds


@given(st.integers(-86400 * 400, 86400 * 400))
def test_a_date_is_measured_by_the_vendors_clock_however_wrong_ours_is(skew: int) -> None:
    headers = {"retry-after": "Mon, 02 Mar 2026 10:00:30 GMT", "date": DATE}
    assert wait_asked(headers, NOW + timedelta(seconds=skew)) == 30.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_a_vendor_writes_there_is_an_exception(after: str, reset: str) -> None:
    asked = wait_asked({"retry-after": after, "x-ratelimit-reset": reset, "date": after}, NOW)
    assert asked is None or asked >= 0


@pytest.mark.parametrize(
    ("headers", "rate"),
    [
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "10", "x-ratelimit-reset": "20"}, 0.5),
        ({"x-ratelimit-nearlimit": "true", "x-ratelimit-remaining": "30", "x-ratelimit-reset": "10"}, 3.0),
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "90", "x-ratelimit-reset": "20"}, None),
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "10"}, None),
        (named(requests=(10, 20)) | {"x-ratelimit-requests-limit": "100"}, 0.5),
        ({}, None),
    ],
)
def test_a_budget_that_runs_out_is_spread_until_its_renewal(
    headers: dict[str, str], rate: float | None
) -> None:
    assert sustainable_rate(headers, NOW) == rate
