"""The guards: what is too much, to the last record."""

from __future__ import annotations

import pytest

from syncline.config.company import Guard, Guards
from syncline.sync.guards import Counts, may_empty, tripped

GUARDS = Guards(
    creates=Guard(number=20, share=0.05),
    updates=Guard(number=200, share=0.2),
    removals=Guard(number=3, share=0.05),
)


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (Counts(20, 200, 3), []),
        (Counts(21, 0, 0), ["21 creates, 20 are allowed (the larger of 20 and 5% of 0 links)"]),
        (Counts(0, 201, 0), ["201 updates, 200 are allowed (the larger of 200 and 20% of 0 links)"]),
        (Counts(0, 0, 4), ["4 removals, 3 are allowed (the larger of 3 and 5% of 0 links)"]),
        (Counts(50, 200, 50, links=1000), []),
        (
            Counts(0, 0, 51, links=1000),
            ["51 removals, 50 are allowed (the larger of 3 and 5% of 1000 links)"],
        ),
        (Counts(0, 0, 3, links=20), []),
    ],
)
def test_the_larger_of_a_number_and_a_share_is_allowed_and_not_one_more(
    counts: Counts, found: list[str]
) -> None:
    assert tripped(counts, GUARDS) == found


def test_every_guard_that_refuses_says_so() -> None:
    assert len(tripped(Counts(21, 201, 4), GUARDS)) == 3


@pytest.mark.parametrize(
    ("known", "share", "approve", "may"),
    [
        (1, 0.05, None, False),
        (3, 0.05, None, False),
        (50, 0.05, 49, False),
        (50, 0.05, 50, True),
        (50, 0.99, None, False),
        (50, 1.0, None, True),
    ],
)
def test_a_list_may_be_empty_only_where_somebody_said_so(
    known: int, share: float, approve: int | None, may: bool
) -> None:
    guards = Guards(removals=Guard(number=1000, share=share))
    assert may_empty(known, guards, approve) is may
