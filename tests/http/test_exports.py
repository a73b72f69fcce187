"""Exports as files: what is in them, and how they are refused."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import threading
import zipfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request

from ringledger.http.app import build
from ringledger.http.exports import ExportApi, _File
from ringledger.intake.door import Door
from ringledger.intake.recordings import Recordings
from ringledger.registry.registry import Registry
from ringledger.reporting import workbook
from ringledger.reporting.exports import Format
from ringledger.rpc.exports import Exports, Pieces
from ringledger.rpc.service import Outcome, Service
from ringledger.store.engine import Engine, Statement
from ringledger.store.recordings import open_recordings
from ringledger.store.session_files import Route, import_file

PERIOD = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}
FIELDS = ["id", "start_time", "is_lost", "wait_duration", "campaign_name", "employees", "sale_cost"]
ODD = "=1+1 <b>&\"'\\ \n\t\x01 😀"
ROWS = [
    {
        "id": 1,
        "start_time": "2026-03-29 00:30:00",
        "is_lost": True,
        "wait_duration": 7,
        "campaign_name": ODD,
        "employees": [{"employee_full_name": "Amelia Hart"}, {"employee_full_name": "Oliver Singh"}],
        "sale_cost": 1.5,
    },
    {"id": 2, "start_time": "2026-03-29 01:30:00", "is_lost": False},
]
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(engine: Engine, tmp_path: Path) -> Iterator[Ask]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    account = registry.accounts.create("acme", timezone="Europe/London")
    token = registry.tokens.create("acme")
    path = tmp_path / "calls.ndjson"
    path.write_text("".join(json.dumps(row | {"finish_time": "2026-03-29 02:00:00"}) + "\n" for row in ROWS), "utf-8")
    import_file(engine, path, Route(account.id, None, {}), now=1)
    door = Door(engine, lambda: 0)
    recordings = Recordings(open_recordings(f"file://{tmp_path}/recordings"), engine, door)
    app = build(engine, registry, recordings, door)

    def send(
        kind: str, method: str = "get.calls_report", verb: str = "POST", bearer: str = token, **params: Any
    ) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": PERIOD | {"fields": FIELDS} | params}

        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
                headers = {"authorization": f"Bearer {bearer}"}
                return await client.request(verb, f"/export/{kind}", json=body, headers=headers)

        return asyncio.run(request())

    yield send
    registry.close()


def test_a_csv_file_has_what_the_report_shows_and_no_formula(ask: Ask) -> None:
    reply = ask("csv")
    assert reply.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    first, second = csv.DictReader(io.StringIO(reply.text, newline=""))
    assert (first["start_time"], second["start_time"]) == ("2026-03-29 00:30:00", "2026-03-29 02:30:00")
    assert first["campaign_name"] == "'" + ODD
    assert (first["employees"], second["employees"]) == ("Amelia Hart, Oliver Singh", "")


def test_a_workbook_opens_with_typed_cells(ask: Ask) -> None:
    package = zipfile.ZipFile(io.BytesIO(ask("xlsx").content))
    for name in package.namelist():
        ElementTree.fromstring(package.read(name))  # noqa: S314 - our own file
    space = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    sheet = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    head, first, second = (list(row) for row in sheet.findall(".//s:row", space))
    assert ["".join(cell.itertext()) for cell in head] == FIELDS
    assert ["".join(cell.itertext()) for cell in first] == [
        "1", first[1][0].text, "1", "7", ODD.replace("\x01", ""), "Amelia Hart, Oliver Singh", "1.5",
    ]  # fmt: skip
    assert [cell.get("t") for cell in first] == [None, None, "b", None, "inlineStr", "inlineStr", None]
    assert [len(list(cell)) for cell in second] == [1, 1, 1, 0, 0, 1, 0]
    days = [float("".join(row[1].itertext())) for row in (first, second)]
    assert days == pytest.approx([46110 + 0.5 / 24, 46110 + 2.5 / 24])


def test_a_parquet_file_keeps_types_and_nesting(ask: Ask, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "calls.parquet"
    path.write_bytes(ask("parquet").content)
    first, second = engine.rows(Statement(f"SELECT * FROM file('{path}', 'Parquet')"))
    assert list(first) == FIELDS
    assert [one["employee_full_name"] for one in first["employees"]] == ["Amelia Hart", "Oliver Singh"]
    assert (first["is_lost"], first["campaign_name"], second["wait_duration"]) == (True, ODD, None)


def test_an_export_takes_filter_and_limit_and_is_refused_with_the_apis_errors(ask: Ask) -> None:
    lost = {"field": "is_lost", "operator": "=", "value": True}
    assert ask("csv", filter=lost, fields=["id"]).text == '"id"\n1\n'
    assert ask("csv", limit=1, fields=["id"]).text == '"id"\n1\n'
    assert ask("csv", fields=["nope"]).json()["error"]["data"]["field"] == "fields.0"
    assert ask("csv", "get.account").json()["error"]["data"]["mnemonic"] == "method_not_found"
    assert ask("csv", access_token="nope").json()["error"]["data"]["mnemonic"] == "access_token_invalid"
    assert ask("pdf").status_code == 404


def test_progress_is_told_to_those_with_a_token(ask: Ask) -> None:
    assert ask("progress/abc", verb="GET").json() == {"rows": None}
    refused = ask("progress/abc", verb="GET", bearer="nope").json()
    assert refused["error"]["data"]["mnemonic"] == "access_token_invalid"


@pytest.mark.parametrize("kind", Format)
def test_a_running_export_tells_how_many_rows_it_has_written(engine: Engine, tmp_path: Path, kind: Format) -> None:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    account, token = registry.accounts.create("acme").id, registry.tokens.create("acme")
    engine.run(
        Statement(
            "INSERT INTO call_sessions (account, id, start_time, finish_time, contact_phone_number, version) "
            "SELECT {account:UInt32}, number + 1, 1772323200 + number % 86400, 1772500000, hex(cityHash64(number)), 1 "
            "FROM numbers(600000)",
            {"account": account},
        )
    )
    exports = Exports(Service(engine, registry))
    fields = ["id", "start_time", "contact_phone_number"]
    params = {"access_token": token, **PERIOD, "fields": fields}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": params}).encode()
    outcome, pieces = exports.open(body, "127.0.0.1", "", None, kind, "exportAbc")
    assert pieces is not None, outcome.parts
    next(pieces)
    assert 0 < (exports.progress(token, "exportAbc") or 0) <= 600_000
    pieces.close()
    assert exports.progress(token, "exportAbc") is None
    registry.close()


def test_an_export_is_stopped_when_its_client_leaves_before_the_first_piece() -> None:
    stopped = threading.Event()
    marks: list[str] = []

    class Waiting:
        """An export that would take forever."""

        def open(self, *asked: Any) -> tuple[Outcome, None]:
            marks.append(asked[-1])
            assert stopped.wait(20)
            return Outcome((), mnemonic="internal_error"), None

        def cancel(self, mark: str) -> None:
            marks.append(mark)
            stopped.set()

    messages = iter([{"type": "http.request", "body": b"{}", "more_body": False}, {"type": "http.disconnect"}])

    async def leave() -> None:
        async def receive() -> Any:
            return next(messages)

        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"id=1", "headers": []}
        request = Request(scope | {"path_params": {"format": "csv"}}, receive)
        await ExportApi(cast("Exports", Waiting()), 100).send(request)

    asyncio.run(leave())
    assert len(marks) == 2
    assert marks[0] == marks[1]


def test_the_engine_is_let_go_when_a_client_leaves_halfway() -> None:
    stopped = threading.Event()

    def rows() -> Generator[bytes]:
        try:
            while True:
                yield b"one more\n"
        finally:
            stopped.set()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the connection is gone")

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def leave() -> None:
        scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
        with pytest.raises(ClientDisconnect):
            await _File(Pieces(rows()), {}, "text/csv")(scope, receive, send)

    asyncio.run(leave())
    assert stopped.wait(10)


def test_rows_beyond_a_sheet_go_to_further_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    lines = (f"<row><c><v>{number}</v></c></row>\n".encode() for number in range(8))
    package = zipfile.ZipFile(io.BytesIO(b"".join(workbook.packed(["n"], iter([b"".join(lines)])))))
    sheets = [package.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2, 3)]
    assert [sheet.count("<row>") for sheet in sheets] == [4, 4, 3]
    assert "sheet4.xml" not in str(package.namelist())
