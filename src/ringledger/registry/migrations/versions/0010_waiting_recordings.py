"""Recordings that came before their calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "waiting_recordings",
        sa.Column("id", sa.Integer),
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", name="fk_waiting_recordings_account_id"),
            nullable=False,
        ),
        sa.Column("source", sa.String(50), nullable=False),
        sa.Column("call_key", sa.String(200), nullable=False),
        sa.Column("mp3", sa.String(100), nullable=False),
        sa.Column("wav", sa.String(100), nullable=False),
        sa.Column("is_voice_mail", sa.Boolean, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_recordings"),
    )
