"""Holds the list of pitfalls on a connector's page against the tests that bear their ids."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs" / "connectors"


def agree(letter: str, document: Path, folder: Path) -> None:
    """Fail unless every row ``| L-07 | … | test_l07 |`` of the page has its tests in the folder, and every such test
    its row. One test may stand for several: ``test_l07_and_l08_…``."""
    page = document.read_text(encoding="utf-8")
    low = letter.lower()
    listed = re.findall(rf"^\| {letter}-(\d{{2,}}) \| .+ \| test_{low}(\d{{2,}}) \|$", page, re.MULTILINE)
    heads = [
        found[0]
        for file in folder.glob("test_*.py")
        for found in re.finditer(rf"def test_(?:{low}\d{{2,}}_(?:and_)?)+", file.read_text(encoding="utf-8"))
    ]
    tested = {number for head in heads for number in re.findall(rf"{low}(\d{{2,}})", head)}
    numbers = [int(number) for number, _ in listed]
    assert numbers == list(range(1, len(numbers) + 1)), "each once, in order"
    assert len(listed) == len(re.findall(rf"^\| {letter}-", page, re.MULTILINE)), "every row is read"
    assert all(id_ == number for id_, number in listed)
    assert {number for _, number in listed} == tested
