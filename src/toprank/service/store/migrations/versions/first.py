"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "statements",
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("rating", sa.Double),
        sa.Column("time", sa.Double, nullable=False),
    )
    op.create_index("statements_time", "statements", ["time"])
    op.create_table(
        "served",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("recommended", sa.Boolean, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("cutoff", sa.Double, nullable=False),
        sa.Column("promise", sa.Double),
        sa.Column("rank", sa.Integer),
        sa.Column("nearness", sa.Double),
        sa.Column("time", sa.Double, nullable=False),
    )
    op.create_index("served_pair", "served", ["reader", "item"])
    op.create_index("served_time", "served", ["time"])
    op.create_table(
        "outcomes",
        sa.Column("served", BIG, sa.ForeignKey("served.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("rating", sa.Double, nullable=False),
        sa.Column("liked", sa.Boolean, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
    )
    op.create_index("outcomes_time", "outcomes", ["time"])
    op.create_table(
        "erased",
        sa.Column("reader", sa.LargeBinary, primary_key=True),
        sa.Column("time", sa.Double, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("reader", sa.Text),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("made", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("made", sa.Double, nullable=False),
    )
    op.create_index("ix_sessions_reader", "sessions", ["reader"])
    op.create_table(
        "idempotency",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("response", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
    )
    op.create_index("ix_idempotency_time", "idempotency", ["time"])
    op.create_table(
        "events",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
