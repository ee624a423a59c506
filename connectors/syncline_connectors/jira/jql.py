"""The queries we send. Every one is bounded, as the vendor requires, and speaks of time in absolute numbers.

Quoted dates in JQL are read in the profile time zone of whoever asks; bare epoch milliseconds are absolute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', re.DOTALL)
_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)

BY_TIME = "ORDER BY updated ASC, id ASC"
BY_ID = "ORDER BY id ASC"
LATEST = "ORDER BY updated DESC"


def checked_filter(text: str) -> str:
    """``text`` if it can stand in parentheses inside our queries; raises ValueError."""
    bare = _QUOTED.sub(" ", text)
    if not text.strip():
        raise ValueError("is empty; leave it out to pull everything")
    if '"' in bare or "'" in bare:
        raise ValueError("has a quotation mark that is not closed")
    if _ORDER.search(bare):
        raise ValueError("must not hold ORDER BY: the order is ours, or pages would be missed")
    depth = 0
    for char in bare:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
    if depth:
        raise ValueError("has unbalanced parentheses")
    return text


def quoted(word: str) -> str:
    """A JQL string: project keys may be reserved words."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bounded(
    projects: Iterable[str], extra: str | None, since: int = 0, until: int | None = None, order: str = ""
) -> str:
    """Issues of ``projects`` (none: all) updated from ``since`` on and before ``until``, in epoch ms."""
    return query([*scoped(projects, extra), *within("updated", since, until)], order)


def scoped(projects: Iterable[str], extra: str | None) -> list[str]:
    """The terms that hold whatever the time: ``projects`` (none: all) and the configured filter."""
    terms = []
    keys = listed(projects)
    if keys:
        terms.append(f"project in ({keys})")
    if extra:
        terms.append(f"({extra})")
    return terms


def within(field: str, since: int, until: int | None) -> list[str]:
    """The terms of a stretch of time, in epoch ms: from ``since`` on and before ``until``."""
    return [f"{field} >= {max(0, since)}", *([] if until is None else [f"{field} < {until}"])]


def listed(words: Iterable[str]) -> str:
    """Words between the parentheses of ``in``."""
    return ", ".join(quoted(word) for word in sorted(words))


def query(terms: Iterable[str], order: str = "") -> str:
    return f"{' AND '.join(terms)} {order}".rstrip()
