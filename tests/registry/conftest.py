"""Registries to test on: a fresh SQLite file and a fresh PostgreSQL database, from the system's own programs."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ringledger.registry.registry import Registry

_NUMBERS = itertools.count(1)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        pytest.fail(f"PostgreSQL's {name} is missing; install the system's package: apt-get install postgresql")
    return str(found[-1])


def _as_postgres() -> list[str]:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


def _await(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(host=str(folder), user="ringledger", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("PostgreSQL did not start; see the log above")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The folder with the socket of a PostgreSQL that lives as long as the tests."""
    folder = Path(tempfile.mkdtemp(prefix="rl-pg-"))
    initdb, postgres = _program("initdb"), _program("postgres")
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    make = [*_as_postgres(), initdb, "-D", data, "-A", "trust", "-U", "ringledger", "--no-sync", "--encoding=UTF8"]
    subprocess.run(make, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    serve = [*_as_postgres(), postgres, "-D", data, "-k", str(folder), "-h", "", "-F"]
    process = subprocess.Popen(serve, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        _await(folder, process)
        yield folder
    finally:
        process.send_signal(2)
        process.wait(30)
        shutil.rmtree(folder)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'registry.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url
    folder: Path = request.getfixturevalue("cluster")
    name = f"registry{next(_NUMBERS)}"
    with psycopg.connect(host=str(folder), user="ringledger", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://ringledger@/{name}?host={folder}"


@pytest.fixture
def opened() -> Iterator[Callable[[str], Registry]]:
    """Opens registries and closes them after the test."""
    registries: list[Registry] = []

    def _open(url: str) -> Registry:
        registries.append(Registry.open(url))
        return registries[-1]

    yield _open
    for registry in registries:
        registry.close()


@pytest.fixture
def registry(url: str, opened: Callable[[str], Registry]) -> Registry:
    """An open, empty registry."""
    return opened(url)
