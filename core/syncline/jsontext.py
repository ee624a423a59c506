"""JSON that may be nested deep: real documents hold 200 nested lists, which are 800 levels."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError, from_json, to_json

try:
    import orjson  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    orjson = None  # type: ignore[assignment,unused-ignore]

R = TypeVar("R")

NUL, NUL_SIGN = "\0", "\N{SYMBOL FOR NULL}"
"""Postgres holds no NUL character, and SQLite's functions end a text at it: records hold its sign instead."""
NUL_IN_JSON = rb"\u0000"
"""Stands in JSON wherever a text holds a NUL character (and in a few that only look like it)."""


_JSON_ALONE = (
    0
    if orjson is None
    else orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
)
"""What else Python has is left to pydantic's writer, which spells a few of them differently."""


def without_nul(value: Any) -> Any:
    """Plain data with `NUL_SIGN` for every NUL character."""
    if isinstance(value, str):
        return value.replace(NUL, NUL_SIGN)
    if isinstance(value, dict):
        return {without_nul(key): without_nul(below) for key, below in value.items()}
    return [without_nul(below) for below in value] if isinstance(value, list) else value


def encode(value: Any) -> bytes:
    """``value`` as compact JSON in UTF-8; raises ValueError where it is nested deeper than any stack.

    The bytes are the same whether orjson is there (``syncline[fast]``) or not: hashes are made of them.
    """
    if orjson is not None and type(value) is dict:
        try:
            return orjson.dumps(value, option=_JSON_ALONE)  # type: ignore[no-any-return,unused-ignore]
        except TypeError:
            pass  # it refuses great integers, deep lists, keys that are not text
    try:
        return to_json(value, inf_nan_mode="null")  # JSON has no word for them, and the database reads JSON
    except PydanticSerializationError:
        write = partial(json.dumps, value, ensure_ascii=False, separators=(",", ":"), default=str)
        return _on_a_fresh_stack(write).encode()


def decode(text: str | bytes) -> Any:
    """The value of JSON that we wrote; raises ValueError."""
    try:
        return from_json(text)
    except ValueError as error:
        if "recursion limit" not in str(error):
            raise
        return _on_a_fresh_stack(partial(json.loads, text))


def _on_a_fresh_stack(call: Callable[[], R]) -> R:
    """The fast reader and writer stop at about 200 levels; the standard ones go on where the stack is empty."""
    try:
        with ThreadPoolExecutor(max_workers=1) as fresh:
            return fresh.submit(call).result()
    except RecursionError:
        raise ValueError("nested too deep") from None
