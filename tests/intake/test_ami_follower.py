"""A switch's events are heard through losses of the connection, of the switch and of this program."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.certificates import self_signed
from tests.intake.ami_switch import SECRET, Switch, over_tls
from tests.intake.test_asterisk_samples import expected

from ringledger.faults import EngineFault
from ringledger.intake import ami_client, ami_follower, csv_records
from ringledger.intake.ami_client import AmiLogin
from ringledger.intake.ami_follower import AmiFollower
from ringledger.intake.dialects import DIALECTS, LIVE_ASTERISK
from ringledger.intake.door import Door
from ringledger.intake.following_news import FollowingNews
from ringledger.intake.growing_file import GrowingFile
from ringledger.registry.directories import DirectoryFile, EmployeeEntry, ExternalEntry
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement

SAMPLES = Path(__file__).parent / "samples" / "asterisk"
NAME = "05_blind_transfer_by_callee.cel"
ROWS = (SAMPLES / f"{NAME}.csv").read_text("utf-8").splitlines()


def call(number: int) -> list[str]:
    """The sample's call, as another call of another day."""
    shifted = [
        row.replace("17731335", f"177313{50 + number:02}").replace("17731336", f"177313{51 + number:02}")
        for row in ROWS
    ]
    return [row.replace("+493023125019", f"+4930231250{number:02}") for row in shifted]


MAPPING = expected(NAME)["mapping"]
DIRECTORY = DirectoryFile(
    employees=tuple(
        EmployeeEntry(entry["number"], (entry["number"],), tuple(entry["channels"])) for entry in MAPPING["employees"]
    ),
    external=tuple(ExternalEntry(entry["number"], tuple(entry["channels"])) for entry in MAPPING["external"]),
)


class Running:
    """A follower on a loop of its own thread, until it is killed."""

    def __init__(self, follower: AmiFollower) -> None:
        self._follower = follower
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        async def main() -> None:
            self._task = asyncio.current_task()
            await self._follower.run()

        try:
            self._loop.run_until_complete(main())
        except asyncio.CancelledError:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    def kill(self) -> None:
        if not self._thread.is_alive():
            return
        while self._task is None:
            time.sleep(0.01)
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    opened.accounts.create("acme")
    opened.directories.import_file("acme", DIRECTORY)
    yield opened
    opened.close()


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Switch]:
    made = Switch(tmp_path / "Master.csv")
    yield made
    made.stop()


