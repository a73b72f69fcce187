"""How a contact comes from one employee to the next: transfers and the parking place; knows no times of day."""

from __future__ import annotations

from typing import Final

from ringledger.cli.demo_company import OFFICE_CONTEXT, Employee
from ringledger.cli.demo_scenes import Scenes, Talk
from ringledger.cli.demo_switch import Bridge, Channel, Steps

_LOT: Final = "701"


def blind(scenes: Scenes, talk: Talk, colleague: Employee) -> Steps[Talk]:
    """The employee sends the contact on and is gone."""
    contact, employee, bridge = talk
    yield from employee.tells(
        "BLINDTRANSFER",
        extension=colleague.extension,
        context=OFFICE_CONTEXT,
        bridge_id=bridge.name,
        transferee_channel_name=contact.name,
        transferee_channel_uniqueid=contact.uniqueid,
    )
    yield from _leave(bridge, contact, employee)
    yield from contact.stops()
    contact.exten, contact.context = colleague.extension, OFFICE_CONTEXT
    yield from contact.runs("Dial", f"{colleague.device},30,tTkK")
    rung = yield from contact.rings(colleague.phone)
    yield from employee.hangs_up(employee)
    yield scenes.lasting(6, 0.5, 28)
    return (yield from scenes.pick_up(contact, [rung]))


def attended(scenes: Scenes, talk: Talk, colleague: Employee) -> Steps[Talk]:
    """The employee asks a colleague by feature code, then hands the contact over."""
    contact, employee, bridge = talk
    aside = scenes.switch.bridge()
    consulted = yield from _consult(scenes, talk, colleague, aside)
    yield scenes.lasting(14, 0.5, 90)
    yield from employee.leaves(aside)
    yield from employee.tells(
        "ATTENDEDTRANSFER",
        bridge1_id=bridge.name,
        channel2_name=employee.name,
        channel2_uniqueid=employee.uniqueid,
        bridge2_id=aside.name,
        transferee_channel_name=contact.name,
        transferee_channel_uniqueid=contact.uniqueid,
        transfer_target_channel_name=consulted.name,
        transfer_target_channel_uniqueid=consulted.uniqueid,
    )
    yield from consulted.leaves(aside)
    yield from consulted.enters(bridge)
    yield from employee.hangs_up(employee)
    return Talk(contact, consulted, bridge)


def _consult(scenes: Scenes, talk: Talk, colleague: Employee, aside: Bridge) -> Steps[Channel]:
    """The feature code calls the colleague through a Local channel, which is optimised away on the answer."""
    employee, gap = talk.called, scenes.switch.gap
    one, two = scenes.switch.local_pair(colleague.extension, OFFICE_CONTEXT, talk.caller.linkedid)
    one.number = colleague.extension
    two.caller, two.number = employee.caller, employee.number
    two.ani, two.dnid = employee.number, colleague.extension
    yield gap() * 3
    yield from two.runs("Dial", f"{colleague.device},30,tTkK")
    consulted = yield from two.rings(colleague.phone)
    yield from one.enters(aside)
    yield from employee.leaves(talk.bridge)
    yield from employee.enters(aside)
    yield scenes.lasting(5, 0.5, 25)
    behind = (yield from scenes.pick_up(two, [consulted])).bridge
    yield from one.answers()
    yield gap() * 8
    yield from consulted.leaves(behind)
    yield from consulted.enters(aside)
    yield from one.leaves(aside)
    yield from two.leaves(behind)
    yield from one.tells("LOCAL_OPTIMIZE", local_two=two.name, local_two_uniqueid=two.uniqueid)
    yield from one.hangs_up()
    yield from two.hangs_up()
    return consulted


def parked(scenes: Scenes, talk: Talk, colleague: Employee) -> Steps[Talk]:
    """The employee parks the contact, and a colleague fetches the call with one of their own."""
    contact, employee, bridge = talk
    lot = scenes.switch.bridge("holding_bridge")
    yield from _leave(bridge, contact, employee)
    yield from contact.runs("Park", f"default:{_LOT}")
    yield from contact.enters(lot)
    yield from contact.tells("PARK_START", parker_dial_string=employee.phone.device, parking_lot="default")
    yield scenes.chance.uniform(1.5, 3)
    yield from employee.hangs_up(employee)
    yield scenes.lasting(20, 0.5, 42)
    return (yield from _fetch(scenes, contact, lot, colleague))


def _fetch(scenes: Scenes, contact: Channel, lot: Bridge, colleague: Employee) -> Steps[Talk]:
    fetching = scenes.switch.calls(colleague.phone._replace(context="parkedcalls"), _LOT)
    yield scenes.switch.gap() * 3
    yield from fetching.runs("ParkedCall", f"default,{_LOT}")
    yield from fetching.answers()
    yield from contact.tells("PARK_END", reason="ParkedCallUnparked", retriever=fetching.name)
    yield from contact.leaves(lot)
    bridge = scenes.switch.bridge()
    yield from fetching.enters(bridge)
    yield from contact.enters(bridge)
    yield from fetching.belongs_to(contact.linkedid)
    return Talk(contact, fetching, bridge)


def _leave(bridge: Bridge, *channels: Channel) -> Steps[None]:
    for channel in channels:
        yield from channel.leaves(bridge)
