"""Loads call session files into the store, inside the engine; never holds a record."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.faults import EngineFault, OperatorFault
from ringledger.store.changes import EVER
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import column_type
from ringledger.store.session_checks import NOT_FILLED_IN, json_reason, json_unfit, literal
from ringledger.store.session_moves import bury_moved
from ringledger.store.session_parquet import (
    account_name,
    identifier,
    parquet_reason,
    parquet_record,
    parquet_values,
    parse_type,
)
from ringledger.store.session_plain import is_plain, plain_form

_LINES: Final = (".ndjson", ".jsonl")
_PACKED: Final = (".gz", ".zst")
_PARQUET: Final = ".parquet"

_BLOCKS: Final = "max_block_size = 16384, max_insert_block_size = 16384, storage_file_read_method = 'pread'"
_CHECKING: Final = f"{_BLOCKS}, output_format_json_array_of_rows = 0, max_bytes_before_external_sort = 268435456"
_INSERTING: Final = (
    # FINAL finds the newest version anyway; looking for it at every insert would double the time.
    f"{_BLOCKS}, optimize_on_insert = 0, max_insert_threads = 2, min_insert_block_size_rows = 65536, "
    "min_insert_block_size_bytes = 134217728, input_format_parquet_max_block_size = 16384, "
    "input_format_parquet_memory_high_watermark = 268435456"
)

_PACE: Final = 0.5
"""Seconds between two looks at how far an import is."""


class Imported(msgspec.Struct, frozen=True):
    """How many records a file had, and what became of them."""

    read: int
    imported: int
    rejected: int


class Route(msgspec.Struct, frozen=True):
    """Where records go: to one `account`, or to the one of `accounts` that a `column` of theirs names."""

    account: int | None
    column: str | None
    accounts: dict[str, int]


class _Reading(msgspec.Struct, frozen=True):
    """SQL that reads a file: its rows, whether and why one is no record, and what is stored of it.

    `doubtful` is quicker than `unfit` and holds for every row for which that does.
    """

    rows: str
    doubtful: str
    unfit: str
    reason: str
    record: str
    definitions: str
    account: str
    fields: dict[str, str]
    values: dict[str, object]


def import_file(
    engine: Engine, path: Path, route: Route, now: int, progress: Callable[[int], None] | None = None
) -> Imported:
    """Stores the file's records; those that do not fit go to FILE.rejected.ndjson with line and reason.

    `now`, microseconds since 1970, is the version before the first line's. `progress` hears how many records are
    done. Raises OperatorFault for a file that cannot be read, EngineFault.
    """
    if not engine.embedded:
        raise OperatorFault("session files are imported by the embedded store only; use --store chdb:///FOLDER")
    refused = path.with_name(path.name + ".rejected.ndjson")
    report = progress or (lambda _: None)
    with _safely_named(path, refused) as (source, refused_source):
        try:
            reading = _reading(engine, source, route)
            found = engine.rows(_look(reading))[0]
            report(0)
            _remove(refused)
            rejected = _write_rejected(engine, reading, refused) if found["doubtful"] else 0
        except EngineFault as error:
            raise OperatorFault(f"{path} cannot be read: it is damaged or not what its ending says") from error
        if found["read"] > rejected:
            with engine.changes.writing(None, 0, EVER):
                with _watched(engine, source, lambda rows: report(min(rows, found["read"]))):
                    engine.run(_insertion(reading, refused_source if rejected else None, now))
                bury_moved(engine, now + 1, now + 1 + found["last"])
    report(found["read"])
    return Imported(read=found["read"], imported=found["read"] - rejected, rejected=rejected)


@contextmanager
def _watched(engine: Engine, source: str, report: Callable[[int], None]) -> Iterator[None]:
    """Tells again and again how many rows of the file have been read by the insert that runs within the context."""
    done = threading.Event()
    sql = """SELECT max(read_rows) AS rows FROM system.processes
