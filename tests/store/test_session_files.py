"""Importing and exporting call session files."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from ringledger.faults import OperatorFault
from ringledger.store.engine import Engine, Statement
from ringledger.store.session_exports import export_rows
from ringledger.store.session_files import Imported, Route, import_file

NOW = 1_700_000_000_000_000
ONE = Route(account=1, column=None, accounts={})
GOOD: dict[str, Any] = {"id": 5, "start_time": "2026-03-01 10:00:00"}
FOREVER = (0, 2**32 - 1)


def ndjson(path: Path, *records: object) -> Path:
    lines = (record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def stored(engine: Engine, account: int = 1) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(engine, "NDJSON", account).splitlines()]


def exported(engine: Engine, output: str, account: int = 1) -> bytes:
    return b"".join(export_rows(engine, account, *FOREVER, output))


def rejected(path: Path) -> list[dict[str, Any]]:
    text = path.with_name(path.name + ".rejected.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_record_is_stored_with_what_it_says(engine: Engine, tmp_path: Path) -> None:
    record = GOOD | {
        "finish_time": "2026-03-01T13:00:10+03:00",
        "visitor_type": "Not filled in",
        "is_lost": False,
        "wait_duration": 4.0,
        "sale_cost": 1.5,
        "tags": [{"tag_id": 3, "tag_change_time": "2026-03-02 00:00:00"}],
        "employees": None,
        "call_records": ["a", "ü\u0000\\n"],
        "attributes": ["first"],
    }
    file = ndjson(tmp_path / "a.ndjson", record)
    assert import_file(engine, file, ONE, NOW) == Imported(read=1, imported=1, rejected=0)
    (row,) = stored(engine)
    assert list(row) == [field.name for field in CALLS_REPORT.fields]
    expected: dict[str, Any] = {name: [] if isinstance(value, list) else None for name, value in row.items()}
    tag = dict.fromkeys(member.name for member in CALLS_REPORT.fields[CALLS_REPORT.fields.index(_tags())].members)
    expected |= record | {
        "finish_time": "2026-03-01 10:00:10",
        "visitor_type": None,
        "wait_duration": 4,
        "tags": [tag | {"tag_id": 3, "tag_change_time": "2026-03-02 00:00:00"}],
        "employees": [],
    }
    assert row == expected
    assert not (tmp_path / "a.ndjson.rejected.ndjson").exists()


def _tags() -> Field:
    return next(field for field in CALLS_REPORT.fields if field.name == "tags")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("nonsense", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"id":5', "not a JSON object"),
        ("{}", "id: missing"),
        ({"id": 5}, "start_time: missing"),
        ({"id": None, "start_time": "2026-03-01 10:00:00"}, "id: missing"),
        (GOOD | {"id": 0}, "id: the number is out of range"),
        (GOOD | {"id": 2**53}, "id: the number is out of range"),
        (GOOD | {"id": "5"}, "id: a whole number belongs here"),
        (GOOD | {"id": 10**30}, "id: a whole number belongs here"),
        (GOOD | {"nonsense": None}, "nonsense: unknown member"),
        (GOOD | {"odd 'name\\`": 1}, "odd 'name\\`: unknown member"),
        (GOOD | {"wait_duration": 1.5}, "wait_duration: a whole number belongs here"),
        (GOOD | {"wait_duration": -1}, "wait_duration: the number is out of range"),
        (GOOD | {"wait_duration": 2**32}, "wait_duration: the number is out of range"),
        (GOOD | {"visitor_id": -(2**53)}, "visitor_id: the number is out of range"),
        (GOOD | {"sale_cost": "1"}, "sale_cost: a number belongs here"),
        (GOOD | {"scenario_name": 1}, "scenario_name: text belongs here"),
        (GOOD | {"is_lost": 1}, "is_lost: true or false belongs here"),
        (GOOD | {"direction": "up"}, "direction: not one of the known values"),
        (GOOD | {"direction": 1}, "direction: not one of the known values"),
        (GOOD | {"start_time": "yesterday"}, "start_time: a time like 2026-01-31 23:59:59 belongs here"),
        (GOOD | {"start_time": "2026-02-30 10:00:00"}, "start_time: a time like 2026-01-31 23:59:59 belongs here"),
        (GOOD | {"start_time": "2026-02-03 24:00:00"}, "start_time: a time like 2026-01-31 23:59:59 belongs here"),
        (GOOD | {"start_time": "2200-02-03 10:00:00"}, "start_time: a time like 2026-01-31 23:59:59 belongs here"),
        (GOOD | {"start_time": 1_700_000_000}, "start_time: a time like 2026-01-31 23:59:59 belongs here"),
        (GOOD | {"finish_time": "2026-03-01 09:59:59"}, "finish_time: earlier than start_time"),
        (GOOD | {"tags": {}}, "tags: an array belongs here"),
        (GOOD | {"tags": [None]}, "tags: an object belongs here"),
        (GOOD | {"tags": [{"tag_id": 1}, {"tag_id": "x"}]}, "tags.tag_id: a whole number belongs here"),
        (GOOD | {"tags": [{"colour": 1}]}, "tags.colour: unknown member"),
        (GOOD | {"tags": [{"tag_type": "x"}]}, "tags.tag_type: not one of the known values"),
        (GOOD | {"call_records": "x"}, "call_records: an array belongs here"),
        (GOOD | {"call_records": ["x", 1]}, "call_records: text belongs here"),
        (GOOD | {"call_records": [None]}, "call_records: text belongs here"),
        (GOOD | {"call_records": [{}]}, "call_records: text belongs here"),
        (GOOD | {"attributes": ["first", "x"]}, "attributes: not one of the known values"),
        ('{"id":5,"start_time":"2026-03-01 10:00:00","gclid":"a","gclid":"b"}', "gclid: there twice"),
    ],
)
def test_a_record_that_does_not_fit_is_rejected_with_its_line_and_reason(
    engine: Engine, tmp_path: Path, record: object, reason: str
) -> None:
    file = ndjson(tmp_path / "a.jsonl", GOOD | {"id": 1}, "  ", record, "", GOOD | {"id": 2})
    assert import_file(engine, file, ONE, NOW) == Imported(read=3, imported=2, rejected=1)
    (found,) = rejected(file)
    assert (found["line"], found["reason"]) == (3, reason)
    assert [row["id"] for row in stored(engine)] == [1, 2]
    if isinstance(record, dict):
        assert found["record"] == record


def test_rejected_records_come_in_the_file_s_order_and_text_stays_text(engine: Engine, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", *('not "JSON" %d\\' % number for number in range(300)))  # noqa: UP031
    assert import_file(engine, file, ONE, NOW) == Imported(read=300, imported=0, rejected=300)
    assert [line["line"] for line in rejected(file)] == list(range(1, 301))
    assert rejected(file)[7]["record"] == 'not "JSON" 7\\'


def test_a_mended_file_leaves_no_rejected_records_behind(engine: Engine, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", {"id": 1})
    import_file(engine, file, ONE, NOW)
    import_file(engine, ndjson(file, GOOD), ONE, NOW)
    assert not (tmp_path / "a.ndjson.rejected.ndjson").exists()


def test_importing_a_file_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a.ndjson", *(GOOD | {"id": number} for number in range(1, 100)))
    import_file(engine, file, ONE, NOW)
    before = stored(engine)
    import_file(engine, file, ONE, NOW + 1_000_000)
    assert stored(engine) == before
    assert len(before) == 99


def test_a_record_replaces_the_one_with_its_id_though_its_start_moved(engine: Engine, tmp_path: Path) -> None:
    moved = GOOD | {"start_time": "2025-12-31 10:00:00", "gclid": "new"}
    import_file(engine, ndjson(tmp_path / "a.ndjson", GOOD, GOOD | {"id": 6}), ONE, NOW)
    import_file(engine, ndjson(tmp_path / "b.ndjson", GOOD), Route(account=2, column=None, accounts={}), NOW)
    import_file(engine, ndjson(tmp_path / "c.ndjson", moved), ONE, NOW + 1000)
    assert [(row["id"], row["start_time"], row["gclid"]) for row in stored(engine)] == [
        (5, "2025-12-31 10:00:00", "new"),
        (6, "2026-03-01 10:00:00", None),
    ]
    assert len(stored(engine, 2)) == 1
    import_file(engine, tmp_path / "a.ndjson", ONE, NOW + 2000)
    assert [row["start_time"] for row in stored(engine)] == ["2026-03-01 10:00:00"] * 2


def test_the_last_line_with_an_id_wins(engine: Engine, tmp_path: Path) -> None:
    lines = [GOOD | {"gclid": str(number), "start_time": f"2026-03-01 10:00:0{number % 2}"} for number in range(8)]
    same = [GOOD | {"id": 6, "gclid": str(number)} for number in range(8)]
    file = ndjson(tmp_path / "a.ndjson", *lines, *same)
    assert import_file(engine, file, ONE, NOW).imported == 16
    assert [(row["id"], row["gclid"]) for row in stored(engine)] == [(6, "7"), (5, "7")]


def test_a_column_routes_records_to_accounts(engine: Engine, tmp_path: Path) -> None:
    route = Route(account=None, column="of 'whom`", accounts={"Büro \\ 1": 1, "two": 2})
    names = ["Büro \\ 1", "two", "three", None]
    records = [GOOD | {"id": number, "of 'whom`": name} for number, name in enumerate(names, 1)]
    file = ndjson(tmp_path / "a.ndjson", *records, GOOD)
    assert import_file(engine, file, route, NOW) == Imported(read=5, imported=2, rejected=3)
    assert [row["id"] for row in stored(engine, 1)] == [1]
    assert [row["id"] for row in stored(engine, 2)] == [2]
    assert [(line["line"], line["reason"]) for line in rejected(file)] == [
        (number, "of 'whom`: no account has this name") for number in (3, 4, 5)
    ]


def test_a_field_can_route_records(engine: Engine, tmp_path: Path) -> None:
    route = Route(account=None, column="site_domain_name", accounts={"a.example": 7})
    import_file(engine, ndjson(tmp_path / "a.ndjson", GOOD | {"site_domain_name": "a.example"}), route, NOW)
    assert [row["site_domain_name"] for row in stored(engine, 7)] == ["a.example"]


def test_packed_files_are_read(engine: Engine, tmp_path: Path) -> None:
    from backports import zstd

    line = json.dumps(GOOD).encode()
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(line))
    (tmp_path / "a.jsonl.zst").write_bytes(zstd.compress(line.replace(b"5", b"6", 1)))
    for name in ("a.ndjson.gz", "a.jsonl.zst"):
        assert import_file(engine, tmp_path / name, ONE, NOW).imported == 1
    assert [row["id"] for row in stored(engine)] == [5, 6]


def test_a_file_s_name_is_taken_literally(engine: Engine, tmp_path: Path) -> None:
    file = ndjson(tmp_path / "a{1,2}*?'\\ü.ndjson", GOOD, "x")
    assert import_file(engine, file, ONE, NOW) == Imported(read=2, imported=1, rejected=1)
    assert len(rejected(file)) == 1


def test_an_empty_file_has_no_records(engine: Engine, tmp_path: Path) -> None:
    assert import_file(engine, ndjson(tmp_path / "a.ndjson"), ONE, NOW) == Imported(read=0, imported=0, rejected=0)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b""), ("a.parquet.gz", b""), ("missing.ndjson", None), ("a.ndjson.gz", b"x"), ("a.parquet", b"x")],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_line(
    engine: Engine, tmp_path: Path, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(OperatorFault, match=name) as caught:
        import_file(engine, tmp_path / name, ONE, NOW)
    assert "\n" not in str(caught.value)
    assert engine.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]


def test_progress_ends_with_all_records(engine: Engine, tmp_path: Path) -> None:
    heard: list[int] = []
    import_file(engine, ndjson(tmp_path / "a.ndjson", GOOD, "x"), ONE, NOW, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 2


def test_progress_is_told_on_the_way(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringledger.store.session_files._PACE", 0.02)
    many = f"SELECT number + 1 AS id, {START}, repeat(hex(sipHash64(number)), 9) AS gclid FROM numbers(300000)"
    heard: list[int] = []
    file = parquet(engine, tmp_path / "a.parquet", many)
    assert import_file(engine, file, ONE, NOW, heard.append).imported == 300_000
    assert heard == sorted(heard)
    assert any(0 < rows < 300_000 for rows in heard)


def test_csv_has_a_line_of_names_and_arrays_as_json(engine: Engine, tmp_path: Path) -> None:
    import_file(engine, ndjson(tmp_path / "a.ndjson", GOOD | {"call_records": ["a"]}), ONE, NOW)
    names, values = exported(engine, "CSV").decode().splitlines()
    assert names.startswith('"id","start_time"')
    assert values.startswith('5,"2026-03-01 10:00:00"')
    assert '"[""a""]"' in values


def parquet(engine: Engine, path: Path, select: str) -> Path:
    path.write_bytes(engine.read(Statement(select), "Parquet"))
    return path


START = "toDateTime('2026-03-01 10:00:00', 'UTC') AS start_time"


@pytest.mark.parametrize(
    ("select", "reason"),
    [
        (f"SELECT 5 AS id, {START}, 1 AS line", "line: unknown member"),
        (f"SELECT '5' AS id, {START}", "id: a whole number belongs here"),
        ("SELECT 5 AS id", "start_time: missing"),
        (f"SELECT 5.5 AS id, {START}", "id: a whole number belongs here"),
        (f"SELECT 5 AS id, {START}, toInt64(-1) AS wait_duration", "wait_duration: the number is out of range"),
        (f"SELECT 5 AS id, {START}, 'up' AS direction", "direction: not one of the known values"),
        (f"SELECT 5 AS id, {START}, [1] AS call_records", "call_records: text belongs here"),
        (f"SELECT 5 AS id, {START}, 'x' AS tags", "tags: an array belongs here"),
        (
            f"SELECT 5 AS id, {START}, [CAST(tuple('x') AS Tuple(tag_id String))] AS tags",
            "tags.tag_id: a whole number belongs here",
        ),
        (f"SELECT 5 AS id, {START}, [CAST(tuple('x') AS Tuple(odd String))] AS tags", "tags.odd: unknown member"),
        (f"SELECT 5 AS id, {START}, ['x'] AS attributes", "attributes: not one of the known values"),
        (f"SELECT 5 AS id, {START}, start_time - 1 AS finish_time", "finish_time: earlier than start_time"),
        (
            "SELECT 5 AS id, '2026-02-30 00:00:00' AS start_time",
            "start_time: a time like 2026-01-31 23:59:59 belongs here",
        ),
    ],
)
def test_a_parquet_row_that_does_not_fit_is_rejected(engine: Engine, tmp_path: Path, select: str, reason: str) -> None:
    file = parquet(engine, tmp_path / "a.parquet", select)
    assert import_file(engine, file, ONE, NOW) == Imported(read=1, imported=0, rejected=1)
    (found,) = rejected(file)
    assert (found["line"], found["reason"]) == (1, reason)
    assert str(found["record"]["id"]) in {"5", "5.5"}


def test_a_parquet_column_of_another_type_harms_only_rows_with_a_value(engine: Engine, tmp_path: Path) -> None:
    columns = "number + 1.0 AS id, if(number = 1, 'x', NULL) AS wait_duration, toInt32(7) AS talk_duration"
    select = f"SELECT {columns}, 'Not filled in' AS visitor_type, {START} FROM numbers(3)"
    file = parquet(engine, tmp_path / "a.parquet", select)
    assert import_file(engine, file, ONE, NOW) == Imported(read=3, imported=2, rejected=1)
    assert [line["line"] for line in rejected(file)] == [2]
    assert [(row["id"], row["talk_duration"], row["visitor_type"]) for row in stored(engine)] == [
        (1, 7, None),
        (3, 7, None),
    ]


def test_a_column_of_a_parquet_file_routes_rows(engine: Engine, tmp_path: Path) -> None:
    route = Route(account=None, column="acc`ount", accounts={"one": 1})
    select = f"SELECT number + 1 AS id, {START}, ['one', 'two'][number + 1] AS `acc\\`ount` FROM numbers(2)"
    file = parquet(engine, tmp_path / "a.parquet", select)
    assert import_file(engine, file, route, NOW) == Imported(read=2, imported=1, rejected=1)
    assert rejected(file)[0]["reason"] == "acc`ount: no account has this name"
    assert [row["id"] for row in stored(engine)] == [1]


WHOLES = st.integers(1 - 2**53, 2**53 - 1)
MOMENTS = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis wants its bounds without a zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
).map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def values_of(field: Field) -> st.SearchStrategy[Any]:
    if field.kind is Kind.ARRAY:
        if field.members:
            members = {member.name: values_of(member) for member in field.members}
            return st.lists(st.fixed_dictionaries(members), max_size=2)
        return st.lists(st.sampled_from(field.values) if field.values else TEXTS, max_size=3)
    values: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.NUMBER: st.integers(0, 2**32 - 1) if field.bits == 32 else WHOLES,
        Kind.DECIMAL: st.floats(-1e9, 1e9).map(lambda number: number + 0.0),
        Kind.STRING: TEXTS,
        Kind.BOOLEAN: st.booleans(),
        Kind.ISO8601: MOMENTS,
        Kind.ENUM: st.sampled_from([value for value in field.values if value != "Not filled in"] or ["x"]),
    }
    return st.none() | values[field.kind]


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    chosen = draw(st.lists(st.sampled_from(CALLS_REPORT.fields), max_size=12, unique_by=lambda field: field.name))
    found = {field.name: draw(values_of(field)) for field in chosen}
    start, finish = sorted((draw(MOMENTS), draw(MOMENTS)))
    return [found | {"id": draw(st.integers(1, 2**53 - 1)), "start_time": start, "finish_time": finish}]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records())
def test_what_is_imported_comes_out_equal_and_imports_again(
    engine: Engine, tmp_path: Path, given_records: list[dict[str, Any]]
) -> None:
    engine.run(Statement("TRUNCATE TABLE call_sessions"))
    file = ndjson(tmp_path / "a.ndjson", *given_records)
    assert import_file(engine, file, ONE, NOW).rejected == 0
    (row,) = stored(engine)
    for name, value in given_records[0].items():
        assert row[name] == value, name
    for number, (output, ending) in enumerate((("NDJSON", "ndjson"), ("Parquet", "parquet")), 2):
        again = tmp_path / f"again.{ending}"
        again.write_bytes(exported(engine, output))
        route = Route(account=number, column=None, accounts={})
        assert import_file(engine, again, route, NOW) == Imported(read=1, imported=1, rejected=0)
        assert stored(engine, number) == [row]
