"""Keeps hearing a switch's channel events: connects again after a loss, has the gap filled; stores nothing itself."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from ringledger.intake import asterisk_ami
from ringledger.intake.ami_client import AmiConnection, AmiError, AmiLogin, connected
from ringledger.intake.following_news import FollowingNews

log = structlog.get_logger()

_TOGETHER: Final = 0.1
"""Seconds in which messages are gathered to be taken in as one batch."""
_BATCH: Final = 1000
_CATCH_UP_EVERY: Final = 30.0
_LONGEST_PAUSE: Final = 30.0


class AmiFollower:
    """Follows one switch until it is cancelled.

    `take` stores received messages and returns when they are on disk. `catch_up` stores what the switch's CEL file has
    and nobody heard; it is called after each login, when events are heard already, so that nothing falls between, and
    again and again while there is none. Both are called in threads, and so is `news`, which is told how it goes.
    """

    def __init__(
        self,
        login: AmiLogin,
        take: Callable[[Sequence[bytes]], None],
        catch_up: Callable[[], None],
        news: FollowingNews,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._login = login
        self._take = take
        self._catch_up = catch_up
        self._news = news
        self._clock = clock
        self._failed = 0

    async def run(self) -> None:
        """Never returns."""
        while True:
            try:
                async with connected(self._login) as connection:
                    log.info("ami_connected", host=self._login.host, port=self._login.port)
                    await self._hear(connection)
            except (AmiError, OSError, EOFError, asyncio.LimitOverrunError) as fault:
                log.warning("ami_lost", host=self._login.host, port=self._login.port, reason=_reason(fault))
                await asyncio.to_thread(self._news.down, _reason(fault))
            except Exception:  # one switch must not end the server
                log.exception("ami_failed", host=self._login.host, port=self._login.port)
                await asyncio.to_thread(self._news.down, "following failed; the server's log says why")
            await self._fill_gap()
            await asyncio.sleep(_pause(self._failed))
            self._failed += 1

    async def _hear(self, connection: AmiConnection) -> None:
        catching_up = asyncio.create_task(self._keep_caught_up())
        try:
            while True:
                messages = [await connection.message(), *await connection.more(_TOGETHER, _BATCH)]
                self._failed = 0
                arrived = int(self._clock() * 1_000_000)
                events = [
                    asterisk_ami.received(message, arrived)
                    for message in messages
                    if asterisk_ami.is_channel_event(message)
                ]
                if events:
                    await self._store(events)
        finally:
            catching_up.cancel()

    async def _store(self, events: Sequence[bytes]) -> None:
        """Tries until the store takes them; what comes meanwhile waits in the connection's buffer."""
        tries = 0
        while True:
            try:
                await asyncio.to_thread(self._take, events)
            except Exception:
                log.exception("ami_events_not_stored", events=len(events))
                await asyncio.sleep(_pause(tries))
                tries += 1
            else:
                return

    async def _keep_caught_up(self) -> None:
        while True:
            await asyncio.to_thread(self._news.up)
            await self._fill_gap()
            await asyncio.sleep(_CATCH_UP_EVERY)

    async def _fill_gap(self) -> None:
        try:
            await asyncio.to_thread(self._catch_up)
        except Exception:
            log.exception("ami_gap_not_filled", host=self._login.host, port=self._login.port)


def _pause(tries: int) -> float:
    """Seconds before the next try: twice as long each time, and never in step with others."""
    return min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(tries, 10)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


def _reason(fault: Exception) -> str:
    if isinstance(fault, EOFError):
        return "the switch closed the connection"
    return "the switch does not answer" if isinstance(fault, TimeoutError) else str(fault)
