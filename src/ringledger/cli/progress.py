"""What a person sees while a command works: a bar and messages on standard error; knows no operation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import typer

Emit = Callable[[Mapping[str, object]], None]


@contextmanager
def progress(title: str) -> Iterator[Emit]:
    """Shows progress and messages; without a terminal only the messages."""
    if not sys.stderr.isatty():
        yield _messages
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(title), total=None)

        def emit(frame: Mapping[str, object]) -> None:
            if isinstance(done := frame.get("progress"), int):
                bar.update(task, completed=done)
            if "message" in frame:
                bar.console.print(str(frame["message"]), markup=False, highlight=False, soft_wrap=True)

        yield emit


def _messages(frame: Mapping[str, object]) -> None:
    if "message" in frame:
        typer.echo(str(frame["message"]), err=True)
