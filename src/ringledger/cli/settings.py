"""The settings: one list, and what their values are; looks for no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ringledger.cli.setting_values import (
    duration,
    folder,
    machine_memory,
    networks,
    one_of,
    or_empty,
    size,
    text,
    url,
    whole,
)

if TYPE_CHECKING:
    from ringledger.cli.sources import AmiSource

ENVIRONMENT_PREFIX: Final = "RINGLEDGER_"
FILE_NAME: Final = "ringledger.toml"


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
    cache_disk: int
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


DATA: Final = Setting(
    "data", "DIR", "./ringledger-data", "The folder that holds the data; made when it does not exist.", folder
)
CONFIG: Final = Setting(
    "config",
    "FILE",
    None,
    "A TOML file with settings.",
    text,
    shown_default=f"DIR/{FILE_NAME} where there is one",
)
SETTINGS: Final = (
    DATA,
    Setting(
        "store",
        "URL",
        None,
        "Where the calls are kept: chdb:///FOLDER, or clickhouse://USER:PASSWORD@HOST:PORT/DATABASE.",
        url("chdb", "clickhouse", "clickhouses"),
        shown_default="chdb://DIR/store",
    ),
    Setting(
        "registry",
        "URL",
        None,
        "Where accounts, users and tokens are kept: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE.",
        url("sqlite", "postgresql"),
        shown_default="sqlite:///DIR/registry.db",
    ),
    Setting(
        "recordings",
        "URL",
        None,
        "Where recordings are kept: file:///FOLDER, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME.",
        url("file", "s3"),
        shown_default="file://DIR/recordings",
    ),
    Setting(
        "public_url",
        "URL",
        None,
        "The address at which clients reach the server, for the links that it hands out.",
        or_empty(url("http", "https")),
        shown_default="http://HOST:PORT",
    ),
    Setting(
        "log_level",
        "LEVEL",
        "info",
        "The least serious messages that are logged: debug, info, warning or error.",
        one_of("debug", "info", "warning", "error"),
    ),
    Setting(
        "log_format",
        "FORMAT",
        "json",
        "How log lines look on standard error: json, or console to be read by people.",
        one_of("json", "console"),
    ),
    Setting("host", "ADDRESS", "127.0.0.1", "The address to listen on.", text, for_server=True),
    Setting("port", "PORT", "8080", "The port to listen on; 0 for any free one.", whole(0, 65535), for_server=True),
    Setting(
        "max_body",
        "SIZE",
        "1MiB",
        "The longest request body that is read, in bytes or as 512KiB, 1MiB.",
        size,
        for_server=True,
    ),
    Setting(
        "max_intake_body",
        "SIZE",
        "16MiB",
        "The longest body that a switch may post to /intake, also after it is unpacked, and of an upload method.",
        size,
        for_server=True,
    ),
    Setting(
        "call_silence",
        "DURATION",
        "6h",
        "After how long without news a call under way is closed, as 30s, 90m, 6h, 2d; 0 for never.",
        duration,
    ),
    Setting(
        "connections",
        "N",
        "8",
        "How many statements the call store works on at the same time.",
        whole(1, 1024),
        for_server=True,
    ),
    Setting(
        "cache",
        "SIZE",
        f"{min(machine_memory() // 4 >> 20, 512)}MiB",
        "The memory for answers of reports, and the values and days that they are made of, until a write changes them.",
        size,
        for_server=True,
        shown_default="512MiB, at most a quarter of the machine's memory",
    ),
    Setting(
        "cache_disk",
        "SIZE",
        "2GiB",
        "The disk in DIR/tmp for rows that are ready for replies, at most a quarter of what is free there.",
        size,
        for_server=True,
    ),
    Setting(
        "recordings_days",
        "DAYS",
        "0",
        "How long recordings are kept where the account has no rule of its own; 0 for ever.",
        whole(0, 36_500),
        for_server=True,
    ),
    Setting(
        "max_recording",
        "SIZE",
        "256MiB",
        "The largest recording that is brought by a switch or fetched from an address.",
        size,
        for_server=True,
    ),
    Setting(
        "reachable_networks",
        "CIDR,...",
        None,
        "Networks inside the own one that recordings are fetched from and statuses told to all the same.",
        networks,
        shown_default="none",
        for_server=True,
    ),
    Setting(
        "requests_days",
        "DAYS",
        "90",
        "How long the request log keeps a request; 0 for ever.",
        whole(0, 36_500),
        for_server=True,
    ),
    Setting(
        "trusted_proxies",
        "CIDR,...",
        None,
        "Addresses and networks of proxies whose X-Forwarded-For and Forwarded are believed.",
        networks,
        shown_default="none",
        for_server=True,
    ),
    Setting(
        "tls_certificate",
        "FILE",
        None,
        "A PEM file with the certificate and its chain; with it the server speaks HTTPS only.",
        text,
        shown_default="none",
        for_server=True,
    ),
    Setting(
        "tls_key",
        "FILE",
        None,
        "A PEM file with the certificate's key, where the certificate's file does not hold it.",
        text,
        shown_default="none",
        for_server=True,
    ),
)
"""Every setting; flags, environment variables, the keys of the file and the manual are read from here."""
