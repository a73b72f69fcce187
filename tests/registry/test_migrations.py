"""Old registries: brought up to date with what is in them, by two nodes at once too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import ringledger.registry
from ringledger.registry.registry import Registry

_OPEN = "import sys; from ringledger.registry.registry import Registry; Registry.open(sys.argv[1]).close()"
_ACCOUNT = text(
    "INSERT INTO accounts (name, timezone, is_active, is_partner, whitelist)"
    " VALUES (:name, 'UTC', :active, :partner, '[\"192.0.2.0/24\"]')"
)
_USER = text("INSERT INTO users (account_id, login, name, password_hash) VALUES (1, 'ann', 'Ann', 'x')")


def _first_registry(url: str) -> None:
    """A registry of the first schema, with an account that is on and one that is off."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(ringledger.registry.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for name, active in (("on", True), ("off", False)):
            connection.execute(_ACCOUNT, {"name": name, "active": active, "partner": False})
        connection.execute(_USER)
    engine.dispose()


def test_two_nodes_bring_an_old_registry_up_to_date_at_once(url: str, opened: Callable[[str], Registry]) -> None:
    _first_registry(url)
    processes = [subprocess.Popen([sys.executable, "-c", _OPEN, url]) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    registry = opened(url)
    assert [(one.name, one.status, one.whitelist) for one in registry.accounts.all()] == [
        ("on", "active", ("192.0.2.0/24",)),
        ("off", "manual_lock", ("192.0.2.0/24",)),
    ]
    [(user, account)] = registry.users.list()
    assert (user.login, user.role, user.view.scope, account) == ("ann", "administrator", None, "on")
