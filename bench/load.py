"""Makes the sessions and loads the product and its peers with them.

    python bench/load.py [--sessions 3000000] [--data DIR] [--peers NAME,...] [--again NAME,...]

What is loaded already with as many sessions stays, but for those named with --again.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

import msgspec

import sessions
from peers.datasette import Datasette
from peers.engine import Engine
from peers.peer import VENV, Loaded, Peer
from peers.postgresql import PostgreSQL
from peers.roapi import Roapi
from product import Product
from questions import Call, World

PEERS: Final[dict[str, type[Peer]]] = {peer.name: peer for peer in (Engine, PostgreSQL, Datasette, Roapi)}
DATA: Final = Path(tempfile.gettempdir()) / "ringledger-bench"


class Prepared(msgspec.Struct):
    """What a data folder holds: so many sessions, what can be asked about them, and who has taken them in."""

    sessions: int
    world: World
    loaded: dict[str, Loaded]


def prepared(folder: Path) -> Prepared | None:
    """What the folder holds, or None."""
    file = folder / "prepared.json"
    return msgspec.json.decode(file.read_bytes(), type=Prepared) if file.exists() else None


def prepare(folder: Path, number: int, peers: list[str], again: list[str]) -> Prepared:
    """Loads the engine, the product and the peers, as far as they are not loaded; says what it does."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL's own user must get through
    file, state = folder / "sessions.parquet", prepared(folder)
    if state is None or state.sessions != number:
        (folder / "prepared.json").unlink(missing_ok=True)
        print(f"making {number:,} sessions", flush=True)
        sessions.write(file, number)
        engine = Engine(folder)
        loaded = {Engine.name: _load(engine, file, number)}
        state = Prepared(number, _world(engine), loaded)
    for name in dict.fromkeys([Product.name, *peers, *again]):
        if name not in state.loaded or name in again:
            peer = Product(folder) if name == Product.name else PEERS[name](folder)
            state.loaded[name] = _load(peer, file, number)
        (folder / "prepared.json").write_bytes(msgspec.json.format(msgspec.json.encode(state)))
    return state


def _load(peer: Peer, file: Path, number: int) -> Loaded:
    print(f"loading {peer.name}: ", end="", flush=True)
    loaded = peer.load(file)
    rate = number / loaded.seconds
    print(f"{loaded.seconds:.0f} s, {rate:,.0f} sessions/s, {loaded.bytes / 1e6:,.0f} MB on disk", flush=True)
    return loaded


def _world(engine: Engine) -> World:
    """Looks at the sessions for what can be asked about them."""
    engine.start()
    counts = engine.rows("SELECT account, count() AS n FROM calls GROUP BY account ORDER BY toInt64(n) DESC")
    largest = counts[0]["account"]
    months = engine.rows(
        f"SELECT count() AS n FROM calls WHERE account = '{largest}' "
        "GROUP BY toStartOfMonth(start_time) ORDER BY toInt64(n)"
    )
    calls = engine.rows(
        "SELECT toString(id) AS id, start_time AS start, contact_phone_number AS contact, utm_source, "
        "toString(employees[1].employee_id) AS employee, toString(tags[1].tag_id) AS tag FROM calls "
        f"WHERE account = '{largest}' AND notEmpty(tags) AND utm_source IS NOT NULL ORDER BY cityHash64(id) LIMIT 10000"
    )
    engine.stop()
    return World(
        largest,
        counts[-1]["account"],
        msgspec.convert(calls, list[Call], strict=False),
        sum(int(month["n"]) for month in months[:3]),
    )


def names(text: str) -> list[str]:
    """The names in a list with commas."""
    return [name for name in text.split(",") if name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=3_000_000)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--peers", type=names, default=list(PEERS) if VENV.exists() else [Engine.name])
    parser.add_argument("--again", type=names, default=[])
    options = parser.parse_args()
    prepare(options.data, options.sessions, options.peers, options.again)


if __name__ == "__main__":
    main()
