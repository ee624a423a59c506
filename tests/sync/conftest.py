from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.databases import Database
from tests.sync.company import Company

BOTH = frozenset({"test_existence.py", "test_fields.py", "test_leads.py", "test_undo.py"})
"""Modules that run on every database always; all others do with SYNCLINE_TESTS=all (``make test-all``)."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server every test of the engine takes seconds, and most say nothing about databases."""
    if os.environ.get("SYNCLINE_TESTS") == "all":
        return
    here = Path(__file__).parent
    left = {
        item for item in items if item.path.parent == here and item.path.name not in BOTH and _on_server(item)
    }
    if left:
        config.hook.pytest_deselected(items=list(left))
        items[:] = [item for item in items if item not in left]


def _on_server(item: pytest.Item) -> bool:
    """Whether it takes `databases` of a server."""
    return (
        isinstance(item, pytest.Function)
        and getattr(item, "callspec", None) is not None
        and (item.callspec.params.get("databases") == "postgres")
    )


@pytest.fixture
def company(database: Database, tmp_path: Path) -> Callable[..., Company]:
    """Makes a company on every database."""

    def make(**options: Any) -> Company:
        return Company(tmp_path, database.url, **options)

    return make
