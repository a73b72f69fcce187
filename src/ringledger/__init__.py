"""Ringledger: a self-hosted ledger of telephone call sessions."""

__version__ = "0.1.0"
