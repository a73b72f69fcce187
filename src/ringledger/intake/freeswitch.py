"""FreeSWITCH's call detail records as mod_json_cdr writes and posts them; records become legs, legs become sessions.

One record tells of one leg, at its end. Where the switch logs only the first leg of a call, the legs that it had rung
are made out from its record; a leg's own record always knows better.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from ringledger.calls.assembly import Call, assemble, group
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.faults import RecordFault
from ringledger.intake.freeswitch_causes import Q850
from ringledger.intake.freeswitch_record import Callee, Move, Profile, Record, parse
from ringledger.intake.json_records import objects, shown, text

SOURCE: Final = "freeswitch"

_SECOND: Final = 1_000_000
_OWN_END: Final = frozenset({"recv_bye", "recv_cancel", "recv_refuse"})
_BY_SWITCH: Final = frozenset({"ALLOTTED_TIMEOUT", "MANAGER_REQUEST", "MEDIA_TIMEOUT"})
_MOVED: Final = frozenset({"BLIND_TRANSFER", "ATTENDED_TRANSFER"})
_MOVES: Final = frozenset({"bl_xfer", "att_xfer", "uuid_br"})


class _Stay(msgspec.Struct, frozen=True):
    """A leg's time in a bridge with another."""

    peer: str
    begin: int
    end: int


class _Life(msgspec.Struct):
    """What is known of a leg; `end` is None where it may still be there."""

    uuid: str
    channel: str = ""
    number: str | None = None
    dialled: str | None = None
    start: int = 0
    answer: int | None = None
    end: int | None = None
    cause: int | None = None
    hung_up_by: str | None = None
    dial_status: str | None = None
    wire: str = ""
    is_called: bool = False
    record: Record | None = None
    stays: list[_Stay] = []


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The records of a file's lines; what cannot be read is named with its line and the reason."""
    for number, record in objects(lines):
        try:
            yield recorded(record)
        except RecordFault as fault:
            yield RejectedLine(number, fault.reason, shown(record))


def recorded(record: bytes) -> RecordedEvent:
    """The event of one record as the switch sends or stores it. Raises RecordFault."""
    payload = text(_plain(record.strip()))
    found = parse(payload)
    return RecordedEvent(SOURCE, found.ties, digest(payload), found.start, payload)


def sessions(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False) -> list[CallSession]:
    """The sessions of the calls that the events tell of, where a contact took part; their order does not matter."""
    calls = (_call(tied, directory, silent=silent) for tied in group(events))
    return [derive(call, directory) for call in calls if call is not None]


def _plain(record: bytes) -> bytes:
    """A record out of the encoding in which the switch posts it, and stores it when that failed."""
    if record[:3].upper() == b"%7B":
        return unquote_to_bytes(record.replace(b"+", b" "))
    if record.startswith((b"eyJ", b"ewo", b"ewk")):
        try:
            return base64.b64decode(record, validate=True)
        except binascii.Error:
            return record
    return record


def _call(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool) -> Call | None:
    records = _records(events)
    lives = _lives(records)
    _bridge(lives)
    for life in lives.values():
        _settle(life, lives)
    first = min(lives.values(), key=lambda life: (life.is_called, life.start, life.uuid))
    call = assemble(list(_translated(lives, first.uuid)), directory, silent=silent)
    if call is None or not call.is_complete or call.fell_silent:
        return call
    # The call is over with the leg that made it, or with the last conversation where that leg handed the call on.
    ends = [talk.span[1] for talk in call.conversations]
    return msgspec.structs.replace(call, start=first.start, last=max([first.end or 0, *ends]))


def _records(events: Sequence[RecordedEvent]) -> dict[str, Record]:
    """The records by leg; of two that tell of one leg, the later one."""
    found: dict[str, Record] = {}
    for event in sorted(events, key=lambda event: event.event_id):
        record = parse(event.payload)
        other = found.get(record.uuid)
        if other is None or other.end <= record.end:
            found[record.uuid] = record
    return dict(sorted(found.items(), key=lambda item: (item[1].start, item[0])))


