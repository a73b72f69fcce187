"""What a team would write by hand: a request of the Data API as one SQL statement, over FastAPI, asyncpg and orjson.

Runs with the peers' own packages and knows nothing of Ringledger; loopback only.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

FIELDS: dict[str, str] = json.loads(os.environ["BENCH_FIELDS"])
DEFAULTS = os.environ["BENCH_DEFAULTS"].split(",")
OPERATORS = {"=": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "like": "LIKE", "regexp": "~"}
ANY_ELEMENT = re.compile(r'#\.(\w+) = (\d+|"[^"]*")')


def column(name: str) -> str:
    """The field's column; qualified, as the bare name would be the shown text and cost the order of the index."""
    if name not in FIELDS:
        raise ValueError(name)
    return f"calls.{name}"


def shown(name: str) -> str:
    text = "::text" if FIELDS[name].startswith("timestamp") else ""
    return f"{column(name)}{text} AS {name}"


def condition(node: dict[str, Any], values: list[object]) -> str:
    if "filters" in node:
        word = " OR " if node.get("condition") == "or" else " AND "
        return "(" + word.join(condition(one, values) for one in node["filters"]) + ")"
    name, operator, value = column(node["field"]), node["operator"], node["value"]
    kind = FIELDS[node["field"]]
    if operator == "jsquery":
        found = ANY_ELEMENT.fullmatch(value)
        assert found, value
        values.append(f'[{{"{found[1]}": {found[2]}}}]')
        return f"{name} @> ${len(values)}::text::jsonb"
    values.append(moment(value) if kind.startswith("timestamp") else value)
    if operator == "in":
        return f"{name} = ANY(${len(values)}::{kind}[])"
    return f"{name} {OPERATORS[operator]} ${len(values)}::{kind}"


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - columns without a zone, in UTC


def order(sort: list[dict[str, str]]) -> str:
    parts = []
    for one in sort:
        direction = "DESC" if one.get("order") == "desc" else "ASC"
        nulls = "" if one["field"] == "start_time" else " NULLS LAST"
        parts.append(f"{column(one['field'])} {direction}{nulls}")
    return ", ".join([*parts, "calls.id"])


@asynccontextmanager
async def lifespan(served: FastAPI) -> AsyncIterator[None]:
    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=str, decoder=orjson.Fragment, format="text"
        )

    settings = {"plan_cache_mode": "force_custom_plan"}
    cluster = {"host": os.environ["BENCH_CLUSTER"], "user": "postgres", "database": "postgres"}
    served.state.pool = await asyncpg.create_pool(
        **cluster, min_size=8, max_size=16, init=prepare, server_settings=settings
    )
    yield
    await served.state.pool.close()


async def report(request: Request) -> Response:
    body = orjson.loads(await request.body())
    params, pool = body["params"], request.app.state.pool
    values = [params["access_token"], moment(params["date_from"]), moment(params["date_till"])]
    where = "account = $1 AND start_time BETWEEN $2 AND $3"
    fields = ", ".join(map(shown, params.get("fields", DEFAULTS)))
    sort = order(params.get("sort", [{"field": "start_time"}]))
    window = f"ORDER BY {sort} LIMIT {int(params.get('limit', 1000))} OFFSET {int(params.get('offset', 0))}"
    if "filter" in params:
        # The rows must be visited anyway: they are counted in the same scan.
        where += " AND " + condition(params["filter"], values)
        rows = await pool.fetch(f"SELECT {fields}, count(*) OVER () AS n FROM calls WHERE {where} {window}", *values)
        total = rows[0]["n"] if rows else 0
        data = [{name: value for name, value in row.items() if name != "n"} for row in rows]
    else:
        rows, total = await asyncio.gather(
            pool.fetch(f"SELECT {fields} FROM calls WHERE {where} {window}", *values),
            pool.fetchval(f"SELECT count(*) FROM calls WHERE {where}", *values),
        )
        data = [dict(row) for row in rows]
    reply = {"jsonrpc": "2.0", "id": body["id"], "result": {"metadata": {"total_items": total}, "data": data}}
    return Response(orjson.dumps(reply), media_type="application/json; charset=UTF-8")


app = FastAPI(lifespan=lifespan)
app.add_api_route("/v2.0", report, methods=["POST"])
