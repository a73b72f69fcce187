"""What follows for a call from its contact's other calls, against the rules of docs/attributes.md said plainly."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ringledger.calls.inquiries import ContactCall, Following, SiteRules, follow

RULES = {1: SiteRules(target_talk=20, repeat_days=2), 2: SiteRules()}
DAY = 86_400


@st.composite
def contact_calls(draw: st.DrawFn, number: int) -> ContactCall:
    start = draw(st.sampled_from([0, 1, DAY, 2 * DAY, 2 * DAY + 1, 30 * DAY, 31 * DAY]))
    is_lost, talk = draw(st.booleans()), draw(st.sampled_from([0, 19, 20, 30, 40, 60]))
    return ContactCall(
        id=number,
        start=start,
        finish=draw(st.sampled_from([0, start + 60, start + 90])),
        direction=draw(st.sampled_from(["in", "in", "out", ""])),
        contact="447911123456",
        site=draw(st.sampled_from([0, 1, 2])),
        talk=0 if is_lost else talk,
        lost=is_lost,
        talked=0 if is_lost else draw(st.sampled_from([0, start + 10, start + 90])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[ContactCall]:
    return [draw(contact_calls(number)) for number in range(1, draw(st.integers(1, 8)) + 1)]


def rules_of(call: ContactCall) -> SiteRules:
    return RULES.get(call.site, SiteRules())


def is_target(call: ContactCall) -> bool:
    return not call.lost and call.talk >= rules_of(call).target_talk


def attributes(call: ContactCall, calls: list[ContactCall]) -> list[str]:
    if not call.finish or call.direction != "in":
        return ["lost"] if call.finish and call.direction and call.lost else []
    order = (call.start, call.id)
    before = [one for one in calls if one.finish and one.direction == "in" and (one.start, one.id) < order]
    on_site = [one for one in before if one.site == call.site]
    is_first = call.site != 0 and not on_site
    is_rest = any(is_target(one) and call.start - one.start <= rules_of(call).repeat_days * DAY for one in on_site)
    held = {
        "first": is_first,
        "through": is_first and bool(before),
        "primary": not before,
        "secondary": bool(before),
        "lost": call.lost,
        "target": is_target(call),
        "off-target": not is_target(call),
        "quality": is_target(call) and call.talk >= 2 * rules_of(call).target_talk,
        "rest": is_target(call) and is_rest,
    }
    return [name for name, is_held in held.items() if is_held]


def waited(call: ContactCall, calls: list[ContactCall]) -> int | None:
    later = [one.talked - call.finish for one in calls if one.talked and one.talked >= call.finish]
    return min(later) if call.lost and call.finish and later else None


@settings(max_examples=1000)
@given(histories(), st.integers())
def test_what_follows_is_what_the_rules_say_in_whatever_order_calls_are_told(
    calls: list[ContactCall], seed: int
) -> None:
    shuffled = Random(seed).sample(calls, len(calls))
    found: dict[int, Following] = {call.id: following for call, following in follow(shuffled, RULES)}
    assert len(found) == len(calls)
    for call in calls:
        assert [one.value for one in found[call.id].attributes] == attributes(call, calls)
        assert found[call.id].waited == waited(call, calls)
