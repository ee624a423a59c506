"""The database: tables, views, and the only code that speaks SQL to them for writing."""

from __future__ import annotations

from syncline.store.database import Store, open_store

__all__ = ["Store", "open_store"]
