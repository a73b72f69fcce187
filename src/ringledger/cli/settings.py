"""The settings: one list, and how their values are found; opens nothing and knows no command."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ringledger.faults import OperatorFault

if TYPE_CHECKING:
    from ringledger.cli.sources import AmiSource

ENVIRONMENT_PREFIX: Final = "RINGLEDGER_"
FILE_NAME: Final = "ringledger.toml"

_UNITS: Final = {"": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


class BadFlag(OperatorFault):
    """A flag of the command line has a value that its setting does not take."""


@dataclass(frozen=True)
class Setting:
    """One setting; `read` turns its text into its value and raises ValueError with what is expected instead."""

    name: str
    metavar: str
    default: str | None
    help: str
    read: Callable[[str], object]
    shown_default: str | None = None
    for_server: bool = False

    @property
    def flag(self) -> str:
        """The option of the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()


@dataclass(frozen=True)
class Settings:
    """The effective values, and in `sources` where each was found."""

    data: Path
    store: str
    registry: str
    recordings: str
    public_url: str
    log_level: str
    log_format: str
    host: str
    port: int
    max_body: int
    max_intake_body: int
    call_silence: int
    connections: int
    cache: int
    recordings_days: int
    max_recording: int
    reachable_networks: str
    asterisk_ami: tuple[AmiSource, ...]
    requests_days: int
    trusted_proxies: str
    tls_certificate: str
    tls_key: str
    sources: Mapping[str, str]

    @property
    def embedded(self) -> bool:
        """Whether the call store is in the data folder, which one process owns, and no server."""
        return self.store.startswith("chdb://")

    @property
    def address(self) -> str:
        """The server's address in links that it hands out."""
        if self.public_url:
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_certificate else 'http'}://{host}:{self.port}"


def _folder(text: str) -> Path:
    if re.search(r"[?#%]", text):
        raise ValueError("a folder whose path has none of ? # %")
    return Path(text).expanduser().absolute()


def _text(text: str) -> str:
    return text


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _duration(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6}) ?([smhd])|0", text)
    if not match:
        raise ValueError("a whole number of seconds, minutes, hours or days such as 30s, 90m, 6h, 2d, or 0")
    return int(match[1] or 0) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[match[2] or "s"]


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12}) ?([kmg]ib)?", text.lower())
    size = int(match[1]) * _UNITS[match[2] or ""] if match else 0
    if not size:
        raise ValueError("a number of bytes such as 1048576 or 1MiB")
    return size


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        scheme, mark, _ = text.partition("://")
        if not mark or scheme.partition("+")[0] not in schemes:
            raise ValueError("a URL that begins with " + " or ".join(f"{scheme}://" for scheme in schemes))
        return text

    return read


def _networks(text: str) -> str:
    for entry in filter(None, text.split(",")):
        try:
            ip_network(entry.strip())
        except ValueError:
            raise ValueError("networks such as 10.1.0.0/16, with commas between them") from None
    return text


def _or_empty(read: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: read(text) if text else ""


DATA: Final = Setting(
    "data", "DIR", "./ringledger-data", "The folder that holds the data; made when it does not exist.", _folder
)
CONFIG: Final = Setting(
    "config",
    "FILE",
    None,
    "A TOML file with settings.",
    _text,
    shown_default=f"DIR/{FILE_NAME} where there is one",
)
SETTINGS: Final = (
    DATA,
    Setting(
        "store",
        "URL",
        None,
        "Where the calls are kept: chdb:///FOLDER, or clickhouse://USER:PASSWORD@HOST:PORT/DATABASE.",
        _url("chdb", "clickhouse", "clickhouses"),
        shown_default="chdb://DIR/store",
    ),
    Setting(
        "registry",
        "URL",
        None,
        "Where accounts, users and tokens are kept: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE.",
        _url("sqlite", "postgresql"),
        shown_default="sqlite:///DIR/registry.db",
    ),
    Setting(
        "recordings",
        "URL",
        None,
        "Where recordings are kept: file:///FOLDER, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME.",
        _url("file", "s3"),
        shown_default="file://DIR/recordings",
    ),
    Setting(
        "public_url",
        "URL",
        None,
        "The address at which clients reach the server, for the links that it hands out.",
        _or_empty(_url("http", "https")),
        shown_default="http://HOST:PORT",
    ),
    Setting(
        "log_level",
        "LEVEL",
        "info",
        "The least serious messages that are logged: debug, info, warning or error.",
        _one_of("debug", "info", "warning", "error"),
    ),
    Setting(
        "log_format",
        "FORMAT",
        "json",
        "How log lines look on standard error: json, or console to be read by people.",
        _one_of("json", "console"),
    ),
    Setting("host", "ADDRESS", "127.0.0.1", "The address to listen on.", _text, for_server=True),
    Setting("port", "PORT", "8080", "The port to listen on; 0 for any free one.", _whole(0, 65535), for_server=True),
    Setting(
        "max_body",
        "SIZE",
        "1MiB",
        "The longest request body that is read, in bytes or as 512KiB, 1MiB.",
        _size,
        for_server=True,
    ),
    Setting(
        "max_intake_body",
        "SIZE",
        "16MiB",
        "The longest body that a switch may post to /intake, also after it is unpacked, and of an upload method.",
        _size,
        for_server=True,
    ),
    Setting(
        "call_silence",
        "DURATION",
        "6h",
        "After how long without news a call under way is closed, as 30s, 90m, 6h, 2d; 0 for never.",
        _duration,
    ),
    Setting(
        "connections",
        "N",
        "8",
        "How many statements the call store works on at the same time.",
        _whole(1, 1024),
        for_server=True,
    ),
    Setting(
        "cache",
        "SIZE",
        "512MiB",
        "The memory for answers of reports, and the rows and days that they are made of, until a write changes them.",
        _size,
        for_server=True,
    ),
    Setting(
        "recordings_days",
        "DAYS",
        "0",
        "How long recordings are kept where the account has no rule of its own; 0 for ever.",
        _whole(0, 36_500),
        for_server=True,
    ),
    Setting(
        "max_recording",
        "SIZE",
        "256MiB",
        "The largest recording that is brought by a switch or fetched from an address.",
        _size,
        for_server=True,
    ),
    Setting(
        "reachable_networks",
        "CIDR,...",
        None,
        "Networks inside the own one that recordings are fetched from and statuses told to all the same.",
        _networks,
        shown_default="none",
        for_server=True,
    ),
    Setting(
        "requests_days",
        "DAYS",
        "90",
        "How long the request log keeps a request; 0 for ever.",
        _whole(0, 36_500),
        for_server=True,
    ),
    Setting(
        "trusted_proxies",
        "CIDR,...",
        None,
        "Addresses and networks of proxies whose X-Forwarded-For and Forwarded are believed.",
        _networks,
        shown_default="none",
        for_server=True,
    ),
    Setting(
        "tls_certificate",
        "FILE",
        None,
        "A PEM file with the certificate and its chain; with it the server speaks HTTPS only.",
        _text,
        shown_default="none",
        for_server=True,
    ),
    Setting(
        "tls_key",
        "FILE",
        None,
        "A PEM file with the certificate's key, where the certificate's file does not hold it.",
        _text,
        shown_default="none",
        for_server=True,
    ),
)
"""Every setting; flags, environment variables, the keys of the file and the manual are read from here."""


SWITCHES: Final = "asterisk_ami"
"""The tables of the file that name switches to follow; a secret has no place among flags."""

_NO_FILE: Final[tuple[dict[str, tuple[str, str]], tuple[tuple[AmiSource, ...], str]]] = ({}, ((), "default"))


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
