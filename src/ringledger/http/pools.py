"""The threads on which requests are worked; knows nothing of the work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

_LOGINS: Final = 4
_SLOW: Final = frozenset({"login.user"})


class Pools:
    """Threads for `requests` at a time, and a few for logins.

    A login is slow on purpose: strangers who try many passwords wait for each other, and nobody waits for them.
    """

    def __init__(self, requests: int) -> None:
        self.requests = ThreadPoolExecutor(requests, thread_name_prefix="engine")
        self.logins = ThreadPoolExecutor(_LOGINS, thread_name_prefix="login")

    def of(self, method: str) -> ThreadPoolExecutor:
        """The threads for a method of that name, whether there is one or not."""
        return self.logins if method in _SLOW else self.requests

    def close(self) -> None:
        """Waits for what is under way."""
        for pool in (self.logins, self.requests):
            pool.shutdown(wait=True)
