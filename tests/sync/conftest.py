from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.databases import Database
from tests.sync.company import Company


@pytest.fixture
def company(database: Database, tmp_path: Path) -> Callable[..., Company]:
    """Makes a company on every database."""

    def make(**options: Any) -> Company:
        return Company(tmp_path, database.url, **options)

    return make