WHERE startsWith(query, 'INSERT') AND position(query, {source:String}) > 0"""

    def watch() -> None:
        furthest = 0
        while not done.wait(_PACE):
            furthest = max(furthest, engine.rows(Statement(sql, {"source": source}))[0]["rows"])
            report(furthest)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield
        finally:
            done.set()
    watching.result()


@contextmanager
def _safely_named(path: Path, refused: Path) -> Iterator[tuple[str, str]]:
    """The two files under names that the engine takes literally, for it reads braces and stars as patterns."""
    ending = _ending(path)
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise OperatorFault(f"{path} cannot be opened: {error.strerror}") from error
    with tempfile.TemporaryDirectory(prefix="ringledger-") as folder:
        source, refused_source = Path(folder, "records" + ending), Path(folder, "rejected.ndjson")
        source.symlink_to(path.resolve())
        refused_source.symlink_to(refused.parent.resolve() / refused.name)
        yield str(source), str(refused_source)


def _ending(path: Path) -> str:
    name = path.name.lower()
    packed = next((ending for ending in _PACKED if name.endswith(ending)), "")
    plain = name.removesuffix(packed)
    if not packed and plain.endswith(_PARQUET):
        return _PARQUET
    if plain.endswith(_LINES):
        return ".ndjson" + packed
    raise OperatorFault(f"{path} ends in none of {' '.join((*_LINES, _PARQUET))} (lines also with .gz or .zst)")


def _reading(engine: Engine, source: str, route: Route) -> _Reading:
    if (route.account is None) == (route.column is None):
        raise ValueError("a route names either an account or a column")
    values: dict[str, object] = {}
    if route.column is not None:
        values = {
            "column": route.column,
            "names": list(route.accounts),
            "ids": list(route.accounts.values()),
        }
    if source.endswith(_PARQUET):
        return _parquet_reading(engine, source, route, values)
    return _lines_reading(source, route, values)


def _account(route: Route, name: str) -> str:
    if route.account is not None:
        return f"toUInt32({route.account:d})"
    if not route.accounts:
        return "toUInt32(0)"
    return f"transform({name}, {{names:Array(String)}}, {{ids:Array(UInt32)}}, toUInt32(0))"


def _lines_reading(source: str, route: Route, values: dict[str, object]) -> _Reading:
    types = [f"{field.name} {column_type(field)}" for field in CALLS_REPORT.fields]
    name = "''"
    if route.column is not None:
        field = CALLS_REPORT.field(route.column)
        if field is None:
            types.append(f"{identifier(route.column)} String")
        place = len(types) if field is None else CALLS_REPORT.fields.index(field) + 1
        name = f"ifNull(toString(found.{place}), '')"
    fields = {field.name: f"found.{place}" for place, field in enumerate(CALLS_REPORT.fields, 1)}
    fields[NOT_FILLED_IN[0]] = _without_not_filled_in(fields[NOT_FILLED_IN[0]])
    return _Reading(
        rows=f"(SELECT _row_number, line FROM file({literal(source)}, 'LineAsString', 'line String') "
        "WHERE notEmpty(trimBoth(line, ' \\t\\r')))",
        doubtful=f"NOT ({is_plain(route.column)})",
        unfit=json_unfit(route.column),
        reason=json_reason(route.column),
        definitions="WITH JSONExtract(line, {shape:String}) AS found ",
        record="if(isValidJSON(line), line, toJSONString(toValidUTF8(line)))",
        account=_account(route, name),
        fields=fields,
        values=values | {"shape": f"Tuple({', '.join(types)})", "plain": plain_form(route.column)},
    )


def _parquet_reading(engine: Engine, source: str, route: Route, values: dict[str, object]) -> _Reading:
    rows = f"file({literal(source)}, 'Parquet')"
    described = engine.rows(Statement(f"DESCRIBE TABLE {rows}"))
    columns = {row["name"]: parse_type(row["type"]) for row in described}
    fields = parquet_values(columns)
    reason = parquet_reason(columns, route.column)
    if NOT_FILLED_IN[0] in fields:
        fields[NOT_FILLED_IN[0]] = _without_not_filled_in(fields[NOT_FILLED_IN[0]])
    return _Reading(
        rows=rows,
        doubtful=f"{reason} != ''",
        unfit="1",
        reason=reason,
        record=parquet_record(columns),
        definitions="",
        account=_account(route, "''" if route.column is None else account_name(columns, route.column)),
        fields=fields,
        values=values,
    )


def _without_not_filled_in(value: str) -> str:
    return f"nullIf({value}, {literal(NOT_FILLED_IN[1])})"


def _look(reading: _Reading) -> Statement:
    """How many rows there are, the last one's number, and how many need a closer look."""
    columns = f"count() AS read, max(_row_number) AS last, countIf({reading.doubtful}) AS doubtful"
    return Statement(f"SELECT {columns} FROM {reading.rows} SETTINGS {_BLOCKS}", reading.values)


def _remove(refused: Path) -> None:
    try:
        refused.unlink(missing_ok=True)
    except OSError as error:
        raise OperatorFault(f"{refused} cannot be removed: {error.strerror}") from error


def _write_rejected(engine: Engine, reading: _Reading, refused: Path) -> int:
    """Writes the file of rejected records, if there are any; returns how many there are."""
    line = (
        """concat('{"line":', toString(_row_number + 1), ',"reason":', toJSONString("""
        f"""{reading.reason}), ',"record":', {reading.record}, '}}')"""
    )
    sql = f"SELECT {line} FROM {reading.rows} WHERE {reading.doubtful} AND {reading.unfit} ORDER BY _row_number"
    pieces = engine.stream(Statement(f"{sql} SETTINGS {_CHECKING}", reading.values), "LineAsString")
    rejected = 0
    try:
        for piece in pieces:
            with refused.open("ab") as file:
                file.write(piece)
            rejected += piece.count(b"\n")
    except OSError as error:
        raise OperatorFault(f"{refused} cannot be written: {error.strerror}") from error
    return rejected


def _insertion(reading: _Reading, refused: str | None, now: int) -> Statement:
    chosen = "1"
    if refused is not None:
        number = "toUInt64(extract(line, '^.\"line\":([0-9]+)'))"
        lines = f"file({literal(refused)}, 'LineAsString', 'line String')"
        chosen = f"_row_number + 1 NOT IN (SELECT {number} FROM {lines})"
    names = ", ".join(("account", *reading.fields, "version"))
    values = ", ".join((reading.account, *reading.fields.values(), "{now:UInt64} + 1 + _row_number"))
    sql = (
        f"INSERT INTO {CALLS_REPORT.table} ({names}) {reading.definitions}SELECT {values} FROM {reading.rows} "
        f"WHERE {chosen} SETTINGS {_INSERTING}"
    )
    return Statement(sql, reading.values | {"now": now})
