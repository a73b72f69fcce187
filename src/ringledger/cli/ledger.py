"""The work that commands do on engine and registry together; prints nothing and reads no settings."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ringledger.cli.complaints import Complaints
from ringledger.faults import OperatorFault
from ringledger.reporting.moments import instants, parse_local
from ringledger.store.rejected_exports import export_rejected
from ringledger.store.request_log import NOBODY, RequestLog
from ringledger.store.session_exports import export_rows
from ringledger.store.session_files import Route, import_file

if TYPE_CHECKING:
    from ringledger.intake.call_recordings import CallRecordings
    from ringledger.intake.door import Door
    from ringledger.intake.queue_worker import QueueWorker
    from ringledger.intake.recording_downloads import RecordingDownloads
    from ringledger.intake.recordings import Recordings
    from ringledger.intake.uploads import Uploads
    from ringledger.registry.registry import Registry
    from ringledger.reporting.tagging import RulesOnArrival
    from ringledger.store.engine import Engine

Emit = Callable[[Mapping[str, object]], None]
"""Takes what is told while an operation runs: {"progress": records so far} or {"message": text}."""

Operation = Callable[..., dict[str, object]]
Export = Callable[..., Iterator[bytes]]

_SECOND: Final = 1_000_000
_DAY: Final = 86_400
_LONGEST_FETCH: Final = 300.0
"""Seconds that fetching a recording may take."""
_LAST_MOMENT: Final = 2**32 - 1


def clock() -> int:
    """The present moment in microseconds since 1970."""
    return time.time_ns() // 1000


class Ledger:
    """An open engine and an open registry, and the operations on both.

    An operation takes an `Emit` and arguments that JSON can carry, so that a server can do it for a command. After
    `silence` seconds without news calls under way are closed.
    """

    def __init__(
        self, engine: Engine, registry: Registry, recordings: str, address: str, silence: int | None = None
    ) -> None:
        self.engine = engine
        self.registry = registry
        self._recordings = recordings
        self._address = address
        self._silence = silence
        self.operations: Mapping[str, Operation] = {
            "import_records": self.import_records,
            "follow_records": self.follow_records,
            "import_calls": self.import_calls,
            "replay": self.replay,
            "attach_recording": self.attach_recording,
            "link_recording": self.link_recording,
            "delete_recordings": self.delete_recordings,
            "list_requests": self.list_requests,
        }
        self.exports: Mapping[str, Export] = {
            "export_calls": self.export_calls,
            "export_rejected": self.export_rejected,
        }

    @cached_property
    def door(self) -> Door:
        """The one way in for switch records."""
        from ringledger.intake.door import Door
        from ringledger.intake.surroundings import Surroundings

        surroundings = Surroundings(
            turn=self.registry.turns.of,
            contacts=self.registry.contacts.by_number,
            sites=self.registry.entries.site_rules,
            ended=self._rules,
            derived=self.downloads.want,
        )
        silence = None if self._silence is None else self._silence * _SECOND
        return Door(self.engine, clock, silence=silence, surroundings=surroundings)

    @cached_property
    def _rules(self) -> RulesOnArrival:
        from ringledger.reporting.tagging import RulesOnArrival

        return RulesOnArrival(self.engine, self.registry, clock)

    @cached_property
    def recordings(self) -> Recordings:
        """The recordings of all accounts."""
        from ringledger.intake.recordings import Recordings
        from ringledger.store.recordings import open_recordings

        return Recordings(open_recordings(self._recordings), self.engine, self.door, self._address)

    @cached_property
    def call_recordings(self) -> CallRecordings:
        """Where recordings of calls are named, also before the calls are known."""
        from ringledger.intake.call_recordings import CallRecordings

        return CallRecordings(self.engine, self.registry.waiting_recordings, self.recordings)

    @cached_property
    def downloads(self) -> RecordingDownloads:
        """The recordings that are to be fetched."""
        from ringledger.intake.recording_downloads import RecordingDownloads

        return RecordingDownloads(self.engine, clock)

    @cached_property
    def uploads(self) -> Uploads:
        """The uploaded calls that something is to be done for."""
        from ringledger.intake.uploads import Uploads

        return Uploads(self.engine, clock)

    def queue_worker(self, networks: str, largest: int) -> QueueWorker:
        """Who works on uploads, tells their statuses and fetches recordings.

        `networks` are reachable although inside, `largest` bounds recordings, in bytes.
        """
        from ringledger.intake import outbound, queue_worker, upload_news, upload_work
        from ringledger.intake.recording_downloads import DownloadWork
        from ringledger.intake.remote_recordings import Limits, RemoteRecordings

        out = outbound.Outbound(outbound.networks(networks))
        remote = RemoteRecordings(self.recordings, out, Limits(largest, _LONGEST_FETCH))
        work = upload_work.UploadWork(self.engine, self.registry, self.door, self.recordings, self.uploads, remote)
        fetching = DownloadWork(self.engine, self.downloads, remote, self.call_recordings, time.time, self._is_active)
        news = upload_news.UploadNews(self.uploads, self.registry.keys, out, time.time)
        shared = None if self.engine.embedded else self.registry.leases
        return queue_worker.QueueWorker(self.uploads, work, news, self.downloads, fetching, shared)

    def _is_active(self, account: int) -> bool:
        return self.registry.accounts.by_id(account).is_active

    def import_records(self, emit: Emit, *, dialect: str, files: Sequence[str], account: str) -> dict[str, object]:
        """Reads a switch's files as one stream. Raises OperatorFault, EngineFault and OSError."""
        with ExitStack() as opened:
            streams = [(name, opened.enter_context(Path(name).open("rb"))) for name in files]
            return self.take(emit, dialect=dialect, account=account, streams=streams)

    def follow_records(self, emit: Emit, *, dialect: str, file: str, account: str) -> dict[str, object]:
        """Reads a switch's file as it grows, until `emit` raises. Raises OperatorFault, EngineFault and OSError."""
        from ringledger.cli.following import follow_file

        follow_file(self, emit, dialect, file, account)

    def take(
        self, emit: Emit, *, dialect: str, account: str, streams: Sequence[tuple[str, Iterable[bytes]]]
    ) -> dict[str, object]:
        """Reads named streams of a switch's records as one. Raises OperatorFault and EngineFault."""
        from ringledger.intake.dialects import DIALECTS

        found = self.registry.accounts.by_name(account)

        complaints = Complaints(emit, account)

        def read(records: int) -> None:
            emit({"progress": records})

        directory = self.registry.directories.load(found.id)
        taken = self.door.take(DIALECTS[dialect], found.id, directory, streams, complaints, read)
        complaints.end()
        names = ("read", "events", "sessions", "waiting", "rejected")
        return {name: getattr(taken, name) for name in names}

    def import_calls(
        self, emit: Emit, *, files: Sequence[str], account: str | None, account_column: str | None
    ) -> dict[str, object]:
        """Loads files of call sessions. Raises OperatorFault, EngineFault and OSError."""
        accounts = {one.name: one.id for one in self.registry.accounts.all()}
        route = Route(self.registry.accounts.by_name(account).id if account else None, account_column, accounts)
        counts = {"read": 0, "imported": 0, "rejected": 0}
        for name in files:
            tell = functools.partial(_tell, emit, counts["read"])
            began = clock()
            imported = import_file(self.engine, Path(name), route, began, tell)
            self._settle_imported(began)
            for count in counts:
                counts[count] += getattr(imported, count)
            if imported.rejected:
                told = f"{name}: {imported.rejected} of {imported.read} records rejected, see {name}.rejected.ndjson"
                emit({"message": told})
        return dict(counts)

    def _settle_imported(self, since: int) -> None:
        from ringledger.intake.imported_calls import settle
        from ringledger.store.imported_calls import brought

        for account, period in brought(self.engine, since):
            settle(self.engine, self.registry, account, since)
            self._rules.to_imported(account, period, since)

    def replay(self, emit: Emit, *, account: str, begin: str | None, till: str | None) -> dict[str, object]:
        """Derives the sessions again from the kept events. Raises OperatorFault and EngineFault."""
        found = self.registry.accounts.by_name(account)
        directory = self.registry.directories.load(found.id)
        first = _seconds(begin, found.timezone, 0) if begin else None
        last = _seconds(till, found.timezone, 1) if till else None
        replayed = self.door.replay(
            found.id,
            directory,
            None if first is None else first * _SECOND,
            None if last is None else last * _SECOND + _SECOND - 1,
            lambda n: emit({"progress": n}),
        )
        return {name: getattr(replayed, name) for name in ("events", "calls", "sessions", "waiting")}

    def close_silent_calls(self) -> None:
        """Closes the calls under way of which nothing came in for long. Raises OperatorFault and EngineFault."""
        for account in self.registry.accounts.all():
            self.door.close_silent(account.id, self.registry.directories.load(account.id))

    def tell_calls_of_contacts(self) -> None:
        """Does what a server that ended did not: names changed contacts on their calls. Raises EngineFault."""
        from ringledger.store.contacts import tell_calls

        for account in self.registry.contacts.accounts_with_untold():
            tell_calls(self.engine, self.registry, account)

    def work_in_updates(self) -> None:
        """Has the call store work in what single changes of calls left behind. Raises EngineFault."""
        from ringledger.store.row_updates import work_in_updates

        work_in_updates(self.engine)

    def attach_recording(
        self, _: Emit, *, account: str, session: int, file: str, voice_mail: bool
    ) -> dict[str, object]:
        """Takes a sound file and names it in a session. Raises OperatorFault, EngineFault and OSError."""
        from ringledger.intake.audio import BadAudio

        found = self.registry.accounts.by_name(account)
        try:
            kept = self.recordings.keep(found.id, Path(file))
        except BadAudio as fault:
            raise OperatorFault(f"{file}: {fault}") from None
        if not self.recordings.attach(found.id, session, [kept], voice_mail=voice_mail):
            raise OperatorFault(f"the account {account!r} has no call session {session}")
        return {"mp3": kept.mp3, "wav": kept.wav, "seconds": round(kept.audio.seconds, 3)}

    def link_recording(
        self, _: Emit, *, account: str, session: int, record: str, voice_mail: bool, days: int
    ) -> dict[str, object]:
        """An address that plays a recording for some days without a token. Raises OperatorFault."""
        from ringledger.calls.codes import MediaKind
        from ringledger.rpc.media import Place, signed

        place = Place(MediaKind.VOICE_MAIL if voice_mail else MediaKind.TALK, session, record)
        app_id = self.registry.accounts.by_name(account).id
        return {"url": self._address + signed(self.registry, app_id, place, int(time.time()) + days * _DAY)}

    def delete_recordings(self, emit: Emit, *, account: str, begin: str | None, till: str | None) -> dict[str, object]:
        """Deletes the recordings of the sessions of a period. Raises OperatorFault, EngineFault and OSError."""
        found = self.registry.accounts.by_name(account)
        first = _seconds(begin, found.timezone, 0) if begin else 0
        last = _seconds(till, found.timezone, 1) if till else _LAST_MOMENT
        return {"sessions": self.recordings.delete(found.id, first, last, lambda n: emit({"progress": n}))}

    def tidy(self) -> None:
        """Writes down what the registry remembers and forgets what it need not keep; to be called now and then."""
        self.registry.tidy(int(time.time()))

    def list_requests(
        self, _: Emit, *, account: str | None, nobody: bool, begin: int, till: int, limit: int
    ) -> dict[str, object]:
        """The newest requests of the log, of one account, of nobody or of all. Raises OperatorFault and EngineFault."""
        names = {one.id: one.name for one in self.registry.accounts.all()}
        wanted = NOBODY if nobody else self.registry.accounts.by_name(account).id if account else None
        rows = RequestLog(self.engine).newest(begin, till, limit, wanted)
        return {"requests": [{**row, "account": names.get(row["account"])} for row in rows]}

    def forget_requests(self, days: int) -> None:
        """Deletes what the request log has kept for that many days; 0 keeps it for ever. Raises EngineFault."""
        if days:
            RequestLog(self.engine).forget(int(time.time()) - days * _DAY)

    def forget_recordings(self, days: int) -> None:
        """Deletes the recordings whose time is over; `days` holds for accounts without a rule. Raises as others do."""
        rules = self.registry.recording_rules.all()
        now = int(time.time())
        for account in self.registry.accounts.all():
            if kept := rules.get(account.id, days):
                self.recordings.delete(account.id, 0, now - kept * _DAY)

    def attach_waiting_recordings(self) -> None:
        """Attaches recordings that came before their calls, where the calls are known by now. Raises as others do."""
        self.call_recordings.attach_waiting(int(time.time()))

    def sweep_recordings(self) -> None:
        """Deletes the files that work that was cut off has left over. Raises as others do."""
        for account in self.registry.accounts.all():
            self.recordings.sweep(account.id, time.time())

    def export_calls(self, *, account: str, begin: str, till: str, output: str) -> Iterator[bytes]:
        """The account's sessions that started from `begin` to `till`, both included. Raises as the others do."""
        found = self.registry.accounts.by_name(account)
        first, last = _seconds(begin, found.timezone, 0), _seconds(till, found.timezone, 1)
        return export_rows(self.engine, found.id, first, last, output)

    def export_rejected(self, *, account: str) -> Iterator[bytes]:
        """What came in for the account and could not be read, as NDJSON. Raises OperatorFault and EngineFault."""
        return export_rejected(self.engine, self.registry.accounts.by_name(account).id)


def _tell(emit: Emit, before: int, done: int) -> None:
    emit({"progress": before + done})


def _seconds(text: str, timezone: str, which: int) -> int:
    """The first (0) or the last (1) instant of a local time; they differ where clocks show it twice."""
    local = parse_local(text)
    if local is None:
        raise OperatorFault(f"{text!r} is no moment; write it as YYYY-MM-DD hh:mm:ss")
    return instants(local, timezone)[which]
