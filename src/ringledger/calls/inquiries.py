"""When a call is a target call, and when one of quality or a repeated one; docs/attributes.md has all rules."""

from __future__ import annotations

from typing import Final

import msgspec

TARGET_TALK: Final = 30
"""Seconds of talk that make a target call where a site says nothing, or there is none."""

REPEAT_DAYS: Final = 30
"""Days in which a target call again is a repeated one where a site says nothing, or there is none."""

QUALITY: Final = 2
"""How many times as long as a target call a call of quality is."""


class SiteRules(msgspec.Struct, frozen=True):
    """Seconds of talk that make a target call of a site, and days in which another is a repeated one."""

    target_talk: int = TARGET_TALK
    repeat_days: int = REPEAT_DAYS
