"""Recordings that switches bring for calls by the switch's own id: attached at once, or when the call is known."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import structlog

from ringledger.intake.recordings import Kept, Recording, Recordings
from ringledger.registry.waiting_recordings import WaitingRecording, WaitingRecordings
from ringledger.store.engine import Engine
from ringledger.store.events import Events
from ringledger.store.sessions import sessions_of_calls

log = structlog.get_logger()

LONGEST_WAIT: Final = 86_400
"""Seconds that a recording waits for its call; the store keeps a file that no session names as long."""


class OfCall(msgspec.Struct, frozen=True):
    """What was recorded: a source's call, by any key of it. Where `leg_key` is None, the key may be that of a leg."""

    source: str
    key: str
    is_voice_mail: bool = False
    leg_key: str | None = None


class CallRecordings:
    """The recordings of calls by source and key; may be used from any thread."""

    def __init__(self, engine: Engine, waiting: WaitingRecordings, recordings: Recordings) -> None:
        self._engine = engine
        self._waiting = waiting
        self._recordings = recordings

    def take(self, account: int, call: OfCall, file: Path, now: int) -> tuple[Kept, bool]:
        """Keeps a file, durably, for a call; tells whether the call is known and names it now.

        `now` is in Unix seconds. Raises BadAudio, EngineFault and OSError.
        """
        kept = self._recordings.keep(account, file)
        return kept, self.name(account, call, kept, now)

    def name(self, account: int, call: OfCall, kept: Recording, now: int) -> bool:
        """Names a recording of the store in its call, now or when the call is known, and tells which.

        `now` is in Unix seconds. Raises EngineFault and OSError.
        """
        wanted = WaitingRecording(account, call.source, call.key, kept.mp3, kept.wav, call.is_voice_mail, now)
        attached = self._attach(wanted, call.leg_key)
        if not attached:
            self._waiting.add(wanted)
        return attached

    def attach_waiting(self, now: int) -> None:
        """Attaches what waited for calls that are known by now, and gives up what has waited for a day.

        Raises EngineFault and OSError.
        """
        for one in self._waiting.all():
            late = one.since < now - LONGEST_WAIT
            if late:
                log.warning("recording_without_a_call", account=one.account_id, source=one.source, call=one.call_key)
            if late or self._attach(one):
                self._waiting.remove(one.id)

    def _attach(self, wanted: WaitingRecording, leg_key: str | None = None) -> bool:
        keys = {key for pair in self._linked(wanted) for key in pair} | {wanted.call_key}
        sessions = sessions_of_calls(self._engine, wanted.account_id, wanted.source, keys)
        if not sessions:
            return False
        session = sessions.get(wanted.call_key) or min(sessions.values())
        recording = Recording(wanted.mp3, wanted.wav)
        return self._recordings.attach(
            wanted.account_id,
            session,
            [recording],
            voice_mail=wanted.is_voice_mail,
            leg_key=leg_key or wanted.call_key,
        )

    def _linked(self, wanted: WaitingRecording) -> set[tuple[str, str]]:
        return Events(self._engine, wanted.account_id, wanted.source).linked([wanted.call_key])
