"""Counters of points and of attempts to log in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "counters",
        sa.Column("name", sa.String(100)),
        sa.Column("number", sa.BigInteger),
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name="pk_counters"),
    )
    op.create_index("ix_counters_ends", "counters", ["ends"])
