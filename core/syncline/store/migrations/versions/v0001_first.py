"""Tables and views of the first schema."""

from __future__ import annotations

from alembic import op

from syncline.store.database import build_schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_schema(op.get_bind())
