"""The country whose dialling habits an account's numbers follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the column; where it is null the time zone tells the country."""
    op.add_column("accounts", sa.Column("country", sa.String(2)))
