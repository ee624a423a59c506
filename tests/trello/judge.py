"""The vendor's own description of its API as a judge of our requests.

Trello's file names every write's values as query parameters, which its guides also let stand in a JSON body, and leaves
out what its guide on nested resources adds to lists: both are let through by name, nothing else.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from syncline.sim.app import SimRequest

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SPEC = SHARED / "specs" / "trello" / "trello.openapi.json"

CARD_PARTS = frozenset(
    {"fields", "customFieldItems", "attachments", "attachment_fields", "checklists", "checklist_fields"}
)
GUIDES: Mapping[str, frozenset[str]] = {
    "/boards/{id}": frozenset({"labels_limit"}),
    "/boards/{id}/cards/{filter}": CARD_PARTS | {"limit", "before"},
    "/cards/{id}/actions": frozenset({"limit", "before", "memberCreator_fields", "member_fields"}),
    "/cards/{id}/attachments/{idAttachment}/download/{fileName}": frozenset(),
}
"""What the guides name and the file does not: nested resources, paging, the download of an attachment."""


class Mismatch(AssertionError):
    """A request that the vendor does not describe."""


def check(request: SimRequest) -> None:
    """Raise Mismatch unless the vendor describes this request, and of a batch every address."""
    path = request.path.removeprefix("/1")
    given = [name for name, _ in request.query]
    if path == "/batch":
        for url in (request.param("urls") or "").split(","):
            inner, _, query = url.partition("?")
            _check("GET", inner, [name for name, _ in parse_qsl(query, keep_blank_values=True)], None)
    form = b"form-data; name=" in request.body
    body = None if not request.body or form else request.json()
    _check(request.method, path, given, body)
    forbidden = {"key", "token"} & set(given)
    if forbidden:
        raise Mismatch(f"credentials stand in the address of {request.method} {path}")


def _check(method: str, path: str, query: Iterable[str], body: Any) -> None:
    template, operation, shared = _operation(method, path)
    extra = GUIDES.get(template, frozenset())
    if operation is None:
        return
    known = {p["name"] for p in (*shared, *operation.get("parameters", ())) if p["in"] == "query"}
    unknown = set(query) - known - extra
    if unknown:
        raise Mismatch(f"{method} {template} has no parameters {sorted(unknown)}")
    if body is None:
        return
    allowed = known | set(_properties(operation.get("requestBody", {})))
    if unknown := set(body) - allowed:
        raise Mismatch(f"{method} {template} takes no {sorted(unknown)}")


def _properties(body: Mapping[str, Any]) -> Iterator[str]:
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    for one in (schema, *schema.get("oneOf", ())):
        yield from one.get("properties", ())


def _operation(method: str, path: str) -> tuple[str, dict[str, Any] | None, list[Any]]:
    for pattern, template, item in _paths():
        if pattern.match(path) and (item is None or method.lower() in item):
            found = None if item is None else item[method.lower()]
            return template, found, [] if item is None else item.get("parameters", [])
    raise Mismatch(f"the vendor does not describe {method} {path}")


@cache
def _paths() -> list[tuple[re.Pattern[str], str, dict[str, Any] | None]]:
    """Every path, those without placeholders first."""
    described: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))["paths"]
    every = {**dict.fromkeys(GUIDES), **described}
    found = [
        (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path, item)
        for path, item in every.items()
    ]
    return sorted(found, key=lambda row: row[1].count("{"))
