"""Parties that speak real SIP: SIPp, each run through steps that are put together here."""

from __future__ import annotations

import itertools
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

PATIENCE: Final = 300
"""Seconds after which a party that hears nothing gives up."""
_PORTS: Final = itertools.count(20_000, 20)
_SDP: Final = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a={}"""
_NO_BODY: Final = "Content-Length: 0\n"
_OF_CALL: Final = "Call-ID: [call_id]\nCSeq:"
_VIA: Final = "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]"
_CALLED: Final = "To: <sip:called@[remote_ip]>"
_CALLER: Final = "[last_From:]\n[last_To:]"
_CALLEE: Final = "From: <sip:callee@phones.example>;tag=to-[local_port]\nTo: <sip:caller@phones.example>;tag=from"


def pause(seconds: float) -> str:
    """Nothing happens for a while."""
    return f'<pause milliseconds="{round(seconds * 1000)}"/>'


def marks(file: Path) -> str:
    """Makes a file, by which it is seen that the party is there."""
    return f'<nop><action><exec command="touch {file}"/></action></nop>'


def hears(message: str | int, *, maybe: bool = False) -> str:
    """A request, or an answer with that status, comes."""
    kind = "response" if isinstance(message, int) else "request"
    optional = ' optional="true"' if maybe else ""
    return f'<recv {kind}="{message}"{optional}/>'


def is_called() -> str:
    """An INVITE comes; its sender and route are those of the dialog, and its answers go the way that it came."""
    way = "(Record-Route: .*Via: .*[^[:space:]])[[:space:]]+From: "
    kept = f'<ereg regexp="{way}" search_in="msg" check_it="true" assign_to="all,way"/>'
    return f'<recv request="INVITE" rrs="true"><action>{kept}</action></recv><Reference variables="all,way"/>'


def gets_through() -> str:
    """The 200 of an INVITE comes; its sender and route are those of the dialog."""
    return '<recv response="200" rrs="true"/>'


def calls(caller: str, number: str, sequence: int = 1) -> str:
    """An INVITE; the caller is the value of From, without its tag."""
    head = f"INVITE sip:{number}@[remote_ip]:[remote_port] SIP/2.0\n{_VIA}\nFrom: {caller};tag=from\n"
    # Sent once: what is local is not lost, and who asks again is told again that it rings, which SIPp takes for news.
    return _sent(f"{head}{_CALLED}\n{_OF_CALL} {sequence} INVITE\n{_contact()}{_SDP.format('sendrecv')}", once=True)


def acknowledges(sequence: int = 1, *, called: bool = False) -> str:
    """The ACK of an INVITE that was answered, of the party that called or of the one that was called."""
    sides = _CALLEE if called else _CALLER
    return _sent(f"ACK [next_url] SIP/2.0\n{_VIA}\n[routes]\n{sides}\n{_OF_CALL} {sequence} ACK\n{_NO_BODY}", once=True)


def gives_up(number: str) -> str:
    """A CANCEL, which has the Via of what it cancels."""
    return _sent(_of_invite("CANCEL", number, _CALLED), once=True)


def takes_refusal(number: str) -> str:
    """The ACK of a call that was not answered."""
    return _sent(_of_invite("ACK", number, "[last_To:]"), once=True)


def asks(method: str, sequence: int, *, called: bool = False, header: str = "", direction: str = "") -> str:
    """A request within the dialog, of the party that was called or of the one that called."""
    head = f"{method} [next_url] SIP/2.0\n{_VIA}\n[routes]\n{_CALLEE if called else _CALLER}\n"
    body = _SDP.format(direction) if direction else _NO_BODY
    return _sent(f"{head}{_OF_CALL} {sequence} {method}\n{_contact()}{header}{body}")


def answers(status: int, header: str = "") -> str:
    """The answer to a request within the dialog."""
    head = f"SIP/2.0 {status} Answer\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n"
    return _sent(f"{head}{_contact()}{header}{_NO_BODY}", once=True)


def replies(status: int, header: str = "", sequence: int = 1) -> str:
    """The answer to the INVITE that called, also where something else came since."""
    head = f"SIP/2.0 {status} Reply\n[$way]\n[last_From:]\n[last_To:];tag=to-[local_port]\n"
    body = _SDP.format("sendrecv") if status == 200 else _NO_BODY
    return _sent(f"{head}{_OF_CALL} {sequence} INVITE\n{_contact()}{header}{body}", once=status < 200)


def _contact() -> str:
    return "Contact: <sip:party@[local_ip]:[local_port]>\nMax-Forwards: 70\n"


def _of_invite(method: str, number: str, to: str) -> str:
    head = f"{method} sip:{number}@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n[last_From:]\n{to}\n"
    return f"{head}{_OF_CALL} 1 {method}\nMax-Forwards: 70\n{_NO_BODY}"


def _sent(message: str, *, once: bool = False) -> str:
    again = "" if once else ' retrans="500"'
    return f"<send{again}><![CDATA[\n{message}\n]]></send>"


class Party:
    """A SIPp at an address, ready for one call by the steps of its scenario, which it has to get through."""

    def __init__(
        self, folder: Path, address: str, proxy: str, steps: list[str], *options: str, port: int | None = None
    ) -> None:
        own = next(_PORTS)
        self.port = port or own
        self.address = address
        self._errors = folder / f"{own}.errors"
        scenario = folder / f"{own}.xml"
        body = "\n".join(steps)
        scenario.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="call">\n{body}\n</scenario>\n')
        place = ["-i", address, "-p", str(self.port), "-mp", str(own + 4), "-cp", str(own + 8)]
        watch = ["-trace_err", "-error_file", str(self._errors), "-timeout", f"{PATIENCE}s", "-timeout_error"]
        # What a busy machine delays, repeats or overtakes is no failure: unexpected messages are left alone.
        calm = ["-default_behaviors", "all,-abortunexp", "-max_retrans", "50"]
        calm += ["-max_invite_retrans", "50", "-max_non_invite_retrans", "50"]
        self._process = subprocess.Popen(
            [_program(), proxy, "-sf", str(scenario), *place, "-m", "1", "-nostdin", *watch, *calm, *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_ready(self) -> Party:
        """Returns when it can be called."""
        number = int.from_bytes(socket.inet_aton(self.address), "little")
        bound = f" {number:08X}:{self.port:04X} "
        ends = time.monotonic() + PATIENCE
        while bound not in Path("/proc/net/udp").read_text():
            assert self._process.poll() is None, self._told()
            assert time.monotonic() < ends, "SIPp does not come up"
            time.sleep(0.01)
        return self

    def go_on(self, call_id: str, to: str) -> None:
        """Tells a party that waits for an INFO to wait no more; its next message copies From and To."""
        lines = (
            "INFO sip:party SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK-go-on",
            "From: <sip:caller@phones.example>;tag=from",
            f"To: {to}",
            f"Call-ID: {call_id}",
            "CSeq: 7 INFO",
            "Content-Length: 0",
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), (self.address, self.port))

    def failure(self) -> str:
        """Waits until the party is through; why it did not get to its end, or nothing."""
        return f"{self.address}:{self.port} {self._told()}" if self._process.wait(PATIENCE + 10) else ""

    def stop(self) -> None:
        """Ends it, if it is not over."""
        self._process.kill()
        self._process.wait()

    def _told(self) -> str:
        return self._errors.read_text() if self._errors.exists() else "SIPp failed and did not say why"


def _program() -> str:
    found = shutil.which("sipp")
    if found is None:
        pytest.fail("SIPp is missing; install the system's package: apt-get install sip-tester")
    return found


def finish(parties: Iterable[Party]) -> None:
    """Returns when all parties got through their scenarios."""
    failures = [failure for party in parties if (failure := party.failure())]
    assert not failures, "\n".join(failures)


def wait_for(*marks: Path) -> None:
    """Returns when all parties are where they make these files."""
    ends = time.monotonic() + PATIENCE
    while missing := [mark.name for mark in marks if not mark.exists()]:
        assert time.monotonic() < ends, f"no party is at {missing}"
        time.sleep(0.01)


def register(address: str, proxy: tuple[str, int], number: str, port: int) -> None:
    """A phone's REGISTER, repeated until the proxy takes it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((address, 0))
        phone.settimeout(0.5)
        own = phone.getsockname()[1]
        lines = (
            f"REGISTER sip:{proxy[0]} SIP/2.0",
            f"Via: SIP/2.0/UDP {address}:{own};branch=z9hG4bK-{own}-{port}",
            f"From: <sip:{number}@{proxy[0]}>;tag={port}",
            f"To: <sip:{number}@{proxy[0]}>",
            f"Call-ID: register-{number}-{port}-{own}",
            "CSeq: 1 REGISTER",
            f"Contact: <sip:{number}@{address}:{port}>;expires=600",
            "Max-Forwards: 70",
            "Content-Length: 0",
        )
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                phone.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), proxy)
                answer = phone.recv(4096).decode()
            except (TimeoutError, ConnectionError):
                continue
            assert answer.startswith("SIP/2.0 200 "), answer
            return
    pytest.fail("the proxy takes no registration")
