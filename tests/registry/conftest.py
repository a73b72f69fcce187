"""Registries to test on: a fresh SQLite file and a fresh PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.postgresql import empty_database

from ringledger.registry.registry import Registry


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'registry.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url
    return empty_database(request.getfixturevalue("cluster"))


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
