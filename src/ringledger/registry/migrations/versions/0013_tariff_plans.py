"""The names of partners' tariff plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "tariff_plans",
        sa.Column(
            "account_id",
            sa.Integer,
            sa.ForeignKey("accounts.id", name="fk_tariff_plans_account_id"),
            nullable=False,
        ),
        sa.Column("plan_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "plan_id", name="pk_tariff_plans"),
    )
