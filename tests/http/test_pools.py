"""Logins have threads of their own, so that nobody waits for strangers who try passwords."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from ringledger.http.pools import Pools


def test_however_many_log_in_others_are_answered() -> None:
    pools, gate = Pools(1), threading.Event()
    logins: list[Future[bool]] = [pools.of("login.user").submit(gate.wait) for _ in range(50)]
    assert pools.of("get.account").submit(lambda: "answered").result(30) == "answered"
    assert pools.of("").submit(lambda: "answered").result(30) == "answered"
    assert not any(login.done() for login in logins)
    gate.set()
    pools.close()
    assert all(login.done() for login in logins)
