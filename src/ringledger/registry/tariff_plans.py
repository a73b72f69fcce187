"""The names of partners' tariff plans, whose ids their customers have; acts on none."""

from __future__ import annotations

import msgspec
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ringledger.faults import OperatorFault
from ringledger.registry.accounts import Account, Accounts
from ringledger.registry.tables import TARIFF_PLANS

LONGEST_NAME = 200
_LARGEST_ID = 2**53


class TariffPlan(msgspec.Struct, frozen=True):
    """A tariff plan of a partner."""

    id: int
    name: str


class TariffPlans:
    """The tariff plans of a registry's partners."""

    def __init__(self, engine: Engine, accounts: Accounts) -> None:
        self._engine = engine
        self._accounts = accounts

    def set(self, partner_name: str, plan: TariffPlan) -> None:
        """Names a plan of the partner, in place of the name that it had. Raises OperatorFault."""
        partner = self._partner(partner_name)
        if not 1 <= len(plan.name) <= LONGEST_NAME or not plan.name.isprintable() or plan.name != plan.name.strip():
            raise OperatorFault(f"a tariff plan's name has 1 to {LONGEST_NAME} printable characters, no blanks around")
        if not 0 <= plan.id <= _LARGEST_ID:
            raise OperatorFault(f"a tariff plan's id is a whole number from 0 to {_LARGEST_ID}")
        mine = (TARIFF_PLANS.c.account_id == partner.id) & (TARIFF_PLANS.c.plan_id == plan.id)
        renamed = update(TARIFF_PLANS).where(mine).values(name=plan.name)
        try:
            with self._engine.begin() as connection:
                if connection.execute(renamed).rowcount == 0:
                    row = {"account_id": partner.id, "plan_id": plan.id, "name": plan.name}
                    connection.execute(insert(TARIFF_PLANS).values(row))
        except IntegrityError:  # another node was quicker
            with self._engine.begin() as connection:
                connection.execute(renamed)

    def delete(self, partner_name: str, plan_id: int) -> None:
        """Forgets the name of a plan. Raises OperatorFault where the partner has no such plan."""
        partner = self._partner(partner_name)
        mine = (TARIFF_PLANS.c.account_id == partner.id) & (TARIFF_PLANS.c.plan_id == plan_id)
        with self._engine.begin() as connection:
            if connection.execute(delete(TARIFF_PLANS).where(mine)).rowcount == 0:
                raise OperatorFault(
                    f"the partner {partner.name!r} has no tariff plan {plan_id}; see: ringledger tariff list"
                )

    def list(self, partner_name: str) -> list[TariffPlan]:
        """The plans of a partner by id. Raises OperatorFault."""
        partner = self._partner(partner_name)
        query = select(TARIFF_PLANS).where(TARIFF_PLANS.c.account_id == partner.id).order_by(TARIFF_PLANS.c.plan_id)
        with self._engine.connect() as connection:
            return [TariffPlan(row.plan_id, row.name) for row in connection.execute(query)]

    def _partner(self, name: str) -> Account:
        partner = self._accounts.by_name(name)
        if not partner.is_partner:
            raise OperatorFault(f"the account {name!r} is no partner; only partners have tariff plans")
        return partner
