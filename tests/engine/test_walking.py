"""Pages that are stored together: only where their order makes no difference."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.connector import Page, Quarantined
from syncline.model import Container, Kind, Sourced, ready
from syncline.status import StatusMap
from syncline.store.home import Home
from syncline.sync.walking import Prepared, joined, prepare

ready([Kind.CONTAINER])


def page(numbers: Sequence[int], refused: Sequence[int] = (), stubs: Sequence[int] = ()) -> Prepared:
    def named(which: Sequence[int]) -> list[Sourced]:
        return [Sourced(Container(remote_id=str(n), key=f"K{n}", title=str(n)), {"id": n}) for n in which]

    return prepare(
        Home(1, "site", StatusMap()),
        Page(
            records=named(numbers),
            stubs=named(stubs),
            quarantined=[Quarantined(Kind.CONTAINER, str(n), "odd", {}) for n in refused],
            children_complete=frozenset((Kind.COMMENT, str(n)) for n in numbers),
        ),
    )


numbers = st.lists(st.integers(0, 8), unique=True, max_size=4)


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=3))
def test_all_of_them_once_or_none(parts: list[tuple[list[int], list[int], list[int]]]) -> None:
    pages = [page(*part) for part in parts]
    whole = joined(pages)
    told = [number for own, refused, _ in parts for number in {*own, *refused}]
    apart = all(not set(own) & set(refused) for own, refused, _ in parts)
    if len(parts) > 1 and (len(told) > len(set(told)) or not apart):
        assert whole is None
        return
    assert whole is not None
    assert [item.remote_id for item in whole.readings] == [str(n) for own, _, _ in parts for n in own]
    assert [item.remote_id for item in whole.page.quarantined] == [str(n) for _, no, _ in parts for n in no]
    assert {item.remote_id for item in whole.stubs} == {str(n) for _, _, stubs in parts for n in stubs}
    assert len(whole.stubs) == len({n for _, _, stubs in parts for n in stubs})
    assert whole.page.children_complete == {(Kind.COMMENT, str(n)) for own, _, _ in parts for n in own}
    assert whole.containers == {str(n): f"K{n}" for own, _, stubs in parts for n in (*own, *stubs)}


def test_none_is_none() -> None:
    assert joined([]) is None


@pytest.mark.parametrize("field", ["gone", "withdrawn"])
def test_what_tells_of_an_end_is_stored_in_its_order(field: str) -> None:
    ended = Page(**{field: frozenset({(Kind.CONTAINER, "1")})})  # type: ignore[arg-type]
    other = Prepared(ended, (), (), {}, [])
    assert joined([page([2]), other]) is None
    assert joined([other]) is other
