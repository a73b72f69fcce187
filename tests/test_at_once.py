"""What may take no time gives up instead of waiting."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ringledger.at_once import TakesTimeError, at_once, held, is_hasty, takes_time
from ringledger.store.engine import Engine, Statement


def test_only_the_thread_that_may_not_wait_gives_up() -> None:
    with at_once(), ThreadPoolExecutor(1) as pool:
        assert is_hasty()
        with pytest.raises(TakesTimeError):
            takes_time()
        pool.submit(takes_time).result()
    assert not is_hasty()
    takes_time()


def test_who_fails_in_haste_may_take_time_afterwards() -> None:
    with pytest.raises(ValueError, match="something else"), at_once():
        raise ValueError("something else")
    takes_time()


def test_a_lock_that_others_hold_is_given_up_soon_and_a_free_one_is_taken() -> None:
    lock = threading.Lock()
    with at_once(), held(lock):
        assert lock.locked()
    assert not lock.locked()
    with lock, at_once(), pytest.raises(TakesTimeError), held(lock):
        pytest.fail("somebody else holds it")


def test_the_engine_is_not_asked_in_haste(engine: Engine) -> None:
    with at_once(), pytest.raises(TakesTimeError):
        engine.read(Statement("SELECT 1"))
    assert engine.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]
