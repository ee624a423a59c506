"""The database: tables, views, and the only code that speaks SQL to them for writing.

`Store` and `open_store` are loaded when they are asked for, so that a run that finds the lock held loads no SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline.store.database import Store, open_store
    from syncline.store.files import NotCreated

__all__ = ["NotCreated", "Store", "open_store"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from syncline.store import database

    return getattr(database, name)
