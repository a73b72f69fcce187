"""The views of calls that people save, and the methods about them; holds no code that answers them."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.fields import Report
from ringledger.catalogue.lines import flag, number, text
from ringledger.catalogue.method import Method, report_method
from ringledger.catalogue.parameter_lines import integer, string, truth
from ringledger.catalogue.parameters import ACCESS_TOKEN

LONGEST_VIEW_NAME: Final = 80
LONGEST_QUERY: Final = 8000

SAVED_VIEWS: Final = Report(
    method="get.saved_views",
    title="The views that the caller saved, and those that others of the account share",
    fields=(
        number("id", "F", "Id of the view", required=True),
        text("name", "FS", "Name of the view"),
        text("query", "", "What the page's address holds after the question mark"),
        flag("is_shared", "FS", "Whether others of the account see it"),
        flag("is_own", "FS", "Whether the caller saved it"),
        text("user_name", "FS", "Name of the user who saved it; null for the account itself"),
    ),
)

_NAME: Final = "Name of the view, of which its owner has one"
_QUERY: Final = "What the page's address holds after the question mark"
_SHARED: Final = "Whether others of the account see it"

SAVED_VIEW_METHODS: Final = (
    report_method(SAVED_VIEWS, of_customers=False, for_confined=True),
    Method(
        name="create.saved_views",
        summary="Saves a view for the caller",
        parameters=(
            ACCESS_TOKEN,
            string("name", _NAME, required=True, least=1, most=LONGEST_VIEW_NAME),
            string("query", _QUERY, required=True, most=LONGEST_QUERY),
            truth("is_shared", _SHARED),
        ),
        for_confined=True,
        is_personal=True,
    ),
    Method(
        name="update.saved_views",
        summary="Changes a view that the caller saved",
        parameters=(
            ACCESS_TOKEN,
            integer("id", "Id of the view", required=True),
            string("name", _NAME, least=1, most=LONGEST_VIEW_NAME),
            string("query", _QUERY, most=LONGEST_QUERY),
            truth("is_shared", _SHARED),
        ),
        for_confined=True,
        is_personal=True,
    ),
    Method(
        name="delete.saved_views",
        summary="Takes away a view that the caller saved",
        parameters=(ACCESS_TOKEN, integer("id", "Id of the view", required=True)),
        for_confined=True,
        is_personal=True,
    ),
)
"""The methods about what the page shows under a name."""
