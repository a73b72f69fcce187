"""Tells the registry how a connection to a switch is; follows nothing itself."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ringledger.registry.connections import TOLD_EVERY, Connection, Connections

log = structlog.get_logger()


class FollowingNews:
    """The news of one connection of an account; its methods may be called from any thread, and often.

    What does not change is told now and then only. News that cannot be told is lost: following goes on.
    """

    def __init__(
        self, connections: Connections, account: int, source: str, kind: str, name: str, clock: Callable[[], float]
    ) -> None:
        self._connections = connections
        self._account = account
        self._source = source
        self._kind = kind
        self._name = name
        self._clock = clock
        self._told: tuple[bool, str | None] | None = None
        self._at = 0.0
        self._lock = threading.Lock()

    def up(self) -> None:
        """It is connected."""
        self._tell(None, is_connected=True)

    def down(self, error: str) -> None:
        """It is lost, or could not be made."""
        self._tell(error, is_connected=False)

    def gone(self) -> None:
        """It is no longer wanted."""
        try:
            self._connections.forget(self._account, self._name)
        except SQLAlchemyError:
            log.exception("connection_not_forgotten", name=self._name)

    def _tell(self, error: str | None, *, is_connected: bool) -> None:
        news, now = (is_connected, error), self._clock()
        with self._lock:
            if news == self._told and 0 <= now - self._at < TOLD_EVERY:
                return
            self._told, self._at = news, now
            told = Connection(self._name, self._source, self._kind, is_connected, int(now), error)
            try:
                self._connections.tell(self._account, told)
            except SQLAlchemyError:
                log.exception("connection_not_told", name=self._name)
