"""The documents at the root are whole, and what they point to exists."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["CONTRIBUTING.md", "SECURITY.md", "docs/threats.md"]
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
"""SHA-256 of https://www.apache.org/licenses/LICENSE-2.0.txt"""


def test_the_licence_is_the_apache_text_unchanged() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_names_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("https://")]
    named = re.findall(r"`((?:core|connectors|cli|tests|docs)/[\w./-]+)`", text)
    assert links or named
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("threat", ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T14"])
def test_every_threat_of_this_part_names_its_code_and_its_test(threat: str) -> None:
    rows = [row.split(" | ") for row in (ROOT / "docs/threats.md").read_text(encoding="utf-8").split("\n")]
    mine = [row for row in rows if row[0] == f"| {threat}"]
    assert mine
    for row in mine:
        assert ".py`" in row[3]
        assert "`tests/" in row[4]
