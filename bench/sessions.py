"""Realistic call sessions, made by the engine itself and written as Parquet; knows neither product nor peers.

The same number of sessions gives the same rows: every value is a hash of the row's number, or of the number of the
contact, employee or campaign that it belongs to. Twenty accounts of very different size, one year, calls as offices get
them: mornings and afternoons, quiet week-ends, contacts that call often and many that call once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chdb.session import Session

import vocabulary as words
from ringledger.catalogue.calls_report import CALLS_REPORT

ACCOUNTS: Final = tuple(f"acme-{number:02d}" for number in range(20))
FIRST_DAY: Final = "2026-01-01 00:00:00"
DAYS: Final = 365

_SHARES: Final = [1 / number**1.2 for number in range(1, len(ACCOUNTS) + 1)]  # the largest has about 35 %
_WEEKDAYS: Final = (1.03, 0.98, 0.48, 0.30, 1.12, 1.08, 1.05)  # 2026 begins on a Thursday
_HOURS: Final = (
    0.4, 0.3, 0.3, 0.5, 1.2, 3.5, 7.5, 9.6, 9.2, 8.2, 7.6, 8.4,
    8.8, 8.0, 6.8, 5.2, 3.8, 2.8, 2.0, 1.5, 1.2, 0.9, 0.7, 0.5,
)  # fmt: skip


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _array(values: Sequence[object]) -> str:
    return f"[{', '.join(_text(value) if isinstance(value, str) else repr(value) for value in values)}]"


def _edges(weights: Sequence[float]) -> list[float]:
    """Where each share ends, of a whole of 1; the last is out of reach of rounding."""
    whole = sum(weights)
    return [*(sum(weights[:upto]) / whole for upto in range(1, len(weights))), 2.0]


def _chance(salt: int, *, of: str = "number") -> str:
    """A number from 0 to 1 that is always the same for the same row or thing."""
    return f"(cityHash64({of}, {salt}) / 18446744073709551616.)"


def _place(edges: list[float], at: str) -> str:
    """Which share `at` falls into, from 0."""
    return f"arrayFirstIndex(edge -> edge > {at}, {_array(edges)}) - 1"


def _within(weights: Sequence[float], at: str, place: str) -> str:
    """How far into that share, from 0 to 1."""
    whole, edges = sum(weights), _edges(weights)
    begins, widths = [0.0, *edges[:-1]], [weight / whole for weight in weights]
    return f"least(0.999999, ({at} - {_array(begins)}[{place} + 1]) / {_array(widths)}[{place} + 1])"


def _one_of(values: Sequence[str], chance: str, skew: float = 1) -> str:
    """One of the words; with a skew the first ones are met most."""
    return f"{_array(values)}[1 + toUInt32(floor({len(values)} * pow({chance}, {skew})))]"


def _person(of: str, salt: int) -> str:
    first, last = (
        _one_of(names, _chance(salt + at, of=of)) for at, names in enumerate((words.FIRST_NAMES, words.LAST_NAMES))
    )
    return f"concat({first}, ' ', {last})"


def _where(condition: str, value: str) -> str:
    return f"if({condition}, {value}, NULL)"


def _some(share: float, salt: int, value: str) -> str:
    """Null but for a share of the sessions that a site brought."""
    return _where(f"tracked AND {_chance(salt)} < {share}", value)


def _moment(seconds: str) -> str:
    return f"toDateTime64({seconds}, 3, 'UTC')"


# Values that others are worked out from, in layers: a layer sees what is under it.
_LAYERS: Final[tuple[dict[str, str], ...]] = (
    {
        "week_at": f"number * {DAYS / 7} / {{sessions}}",
        "whose": _place(_edges(_SHARES), _chance(1)),
        "incoming": f"{_chance(2)} < 0.72",
    },
    {
        "weekday": _place(_edges(_WEEKDAYS), "(week_at - floor(week_at))"),
        "share": f"{_array([share / sum(_SHARES) for share in _SHARES])}[whose + 1]",
        "contact": f"toUInt64(floor(greatest(50, {{sessions}} * 0.35 * share) * pow({_chance(3)}, 2.5)))",
        "staff": "toUInt32(least(120, 6 + 220 * share))",
    },
    {
        "day_at": _within(_WEEKDAYS, "(week_at - floor(week_at))", "weekday"),
        "key": "whose * 68719476736 + contact",
        "worker": f"toUInt32(floor(staff * pow({_chance(4)}, 1.5)))",
        "campaign": f"toUInt32(floor(least(300, 8 + 900 * share) * pow({_chance(5)}, 2.2)))",
        "site": f"toUInt32(floor(least(8, 1 + 20 * share) * pow({_chance(6)}, 1.5)))",
        "scenario": f"toUInt32(floor(least(12, 2 + 30 * share) * pow({_chance(7)}, 1.7)))",
        "line": f"toUInt32(floor(least(180, 3 + 500 * share) * pow({_chance(8)}, 2)))",
        "source": f"if(incoming, {_one_of(words.SOURCES_IN, _chance(9), 2.2)}, "
        f"{_one_of(words.SOURCES_OUT, _chance(9), 1.8)})",
    },
    {"hour": _place(_edges(_HOURS), "day_at"), "tracked": "source IN ('call_tracking', 'dynamic_call_tracking')"},
    {
        "begin": f"toUnixTimestamp('{FIRST_DAY}', 'UTC') + toUInt32(floor(week_at)) * 604800 + weekday * 86400 "
        f"+ hour * 3600 + toUInt32(floor(3600 * {_within(_HOURS, 'day_at', 'hour')}))",
        "lost": f"{_chance(10)} < if(hour < 4 OR hour > 18, 0.42, 0.178)",
        # Log-normal, as waiting and talking are.
        "normal": f"sqrt(-2 * log(greatest(1e-9, {_chance(11)}))) * cos(6.2831853 * {_chance(12)})",
        "other_normal": f"sqrt(-2 * log(greatest(1e-9, {_chance(11)}))) * sin(6.2831853 * {_chance(12)})",
    },
    {
        "wait": "toUInt32(least(600, 1 + exp(2.5 + 0.8 * normal)) * if(lost, 2, 1))",
        "talk": "if(lost, 0, toUInt32(least(7200, 2 + exp(4.5 + 1.05 * other_normal))))",
        "post": f"if(NOT lost AND {_chance(13)} < 0.3, toUInt32(1 + 44 * {_chance(14)}), 0)",
        "moved": f"NOT lost AND {_chance(15)} < 0.06",
        "rung": f"greatest(if({_chance(15)} < 0.06, 2, 1), "
        f"1 + toUInt32({_chance(16)} < 0.3) + toUInt32({_chance(16)} < 0.1))",
        "paid_click": f"tracked AND {_chance(17)} < 0.62",
        "sold": f"NOT lost AND {_chance(85)} < 0.06",
    },
    {
        "held": f"if(talk > 60 AND {_chance(18)} < 0.25, toUInt32(talk * {_chance(19)} * 0.4), 0)",
        "total": "wait + talk + post",
        "tagged": f"if({_chance(20)} < 0.3, 1 + toUInt32({_chance(21)} < 0.25) + toUInt32({_chance(21)} < 0.08), 0)",
        "first_tag": f"toUInt32(floor({len(words.TAGS)} * pow({_chance(22)}, 2)))",
        "campaign_name": _one_of(words.CAMPAIGNS, _chance(23, of="tuple(whose, campaign)")),
        "first_campaign": f"if({_chance(24)} < 0.7, campaign, toUInt32(floor(8 * {_chance(25, of='key')})))",
        "utm_source": _one_of(words.UTM_SOURCES, _chance(26), 1.8),
        "utm_medium": _one_of(words.UTM_MEDIUMS, _chance(27), 1.8),
        "utm_term": f"replaceAll({_one_of(words.QUERIES, _chance(28), 2)}, ' ', '+')",
        "utm_content": "concat('ad_', toString(cityHash64(number, 29) % 500))",
        "referrer": _one_of(words.REFERRERS, _chance(30), 1.5),
        "domain": _one_of(words.SITES, _chance(31, of="tuple(whose, site)")),
        "last_worker": "toInt64(worker)",
        "first_worker": "toInt64(if(moved, (worker + 2) % staff, worker))",
    },
)  # fmt: skip


def _page(salt: int) -> str:
    return f"concat('https://', domain, {_one_of(words.PATHS, _chance(salt), 2)})"


def _employee_id(worker: str) -> str:
    return f"toInt64(400000 + whose * 1000 + {worker})"


def _employee_name(worker: str) -> str:
    return _person(f"tuple(whose, {worker})", 40)


def _employees() -> str:
    """One to three who were rung, the last of whom talked."""
    worker = "toInt64((worker + (rung - turn) * 2) % staff)"
    talked = "NOT lost AND turn >= rung - moved"
    row = f"{_employee_id(worker)}, {_employee_name(worker)}, {talked}, {talked}"
    kind = (
        "employee_id Nullable(Int64), employee_full_name Nullable(String), "
        "is_answered Nullable(Bool), is_talked Nullable(Bool)"
    )
    return f"CAST(arrayMap(turn -> ({row}), range(1, rung + 1)), 'Array(Tuple({kind}))')"


def _tags() -> str:
    number = f"(first_tag + turn * 7) % {len(words.TAGS)}"
    manual = "cityHash64(number, turn, 51) % 10 < 7"
    row = ", ".join((
        f"{_array(words.TAGS)}[1 + {number}]", f"toInt64(1 + {number})",
        _moment("begin + total + cityHash64(number, turn, 52) % 172800"), f"if({manual}, 'manual', 'auto')",
        _where(manual, "toInt64(70000 + whose * 100 + worker % 17)"),
        _where(manual, "concat('user', toString(worker % 17), '@acme.example')"),
        _where(manual, _employee_id("last_worker")), _where(manual, _employee_name("last_worker")),
    ))  # fmt: skip
    kind = (
        "tag_name Nullable(String), tag_id Nullable(Int64), tag_change_time Nullable(DateTime64(3, \\'UTC\\')), "
        "tag_type Nullable(String), tag_user_id Nullable(Int64), tag_user_login Nullable(String), "
        "tag_employee_id Nullable(Int64), tag_employee_full_name Nullable(String)"
    )
    return f"CAST(arrayMap(turn -> ({row}), range(tagged)), 'Array(Tuple({kind}))')"


def _pairs(share: float, salt: int, row: str, kind: str) -> str:
    """One or two objects, in a share of the sessions that a site brought."""
    number = f"if(tracked AND {_chance(salt)} < {share}, 1 + cityHash64(number, {salt}) % 2, 0)"
    return f"CAST(arrayMap(turn -> ({row}), range({number})), 'Array(Tuple({kind}))')"


def _attributes() -> str:
    of_lost = "[['first', 'lost'], ['secondary', 'lost'], ['lost'], ['first', 'primary', 'lost']]"
    others = (
        "[['first', 'primary', 'target'], ['first', 'primary', 'target', 'quality'], ['secondary', 'target'], "
        "['secondary', 'rest'], ['first', 'off-target'], ['through']]"
    )
    chosen = "cityHash64(number, 53)"
    return f"if(NOT incoming, [], if(lost, {of_lost}[1 + {chosen} % 4], {others}[1 + {chosen} % 6]))"


_FIELDS: Final[dict[str, str]] = {
    "id": "toInt64(5000000000 + number * 7 + cityHash64(number, 60) % 7)",
    "start_time": _moment("begin"),
    "finish_time": _moment("begin + total"),
    "finish_reason": f"if(lost, {_one_of(words.REASONS_LOST, _chance(61), 1.8)}, "
    f"{_one_of(words.REASONS_TALKED, _chance(61), 2)})",
    "direction": "if(incoming, 'in', 'out')",
    "cpn_region_id": f"toInt64(1 + floor({len(words.REGIONS)} * pow({_chance(62, of='key')}, 2)))",
    "cpn_region_name": _one_of(words.REGIONS, _chance(62, of="key"), 2),
    "cpn_country_name": _one_of(words.COUNTRIES, _chance(63, of="key"), 3),
    "cpn_country_id": _one_of(words.COUNTRY_CODES, _chance(63, of="key"), 3),
    "properties": _where(f"{_chance(64)} < 0.02", "concat('queue=', toString(line), ';priority=', toString(rung))"),
    "scenario_operations": "CAST(arrayMap(turn -> (toInt64(800000 + whose * 1000 + scenario * 10 + turn), "
    f"{_array(words.OPERATIONS)}[1 + (scenario + turn) % {len(words.OPERATIONS)}]), "
    "range(if(incoming, 1 + cityHash64(number, 65) % 4, 0))), "
    "'Array(Tuple(id Nullable(Int64), name Nullable(String)))')",
    "source": "source",
    "is_lost": "CAST(lost, 'Bool')",
    "communication_number": _where("tracked", f"toUInt32(1 + least(40, -1.4 * log(greatest(1e-9, {_chance(66)}))))"),
    "communication_page_url": _some(0.8, 67, _page(68)),
    "contact_phone_number": "toString(multiIf("
    "cityHash64(key, 69) % 100 < 70, 79000000000 + cityHash64(key, 70) % 1000000000, "
    "cityHash64(key, 69) % 100 < 85, 971500000000 + cityHash64(key, 70) % 100000000, "
    "447000000000 + cityHash64(key, 70) % 1000000000))",
    "communication_id": "toInt64(9000000000 + number * 5 + cityHash64(number, 71) % 5)",
    "communication_type": "'call'",
    "wait_duration": "wait",
    "total_wait_duration": "wait + held",
    "lost_call_processing_duration": _where(
        f"lost AND {_chance(72)} < 0.62", f"toUInt32(60 + 400000 * pow({_chance(73)}, 4))"),
    "talk_duration": "talk",
    "clean_talk_duration": "talk - held",
    "total_duration": "total",
    "postprocess_duration": _where("NOT lost", "post"),
    "call_records": f"if(lost OR {_chance(74)} < 0.1, [], [lower(hex(sipHash128(number, 75)))])",
    "wav_call_records": f"if(lost OR {_chance(74)} < 0.95, [], [lower(hex(sipHash128(number, 76)))])",
    "full_record_file_link": _where(f"NOT lost AND {_chance(74)} >= 0.1",
                                    "concat('https://media.example/talk/', toString(number), '/')"),
    "voice_mail_records": f"if(lost AND incoming AND {_chance(77)} < 0.08, [lower(hex(sipHash128(number, 78)))], [])",
    "virtual_phone_number": "toString(74950000000 + cityHash64(whose, line, 79) % 10000000)",
    "ua_client_id": _some(0.8, 80, "concat(toString(cityHash64(key, 81) % 1900000000), '.', "
                          "toString(begin - cityHash64(key, 82) % 9000000))"),
    "ym_client_id": _some(0.65, 83, "toString(begin - cityHash64(key, 84) % 9000000)"),
    "sale_date": _where("sold", _moment("begin + total + cityHash64(number, 86) % 1296000")),
    "sale_cost": _where("sold", "round(exp(8.5 + 1.1 * normal), 2)"),
    "is_transfer": "CAST(moved, 'Bool')",
    "search_query": _some(0.28, 87, _one_of(words.QUERIES, _chance(88), 1.8)),
    "search_engine": _some(0.28, 87, _one_of(words.SEARCH_ENGINES, _chance(89), 2)),
    "referrer_domain": _some(0.6, 90, "referrer"),
    "referrer": _some(0.6, 90, "concat('https://', referrer, '/')"),
    "entrance_page": _where("tracked", _page(91)),
    "gclid": _some(0.24, 92, "concat('Cj0KCQ', base64Encode(hex(sipHash128(number, 93))))"),
    "yclid": _some(0.22, 94, "toString(cityHash64(number, 95))"),
    "ymclid": _some(0.02, 96, "toString(cityHash64(number, 97))"),
    "ef_id": _some(0.015, 98, "base64Encode(hex(sipHash64(number, 99)))"),
    "channel": _some(0.95, 100, _one_of(words.CHANNELS, _chance(101), 2)),
    "tags": _tags(),
    "employees": _employees(),
    "last_answered_employee_id": _where("NOT lost", _employee_id("last_worker")),
    "last_answered_employee_full_name": _where("NOT lost", _employee_name("last_worker")),
    "last_answered_employee_rating": _where(
        f"NOT lost AND {_chance(102)} < 0.15", f"toFloat64(5 - floor(5 * pow({_chance(103)}, 3)))"),
    "first_answered_employee_id": _where("NOT lost", _employee_id("first_worker")),
    "first_answered_employee_full_name": _where("NOT lost", _employee_name("first_worker")),
    "last_talked_employee_id": _where("NOT lost", _employee_id("last_worker")),
    "last_talked_employee_full_name": _where("NOT lost", _employee_name("last_worker")),
    "first_talked_employee_id": _where("NOT lost", _employee_id("first_worker")),
    "first_talked_employee_full_name": _where("NOT lost", _employee_name("first_worker")),
    "operator_phone_number": _where("NOT lost", "toString(100 + worker)"),
    "scenario_name": _where("incoming", _one_of(words.SCENARIOS, _chance(104, of="tuple(whose, scenario)"))),
    "scenario_id": _where("incoming", "toInt64(60000 + whose * 100 + scenario)"),
    "site_domain_name": _where("tracked", "domain"),
    "site_id": _where("tracked", "toInt64(20000 + whose * 10 + site)"),
    "campaign_name": _where("tracked", "campaign_name"),
    "campaign_id": _where("tracked", "toInt64(100000 + whose * 1000 + campaign)"),
    "visit_other_campaign": _where("tracked", f"CAST({_chance(105)} < 0.2, 'Bool')"),
    "auto_call_campaign_name": _where("source = 'callout'", "concat('Обзвон ', toString(campaign % 12))"),
    "visitor_id": _where("tracked", "toInt64(2000000000 + cityHash64(key, 106) % 4000000000)"),
    "person_id": _where("tracked", "toInt64(700000000 + cityHash64(key, 107) % 900000000)"),
    "visitor_type": _some(0.97, 108, f"if({_chance(109)} < 0.4, 'Returned', 'New')"),
    "visitor_session_id": _where("tracked", "toInt64(8000000000 + number * 3)"),
    "visits_count": _where("tracked", f"toUInt32(1 - 1.6 * log(greatest(1e-9, {_chance(110)})))"),
    "visitor_first_campaign_id": _where("tracked", "toInt64(100000 + whose * 1000 + first_campaign)"),
    "visitor_first_campaign_name": _where(
        "tracked", _one_of(words.CAMPAIGNS, _chance(23, of="tuple(whose, first_campaign)"))),
    "visitor_city": _some(0.93, 111, _one_of(words.CITIES, _chance(112, of="key"), 2)),
    "visitor_region": _some(0.93, 111, _one_of(words.REGIONS, _chance(112, of="key"), 2)),
    "visitor_country": _some(0.93, 111, _one_of(words.COUNTRIES, _chance(112, of="key"), 2)),
    "visitor_device": _some(0.97, 113, _one_of(words.DEVICES, _chance(114), 2)),
    "visitor_custom_properties": _pairs(0.15, 115,
        f"{_one_of(words.PROPERTY_NAMES, 'cityHash64(key, turn) / 18446744073709551616.')}, "
        f"{_one_of(words.PROPERTY_VALUES, 'cityHash64(number, turn) / 18446744073709551616.')}",
        "property_name Nullable(String), property_value Nullable(String)"),
    "segments": _pairs(0.12, 116,
        f"toInt64(50 + (cityHash64(key, 117) + turn) % {len(words.SEGMENTS)}), "
        f"{_array(words.SEGMENTS)}[1 + (cityHash64(key, 117) + turn) % {len(words.SEGMENTS)}]",
        "segment_id Nullable(Int64), segment_name Nullable(String)"),
    "call_api_request_id": _where("startsWith(source, 'callapi')", "toInt64(40000000 + number)"),
    "call_api_external_id": _where(
        "startsWith(source, 'callapi')", "concat('ext-', lower(hex(sipHash64(number, 118))))"),
    "contact_id": _where("cityHash64(key, 119) % 100 < 35", "toInt64(30000000 + whose * 10000000 + contact)"),
    "contact_full_name": _where("cityHash64(key, 119) % 100 < 35", _person("key", 120)),
    "utm_source": _where("paid_click", "utm_source"),
    "utm_medium": _where("paid_click", "utm_medium"),
    "utm_term": _where(f"paid_click AND {_chance(121)} < 0.6", "utm_term"),
    "utm_content": _where(f"paid_click AND {_chance(122)} < 0.5", "utm_content"),
    "utm_campaign": _where("paid_click", "replaceAll(lower(campaign_name), ' ', '_')"),
    "utm_referrer": _where(f"paid_click AND {_chance(123)} < 0.3", "referrer"),
    "openstat_ad": _some(0.05, 124, "toString(cityHash64(number, 125) % 10000000000)"),
    "openstat_campaign": _some(0.05, 124, "toString(10000000 + campaign)"),
    "openstat_service": _some(0.05, 124, "'direct.yandex.ru'"),
    "openstat_source": _some(
        0.05, 124, "if(cityHash64(number, 126) % 10 < 6, 'yandex.ru:premium', 'yandex.ru:guarantee')"),
    "attributes": _attributes(),
    "eq_utm_source": _where(f"paid_click AND {_chance(127)} < 0.85", "utm_source"),
    "eq_utm_medium": _where(f"paid_click AND {_chance(127)} < 0.85", "utm_medium"),
    "eq_utm_term": _where(f"paid_click AND {_chance(127)} < 0.5", "utm_term"),
    "eq_utm_content": _where(f"paid_click AND {_chance(127)} < 0.4", "utm_content"),
    "eq_utm_campaign": _where(f"paid_click AND {_chance(127)} < 0.85", "replaceAll(lower(campaign_name), ' ', '_')"),
    "eq_utm_referrer": _where(f"paid_click AND {_chance(127)} < 0.5", "referrer"),
    "eq_utm_expid": _some(0.01, 128, "base64Encode(hex(sipHash64(number, 129)))"),
    "source_id": _where("tracked", "toInt64(1 + cityHash64(campaign_name) % 40)"),
    "source_name": _where("tracked", "concat('Источник ', toString(1 + cityHash64(campaign_name) % 40))"),
    "source_new": _some(0.9, 130, "utm_source"),
    "channel_new": _some(0.9, 130, "utm_medium"),
    "channel_code": _some(0.9, 130, "concat('ch_', utm_medium)"),
    "ext_id": _where("source IN ('amocrm', 'bitrix')", "concat('deal-', toString(cityHash64(key, 131) % 100000))"),
}  # fmt: skip


def selection(sessions: int, accounts: Sequence[str] = ACCOUNTS) -> str:
    """The statement whose rows are the sessions: the account's name, then every field of the report.

    Fewer accounts take the others' sessions too.
    """
    missing = {field.name for field in CALLS_REPORT.fields} ^ set(_FIELDS)
    if missing:
        raise SystemExit(f"bench/sessions.py and the catalogue differ in {', '.join(sorted(missing))}")
    rows = f"SELECT number FROM numbers({sessions})"
    for layer in _LAYERS:
        values = ", ".join(f"{value} AS {name}" for name, value in layer.items())
        rows = f"SELECT *, {values} FROM ({rows})".replace("{sessions}", str(sessions))
    fields = ", ".join(f"({value}) AS {name}" for name, value in _FIELDS.items())
    return f"SELECT {_array(accounts)}[1 + whose % {len(accounts)}] AS account, {fields} FROM ({rows})"


def write(path: Path, sessions: int, accounts: Sequence[str] = ACCOUNTS) -> None:
    """Writes the sessions to a Parquet file, in the order of their start."""
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    engine = Session()
    engine.query(
        f"INSERT INTO FUNCTION file('{unfinished}', 'Parquet') {selection(sessions, accounts)} "
        "SETTINGS max_threads = 1, output_format_parquet_compression_method = 'zstd', "
        "output_format_parquet_row_group_size = 100000"
    )
    engine.close()
    unfinished.rename(path)
