"""Accounts, users, access tokens and the directory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the first tables."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("is_partner", sa.Boolean, nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("accounts.id", name="fk_accounts_parent_id")),
        sa.Column("whitelist", sa.JSON, nullable=False),
        sa.Column("day_limit", sa.Integer),
        sa.Column("minute_limit", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    _owned(
        "users",
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    _owned(
        "access_tokens",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name="fk_access_tokens_user_id")),
        sa.Column("name", sa.String(200)),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("blocked", sa.Boolean, nullable=False),
        sa.Column("last_used", sa.BigInteger),
        sa.UniqueConstraint("hash", name="uq_access_tokens_hash"),
    )
    _owned(
        "employees",
        sa.Column("full_name", sa.String(300), nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.Column("channels", sa.JSON, nullable=False),
    )
    _owned("externals", sa.Column("number", sa.String(100)), sa.Column("channels", sa.JSON, nullable=False))
    for table in ("users", "access_tokens", "employees", "externals"):
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])
    for table in ("scenarios", "sites", "campaigns"):
        unique = sa.UniqueConstraint("account_id", "name", name=f"uq_{table}_account_id")
        _owned(table, sa.Column("name", sa.String(300), nullable=False), unique)
    _owned(
        "virtual_numbers",
        sa.Column("number", sa.String(100), nullable=False),
        sa.Column("scenario_id", sa.Integer, sa.ForeignKey("scenarios.id", name="fk_virtual_numbers_scenario_id")),
        sa.Column("site_id", sa.Integer, sa.ForeignKey("sites.id", name="fk_virtual_numbers_site_id")),
        sa.Column("campaign_id", sa.Integer, sa.ForeignKey("campaigns.id", name="fk_virtual_numbers_campaign_id")),
        sa.UniqueConstraint("account_id", "number", name="uq_virtual_numbers_account_id"),
    )


def _owned(table: str, *items: sa.schema.SchemaItem) -> None:
    """A table whose rows belong to an account."""
    op.create_table(
        table,
        sa.Column("id", sa.Integer),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("accounts.id", name=f"fk_{table}_account_id"), nullable=False
        ),
        *items,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
