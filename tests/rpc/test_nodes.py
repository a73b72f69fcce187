"""Two nodes with one registry, on both databases: what one is told holds on the other from its next request on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.postgresql import empty_database
from tests.rpc.conftest import fault

from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

NOW = int(datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp())
PERIOD = {"date_from": "2026-04-01 00:00:00", "date_till": "2026-05-01 00:00:00"}


class Node:
    """One of the servers that share a registry."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.registry = Registry.open(url)
        self.service = Service(engine, self.registry, lambda: NOW)

    def ask(self, method: str, token: str = "", address: str = "127.0.0.1", **params: Any) -> dict[str, Any]:
        params = {"access_token": token, **params} if token else params
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        reply: dict[str, Any] = json.loads(b"".join(self.service.answer(json.dumps(body).encode(), address).parts))
        return reply


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def nodes(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/registry.db" if is_file else empty_database(request.getfixturevalue("cluster"))
    here, there = Node(engine, url), Node(engine, url)
    here.registry.accounts.create("acme")
    here.registry.users.create("acme", "ann", "password1")
    yield here, there
    here.registry.close()
    there.registry.close()


def test_a_token_that_one_node_blocks_the_other_refuses(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    token, admin = (here.registry.tokens.create("acme") for _ in range(2))
    assert "result" in there.ask("get.account", token)
    here.ask("update.access_tokens", admin, id=1, is_blocked=True)
    assert fault(there.ask("get.account", token))[0] == "access_token_blocked"
    there.ask("update.access_tokens", admin, id=1, is_blocked=False)
    assert "result" in here.ask("get.account", token)


def test_a_session_of_one_node_is_one_of_the_other_until_either_ends_it(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    session = here.ask("login.user", login="ann", password="password1")["result"]["data"]["access_token"]
    assert "result" in there.ask("get.account", session)
    assert "result" in there.ask("logout.user", session)
    assert fault(here.ask("get.account", session))[0] == "access_token_invalid"


def test_an_account_that_one_node_changes_is_changed_on_the_other(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    token = here.registry.tokens.create("acme")
    assert there.ask("get.account", token)["result"]["metadata"] == {"total_items": 1}
    here.registry.accounts.change("acme", day_limit=5)
    assert there.ask("get.account", token)["result"]["metadata"]["limits"]["day_remaining"] == 4
    here.registry.accounts.change("acme", allow=["192.0.2.0/24"])
    assert fault(there.ask("get.account", token))[0] == "ip_not_whitelisted"
    assert "result" in there.ask("get.account", token, address="192.0.2.1")
    here.registry.accounts.set_active("acme", active=False)
    assert fault(there.ask("get.account", token, address="192.0.2.1"))[0] == "account_inactive"


def test_rights_that_one_node_takes_are_taken_on_the_other(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    token = here.registry.tokens.create("acme", "ann")
    assert "result" in there.ask("create.tags", token, name="hot")
    here.registry.users.set_rights("ann", Role.READER, View(Scope(employee_ids=(1,))))
    assert fault(there.ask("create.tags", token, name="cold"))[0] == "forbidden"
    assert fault(there.ask("get.tags", token))[0] == "forbidden"
    assert "result" in there.ask("get.calls_report", token, **PERIOD)


def test_failed_logins_are_counted_over_both(nodes: tuple[Node, Node]) -> None:
    for turn in range(5):
        assert fault(nodes[turn % 2].ask("login.user", login="ann", password="wrong"))[0] == "auth_error"
    for node in nodes:
        assert fault(node.ask("login.user", login="ann", password="password1"))[0] == "limit_exceeded"


def test_points_are_exact_however_many_ask_both_at_once(nodes: tuple[Node, Node]) -> None:
    nodes[0].registry.accounts.change("acme", day_limit=40, minute_limit=1000)
    token = nodes[0].registry.tokens.create("acme")

    def ask(turn: int) -> dict[str, Any]:
        # Every third is refused and costs nothing, every fifth changes something and is paid before.
        node = nodes[turn % 2]
        if turn % 3 == 0:
            return node.ask("get.account", token, nope=1)
        return node.ask("create.tags", token, name=f"{turn}") if turn % 5 == 0 else node.ask("get.account", token)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(ask, range(120)))
    paid = [reply["result"]["metadata"]["limits"] for reply in replies if "result" in reply]
    assert sorted(limits["day_remaining"] for limits in paid) == list(range(40))
    assert sorted(limits["minute_remaining"] for limits in paid) == list(range(960, 1000))
    exceeded = [reply for reply in replies if "error" in reply and fault(reply)[0] == "limit_exceeded"]
    assert exceeded
    assert all(one["error"]["data"]["params"] == {"limit_type": "day", "limit_max_value": 40} for one in exceeded)
    tags = nodes[0].registry.entries.all(1, "tags")
    made = [reply for reply in replies if "result" in reply and "id" in reply["result"]]
    assert len([tag for tag in tags if tag.name.isdigit()]) == len(made)
