"""The stored switch records come out as the answers that were worked out by hand."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from tests.intake.answers import check, derived, directory

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.intake import asterisk_cdr, asterisk_cel

SAMPLES = Path(__file__).parent / "samples" / "asterisk"
ALL = sorted(path.name.removesuffix(".csv") for path in SAMPLES.glob("*.csv"))
CEL = [name for name in ALL if name.endswith(".cel")]


def dialect(name: str) -> ModuleType:
    return asterisk_cel if name.endswith(".cel") else asterisk_cdr


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    return found


def events(name: str) -> list[RecordedEvent]:
    with (SAMPLES / f"{name}.csv").open("rb") as lines:
        found = list(dialect(name).read(lines))
    assert not [line for line in found if isinstance(line, RejectedLine)]
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_sample_comes_out_as_expected(name: str) -> None:
    answer = expected(name)
    check(derived(dialect(name), events(name), directory(answer["mapping"])), answer)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("country", ["DE", "GB", "US"])
def test_a_country_changes_no_full_number_and_no_extension(name: str, country: str) -> None:
    answer = expected(name)
    who = msgspec.structs.replace(directory(answer["mapping"]), country=country)
    check(derived(dialect(name), events(name), who), answer)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_and_the_repetition_of_records_do_not_matter(name: str, seed: int) -> None:
    answer = expected(name)
    found = events(name) * 2
    random.Random(seed).shuffle(found)
    check(derived(dialect(name), found, directory(answer["mapping"])), answer)


def test_calls_at_the_same_time_are_kept_apart() -> None:
    """Samples 03 and 04 overlap; every file is read with its own directory, as the names mean others there."""
    together = [event for name in CEL for event in events(name)]
    for name in CEL:
        answer = expected(name)
        keys = {want["key"] for want in answer["sessions"]}
        made = derived(asterisk_cel, together, directory(answer["mapping"]))
        check([session for session in made if session.key in keys], answer)


@pytest.mark.parametrize("name", CEL)
def test_a_call_waits_for_its_rest(name: str) -> None:
    answer = expected(name)
    who = directory(answer["mapping"])
    found = events(name)
    begun = [session for session in derived(asterisk_cel, found[: len(found) // 3], who) if not session.is_complete]
    for session in begun:
        assert session.finish is None
        assert session.finish_reason is None
        assert session.total_duration is None
    check(derived(asterisk_cel, found, who), answer)


def test_broken_lines_are_named_and_the_rest_is_taken() -> None:
    good = (SAMPLES / "02_answered_caller_hangup.cel.csv").read_bytes().splitlines(keepends=True)
    lines = [
        good[0],
        b"nonsense\n",
        *good[1:3],
        b"\xff\xfe\n",
        b"\n",
        good[3].replace(b"1773133", b"x773133"),
        *good[3:],
    ]
    found = list(asterisk_cel.read(lines))
    assert [line.line for line in found if isinstance(line, RejectedLine)] == [2, 5, 7]
    assert len([line for line in found if isinstance(line, RecordedEvent)]) == len(good)


def test_a_quote_that_is_never_closed_costs_its_line_only() -> None:
    good = (SAMPLES / "02_answered_caller_hangup.cel.csv").read_bytes().splitlines(keepends=True)
    found = list(asterisk_cel.read([*good[:2], b'"CHAN_END","17\n']))
    assert [line.line for line in found if isinstance(line, RejectedLine)] == [3]
    assert len(found) == 3
