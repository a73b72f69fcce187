"""What a method of the Data API is; holds no method."""

from __future__ import annotations

from typing import Final

import msgspec

from ringledger.catalogue.fields import Report
from ringledger.catalogue.parameters import ACCESS, ACCESS_TOKEN, PAGING, PERIOD, USER_ID, Parameter

CHANGING: Final = frozenset({"create", "update", "delete", "set", "unset", "upload"})
"""The verbs of methods that change what an account has."""


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A method; `weight` is what a successful call costs in points, `report` what a get method answers.

    `parameters` are all that it takes, in the order in which they are checked. A method that needs no access token is
    open to everyone. One `for_partners` works on the customers of the caller's own account; one `for_administrators`
    is refused to readers although it changes nothing; one `for_confined` users too shows them only what they may see,
    the others are refused to them. One that is not `for_masked` users tells whole numbers of contacts, or whether a
    number is right. What changes something is refused to readers, unless it `is_personal`: it changes what the caller
    alone has.
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
    for_masked: bool = True
    is_personal: bool = False

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
    for_masked: bool = True,
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
        for_masked=for_masked,
    )
