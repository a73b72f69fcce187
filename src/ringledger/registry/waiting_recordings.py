"""Recordings that came before their calls; knows neither files nor calls."""

from __future__ import annotations

import msgspec
from sqlalchemy import Engine, delete, insert, select

from ringledger.registry.tables import WAITING_RECORDINGS


class WaitingRecording(msgspec.Struct, frozen=True):
    """A recording in the store and the call that it belongs to; `since` is in Unix seconds."""

    account_id: int
    source: str
    call_key: str
    mp3: str
    wav: str
    is_voice_mail: bool
    since: int
    id: int = 0


class WaitingRecordings:
    """The waiting recordings of a registry's accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, recording: WaitingRecording) -> None:
        """Remembers a recording, durably."""
        row = {name: getattr(recording, name) for name in WaitingRecording.__struct_fields__ if name != "id"}
        with self._engine.begin() as connection:
            connection.execute(insert(WAITING_RECORDINGS).values(row))

    def all(self) -> list[WaitingRecording]:
        """Those of all accounts, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(WAITING_RECORDINGS).order_by(WAITING_RECORDINGS.c.id))
            return [WaitingRecording(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name

    def remove(self, recording_id: int) -> None:
        """Forgets one."""
        with self._engine.begin() as connection:
            connection.execute(delete(WAITING_RECORDINGS).where(WAITING_RECORDINGS.c.id == recording_id))
