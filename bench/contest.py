"""Product and peers asked the same questions in turns; a figure counts only if the replies under it were right."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from peers.engine import Engine
from peers.peer import Page, Peer
from questions import Kind, Question, World, stream

CLIENTS: Final = 8
_LEAST_ROUNDS: Final = 8
_PATIENCE: Final = 30
"""Seconds after which large requests are not asked again by one client, if they were asked often enough."""
_BETWEEN: Final = 0.05
"""Seconds between two requests before the measured ones."""
_LONGEST_REST: Final = 150
"""Seconds."""
_FASTEST: Final = 2500
"""Cold replies a second, for which questions are drawn before a flood; one that is faster ends it early."""


class Figures(msgspec.Struct):
    """Of one who was asked: milliseconds of one client's requests, and replies a second to eight clients."""

    p50: float
    p95: float
    per_second: float = 0


class WrongReplyError(Exception):
    """A reply that does not say what the engine's rows say."""


class _Expected:
    """The engine's rows, which replies are compared with to the letter, or but for nulls and the form of booleans."""

    def __init__(self, engine: Engine, body: bytes) -> None:
        self._engine = engine
        self._body = body

    @cached_property
    def page(self) -> Page:
        """What the engine's answer says; looked at only where a reply was not compared already."""
        return self._engine.read(self._body)

    @cached_property
    def _exact(self) -> bytes:
        return msgspec.json.encode(self.page.rows)

    @cached_property
    def _essence(self) -> Any:  # noqa: ANN401 - any JSON
        return _without_nulls(self.page.rows)

    def is_said_by(self, found: Page, *, exact: bool) -> bool:
        """Whether a reply says the same."""
        if self.page.total != found.total:
            return False
        if exact:
            return self._exact == msgspec.json.encode(found.rows)
        return bool(self._essence == _without_nulls(found.rows))


class Contest:
    """Those who are asked, the engine among them, whose rows are what all replies are checked against."""

    def __init__(
        self, engine: Engine, others: Sequence[Peer], world: World, rounds: int, seconds: float, used: int
    ) -> None:
        self.engine = engine
        self.everyone: list[Peer] = [*others, engine]
        self.world = world
        self._rounds = rounds
        self._seconds = seconds
        self._used = used
        self._seen: dict[str, tuple[Question, bytes]] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of them started, and ended in the end."""
        with ExitStack() as stack:
            for one in self.everyone:
                one.start()
                stack.callback(one.stop)
            yield

    def cold(self, kind: Kind) -> dict[str, Figures]:
        """Requests that were never asked before, after others of the kind."""
        for one in self.everyone:
            self.use(one, kind)
        rest()
        figures = self.alone(list(islice(stream(kind, self.world, "cold"), self._rounds)))
        for turn in ("first", "second"):
            questions = stream(kind, self.world, f"{turn} flood")
            drawn = list(islice(questions, int(_FASTEST * self._seconds / 2)))
            for one in self.everyone:
                figures[one.name].per_second += self.flood(one, drawn, self._seconds / 2) / 2
        return figures

    def use(self, one: Peer, kind: Kind, account: str = "") -> None:
        """Asks what users have asked before, with time between for what a server does behind its answers."""
        until = time.monotonic() + _PATIENCE
        for question in islice(stream(kind, self.world, "before", account=account), self._used):
            if time.monotonic() > until:
                return
            one.ask(question)
            time.sleep(_BETWEEN)

    def repeated(self, kind: Kind) -> dict[str, Figures]:
        """One request again and again."""
        question = next(stream(kind, self.world, "repeated"))
        self.alone([question] * 2)
        figures = self.alone([question] * self._rounds)
        for one in self.everyone:
            figures[one.name].per_second = self.flood(one, [question], self._seconds, again=True)
        return figures

    def alone(self, questions: Sequence[Question]) -> dict[str, Figures]:
        """One client; everyone is asked a question before the next one is, and begins in turn."""
        times: dict[str, list[float]] = {one.name: [] for one in self.everyone}
        begin = time.monotonic()
        for turn, question in enumerate(questions):
            if turn >= _LEAST_ROUNDS and time.monotonic() - begin > _PATIENCE:
                break
            first = turn % len(self.everyone)
            answers = {one.name: one.ask(question) for one in self.everyone[first:] + self.everyone[:first]}
            expected = _Expected(self.engine, answers[self.engine.name].body)
            for one in self.everyone:
                self._check(one, question, answers[one.name].body, expected)
                times[one.name].append(answers[one.name].milliseconds)
        return {name: figures(taken) for name, taken in times.items()}

    def flood(self, one: Peer, questions: list[Question], seconds: float, *, again: bool = False) -> float:
        """Replies a second to eight clients; those that were kept are checked."""
        found = one.flood(questions, CLIENTS, seconds, again=again)
        for place, body in found.kept:
            self.check(one, questions[place % len(questions)], body)
        return found.replies / found.seconds

    def check(self, one: Peer, question: Question, body: bytes) -> None:
        """Raises WrongReplyError where a reply's total or rows are not the engine's."""
        if one is not self.engine and self._seen.get(one.name) != (question, body):
            self._check(one, question, body, _Expected(self.engine, self.engine.ask(question).body))

    def _check(self, one: Peer, question: Question, body: bytes, expected: _Expected) -> None:
        if one is self.engine or self._seen.get(one.name) == (question, body):
            return
        found = one.read(body)
        if not expected.is_said_by(found, exact=one.exact):
            asked = {name: value for name, value in question.params.items() if name != "fields"}
            raise WrongReplyError(f"{one.name}, asked {asked}: {_difference(expected.page, found)}")
        self._seen[one.name] = (question, body)


def rest() -> None:
    """Waits until what servers do behind their answers is done: the machine idles for a second; not for ever."""
    until, idle, cores = time.monotonic() + _LONGEST_REST, _idle(), os.cpu_count() or 1
    while time.monotonic() < until:
        time.sleep(1)
        before, idle = idle, _idle()
        if idle - before > 0.95 * cores:
            return


def _idle() -> float:
    """The seconds that the machine's cores idled or waited for disks since it started."""
    _, _, _, _, idle, waiting, *_ = Path("/proc/stat").read_text().split(maxsplit=6)
    return (int(idle) + int(waiting)) / os.sysconf("SC_CLK_TCK")


def figures(times: Sequence[float]) -> Figures:
    """The median, and what 95 of 100 do not exceed."""
    ranked = sorted(times)
    return Figures(statistics.median(ranked), ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))])


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _difference(expected: Page, found: Page) -> str:
    if (expected.total, len(expected.rows)) != (found.total, len(found.rows)):
        return f"{len(found.rows)} rows of {found.total}, not {len(expected.rows)} of {expected.total}"
    pairs = zip(expected.rows, found.rows, strict=True)
    at, (want, got) = next(
        (at, pair) for at, pair in enumerate(pairs) if _without_nulls(pair[0]) != _without_nulls(pair[1])
    )
    fields = [name for name in want if want[name] != got.get(name)]
    return f"row {at}: " + ", ".join(f"{name} is {got.get(name)!r}, not {want[name]!r}" for name in fields)
