"""How the values of the settings are found: in flags, the environment, a file; opens nothing and knows no command."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ringledger.cli.settings import CONFIG, DATA, FILE_NAME, SETTINGS, Setting, Settings
from ringledger.faults import OperatorFault

if TYPE_CHECKING:
    from ringledger.cli.sources import AmiSource

SWITCHES: Final = "asterisk_ami"
"""The tables of the file that name switches to follow; a secret has no place among flags."""

_NO_FILE: Final[tuple[dict[str, tuple[str, str]], tuple[tuple[AmiSource, ...], str]]] = ({}, ((), "default"))


class BadFlag(OperatorFault):
    """A flag of the command line has a value that its setting does not take."""


def resolve(flags: Mapping[str, str | None], environment: Mapping[str, str], data: str | None = None) -> Settings:
    """The effective settings: a flag wins over the environment, that over the TOML file, that over the default.

    An empty environment variable counts as not set. `data` is another default for the folder. Raises OperatorFault
    that names key, value and source.
    """
    spoken = _Spoken(flags, environment)
    config = spoken.find(CONFIG)
    file, switches = _read_file(Path(config[0]).expanduser()) if config else _NO_FILE
    folder = spoken.find(DATA, file) or (data or DATA.default or "", "default")
    values: dict[str, Any] = {"data": _read(DATA, *folder)}
    if not config and (implied := values["data"] / FILE_NAME).is_file():
        file, switches = _read_file(implied)
        if "data" in file:
            raise OperatorFault(f"{implied}: data cannot be set by the file inside that folder; remove the line")
    sources = {"data": folder[1]}
    defaults = {
        "store": f"chdb://{values['data']}/store",
        "registry": f"sqlite:///{values['data']}/registry.db",
        "recordings": f"file://{values['data']}/recordings",
    }
    for setting in SETTINGS[1:]:
        default = defaults.get(setting.name) or setting.default or ""
        text, sources[setting.name] = spoken.find(setting, file) or (default, "default")
        values[setting.name] = _read(setting, text, sources[setting.name])
    values[SWITCHES], sources[SWITCHES] = switches
    return Settings(**values, sources=sources)


def shown(settings: Settings) -> dict[str, dict[str, object]]:
    """Every setting with its effective value and its source, passwords masked; ready for JSON."""
    listed = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name != "sources"}
    return {name: {"value": _shown(value), "source": settings.sources[name]} for name, value in listed.items()}


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        from ringledger.cli.sources import without_secret

        return [without_secret(source) for source in value]
    return masked(str(value)) if isinstance(value, str | Path) else value


def masked(text: str) -> str:
    """The text without the passwords of the URLs in it."""
    text = re.sub(r"(://[^/@:\s]*):[^/\s]*@", r"\1:***@", text)
    return re.sub(r"([?&][^=&\s]*(?:password|secret|token)[^=&\s]*)=[^&\s]*", r"\1=***", text, flags=re.IGNORECASE)


@dataclass(frozen=True)
class _Spoken:
    flags: Mapping[str, str | None]
    environment: Mapping[str, str]

    def find(self, setting: Setting, file: Mapping[str, tuple[str, str]] | None = None) -> tuple[str, str] | None:
        """Text and source of the setting where it is set anywhere."""
        if (text := self.flags.get(setting.name)) is not None:
            return text, f"flag {setting.flag}"
        if text := self.environment.get(setting.variable):
            return text, f"environment {setting.variable}"
        return (file or {}).get(setting.name)


def _read(setting: Setting, text: str, source: str) -> object:
    try:
        return setting.read(text)
    except ValueError as error:
        family = BadFlag if source.startswith("flag ") else OperatorFault
        raise family(f"{setting.name} is {masked(text)!r} ({source}) and must be {error}") from None


def _read_file(path: Path) -> tuple[dict[str, tuple[str, str]], tuple[tuple[AmiSource, ...], str]]:
    """Text and source of each setting in the file, and the switches to follow with theirs."""
    try:
        members = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise OperatorFault(f"the settings file {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise OperatorFault(f"the settings file {path} is no TOML: {error}") from None
    tables = members.pop(SWITCHES, None)
    found = dict(_members(path, members))
    if tables is None:
        return found, _NO_FILE[1]
    from ringledger.cli.sources import ami_sources

    return found, (ami_sources(tables, str(path)), str(path))


def _members(path: Path, members: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    known = {setting.name for setting in SETTINGS} | {SWITCHES}
    for name, value in members.items():
        if name not in known:
            raise OperatorFault(f"{path}: there is no setting {name!r}; known are {', '.join(sorted(known))}")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise OperatorFault(f"{name} is {value!r} ({path}) and must be a text or a whole number")
        yield name, (str(value), str(path))
