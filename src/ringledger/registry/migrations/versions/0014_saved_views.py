"""Views of calls under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("accounts.id", name="fk_saved_views_account_id"), nullable=False
        ),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name="fk_saved_views_user_id")),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("query", sa.String(8000), nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("account_id", "user_id", "name", name="uq_saved_views_account_id"),
    )
