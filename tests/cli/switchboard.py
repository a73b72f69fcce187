"""A real Kamailio with the configuration that docs/kamailio ships, and a server that it reports to."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.conftest import PROGRAM, Program, surroundings
from tests.cli.sip import PATIENCE, Party, calls, hears, register

CONFIGURATION = Path(__file__).parents[2] / "docs/kamailio"
PORT = 5060
FIELDS = [
    *("id", "direction", "is_lost", "is_transfer", "finish_reason", "contact_phone_number", "virtual_phone_number"),
    *("wait_duration", "talk_duration", "clean_talk_duration", "total_duration", "employees"),
]


class Switchboard:
    """The proxy with its trunk and phones in a network of loopback addresses.

    `url` and `token` are the server's that it reports to.
    """

    def __init__(self, folder: Path, net: str, url: str, token: str) -> None:
        self.address, self.trunk, self.phones = f"{net}.1", f"{net}.2", f"{net}.3"
        self.folder = folder
        self.queue = folder / "queue.db"
        settings = {
            "LISTEN": f"udp:{self.address}:{PORT}",
            "TRUNK": self.trunk,
            "PHONES": f"{self.phones}/32",
            "RINGLEDGER_URL": f"{url}/intake/events",
            "RINGLEDGER_TOKEN": token,
            "RINGLEDGER_QUEUE": str(self.queue),
        }
        lines = [
            "#!KAMAILIO",
            *(f'#!substdef "!{name}!{value}!g"' for name, value in settings.items()),
            "#!define RINGLEDGER_PAUSE 2",
            f'include_file "{CONFIGURATION}/kamailio.cfg"',
        ]
        self._configuration = folder / "test.cfg"
        self._configuration.write_text("\n".join(lines) + "\n")
        self.log = folder / "kamailio.log"
        self._parties: list[Party] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ring_time: int = 60_000) -> None:
        """Starts the proxy, which lets phones ring for so many milliseconds; it takes registrations then."""
        program = shutil.which("kamailio", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            pytest.fail("Kamailio is missing; install the system's package: apt-get install kamailio")
        folder = str(self.folder)
        place = ["-f", str(self._configuration), "-Y", folder, "-w", folder]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-DD", "-E", *place, "-A", f"RING_TIME={ring_time}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        register(self.phones, (self.address, PORT), "nobody", 9)

    def kill(self) -> None:
        """Ends all of its processes at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def phone(self, number: str, steps: list[str]) -> Party:
        """A registered phone that is rung by its number."""
        party = self._party(self.phones, steps).wait_until_ready()
        register(self.phones, (self.address, PORT), number, party.port)
        return party

    def line(self, steps: list[str]) -> Party:
        """The far end of the trunk, for one call at a time."""
        return self._party(self.trunk, steps, port=PORT).wait_until_ready()

    def caller(self, address: str, steps: list[str], *options: str) -> Party:
        """Someone who calls at once."""
        return self._party(address, steps, *options)

    def waiting(self) -> int:
        """How many rows the queue holds."""
        connection = sqlite3.connect(f"file:{self.queue}?mode=ro", uri=True)
        try:
            return int(connection.execute("SELECT count(*) FROM ringledger_events").fetchone()[0])
        finally:
            connection.close()

    def wait_until_all_is_told(self) -> None:
        """Returns when nothing waits."""
        ends = time.monotonic() + PATIENCE
        while self.waiting():
            assert time.monotonic() < ends, self.log.read_text()
            time.sleep(0.05)

    def close(self) -> None:
        for party in self._parties:
            party.stop()
        self.kill()

    def _party(self, address: str, steps: list[str], *options: str, port: int | None = None) -> Party:
        party = Party(self.folder, address, f"{self.address}:{PORT}", steps, *options, port=port)
        self._parties.append(party)
        return party


