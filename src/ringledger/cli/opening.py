"""Opens and closes what commands work on, by settings: the registry, or the whole ledger; does no work itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ringledger.cli.settings import Settings

if TYPE_CHECKING:
    from ringledger.cli.ledger import Ledger
    from ringledger.registry.registry import Registry


@contextmanager
def open_registry(settings: Settings) -> Iterator[Registry]:
    """The registry, closed at the end. Several processes may have it open at once."""
    from ringledger.cli.logs import configure_logs
    from ringledger.registry.registry import Registry

    configure_logs(settings)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    registry = Registry.open(settings.registry)
    try:
        yield registry
    finally:
        registry.close()


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """Engine and registry, closed at the end. An embedded engine may be open in one process only."""
    from ringledger.cli.ledger import Ledger
    from ringledger.store.engine import Engine
    from ringledger.store.schema import migrate

    with open_registry(settings) as registry:
        engine = Engine(settings.store, settings.connections)
        try:
            migrate(engine)
            yield Ledger(engine, registry, settings.recordings, settings.address, settings.call_silence or None)
        finally:
            engine.close()
