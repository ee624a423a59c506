"""A payload is stored in two parts; together they are what the vendor sent."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncline.jsontext import decode, encode
from syncline.model import Issue, Sourced, Status
from syncline.status import StatusMap
from syncline.store.home import Home
from syncline.store.readings import joined, paths_of, read_records, split

NAMES = st.sampled_from("abcd")
PAYLOADS = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.integers(0, 3) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=12,
    ),
)
PATHS = st.frozensets(st.lists(NAMES, min_size=1, max_size=3).map(".".join), max_size=5)


def at(payload: Any, path: str) -> bool:
    """Whether ``payload`` holds something at a dotted path."""
    for name in path.split("."):
        if not isinstance(payload, dict) or name not in payload:
            return False
        payload = payload[name]
    return True


@given(PAYLOADS, PATHS)
def test_both_parts_make_the_whole_again(payload: dict[str, Any], dotted: frozenset[str]) -> None:
    before = deepcopy(payload)
    kept, apart = split(payload, paths_of(dotted))
    assert payload == before, "the original is not touched"
    assert joined(decode(encode(kept)), decode(encode(apart))) == payload
    assert not any(at(kept, path) for path in dotted)
    assert bool(apart) is any(at(payload, path) for path in dotted)


@given(PAYLOADS, PATHS)
def test_what_is_kept_does_not_depend_on_what_is_volatile(
    payload: dict[str, Any], dotted: frozenset[str]
) -> None:
    kept, apart = split(payload, paths_of(dotted))
    other = joined(kept, changed(apart))
    assert encode(split(other, paths_of(dotted))[0]) == encode(kept)


def changed(value: Any) -> Any:
    """The same shape with other leaves."""
    return {k: changed(v) for k, v in value.items()} if isinstance(value, Mapping) else [value]


def test_volatile_parts_do_not_count_and_are_kept() -> None:
    home = Home(1, "site", StatusMap(), volatile=frozenset({"fields.votes", "self"}))
    found = Issue(remote_id="1", status=Status(name="Open"))
    payloads = [{"id": "1", "self": "x", "fields": {"votes": n, "b": 2}} for n in (1, 2)]
    first, second = (read_records(home, [Sourced(found, payload)])[0] for payload in payloads)
    assert first.hash == second.hash
    assert first.volatile == {"self": "x", "fields": {"votes": 1}}
    assert decode(first.payload) == {"id": "1", "fields": {"b": 2}}
