"""What a method's handler is given and what it gives back; answers nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ringledger.catalogue.method import Method
from ringledger.intake.uploads import Uploads
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry
from ringledger.registry.rights import View
from ringledger.registry.tokens import Caller
from ringledger.reporting.reply import Page
from ringledger.reporting.reports import Reports, Room
from ringledger.reporting.summary import Summaries
from ringledger.reporting.turns import Turns
from ringledger.rpc.points import Points
from ringledger.rpc.request_log import Parties
from ringledger.store.engine import Engine


class OpenCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that needs no token, with parameters of the right names and types. `now` is in Unix seconds.

    `parties` is for the request log: who logs in is found out by the handler.
    """

    method: Method
    params: Mapping[str, Any]
    address: str
    now: int
    parties: Parties


class Call(OpenCall, frozen=True, kw_only=True):
    """A call that may be answered: `caller` asks for what `view` shows of the account, or changes it."""

    caller: Caller
    account: Account
    view: View


class Resources:
    """What handlers work on."""

    def __init__(
        self, engine: Engine, registry: Registry, uploads: Uploads, room: Room, clock: Callable[[], float]
    ) -> None:
        self.engine = engine
        self.registry = registry
        self.points = Points(registry.counters)
        self.uploads = uploads
        self.turns = Turns()
        of_summaries = room.memory // 16
        self.reports = Reports(engine, self.turns, Room(room.memory - of_summaries, room.disk), clock)
        self.summaries = Summaries(engine, self.turns, self.reports.daybook, of_summaries)


Members = dict[str, object]
"""The members of a reply's `result`, beside its metadata."""

OpenHandler = Callable[[Resources, OpenCall], Members]
"""Answers a method that needs no token, metadata included where the method has any."""

Handler = Callable[[Resources, Call], Members | Page]
"""Answers a method; it raises CallerFault where the parameters cannot be met, and has changed nothing then."""
