"""What a directory file tells beside people and numbers: scenarios, segments, schedules, media files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Connection, Table, insert, select, update

from ringledger.registry.tables import MEDIA_FILES, SCENARIOS, SCHEDULES, SEGMENTS, SITES


class OperationEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operation of a scenario."""

    id: int
    name: str


class ScenarioEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario with its operations."""

    name: str
    operations: tuple[OperationEntry, ...] = ()


class ConditionEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition of a segment."""

    type: Literal["include", "exclude"]
    segment_parameter: str
    value: str
    operator: Literal["=", "sub", "~"]


class ConditionsEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions all of which must hold."""

    conditions: tuple[ConditionEntry, ...]


class GroupsEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Groups of conditions one of which must hold."""

    group_conditions: tuple[ConditionsEntry, ...]


class SegmentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A segment of visitors; `site` is the site's domain."""

    name: str
    description: str | None = None
    site: str | None = None
    segments_conditions: GroupsEntry | None = None


class DaysEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days of a schedule."""

    type: Literal["days_of_week", "days_of_month", "business_calendar", "cycle"]
    days: tuple[str, ...] = ()


class HoursEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of a schedule, HH:MM."""

    time_from: str
    time_till: str


class ActivityEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a schedule has work; dates are YYYY-MM-DD."""

    activity_days: DaysEntry
    activity_time: tuple[HoursEntry, ...] = ()
    activity_date_from: str | None = None
    activity_date_till: str | None = None


class ScheduleEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A schedule of work."""

    name: str
    schedules: tuple[ActivityEntry, ...] = ()


class MediaFileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file that scenarios play: seconds and bytes."""

    name: str
    duration: int | None = None
    play_link: str | None = None
    normalization: bool | None = None
    size: int | None = None


Listed = ScenarioEntry | SegmentEntry | ScheduleEntry | MediaFileEntry

_TABLES: Final[dict[type, Table]] = {
    ScenarioEntry: SCENARIOS,
    SegmentEntry: SEGMENTS,
    ScheduleEntry: SCHEDULES,
    MediaFileEntry: MEDIA_FILES,
}


def take_lists(connection: Connection, account: int, lists: Iterable[Sequence[Listed]]) -> None:
    """Adds entries or brings them up to date, known by their names; a segment's site is made where it is new."""
    for entries in lists:
        for entry in entries:
            details: dict[str, Any] = msgspec.to_builtins(entry)
            del details["name"]
            if isinstance(entry, SegmentEntry) and entry.site is not None:
                del details["site"]
                details["site_id"] = id_of(connection, SITES, account, entry.site)
            table = _TABLES[type(entry)]
            known = id_of(connection, table, account, entry.name)
            connection.execute(update(table).where(table.c.id == known).values(details=details))


def id_of(connection: Connection, table: Table, account: int, name: str) -> int:
    """The id of the entry of that name, which is made where it is new."""
    query = select(table.c.id).where(table.c.account_id == account, table.c.name == name)
    found = connection.execute(query).scalar()
    if found is None:
        statement = insert(table).values(account_id=account, name=name).returning(table.c.id)
        found = connection.execute(statement).scalar_one()
    return int(found)
