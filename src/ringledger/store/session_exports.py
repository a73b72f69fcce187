"""Hands out stored sessions as files, inside the engine; never holds a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Kind
from ringledger.faults import OperatorFault
from ringledger.store.engine import Engine, Statement
from ringledger.store.pipes import fed
from ringledger.store.schema import column_type
from ringledger.store.session_checks import literal


def export_rows(engine: Engine, account: int, begin: int, end: int, output: str) -> Iterator[bytes]:
    """The account's sessions that started from `begin` to `end` (seconds since 1970) as NDJSON, Parquet or CSV.

    Times are UTC. In CSV an array is its JSON. Each month is as it is when its turn comes. Raises OperatorFault for
    another output, EngineFault.
    """
    period = {"account": account, "begin": max(begin, 0), "end": min(end, 2**32 - 1)}
    months = _months(engine, period)
    match output:
        case "NDJSON":
            return _by_month(engine, months, "JSONEachRow")
        case "CSV":
            names = ",".join(f'"{field.name}"' for field in CALLS_REPORT.fields)
            return chain([f"{names}\n".encode()], _by_month(engine, months, "CSV"))
        case "Parquet" if engine.embedded:
            return _as_parquet(engine, _by_month(engine, months, "Native"))
        case "Parquet":
            return _by_month(engine, [period], output)
    raise OperatorFault(f"{output!r} is none of the outputs NDJSON, Parquet, CSV")


def _months(engine: Engine, period: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The months of a period that have sessions, as periods: each part read takes memory, and a month's are few."""
    moment = CALLS_REPORT.moment
    bounds = f"toUnixTimestamp(min({moment})) AS begin, toUnixTimestamp(max({moment})) AS end"
    sql = f"""SELECT {bounds} FROM {CALLS_REPORT.table}
WHERE account = {{account:UInt32}} AND {moment} BETWEEN {{begin:UInt32}} AND {{end:UInt32}}
GROUP BY toYYYYMM({moment}) ORDER BY begin"""
    for month in engine.rows(Statement(sql, period)):
        yield {**period, **month}


def _by_month(engine: Engine, months: Iterable[Mapping[str, object]], output: str) -> Iterator[bytes]:
    fields = ", ".join(
        f"toJSONString({field.name}) AS {field.name}" if output == "CSV" and field.kind is Kind.ARRAY else field.name
        for field in CALLS_REPORT.fields
    )
    moment = CALLS_REPORT.moment
    sql = f"""SELECT {fields} FROM {CALLS_REPORT.table} FINAL
WHERE account = {{account:UInt32}} AND {moment} BETWEEN {{begin:UInt32}} AND {{end:UInt32}}
ORDER BY account, {moment}, id
SETTINGS output_format_json_array_of_rows = 0, max_block_size = 16384"""
    for month in months:
        yield from engine.stream(Statement(sql, month), output)


def _as_parquet(engine: Engine, native: Iterator[bytes]) -> Iterator[bytes]:
    """One file of the months' rows: its row groups share a foot, which the engine writes."""
    structure = ", ".join(f"{field.name} {column_type(field)}" for field in CALLS_REPORT.fields)
    with fed(native) as path:
        sql = f"""SELECT * FROM file({literal(path)}, 'Native', {literal(structure)})
SETTINGS output_format_parquet_row_group_size = 65536"""
        yield from engine.stream(Statement(sql), "Parquet")
