"""Every pitfall that the documentation lists has its tests, and every such test its pitfall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "connectors" / "linear.md"
pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not at hand")


def test_the_list_of_pitfalls_and_the_tests_agree() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    listed = re.findall(r"^\| (L-\d{2,}) \| .+ \| test_l(\d{2,}) \|$", page, re.MULTILINE)
    names = [
        name
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"def (test_l\d{2,}_\w+)", file.read_text(encoding="utf-8"))
    ]
    tested = {
        number
        for name in names
        for number in re.findall(r"l(\d{2,})", re.match(r"test_(?:l\d+_(?:and_)?)+", name)[0])  # type: ignore[index]
    }
    numbers = [int(number) for _, number in listed]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(listed) == len(re.findall(r"^\| L-", page, re.MULTILINE)), "every row is read"
    assert all(id_ == f"L-{number}" for id_, number in listed)
    assert {number for _, number in listed} == tested


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
