"""Events are kept as they came and found again by the calls that they belong to."""

from __future__ import annotations

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.store.engine import Engine, Statement
from ringledger.store.events import Events, links, moment, sources

NOW = 1_773_134_400_000_000


def event(time: int, *keys: str, payload: str = "x") -> RecordedEvent:
    return RecordedEvent("toy", keys, f"{keys}{time}", NOW + time, payload)


def keep(events: Events, *some: RecordedEvent) -> None:
    events.append(some, links(some), NOW)


def test_an_instant_is_written_to_the_microsecond() -> None:
    assert bytes(moment(1_773_134_400_000_007)) == b"1773134400.000007"


def test_links_go_both_ways_and_never_to_themselves() -> None:
    assert links([event(0, "a", "a", "b"), event(1, "c")]) == {("a", "b"), ("b", "a")}


def test_keys_hang_together_over_any_number_of_steps(engine: Engine) -> None:
    events = Events(engine, 1, "toy")
    keep(events, event(0, "a", "b"), event(1, "c", "b"), event(2, "c", "d"), event(3, "x", "y"))
    assert {key for pair in events.linked(["d"]) for key in pair} == {"a", "b", "c", "d"}
    assert events.linked(["nobody"]) == set()


def test_events_come_back_as_they_were(engine: Engine) -> None:
    events = Events(engine, 1, "toy")
    told = [event(1, "a", "b", payload='"a"\n\\n\té😀\x01'), event(2, "b"), event(3, "c")]
    keep(events, *told)
    assert sorted(events.of_calls(["a", "b"]), key=lambda one: one.time) == told[:2]


def test_accounts_and_sources_are_apart(engine: Engine) -> None:
    keep(Events(engine, 1, "toy"), event(0, "a", "b"))
    for other in (Events(engine, 2, "toy"), Events(engine, 1, "other")):
        assert other.linked(["a"]) == set()
        assert other.of_calls(["a"]) == []
        assert list(other.pages(None, None, 10)) == []
    assert sources(engine, 1) == ["toy"]
    assert sources(engine, 2) == []


def test_keys_are_paged_in_order_and_by_period(engine: Engine) -> None:
    events = Events(engine, 1, "toy")
    keep(events, *(event(at * 1000, key) for at, key in enumerate("ecabd")))
    assert list(events.pages(None, None, 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(events.pages(NOW + 1000, NOW + 2000, 2)) == [["a", "c"]]


def test_text_that_is_no_utf8_is_kept_readably(engine: Engine) -> None:
    Events(engine, 1, "toy").append_rejected([("f", RejectedLine(3, "why", "a\udcffb"))], NOW)
    rows = engine.rows(Statement("SELECT line, reason, text FROM rejected_records"))
    assert rows == [{"line": 3, "reason": "why", "text": "a?b"}]
