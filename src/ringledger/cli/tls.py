"""TLS by settings: the certificate of the public port, and whom to believe on ports of switches."""

from __future__ import annotations

import ssl

from ringledger.cli.settings import Settings
from ringledger.cli.sources import AmiSource
from ringledger.faults import OperatorFault


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """The certificate of the public port, or None. Raises OperatorFault for files that are none."""
    if not settings.tls_certificate:
        if settings.tls_key:
            raise OperatorFault("tls_key is set without tls_certificate; set both")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key or None, _refuse_passphrase)
    except (OSError, ssl.SSLError) as error:
        names = " and ".join(filter(None, (settings.tls_certificate, settings.tls_key)))
        raise OperatorFault(f"{names} cannot be used for TLS: {error.strerror or error}") from None
    return context


def ami_tls_context(source: AmiSource) -> ssl.SSLContext | None:
    """What a switch's certificate is checked by, or None without TLS. Raises OperatorFault for a file that is none."""
    if not source.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=source.tls_ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or error
        where = f"{source.tls_ca_file} of the switch at {source.host}:{source.port}"
        raise OperatorFault(f"tls_ca_file {where} cannot be used: {reason}") from None
    if not source.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refuse_passphrase() -> str:
    raise OperatorFault("the key of the TLS certificate has a passphrase; take one without")
