"""Statuses of accounts, what partners keep about customers, rights of users, sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LIMITS = ("monthly_base", "monthly_calls", "daily_calls")


def upgrade() -> None:
    """Adds the columns and the table; an account that was switched off is locked."""
    op.add_column("accounts", sa.Column("created", sa.BigInteger))
    op.add_column("accounts", sa.Column("status", sa.String(20), nullable=False, server_default="active"))
    op.add_column("accounts", sa.Column("status_changed", sa.BigInteger))
    accounts = sa.table("accounts", sa.column("status", sa.String), sa.column("is_active", sa.Boolean))
    op.execute(accounts.update().where(accounts.c.is_active.is_(False)).values(status="manual_lock"))
    op.drop_column("accounts", "is_active")
    for column in (
        sa.Column("description", sa.String(1000)),
        sa.Column("role", sa.String(20), nullable=False, server_default="administrator"),
        sa.Column("employee_ids", sa.JSON),
        sa.Column("virtual_numbers", sa.JSON),
        sa.Column("site_ids", sa.JSON),
        sa.Column("is_masked", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("users", column)
    op.add_column("access_tokens", sa.Column("is_session", sa.Boolean, nullable=False, server_default=sa.false()))
    _customers()


def _customers() -> None:
    limits: list[sa.Column[int]] = []
    for name in _LIMITS:
        limits += [
            sa.Column(f"{name}_limit", sa.BigInteger),
            sa.Column(f"{name}_notify_limit", sa.BigInteger),
            sa.Column(f"{name}_notify_emails", sa.JSON, nullable=False),
        ]
    op.create_table(
        "customers",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", name="fk_customers_account_id")),
        sa.Column("description", sa.String(1000)),
        sa.Column("tariff_plan_id", sa.BigInteger),
        *limits,
        sa.PrimaryKeyConstraint("account_id", name="pk_customers"),
    )
