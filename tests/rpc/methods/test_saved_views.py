"""Views under a name: everyone has own ones, shared ones are seen by those who see all calls."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry import saved_views
from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE, Role, Scope, View

QUERY = "period=30d&filter=%7B%22field%22%3A%22is_lost%22%7D"
READER, CONFINED, MASKED = "reader", "confined", "masked"
RIGHTS = {READER: WHOLE, CONFINED: View(Scope(virtual_numbers=("442079460101",))), MASKED: View(is_masked=True)}


@pytest.fixture
def tokens(registry: Registry) -> dict[str, str]:
    """A token each of two accounts' users, and of acme itself."""
    registry.accounts.create("acme")
    registry.accounts.create("other")
    registry.users.create("acme", "ann", "password1", "Ann")
    registry.users.create("other", "eve", "password1", "Eve")
    for name, view in RIGHTS.items():
        registry.users.create("acme", name, "password1", name, Role.READER, view)
    made = {name: registry.tokens.create("acme", name) for name in ("ann", *RIGHTS)}
    return made | {"eve": registry.tokens.create("other", "eve"), "acme": registry.tokens.create("acme")}


def names(ask: Ask, token: str) -> list[str]:
    rows = ask("get.saved_views", token, sort=[{"field": "name"}])["result"]["data"]
    return [row["name"] for row in rows]


def saved(ask: Ask, token: str, **params: Any) -> int:
    made = ask("create.saved_views", token, **{"name": "Month", "query": QUERY, **params})["result"]["id"]
    assert isinstance(made, int)
    return made


def test_a_view_is_saved_read_changed_and_taken_away(ask: Ask, tokens: dict[str, str]) -> None:
    view = saved(ask, tokens["ann"])
    shown = {"id": view, "name": "Month", "query": QUERY, "is_shared": False, "is_own": True, "user_name": "Ann"}
    assert ask("get.saved_views", tokens["ann"])["result"]["data"] == [shown]
    assert "result" in ask("update.saved_views", tokens["ann"], id=view, name="June", query="", is_shared=True)
    changed = shown | {"name": "June", "query": "", "is_shared": True}
    assert ask("get.saved_views", tokens["ann"])["result"]["data"] == [changed]
    assert "result" in ask("delete.saved_views", tokens["ann"], id=view)
    assert names(ask, tokens["ann"]) == []


@pytest.mark.parametrize("who", [READER, CONFINED, MASKED, "acme"])
def test_everyone_saves_views_and_sees_no_other_s(ask: Ask, tokens: dict[str, str], who: str) -> None:
    saved(ask, tokens["ann"], name="Ann's")
    view = saved(ask, tokens[who], name="Mine")
    assert names(ask, tokens[who]) == ["Mine"]
    assert names(ask, tokens["ann"]) == ["Ann's"]
    for change in ("update", "delete"):
        assert fault(ask(f"{change}.saved_views", tokens["ann"], id=view)) == ("entity_not_found", "id", view)
    assert "result" in ask("delete.saved_views", tokens[who], id=view)


def test_a_shared_view_is_seen_by_those_of_the_account_who_see_all_calls(ask: Ask, tokens: dict[str, str]) -> None:
    view = saved(ask, tokens["ann"], is_shared=True)
    seen = {who: names(ask, token) for who, token in tokens.items()}
    assert seen == {"ann": ["Month"], READER: ["Month"], "acme": ["Month"], CONFINED: [], MASKED: [], "eve": []}
    [row] = ask("get.saved_views", tokens[READER])["result"]["data"]
    assert (row["is_own"], row["user_name"]) == (False, "Ann")
    assert fault(ask("update.saved_views", tokens[READER], id=view, name="x")) == ("entity_not_found", "id", view)


def test_an_owner_has_a_name_once(ask: Ask, tokens: dict[str, str]) -> None:
    for who in ("ann", READER, "acme", "eve"):
        saved(ask, tokens[who])
        assert fault(ask("create.saved_views", tokens[who], name="Month", query="")) == (
            "duplicate_entity", "name", "Month",
        )  # fmt: skip
    other = saved(ask, tokens["ann"], name="Week")
    assert fault(ask("update.saved_views", tokens["ann"], id=other, name="Month"))[0] == "duplicate_entity"
    assert "result" in ask("update.saved_views", tokens["ann"], id=other, name="Week", query="period=7d")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"name": ""}, ("invalid_parameter_value", "name", "")),
        ({"name": "a" * 81}, ("invalid_parameter_value", "name", "a" * 81)),
        ({"name": "a\nb"}, ("invalid_parameter_value", "name", "a\nb")),
        ({"query": "a\x00"}, ("invalid_parameter_value", "query", "a\x00")),
        ({"query": 5}, ("data_type_error", "query", 5)),
        ({"is_shared": "yes"}, ("data_type_error", "is_shared", "yes")),
        ({"user_id": 1}, ("unexpected_parameters", "user_id", 1)),
    ],
)
def test_what_does_not_fit_is_named(
    ask: Ask, tokens: dict[str, str], params: dict[str, Any], expected: tuple[object, ...]
) -> None:
    assert fault(ask("create.saved_views", tokens["ann"], **{"name": "Month", "query": QUERY, **params})) == expected
    assert names(ask, tokens["ann"]) == []


def test_views_are_bounded_and_go_with_their_user(
    ask: Ask, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    saved(ask, tokens[READER], is_shared=True)
    assert fault(ask("create.saved_views", tokens[READER], name="More", query=""))[0] == "data_limit_exceeded"
    [user] = [row for row in ask("get.users", tokens["ann"])["result"]["data"] if row["login"] == READER]
    assert "result" in ask("delete.users", tokens["ann"], id=user["id"])
    assert names(ask, tokens["ann"]) == []
