"""How far imports are, for every process of a store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "imports",
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("heard", sa.Double, nullable=False),
        sa.Column("trouble", sa.Text),
        sa.Column("result", sa.Text),
    )
    op.create_index("ix_imports_heard", "imports", ["heard"])
