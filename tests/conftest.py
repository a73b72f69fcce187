"""What every test may use: the one embedded engine that a process can have, empty before each test; a PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.postgresql import running_cluster

from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import migrate

# A busy machine makes no rule wrong.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An embedded engine with the tables made; tests want `engine`, which is empty."""
    engine = Engine(f"chdb://{tmp_path_factory.mktemp('engine')}")
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """The embedded engine with no row in any table but the schema's versions."""
    query = "SELECT name FROM system.tables WHERE database = currentDatabase() AND name != 'schema_versions'"
    for table in shared_engine.rows(Statement(query)):
        shared_engine.run(Statement(f"TRUNCATE TABLE {table['name']}"))
    return shared_engine


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The folder with the socket of a PostgreSQL that lives as long as the tests."""
    with running_cluster() as folder:
        yield folder


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """An empty registry in a file."""
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    yield registry
    registry.close()
