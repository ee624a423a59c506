"""One answer of a vendor, read to its end, and how its JSON is parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import from_json

MAX_DEPTH = 900
"""Deepest JSON accepted. A list inside 200 lists costs about 800 levels in Atlassian's document format (four each), and
one such description must not cost the page it stands on; Python 3.11 parses up to about 1,000 levels safely."""

_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]')
_ESCAPES = re.compile(
    rb"\\\\|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


@dataclass(frozen=True)
class Answer:
    """Status, headers with lower-case names, and the decompressed body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The parsed body; raises ValueError where it is not JSON or is nested deeper than `MAX_DEPTH`."""
        return parse_json(self.body)

    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def server_time(self) -> datetime | None:
        """The vendor's clock when it answered (``Date`` header, aware UTC, whole seconds)."""
        return http_date(self.headers.get("date", ""))

    @property
    def is_html(self) -> bool:
        """Whether this is a web page: a login form, a proxy's notice, an error page."""
        if "html" in self.headers.get("content-type", "").lower():
            return True
        return self.body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def http_date(text: str) -> datetime | None:
    """The instant of an HTTP date (RFC 9110 §5.6.7), or None where ``text`` is none."""
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def parse_json(body: bytes) -> Any:
    """Parse JSON as vendors really send it: nested deep, or with half an emoji cut off by a length limit.

    A lone surrogate escape becomes U+FFFD. Raises ValueError.
    """
    try:
        return from_json(body)
    except ValueError as error:
        if "recursion limit" in str(error):
            return _parse_deep(body)
        mended = _ESCAPES.sub(_without_lone_surrogate, body)
        if mended == body:
            raise
        return from_json(mended)


def _without_lone_surrogate(match: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if match[2] else match[0]


def _parse_deep(body: bytes) -> Any:
    """pydantic-core stops at 200 levels; the standard parser, on a stack of its own, copes with `MAX_DEPTH`."""
    if _deeper_than(body, MAX_DEPTH):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    mended = _ESCAPES.sub(_without_lone_surrogate, body)
    with ThreadPoolExecutor(max_workers=1) as fresh_stack:
        return fresh_stack.submit(json.loads, mended).result()


def _deeper_than(body: bytes, limit: int) -> bool:
    depth = 0
    for token in _NESTING.finditer(body):
        if token[0] in b"[{":
            depth += 1
            if depth > limit:
                return True
        elif token[0] in b"]}":
            depth -= 1
    return False
