"""Certificates made for a test, by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(folder: Path, address: str = "127.0.0.1") -> tuple[Path, Path]:
    """Files with a certificate for an address, signed by itself, and its key."""
    certificate, key = folder / f"{address}.certificate.pem", folder / f"{address}.key.pem"
    names = ("-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *names, "-out", certificate, "-keyout", key], check=True, capture_output=True
    )
    return certificate, key
