"""Who may hear a recording, and what there is to hear: a token's or a signed link's account, and only its own."""

from __future__ import annotations

import hashlib
import hmac
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from ringledger.calls.codes import MediaKind
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.operators import Operator
from ringledger.faults import CallerFault
from ringledger.intake.audio import convert
from ringledger.intake.recordings import WAV
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE, View
from ringledger.reporting import reply
from ringledger.reporting.query import Condition, Junction, ReportQuery
from ringledger.rpc import access
from ringledger.rpc.envelope import Request
from ringledger.rpc.request_log import LONGEST_NAME, Component, Ended, Notebook, Origin, Parties
from ringledger.store.engine import Engine
from ringledger.store.recordings import RecordingStore, StoredFile, is_digest

_COLUMNS: Final[dict[MediaKind, tuple[str, ...]]] = {
    MediaKind.TALK: ("call_records", "wav_call_records"),
    MediaKind.VOICE_MAIL: ("voice_mail_records",),
}
_FIELDS: Final = {field.name: field for field in CALLS_REPORT.fields}
_FIRST_MOMENT: Final = 86_400  # the engine reads fewer digits as a year
_LAST_MOMENT: Final = 2**32 - 1
_PIECE: Final = 1 << 18


def _nothing() -> None:
    """Most files hold nothing open."""


class Place(msgspec.Struct, frozen=True):
    """Where a recording plays: the id of a communication and of one of its recordings."""

    kind: MediaKind
    communication: int
    record: str

    @property
    def path(self) -> str:
        """The path of its address."""
        return f"/system/media/{self.kind}/{self.communication}/{self.record}/"


class Playable(msgspec.Struct, frozen=True):
    """A recording that may be heard: its bytes never change, so that `etag` names them."""

    file: StoredFile
    content_type: str
    etag: str
    close: Callable[[], None] = _nothing
    """To be called where `file` is not read."""


