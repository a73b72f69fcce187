"""An Asterisk switch that writes channel event rows for calls that never were; knows no company and no scenes."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Generator
from typing import Final, NamedTuple, TypeVar

import msgspec

Result = TypeVar("Result")
Steps = Generator[float, None, Result]
"""What happens in a call: writes rows, and yields the seconds until it goes on."""

_LOGGED_APPS: Final = frozenset({"Dial", "Queue", "Park"})
_MICROSECONDS: Final = 1_000_000


class Phone(NamedTuple):
    """A device that can be rung: its caller id and the dialplan context that it calls into."""

    device: str
    number: str
    name: str
    context: str


class Switch:
    """Hands out channels and bridges, and keeps the rows that they write at the time that it is told it is."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = 0
        self._rows: list[str] = []
        self._channels = 0
        self._pairs = 0
        self._linked: Counter[str] = Counter()
        self._devices: Counter[str] = Counter()

    def taken(self) -> list[str]:
        """The rows written since they were last taken."""
        rows, self._rows = self._rows, []
        return rows

    def gap(self) -> float:
        """The few thousandths of a second between two rows of one moment."""
        return self.chance.uniform(0.0008, 0.0035)

    def is_in_use(self, device: str) -> bool:
        """Whether the device has a channel."""
        return self._devices[device] > 0

    def calls(self, phone: Phone, exten: str) -> Channel:
        """A phone's or the trunk's channel that asks for an extension; it begins a call."""
        channel = self._begun(phone, f"{phone.device}-{self._channels:08x}", exten, "")
        channel.ani, channel.dnid = phone.number, exten
        return channel

    def is_rung(self, phone: Phone, by: Channel, number: str) -> Channel:
        """The channel of a phone that another channel dials; `number` is its party's, known once it was made."""
        channel = self._begun(phone, f"{phone.device}-{self._channels:08x}", "s", by.linkedid)
        channel.number, channel.exten, channel.context = number, by.exten, by.context
        channel.app, channel.data = f"App{by.app}", "(Outgoing Line)"
        return channel

    def local_pair(self, exten: str, context: str, linkedid: str) -> tuple[Channel, Channel]:
        """The two halves of a Local channel to an extension."""
        device = f"Local/{exten}@{context}"
        name = f"{device}-{self._pairs:08x}"
        self._pairs += 1
        phone = Phone(device, "", "", context)
        one, two = (self._begun(phone, f"{name};{half}", exten, linkedid) for half in (1, 2))
        return one, two

    def bridge(self, technology: str = "simple_bridge") -> Bridge:
        """An empty bridge."""
        return Bridge(str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), technology)

    def write(self, columns: list[str]) -> None:
        """Keeps a row of these columns, all in quotes."""
        self._rows.append('"' + '","'.join(column.replace('"', '""') for column in columns) + '"')

    def stamp(self) -> str:
        """The time as the rows tell it."""
        return f"{self.now // _MICROSECONDS}.{self.now % _MICROSECONDS:06d}"

    def joined(self, linkedid: str) -> None:
        """Another channel belongs to the call."""
        self._linked[linkedid] += 1

    def left(self, linkedid: str) -> bool:
        """A channel has left the call; whether it was the last one."""
        self._linked[linkedid] -= 1
        if self._linked[linkedid]:
            return False
        del self._linked[linkedid]
        return True

    def hung_up(self, device: str) -> None:
        """A channel of the device is gone."""
        self._devices[device] -= 1

    def _begun(self, phone: Phone, name: str, exten: str, linkedid: str) -> Channel:
        uniqueid = f"{self.now // _MICROSECONDS}.{self._channels}"
        self._channels += 1
        self._devices[phone.device] += 1
        channel = Channel(self, phone, name, uniqueid, linkedid or uniqueid)
        self.joined(channel.linkedid)
        channel.exten = exten
        channel.tell("CHAN_START")
        return channel