def _lives(records: dict[str, Record]) -> dict[str, _Life]:
    """Every leg that has a record or that a record names as one end of a bridge or a ringing."""
    lives = {uuid: _recorded_life(record) for uuid, record in records.items()}
    for record in records.values():
        for caller in record.profiles[0].callers:
            lives.setdefault(
                caller.uuid, _Life(caller.uuid, caller.channel, caller.number, _number(record), record.start)
            )
        if record.member:
            lives.setdefault(record.member, _Life(record.member, start=record.start))
    for record in records.values():
        for place, (profile, callee) in enumerate(_callees(record)):
            if callee.uuid not in lives:
                # A microsecond apart: they are told in the order in which they were rung.
                start = min(profile.created + place, record.end)
                lives[callee.uuid] = _Life(
                    callee.uuid, callee.channel, callee.number, start=start, is_called=True,
                    end=profile.left or record.end, cause=Q850.get(callee.cause or "NONE"),
                )  # fmt: skip
    return lives


def _recorded_life(record: Record) -> _Life:
    first = record.profiles[0]
    return _Life(
        record.uuid,
        record.channel,
        _number(record) if record.is_outbound else first.caller or None,
        first.dialled or None,
        record.start,
        record.answer,
        record.end,
        record.q850,
        dial_status=record.dial_status,
        wire=" ".join(sorted((record.uuid, record.loopback))) if record.loopback else "",
        is_called=record.is_outbound and bool(record.originator or record.member),
        record=record,
    )


def _number(record: Record) -> str | None:
    """The number that an outbound leg was sent to."""
    return record.profiles[0].dialled or None


def _callees(record: Record) -> list[tuple[Profile, Callee]]:
    """The legs that this one had rung, in their order, each with the step in which that was."""
    placed = {callee.uuid: (profile, callee) for profile in record.profiles for callee in profile.callees}
    found: list[tuple[Profile, Callee]] = []
    waiting: list[Callee] = []
    for tried in record.tried or [callee for _, callee in placed.values()]:
        if tried.uuid not in placed:
            waiting.append(tried)
            continue
        profile, callee = placed[tried.uuid]
        found += [(profile, one) for one in waiting]
        waiting.clear()
        number = callee.number or tried.number
        found.append((profile, msgspec.structs.replace(callee, number=number, cause=tried.cause)))
    found += [(found[-1][0] if found else record.profiles[-1], one) for one in waiting]
    peer = record.peer
    if peer and not record.is_outbound and all(callee.uuid != peer.uuid for _, callee in found):
        number = found[-1][1].number if len(found) == 1 else None
        found.append((record.profiles[-1], msgspec.structs.replace(peer, number=number)))
    return found


def _bridge(lives: dict[str, _Life]) -> None:
    """Gives the legs their times in bridges; a leg whose record does not show one was there as long as its peer."""
    told: dict[tuple[str, str], list[_Stay]] = defaultdict(list)
    for life in lives.values():
        if life.record is not None:
            for stay in _stays(life.record, lives):
                told[life.uuid, stay.peer].append(stay)
    for (uuid, peer), stays in list(told.items()):
        mine = told.get((peer, uuid), [])
        copied = [stay for stay in stays if not any(_overlap(stay, other) for other in mine)]
        lives[uuid].stays += stays
        lives[peer].stays += [_Stay(uuid, stay.begin, stay.end) for stay in copied]
    for life in lives.values():
        life.stays.sort(key=lambda stay: (stay.begin, stay.end, stay.peer))


def _overlap(one: _Stay, other: _Stay) -> bool:
    return one.begin < other.end and other.begin < one.end


def _stays(record: Record, lives: dict[str, _Life]) -> Iterator[_Stay]:
    """The bridges that a leg's own record tells of."""
    for profile in record.profiles:
        end = profile.left or record.end
        begin = profile.bridged
        if begin is None and record.bridged is not None and profile.created <= record.bridged < end:
            begin = record.bridged
        if begin is None or begin >= end:
            continue
        winners = _winners(record, profile)
        peer = record.peer.uuid if record.peer and begin == record.bridged else None
        peer = peer or (winners[-1] if winners else record.originator)
        if peer in lives and peer != record.uuid:
            yield _Stay(peer, begin, end)
        for earlier in winners:
            # Only the latest bridge of a step has its time in the record; the first one began with the answer.
            unknown = earlier in lives and lives[earlier].record is None
            if earlier != peer and unknown and profile.answered and profile.created <= profile.answered < begin:
                yield _Stay(earlier, profile.answered, begin)


