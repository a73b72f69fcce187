"""What is measured of the product alone: deep pages, accounts of any size, memory, disk, import."""

from __future__ import annotations

import statistics
from itertools import islice
from typing import Final

import msgspec

from contest import CLIENTS, Contest
from load import Prepared
from peers.engine import Engine
from product import Product, peak_memory
from questions import KINDS, Kind, Question, page_size, period, stream

_FIRST_PAGE, _ALL_FIELDS = KINDS[0], KINDS[1]
_DEEPEST: Final = 100_000


class Aim(msgspec.Struct, frozen=True):
    """Something measured, with what it is to be at the most or at the least."""

    about: str
    value: float
    unit: str
    aim: str


def measure(contest: Contest, product: Product, state: Prepared, rounds: int, seconds: float) -> list[Aim]:
    """All of them; the product is running before and after."""
    return [
        _paging_run(contest, product, max(1, rounds // 4)),
        _deepest_page(contest, product, rounds),
        _small_account(contest, product, rounds),
        _memory(contest, product, seconds),
        *_sizes(state),
    ]


def _paging_run(contest: Contest, product: Product, runs: int) -> Aim:
    """Whole paging runs of 100 pages, each over a period of its own."""
    size, first, last = page_size(contest.world), [], []
    for question in islice(stream(Kind("run", "", lambda _, random: period(random, 89)), contest.world, "pages"), runs):
        times = []
        for number in range(100):
            page = Question(question.account, {**question.params, "limit": size, "offset": number * size})
            answer = product.ask(page)
            times.append(answer.milliseconds)
            if number in {0, 99}:
                contest.check(product, page, answer.body)
        first.append(times[0])
        last.append(times[-1])
    return _ratio("page 100 of a paging run against page 1", last, first, "1 at the most")


def _deepest_page(contest: Contest, product: Product, rounds: int) -> Aim:
    """Pages at offset 100,000, or as deep as the account goes, and first pages, of new periods in turns."""
    size = page_size(contest.world)
    deepest = min(_DEEPEST, contest.world.quarter - size)
    kind = Kind("deep", "", lambda _, random: {**period(random, 89), "limit": size})
    first, deep = [], []
    for question in islice(stream(kind, contest.world, "pages"), rounds):
        first.append(_checked(contest, product, question))
        other = next(stream(kind, contest.world, str(question.params)))
        deep.append(_checked(contest, product, Question(other.account, {**other.params, "offset": deepest})))
    return _ratio(f"offset {deepest:,} against offset 0", deep, first, "3 at the most")


def _small_account(contest: Contest, product: Product, rounds: int) -> Aim:
    """First pages of the smallest and of the largest account in turns, both in use."""
    for account in (contest.world.smallest, contest.world.largest):
        contest.use(product, _FIRST_PAGE, account)
    small, large = (
        [
            _checked(contest, product, question)
            for question in islice(stream(_FIRST_PAGE, contest.world, "size", account=account), rounds)
        ]
        for account in (contest.world.smallest, contest.world.largest)
    )
    return _ratio("the smallest account's page against the largest's", small, large, "1 at the most")


def _memory(contest: Contest, product: Product, seconds: float) -> Aim:
    """A fresh server under eight clients that ask for 10,000 rows with all fields."""
    product.stop()
    product.start()
    contest.flood(product, list(islice(stream(_ALL_FIELDS, contest.world, "memory"), 1000)), seconds)
    peak = peak_memory(product.process_id) / 2**20
    return Aim(f"most memory while {CLIENTS} clients ask for Q2", peak, "MiB", "1,536 at the most")


def _sizes(state: Prepared) -> list[Aim]:
    mine, plain = state.loaded[Product.name], state.loaded[Engine.name]
    return [
        Aim("disk, against the engine's plain table", mine.bytes / plain.bytes, "x", "1.5 at the most"),
        Aim("import of Parquet", state.sessions / mine.seconds, "/s", ""),
    ]


def _checked(contest: Contest, product: Product, question: Question) -> float:
    answer = product.ask(question)
    contest.check(product, question, answer.body)
    return answer.milliseconds


def _ratio(about: str, those: list[float], these: list[float], aim: str) -> Aim:
    return Aim(about, statistics.median(those) / statistics.median(these), "x", aim)