class Media:
    """The recordings of an engine's sessions for the registry's callers. `clock` gives Unix seconds."""

    def __init__(
        self,
        engine: Engine,
        registry: Registry,
        store: RecordingStore,
        notebook: Notebook,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._store = store
        self._notebook = notebook
        self._clock = clock

    def open(self, place: Place, params: Mapping[str, str], address: str, request_id: str = "") -> Playable | None:
        """The recording, or None where the caller's account has none of that name there; noted either way.

        `params` holds either access_token, and user_id where a partner asks, or what `signed` has added to the
        address. Raises CallerFault for a caller who may not ask, and OSError.
        """
        began, parties, mnemonic = self._clock(), Parties(), "internal_error"
        try:
            found = self._opened(place, params, address, parties)
            mnemonic = "entity_not_found" if found is None else "ok"
        except CallerFault as fault:
            mnemonic = fault.mnemonic
            raise
        finally:
            ended = Ended(int(began), (self._clock() - began) * 1000, mnemonic, points=0, rows=int(mnemonic == "ok"))
            origin = Origin(address, request_id, Component.MEDIA)
            self._notebook.note(_asked(place, params), parties, ended, origin)
        return found

    def _opened(self, place: Place, params: Mapping[str, str], address: str, parties: Parties) -> Playable | None:
        account, view = self._granted(place, params, address, parties)
        parties.session = self._session(account, view, place)
        if parties.session is None:
            return None
        digest = place.record.removesuffix(WAV)
        file = self._store.find(account.id, digest) if is_digest(digest) else None
        if file is None:
            return None
        if place.record != digest:
            opened = _as_wav(file)
            return Playable(opened, "audio/wav", f'"{place.record}"', opened.file.close)
        head = b"".join(file.read(0, min(4, file.size)))
        return Playable(file, "audio/wav" if head == b"RIFF" else "audio/mpeg", f'"{digest}"')

    def _granted(self, place: Place, params: Mapping[str, str], address: str, parties: Parties) -> tuple[Account, View]:
        now = int(self._clock())
        if "signature" in params:
            account = parties.payer = parties.account = self._signed_for(place, params, now)
            access.check_account(account, address)
            return account, WHOLE
        asked: dict[str, object] = dict(params)
        user_id = asked.get("user_id")
        if isinstance(user_id, str):
            if not user_id.isascii() or not user_id.isdigit():
                raise CallerFault("data_type_error", "user_id", user_id)
            asked["user_id"] = int(user_id)
        caller = access.identify(self._registry, asked.get("access_token"))
        parties.called(caller)
        access.check_caller(caller, address, now)
        granted = access.grant(self._registry, METHODS[CALLS_REPORT.method], caller, asked, address, now, parties)
        return granted.account, granted.view

    def _signed_for(self, place: Place, params: Mapping[str, str], now: int) -> Account:
        account, expires = params.get("app_id", ""), params.get("expires", "")
        if not (account.isascii() and account.isdigit() and expires.isascii() and expires.isdigit()):
            raise CallerFault("access_token_invalid")
        key = self._registry.keys.of("media", int(account))
        if not hmac.compare_digest(_signature(key, place, int(expires)), params["signature"].encode()):
            raise CallerFault("access_token_invalid")
        if int(expires) <= now:
            raise CallerFault("access_token_expired")
        return self._registry.accounts.by_id(int(account))

    def _session(self, account: Account, view: View, place: Place) -> int | None:
        """The session that has the recording, of those that the caller may see: asked as every report asks."""
        columns = _COLUMNS[place.kind]
        query = ReportQuery(
            report=CALLS_REPORT,
            account=account.id,
            view=view,
            timezone=account.timezone,
            fields=tuple(_FIELDS[name] for name in ("id", *columns)),
            begin=_FIRST_MOMENT,
            end=_LAST_MOMENT,
            limit=10,
            offset=0,
            filter=_of_communication(place.communication),
            ongoing=True,
        )
        rows: list[dict[str, Any]] = msgspec.json.decode(reply.rows(self._engine, query))
        return next((row["id"] for row in rows for name in columns if place.record in row[name]), None)


def _asked(place: Place, params: Mapping[str, str]) -> Request:
    """The request as the log has it."""
    told = {"communication_id": place.communication, "record": place.record[:LONGEST_NAME]}
    user = {"user_id": params["user_id"][:LONGEST_NAME]} if "user_id" in params else {}
    return Request(None, f"media.{place.kind}", {**told, **user})


def _of_communication(communication: int) -> Junction:
    """A session that was stored without a communication's id plays under its own."""
    field = _FIELDS["communication_id"]
    own = Condition(_FIELDS["id"], Operator.EQUAL, communication)
    without = Junction("and", (Condition(field, Operator.EQUAL, None), own))
    return Junction("or", (Condition(field, Operator.EQUAL, communication), without))


def signed(registry: Registry, account: int, place: Place, expires: int) -> str:
    """Path and query of an address that plays until `expires` (Unix seconds) without a token."""
    signature = _signature(registry.keys.of("media", account), place, expires).decode()
    return f"{place.path}?app_id={account}&expires={expires}&signature={signature}"


def _signature(key: bytes, place: Place, expires: int) -> bytes:
    return hmac.digest(key, f"{place.path}\n{expires}".encode(), hashlib.sha256).hex().encode()


class _Opened(msgspec.Struct, frozen=True):
    """A file without a name, gone when it is closed."""

    file: BinaryIO
    size: int

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        with self.file:
            self.file.seek(start)
            left = stop - start
            while left and (piece := self.file.read(min(left, _PIECE))):
                left -= len(piece)
                yield piece


def _as_wav(file: StoredFile) -> _Opened:
    with tempfile.TemporaryDirectory(prefix="ringledger-") as folder:
        source, target = Path(folder, "recording.mp3"), Path(folder, "recording.wav")
        with source.open("wb") as copy:
            copy.writelines(file.read(0, file.size))
        convert(source, target)
        return _Opened(target.open("rb"), target.stat().st_size)
