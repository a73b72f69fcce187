"""The tables of the call store, made from the catalogue, and their forward-only migrations; reads and writes no calls.

Why each choice was made, and what a million sessions take on disk, is in docs/storage.md.
"""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.api_requests import API_REQUESTS
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind, Report
from ringledger.catalogue.leg_times import LEG_TIMES
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.uploaded_calls import UPLOADED_CALLS
from ringledger.faults import OperatorFault
from ringledger.store.engine import Engine, Statement

_DURABLE: Final = "fsync_after_insert = 1, fsync_part_directory = 1"

_SCALARS: Final = {
    Kind.DECIMAL: "Float64",
    Kind.BOOLEAN: "Bool",
    Kind.ISO8601: "DateTime('UTC')",
}

_CODECS: Final = {
    "id": " CODEC(Delta, LZ4)",
    "communication_id": " CODEC(Delta, LZ4)",
    "start_time": " CODEC(Delta, LZ4)",
    "finish_time": " CODEC(Delta, LZ4)",
}

_SMALL_BLOCKS: Final = "min_compress_block_size = 4096"
"""A row that is read by itself costs the unpacking of a block of every column."""


def value_type(field: Field) -> str:
    """The engine's type of one value of the field, without null."""
    if field.kind is Kind.NUMBER:
        return "UInt32" if field.bits == 32 else "Int64"
    return _SCALARS.get(field.kind, "String")


def column_type(field: Field) -> str:
    """The engine's type of the field's column."""
    if field.members:
        members = f"Tuple({', '.join(f'{member.name} {column_type(member)}' for member in field.members)})"
        return f"Array({members})" if field.kind is Kind.ARRAY else members
    if field.kind is Kind.ARRAY:
        return "Array(LowCardinality(String))" if field.repeats else "Array(String)"
    value = value_type(field)
    if not field.required:
        value = f"Nullable({value})"
    return f"LowCardinality({value})" if field.repeats else value


def columns(report: Report) -> dict[str, str]:
    """Name and column definition of every field of a report's table."""
    return {field.name: column_type(field) + _CODECS.get(field.name, " CODEC(LZ4)") for field in report.fields}


def _sessions_table(report: Report) -> str:
    fields = ",\n    ".join(f"{name} {definition}" for name, definition in columns(report).items())
    return f"""
CREATE TABLE IF NOT EXISTS {report.table} (
    account UInt32 CODEC(LZ4),
    {fields},
    call_key String DEFAULT '' CODEC(LZ4),
    fingerprint UInt64 DEFAULT 0 CODEC(LZ4),
    version UInt64 CODEC(Delta, LZ4),
    is_deleted UInt8 DEFAULT 0 CODEC(LZ4),
    INDEX id_range id TYPE minmax GRANULARITY 1,
    INDEX contact_numbers contact_phone_number TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX call_keys call_key TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM({report.moment})
ORDER BY (account, {report.moment}, id)
SETTINGS index_granularity = 2048, {_SMALL_BLOCKS}, {_DURABLE}"""


def _repacked(report: Report) -> tuple[str, ...]:
    """Gives a table of an earlier version today's codecs; its rows get them when they are merged."""
    changes = ", ".join(f"MODIFY COLUMN IF EXISTS {name} {definition}" for name, definition in columns(report).items())
    return (f"ALTER TABLE {report.table} {changes}", f"ALTER TABLE {report.table} MODIFY SETTING {_SMALL_BLOCKS}")


_EVENTS: Final = f"""
CREATE TABLE IF NOT EXISTS call_events (
    account UInt32,
    source LowCardinality(String),
    call_key String,
    event_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    event_id String,
    keys Array(String),
    payload String CODEC(ZSTD(3)),
    received_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
ORDER BY (account, source, call_key, event_time, event_id)
SETTINGS index_granularity = 1024, {_DURABLE}"""

_EVENT_KEYS: Final = f"""
CREATE TABLE IF NOT EXISTS call_event_keys (
    account UInt32,
    source LowCardinality(String),
    key String,
    linked_key String
) ENGINE = ReplacingMergeTree
ORDER BY (account, source, key, linked_key)
SETTINGS index_granularity = 1024, {_DURABLE}"""

