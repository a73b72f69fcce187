from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ringledger.cli.command import BASIC_SETTINGS, SERVER_SETTINGS
from ringledger.cli.resolving import SWITCHES, BadFlag, masked, resolve, shown
from ringledger.cli.setting_values import machine_memory
from ringledger.cli.settings import FILE_NAME, SETTINGS, Settings
from ringledger.faults import OperatorFault


def test_the_list_and_the_values_have_the_same_names() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)} - {"sources", SWITCHES}
    assert fields == {setting.name for setting in SETTINGS}
    assert fields | {"config"} == {setting.name for setting in SERVER_SETTINGS}
    assert {setting.name for setting in BASIC_SETTINGS} < {setting.name for setting in SERVER_SETTINGS}


def test_every_setting_has_a_sentence_of_help() -> None:
    assert all(setting.help.endswith(".") for setting in SETTINGS)


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = shown(resolve({}, {}))
    folder = tmp_path / "ringledger-data"
    assert {name: entry["value"] for name, entry in found.items()} == {
        "data": str(folder),
        "store": f"chdb://{folder}/store",
        "registry": f"sqlite:///{folder}/registry.db",
        "recordings": f"file://{folder}/recordings",
        "public_url": "",
        "log_level": "info",
        "log_format": "json",
        "host": "127.0.0.1",
        "port": 8080,
        "max_body": 1048576,
        "max_intake_body": 16777216,
        "call_silence": 21600,
        "connections": 8,
        "cache": min(machine_memory() // 4 >> 20, 512) << 20,
        "cache_disk": 2147483648,
        "recordings_days": 0,
        "max_recording": 268435456,
        "reachable_networks": "",
        "asterisk_ami": [],
        "requests_days": 90,
        "trusted_proxies": "",
        "tls_certificate": "",
        "tls_key": "",
    }
    assert {entry["source"] for entry in found.values()} == {"default"}


def test_a_flag_wins_over_the_environment_that_over_the_file_that_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "ringledger.toml").write_text('port = 1\nmax_body = "2KiB"\nconnections = 3\n')
    flags = {"data": str(tmp_path), "port": "4", "host": None}
    settings = resolve(flags, {"RINGLEDGER_PORT": "2", "RINGLEDGER_MAX_BODY": "5", "RINGLEDGER_HOST": ""})
    assert (settings.port, settings.max_body, settings.connections) == (4, 5, 3)
    assert settings.sources == {
        "data": "flag --data",
        "store": "default",
        "registry": "default",
        "recordings": "default",
        "public_url": "default",
        "log_level": "default",
        "log_format": "default",
        "host": "default",
        "port": "flag --port",
        "max_body": "environment RINGLEDGER_MAX_BODY",
        "max_intake_body": "default",
        "call_silence": "default",
        "cache": "default",
        "cache_disk": "default",
        "connections": str(tmp_path / "ringledger.toml"),
        "recordings_days": "default",
        "max_recording": "default",
        "reachable_networks": "default",
        "asterisk_ami": "default",
        "requests_days": "default",
        "trusted_proxies": "default",
        "tls_certificate": "default",
        "tls_key": "default",
    }


def test_a_named_file_takes_the_place_of_the_folder_s_and_may_name_the_folder(tmp_path: Path) -> None:
    (tmp_path / "ringledger.toml").write_text("port = 1\n")
    named = tmp_path / "other.toml"
    named.write_text(f'data = "{tmp_path}"\nhost = "::1"\n')
    settings = resolve({"config": str(named)}, {})
    assert (settings.data, settings.port, settings.host) == (tmp_path, 8080, "::1")


BAD = [
    ({"port": "x"}, {}, "", "port is 'x' (flag --port) and must be a whole number from 0 to 65535"),
    ({"port": "65536"}, {}, "", "port is '65536' (flag --port) and must be a whole number from 0 to 65535"),
    ({"max_body": "1MB"}, {}, "", "max_body is '1MB' (flag --max-body) and must be a number of bytes such as "),
    (
        {"call_silence": "5x"},
        {},
        "",
        "call_silence is '5x' (flag --call-silence) and must be a whole number of seconds",
    ),
    ({"max_body": "0"}, {}, "", "max_body is '0' (flag --max-body) and must be"),
    ({}, {"RINGLEDGER_CONNECTIONS": "0"}, "", "connections is '0' (environment RINGLEDGER_CONNECTIONS) and must be"),
    ({}, {}, "connections = 0", "connections is '0' (FOLDER/ringledger.toml) and must be a whole number from 1 to"),
    ({}, {}, "log_level = 'loud'", "log_level is 'loud' (FOLDER/ringledger.toml) and must be one of debug, info"),
    ({}, {}, "port = true", "port is True (FOLDER/ringledger.toml) and must be a text or a whole number"),
    (
        {},
        {},
        "prot = 1",
        "FOLDER/ringledger.toml: there is no setting 'prot'; known are asterisk_ami, cache, cache_disk, call_silence,",
    ),
    ({}, {}, "data = '/x'", "FOLDER/ringledger.toml: data cannot be set by the file inside that folder"),
    ({}, {}, "port =", "the settings file FOLDER/ringledger.toml is no TOML"),
    ({"config": "/no/such"}, {}, "", "the settings file /no/such cannot be read: No such file or directory"),
    ({"store": "mysql://h"}, {}, "", "store is 'mysql://h' (flag --store) and must be a URL that begins with chdb://"),
    ({"registry": "oracle://u:pw@h"}, {}, "", "registry is 'oracle://u:***@h' (flag --registry) and must be"),
    ({"data": "/a?b"}, {}, "", "data is '/a?b' (flag --data) and must be a folder whose path has none of ? # %"),
]


