"""The commands on the names of partners' tariff plans; every rule about them is the registry's."""

from __future__ import annotations

from typing import Annotated

import typer

from ringledger.cli.command import answer, command, group
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings

tariff = group("Name the tariff plans that a partner's customers have.")

PartnerOption = Annotated[str, typer.Option("--account", metavar="PARTNER", help="The partner.")]
IdArgument = Annotated[int, typer.Argument(metavar="ID", help="The id that customers have as tariff_plan_id.")]


@command(tariff, "set")
def set_tariff(
    settings: Settings,
    plan_id: IdArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, which get.customers shows.")],
    account: PartnerOption,
) -> None:
    """Names a tariff plan, or gives it another name, and prints {"id": ..., "name": ...}.

    \b
    ringledger tariff set 7 "Office 50" --account agency
    """
    from ringledger.registry.tariff_plans import TariffPlan

    with open_registry(settings) as registry:
        registry.tariff_plans.set(account, TariffPlan(plan_id, name))
        answer({"id": plan_id, "name": name})


@command(tariff, "list")
def list_tariffs(settings: Settings, account: PartnerOption) -> None:
    """Prints an array of the partner's tariff plans: id and name.

    \b
    ringledger tariff list --account agency
    """
    with open_registry(settings) as registry:
        answer([{"id": one.id, "name": one.name} for one in registry.tariff_plans.list(account)])


@command(tariff, "delete")
def delete_tariff(settings: Settings, plan_id: IdArgument, account: PartnerOption) -> None:
    """Forgets the name of a tariff plan; customers keep its id.

    \b
    ringledger tariff delete 7 --account agency
    """
    with open_registry(settings) as registry:
        registry.tariff_plans.delete(account, plan_id)
