"""What a parameter of a method is, and the parameters that many methods share; holds no method and checks nothing."""

from __future__ import annotations

from typing import Final

import msgspec


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of a method, or a member of one; `type` is one of the protocol's type names.

    `values` are those of an enum, or of the items of an array of enums. `members` are those of an object, or of an
    array's objects. `items` is the type of an array's plain items. `least` and `most` bound a number, the length of a
    string or of an array; `whole` is a number without a fraction.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()
    members: tuple[Parameter, ...] = ()
    items: str = ""
    least: int | None = None
    most: int | None = None
    whole: bool = True


ACCESS_TOKEN: Final = Parameter(
    name="access_token", type="string", meaning="Access token of the session or a permanent one", required=True
)
USER_ID: Final = Parameter(name="user_id", type="number", meaning="The customer's user in whose name a partner asks")

ACCESS: Final = (ACCESS_TOKEN, USER_ID)
"""What a method of a customer's data takes before everything else."""

PAGING: Final = (
    Parameter(name="limit", type="number", meaning="How many rows to return, 1 to 10000; 1000 if absent"),
    Parameter(name="offset", type="number", meaning="How many rows to skip, 0 to 100000; 0 if absent"),
    Parameter(name="filter", type="object", meaning="A simple filter or a tree of filters"),
    Parameter(
        name="fields", type="array", meaning="Names of the fields to return, in this order; the default ones if absent"
    ),
    Parameter(name="sort", type="array", meaning="Fields to sort by, with their orders"),
)
"""What every get method takes."""

PERIOD: Final = (
    Parameter(
        name="date_from",
        type="iso8601",
        meaning="First moment of the period, in the account's time zone",
        required=True,
    ),
    Parameter(
        name="date_till", type="iso8601", meaning="Last moment of the period, in the account's time zone", required=True
    ),
)
"""What a get method of a period takes."""