class Office:
    """Follows the switch into the store."""

    def __init__(self, engine: Engine, registry: Registry, switch: Switch, file: Path) -> None:
        self.engine = engine
        self._door = Door(engine, lambda: time.time_ns() // 1000)
        self._registry = registry
        self._switch = switch
        self._file = file
        self._running: list[Running] = []
        self._files: list[GrowingFile] = []
        self.take_failures = 0

    def _take(self, messages: Sequence[bytes]) -> None:
        if self.take_failures:
            self.take_failures -= 1
            raise EngineFault("no disk")
        self._door.take(LIVE_ASTERISK, 1, self._registry.directories.load(1), [("AMI", messages)], lambda *_: None)

    def start(
        self,
        *,
        with_file: bool = True,
        secret: str = SECRET,
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Running:
        growing = GrowingFile(
            self._door, self._registry, 1, DIALECTS["asterisk-cel"], self._file, csv_records.whole, lambda *_: None
        )
        self._files.append(growing)
        login = AmiLogin("127.0.0.1", port or self._switch.port, "ringledger", secret, tls)
        news = FollowingNews(self._registry.connections, 1, "asterisk-cel", "ami", "AMI", time.time)
        running = Running(AmiFollower(login, self._take, growing.take_all if with_file else lambda: None, news))
        self._running.append(running)
        return running

    def stop(self) -> None:
        for running in self._running:
            running.kill()
        for file in self._files:
            file.close()

    def connection(self) -> tuple[bool, str | None]:
        """What is told of the connection: whether it is there, and why not."""
        found = self._registry.connections.of(1, int(time.time()))
        return (found[0].is_connected, found[0].error) if found else (False, "nothing was told")

    def sessions(self, fields: str = "contact_phone_number, finish_time, clean_talk_duration") -> list[dict[str, Any]]:
        return self.engine.rows(Statement(f"SELECT {fields} FROM call_sessions FINAL ORDER BY start_time, id"))


@pytest.fixture
def office(engine: Engine, registry: Registry, switch: Switch, tmp_path: Path) -> Iterator[Office]:
    made = Office(engine, registry, switch, tmp_path / "Master.csv")
    yield made
    made.stop()


def eventually(holds: Callable[[], bool], within: float = 20) -> None:
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, "it does not come about"
        time.sleep(0.02)


def finished(office: Office) -> int:
    return sum(row["finish_time"] is not None for row in office.sessions())


def test_a_call_is_under_way_at_once_and_then_finished(office: Office, switch: Switch) -> None:
    office.start(with_file=False)
    switch.wait_for_listener()
    began = time.monotonic()
    switch.tell(ROWS[:8])
    eventually(lambda: len(office.sessions()) == 1)
    assert time.monotonic() - began < 5, "an ongoing call shows at once on a machine that is not busy"
    assert finished(office) == 0
    switch.tell(ROWS[8:])
    eventually(lambda: finished(office) == 1)


@pytest.mark.parametrize("cut_at", [1, 9, 20])
def test_what_happened_while_the_connection_was_lost_comes_from_the_file(
    office: Office, switch: Switch, cut_at: int
) -> None:
    office.start()
    switch.wait_for_listener()
    switch.tell(ROWS[:cut_at])
    switch.cut()
    switch.tell([*ROWS[cut_at : cut_at + 4], *call(1)])
    switch.wait_for_listener()
    switch.tell([*ROWS[cut_at + 4 :], *call(2)])
    eventually(lambda: finished(office) == 3)
    assert [row["contact_phone_number"] for row in office.sessions()] == [
        "493023125019",
        "493023125001",
        "493023125002",
    ]


def test_calls_are_exact_once_the_file_has_told_them_too(
    office: Office, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ami_follower, "_CATCH_UP_EVERY", 0.2)
    office.start()
    switch.wait_for_listener()
    switch.tell(ROWS, timestamp=False)
    exact = [{"contact_phone_number": "493023125019", "finish_time": "2026-03-10 09:07:19", "clean_talk_duration": 69}]
    eventually(lambda: office.sessions() == exact)
    legs = office.engine.rows(Statement("SELECT id FROM call_legs FINAL"))
    assert len(legs) == 3


def test_the_program_dies_between_and_nothing_is_lost_or_told_twice(office: Office, switch: Switch) -> None:
    every = [call(number) for number in range(12)]
    for first, second, third in zip(every[::3], every[1::3], every[2::3], strict=True):
        running = office.start()
        switch.wait_for_listener()
        switch.tell([*first, *second[:11]])
        running.kill()
        switch.cut()
        switch.tell([*second[11:], *third])
    office.start()
    eventually(lambda: finished(office) == len(every), 60)
    sessions = office.sessions("contact_phone_number, total_duration, clean_talk_duration, is_transfer")
    assert len(sessions) == len(every)
    assert {(row["total_duration"], row["clean_talk_duration"], row["is_transfer"]) for row in sessions} == {
        (79, 69, True)
    }
    assert len({row["contact_phone_number"] for row in sessions}) == len(every)


def test_the_switch_goes_away_and_comes_back(office: Office, switch: Switch) -> None:
    office.start()
    switch.wait_for_listener()
    switch.tell(ROWS[:9])
    eventually(lambda: office.connection() == (True, None))
    switch.stop()
    eventually(lambda: not office.connection()[0])
    switch.tell(ROWS[9:])
    eventually(lambda: finished(office) == 1)
    switch.start()
    switch.wait_for_listener()
    switch.tell(call(1))
    eventually(lambda: finished(office) == 2)
    eventually(lambda: office.connection() == (True, None))


def test_events_wait_until_the_store_takes_them(office: Office, switch: Switch) -> None:
    office.take_failures = 2
    office.start(with_file=False)
    switch.wait_for_listener()
    switch.tell(ROWS)
    eventually(lambda: finished(office) == 1)
    assert office.take_failures == 0


def test_a_wrong_secret_is_told_but_never_shown(office: Office, switch: Switch) -> None:
    with structlog.testing.capture_logs() as logs:
        office.start(secret="an0ther-secret")
        eventually(lambda: switch.refused >= 2)
    lost = [line for line in logs if line["event"] == "ami_lost"]
    assert lost[0]["reason"] == "Login was refused: Authentication failed"
    assert office.connection() == (False, "Login was refused: Authentication failed")
    assert "an0ther-secret" not in str(logs)
    assert "an0ther-secret" not in repr(AmiLogin("127.0.0.1", 5038, "ringledger", "an0ther-secret"))


def test_a_quiet_switch_is_asked_whether_it_is_there(
    office: Office, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ami_client, "_QUIET", 0.1)
    office.start(with_file=False)
    switch.wait_for_listener()
    time.sleep(1)
    with structlog.testing.capture_logs() as logs:
        switch.tell(ROWS)
        eventually(lambda: finished(office) == 1)
    assert not [line for line in logs if line["event"] == "ami_lost"]


def greet(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")


def test_a_missing_file_and_a_stranger_on_the_port_are_told(office: Office, switch: Switch) -> None:
    switch.stop()
    with structlog.testing.capture_logs() as logs, socket.create_server(("127.0.0.1", switch.port)) as stranger:
        threading.Thread(target=greet, args=(stranger,), daemon=True).start()
        office.start()
        eventually(lambda: {"ami_lost", "followed_file_missing"} <= {line["event"] for line in logs})
    reasons = [line["reason"] for line in logs if line["event"] == "ami_lost"]
    assert reasons[0] == "no manager interface of Asterisk answers there"


def test_calls_are_heard_over_tls_and_through_its_losses(office: Office, switch: Switch, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    with over_tls(switch.port, certificate, key) as port:
        office.start(port=port, tls=ssl.create_default_context(cafile=str(certificate)))
        switch.wait_for_listener()
        switch.tell(ROWS[:9])
        switch.cut()
        switch.tell(ROWS[9:15])
        switch.wait_for_listener()
        switch.tell([*ROWS[15:], *call(1)])
        eventually(lambda: finished(office) == 2)
        office.stop()


@pytest.mark.parametrize("known", ["127.0.0.1", "127.0.0.2"])
def test_no_login_is_sent_to_a_switch_whose_certificate_is_not_believed(
    office: Office, switch: Switch, tmp_path: Path, known: str
) -> None:
    shown = self_signed(tmp_path, "127.0.0.2")
    (tmp_path / "known").mkdir()
    believed = shown[0] if known == "127.0.0.2" else self_signed(tmp_path / "known")[0]
    with structlog.testing.capture_logs() as logs, over_tls(switch.port, *shown) as port:
        office.start(port=port, tls=ssl.create_default_context(cafile=str(believed)))
        eventually(lambda: "ami_lost" in {line["event"] for line in logs})
        office.stop()
    reason = next(line["reason"] for line in logs if line["event"] == "ami_lost")
    assert ("IP address mismatch" if known == "127.0.0.2" else "certificate verify failed") in reason
    assert switch.logins == 0
