"""The fixture of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.zendesk.world import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)
