"""The only code that talks HTTP: credentials, pace, retries, redirects, size caps, address checks, redaction.

A connector imports the declared credentials (`Basic`, `Bearer`, `Header`, `OAuth`, `Query`, `Anonymous`) and the types
`Http` and `Answer`. Everything is imported on first use, so that naming a kind of credentials costs no HTTP library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncline.http.answer import Answer
    from syncline.http.auth import Anonymous, Auth, Basic, Bearer, Header, OAuth, Query
    from syncline.http.body import TooLarge
    from syncline.http.client import Http, ReadOnly
    from syncline.http.faults import NotSent
    from syncline.http.fence import ForbiddenAddress
    from syncline.http.limits import Limits
    from syncline.http.permits import BlockPermits, LocalPermits, Permits
    from syncline.http.redact import Redactor, install
    from syncline.http.retry import RetryBudget

_HOMES = {
    "Answer": "answer",
    "Anonymous": "auth",
    "Auth": "auth",
    "Basic": "auth",
    "Bearer": "auth",
    "BlockPermits": "permits",
    "ForbiddenAddress": "fence",
    "Header": "auth",
    "Http": "client",
    "Limits": "limits",
    "LocalPermits": "permits",
    "NotSent": "faults",
    "OAuth": "auth",
    "Permits": "permits",
    "Query": "auth",
    "ReadOnly": "client",
    "Redactor": "redact",
    "RetryBudget": "retry",
    "TooLarge": "body",
    "install": "redact",
}

__all__ = [
    "Anonymous",
    "Answer",
    "Auth",
    "Basic",
    "Bearer",
    "BlockPermits",
    "ForbiddenAddress",
    "Header",
    "Http",
    "Limits",
    "LocalPermits",
    "NotSent",
    "OAuth",
    "Permits",
    "Query",
    "ReadOnly",
    "Redactor",
    "RetryBudget",
    "TooLarge",
    "install",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
