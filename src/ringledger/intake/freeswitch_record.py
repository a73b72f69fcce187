"""One call detail record of FreeSWITCH's mod_json_cdr: checked and typed; decides nothing about calls.

Variables are text, URL-encoded or XML-encoded by configuration; the callflow is never encoded. Old versions write the
key callflow once for every profile instead of a list.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from ringledger.calls.durations import Span
from ringledger.faults import RecordFault
from ringledger.intake.freeswitch_causes import Q850

_SECOND: Final = 1_000_000
_LATEST: Final = 2**32 * _SECOND
_LONGEST_UUID: Final = 200
_HOLD: Final = re.compile(r"\{+([0-9]{1,17}),([0-9]{1,17})\}")
_TIES: Final = (
    "originating_leg_uuid", "originator", "call_uuid", "bridge_uuid", "last_bridge_to", "signal_bond",
    "cc_member_session_uuid", "other_loopback_leg_uuid", "conference_uuid",
)  # fmt: skip
"""Variables that name another leg, or something that legs of one call share."""


class Callee(msgspec.Struct, frozen=True):
    """A leg that another leg's record names; `cause` is why it ended as far as its caller was told."""

    uuid: str
    channel: str = ""
    number: str | None = None
    cause: str | None = None


class Profile(msgspec.Struct, frozen=True):
    """A step of a leg's way, times in microseconds; `left` is when the leg went on to the next one."""

    index: int
    caller: str
    dialled: str
    created: int
    answered: int | None
    bridged: int | None
    left: int | None
    callees: tuple[Callee, ...]
    callers: tuple[Callee, ...]


class Move(msgspec.Struct, frozen=True):
    """An entry of the transfer history: the second, and `bl_xfer`, `att_xfer` or `uuid_br`."""

    second: int
    kind: str
    target: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A leg's record, times in microseconds; profiles and the legs that it `tried` are the oldest first."""

    uuid: str
    channel: str
    is_outbound: bool
    start: int
    answer: int | None
    bridged: int | None
    end: int
    cause: str
    q850: int | None
    disposition: str
    dial_status: str | None
    originator: str | None
    peer: Callee | None
    member: str | None
    queue: str
    loopback: str | None
    conference: str | None
    joined_conference: int | None
    profiles: tuple[Profile, ...]
    tried: tuple[Callee, ...]
    moves: tuple[Move, ...]
    holds: tuple[Span, ...]
    ties: tuple[str, ...]


def parse(text: str) -> Record:
    """The record of a JSON text. Raises RecordFault that names what does not fit."""
    root = _json(text)
    variables = _variables(_object(root.get("variables"), "variables"))
    uuid = _uuid(variables)
    start = _needed(variables, "start")
    end = _needed(variables, "end")
    if end < start:
        raise RecordFault("variables.end_uepoch is before variables.start_uepoch")
    profiles = _profiles(root.get("callflow"), start)
    tried = _tried(variables)
    moves = tuple(_moves(variables))
    conference = variables.get("conference_uuid")
    return Record(
        uuid=uuid,
        channel=variables.get("channel_name", ""),
        is_outbound=variables.get("direction") == "outbound",
        start=start,
        answer=_time(variables, "answer"),
        bridged=_time(variables, "bridge"),
        end=end,
        cause=variables.get("hangup_cause", ""),
        q850=_cause(variables),
        disposition=variables.get("sip_hangup_disposition", ""),
        dial_status=variables.get("DIALSTATUS"),
        originator=variables.get("originating_leg_uuid") or variables.get("originator"),
        peer=_peer(variables),
        member=variables.get("cc_member_session_uuid"),
        queue=variables.get("cc_queue", "").partition("@")[0],
        loopback=variables.get("other_loopback_leg_uuid"),
        conference=conference,
        joined_conference=_conference_start(root.get("app_log")) if conference else None,
        profiles=profiles,
        tried=tried,
        moves=moves,
        holds=tuple(_holds(variables, start, end)),
        ties=_ties(variables, profiles, tried, moves),
    )


