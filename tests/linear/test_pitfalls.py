"""Every pitfall that the documentation lists has its tests, and every such test its pitfall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.pitfalls import DOCS, agree

HERE = Path(__file__).resolve().parent
DOCUMENT = DOCS / "linear.md"
pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not at hand")


def test_the_list_of_pitfalls_and_the_tests_agree() -> None:
    agree("L", DOCUMENT, HERE)


def test_l31_the_page_tells_where_webhooks_come_from() -> None:
    """For who lets only known addresses in. Source: the vendor's page on webhooks."""
    page = DOCUMENT.read_text(encoding="utf-8")
    for address in (
        "35.231.147.226",
        "35.243.134.228",
        "34.140.253.14",
        "34.38.87.206",
        "34.134.222.122",
        "35.222.25.142",
    ):
        assert address in page


def test_every_field_that_is_written_stands_on_the_page() -> None:
    from syncline_connectors.linear.encode import WRITES

    table = DOCUMENT.read_text(encoding="utf-8").partition("## Writing")[2].partition("## ")[0]
    first = " ".join(re.findall(r"^\| ([a-z_, ]+) \|", table, re.MULTILINE))
    assert {name for name in re.findall(r"\w+", first) if name in WRITES} == WRITES


def test_every_stream_stands_on_the_page() -> None:
    from syncline_connectors.linear.config import FEEDS

    page = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{feed}`" in page for feed in FEEDS)
