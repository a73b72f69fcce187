"""The requests that are measured: eight kinds that users really send, each drawn at random from a seeded stream.

A kind's period, filter values and limit are drawn anew for each request, so that no reply can repeat another; the same
seed draws the same requests for every peer. Knows no peer and no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from sessions import DAYS, FIRST_DAY

Params = dict[str, Any]

_DEFAULTS: Final = [field.name for field in CALLS_REPORT.default_fields()]
_ALL: Final = [field.name for field in CALLS_REPORT.fields]
_FORM: Final = "%Y-%m-%d %H:%M:%S"


class Call(msgspec.Struct, frozen=True):
    """A call that a request may be about."""

    id: int
    start: str
    contact: str
    employee: int
    utm_source: str
    tag: int


class World(msgspec.Struct, frozen=True):
    """What is there to ask for: the largest and the smallest account, some of the largest one's calls, and how many it
    has in its emptiest 90 days.
    """

    largest: str
    smallest: str
    calls: list[Call]
    quarter: int


class Question(msgspec.Struct, frozen=True):
    """A request of get.calls_report: whose it is, and its params without the token."""

    account: str
    params: Params

    @property
    def fields(self) -> list[str]:
        """The fields of the reply."""
        return list(self.params.get("fields", _DEFAULTS))

    @property
    def sort(self) -> list[dict[str, str]]:
        """The order of the rows, stated or not."""
        return list(self.params.get("sort", [{"field": "start_time", "order": "asc"}]))

    @property
    def limit(self) -> int:
        """How many rows at the most."""
        return int(self.params.get("limit", 1000))

    @property
    def offset(self) -> int:
        """How many rows before the page."""
        return int(self.params.get("offset", 0))


class Kind(msgspec.Struct, frozen=True):
    """A kind of request: its name, what it asks for, and how one is drawn."""

    name: str
    about: str
    draw: Callable[[World, Random], Params]


def period(random: Random, days: int, *, around: str | None = None) -> Params:
    """A period of so many days that begins at a random second of the year, and holds the moment `around`."""
    first = datetime.strptime(FIRST_DAY, _FORM)  # noqa: DTZ007 - the Data API's times carry no zone
    earliest, latest = 0, (DAYS - days) * 86_400
    if around is not None:
        moment = int((datetime.strptime(around, _FORM) - first).total_seconds())  # noqa: DTZ007 - as above
        earliest, latest = max(0, moment - days * 86_400 + 1), min(latest, moment)
    begin = first + timedelta(seconds=random.randint(earliest, latest))
    end = begin + timedelta(days=days, seconds=-1)
    return {"date_from": begin.strftime(_FORM), "date_till": end.strftime(_FORM)}


def page_size(world: World) -> int:
    """The rows of a page of a paging run: 1,000, or fewer where the account has not enough for 100 pages in 90 days."""
    return max(1, min(1000, world.quarter // 101))


def _first_page(_: World, random: Random) -> Params:
    return {**period(random, 30), "limit": random.randint(990, 1000)}


def _all_fields(_: World, random: Random) -> Params:
    return {**period(random, 89), "limit": random.randint(9900, 10_000), "fields": _ALL}


def _tree(world: World, random: Random) -> Params:
    either = [
        {"field": "utm_source", "operator": "in", "value": sorted({_call(world, random).utm_source for _ in range(2)})},
        {"field": "contact_phone_number", "operator": "like", "value": f"%{random.randint(1000, 9999)}%"},
    ]
    lost = {"field": "is_lost", "operator": "=", "value": True}
    return {
        **period(random, 89),
        "limit": random.randint(90, 100),
        "fields": [*_DEFAULTS, "campaign_id", "campaign_name", "utm_source", "utm_medium"],
        "filter": {"condition": "and", "filters": [lost, {"condition": "or", "filters": either}]},
        "sort": [{"field": "campaign_id", "order": "desc"}],
    }


def _tag(world: World, random: Random) -> Params:
    return {
        **period(random, 89),
        "limit": random.randint(90, 100),
        "fields": [*_DEFAULTS, "tags"],
        "filter": _any_of("tags", "tag_id", _call(world, random).tag),
    }


def _one_call(world: World, random: Random) -> Params:
    call = _call(world, random)
    return {
        **period(random, 89, around=call.start),
        "filter": {"field": "id", "operator": "=", "value": call.id},
    }


def _one_contact(world: World, random: Random) -> Params:
    call = _call(world, random)
    return {
        **period(random, 89, around=call.start),
        "filter": {"field": "contact_phone_number", "operator": "=", "value": call.contact},
        "sort": [{"field": "start_time", "order": "desc"}],
    }


def _deep_page(world: World, random: Random) -> Params:
    size = page_size(world)
    return {**period(random, 89), "limit": size, "offset": 49 * size + random.randint(0, size - 1)}


def _missed(world: World, random: Random) -> Params:
    mine = _any_of("employees", "employee_id", _call(world, random).employee)
    lost = {"field": "is_lost", "operator": "=", "value": True}
    return {
        **period(random, 89),
        "limit": random.randint(90, 100),
        "fields": [*_DEFAULTS, "employees", "contact_full_name", "scenario_name", "lost_call_processing_duration"],
        "filter": {"condition": "and", "filters": [lost, mine]},
        "sort": [{"field": "start_time", "order": "desc"}],
    }


def _call(world: World, random: Random) -> Call:
    return random.choice(world.calls)


def _any_of(field: str, member: str, value: int) -> Params:
    return {"field": field, "operator": "jsquery", "value": f"#.{member} = {value}"}


KINDS: Final = (
    Kind("Q1", "first 1,000 rows, default fields, 30 days", _first_page),
    Kind("Q2", "10,000 rows, all fields, 90 days", _all_fields),
    Kind("Q3", "filter tree, sorted by campaign, 100 rows", _tree),
    Kind("Q4", "calls with a tag, 100 rows", _tag),
    Kind("Q5", "one call by its id", _one_call),
    Kind("Q6", "calls of one contact, newest first", _one_contact),
    Kind("Q7", "page 50 of a paging run", _deep_page),
    Kind("Q8", "missed calls of one employee, newest first", _missed),
)


def stream(kind: Kind, world: World, use: str, *, account: str = "") -> Iterator[Question]:
    """Requests of the kind without end, the same for every peer; another `use` draws others. Of the largest account
    where none is named.
    """
    random = Random(f"{kind.name} {use}")  # noqa: S311 - the same for every peer, not secret
    while True:
        yield Question(account or world.largest, kind.draw(world, random))
