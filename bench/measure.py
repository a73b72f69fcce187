"""Measures the product against its peers in turns, checks every reply, and prints how many times ahead it is.

    python bench/measure.py [--data DIR] [--peers NAME,...] [--kinds Q1,...] [--no-aims] [--out FILE]
    python bench/measure.py --compare SMALL.json LARGE.json

cold: a request that was never asked before, data in the page cache. first touch: the first request after a start of the
product. repeated: the same request again, data unchanged. bench/load.py makes and loads the data.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from itertools import islice
from pathlib import Path

import msgspec

import aims
from contest import Contest, Figures, figures
from load import DATA, PEERS, names, prepared
from peers.engine import Engine
from product import Product
from questions import KINDS, Kind, stream


class Measured(msgspec.Struct):
    """All figures of one kind of request, by the name of who was asked."""

    about: str
    cold: dict[str, Figures]
    repeated: dict[str, Figures]
    first_touch: Figures


class Result(msgspec.Struct):
    """A run of the benchmark."""

    sessions: int
    machine: str
    peers: dict[str, str]
    requests: dict[str, Measured]
    aims: list[aims.Aim]


def run(options: argparse.Namespace) -> Result:
    """Measures as the options say."""
    state = prepared(options.data)
    if state is None:
        raise SystemExit(f"nothing is loaded in {options.data}: run bench/load.py")
    product, engine = Product(options.data), Engine(options.data)
    chosen = [name for name in options.peers or PEERS if name in state.loaded and name != Engine.name]
    contest = Contest(
        engine,
        [product, *(PEERS[name](options.data) for name in chosen)],
        state.world,
        options.rounds,
        options.seconds,
        options.used,
    )
    result = Result(state.sessions, _machine(), {one.name: one.note for one in contest.everyone}, {}, [])
    for one in contest.everyone:
        _into_page_cache(one.folder)
    with contest.running():
        for kind in KINDS:
            if not options.kinds or kind.name in options.kinds:
                cold, repeated = contest.cold(kind), contest.repeated(kind)
                touched = _first_touch(contest, product, kind, max(1, options.rounds // 8))
                result.requests[kind.name] = Measured(kind.about, cold, repeated, touched)
                print(_line(kind.name, result.requests[kind.name]), flush=True)
        if options.aims:
            result.aims = aims.measure(contest, product, state, options.rounds, options.seconds)
    return result


def _first_touch(contest: Contest, product: Product, kind: Kind, times: int) -> Figures:
    """The first request after a start, so many times."""
    taken = []
    for question in islice(stream(kind, contest.world, "first touch"), times):
        product.stop()
        product.start()
        answer = product.ask(question)
        contest.check(product, question, answer.body)
        taken.append(answer.milliseconds)
    return figures(taken)


def _line(name: str, measured: Measured) -> str:
    mine = measured.cold[Product.name]
    return (
        f"{name} {mine.p50:.1f} ms, {mine.per_second:.0f}/s cold; {measured.repeated[Product.name].p50:.1f} ms repeated"
    )


def _into_page_cache(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix != ".parquet":
            with file.open("rb", buffering=0) as data:
                while data.read(1 << 24):
                    pass


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"


def table(result: Result) -> str:
    """The figures for people, and how many times ahead of the best peer the product is."""
    lines = [f"{result.sessions:,} sessions; {result.machine}; p50, p95, replies a second to eight clients"]
    for mode in ("cold", "repeated"):
        lines += [
            "",
            f"{mode:9}" + "".join(f"{name:>22}" for name in result.peers) + f"{'times ahead of the best':>26}",
        ]
        for name, measured in result.requests.items():
            by_name: dict[str, Figures] = getattr(measured, mode)
            cells = [
                f"{one.p50:.1f} {one.p95:.1f} ms {one.per_second:.0f}/s"
                for one in (by_name[peer] for peer in result.peers)
            ]
            lines.append(f"{name:9}" + "".join(f"{cell:>22}" for cell in cells) + _ahead(by_name))
    lines += [
        "",
        "first touch " + ", ".join(f"{name} {one.first_touch.p50:.1f} ms" for name, one in result.requests.items()),
    ]
    lines += [
        f"{one.value:12,.2f} {one.unit:4} {one.about}" + (f" (aim: {one.aim})" if one.aim else "")
        for one in result.aims
    ]
    return "\n".join(lines)


def _ahead(by_name: dict[str, Figures]) -> str:
    mine = by_name[Product.name]
    others = [one for name, one in by_name.items() if name != Product.name]
    time = min(one.p50 for one in others) / mine.p50
    rate = mine.per_second / max(one.per_second for one in others)
    return f"{time:10.2f}x p50{rate:8.2f}x /s"


def comparison(small: Path, large: Path) -> str:
    """How much longer the product's requests take in one result than in the other."""
    before, after = (msgspec.json.decode(path.read_bytes(), type=Result) for path in (small, large))
    lines = [f"ringledger, {after.sessions:,} sessions against {before.sessions:,} (aim: 1.5 at the most)"]
    for mode in ("cold", "repeated"):
        for name in before.requests.keys() & after.requests.keys():
            one, other = (getattr(result.requests[name], mode)[Product.name] for result in (before, after))
            lines.append(f"{name} {mode:9} {one.p50:8.2f} ms {other.p50:8.2f} ms {other.p50 / one.p50:6.2f}x")
    return "\n".join([lines[0], *sorted(lines[1:])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--peers", type=names, help="those that are loaded, where none are named")
    parser.add_argument("--kinds", type=names, help="all, where none are named")
    parser.add_argument("--rounds", type=int, default=24, help="requests of each kind by one client")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement with eight clients")
    parser.add_argument("--used", type=int, default=100, help="other requests of each kind before the measured ones")
    parser.add_argument("--aims", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--out", type=Path, help="where the result goes, as JSON; DIR/result.json")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("SMALL", "LARGE"))
    options = parser.parse_args()
    if options.compare:
        print(comparison(*options.compare))
        return
    # Whoever ends the benchmark ends those whom it asks too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    result = run(options)
    (options.out or options.data / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    print(table(result))


if __name__ == "__main__":
    main()
