"""The whole directory: tags, groups, contacts, schedules, segments, rules, and the names that changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NAMED = (
    "group_employees",
    "schedules",
    "segments",
    "media_files",
    "contact_organizations",
    "group_contacts",
    "tag_rules",
)


def upgrade() -> None:
    """Adds the columns and the tables."""
    for table in ("employees", "sites", "campaigns", "scenarios", "tags"):
        op.add_column(table, sa.Column("details", sa.JSON))
        op.add_column(table, sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false()))
    for table in _NAMED:
        unique = sa.UniqueConstraint("account_id", "name", name=f"uq_{table}_account_id")
        _named(table, unique)
    op.add_column("tags", sa.Column("is_system", sa.Boolean, nullable=False, server_default=sa.false()))
    _named("contacts")
    op.create_index("ix_contacts_account_id", "contacts", ["account_id"])
    op.create_table(
        "contact_numbers",
        _account("contact_numbers"),
        sa.Column("number", sa.String(100)),
        sa.Column("contact_id", sa.Integer, sa.ForeignKey("contacts.id", name="fk_contact_numbers_contact_id")),
        sa.Column("is_applied", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "number", name="pk_contact_numbers"),
    )
    op.create_index("ix_contact_numbers_contact_id", "contact_numbers", ["contact_id"])
    op.create_table(
        "changed_names",
        _account("changed_names"),
        sa.Column("kind", sa.String(30)),
        sa.Column("entity_id", sa.Integer, autoincrement=False),
        sa.Column("name", sa.String(300)),
        sa.PrimaryKeyConstraint("account_id", "kind", "entity_id", name="pk_changed_names"),
    )


def _account(table: str) -> sa.Column[int]:
    return sa.Column(
        "account_id", sa.Integer, sa.ForeignKey("accounts.id", name=f"fk_{table}_account_id"), nullable=False
    )


def _named(table: str, *constraints: sa.Constraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer),
        _account(table),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("details", sa.JSON),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *constraints,
    )
