"""Opening: the schema, two processes at once, and what an operator is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from ringledger.faults import OperatorFault
from ringledger.registry.registry import Registry
from ringledger.registry.tables import METADATA

_OPEN = "import sys; from ringledger.registry.registry import Registry; Registry.open(sys.argv[1]).close()"


def test_migrations_make_the_tables_that_the_queries_know(registry: Registry, url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_two_processes_may_open_a_fresh_registry_at_once(url: str, opened: Callable[[str], Registry]) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", _OPEN, url]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert len(opened(url).accounts.all()) == 0


def test_what_was_written_is_there_when_it_is_opened_again(url: str, opened: Callable[[str], Registry]) -> None:
    first = Registry.open(url)
    made = first.accounts.create("acme")
    first.close()
    assert opened(url).accounts.by_name("acme") == made


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////no/such/folder/registry.db"])
def test_what_cannot_be_opened_is_told_in_one_line(url: str) -> None:
    with pytest.raises(OperatorFault) as caught:
        Registry.open(url)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_text("no database at all\n" * 100)
    with pytest.raises(OperatorFault, match="cannot be opened"):
        Registry.open(f"sqlite:///{path}")
