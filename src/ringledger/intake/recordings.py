"""Recordings of calls: checked, kept in both formats, attached to sessions, deleted; knows no HTTP and no commands."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from ringledger.calls.leg_derivation import recorded_leg
from ringledger.intake.audio import Audio, convert, inspect
from ringledger.intake.door import Door
from ringledger.store.engine import Engine
from ringledger.store.leg_recordings import forget_in_legs, legs_of, name_in_leg
from ringledger.store.recordings import RecordingStore, is_digest
from ringledger.store.session_changes import Change, Row
from ringledger.store.session_recordings import COLUMNS, holding, unnamed

WAV: Final = ".wav"
"""What the id of a recording ends with that is kept as MP3 and played as WAV."""

_PAGE: Final = 1_000
_SETTLED: Final = 86_400
"""Seconds after which a file that no session names is left over from work that was cut off."""


class Recording(msgspec.Struct, frozen=True):
    """A recording in the store: the ids by which it plays as MP3 and as WAV."""

    mp3: str
    wav: str


class Kept(Recording, frozen=True):
    """A recording that was taken into the store, and what it holds."""

    audio: Audio


class Recordings:
    """The recordings of all accounts; may be used from any thread. `address` is the server's, for links to it."""

    def __init__(self, store: RecordingStore, engine: Engine, door: Door, address: str = "") -> None:
        self.store = store
        self._engine = engine
        self._door = door
        self._address = address.rstrip("/")

    def keep(self, account: int, source: Path) -> Kept:
        """Takes a WAV or MP3 file into the store. Raises BadAudio for what is neither or damaged, and OSError.

        A WAV file is kept as it came and as MP3; an MP3 file is kept as it came and made WAV when it is played.
        """
        with source.open("rb") as file:
            is_riff = file.read(4) == b"RIFF"
        if not is_riff:
            audio = inspect(source)
            digest = self.store.put(account, source)
            return Kept(digest, digest + WAV, audio)
        with tempfile.TemporaryDirectory(prefix="ringledger-") as folder:
            mp3 = Path(folder, "recording.mp3")
            audio = convert(source, mp3)
            return Kept(self.store.put(account, mp3), self.store.put(account, source), audio)

    def attach(
        self,
        account: int,
        session: int,
        kept: Sequence[Recording],
        *,
        voice_mail: bool = False,
        leg_key: str | None = None,
    ) -> bool:
        """Names kept recordings in a session and its leg; False where the account has no such session.

        What is named already is not named twice, and nothing else of the session changes. Raises EngineFault, OSError.
        """
        change = self.naming(account, kept, voice_mail=voice_mail)
        of_legs = () if voice_mail else [(leg_key, one) for one in kept]
        then = functools.partial(self.name_in_legs, account, session, of_legs)
        return bool(self._door.change(account, {session: change}, then))

    def name_in_legs(self, account: int, session: int, kept: Sequence[tuple[str | None, Recording]]) -> None:
        """Names recordings in the legs of a session, by the keys of those that were recorded, where that is told.

        The caller has the account's turn. Raises EngineFault.
        """
        for told, recording in kept:
            legs = legs_of(self._engine, account, session)
            key = recorded_leg(((leg["leg_key"], leg["party"]) for leg in legs), told)
            for leg in legs:
                if leg["leg_key"] == key:
                    name_in_leg(self._engine, account, leg, [recording.mp3])

    def naming(self, account: int, kept: Sequence[Recording], *, voice_mail: bool = False) -> Change:
        """The change of a session that names kept recordings in it."""

        def change(row: Row) -> Mapping[str, object]:
            for digest in {name[:64] for one in kept for name in (one.mp3, one.wav)}:
                if self.store.find(account, digest) is None:
                    raise FileNotFoundError(f"the recording {digest} was deleted before it was attached")
            if voice_mail:
                return {"voice_mail_records": _with(row["voice_mail_records"], (one.mp3 for one in kept))}
            talks = _with(row["call_records"], (one.mp3 for one in kept))
            return {
                "call_records": talks,
                "wav_call_records": _with(row["wav_call_records"], (one.wav for one in kept)),
                "full_record_file_link": row["full_record_file_link"] or (self._link(row, talks[0]) if talks else None),
            }

        return change

    def delete(self, account: int, begin: int, end: int, progress: Callable[[int], None] | None = None) -> int:
        """Deletes the recordings of sessions that started from `begin` to `end`, Unix seconds, both included.

        Returns how many sessions had any. A file that another session names too stays. Raises EngineFault, OSError.
        """
        done = 0
        while sessions := holding(self._engine, account, begin, end, _PAGE):
            self._forget(account, sessions)
            done += len(sessions)
            if progress is not None:
                progress(done)
        return done

    def sweep(self, account: int, now: float) -> int:
        """Deletes files that no session names and that are older than a day; returns how many. Raises as `delete`."""
        deleted = 0
        old = (digest for digest, changed in self.store.files(account) if changed < now - _SETTLED)
        while some := set(islice(old, _PAGE)):
            deleted += self._sweep(account, some)
        return deleted

    def _sweep(self, account: int, digests: set[str]) -> int:
        left: set[str] = set()
        self._door.change(account, {}, lambda: left.update(self._delete_unnamed(account, digests)))
        return len(left)

    def _forget(self, account: int, sessions: Iterable[int]) -> None:
        digests: set[str] = set()

        def change(row: Row) -> Mapping[str, object]:
            values: dict[str, object] = {}
            for column in COLUMNS:
                ours = [record for record in row[column] if is_digest(record.removesuffix(WAV))]
                digests.update(record[:64] for record in ours)
                values[column] = [record for record in row[column] if record not in ours]
            return values | {"full_record_file_link": None}

        ids = list(sessions)

        def then() -> None:
            forget_in_legs(self._engine, account, ids, digests)
            self._delete_unnamed(account, digests)

        self._door.change(account, dict.fromkeys(ids, change), then)

    def _delete_unnamed(self, account: int, digests: set[str]) -> set[str]:
        left = unnamed(self._engine, account, digests)
        for digest in left:
            self.store.delete(account, digest)
        return left

    def _link(self, row: Row, record: str) -> str:
        return f"{self._address}/system/media/talk/{row['communication_id'] or row['id']}/{record}/"


def _with(records: Sequence[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*records, *more)))
