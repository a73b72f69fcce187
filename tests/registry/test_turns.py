"""One at a time rewrites an account's calls: among threads, processes and machines that share a registry."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from ringledger.registry.registry import Registry

_WAIT = """
import sys
from ringledger.registry.registry import Registry
registry = Registry.open(sys.argv[1])
with registry.turns.of(int(sys.argv[2])):
    print("mine", flush=True)
    sys.stdin.readline()
"""


def _process(url: str, account: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _WAIT, url, str(account)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_turn_of_another_process_is_waited_for_and_ends_with_the_process(registry: Registry, url: str) -> None:
    got = threading.Event()

    def take() -> None:
        with registry.turns.of(7):
            got.set()

    with _process(url, 7) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        with registry.turns.of(8):  # another account's
            pass
        waiting = threading.Thread(target=take)
        waiting.start()
        assert not got.wait(0.3)
        other.kill()
    assert got.wait(10)
    waiting.join()


def test_threads_take_turns(registry: Registry) -> None:
    inside: list[int] = []
    most: list[int] = []

    def take(number: int) -> None:
        with registry.turns.of(1):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6
