"""PostgreSQL to test on, from the system's own programs."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

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


def empty_database(cluster: Path) -> str:
    """The URL of a new database of a cluster."""
    name = f"registry{next(_NUMBERS)}"
    with psycopg.connect(host=str(cluster), user="ringledger", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://ringledger@/{name}?host={cluster}"


@contextmanager
def running_cluster() -> Iterator[Path]:
    """The folder with the socket of a PostgreSQL that lives as long as the context."""
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