_FIRST_LEGS: Final = f"""
CREATE TABLE IF NOT EXISTS call_legs (
    account UInt32,
    call_session_id Int64,
    id Int64,
    leg_key String,
    channel String,
    direction LowCardinality(String),
    party LowCardinality(String),
    employee_id Nullable(Int64),
    employee_full_name LowCardinality(Nullable(String)),
    phone_number Nullable(String),
    start_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    connect_time Nullable(DateTime64(6, 'UTC')),
    finish_time Nullable(DateTime64(6, 'UTC')),
    release_cause_code Nullable(UInt16),
    hangup_source Nullable(String),
    is_transfered Bool,
    conversations Array(Tuple(begin DateTime64(6, 'UTC'), end DateTime64(6, 'UTC'))),
    version UInt64,
    is_deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(start_time)
ORDER BY (account, start_time, call_session_id, id)
SETTINGS {_DURABLE}"""


def _legs_table(report: Report) -> str:
    fields = ",\n    ".join(f"{name} {definition}" for name, definition in columns(report).items())
    return f"""
CREATE TABLE IF NOT EXISTS {report.table} (
    account UInt32 CODEC(ZSTD(1)),
    {fields},
    {report.finish} Nullable(DateTime('UTC')) CODEC(Delta, ZSTD(1)),
    leg_key String CODEC(ZSTD(1)),
    channel String CODEC(ZSTD(1)),
    party LowCardinality(String) CODEC(ZSTD(1)),
    hangup_source Nullable(String) CODEC(ZSTD(1)),
    conversations Array(Tuple(begin DateTime64(6, 'UTC'), end DateTime64(6, 'UTC'))) CODEC(ZSTD(1)),
    version UInt64 CODEC(Delta, ZSTD(1)),
    is_deleted UInt8 DEFAULT 0 CODEC(ZSTD(1)),
    INDEX id_range id TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM({report.moment})
ORDER BY (account, {report.moment}, call_session_id, id)
SETTINGS {_DURABLE}"""


_REJECTED: Final = f"""
CREATE TABLE IF NOT EXISTS rejected_records (
    account UInt32,
    source LowCardinality(String),
    received_time DateTime64(6, 'UTC'),
    origin String,
    line UInt64,
    reason String,
    text String CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree(received_time)
ORDER BY (account, source, origin, line, cityHash64(text))
SETTINGS {_DURABLE}"""


def _uploads_table(report: Report) -> str:
    fields = ",\n    ".join(f"{name} {definition}" for name, definition in columns(report).items())
    return f"""
CREATE TABLE IF NOT EXISTS {report.table} (
    account UInt32 CODEC(ZSTD(1)),
    {fields},
    user_id Nullable(Int64),
    user_login Nullable(String),
    failures UInt8,
    untold Array(Tuple(status String, time UInt32, error_code Nullable(String), call_session_id Nullable(Int64),
        attempts UInt8, due UInt32)),
    version UInt64,
    INDEX period {report.moment} TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version)
ORDER BY (account, {report.key})
SETTINGS {_DURABLE}"""


def _requests_table(report: Report) -> str:
    # A log is written every second and loses at most its last rows: it does not wait for the disk.
    fields = ",\n    ".join(f"{name} {definition}" for name, definition in columns(report).items())
    return f"""
CREATE TABLE IF NOT EXISTS {report.table} (
    account UInt32 CODEC(ZSTD(1)),
    {fields}
) ENGINE = MergeTree
PARTITION BY toYYYYMM({report.moment})
ORDER BY (account, {report.moment}, {report.key})"""


_PROGRESS: Final = f"""
CREATE TABLE IF NOT EXISTS intake_progress (
    node String,
    derived_until DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(derived_until)
ORDER BY node
SETTINGS {_DURABLE}"""


_DOWNLOADS: Final = f"""
CREATE TABLE IF NOT EXISTS recording_downloads (
    account UInt32,
    source LowCardinality(String),
    call_key String,
    url String,
    leg_key Nullable(String),
    is_voice_mail Bool,
    since UInt32,
    is_open Bool,
    attempts UInt8,
    due UInt32,
    error_code LowCardinality(Nullable(String)),
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (account, source, call_key, url)
SETTINGS index_granularity = 1024, {_DURABLE}"""