def _winners(record: Record, profile: Profile) -> list[str]:
    causes = {callee.uuid: callee.cause for callee in record.tried}
    return [callee.uuid for callee in profile.callees if causes.get(callee.uuid, "NONE") == "NONE"]


def _settle(life: _Life, lives: dict[str, _Life]) -> None:
    """What follows from the bridges: a called leg's answer and end, and who hung up."""
    record = life.record
    if record is None:
        if life.is_called and life.stays:
            life.answer, life.end = life.stays[0].begin, life.stays[-1].end
        elif life.is_called:
            others = [stay.begin for one in lives.values() for stay in one.stays if stay.begin >= life.start]
            life.end = min([life.end or life.start, *others])
        return
    if record.disposition in _OWN_END:
        life.hung_up_by = record.channel or None
    elif record.disposition == "send_bye" and life.stays and record.cause not in _BY_SWITCH:
        peer = lives[life.stays[-1].peer]
        if peer.record is None or peer.record.disposition in _OWN_END:
            life.hung_up_by = peer.channel or None


def _translated(lives: dict[str, _Life], key: str) -> Iterator[CallEvent]:
    for life in lives.values():
        yield CallEvent(
            time=life.start,
            kind=Happening.STARTED,
            leg=life.uuid,
            call_key=key,
            channel=life.channel,
            number=life.number,
            dialled=life.dialled,
            wire=life.wire,
            group=_queue(life, lives),
        )
        if life.answer is not None:
            yield CallEvent(time=life.answer, kind=Happening.ANSWERED, leg=life.uuid)
        yield from _together(life)
        yield from _transfers(life, lives)
        if life.end is not None:
            yield CallEvent(
                time=life.end,
                kind=Happening.ENDED,
                leg=life.uuid,
                cause=life.cause,
                hung_up_by=life.hung_up_by,
                dial_status=life.dial_status,
            )


def _queue(life: _Life, lives: dict[str, _Life]) -> str:
    """The queue that rang an agent's leg, by its own record or by that of who waited in it."""
    record = life.record
    if record is None or record.member is None:
        return ""
    waiting = lives[record.member].record
    return record.queue or (waiting.queue if waiting else "")


def _together(life: _Life) -> Iterator[CallEvent]:
    """Bridges, conferences and hold."""
    for stay in life.stays:
        bridge = " ".join(sorted((life.uuid, stay.peer)))
        yield CallEvent(time=stay.begin, kind=Happening.JOINED, leg=life.uuid, bridge=bridge)
        yield CallEvent(time=stay.end, kind=Happening.LEFT, leg=life.uuid, bridge=bridge)
    record = life.record
    if record is None:
        return
    if record.conference and record.joined_conference:
        bridge = f"conference {record.conference}"
        yield CallEvent(time=record.joined_conference, kind=Happening.JOINED, leg=life.uuid, bridge=bridge)
        yield CallEvent(time=record.end, kind=Happening.LEFT, leg=life.uuid, bridge=bridge)
    for begin, end in record.holds:
        yield CallEvent(time=begin, kind=Happening.HELD, leg=life.uuid)
        yield CallEvent(time=end, kind=Happening.RESUMED, leg=life.uuid)


def _transfers(life: _Life, lives: dict[str, _Life]) -> Iterator[CallEvent]:
    """A person moved the call on where the leg had been in a bridge; before that the dialplan routes."""
    record = life.record
    if record is None or not life.stays:
        return
    if record.cause in _MOVED:
        yield CallEvent(time=record.end, kind=Happening.TRANSFERRED, leg=life.uuid)
    first = life.stays[0].begin
    for move in record.moves:
        moment = _moment(move, record, first)
        if move.kind in _MOVES and moment is not None:
            mover = [stay.peer for stay in life.stays if stay.begin < moment][-1]
            yield CallEvent(time=moment, kind=Happening.TRANSFERRED, leg=mover if mover in lives else life.uuid)


def _moment(move: Move, record: Record, first: int) -> int | None:
    """When a move was, if it came after the first bridge; the history itself tells the second only."""
    for profile in record.profiles:
        if profile.left is not None and profile.left // _SECOND == move.second:
            return profile.left if profile.left > first else None
    return move.second * _SECOND if move.second > first // _SECOND else None
