"""Users who are blocked or were deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds the columns."""
    for name in ("is_blocked", "is_deleted"):
        op.add_column("users", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
