"""The server's composition: an open ledger behind the public port and the control socket, until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from ringledger.cli.folder import DataFolder
from ringledger.cli.following import ami_followers
from ringledger.cli.ledger import Ledger
from ringledger.cli.opening import open_ledger
from ringledger.cli.settings import Settings
from ringledger.cli.tls import tls_context
from ringledger.faults import OperatorFault
from ringledger.http.app import Bounds, build
from ringledger.http.control import control
from ringledger.http.proxies import BelievedProxies
from ringledger.intake.ami_follower import AmiFollower
from ringledger.reporting.reports import Room

log = structlog.get_logger()

_TIDY_EVERY: Final = 5.0
_ATTACH_EVERY: Final = 15.0
_WORK_IN_EVERY: Final = 60.0
_FORGET_EVERY: Final = 3600.0
_SWEEP_EVERY: Final = 6 * 3600.0
_SILENCE_EVERY: Final = 60.0
_THREAD_TURN: Final = 0.0005
"""Seconds after which a thread lets another one of the interpreter's go on; with Python's own 0.005 a page waits three
times as long beside one that derives calls."""
_COLLECTS_AFTER: Final = (10_000, 10, 10)
"""New objects after which Python looks for dead cycles, of which requests leave none: with its own (700, 10, 10) that
took a tenth of a busy server's processor time."""
_LONGEST_FAREWELL: Final = 60
"""Seconds that running requests have to finish after a signal."""


def serve(settings: Settings, ready: Callable[[str], None], prepare: Callable[[Ledger], None] = lambda _: None) -> None:
    """Serves until SIGTERM or SIGINT; `prepare` works on the ledger first, `ready` is told the URL.

    Raises OperatorFault where the folder or the port is taken.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.setswitchinterval(_THREAD_TURN)
    gc.set_threshold(*_COLLECTS_AFTER)
    with (
        _owned(settings) as folder,
        _listener(settings.host, settings.port) as listener,
        open_ledger(replace(settings, port=listener.getsockname()[1])) as ledger,
        ami_followers(ledger, settings.asterisk_ami) as followers,
        _control_socket(folder) as control_listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop,
    ):
        prepare(ledger)
        stopping = threading.Event()
        app = build(
            ledger.engine,
            ledger.registry,
            ledger.recordings,
            ledger.door,
            ledger.uploads,
            Bounds(
                body=settings.max_body,
                intake=settings.max_intake_body,
                room=Room(settings.cache, settings.cache_disk),
                recording=settings.max_recording,
            ),
            stopping,
            _node(settings),
        )
        doors = [(_server(BelievedProxies(app, settings.trusted_proxies.split(",")), tls_context(settings)), listener)]
        if control_listener is not None:
            inner = control(ledger.operations, ledger.exports, stopping)
            doors.append((_server(inner), control_listener))
        chores = [
            (_TIDY_EVERY, ledger.tidy),
            (_TIDY_EVERY, ledger.tell_calls_of_contacts),
            (_silence_chore(settings), ledger.close_silent_calls),
            (_ATTACH_EVERY, ledger.attach_waiting_recordings),
            (_WORK_IN_EVERY, ledger.work_in_updates),
            (_FORGET_EVERY, lambda: ledger.forget_recordings(settings.recordings_days)),
            (_FORGET_EVERY, lambda: ledger.forget_requests(settings.requests_days)),
            (_SWEEP_EVERY, ledger.sweep_recordings),
        ]
        scheme = "https" if settings.tls_certificate else "http"
        worker = ledger.queue_worker(settings.reachable_networks, settings.max_recording)
        worker.start()
        try:
            loop.run(_run(doors, chores, followers, stopping, lambda: ready(_url(scheme, listener))))
        finally:
            worker.stop()
        ledger.tidy()


def _node(settings: Settings) -> str:
    """A store in the folder has one node; those that share a server are told apart by machine and folder."""
    return "" if settings.embedded else f"{socket.gethostname()}:{settings.data}"


def _silence_chore(settings: Settings) -> float:
    """Seconds between looks for calls that fell silent: often enough that none is closed much too late."""
    return min(_SILENCE_EVERY, max(0.5, settings.call_silence / 4)) if settings.call_silence else _SILENCE_EVERY


def _url(scheme: str, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"{scheme}://{host}:{port}"


class _Server(uvicorn.Server):
    """A server that tells when it listens and leaves the signals to its owner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none: several servers share the process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, and tells it."""
        await super().startup(sockets)
        self.listens.set()


def _server(app: ASGIApp, tls: ssl.SSLContext | None = None) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            ssl_context_factory=None if tls is None else lambda *_: tls,
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # http/proxies.py sees to them
            timeout_graceful_shutdown=_LONGEST_FAREWELL,
        )
    )


async def _run(
    doors: list[tuple[_Server, socket.socket]],
    chores: list[tuple[float, Callable[[], None]]],
    followers: list[AmiFollower],
    stopping: threading.Event,
    ready: Callable[[], None],
) -> None:
    servers = [server for server, _ in doors]
    stop = asyncio.Event()

    def end() -> None:
        for server in servers:
            server.force_exit = stop.is_set()
        stopping.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    async with asyncio.TaskGroup() as tasks:
        for server, listener in doors:
            tasks.create_task(server.serve(sockets=[listener]))
        for server in servers:
            await server.listens.wait()
        ready()
        doing = [tasks.create_task(_every(seconds, chore)) for seconds, chore in chores]
        doing += [tasks.create_task(follower.run()) for follower in followers]
        await stop.wait()
        for task in doing:
            task.cancel()
        for server in servers:
            server.should_exit = True


async def _every(seconds: float, chore: Callable[[], None]) -> None:
    """Does a chore now and then; one that fails is done again the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(chore)
        except Exception:
            log.exception("chore_failed")


@contextlib.contextmanager
def _owned(settings: Settings) -> Iterator[DataFolder | None]:
    """The data folder in this process's hands; None where the call store is a server's and no one owns it."""
    folder = DataFolder(settings.data)
    if not settings.embedded:
        yield None
        return
    if not folder.claim():
        raise OperatorFault(f"{folder.holder()} works on {settings.data}; stop it or choose another --data")
    try:
        yield folder
    finally:
        folder.release()


@contextlib.contextmanager
def _listener(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise OperatorFault(f"the host {host!r} is no address of this machine ({error.strerror}); set --host") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OperatorFault(f"cannot listen on {host}:{port}: {reason}; set --host or --port") from None
        yield listener


@contextlib.contextmanager
def _control_socket(folder: DataFolder | None) -> Iterator[socket.socket | None]:
    """A socket in the folder that only its owner may open."""
    if folder is None:
        yield None
        return
    with folder.control_address() as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        path = Path(address)
        path.unlink(missing_ok=True)
        listener.bind(address)
        path.chmod(0o600)  # before it listens, so nobody got in
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)
