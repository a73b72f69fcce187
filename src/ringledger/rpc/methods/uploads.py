"""upload.calls: checks what the catalogue cannot, and takes the calls; what becomes of them is the intake's."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from ringledger.calls.codes import Direction, RecordType, UploadStatus
from ringledger.calls.phone_numbers import e164
from ringledger.faults import CallerFault
from ringledger.intake.web_address import is_web_address
from ringledger.reporting.moments import instants, parse_local
from ringledger.rpc.call import Call, Members, Resources
from ringledger.store.uploads import Callback, Record, Tag, Upload

_LAST_MOMENT: Final = 2**32 - 1
_NUMBER_LENGTHS: Final = range(2, 16)
"""Digits of a number that can be called, short ones and E.164."""

Item = Mapping[str, Any]
Found = Iterator[tuple[str, int]]
"""Paths of parameters and the ids that they name."""


def upload_calls(resources: Resources, call: Call) -> Members:
    """Takes up to fifty calls, all or none. Raises CallerFault for the first that is not as it should be."""
    items: list[Item] = call.params["calls"]
    request = secrets.token_hex(16)
    uploads = [_upload(call, request, item, f"calls.{at}.") for at, item in enumerate(items)]
    names, account = resources.registry.names, call.account.id
    _check_known(_ids(items, "campaign_id"), lambda ids: names.campaigns(account, ids))
    _check_known(_ids(items, "site_id"), lambda ids: names.sites(account, ids))
    _check_known(_nested_ids(items, ("tags",), "tag_id"), lambda ids: names.tags(account, ids))
    _check_known(_employee_ids(items), lambda ids: names.employees(account, ids))
    sessions = resources.uploads.accept(account, uploads)
    if len(items) == 1:
        call.parties.session = next(iter(sessions), None)
    return {"data": {"success": True}}


def _upload(call: Call, request: str, item: Item, path: str) -> Upload:
    calling, called = (_number(call, item, name, path) for name in ("calling_phone_number", "called_phone_number"))
    callback = item.get("callback")
    if callback and not is_web_address(callback["url"]):
        raise CallerFault("invalid_parameter_value", f"{path}callback.url", callback["url"])
    for at, tag in enumerate(item.get("tags") or ()):
        _check_name(tag["tag_name"], f"{path}tags.{at}.tag_name")
    records, kind = _records(item, path)
    start, finish = _moments(call, item, path)
    _check_durations(item, finish - start, path)
    user = call.caller.user
    return Upload(
        account=call.account.id,
        ext_id=item["ext_id"],
        ext_request_id=request,
        upload_time=call.now,
        direction=item.get("direction") or Direction.IN,
        calling_phone_number=calling,
        called_phone_number=called,
        start_time=start,
        finish_time=finish,
        is_lost=item["is_lost"],
        is_transfer=bool(item.get("is_transfer")),
        wait_duration=_whole(item, "wait_duration"),
        talk_duration=_whole(item, "talk_duration"),
        visitor_session_id=_whole(item, "visitor_session_id"),
        campaign_id=_whole(item, "campaign_id"),
        source_id=_whole(item, "source_id"),
        site_id=_whole(item, "site_id"),
        comment=item.get("comment"),
        record_type=kind,
        status=UploadStatus.NEW,
        callback=Callback(callback["url"], tuple(dict.fromkeys(callback["events"]))) if callback else Callback(),
        tags=tuple(Tag(_whole(tag, "tag_id"), tag["tag_name"]) for tag in item.get("tags") or ()),
        records=records,
        user_id=user.id if user else None,
        user_login=user.login if user else None,
    )


def _number(call: Call, item: Item, name: str, path: str) -> str:
    digits = e164(item[name], call.account.country)
    if not (digits.isascii() and digits.isdigit() and len(digits) in _NUMBER_LENGTHS):
        raise CallerFault("invalid_parameter_value", path + name, item[name])
    return digits


def _check_name(name: str | None, path: str) -> None:
    """Refuses what cannot be the name of an entry that may have to be made."""
    if name is not None and not (name.isprintable() and name.strip()):
        raise CallerFault("invalid_parameter_value", path, name)


def _records(item: Item, path: str) -> tuple[tuple[Record, ...], RecordType | None]:
    """The recordings of one of the three ways of naming them, and their kind."""
    lists = [(name, item[name]) for name in ("wav_records", "mp3_records") if item.get(name)]
    if item.get("record_url") is not None:
        lists.append(("record_url", [item]))
    if len(lists) > 1:
        raise CallerFault("invalid_parameters_combination", path + lists[1][0], item[lists[1][0]])
    for name, one in (("employee_name", item.get("employee_name")), ("employee_id", item.get("employee_id"))):
        if one is not None and item.get("record_url") is None:
            raise CallerFault("invalid_parameters_combination", path + name, one)
    if not lists:
        return (), None
    name, entries = lists[0]
    for at, entry in enumerate(entries):
        where = path if name == "record_url" else f"{path}{name}.{at}."
        _check_name(entry.get("employee_name"), f"{where}employee_name")
        if not is_web_address(entry["record_url"]):
            raise CallerFault("invalid_parameter_value", f"{where}record_url", entry["record_url"])
    found = tuple(
        Record(
            entry.get("employee_name"), _whole(entry, "employee_id"), entry.get("employee_channel"), entry["record_url"]
        )
        for entry in entries
    )
    return found, RecordType.WAV if name == "wav_records" else RecordType.MP3


def _moments(call: Call, item: Item, path: str) -> tuple[int, int]:
    """Start and finish as instants; where clocks show the finish twice it is the one that is not before the start."""
    found = []
    for name in ("start_time", "finish_time"):
        local = parse_local(item[name])
        first, last = instants(local, call.account.timezone) if local else (-1, -1)
        if not 0 <= first <= last <= _LAST_MOMENT:
            raise CallerFault("invalid_parameter_value", path + name, item[name])
        found.append((first, last))
    (start, _), (early, late) = found
    finish = early if early >= start else late
    if finish < start:
        raise CallerFault("invalid_parameters_combination", f"{path}finish_time", item["finish_time"])
    return start, finish


def _check_durations(item: Item, total: int, path: str) -> None:
    wait, talk = _whole(item, "wait_duration") or 0, _whole(item, "talk_duration") or 0
    if item["is_lost"] and talk:
        raise CallerFault("invalid_parameters_combination", f"{path}talk_duration", item["talk_duration"])
    if wait + talk > total:
        name = "talk_duration" if talk else "wait_duration"
        raise CallerFault("invalid_parameters_combination", path + name, item[name])


def _check_known(wanted: Found, find: Callable[[Iterable[int]], dict[int, str]]) -> None:
    named = list(wanted)
    known = find({found for _, found in named})
    for path, found in named:
        if found not in known:
            raise CallerFault("entity_not_found", path, found)


def _ids(items: Iterable[Item], name: str, path: str = "calls.") -> Found:
    for at, item in enumerate(items):
        found = _whole(item, name)
        if found is not None:
            yield f"{path}{at}.{name}", found


def _nested_ids(items: Iterable[Item], lists: Iterable[str], name: str) -> Found:
    for at, item in enumerate(items):
        for one in lists:
            yield from _ids(item.get(one) or (), name, f"calls.{at}.{one}.")


def _employee_ids(items: list[Item]) -> Found:
    yield from _nested_ids(items, ("wav_records", "mp3_records"), "employee_id")
    yield from _ids(items, "employee_id")


def _whole(item: Item, name: str) -> int | None:
    """A number that was checked to be whole, as an int however it was written."""
    value = item.get(name)
    return None if value is None else int(value)
