"""The fields of get.api_requests, a line each: what the request log keeps of a request."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.lines import count, decimal, key, moment, number, record, term, text


def _pair() -> tuple[Field, Field]:
    return term("value", "", "In words"), term("value_id", "", "As a code")


API_REQUESTS: Final = Report(
    method="get.api_requests",
    table="api_requests",
    title="The requests of a period that were made by the account or about it",
    fields=(
        key("api_request_id", "FSD", "Id of the request; grows with time"),
        term("token_name", "FSD", "Name of the access token"),
        term("api_request_ip", "FSD", "Address that the request came from"),
        term("employee_login", "FSD", "Login of the user whose token it was"),
        number("call_session_id", "FSD", "The one call session that the request named, changed or played"),
        text("api_request_body", "FSD", "Parameters as JSON without secrets, the first 16384 characters"),
        term("api_request_method", "FSD", "Method"),
        text("api_request_raw_id", "FSD", "Id that the client gave the request, as JSON"),
        record("api_request_status", "FSD", "Whether it succeeded: success or error", *_pair()),
        term("api_request_version", "FSD", "Version of the API"),
        record("api_request_is_agent", "FSD", "Whether a partner asked for its customer: true or false", *_pair()),
        record("api_request_component", "FSD", "What was asked: data_api, export, ongoing or media", *_pair()),
        term("api_request_error_code", "FSD", "Code of the error"),
        text("api_request_raw_ext_id", "FSD", "X-Request-Id of the request, or the one it was given"),
        count("api_request_method_weight", "FSD", "Points that it cost; 0 where it failed"),
        term("api_request_error_mnemonic", "FSD", "Mnemonic of the error"),
        decimal("api_request_execution_time", "FSD", "Milliseconds that it took"),
        moment("api_request_start_date_time", "FSD", "When it came", required=True),
        count("api_request_rows", "FS", "How many rows matched"),
    ),
    moment="api_request_start_date_time",
    key="api_request_id",
    versioned=False,
)
