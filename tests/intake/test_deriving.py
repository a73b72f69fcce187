"""What is derived behind those who bring events: who waits, what is tried again, what the next start has to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent
from ringledger.faults import EngineFault
from ringledger.intake import call_events, deriving, group_commit
from ringledger.intake.deriving import Deriving
from ringledger.intake.group_commit import Delivery, GroupCommit, Overloaded


class FakeDoor:
    """Remembers what it was asked for; `gate` and `append_gate` let through, `faults` are raised one by one."""

    def __init__(self) -> None:
        self.derived: list[str] = []
        self.derived_together: list[list[str]] = []
        self.appended: list[str] = []
        self.appended_together: list[list[str]] = []
        self.noted: list[int] = []
        self.left: list[tuple[int, Any, list[str]]] = []
        self.faults: list[Exception] = []
        self.gate = threading.Event()
        self.gate.set()
        self.append_gate = threading.Event()
        self.append_gate.set()
        self.at_the_gate = threading.Event()
        self.moment = 0

    def now(self) -> int:
        self.moment += 2_000_000
        return self.moment

    def underived(self, _: str) -> Iterator[tuple[int, Any, list[str]]]:
        return iter(self.left)

    def note_derived(self, _: str, until: int) -> None:
        self.noted.append(until)

    def append(self, _: Any, __: int, events: list[RecordedEvent], ___: Any, ____: int) -> None:
        self.appended += [event.payload for event in events]
        self.appended_together.append([event.payload for event in events])
        self._pass(self.append_gate)

    def derive(self, _: Any, __: int, ___: Directory, keys: list[str], ____: set[str]) -> None:
        self._pass(self.gate)
        if self.faults:
            raise self.faults.pop()
        if "poison" in keys:
            raise ZeroDivisionError
        self.derived += keys
        self.derived_together.append(list(keys))

    def _pass(self, gate: threading.Event) -> None:
        self.at_the_gate.set()
        assert gate.wait(20)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> FakeDoor:
    monkeypatch.setattr(deriving, "_REST", 0.01)
    return FakeDoor()


def start(door: FakeDoor) -> Deriving:
    opened: Any = door
    return Deriving(opened, lambda _: Directory(), door.now, "here")


def add(started: Deriving, *keys: str) -> Future[None]:
    done: Future[None] = Future()
    events = [RecordedEvent("events", (key,), key, 1, key) for key in keys]
    started.add(1, call_events, events, 1, [done])
    return done


def start_with_one_behind(door: FakeDoor) -> tuple[Deriving, Future[None]]:
    """A derivation of call a, during which call b comes in; who waits for a."""
    door.gate.clear()
    started = start(door)
    first = add(started, "a")
    assert door.at_the_gate.wait(20)
    add(started, "b")
    door.gate.set()
    return started, first


def wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not condition() and time.monotonic() < ends:
        time.sleep(0.005)
    assert condition()


def test_who_comes_alone_waits_for_the_session_and_who_comes_behind_others_does_not(door: FakeDoor) -> None:
    door.gate.clear()
    started = start(door)
    first = add(started, "a")
    second = add(started, "b")
    assert second.done()
    assert not first.done()
    door.gate.set()
    first.result(20)
    started.close()
    assert door.derived == ["a", "b"]


def test_calls_that_come_in_behind_others_gather_until_they_are_many(
    door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deriving, "_GATHER", 3600)
    monkeypatch.setattr(deriving, "_SLICE", 3)
    started, first = start_with_one_behind(door)
    first.result(20)
    assert add(started, "c", "d").done()
    wait_until(lambda: door.derived_together == [["a"], ["b", "c", "d"]])
    add(started, "e").result(20)
    started.close()


def test_calls_that_gather_are_derived_at_the_end(door: FakeDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deriving, "_GATHER", 3600)
    started, _ = start_with_one_behind(door)
    started.close()
    assert door.derived_together == [["a"], ["b"]]


def test_deliveries_that_come_in_during_an_append_gather_for_the_next(
    door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_GATHER", 3600)
    monkeypatch.setattr(group_commit, "_MOST_TOGETHER", 3)
    door.append_gate.clear()
    started = start(door)
    opened: Any = door
    commits = GroupCommit(opened, started, door.now)
    events = [RecordedEvent("events", (name,), name, 1, name) for name in "abcd"]
    first = commits.deliver(Delivery(1, call_events, events[:1]))
    assert door.at_the_gate.wait(20)
    behind = commits.deliver(Delivery(1, call_events, events[1:2]))
    door.append_gate.set()
    first.result(20)
    commits.deliver(Delivery(1, call_events, events[2:])).result(20)
    behind.result(20)
    commits.close()
    assert door.appended_together == [["a"], ["b", "c", "d"]]


def test_a_store_that_fails_for_a_while_is_asked_again(door: FakeDoor) -> None:
    door.faults = [EngineFault("x"), EngineFault("y")]
    started = start(door)
    assert add(started, "a").result(20) is None
    wait_until(lambda: door.derived == ["a"])
    started.close()
    assert door.noted


def test_what_was_given_up_at_the_end_is_left_for_the_next_start(door: FakeDoor) -> None:
    door.faults = [EngineFault("x")] * 10_000
    started = start(door)
    add(started, "a")
    started.close()
    assert (door.derived, door.noted) == ([], [])


def test_a_call_that_cannot_be_derived_keeps_no_other_from_it(door: FakeDoor) -> None:
    started = start(door)
    add(started, "a", "poison", "b").result(20)
    started.close()
    assert sorted(door.derived) == ["a", "b"]


def test_what_an_earlier_start_left_is_derived_first(door: FakeDoor) -> None:
    door.left = [(1, call_events, ["old"])]
    started = start(door)
    add(started, "new").result(20)
    started.close()
    assert door.derived == ["old", "new"]


def test_a_note_never_goes_past_what_is_being_appended(door: FakeDoor) -> None:
    started = start(door)
    started.expect(5)
    add(started, "a").result(20)
    wait_until(lambda: bool(door.noted))
    assert set(door.noted) == {5}
    started.expect_nothing()
    started.close()
    assert door.noted[-1] > 5


def test_notes_go_on_while_nothing_comes(door: FakeDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deriving, "_LONGEST_WAIT", 0.01)
    started = start(door)
    wait_until(lambda: len(door.noted) > 2)
    started.close()


def test_much_is_derived_in_the_order_in_which_it_came_a_slice_at_a_time(
    door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deriving, "_SLICE", 2)
    started = start(door)
    keys = [f"{n}" for n in range(9, 0, -1)]
    add(started, *keys).result(20)
    started.close()
    assert door.derived == keys


def test_more_than_can_be_written_soon_is_asked_to_come_again(door: FakeDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_MOST_WAITING", 3)
    door.gate.clear()
    started = start(door)
    opened: Any = door
    commits = GroupCommit(opened, started, door.now)
    events = [RecordedEvent("events", (str(n),), str(n), 1, str(n)) for n in range(9)]
    waiting = commits.deliver(Delivery(1, call_events, events[:1]))
    wait_until(lambda: bool(started._under_way))
    commits.deliver(Delivery(1, call_events, events[1:])).result(20)
    with pytest.raises(Overloaded):
        commits.deliver(Delivery(1, call_events, events[:1]))
    door.gate.set()
    waiting.result(20)
    commits.close()
    with pytest.raises(Overloaded):
        commits.deliver(Delivery(1, call_events, events[:1]))
    assert door.appended == [str(n) for n in range(9)]
