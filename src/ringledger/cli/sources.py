"""The switches that a server follows, as the settings file names them; connects to none."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringledger.faults import OperatorFault

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\r\n]*\Z")]


class AmiSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `[[asterisk_ami]]` table: a manager interface, whose calls they are, and the CEL file that fills its gaps.

    With `tls` the switch shows a certificate for `host` from an authority of `tls_ca_file`, without one from one that
    the machine knows; without `tls_verify` it may show any.
    """

    account: _Text
    user: _Text
    secret: _Text
    host: _Text = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 5038
    cel_file: _Text | None = None
    tls: bool = False
    tls_ca_file: _Text | None = None
    tls_verify: bool = True

    def __post_init__(self) -> None:
        """Refuses settings of TLS that would do nothing."""
        if not self.tls and (self.tls_ca_file is not None or not self.tls_verify):
            raise ValueError("`tls_ca_file` and `tls_verify` need `tls = true`")
        if self.tls_ca_file is not None and not self.tls_verify:
            raise ValueError("`tls_ca_file` is of no use with `tls_verify = false`")

    def __repr__(self) -> str:
        """The source without its secret."""
        return f"AmiSource({self.user}@{self.host}:{self.port})"


def ami_sources(tables: object, where: str) -> tuple[AmiSource, ...]:
    """The sources of a settings file named `where`. Raises OperatorFault that names what is wrong, never its value."""
    try:
        return msgspec.convert(tables, type=tuple[AmiSource, ...])
    except msgspec.ValidationError as error:
        told = str(error).replace("`$[", "`asterisk_ami[")
        raise OperatorFault(f"asterisk_ami does not fit ({where}): {told}") from None


def without_secret(source: AmiSource) -> dict[str, object]:
    """The source as `ringledger settings` shows it."""
    return msgspec.structs.asdict(source) | {"secret": "***"}
