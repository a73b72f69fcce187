"""How long the accounts' recordings are kept; deletes none."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from ringledger.registry.accounts import Accounts
from ringledger.registry.tables import RECORDING_RULES

FOREVER = 0
"""The number of days of an account whose recordings are never deleted."""


class RecordingRules:
    """The rules of a registry: days by account; where an account has none, the server's setting holds."""

    def __init__(self, engine: Engine, accounts: Accounts) -> None:
        self._engine = engine
        self._accounts = accounts

    def set(self, account_name: str, days: int | None) -> None:
        """Keeps an account's recordings that many days, or as the setting says. Raises OperatorFault."""
        account = self._accounts.by_name(account_name)
        with self._engine.begin() as connection:
            connection.execute(delete(RECORDING_RULES).where(RECORDING_RULES.c.account_id == account.id))
            if days is not None:
                connection.execute(insert(RECORDING_RULES).values(account_id=account.id, days=days))

    def all(self) -> dict[int, int]:
        """Days by the account's id, of the accounts that have a rule of their own."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(RECORDING_RULES.c.account_id, RECORDING_RULES.c.days))
            return {row.account_id: row.days for row in rows}
