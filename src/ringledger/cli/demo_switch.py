"""An Asterisk switch that writes channel events for calls that never were; knows no company and no times of day."""

from __future__ import annotations

import random
import uuid

import msgspec

Row = tuple[float, str]
"""When a row was written (Unix seconds) and the row."""

_CONTEXT = "from-trunk"


class Switch:
    """Hands out channel and bridge names and keeps the rows of the calls that it carries."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._channels = 0
        self.rows: list[Row] = []

    def channel(self, name: str, at: float, number: str, dialled: str, caller: str = "") -> Channel:
        """A new channel that starts at that time; `dialled` is the extension it asks for."""
        self._channels += 1
        unique = f"{int(at)}.{self._channels}"
        return Channel(self, f"{name}-{self._channels:08x}", unique, number, dialled, caller).started(at)

    def bridge(self) -> str:
        """The id of a new bridge."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def soon(self) -> float:
        """A few thousandths of a second, as rows of one moment are apart."""
        return self._chance.uniform(0.001, 0.004)

    def write(self, channel: Channel, event: str, at: float, app: str = "", data: str = "", **extra: object) -> None:
        """A row of twenty columns in the order of cel_custom.conf."""
        columns = [
            event,
            f"{at:.6f}",
            channel.caller,
            channel.number,
            channel.number,
            "",
            channel.dialled,
            channel.dialled,
            _CONTEXT,
            channel.name,
            app,
            data,
            "3",
            "",
            channel.unique,
            channel.linked,
            "",
            "",
            "",
            msgspec.json.encode(extra).decode() if extra else "",
        ]
        row = ",".join('"' + column.replace('"', '""') + '"' for column in columns)
        self.rows.append((round(at, 6), row))


class Channel:
    """A channel and the rows that it writes; every step takes and returns Unix seconds."""

    def __init__(self, switch: Switch, name: str, unique: str, number: str, dialled: str, caller: str) -> None:
        self._switch = switch
        self.name = name
        self.unique = unique
        self.linked = unique
        self.number = number
        self.dialled = dialled
        self.caller = caller

    def started(self, at: float) -> Channel:
        """Writes the channel's first row."""
        self._switch.write(self, "CHAN_START", at)
        return self

    def dials(self, name: str, at: float, number: str, caller: str = "") -> Channel:
        """Rings another channel, which belongs to the same call."""
        self._switch.write(self, "APP_START", at, "Dial", name)
        rung = self._switch.channel(name, at + self._switch.soon(), number, "s", caller)
        self._adopt(rung)
        return rung

    def _adopt(self, rung: Channel) -> None:
        rung.linked = self.linked
        when, row = self._switch.rows[-1]
        self._switch.rows[-1] = (
            when,
            row.replace(f'"{rung.unique}","{rung.unique}"', f'"{rung.unique}","{self.linked}"'),
        )

    def answers(self, at: float) -> float:
        """Goes up."""
        self._switch.write(self, "ANSWER", at)
        return at + self._switch.soon()

    def enters(self, bridge: str, at: float, technology: str = "simple_bridge") -> float:
        """Joins a bridge."""
        self._switch.write(self, "BRIDGE_ENTER", at, bridge_id=bridge, bridge_technology=technology)
        return at + self._switch.soon()

    def leaves(self, bridge: str, at: float, technology: str = "simple_bridge") -> float:
        """Leaves a bridge."""
        self._switch.write(self, "BRIDGE_EXIT", at, bridge_id=bridge, bridge_technology=technology)
        return at + self._switch.soon()

    def tells(self, event: str, at: float, **extra: object) -> float:
        """Writes any other event."""
        self._switch.write(self, event, at, **extra)  # type: ignore[arg-type]
        return at + self._switch.soon()

    def plays(self, app: str, at: float, data: str) -> float:
        """Runs a dialplan application."""
        self._switch.write(self, "APP_START", at, app, data)
        return at + self._switch.soon()

    def ends(self, at: float, cause: int = 16, source: str = "", status: str = "") -> float:
        """Hangs up; the oldest channel of a call ends the call."""
        self._switch.write(self, "HANGUP", at, hangupcause=cause, hangupsource=source, dialstatus=status)
        self._switch.write(self, "CHAN_END", at)
        if self.linked == self.unique:
            self._switch.write(self, "LINKEDID_END", at)
        return at + self._switch.soon()
