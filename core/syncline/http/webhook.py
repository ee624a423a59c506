"""One request to an address that is itself a secret: a chat's webhook, a heartbeat."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from syncline.connector import Bucket
from syncline.errors import ConfigError
from syncline.http.auth import Anonymous
from syncline.http.client import Http
from syncline.http.library import httpx
from syncline.http.limits import Limits
from syncline.http.permits import LocalPermits
from syncline.http.redact import Redactor
from syncline.http.retry import RetryBudget
from syncline.seams import Clock, Random

_LIMITS = Limits(deadline=15.0, connect=5.0, tries=2, patience=5.0)
"""A message may fail: the next run sends it again, and this one must not wait for it."""
_BUCKET = (Bucket("default", rate=1.0, burst=10),)


def post(url: str, payload: Any, **how: Any) -> None:
    """Send JSON; never again once it may have arrived. ``how``: clock, random, redactor, and for tests transport.

    Raises VendorError by what went wrong, ConfigError where ``url`` is no address. No message holds more of the address
    than its host.
    """
    with _http(url, **how) as http:
        http.post(url, json=payload)


def ping(url: str, **how: Any) -> None:
    """Call an address, to say that we are alive; raises as `post`."""
    with _http(url, **how) as http:
        http.get(url)


def _http(
    url: str,
    *,
    clock: Clock,
    random: Random,
    redactor: Redactor,
    transport: httpx.BaseTransport | None = None,
) -> Http:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("the address is not one of the web", hint="it begins with https://")
    secret = [one for one in (url, parts.path, parts.query) if len(one) > 1]
    redactor.add(*secret, *(one for one in parts.path.split("/") if len(one) >= 8))
    return Http(
        [f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"],
        Anonymous(),
        access="write",
        account="webhook",
        buckets=_BUCKET,
        permits=LocalPermits(clock),
        clock=clock,
        random=random,
        budget=RetryBudget(2, 10.0),
        redactor=redactor,
        concurrency=1,
        transport=transport,
        limits=_LIMITS,
    )
