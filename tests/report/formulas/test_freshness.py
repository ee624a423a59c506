"""M25."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from tests.report.formulas.making import noon

from syncline.report.formulas.freshness import Coverage, Freshness, Source, bad, coverage, freshness

LIMIT = timedelta(hours=36)


def test_as_old_as_its_limit_is_fresh_and_never_synced_is_not() -> None:
    at_limit = freshness(Source("jira", noon(0), 5, 1), noon(0) + LIMIT, LIMIT)
    assert at_limit == Freshness("jira", LIMIT, LIMIT, False, 5, 1)
    over = freshness(Source("jira", noon(0)), noon(0) + LIMIT + timedelta(microseconds=1), LIMIT)
    assert over.stale
    never = freshness(Source("jira", None), noon(0), LIMIT)
    assert (never.age, never.stale) == (None, True)
    ahead = freshness(Source("jira", noon(1)), noon(0), LIMIT)
    assert (ahead.age, ahead.stale) == (timedelta(0), False)


def test_coverage_is_a_share_of_items() -> None:
    found = coverage("scores", {"a": True, "b": False, "c": True, "d": True})
    assert (found, found.share) == (Coverage("scores", 3, 4), Fraction(3, 4))
    assert coverage("scores", {}).share is None


def test_bad_news_goes_to_the_top() -> None:
    fresh = freshness(Source("jira", noon(0)), noon(0), LIMIT)
    assert not bad([fresh], [Coverage("scores", 1, 2), Coverage("goals", 0, 0)])
    assert bad([fresh], [Coverage("scores", 1, 3)])
    assert bad([freshness(Source("jira", noon(0), errors=1), noon(0), LIMIT)], [])
    assert bad([fresh, freshness(Source("linear", None), noon(0), LIMIT)], [])
