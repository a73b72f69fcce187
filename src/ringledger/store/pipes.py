"""Named pipes between Python and what reads and writes files by name, such as the embedded engine; knows no engine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path


def written(
    write: Callable[[str], None], stop: Callable[[str], None], chunk: int, name: str = "pipe"
) -> Iterator[bytes]:
    """What `write` writes to the path that it is given, in pieces of up to `chunk` bytes; raises what it raises.

    It runs on a thread of its own and waits while nobody takes the pieces. When they are no longer wanted, `stop` is
    called with the path, whose last part is `name`, and has to end it.
    """
    with _pipe(name) as path, ThreadPoolExecutor(1) as pool:
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(source, "rb", buffering=0) as pieces:
            # While this end is open the reader waits; it is closed when the work is done, whatever came of it.
            held = os.open(path, os.O_WRONLY)
            os.set_blocking(source, True)
            done = pool.submit(write, path)
            done.add_done_callback(lambda _: os.close(held))
            try:
                while piece := pieces.read(chunk):
                    yield piece
            except GeneratorExit:
                stop(path)
                raise
        done.result()


@contextmanager
def fed(pieces: Iterable[bytes]) -> Iterator[str]:
    """The path of a pipe that holds the pieces, for one reader within the context; raises what their making raises."""
    with _pipe() as path, ThreadPoolExecutor(1) as pool:
        feeding = pool.submit(_feed, path, pieces)
        try:
            yield path
        finally:
            # Frees a feeder that still waits for the reader: its next write fails.
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        feeding.result()


def _feed(path: str, pieces: Iterable[bytes]) -> None:
    with suppress(BrokenPipeError), open(path, "wb", buffering=0) as pipe:  # noqa: PTH123 - unbuffered, so that no write fails at its end
        pipe.writelines(pieces)


@contextmanager
def _pipe(name: str = "pipe") -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="ringledger-") as folder:
        path = str(Path(folder, name))
        os.mkfifo(path, 0o600)
        yield path
