"""How long accounts keep recordings, and the secret that signs links to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the two tables."""
    op.create_table(
        "recording_rules",
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", name="fk_recording_rules_account_id"),
            nullable=False,
        ),
        sa.Column("days", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_recording_rules"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
