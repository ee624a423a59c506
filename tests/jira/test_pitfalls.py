"""Every pitfall that the documentation lists has its tests, and every such test its pitfall."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.pitfalls import DOCS, agree

HERE = Path(__file__).resolve().parent
DOCUMENT = DOCS / "jira.md"


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not at hand")
def test_the_list_of_pitfalls_and_the_tests_agree() -> None:
    agree("J", DOCUMENT, HERE)
