"""What tests of reports share: nothing that is read ahead waits for a quiet moment, unless a test is about that."""

from __future__ import annotations

import pytest

from ringledger.reporting import reading_ahead


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_IDLE", 0)
