"""PostgreSQL with the jsquery extension, which says what a query means; holds no tests."""

from __future__ import annotations

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

_INSTALL = "install it: apt-get install postgresql-15-jsquery"


def _folder_of_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/lib/jsquery.so"))
    if not found:
        pytest.fail(f"PostgreSQL with the jsquery extension is missing; {_INSTALL}")
    return found[-1].parents[1] / "bin"


def _as_postgres() -> list[str]:
    # PostgreSQL refuses to run as root.
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []


def _connected(folder: Path, process: subprocess.Popen[bytes]) -> psycopg.Connection:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return psycopg.connect(host=str(folder), user="ringledger", dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start; {_INSTALL}")


@contextmanager
def oracle() -> Iterator[psycopg.Connection]:
    """A connection to a cluster of its own, which is gone afterwards."""
    programs = _folder_of_programs()
    folder = Path(tempfile.mkdtemp(prefix="rl-jsquery-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    options = ["-A", "trust", "-U", "ringledger", "--no-sync", "--encoding=UTF8", "--locale=C"]
    make = [*_as_postgres(), str(programs / "initdb"), "-D", data, *options]
    subprocess.run(make, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    serve = [*_as_postgres(), str(programs / "postgres"), "-D", data, "-k", str(folder), "-h", "", "-F"]
    process = subprocess.Popen(serve, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        with _connected(folder, process) as connection:
            connection.execute("CREATE EXTENSION jsquery")
            yield connection
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder)
