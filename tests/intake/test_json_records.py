"""JSON objects in files: on one line, over many, cut off, too long."""

from __future__ import annotations

import json
import time

import pytest

from ringledger.faults import RecordFault
from ringledger.intake.json_records import LONGEST_RECORD, objects, text


def found(content: bytes) -> list[tuple[int, bytes]]:
    return [(line, record.strip()) for line, record in objects(content.splitlines(keepends=True))]


def test_a_file_has_objects_on_one_line_or_over_many() -> None:
    pretty = json.dumps({"a": {"b": ["}", '"{', "\\"]}}, indent=1).encode()
    assert found(b'{"a":1}\n\n' + pretty + b'\n{"a":2}') == [(1, b'{"a":1}'), (3, pretty), (12, b'{"a":2}')]


def test_a_record_that_was_cut_off_costs_itself_only() -> None:
    assert found(b'{"a": {\n "b": 1,\n{"a":2}\nnonsense\n{"a"') == [
        (1, b'{"a": {\n "b": 1,'),
        (3, b'{"a":2}'),
        (4, b"nonsense"),
        (5, b'{"a"'),
    ]


def test_a_record_without_end_is_not_gathered_for_ever() -> None:
    lines = [b"{\n", *[b" " * 1000 + b"\n"] * 10_000]
    assert max(len(record) for _, record in objects(lines)) < LONGEST_RECORD + 2_000


def test_a_line_of_quotes_that_are_never_closed_takes_no_longer_than_others() -> None:
    started = time.process_time()
    assert len(list(objects([b'{"' + b'\\"' * 500_000]))) == 1
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"\xff{}", "the record is not UTF-8"),
        (b" " * (LONGEST_RECORD + 1), f"the record is longer than {LONGEST_RECORD} bytes"),
    ],
)
def test_what_is_no_text_is_named(record: bytes, reason: str) -> None:
    with pytest.raises(RecordFault) as fault:
        text(record)
    assert fault.value.reason == reason
