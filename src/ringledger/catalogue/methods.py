"""The methods of the Data API with their parameters, weights and who may call them; holds no code that answers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from ringledger.catalogue.accounts import ACCOUNT, CUSTOMER_USERS, CUSTOMERS
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.calls_summary import CALLS_SUMMARY
from ringledger.catalogue.fields import Report
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.parameters import ACCESS, ACCESS_TOKEN, PAGING, PERIOD, USER_ID, Parameter
from ringledger.catalogue.uploaded_calls import CALLS, UPLOADED_CALLS

CHANGING: Final = frozenset({"create", "update", "delete", "set", "unset", "upload"})
"""The verbs of methods that change what an account has."""


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A method; `weight` is what a successful call costs in points, `report` what a get method answers.

    `parameters` are all that it takes, in the order in which they are checked. A method that needs no access token is
    open to everyone. One `for_partners` works on the customers of the caller's own account; one `for_administrators`
    is refused to readers although it changes nothing; one `for_confined` users too shows them only what they may see,
    the others are refused to them.
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    weight: int = 1
    report: Report | None = None
    needs_token: bool = True
    for_partners: bool = False
    for_administrators: bool = False
    for_confined: bool = False

    @property
    def changes(self) -> bool:
        """Whether it changes what an account has."""
        return self.name.partition(".")[0] in CHANGING

    @property
    def of_customers(self) -> bool:
        """Whether it works on an account's own data, which a partner's request names with user_id."""
        return USER_ID in self.parameters


def report_method(
    report: Report,
    *own: Parameter,
    of_customers: bool = True,
    for_partners: bool = False,
    for_administrators: bool = False,
    for_confined: bool = False,
    takes_fields: bool = True,
) -> Method:
    """The get method of a report, with parameters of its own after those that every get method has."""
    access = ACCESS if of_customers else (ACCESS_TOKEN,)
    paging = (parameter for parameter in PAGING if takes_fields or parameter.name != "fields")
    return Method(
        name=report.method,
        summary=report.title,
        parameters=(*access, *paging, *(PERIOD if report.moment else ()), *own),
        report=report,
        for_partners=for_partners,
        for_administrators=for_administrators,
        for_confined=for_confined,
    )


_SESSIONS: Final = (
    Method(
        name="login.user",
        summary="Begins a session of one hour",
        parameters=(
            Parameter(name="login", type="string", meaning="The user's login", required=True),
            Parameter(name="password", type="string", meaning="The user's password", required=True),
        ),
        needs_token=False,
    ),
    Method(name="logout.user", summary="Ends the session of the token", parameters=(ACCESS_TOKEN,), for_confined=True),
)

_ACCOUNTS: Final = (
    Method(name=ACCOUNT.method, summary=ACCOUNT.title, parameters=(ACCESS_TOKEN,), report=ACCOUNT, for_confined=True),
    report_method(CUSTOMERS, of_customers=False, for_partners=True),
    report_method(CUSTOMER_USERS, of_customers=False, for_partners=True),
)

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
        takes_fields=False,
        for_confined=True,
    ),
    report_method(LEGS_REPORT, takes_fields=False, for_confined=True),
)

_UPLOADS: Final = (
    Method(name="upload.calls", summary="Takes calls of another system", parameters=(*ACCESS, CALLS), weight=5),
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


METHODS: Final = _named((*_SESSIONS, *_ACCOUNTS, *_CALLS, *_UPLOADS, *_DISCOVERY))
"""Every method by its name."""
