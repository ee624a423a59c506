"""Every pitfall that the documentation lists has its tests, and every such test its pitfall."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs" / "connectors" / "zendesk.md"


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not at hand")
def test_the_list_of_pitfalls_and_the_tests_agree() -> None:
    listed = re.findall(r"^\| (Z-\d{2,}) \| .+ \| test_z(\d{2,}) \|$", DOCUMENT.read_text(), re.MULTILINE)
    tested = {
        number
        for file in HERE.glob("test_*.py")
        for number in re.findall(r"def test_z(\d{2,})_", file.read_text())
    }
    assert [int(number) for _, number in listed] == list(range(1, len(listed) + 1))
    assert len(listed) == len(re.findall(r"^\| Z-", DOCUMENT.read_text(), re.MULTILINE)), "every row is read"
    assert all(id_ == f"Z-{number}" for id_, number in listed)
    assert {number for _, number in listed} == tested