def _json(text: str) -> dict[str, Any]:
    try:
        # The strict reader sees to lone surrogates and to depth, the other one to keys that stand twice.
        msgspec.json.decode(text, type=msgspec.Raw)
        root = json.loads(text, object_pairs_hook=_members)
    except RecursionError:
        raise RecordFault("the record is nested too deep") from None
    except ValueError as error:
        raise RecordFault(f"not JSON: {error}") from None
    return _object(root, "the record")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        flows = [value for name, value in pairs if name == "callflow"]
        if len(flows) > 1:
            members["callflow"] = flows
    return members


def _object(value: object, path: str) -> dict[str, Any]:
    if value is None:
        raise RecordFault(f"{path} is missing")
    if not isinstance(value, dict):
        raise RecordFault(f"{path} is no object")
    return value


def _list(value: object, path: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise RecordFault(f"{path} is no array")
    return value


def _variables(raw: Mapping[str, object]) -> dict[str, str]:
    """The variables as they were before they were encoded; empty ones are left out."""
    for name, value in raw.items():
        if value is not None and (not isinstance(value, (str, int, float)) or isinstance(value, bool)):
            raise RecordFault(f"variables.{name} is no text")
    found = {name: str(value) for name, value in raw.items() if value is not None and value != ""}
    if any("%" in value for name, value in found.items() if name.endswith("_stamp")) or (
        "@" not in (channel := found.get("channel_name", "")) and "%40" in channel
    ):
        return {name: unquote(value) for name, value in found.items()}
    if "&lt;" in found.get("caller_id", "") or "&lt;" in found.get("sip_full_from", ""):
        return {name: html.unescape(value) for name, value in found.items()}
    return found


def _uuid(variables: Mapping[str, str]) -> str:
    uuid = variables.get("uuid", "")
    if not uuid:
        raise RecordFault("variables.uuid is missing")
    if len(uuid) > _LONGEST_UUID or not uuid.isprintable():
        raise RecordFault("variables.uuid is no identifier")
    return uuid


def _needed(variables: Mapping[str, str], name: str) -> int:
    moment = _time(variables, name)
    if moment is None:
        raise RecordFault(f"variables.{name}_uepoch is missing")
    return moment


def _time(variables: Mapping[str, str], name: str) -> int | None:
    """A moment in microseconds, by the second where the record does not tell more; None where it did not come."""
    exact = _micros(variables.get(f"{name}_uepoch"), f"variables.{name}_uepoch")
    if exact is not None:
        return exact
    seconds = _micros(variables.get(f"{name}_epoch"), f"variables.{name}_epoch")
    return None if seconds is None else _in_range(seconds * _SECOND, f"variables.{name}_epoch")


def _micros(value: object, path: str) -> int | None:
    """A whole number that is written as text or number; 0 stands for nothing."""
    if value is None or value in ("", "0", 0):
        return None
    digits = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 17):
        raise RecordFault(f"{path} {str(value)[:40]!r} is no time")
    return _in_range(int(digits), path) or None


def _in_range(moment: int, path: str) -> int:
    if moment >= _LATEST:
        raise RecordFault(f"{path} is outside the years 1970 to 2105")
    return moment


def _cause(variables: Mapping[str, str]) -> int | None:
    number = variables.get("hangup_cause_q850", "")
    if number.isascii() and number.isdigit() and len(number) <= 3:
        return int(number)
    return Q850.get(variables.get("hangup_cause", ""))


def _peer(variables: Mapping[str, str]) -> Callee | None:
    """The leg at the other end of the latest bridge."""
    uuid = variables.get("last_bridge_to") or variables.get("bridge_uuid") or variables.get("signal_bond")
    return Callee(uuid, variables.get("bridge_channel", "")) if uuid else None


def _profiles(callflow: object, start: int) -> tuple[Profile, ...]:
    """The profiles, oldest first; one of nothing where the record has no callflow."""
    flows = [callflow] if isinstance(callflow, dict) else _list(callflow, "callflow")
    found = [_profile(flow, f"callflow.{at}", len(flows) - at, start) for at, flow in enumerate(flows)]
    found.sort(key=lambda profile: profile.index)
    return tuple(found) or (Profile(1, "", "", start, None, None, None, (), ()),)


