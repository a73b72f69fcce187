"""Records of CSV files with their lines, whatever is broken in between."""

from __future__ import annotations

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.faults import RecordFault
from ringledger.intake.csv_records import events, fields


def event_of(record: str) -> RecordedEvent:
    if len(fields(record)) != 3:
        raise RecordFault("three columns belong here")
    return RecordedEvent("test", ("k",), record, 0, record)


def read(*lines: bytes) -> list[str | tuple[int, str]]:
    found = events(lines, event_of)
    return [(one.line, one.reason) if isinstance(one, RejectedLine) else one.payload for one in found]


def test_blank_lines_line_ends_and_a_byte_order_mark_are_left_out() -> None:
    assert read(b"\xef\xbb\xbfa,b,c\r\n", b"\n", b"  \r\n", b"d,e,f") == ["a,b,c", "d,e,f"]


def test_a_quoted_field_may_go_over_several_lines() -> None:
    assert read(b'a,"b\r\n', b"\n", b'"",b",c\n', b"d,e,f\n") == ['a,"b\n\n"",b",c', "d,e,f"]


def test_a_record_after_one_of_several_lines_keeps_its_line_number() -> None:
    assert read(b'a,"b\n', b'b",c\n', b"x\n") == ['a,"b\nb",c', (3, "three columns belong here")]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    rest = [b"d,e,f\n"] * 200
    assert read(b'a,"b,c\n', *rest) == [(1, "the quotes of the line are not closed"), *["d,e,f"] * 200]
    assert read(b"d,e,f\n", b'a,"b,c\n') == ["d,e,f", (2, "the quotes of the line are not closed")]


def test_records_between_two_open_quotes_are_kept() -> None:
    broken = "three columns belong here"
    assert read(b'a,"b\n', b"d,e,f\n", b'x",y,z\n', b"g,h,i\n") == [
        (1, broken),
        "d,e,f",
        (3, "the quotes of the line are not closed"),
        "g,h,i",
    ]


def test_bytes_that_are_no_text_are_named() -> None:
    assert read(b"\xff,b,c\n", b"a,\0,c\n", b"d,e,f\n") == [
        (1, "the line is not UTF-8"),
        (2, "the line holds a NUL"),
        "d,e,f",
    ]
    (rejected,) = events([b"\xffx\n"], event_of)
    assert isinstance(rejected, RejectedLine)
    assert rejected.text == r"\xffx"


def test_what_the_csv_reader_refuses_is_named() -> None:
    (huge,) = read(b"a," + b"b" * 200_000 + b",c\n")
    assert huge == (1, "not CSV: field larger than field limit (131072)")
    ((line, reason),) = [one for one in read(b"a\rb,c,d\n") if not isinstance(one, str)]
    assert line == 1
    assert reason.startswith("not CSV")
