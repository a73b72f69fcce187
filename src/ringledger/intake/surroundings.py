"""What intake needs to know of an account beside its records, and whom it tells of calls that ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec

from ringledger.calls.inquiries import SiteRules
from ringledger.calls.session import CallSession, Contact
from ringledger.store.sessions import Ended


def _nobody(_: int, __: Collection[str]) -> Mapping[str, Contact]:
    return {}


def _no_rules(_: int) -> Mapping[int, SiteRules]:
    return {}


def _tell_nobody(_: int, __: Sequence[Ended]) -> None:
    pass


def _want_nothing(_: int, __: str, ___: Collection[CallSession]) -> None:
    pass


def _one_at_a_time() -> Callable[[int], AbstractContextManager[object]]:
    lock = threading.Lock()
    return lambda _: lock


class Surroundings(msgspec.Struct, frozen=True):
    """Functions of an account's id; those that are left out know nothing and tell nobody.

    `turn` gives the right to rewrite the account's calls, `contacts` whose of the given numbers are whose, `sites` what
    makes target calls of them. `ended` is told, with the turn held, of calls that ended, `derived` of all sessions of
    a source that were derived and written.
    """

    turn: Callable[[int], AbstractContextManager[object]] = msgspec.field(default_factory=_one_at_a_time)
    contacts: Callable[[int, Collection[str]], Mapping[str, Contact]] = _nobody
    sites: Callable[[int], Mapping[int, SiteRules]] = _no_rules
    ended: Callable[[int, Sequence[Ended]], None] = _tell_nobody
    derived: Callable[[int, str, Collection[CallSession]], None] = _want_nothing
