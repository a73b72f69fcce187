"""Tags on rows: found wherever the row is, read and written with every value as it was."""

from __future__ import annotations

from typing import Any

import pytest

from ringledger.store.engine import Engine, Statement
from ringledger.store.sessions import first_id
from ringledger.store.tags import Tag, find, set_tag, unset_tag

T0 = 1_773_134_400
DERIVED = first_id(T0, "toy:a")


def insert(engine: Engine, identity: int, communication: int, start: int = T0, version: int = 1, gone: int = 0) -> None:
    values = {"id": identity, "communication": communication, "start": start, "version": version, "gone": gone}
    columns = "account, id, communication_id, start_time, finish_time, ext_id, version, is_deleted"
    engine.run(
        Statement(
            f"INSERT INTO call_sessions ({columns}) SELECT 1, {{id:Int64}}, {{communication:Int64}}, "
            "toDateTime({start:UInt32}, 'UTC') AS start, start, 'ext', {version:UInt64}, {gone:UInt8}",
            values,
        )
    )


def tags(engine: Engine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.rows(Statement("SELECT tags FROM call_sessions FINAL"))[0]["tags"]
    return found


@pytest.mark.parametrize(("identity", "communication"), [(DERIVED, DERIVED), (7, 7), (DERIVED, 8), (7, DERIVED)])
def test_a_call_is_found_by_its_communication(engine: Engine, identity: int, communication: int) -> None:
    insert(engine, identity, communication)
    found = find(engine, 1, communication=communication)
    assert found is not None
    assert (found.id, found.start, found.tags) == (identity, T0, ())
    assert find(engine, 1, communication=communication + 1) is None
    assert find(engine, 2, communication=communication) is None
    assert find(engine, 1, ext_id="ext") == found


def test_a_call_that_turned_out_to_begin_earlier_is_found_where_it_is_now(engine: Engine) -> None:
    insert(engine, DERIVED, DERIVED)
    insert(engine, DERIVED, DERIVED, T0 - 90, version=2)
    insert(engine, DERIVED, DERIVED, T0, version=2, gone=1)
    found = find(engine, 1, communication=DERIVED)
    assert found is not None
    assert found.start == T0 - 90
    insert(engine, DERIVED, DERIVED, T0 - 90, version=3, gone=1)
    assert find(engine, 1, communication=DERIVED) is None


@pytest.mark.parametrize(
    "name", ["it's", '"quoted"', "back\\slash \\n", "new\nline\ttab", "тег 🏷", "{tags:String}", "'), ('"]
)
def test_other_tags_stay_as_they_were_when_one_is_set_and_taken_away(engine: Engine, name: str) -> None:
    insert(engine, 7, 7)
    for tag in (
        Tag(id=1, name=name, type="manual", change_time=T0, user_id=3, user_login=name),
        Tag(id=2, name="rule", type="auto", change_time=T0 + 1, employee_id=2**40, employee_full_name=name),
        Tag(id=3, name="gone", type="manual", change_time=T0 + 2),
        Tag(id=2, name="again", type="manual", change_time=T0 + 9),
    ):
        call = find(engine, 1, communication=7)
        assert call is not None
        set_tag(engine, 1, call, tag)
    call = find(engine, 1, communication=7)
    assert call is not None
    unset_tag(engine, 1, call, 3, is_sale=False)
    unknown = {"tag_user_id": None, "tag_user_login": None, "tag_employee_id": None, "tag_employee_full_name": None}
    first = {"tag_name": name, "tag_id": 1, "tag_change_time": "2026-03-10 09:20:00", "tag_type": "manual"}
    second = {"tag_name": "rule", "tag_id": 2, "tag_change_time": "2026-03-10 09:20:01", "tag_type": "auto"}
    assert tags(engine) == [
        {**unknown, **first, "tag_user_id": 3, "tag_user_login": name},
        {**unknown, **second, "tag_employee_id": 2**40, "tag_employee_full_name": name},
    ]


def test_a_small_write_is_one_file(engine: Engine) -> None:
    insert(engine, 7, 7)
    call = find(engine, 1, communication=7)
    assert call is not None
    set_tag(engine, 1, call, Tag(id=1, name="one", type="manual", change_time=T0))
    query = "SELECT DISTINCT part_storage_type AS type FROM system.parts WHERE active AND table = 'call_sessions'"
    assert engine.rows(Statement(query)) == [{"type": "Packed"}]
