"""The tags of accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", name="fk_tags_account_id"), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.UniqueConstraint("account_id", "name", name="uq_tags_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
    )
