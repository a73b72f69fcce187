"""How far files that grow have been read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "followed_files",
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", name="fk_followed_files_account_id"),
            nullable=False,
        ),
        sa.Column("path", sa.String(1000), nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("head_length", sa.Integer, nullable=False),
        sa.Column("head_digest", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "path", name="pk_followed_files"),
    )