def _updatable(table: str) -> str:
    """Has the table number its rows, so that an update names those that it changes."""
    return f"ALTER TABLE {table} MODIFY SETTING enable_block_number_column = 1, enable_block_offset_column = 1"


def _packed(table: str) -> str:
    """Has the table write small parts into one file each, which costs a quarter of the waits for the disk.

    A server that is too old for it knows the setting and does nothing.
    """
    return f"ALTER TABLE {table} MODIFY SETTING min_bytes_for_full_part_storage = 1048576"


def _indexed(table: str, name: str, definition: str) -> tuple[str, str]:
    """Gives a table a skip index; rows that are there get theirs in the background, until which they are read."""
    return (
        f"ALTER TABLE {table} ADD INDEX IF NOT EXISTS {name} {definition}",
        f"ALTER TABLE {table} MATERIALIZE INDEX {name} SETTINGS mutations_sync = 0",
    )


MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (_sessions_table(CALLS_REPORT), _EVENTS, _EVENT_KEYS, _FIRST_LEGS, _REJECTED),
    # Nothing read the first form of this table; `ringledger replay` fills in the legs of sessions that are there.
    ("DROP TABLE IF EXISTS call_legs", _legs_table(LEGS_REPORT)),
    (_uploads_table(UPLOADED_CALLS),),
    _repacked(CALLS_REPORT),
    (_requests_table(API_REQUESTS),),
    (_PROGRESS,),
    tuple(_updatable(report.table) for report in (CALLS_REPORT, LEGS_REPORT)),
    tuple(_packed(report.table) for report in (CALLS_REPORT, LEGS_REPORT, UPLOADED_CALLS, API_REQUESTS))
    + tuple(_packed(table) for table in ("call_events", "call_event_keys", "rejected_records", "intake_progress")),
    # Comes back with the types of get.call_leg_times; nothing read it. `ringledger replay` fills in what happened.
    (f"ALTER TABLE {LEGS_REPORT.table} DROP COLUMN IF EXISTS conversations",),
    (_DOWNLOADS, _packed("recording_downloads")),
    (f"ALTER TABLE {CALLS_REPORT.table} MODIFY SETTING {_SMALL_BLOCKS}",),
    # With the id in one index, as what plays a recording asks for either.
    _indexed(CALLS_REPORT.table, "communication_range", "(id, communication_id) TYPE minmax GRANULARITY 1")
    + _indexed(CALLS_REPORT.table, "ext_ids", "ext_id TYPE bloom_filter(0.01) GRANULARITY 1"),
)
"""The statements of each version of the schema, oldest first. Only ever appended to."""


def migrate(engine: Engine) -> None:
    """Brings the store to this program's schema. Safe to repeat and to be cut off. Raises EngineFault.

    A field that joined the catalogue gets its column without a migration of its own. A store of a newer program is
    refused with OperatorFault.
    """
    engine.run(
        Statement(
            "CREATE TABLE IF NOT EXISTS schema_versions (version UInt32, applied_time DateTime('UTC') DEFAULT now()) "
            f"ENGINE = MergeTree ORDER BY version SETTINGS {_DURABLE}"
        )
    )
    found = engine.rows(Statement("SELECT max(version) AS version FROM schema_versions"))[0]["version"]
    if found > len(MIGRATIONS):
        raise OperatorFault(f"the store has schema {found}, this program knows {len(MIGRATIONS)}; upgrade Ringledger")
    for version in range(found + 1, len(MIGRATIONS) + 1):
        for statement in MIGRATIONS[version - 1]:
            engine.run(Statement(statement))
        engine.run(Statement("INSERT INTO schema_versions (version) SELECT {version:UInt32}", {"version": version}))
    for report in (CALLS_REPORT, LEGS_REPORT, LEG_TIMES, UPLOADED_CALLS, API_REQUESTS):
        _add_missing_columns(engine, report)


def _add_missing_columns(engine: Engine, report: Report) -> None:
    query = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
    present = {row["name"] for row in engine.rows(Statement(query, {"table": report.table}))}
    for name, definition in columns(report).items():
        if name not in present:
            engine.run(Statement(f"ALTER TABLE {report.table} ADD COLUMN IF NOT EXISTS {name} {definition}"))