class Bridge:
    """A bridge and who is in it."""

    def __init__(self, name: str, technology: str) -> None:
        self.name = name
        self.technology = technology
        self.members: list[Channel] = []

    def peers(self, channel: Channel) -> str:
        """The others, as the column bridgepeer names them."""
        return ",".join(member.name for member in self.members if member is not channel)


class Channel:
    """A channel with what its rows show of it at the moment; each step writes its rows and takes a short while."""

    def __init__(self, switch: Switch, phone: Phone, name: str, uniqueid: str, linkedid: str) -> None:
        self._switch = switch
        self.phone = phone
        self.name = name
        self.uniqueid = uniqueid
        self.linkedid = linkedid
        self.caller = phone.name
        self.number = phone.number
        self.ani = self.dnid = self.exten = ""
        self.context = phone.context
        self.app = self.data = ""
        self.status = ""
        self.is_up = False

    def tell(self, event: str, peers: str = "", **extra: object) -> None:
        """Writes a row of twenty columns in the order of Asterisk's sample mapping."""
        who = [self.caller, self.number, self.ani, "", self.dnid, self.exten, self.context, self.name]
        what = [self.app, self.data, "3", "", self.uniqueid, self.linkedid, peers, "", ""]
        text = msgspec.json.encode(extra).decode() if extra else ""
        self._switch.write([event, self._switch.stamp(), *who, *what, text])

    def tells(self, event: str, **extra: object) -> Steps[None]:
        """Writes a row of its own kind."""
        self.tell(event, **extra)  # type: ignore[arg-type]  # whatever the event tells
        yield self._switch.gap()

    def answers(self) -> Steps[None]:
        """Goes up, unless it is up already."""
        if not self.is_up:
            self.is_up = True
            yield from self.tells("ANSWER")

    def runs(self, app: str, data: str) -> Steps[None]:
        """Ends the dialplan application that runs and starts another; not all of them are logged."""
        yield from self.stops()
        self.app, self.data = app, data
        if app in _LOGGED_APPS:
            yield from self.tells("APP_START")

    def stops(self) -> Steps[None]:
        """Ends the dialplan application; a channel that was rung runs none of its own."""
        if self.app.startswith("App"):
            return
        if self.app in _LOGGED_APPS:
            yield from self.tells("APP_END")
        self.app = self.data = ""

    def rings(self, phone: Phone, number: str = "") -> Steps[Channel]:
        """Rings a phone, or a number over the trunk."""
        rung = self._switch.is_rung(phone, self, number or phone.number)
        yield self._switch.gap()
        return rung

    def enters(self, bridge: Bridge) -> Steps[None]:
        """Joins a bridge."""
        if self.app.startswith("App"):
            self.exten = ""
        bridge.members.append(self)
        yield from self._bridged("BRIDGE_ENTER", bridge)

    def leaves(self, bridge: Bridge) -> Steps[None]:
        """Leaves a bridge."""
        bridge.members.remove(self)
        yield from self._bridged("BRIDGE_EXIT", bridge)

    def _bridged(self, event: str, bridge: Bridge) -> Steps[None]:
        self.tell(event, bridge.peers(self), bridge_id=bridge.name, bridge_technology=bridge.technology)
        yield self._switch.gap()

    def belongs_to(self, linkedid: str) -> Steps[None]:
        """Meets another call and becomes part of it."""
        self._switch.joined(linkedid)
        if self._switch.left(self.linkedid):
            yield from self.tells("LINKEDID_END")
        self.linkedid = linkedid

    def hangs_up(self, source: Channel | None = None, cause: int = 16) -> Steps[None]:
        """Ends; the last channel of a call ends the call."""
        yield from self.stops()
        by = source.name if source else ""
        self.tell("HANGUP", hangupcause=cause, hangupsource=by, dialstatus=self.status)
        self.tell("CHAN_END")
        self._switch.hung_up(self.phone.device)
        if self._switch.left(self.linkedid):
            self.tell("LINKEDID_END")
        yield self._switch.gap()
