"""The methods of the Data API with their parameters, weights and who may call them; holds no code that answers them."""

from __future__ import annotations

from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Report
from ringledger.catalogue.legs_report import LEGS_REPORT


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a method; `type` is one of the protocol's type names."""

    name: str
    type: str
    meaning: str
    required: bool = False


class Method(msgspec.Struct, frozen=True):
    """A method; `weight` is what a successful call costs in points, `report` what a get method of a report answers.

    A method that needs no access token is open to everyone.
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    weight: int = 1
    report: Report | None = None
    needs_token: bool = True


ACCESS_TOKEN: Final = Parameter(
    "access_token", "string", "Access token of the session or a permanent one", required=True
)
USER_ID: Final = Parameter("user_id", "number", "The customer's user in whose name a partner asks")

_GET_PARAMETERS: Final = (
    ACCESS_TOKEN,
    USER_ID,
    Parameter("limit", "number", "How many rows to return, 1 to 10000; 1000 if absent"),
    Parameter("offset", "number", "How many rows to skip, 0 to 100000; 0 if absent"),
    Parameter("filter", "object", "A simple filter or a tree of filters"),
    Parameter("fields", "array", "Names of the fields to return, in this order; the default fields if absent"),
    Parameter("sort", "array", "Fields to sort by, with their orders; start_time if absent"),
    Parameter("date_from", "iso8601", "First moment of the period, in the account's time zone", required=True),
    Parameter("date_till", "iso8601", "Last moment of the period, in the account's time zone", required=True),
)

METHODS: Final[dict[str, Method]] = {
    method.name: method
    for method in (
        Method(
            name=CALLS_REPORT.method,
            summary=CALLS_REPORT.title,
            parameters=(
                *_GET_PARAMETERS,
                Parameter("include_ongoing_calls", "boolean", "Whether sessions still under way are returned too"),
            ),
            report=CALLS_REPORT,
        ),
        Method(
            name=LEGS_REPORT.method,
            summary=LEGS_REPORT.title,
            parameters=tuple(parameter for parameter in _GET_PARAMETERS if parameter.name != "fields"),
            report=LEGS_REPORT,
        ),
        Method(
            name="rpc.discover",
            summary="The OpenRPC description of this API",
            parameters=(),
            weight=0,
            needs_token=False,
        ),
    )
}
"""Every method by its name."""
