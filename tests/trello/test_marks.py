"""Where walks stand, as texts that the engine keeps."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncline_connectors.trello.marks import (
    OVERLAP,
    PARTS,
    Mark,
    Position,
    Seen,
    cards_digest,
    part_of,
    silent_digest,
    written,
)

words = st.text("0123456789abcdef", max_size=12)
seen = st.builds(Seen, words, st.dictionaries(words, words, max_size=4), words, words, words)
boards = st.dictionaries(words, seen, max_size=4)
moments = st.integers(0, 4_000_000_000_000)
hexadecimal = st.text("0123456789abcdef", min_size=24, max_size=24)
cards = st.lists(
    st.fixed_dictionaries(
        {
            "id": hexadecimal,
            "idList": hexadecimal,
            "closed": st.booleans(),
            "dateLastActivity": moments.map(written),
            "idLabels": st.lists(hexadecimal, max_size=2),
            "badges": st.fixed_dictionaries({"comments": st.integers(0, 3)}),
        }
    ),
    max_size=6,
    unique_by=lambda card: card["id"],
)


@given(moments, boards)
def test_a_mark_is_read_as_it_was_written(at: int, known: dict[str, Seen]) -> None:
    assert Mark.of(Mark(at, known).text()) == Mark(at, known)


@given(st.lists(words, unique=True), st.none() | moments, st.none() | words, st.booleans(), boards)
def test_a_position_is_read_as_it_was_written(
    left: list[str], at: int | None, before: str | None, talked: bool, done: dict[str, Seen]
) -> None:
    position = Position(tuple(left), at or None, before or None, talked, done)
    assert Position.of(position.text()) == position


@given(moments)
def test_the_overlap_is_subtracted_when_asking_and_never_kept(at: int) -> None:
    mark = Mark(at)
    assert mark.since == written(max(0, at - OVERLAP))
    assert Mark.of(mark.text()) == mark


@given(cards, st.randoms())
def test_the_order_of_cards_says_nothing(given_: list[Any], chance: Any) -> None:
    other = chance.sample(given_, len(given_))
    assert cards_digest(given_) == cards_digest(other)
    assert silent_digest(given_) == silent_digest(other)


@given(cards.filter(bool), hexadecimal)
def test_a_silent_change_points_to_the_part_of_its_card(given_: list[Any], label: str) -> None:
    changed = [{**given_[0], "idLabels": [*given_[0]["idLabels"], label]}, *given_[1:]]
    assert cards_digest(changed) == cards_digest(given_)
    before, after = (Seen("x", silent=silent_digest(some)) for some in (given_, changed))
    assert after.differing(before) <= {part_of(given_[0]["id"])}
    assert before.differing(before) == frozenset()
    assert len(before.silent) == 2 * PARTS


def test_without_a_digest_nothing_is_said_to_differ() -> None:
    assert Seen("x").differing(Seen("x", silent=silent_digest([]))) == frozenset()


@given(seen, seen)
def test_names_that_came_went_or_changed(one: Seen, other: Seen) -> None:
    found = one.renamed(other)
    assert found == other.renamed(one)
    assert all(one.named.get(id_) != other.named.get(id_) for id_ in found)
    assert all(one.named[id_] == other.named[id_] for id_ in one.named.keys() & other.named.keys() - found)
