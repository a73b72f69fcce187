"""Several nodes on one ClickHouse and one registry: what one of them is told, the others tell at the next request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.nodes.conftest import Node, Nodes

from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement

pytestmark = pytest.mark.postgresql

T0 = 1_773_134_400
PERIOD = {"date_from": "2026-03-10 00:00:00", "date_till": "2026-03-11 00:00:00"}
CONTACT = "442071838750"
SALE = {"date_time": "2026-03-12 10:00:00", "transaction_value": 7.5}


def events(call: str, at: int, *, lost: bool = False, contact: str = CONTACT) -> list[bytes]:
    """What a switch tells of a call: from a contact, to an employee who answers after five seconds, or nobody does."""
    told: list[dict[str, Any]] = [
        {
            "event": "leg_started",
            "time": at,
            "leg_id": "c",
            "number": contact,
            "party": "contact",
            "dialled": "4930100",
        },
        {"event": "leg_started", "time": at + 1, "leg_id": "e", "number": "1002"},
    ]
    if not lost:
        told += [
            {"event": "answered", "time": at + 5, "leg_id": "e"},
            {"event": "bridged", "time": at + 5, "leg_ids": ["c", "e"]},
        ]
    told += [{"event": "ended", "time": at + 30, "leg_id": leg} for leg in ("e", "c")]
    return [json.dumps({**one, "call_id": call, "event_id": str(place)}).encode() for place, one in enumerate(told)]


def post(node: Node, *some: bytes) -> None:
    node.send("/intake/events", b"\n".join(some))


def eventually(found: Callable[[], Any], wanted: object) -> None:
    """Derivation runs behind the acknowledgement of events: waits for what it makes."""
    deadline = time.monotonic() + 60
    while (now := found()) != wanted:
        assert time.monotonic() < deadline, now
        time.sleep(0.1)


def calls(node: Node, *fields: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node("get.calls_report", fields=["id", *fields], **PERIOD, **params)
    return found


def both(nodes: Nodes, *fields: str, **params: Any) -> list[dict[str, Any]]:
    """The calls as both nodes tell them."""
    found = calls(nodes.first, *fields, **params)
    assert calls(nodes.second, *fields, **params) == found
    return found


@pytest.fixture(scope="module")
def ids(nodes: Nodes) -> list[int]:
    """Ten calls, the odd ones lost, told half to one node and half to the other."""
    told = [events(f"call {number}", T0 + number * 60, lost=number % 2 == 0) for number in range(10)]
    halves = [b"\n".join(one for call in told for one in call[part]) for part in (slice(3), slice(3, None))]
    at_once(lambda: post(nodes.first, halves[0]), lambda: post(nodes.second, halves[1]))
    eventually(lambda: [row["is_lost"] for row in calls(nodes.second, "is_lost")], [True, False] * 5)
    return [row["id"] for row in calls(nodes.first)]


def named(call: int) -> dict[str, Any]:
    return {"communication_id": call, "communication_type": "call"}


def at_once(*work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(one) for one in work]:
            done.result()


def test_a_call_is_derived_from_events_that_came_over_any_node(nodes: Nodes, ids: list[int]) -> None:
    told = both(nodes, "is_lost", "talk_duration", "contact_phone_number", "start_time")
    assert [(row["is_lost"], row["talk_duration"]) for row in told] == [(True, 0), (False, 25)] * 5
    assert [row["start_time"] for row in told[:2]] == ["2026-03-10 09:20:00", "2026-03-10 09:21:00"]
    for node in (nodes.first, nodes.second):
        legs = node("get.call_legs_report", **PERIOD)
        assert {row["call_session_id"] for row in legs} == set(ids)
        assert len(legs) == 20


def test_each_node_notes_for_itself_what_it_has_derived(nodes: Nodes) -> None:
    engine = Engine(nodes.store)
    assert len(engine.rows(Statement("SELECT DISTINCT node FROM intake_progress"))) == 2
    engine.close()


def test_changes_of_one_call_over_two_nodes_at_the_same_moment_all_survive(nodes: Nodes, ids: list[int]) -> None:
    call = ids[3]
    tags = [nodes.first("create.tags", name=f"race {number}")["id"] for number in range(8)]
    by = (nodes.first, nodes.second)

    def change(verb: str, tag: int) -> Callable[[], object]:
        return lambda: by[tag % 2](f"{verb}.tag_communications", tag_id=tag, **named(call))

    def told() -> tuple[list[int], float | None, int]:
        (row,) = both(
            nodes, "tags", "sale_cost", "total_duration", filter={"field": "id", "operator": "=", "value": call}
        )
        return [tag["tag_id"] for tag in row["tags"]], row["sale_cost"], row["total_duration"]

    for later in (5, 9):
        leg = {"call_id": "call 3", "leg_id": f"late {later}"}
        late = [
            json.dumps({**leg, "event_id": f"{kind} {later}", "event": kind, "time": T0 + 209 + seconds}).encode()
            for kind, seconds in (("leg_started", 0), ("ended", later + 1))
        ]
        others = (
            lambda: nodes.second("set.tag_sales", **SALE, **named(call)),
            lambda late=late: post(nodes.first, *late),
        )
        at_once(*(change("set", tag) for tag in tags), *others)
        eventually(lambda: told()[2], 30 + later)
        found, cost, _ = told()
        assert (sorted(found)[:8], len(found), cost) == (tags, 9, 7.5)
        at_once(*(change("unset", tag) for tag in found))
        assert told() == ([], None, 30 + later)


def test_what_one_node_is_told_the_other_shows_in_its_next_request(nodes: Nodes, ids: list[int]) -> None:
    here, there = nodes.first, nodes.second
    tag = here("create.tags", name="Order")["id"]
    for call in ids[:6]:
        here("set.tag_communications", tag_id=tag, **named(call))
        has = {"field": "tags", "operator": "jsquery", "value": f"#(tag_id = {tag})"}
        assert [row["id"] for row in calls(there, filter=has)] == [call]
        here("unset.tag_communications", tag_id=tag, **named(call))
        assert calls(there, filter=has) == []
        here, there = there, here
    here("set.tag_communications", tag_id=tag, **named(ids[0]))
    there("update.tags", id=tag, name="Purchase")
    by_name = {"field": "tags", "operator": "jsquery", "value": '#(tag_name = "Purchase")'}
    assert [row["tags"][0]["tag_name"] for row in both(nodes, "tags", filter=by_name)] == ["Purchase"]
    there("delete.tags", id=tag)
    assert calls(here, filter=by_name) == []
    contact = here("create.contacts", last_name="Simpson", phone_numbers=[CONTACT])["id"]
    assert {row["contact_full_name"] for row in calls(there, "contact_full_name")} == {"Simpson"}
    there("update.contacts", id=contact, last_name="Smith", phone_numbers=[CONTACT])
    assert {row["contact_full_name"] for row in calls(here, "contact_full_name")} == {"Smith"}


def test_a_rule_of_one_node_tags_the_calls_of_the_other(nodes: Nodes, ids: list[int]) -> None:
    tag = nodes.first("create.tags", name="Lost")["id"]
    lost = {"field": "is_lost", "operator": "=", "value": True}
    rule = nodes.first("create.tag_rules", name="lost", tag_id=tag, filter=lost)["id"]
    assert nodes.second("set.tag_rules", id=rule, **PERIOD) == {"calls_count": 5}
    post(nodes.second, *events("new", T0 + 3600, lost=True, contact="442071838751"))
    has = {"field": "tags", "operator": "jsquery", "value": f"#(tag_id = {tag})"}
    eventually(lambda: len(calls(nodes.first, filter=has)), 6)
    found = both(nodes, "tags", filter=has)
    assert [row["id"] for row in found[:5]] == ids[::2]
    assert {row["tags"][-1]["tag_type"] for row in found} == {"auto"}


def test_a_lost_call_that_one_node_told_of_is_answered_by_a_call_of_the_other(nodes: Nodes) -> None:
    post(nodes.first, *events("missed", T0 + 7200, lost=True, contact="442071838752"))
    post(nodes.second, *events("back", T0 + 7800, contact="442071838752"))
    mine = {"field": "contact_phone_number", "operator": "=", "value": "442071838752"}
    field = "lost_call_processing_duration"
    eventually(lambda: [row[field] for row in calls(nodes.first, field, filter=mine)], [575, None])
    assert [row[field] for row in both(nodes, field, filter=mine)] == [575, None]


def test_pages_groups_and_files_are_the_same_over_any_node(nodes: Nodes, ids: list[int]) -> None:
    page = {"limit": 3, "offset": 2, "sort": [{"field": "start_time", "order": "desc"}]}
    mine = {"field": "contact_phone_number", "operator": "=", "value": CONTACT}
    assert [row["id"] for row in both(nodes, filter=mine, **page)] == ids[7:4:-1]
    reply = nodes.second.reply("get.calls_report", fields=["id"], filter=mine, **page, **PERIOD)
    assert reply["result"]["metadata"]["total_items"] == 10
    files = []
    for node in (nodes.first, nodes.second):
        groups = node("get.calls_summary", dimensions=["is_lost"], filter=mine, **PERIOD)
        assert {row["is_lost"]: row["calls_count"] for row in groups} == {True: 5, False: 5}
        asked = {"method": "get.calls_report", "params": {"fields": ["id"], "filter": mine, **PERIOD}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, **asked}).encode()
        files.append((node.send("/export/csv", body), node.send("/export/parquet", body)[:4]))
    assert [[int(line) for line in file.split()[1:]] for file, _ in files] == [ids, ids]
    assert {start for _, start in files} == {b"PAR1"}


def test_an_uploaded_call_is_in_the_report_of_every_node(nodes: Nodes) -> None:
    call = {
        "ext_id": "crm-1",
        "calling_phone_number": "442071838753",
        "called_phone_number": "442079460900",
        "start_time": "2026-03-10 20:00:00",
        "finish_time": "2026-03-10 20:01:00",
        "is_lost": False,
    }
    nodes.first("upload.calls", calls=[call])
    mine = {"field": "contact_phone_number", "operator": "=", "value": "442071838753"}
    eventually(lambda: [row["total_duration"] for row in calls(nodes.second, "total_duration", filter=mine)], [60])
    assert len(both(nodes, "total_duration", filter=mine)) == 1


def test_points_blocks_and_the_request_log_are_one_over_all_nodes(nodes: Nodes) -> None:
    registry = Registry.open(nodes.registry)
    registry.accounts.create("tight", timezone="UTC", day_limit=20)
    by = [Node(node.url, registry.tokens.create("tight", name="crm")) for node in (nodes.first, nodes.second)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda turn: by[turn % 2].reply("get.account"), range(40)))
    paid = [one["result"]["metadata"]["limits"]["day_remaining"] for one in replies if "result" in one]
    assert sorted(paid) == list(range(20))
    assert {one["error"]["data"]["mnemonic"] for one in replies if "error" in one} == {"limit_exceeded"}
    registry.accounts.change("tight", day_limit=1000)
    now = datetime.now(UTC)
    period = {"date_from": f"{now - timedelta(hours=1):%F %T}", "date_till": f"{now + timedelta(hours=1):%F %T}"}
    crm = {"field": "api_request_method", "operator": "=", "value": "get.account"}
    eventually(lambda: [len(node("get.api_requests", filter=crm, **period)) for node in by], [40, 40])
    for token in registry.tokens.list("tight"):
        registry.tokens.block(token.id)
    assert [node.reply("get.account")["error"]["data"]["mnemonic"] for node in by] == ["access_token_blocked"] * 2
    registry.close()
