"""Tariff plans: named by their partner, renamed, forgotten."""

from __future__ import annotations

import pytest

from ringledger.faults import OperatorFault
from ringledger.registry.registry import Registry
from ringledger.registry.tariff_plans import TariffPlan


def test_a_plan_is_named_renamed_and_forgotten(registry: Registry) -> None:
    registry.accounts.create("agency", partner=True)
    plans = registry.tariff_plans
    for plan in (TariffPlan(2**40, "Large"), TariffPlan(7, "Office"), TariffPlan(7, "Office 50")):
        plans.set("agency", plan)
    assert plans.list("agency") == [TariffPlan(7, "Office 50"), TariffPlan(2**40, "Large")]
    plans.delete("agency", 7)
    assert plans.list("agency") == [TariffPlan(2**40, "Large")]
    with pytest.raises(OperatorFault, match="no tariff plan 7"):
        plans.delete("agency", 7)


def test_only_partners_have_plans_and_a_name_prints(registry: Registry) -> None:
    registry.accounts.create("agency", partner=True)
    registry.accounts.create("plain")
    with pytest.raises(OperatorFault, match="no partner"):
        registry.tariff_plans.set("plain", TariffPlan(7, "Office"))
    for plan in (TariffPlan(7, ""), TariffPlan(7, "two\nlines"), TariffPlan(7, "x" * 201), TariffPlan(-1, "Office")):
        with pytest.raises(OperatorFault):
            registry.tariff_plans.set("agency", plan)
    assert registry.tariff_plans.list("agency") == []
