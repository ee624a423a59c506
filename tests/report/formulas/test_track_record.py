"""M14."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import day

from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.track_record import (
    Brier,
    HitRate,
    PrintedChance,
    PrintedDate,
    brier,
    hit_rate,
)

TODAY = day(20)


def printed(item: str, due: int, done: int | None, percent: int = 85, dropped: bool = False) -> PrintedDate:
    return PrintedDate(item, day(0), percent, day(due), None if done is None else day(done), dropped)


def test_kept_broken_and_not_yet_due() -> None:
    found = hit_rate(
        [
            printed("a", 10, 10),
            printed("a", 12, 10),
            printed("b", 10, 11),
            printed("c", 10, None),
            printed("d", 20, 5),
            printed("e", 10, None, dropped=True),
            printed("f", 10, 5, percent=50),
        ],
        85,
        TODAY,
    )
    assert found == HitRate(85, kept=2, known=4, items=3, pending=1, dropped=1)
    assert found.share == Fraction(1, 2)


def test_a_kept_promise_counts_no_sooner_than_a_broken_one() -> None:
    early = hit_rate([printed("a", 25, 5), printed("b", 25, None)], 85, TODAY)
    assert (early.kept, early.known, early.pending) == (0, 0, 2)
    assert early.share == Refusal(Reason.TOO_FEW, n=0, needed=1)


def test_brier_by_hand() -> None:
    record = [
        PrintedChance("a", day(0), day(10), 0.9, day(10)),
        PrintedChance("b", day(0), day(10), 0.5, None),
        PrintedChance("c", day(0), day(20), 0.1, day(3)),
        PrintedChance("d", day(0), day(10), 0.1, day(3), dropped=True),
    ]
    assert brier(record, TODAY) == Brier((Fraction(1, 100) + Fraction(1, 4)) / 2, 2)
    assert brier(record[2:], TODAY) == Refusal(Reason.TOO_FEW, "forecasts", n=0, needed=1)


CHANCES = st.tuples(st.integers(0, 100), st.booleans())


@given(st.lists(CHANCES, min_size=1))
def test_brier_lies_between_nought_and_one(pairs: list[tuple[int, bool]]) -> None:
    late = date(2030, 1, 1)
    found = brier(
        [
            PrintedChance(str(at), day(0), day(5), Fraction(percent, 100), day(5) if kept else None)
            for at, (percent, kept) in enumerate(pairs)
        ],
        late,
    )
    assert isinstance(found, Brier)
    assert 0 <= found.score <= 1
    assert (found.score == 0) is all(percent == (100 if kept else 0) for percent, kept in pairs)
