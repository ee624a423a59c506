"""HTTP clients over a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tests.http.lab import Always, FakeClock, MakeHttp

from syncline.connector import Bucket
from syncline.http import Bearer, Http, LocalPermits, Redactor, RetryBudget


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_http(clock: FakeClock) -> Iterator[MakeHttp]:
    """Builds clients that are closed at the end; any argument of `Http` may be given."""
    built: list[Http] = []

    def make(*origins: str, auth: Any = None, **given: Any) -> Http:
        settings: dict[str, Any] = {
            "access": "write",
            "account": "acme",
            "buckets": (Bucket("default", rate=1000.0, burst=1000),),
            "permits": LocalPermits(clock),
            "clock": clock,
            "random": Always(0.5),
            "budget": RetryBudget(),
            "redactor": Redactor(),
        }
        http = Http(
            origins or ("https://acme.example",),
            auth or Bearer(SecretStr("canary-token-1")),
            **(settings | given),
        )
        built.append(http)
        return http

    yield make
    for http in built:
        http.close()
