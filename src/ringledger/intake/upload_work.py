"""Makes call sessions of uploaded calls: fetches recordings, finds who and what they name, writes; keeps no state.

An upload that was cut off is simply done again: the same call is the same event, the same recording the same file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from ringledger.calls.codes import Direction, RecordChannel, RecordType, TagType, UploadError, UploadStatus
from ringledger.calls.uploaded_calls import Named, UploadedCall
from ringledger.calls.uploaded_legs import employee_leg
from ringledger.intake import uploaded_calls
from ringledger.intake.audio import Audio, BadAudio
from ringledger.intake.door import Door
from ringledger.intake.outbound import Interrupted, OutboundFault
from ringledger.intake.recordings import Kept, Recordings
from ringledger.intake.remote_recordings import RemoteRecordings, reason_code
from ringledger.intake.uploads import Uploads
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine
from ringledger.store.session_changes import Change, Row
from ringledger.store.sessions import Ended, sessions_of_calls
from ringledger.store.uploads import Record, Upload

log = structlog.get_logger()


class _Recorded(msgspec.Struct, frozen=True):
    """A recording of a call, and who is heard."""

    kept: Kept
    employee: Named | None


class UploadWork:
    """The work on uploads; may be done on several threads at once."""

    def __init__(
        self,
        engine: Engine,
        registry: Registry,
        door: Door,
        recordings: Recordings,
        uploads: Uploads,
        remote: RemoteRecordings,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._door = door
        self._recordings = recordings
        self._uploads = uploads
        self._remote = remote

    def do(self, account: int, uploads: Sequence[Upload]) -> None:
        """Works on some uploads of one account; what became of them is in their status afterwards."""
        try:
            self._do(account, uploads)
        except Interrupted:
            log.info("uploads_interrupted", account=account, calls=len(uploads))
        except Exception:
            log.exception("uploads_failed", account=account, calls=len(uploads))
            self._uploads.move(uploads, UploadStatus.NOT_PROCESSED, UploadError.INTERNAL_ERROR)

    def interrupt(self) -> None:
        """Has downloads given up, because the server stops; their calls stay under way for the next one."""
        self._remote.interrupt()

    def _do(self, account: int, uploads: Sequence[Upload]) -> None:
        if not self._registry.accounts.by_id(account).is_active:
            self._uploads.move(uploads, UploadStatus.CANCELLED, UploadError.ACCOUNT_INACTIVE)
            return
        self._uploads.move([one for one in uploads if one.status == UploadStatus.NEW], UploadStatus.IN_PROCESS)
        fetched: list[tuple[Upload, list[_Recorded]]] = []
        for upload in uploads:
            try:
                fetched.append((upload, self._fetch(upload)))
            except (BadAudio, OutboundFault) as fault:
                code = reason_code(fault)
                log.info("upload_refused", account=account, ext_id=upload.ext_id, code=code, reason=str(fault))
                self._uploads.move([upload], UploadStatus.ERROR, code)
        if fetched:
            ids = self._write(account, fetched)
            done = [upload for upload, _ in fetched]
            self._uploads.move(done, UploadStatus.PROCESSED, session=lambda upload: ids[upload.ext_id])

    def _fetch(self, upload: Upload) -> list[_Recorded]:
        """The recordings of the call and who is heard, in its order. Raises BadAudio, OutboundFault, OSError."""
        kept: dict[str, Kept] = {}
        for record in upload.records:
            if record.record_url not in kept:
                kept[record.record_url] = self._remote.keep(upload.account, record.record_url)
            _check(upload, record, kept[record.record_url].audio)
        return [_Recorded(kept[record.record_url], self._employee(upload.account, record)) for record in upload.records]

    def _write(self, account: int, fetched: Sequence[tuple[Upload, list[_Recorded]]]) -> dict[str, int]:
        """Makes the sessions and says what was uploaded of them; returns their ids by ext_id."""
        lines = [msgspec.json.encode(self._call(upload, recorded)) for upload, recorded in fetched]
        directory = self._registry.directories.load(account)
        self._door.take(uploaded_calls, account, directory, [("upload.calls", lines)], _refuse)
        starts = [upload.start_time for upload, _ in fetched]
        keys = [upload.ext_id for upload, _ in fetched]
        ids = sessions_of_calls(self._engine, account, uploaded_calls.SOURCE, keys, (min(starts), max(starts)))
        changes = {ids[upload.ext_id]: self._change(upload, recorded) for upload, recorded in fetched}

        def settle() -> None:
            for upload, recorded in fetched:
                self._recordings.name_in_legs(
                    account,
                    ids[upload.ext_id],
                    [(employee_leg(one.employee.id) if one.employee else None, one.kept) for one in recorded],
                )
            # Rules ask for what the upload says of the call too, which is known only now.
            ended = [Ended(ids[upload.ext_id], upload.start_time, is_new=True) for upload, _ in fetched]
            self._door.tell_ended(account, ended)

        self._door.change(account, changes, settle)
        return ids

    def _call(self, upload: Upload, recorded: Sequence[_Recorded]) -> UploadedCall:
        names, account = self._registry.names, upload.account
        alone = upload.visitor_session_id is None
        sites = names.sites(account, [upload.site_id] if upload.site_id and alone else [])
        campaigns = names.campaigns(account, [upload.campaign_id] if upload.campaign_id and alone else [])
        return UploadedCall(
            ext_id=upload.ext_id,
            uploaded=upload.upload_time * 1_000_000,
            direction=Direction(upload.direction),
            calling_phone_number=upload.calling_phone_number,
            called_phone_number=upload.called_phone_number,
            start=upload.start_time,
            finish=upload.finish_time,
            is_lost=upload.is_lost,
            is_transfer=upload.is_transfer,
            wait_duration=upload.wait_duration,
            talk_duration=upload.talk_duration,
            employees=tuple(one.employee for one in recorded if one.employee is not None),
            site=next((Named(*found) for found in sites.items()), None),
            campaign=next((Named(*found) for found in campaigns.items()), None),
        )

    def _employee(self, account: int, record: Record) -> Named | None:
        if record.employee_id is not None:
            found = self._registry.names.employees(account, [record.employee_id])
            if found:
                return Named(*next(iter(found.items())))
        if record.employee_name is None:
            return None
        made = self._registry.names.employee(account, record.employee_name)
        return Named(made.id, made.name)

    def _change(self, upload: Upload, recorded: Sequence[_Recorded]) -> Change:
        tags = [self._tag(upload, tag_id, name) for tag_id, name in ((tag.tag_id, tag.tag_name) for tag in upload.tags)]
        naming = self._recordings.naming(upload.account, list(dict.fromkeys(one.kept for one in recorded)))

        def change(row: Row) -> Mapping[str, object]:
            set_before = {tag["tag_id"] for tag in row["tags"]}
            new = {tag["tag_id"]: tag for tag in tags if tag["tag_id"] not in set_before}
            return {
                "ext_id": upload.ext_id,
                "visitor_session_id": upload.visitor_session_id,
                "source_id": upload.source_id,
                "tags": [*row["tags"], *new.values()],
                **naming(row),
            }

        return change

    def _tag(self, upload: Upload, tag_id: int | None, name: str | None) -> dict[str, object]:
        found = self._registry.names.tags(upload.account, [tag_id]) if tag_id is not None else {}
        if not found:
            made = self._registry.names.tag(upload.account, name or "")
            found = {made.id: made.name}
        (known_id, known_name), *_ = found.items()
        login = upload.user_login
        employee = None if login is None else self._registry.names.employee_of_user(upload.account, login)
        return {
            "tag_name": known_name,
            "tag_id": known_id,
            "tag_change_time": f"{datetime.fromtimestamp(upload.upload_time, UTC):%Y-%m-%d %H:%M:%S}",
            "tag_type": TagType.MANUAL,
            "tag_user_id": upload.user_id,
            "tag_user_login": upload.user_login,
            "tag_employee_id": employee.id if employee else None,
            "tag_employee_full_name": employee.name if employee else None,
        }


def _check(upload: Upload, record: Record, audio: Audio) -> None:
    if upload.record_type == RecordType.WAV and audio.kind != RecordType.WAV:
        raise BadAudio(UploadError.RECORD_FORMAT_NOT_SUPPORTED)
    if record.employee_channel == RecordChannel.RIGHT and audio.channels < 2:
        raise BadAudio(UploadError.RECORD_CHANNEL_MISSING)


def _refuse(_: str, line: object) -> None:
    raise ValueError(f"an upload that was taken cannot be read: {line}")
