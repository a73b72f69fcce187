"""Codes are what clients see; their labels stand beside them."""

from __future__ import annotations

from ringledger.calls.codes import Attribute, Direction, FinishReason, Source, VisitorType


def test_a_code_is_its_value() -> None:
    assert Direction("in") is Direction.IN
    assert f"{Source.VA}" == "va"
    assert VisitorType("New") is VisitorType.NEW
    assert Attribute("off-target") is Attribute.OFF_TARGET


def test_every_finish_reason_has_a_label() -> None:
    assert len(FinishReason) == 64
    assert all(reason.label for reason in FinishReason)
    assert FinishReason.TIMEOUT.label == "Time of a dial up is out"