class Site:
    """A server, and a proxy that reports to it."""

    def __init__(self, folder: Path) -> None:
        net = f"127.{random.randint(1, 254)}.{random.randint(0, 254)}"  # nobody else's on this machine
        self._program = Program(folder / "data")
        self._program.answer("account", "create", "acme", "--timezone", "UTC")
        people = folder / "directory.json"
        employees = [{"full_name": f"Phone {number}", "numbers": [str(number)]} for number in range(201, 220)]
        people.write_text(
            json.dumps({"employees": employees, "external": [{"number": None, "channels": [f"sip:{net}.2"]}]})
        )
        self._program.answer("directory", "import", str(people), "--account", "acme")
        self.token = self._program.answer("token", "create", "--account", "acme")["access_token"]
        self._log = folder / "server.log"
        self._place = (f"{net}.4", "8080")
        self._server: subprocess.Popen[str] | None = None
        # In memory: a proxy waits for its disk, phones do not wait for ever, and disks of test machines stall.
        self._memory = tempfile.TemporaryDirectory(dir="/dev/shm", prefix="rl-kamailio-")
        self.proxy = Switchboard(Path(self._memory.name), net, self._url, self.token)

    @property
    def _url(self) -> str:
        return f"http://{self._place[0]}:{self._place[1]}"

    def serve(self) -> None:
        """Starts the server; it is ready then."""
        place = ["--data", str(self._program.folder), "--host", self._place[0], "--port", self._place[1]]
        with self._log.open("a") as log:
            self._server = subprocess.Popen(
                [*PROGRAM, "serve", *place], env=surroundings(), stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._server.stdout
        assert self._server.stdout.readline().startswith("Ringledger is listening"), self._log.read_text()

    def down(self) -> None:
        """Ends the server as a crash would."""
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
            self._server = None

    def close(self) -> None:
        self.proxy.close()
        self.down()
        self._memory.cleanup()

    def report(self, method: str, *, dated: bool = True, **params: object) -> list[dict[str, Any]]:
        """The rows of a report on everything that happened."""
        now = datetime.now(UTC)
        times = {"date_from": now - timedelta(days=1), "date_till": now + timedelta(days=1)}
        told = {name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in times.items()}
        asked = {"access_token": self.token, **(told if dated else {}), "limit": 1000, **params}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": asked}
        answer = httpx.post(f"{self._url}/v2.0", json=body, timeout=PATIENCE).json()
        rows: list[dict[str, Any]] = answer["result"]["data"]
        return rows

    def goes_out(self, number: int, *then: str) -> Party:
        """A phone calls the contact whose number ends so."""
        return self.proxy.caller(self.proxy.phones, [self.call_out(number), hears(100, maybe=True), *then])

    def call_out(self, number: int, sequence: int = 1) -> str:
        """The call of a phone to the contact whose number ends so."""
        return calls(f"<sip:{number}@phones.example>", f"+442079461{number}", sequence)

    def comes_in(self, number: int, *then: str, call_id: str = "%u-%p@%s") -> Party:
        """The contact whose number ends so calls the phone over the trunk."""
        caller = f"<sip:+442079461{number}@there.example>"
        return self.calls_in(caller, f"+442079460{number}", *then, call_id=call_id)

    def calls_in(self, caller: str, number: str, *then: str, call_id: str = "%u-%p@%s") -> Party:
        """Someone calls a number over the trunk; the caller is the value of From."""
        steps = [calls(caller, number), hears(100, maybe=True), *then]
        return self.proxy.caller(self.proxy.trunk, steps, "-cid_str", call_id)

    def wait_until(self, reached: Callable[[dict[str, bool | None]], bool]) -> None:
        """Returns when the contacts, with whether their calls are lost, are as told; calls under way count too."""
        ends = time.monotonic() + PATIENCE
        while True:
            rows = self.report("get.calls_report", fields=FIELDS, include_ongoing_calls=True)
            if reached({row["contact_phone_number"]: row["is_lost"] for row in rows}):
                return
            assert time.monotonic() < ends, rows
            time.sleep(0.1)

    def session_with(self, number: int) -> dict[str, Any]:
        """The one session with the contact whose number ends so."""
        return self.session({"field": "contact_phone_number", "operator": "=", "value": f"442079461{number}"})

    def session(self, which: dict[str, str]) -> dict[str, Any]:
        """The one session that a filter finds, when it is over; its legs under `legs`."""
        ends = time.monotonic() + PATIENCE
        while not (found := self.report("get.calls_report", filter=which, fields=FIELDS)):
            assert time.monotonic() < ends, self.proxy.log.read_text()
            time.sleep(0.1)
        assert len(found) == 1
        of_session = {"field": "call_session_id", "operator": "=", "value": found[0]["id"]}
        return found[0] | {"legs": self.report("get.call_legs_report", filter=of_session)}
