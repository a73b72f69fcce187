"""A workbook (XLSX) that is written as a stream: the engine writes the rows' XML, this module the package around it."""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from ringledger.catalogue.fields import Field, Kind

MOST_ROWS: Final = 1_048_575
"""Rows that a sheet takes beside its heading; what is over goes to further sheets."""

_SPREADSHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_XML: Final = "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]"
_MOMENT_STYLE: Final = 1
_HEADING_STYLE: Final = 2


class Cell(msgspec.Struct, frozen=True):
    """A column: its heading, and the SQL of a cell's XML."""

    name: str
    sql: str


def cell(field: Field, value: str) -> str:
    """The SQL of the XML of the field's cell, whose value the SQL `value` gives."""
    match field.kind:
        case Kind.NUMBER | Kind.DECIMAL:
            return _wrapped("<c><v>", f"toString({value})", "</v></c>")
        case Kind.BOOLEAN:
            return _wrapped('<c t="b"><v>', f"toString(toUInt8({value}))", "</v></c>")
        case Kind.ISO8601:
            local = f"toUnixTimestamp({value}) + timeZoneOffset({value})"
            return _wrapped(f'<c s="{_MOMENT_STYLE}"><v>', f"toString(({local}) / 86400 + 25569)", "</v></c>")
    text = f"encodeXMLComponent(replaceRegexpAll(toString({value}), '{_NOT_XML.replace(chr(92), chr(92) * 2)}', ''))"
    return _wrapped('<c t="inlineStr"><is><t xml:space="preserve">', text, "</t></is></c>")


def _wrapped(before: str, value: str, after: str) -> str:
    return f"ifNull(concat('{before}', {value}, '{after}'), '<c/>')"


def row(cells: Iterable[Cell]) -> str:
    """The SQL of a row's XML, on one line."""
    whole = ", ".join(one.sql for one in cells)
    return f"replaceAll(concat('<row>', {whole}, '</row>'), '\\n', '&#10;')"


class _Sink:
    """Takes what is written and hands it out in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def packed(names: list[str], lines: Iterable[bytes]) -> Generator[bytes]:
    """The workbook's bytes for rows of XML, a line each, that come in pieces of any size."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:  # type: ignore[call-overload]
        sheets = 0
        for blocks in _sheets(_whole_lines(lines)):
            sheets += 1
            with package.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(_sheet_head(names))
                for block in blocks:
                    sheet.write(block)
                    yield sink.taken()
                sheet.write(b"</sheetData></worksheet>")
        for name, text in _parts(sheets):
            package.writestr(name, _HEAD + text)
    yield sink.taken()


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes cut after line ends."""
    rest = b""
    for piece in pieces:
        whole, end, rest = (rest + piece).rpartition(b"\n")
        if end:
            yield whole + end
    if rest:
        yield rest


def _sheets(blocks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """The blocks of each sheet; one sheet at least."""
    left: list[bytes] = []
    ended = False

    def one() -> Iterator[bytes]:
        nonlocal ended
        room = MOST_ROWS
        while True:
            block = left.pop() if left else next(blocks, None)
            if block is None:
                ended = True
                return
            count = block.count(b"\n")
            if count > room:
                cut = _after_lines(block, room)
                left.append(block[cut:])
                block = block[:cut]
            yield block
            room -= block.count(b"\n")
            if not room and left:
                return

    while not ended:
        yield one()


def _after_lines(block: bytes, count: int) -> int:
    at = 0
    for _ in range(count):
        at = block.index(b"\n", at) + 1
    return at


def _sheet_head(names: list[str]) -> bytes:
    cells = "".join(f'<c t="inlineStr" s="{_HEADING_STYLE}"><is><t>{escape(name)}</t></is></c>' for name in names)
    view = '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    return (
        f'{_HEAD}<worksheet xmlns="{_SPREADSHEET}"><sheetViews>{view}</sheetView></sheetViews>'
        f'<cols><col min="1" max="{len(names)}" width="20" customWidth="1"/></cols><sheetData><row>{cells}</row>'
    ).encode()


def _parts(sheets: int) -> Iterator[tuple[str, str]]:
    """The package's other files, with their texts."""
    numbers = range(1, sheets + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{one}.xml" ContentType="{_KIND}.worksheet+xml"/>' for one in numbers
    )
    text = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{overrides}</Types>'
    )
    yield "[Content_Types].xml", text
    text = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    yield "_rels/.rels", text
    listed = "".join(f'<sheet name="Calls {one}" sheetId="{one}" r:id="rId{one}"/>' for one in numbers)
    text = f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'
    yield "xl/workbook.xml", text
    targets = "".join(
        f'<Relationship Id="rId{one}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{one}.xml"/>'
        for one in numbers
    )
    text = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}'
        f'<Relationship Id="rId{sheets + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
    )
    yield "xl/_rels/workbook.xml.rels", text
    yield "xl/styles.xml", _STYLES


_STYLES: Final = (
    f'<styleSheet xmlns="{_SPREADSHEET}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs>'
    "</styleSheet>"
)