@pytest.mark.parametrize(("flags", "environment", "file", "message"), BAD)
def test_bad_values_are_told_with_key_value_and_source(
    tmp_path: Path, flags: dict[str, str], environment: dict[str, str], file: str, message: str
) -> None:
    (tmp_path / "ringledger.toml").write_text(file)
    with pytest.raises(OperatorFault) as caught:
        resolve({"data": str(tmp_path)} | flags, environment)
    assert str(caught.value).replace(str(tmp_path), "FOLDER").startswith(message)
    assert isinstance(caught.value, BadFlag) == ("flag --" in message)


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("clickhouse://user:secret@host:9/db", "clickhouse://user:***@host:9/db"),
        ("postgresql://user:p:w@host/db", "postgresql://user:***@host/db"),
        ("postgresql://:pw@host/db", "postgresql://:***@host/db"),
        ("postgresql://user@host/db?password=pw&x=1", "postgresql://user@host/db?password=***&x=1"),
        ("chdb:///srv/a@b:c", "chdb:///srv/a@b:c"),
        ("sqlite:////srv/registry.db", "sqlite:////srv/registry.db"),
    ],
)
def test_passwords_are_masked(text: str, shown_as: str) -> None:
    assert masked(text) == shown_as


def test_networks_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(OperatorFault, match="reachable_networks is"):
        resolve({"data": str(tmp_path)}, {"RINGLEDGER_REACHABLE_NETWORKS": "10.0.0.0/8,there"})


SWITCH = '[[asterisk_ami]]\naccount = "acme"\nuser = "ringledger"\nsecret = "hidden"\n'


def test_switches_to_follow_are_tables_of_the_file_and_their_secrets_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(f'{SWITCH}cel_file = "/var/log/Master.csv"\n{SWITCH}port = 5039\n')
    found = resolve({"data": str(tmp_path)}, {})
    assert [(one.host, one.port, one.cel_file) for one in found.asterisk_ami] == [
        ("127.0.0.1", 5038, "/var/log/Master.csv"),
        ("127.0.0.1", 5039, None),
    ]
    assert found.asterisk_ami[0].secret == "hidden"
    listed = shown(found)["asterisk_ami"]
    assert listed["source"] == str(tmp_path / FILE_NAME)
    assert "hidden" not in f"{listed} {found}"


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('asterisk_ami = "x"', "Expected `array`, got `str`"),
        ('[[asterisk_ami]]\naccount = "acme"\nsecret = "hidden"', "missing required field `user`"),
        (f"{SWITCH}port = 70000", "Expected `int` <= 65535 - at `asterisk_ami[0].port`"),
        (f'{SWITCH}port = "5038"', "Expected `int`, got `str` - at `asterisk_ami[0].port`"),
        (f"{SWITCH}retries = 3", "unknown field `retries`"),
        (f"{SWITCH}tls_verify = false", "`tls_ca_file` and `tls_verify` need `tls = true`"),
        (f'{SWITCH}tls = true\ntls_verify = false\ntls_ca_file = "ca.pem"', "`tls_ca_file` is of no use"),
        (SWITCH.replace("hidden", "hid\\r\\nden"), "at `asterisk_ami[0].secret`"),
    ],
)
def test_a_switch_that_does_not_fit_is_told_without_its_secret(tmp_path: Path, table: str, complaint: str) -> None:
    (tmp_path / FILE_NAME).write_text(table)
    with pytest.raises(OperatorFault) as fault:
        resolve({"data": str(tmp_path)}, {})
    assert complaint in str(fault.value)
    assert str(tmp_path / FILE_NAME) in str(fault.value)
    assert "hid" not in str(fault.value)
