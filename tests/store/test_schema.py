"""One session out of many is found without reading the others, in stores of earlier versions too."""

from __future__ import annotations

import re
import time

import pytest
from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.operators import Operator
from ringledger.registry.rights import WHOLE
from ringledger.reporting import select
from ringledger.reporting.query import Condition, Junction, ReportQuery
from ringledger.store import tags
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import MIGRATIONS, migrate
from ringledger.store.tags import Tag, find, set_tag

T0 = 1_773_134_400
ROWS, SOUGHT = 40_000, 25_000
FEW = 4
COMMUNICATION, EXT_ID = 10 * SOUGHT + 7, f"deal-{SOUGHT}"
FIELDS = {field.name: field for field in CALLS_REPORT.fields}
BY_EXT_ID = Statement(tags._BY_EXT_ID, {"account": 1, "id": EXT_ID})
BY_COMMUNICATION = Statement(tags._BY_COMMUNICATION, {"account": 1, "id": COMMUNICATION})


def played() -> Statement:
    """What is asked when a recording is played: of a communication, or of a session that has none and that id."""
    of, own = (Condition(FIELDS[name], Operator.EQUAL, COMMUNICATION) for name in ("communication_id", "id"))
    without = Junction("and", (structs.replace(of, value=None), own))
    query = ReportQuery(
        report=CALLS_REPORT, account=1, view=WHOLE, timezone="UTC", fields=(FIELDS["id"],), begin=86_400,
        end=2**32 - 1, limit=10, offset=0, filter=Junction("or", (of, without)), ongoing=True,
    )  # fmt: skip
    return select.page(query)


def fill(engine: Engine) -> None:
    """Sessions whose communications have other ids than they, and that another system knows by ids of its own."""
    engine.run(
        Statement(
            "INSERT INTO call_sessions (account, id, communication_id, ext_id, start_time, finish_time, version) "
            "SELECT 1, 10 * number, 10 * number + 7, concat('deal-', toString(number)), "
            "toDateTime({start:UInt32} + number, 'UTC') AS start, start, 1 FROM numbers({rows:UInt32})",
            {"start": T0, "rows": ROWS},
        )
    )


def granules(engine: Engine, statement: Statement) -> int:
    """How many granules of the table the engine would read, of twenty."""
    plan = engine.read(Statement(f"EXPLAIN indexes = 1 {statement.sql}", statement.values), "TSVRaw").decode()
    return int(re.findall(r"Granules: (\d+)", plan)[-1])


@pytest.mark.parametrize("sought", [BY_EXT_ID, BY_COMMUNICATION, played()], ids=["ext_id", "communication", "played"])
def test_a_session_is_looked_for_in_the_few_rows_where_it_may_be(engine: Engine, sought: Statement) -> None:
    fill(engine)
    assert 1 <= granules(engine, sought) <= FEW


def test_a_store_of_an_earlier_version_gets_the_indexes_for_the_rows_that_are_there(engine: Engine) -> None:
    for index in ("communication_range", "ext_ids"):
        engine.run(Statement(f"ALTER TABLE call_sessions DROP INDEX {index}"))
    engine.run(Statement("TRUNCATE TABLE schema_versions"))
    engine.run(Statement("INSERT INTO schema_versions (version) SELECT 11"))
    fill(engine)
    call = find(engine, 1, ext_id=EXT_ID)
    assert call is not None
    set_tag(engine, 1, call, Tag(id=1, name="hot", type="manual", change_time=T0))
    assert granules(engine, BY_EXT_ID) > 15
    migrate(engine)
    deadline = time.monotonic() + 30
    while max(granules(engine, one) for one in (BY_EXT_ID, BY_COMMUNICATION, played())) > FEW:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    found = find(engine, 1, communication=COMMUNICATION)
    assert found is not None
    assert [tag.name for tag in found.tags] == ["hot"]
    assert engine.rows(Statement("SELECT max(version) AS version FROM schema_versions"))[0]["version"] == len(
        MIGRATIONS
    )
