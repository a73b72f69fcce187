"""What follows for a call from its contact's other calls: the kind of inquiry, how long a lost one waited.

The kinds are the attributes of docs/attributes.md; a lost call waits from its finish for the next conversation with its
contact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from ringledger.calls.codes import Attribute, Direction

TARGET_TALK: Final = 30
"""Seconds of talk that make a target call where a site says nothing, or there is none."""

REPEAT_DAYS: Final = 30
"""Days in which a target call again is a repeated one where a site says nothing, or there is none."""

QUALITY: Final = 2
"""How many times as long as a target call a call of quality is."""

_DAY: Final = 86_400


class SiteRules(msgspec.Struct, frozen=True):
    """Seconds of talk that make a target call of a site, and days in which another is a repeated one."""

    target_talk: int = TARGET_TALK
    repeat_days: int = REPEAT_DAYS


_NO_SITE: Final = SiteRules()


class ContactCall(msgspec.Struct, frozen=True):
    """What counts of a call for its contact's other calls. Moments and `talk` are in seconds; `site` is 0 for none.

    `finish` is 0 while the call is under way, `talked` is when a conversation began, 0 where none did.
    """

    id: int
    start: int
    finish: int
    direction: str
    contact: str
    site: int
    talk: int
    lost: bool
    talked: int


class Following(msgspec.Struct, frozen=True):
    """The attributes of a call in their order, and the seconds that it waited for a conversation, if it did."""

    attributes: tuple[Attribute, ...] = ()
    waited: int | None = None


def follow(calls: Sequence[ContactCall], sites: Mapping[int, SiteRules]) -> Iterator[tuple[ContactCall, Following]]:
    """What follows for each of all calls of one contact, by start and id."""
    talks = sorted(call.talked for call in calls if call.talked)
    sites_before: set[int] = set()
    targets: dict[int, int] = {}
    for call in sorted(calls, key=lambda call: (call.start, call.id)):
        attributes: tuple[Attribute, ...] = ()
        if call.finish and call.direction == Direction.IN.value:
            rules = sites.get(call.site, _NO_SITE)
            attributes = tuple(_attributes(call, rules, sites_before, targets.get(call.site)))
            sites_before.add(call.site)
            if _is_target(call, rules):
                targets[call.site] = call.start
        elif call.finish and call.direction and call.lost:
            attributes = (Attribute.LOST,)
        yield call, Following(attributes, _waited(call, talks))


def _attributes(
    call: ContactCall, rules: SiteRules, sites_before: Collection[int], target_before: int | None
) -> Iterator[Attribute]:
    """An incoming call's, in the order in which they are listed."""
    is_target, is_first = _is_target(call, rules), not sites_before
    if call.site and call.site not in sites_before:
        yield Attribute.FIRST
        if not is_first:
            yield Attribute.THROUGH
    yield Attribute.PRIMARY if is_first else Attribute.SECONDARY
    if call.lost:
        yield Attribute.LOST
    yield Attribute.TARGET if is_target else Attribute.OFF_TARGET
    if is_target and call.talk >= rules.target_talk * QUALITY:
        yield Attribute.QUALITY
    if is_target and target_before is not None and call.start - target_before <= rules.repeat_days * _DAY:
        yield Attribute.REST


def _is_target(call: ContactCall, rules: SiteRules) -> bool:
    return call.talk >= rules.target_talk and not call.lost


def _waited(call: ContactCall, talks: Sequence[int]) -> int | None:
    if not call.lost or not call.finish:
        return None
    at = bisect_left(talks, call.finish)
    return talks[at] - call.finish if at < len(talks) else None
