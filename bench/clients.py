"""Eight clients that ask for pages of 1,000 rows, and one row by id asked for beside them: replies a second, p95.

    python bench/clients.py --data DIR [--seconds 10]

Uses the folder that bench/load.py made. Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from load import DATA, prepared
from pages import PERIOD, REQUEST, never_asked
from product import Product

CLIENTS = 8


NUMBERS = itertools.count()


def body(token: str, **params: object) -> bytes:
    """A request that was never asked before."""
    asked = {"access_token": token, **never_asked(PERIOD, next(NUMBERS)), **params}
    return json.dumps({**REQUEST, "params": asked}).encode()


def keep_asking(port: int, made: Callable[[], bytes], until: float, times: list[float], pause: float = 0) -> None:
    """Asks again and again over one connection; a reply that is no page ends the run."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    while time.perf_counter() < until:
        started = time.perf_counter()
        connection.request("POST", "/v2.0", made())
        reply = connection.getresponse().read()
        if b'"error"' in reply[:100]:
            raise SystemExit(reply.decode())
        times.append((time.perf_counter() - started) * 1000)
        time.sleep(pause)


def first_id(port: int, token: str) -> int:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/v2.0", body(token, limit=1, fields=["id"]))
    return int(json.loads(connection.getresponse().read())["result"]["data"][0]["id"])


def run(port: int, token: str, seconds: float) -> None:
    chosen = {"field": "id", "operator": "=", "value": first_id(port, token)}
    until = time.perf_counter() + seconds
    pages: list[float] = []
    small: list[float] = []
    threads = [
        threading.Thread(target=keep_asking, args=(port, lambda: body(token, limit=1000), until, pages))
        for _ in range(CLIENTS)
    ]
    threads.append(
        threading.Thread(target=keep_asking, args=(port, lambda: body(token, filter=chosen), until, small, 0.02))
    )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"pages: {len(pages) / seconds:.0f}/s, p50 {statistics.median(pages):.0f} ms")
    p95 = statistics.quantiles(small, n=20)[18]
    print(f"one row by id beside them: p50 {statistics.median(small):.0f} ms, p95 {p95:.0f} ms, {len(small)} asked")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    state = prepared(options.data)
    if state is None:
        raise SystemExit(f"nothing is loaded in {options.data}: run bench/load.py")
    product = Product(options.data)
    product.start()
    try:
        run(product.port, product.access(state.world.largest).token, options.seconds)
    finally:
        product.stop()


if __name__ == "__main__":
    main()
