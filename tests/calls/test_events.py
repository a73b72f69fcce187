"""A switch's record as it came."""

from __future__ import annotations

import pytest

from ringledger.calls.events import RecordedEvent
from ringledger.faults import RecordFault


@pytest.mark.parametrize("time", [0, 2**32 * 10**6 - 1])
def test_an_event_has_a_time_that_the_tables_hold(time: int) -> None:
    assert RecordedEvent("switch", ("key",), "id", time, "record").time == time


@pytest.mark.parametrize("time", [-1, 2**32 * 10**6])
def test_a_time_that_no_table_holds_makes_no_event(time: int) -> None:
    with pytest.raises(RecordFault, match="outside the years 1970 to 2105"):
        RecordedEvent("switch", ("key",), "id", time, "record")
