"""The methods of the Data API with their parameters, weights and who may call them; holds no code that answers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringledger.catalogue.account_methods import ACCOUNT_METHODS
from ringledger.catalogue.administration_methods import ADMINISTRATION_METHODS
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.calls_summary import CALLS_SUMMARY, MOST_GROUPINGS
from ringledger.catalogue.directory_methods import DIRECTORY_METHODS
from ringledger.catalogue.leg_times import LEG_TIMES
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.method import Method, report_method
from ringledger.catalogue.parameter_lines import entries, integer, strings
from ringledger.catalogue.parameters import ACCESS, Parameter
from ringledger.catalogue.saved_views import SAVED_VIEW_METHODS
from ringledger.catalogue.uploaded_calls import CALLS, UPLOADED_CALLS

_ONGOING: Final = Parameter(
    name="include_ongoing_calls", type="boolean", meaning="Whether sessions still under way are returned too"
)

_CALLS: Final = (
    report_method(CALLS_REPORT, _ONGOING, for_confined=True),
    report_method(
        CALLS_SUMMARY.rows,
        _ONGOING,
        Parameter(
            name="dimensions",
            type="array",
            meaning="What to group by, at most four; one group of all rows if absent",
            items="string",
            values=tuple(dimension.shown.name for dimension in CALLS_SUMMARY.dimensions),
        ),
        Parameter(
            name="measures",
            type="array",
            meaning="What to work out for each group; calls_count, lost_count and answered_count if absent",
            items="string",
            values=tuple(measure.shown.name for measure in CALLS_SUMMARY.measures),
        ),
        entries(
            "groupings",
            "Several summaries of the same sessions at once, each with its own dimensions, measures, sort, limit and "
            "offset; then a row of the reply is what one of them answers: its total_items and its data",
            strings("dimensions", "As above"),
            strings("measures", "As above"),
            Parameter(name="sort", type="array", meaning="As above"),
            integer("limit", "How many groups to return; 1000 if absent", least=1, most=10_000),
            integer("offset", "How many groups to skip; 0 if absent", most=100_000),
            least=1,
            most=MOST_GROUPINGS,
        ),
        takes_fields=False,
        for_confined=True,
    ),
    report_method(LEGS_REPORT, takes_fields=False, for_confined=True),
    report_method(LEG_TIMES, for_confined=True),
)

_UPLOADS: Final = (
    Method(
        name="upload.calls",
        summary="Takes calls of another system",
        parameters=(*ACCESS, CALLS),
        weight=5,
        for_masked=False,
    ),
    report_method(UPLOADED_CALLS, for_confined=True),
)

_DISCOVERY: Final = (
    Method(
        name="rpc.discover",
        summary="The OpenRPC description of this API",
        parameters=(),
        weight=0,
        needs_token=False,
    ),
)


def _named(methods: Iterable[Method]) -> dict[str, Method]:
    return {method.name: method for method in methods}


METHODS: Final = _named(
    (
        *ACCOUNT_METHODS,
        *ADMINISTRATION_METHODS,
        *_CALLS,
        *_UPLOADS,
        *SAVED_VIEW_METHODS,
        *DIRECTORY_METHODS,
        *_DISCOVERY,
    )
)
"""Every method by its name."""