def _profile(flow: object, path: str, place: int, start: int) -> Profile:
    members = _object(flow, path)
    caller = _object(members.get("caller_profile") or {}, f"{path}.caller_profile")
    times = _object(members.get("times") or {}, f"{path}.times")

    def moment(name: str) -> int | None:
        return _micros(times.get(name), f"{path}.times.{name}")

    index = str(members.get("profile_index", ""))
    return Profile(
        index=int(index) if index.isascii() and index.isdigit() and len(index) < 9 else place,
        caller=_text(caller, "caller_id_number") or _text(caller, "username"),
        dialled=_text(caller, "destination_number"),
        created=moment("profile_created_time") or start,
        answered=moment("answered_time"),
        bridged=moment("bridged_time"),
        left=moment("transfer_time"),
        callees=_others(caller, "originatee", f"{path}.caller_profile"),
        callers=_others(caller, "originator", f"{path}.caller_profile"),
    )


def _others(profile: Mapping[str, Any], role: str, path: str) -> tuple[Callee, ...]:
    """The legs at the other end, each once."""
    outer = _object(profile.get(role) or {}, f"{path}.{role}")
    entries = _list(outer.get(f"{role}_caller_profiles"), f"{path}.{role}.{role}_caller_profiles")
    number = "destination_number" if role == "originatee" else "caller_id_number"
    found = {}
    for at, entry in enumerate(entries):
        one = _object(entry, f"{path}.{role}.{role}_caller_profiles.{at}")
        uuid = _text(one, "uuid")
        if uuid:
            found[uuid] = Callee(uuid, _text(one, "chan_name"), _text(one, number) or None)
    return tuple(found.values())


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _tried(variables: Mapping[str, str]) -> tuple[Callee, ...]:
    """The legs that this one had rung, each once, in their order."""
    causes = dict(entry.partition(";")[::2] for entry in _array(variables.get("originate_causes")))
    found: dict[str, Callee] = {}
    for entry in _array(variables.get("originated_legs")):
        uuid, _, rest = entry.partition(";")
        found.setdefault(uuid, Callee(uuid, "", rest.rpartition(";")[2] or None, causes.get(uuid)))
    return tuple(found.values())


def _array(value: str | None) -> list[str]:
    """The items of a list such as `ARRAY::first|:second`; a lone value is a list of one."""
    return [item for item in value.removeprefix("ARRAY::").split("|:") if item] if value else []


def _moves(variables: Mapping[str, str]) -> Iterator[Move]:
    for entry in _array(variables.get("transfer_history")):
        second, _, rest = entry.partition(":")
        kind, _, target = rest.partition(":")[2].partition(":")
        if second.isascii() and second.isdigit() and len(second) <= 10:
            yield Move(int(second), kind, target)


def _holds(variables: Mapping[str, str], start: int, end: int) -> Iterator[Span]:
    """When the leg was on hold; the last one may be written as if it outlived the call."""
    for match in _HOLD.finditer(variables.get("hold_events", "")):
        begin, till = max(start, int(match[1])), min(end, int(match[2]) or end)
        if begin < till:
            yield begin, till


def _conference_start(app_log: object) -> int | None:
    entries = _list(_object(app_log or {}, "app_log").get("applications"), "app_log.applications")
    for at, entry in enumerate(entries):
        application = _object(entry, f"app_log.applications.{at}")
        if application.get("app_name") == "conference":
            return _micros(application.get("app_stamp"), f"app_log.applications.{at}.app_stamp")
    return None


def _ties(
    variables: Mapping[str, str], profiles: Iterable[Profile], tried: Iterable[Callee], moves: Sequence[Move]
) -> tuple[str, ...]:
    """What this leg's call is known by, the call's own key as far as the leg alone tells first."""
    first = [variables.get(name, "") for name in _TIES[:2]]
    others = [variables.get(name, "") for name in _TIES[2:]]
    named = [one.uuid for profile in profiles for one in (*profile.callees, *profile.callers)]
    bridged = [move.target for move in moves if move.kind == "uuid_br"]
    found = [*first, variables["uuid"], *others, *named, *(one.uuid for one in tried), *bridged]
    return tuple(dict.fromkeys(key for key in found if key and len(key) <= _LONGEST_UUID))
