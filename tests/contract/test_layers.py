"""Layers import downward only, and the rooms are those of the house."""

from __future__ import annotations

from pathlib import Path

import ringledger

ROOMS = {"calls", "catalogue", "registry", "store", "reporting", "intake", "rpc", "web", "http", "cli"}


def test_the_package_has_the_rooms_of_the_house_and_no_others() -> None:
    package = Path(ringledger.__file__).parent
    assert {path.name for path in package.iterdir() if (path / "__init__.py").exists()} == ROOMS


def test_no_module_is_a_drawer_for_everything() -> None:
    package = Path(ringledger.__file__).parent
    assert not [path for path in package.rglob("*.py") if path.stem in {"utils", "helpers", "common", "manager"}]
