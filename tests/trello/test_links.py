"""Markers and backlinks: what an attachment's address says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncline_connectors.trello.links import backlink_of, backlink_url, is_ours, marker_of, marker_url

words = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1)
addresses = st.sampled_from(
    ["https://acme.example/ENG-1", "https://acme.example/a?b=c&d=e", "https://acme.example/page#anchor"]
)


@given(words)
def test_a_marker_is_known_again(marker: str) -> None:
    assert marker_of(marker_url(marker)) == marker
    assert backlink_of(marker_url(marker)) is None


@given(words, addresses)
def test_a_backlink_is_known_again_with_the_address_it_leads_to(id_: str, url: str) -> None:
    assert backlink_of(backlink_url(id_, url)) == (id_, url)
    assert is_ours({"url": backlink_url(id_, url)})


@given(addresses)
def test_what_somebody_attached_is_not_ours(url: str) -> None:
    assert not is_ours({"url": url})
    assert not is_ours({"url": None})
    assert not is_ours({})


def test_an_address_with_a_parameter_of_that_name_is_not_ours() -> None:
    assert backlink_of("https://acme.example/?syncline=1") is None
    assert backlink_of("#syncline=1") is None
