"""Who is who at an account's switch, as the derivation needs it; knows no database."""

from __future__ import annotations

from functools import cached_property

import msgspec

from ringledger.calls.phone_numbers import e164


class Employee(msgspec.Struct, frozen=True):
    """An employee with phone numbers and extensions, and prefixes of the names of their channels."""

    id: int
    full_name: str
    numbers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class External(msgspec.Struct, frozen=True):
    """An outside line; a trunk has no number, its party is the caller or the dialled number."""

    number: str | None
    channels: tuple[str, ...] = ()


class VirtualNumber(msgspec.Struct, frozen=True):
    """A number of the account and what it belongs to."""

    number: str
    scenario_id: int | None = None
    scenario_name: str | None = None
    site_id: int | None = None
    site_domain_name: str | None = None
    campaign_id: int | None = None
    campaign_name: str | None = None


class Directory(msgspec.Struct, frozen=True, dict=True):
    """Everyone and every number that the switch's records may name.

    `groups` are the groups of employees, id and name. `country` (an ISO 3166 code) is the one whose dialling habits the
    numbers follow; None where none is known.
    """

    employees: tuple[Employee, ...] = ()
    externals: tuple[External, ...] = ()
    virtual_numbers: tuple[VirtualNumber, ...] = ()
    country: str | None = None
    groups: tuple[tuple[int, str], ...] = ()

    def group_id(self, name: str) -> int | None:
        """The id of the group of employees with that name, without regard to case, or None."""
        return self._groups.get(name.casefold())

    def party(self, channel: str, number: str | None) -> Employee | External | None:
        """Whose channel it is: by the longest prefix of its name, else by a number; None where nobody's.

        The extension in a channel's name (`SIP/201-0000002a`) goes before the caller id, which may show another's
        number. A Local or loopback channel stands for nobody unless its name is listed: its number is that of whoever
        made it.
        """
        for end in _ends(channel):
            found = self._by_channel.get(channel[:end])
            if found is not None:
                return found
        if channel.startswith(("Local/", "loopback/")):
            return None
        found = self._by_number.get(e164(_extension(channel), self.country))
        if found is None and number:
            found = self._by_number.get(e164(number, self.country))
        return found

    def employee_of(self, number: str | None) -> Employee | None:
        """The employee who has the number, or None."""
        found = self._by_number.get(e164(number, self.country)) if number else None
        return found if isinstance(found, Employee) else None

    def virtual_number(self, number: str | None) -> VirtualNumber | None:
        """The account's number that was dialled, or None."""
        if number is None:
            return None
        return self._virtual_numbers.get(e164(number, self.country))

    @cached_property
    def _groups(self) -> dict[str, int]:
        return {name.casefold(): group_id for group_id, name in self.groups}

    @cached_property
    def _by_channel(self) -> dict[str, Employee | External]:
        outside: dict[str, Employee | External] = {
            _prefix(name): entry for entry in self.externals for name in entry.channels
        }
        return outside | {_prefix(name): entry for entry in self.employees for name in entry.channels}

    @cached_property
    def _by_number(self) -> dict[str, Employee | External]:
        outside: dict[str, Employee | External] = {
            e164(entry.number, self.country): entry for entry in self.externals if entry.number
        }
        return outside | {e164(number, self.country): entry for entry in self.employees for number in entry.numbers}

    @cached_property
    def _virtual_numbers(self) -> dict[str, VirtualNumber]:
        return {e164(entry.number, self.country): entry for entry in self.virtual_numbers}


def _prefix(name: str) -> str:
    """A listed prefix of channel names; a "@" at its end only says what has to come next."""
    return name.removesuffix("@")


def _extension(channel: str) -> str:
    """What stands in a channel's name between the technology and the "-" of the serial number, or before an "@".

    The channels of FreeSWITCH's SIP stack name their profile too and have no serial number: `sofia/internal/201@pbx`.
    """
    if channel.startswith("sofia/"):
        return channel.split("/", 2)[-1].removeprefix("sip:").partition("@")[0]
    name = channel.partition("/")[2]
    return (name.rpartition("-")[0] or name).partition("@")[0]


def _ends(channel: str) -> list[int]:
    """Where a prefix of the channel's name may end, longest first: at its end and before each "-" and "@".

    Of FreeSWITCH's SIP channels also before the "/" after the profile, whose name stands for all its lines.
    """
    marks = "-@/" if channel.startswith("sofia/") else "-@"
    return [len(channel), *(at for at in range(len(channel) - 1, 0, -1) if channel[at] in marks)]
