"""The machine-readable description of the API (OpenRPC 1.3), made from the catalogue; describes nothing by hand."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import ringledger
from ringledger.catalogue.fields import Field, Kind, Report
from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.operators import TAKEN_BY
from ringledger.catalogue.parameters import Parameter
from ringledger.rpc.errors import mnemonics

_MOMENT: Final = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"}

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "number": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "array": {"type": "array"},
    "object": {"type": "object"},
    "enum": {"type": "string"},
    "iso8601": _MOMENT,
}

_BOUNDS: Final = {
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
}


@cache
def document() -> dict[str, Any]:
    """The OpenRPC document of every method."""
    return {
        "openrpc": "1.3.2",
        "info": {"title": "Ringledger Data API", "version": ringledger.__version__, "license": {"name": "Apache-2.0"}},
        "methods": [_method(method) for method in METHODS.values()],
        "components": {"errors": {name: _error(name) for name in mnemonics()}},
    }


def _error(name: str) -> dict[str, Any]:
    code, message = mnemonics()[name]
    return {"code": code, "message": message, "data": {"mnemonic": name}}


def _method(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "summary": method.summary,
        "paramStructure": "by-name",
        "params": [_parameter(parameter, method.report) for parameter in method.parameters],
        "result": {"name": "result", "schema": _result(method.report) if method.report else {"type": "object"}},
        "errors": [{"$ref": f"#/components/errors/{name}"} for name in mnemonics()],
        "x-weight": method.weight,
        "x-administrators": method.for_administrators,
    }


def _parameter(parameter: Parameter, report: Report | None) -> dict[str, Any]:
    schema = _schema(parameter)
    if report is not None:
        schema.update(_of_report(parameter.name, report))
    return {
        "name": parameter.name,
        "description": parameter.meaning,
        "required": parameter.required,
        "schema": schema,
    }


def _schema(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES[parameter.type])
    if parameter.type == "number" and parameter.whole:
        schema["type"] = "integer"
    bounds = zip(_BOUNDS.get(parameter.type, ()), (parameter.least, parameter.most), strict=False)
    schema |= {name: bound for name, bound in bounds if bound is not None}
    if parameter.type == "array":
        if parameter.members:
            schema["items"] = _object(parameter.members)
        elif parameter.items:
            schema["items"] = _TYPES[parameter.items] | ({"enum": list(parameter.values)} if parameter.values else {})
        return schema
    if parameter.values:
        schema["enum"] = list(parameter.values)
    return schema | (_object(parameter.members) if parameter.members else {})


def _object(members: tuple[Parameter, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {member.name: {**_schema(member), "description": member.meaning} for member in members},
        "required": [member.name for member in members if member.required],
        "additionalProperties": False,
    }


def _of_report(name: str, report: Report) -> dict[str, Any]:
    match name:
        case "fields":
            return {"items": {"enum": [field.name for field in report.fields]}, "uniqueItems": True}
        case "sort":
            return {"items": _sort_item(report)}
        case "filter":
            return {"x-fields": {field.name: _field(field) for field in report.filters}}
        case "limit":
            return {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000}
        case "offset":
            return {"type": "integer", "minimum": 0, "maximum": 100_000, "default": 0}
        case _:
            return {}


def _sort_item(report: Report) -> dict[str, Any]:
    names = [field.name for field in report.fields if field.sortable]
    properties = {"field": {"enum": names}, "order": {"enum": ["asc", "desc"]}}
    return {"type": "object", "properties": properties, "required": ["field"], "additionalProperties": False}


def _result(report: Report) -> dict[str, Any]:
    row = {"type": "object", "properties": {field.name: _field(field) for field in report.fields}}
    metadata = {"type": "object", "properties": {"total_items": {"type": "integer"}}}
    properties = {"metadata": metadata, "data": {"type": "array", "items": row}}
    return {"type": "object", "properties": properties, "required": ["metadata", "data"]}


def _field(field: Field) -> dict[str, Any]:
    return {
        **_value(field),
        "description": field.meaning,
        "x-type": field.kind.protocol_name,
        "x-filter": [str(operator) for operator, kinds in TAKEN_BY.items() if field.kind in kinds]
        if field.filterable
        else [],
        "x-sort": field.sortable,
        "x-default": field.default,
    }


def _value(field: Field) -> dict[str, Any]:
    if field.kind is Kind.ARRAY:
        items: dict[str, Any] = {"type": "string"}
        if field.members:
            items = {"type": "object", "properties": {member.name: _field(member) for member in field.members}}
        elif field.values:
            items["enum"] = list(field.values)
        return {"type": "array", "items": items}
    if field.kind is Kind.OBJECT:
        return {"type": "object", "properties": {member.name: _field(member) for member in field.members}}
    if field.kind is Kind.ENUM:
        return {"enum": list(field.values) if field.required else [*field.values, None]}
    schema = dict(_TYPES[field.kind.protocol_name])
    if field.kind is Kind.NUMBER:
        schema["type"] = "integer"
    if not field.required:
        schema["type"] = [schema["type"], "null"]
    return schema
