"""The keys with which the server signs, all made of one secret that the registry keeps; signs nothing itself."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cached_property

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from ringledger.registry.tables import SECRETS

_NAME = "signing"


class Keys:
    """The signing keys of a registry, one an account and purpose; the same on every node that shares it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, purpose: str, account: int) -> bytes:
        """The key of 256 bits for one purpose of one account."""
        return hmac.digest(self._secret, f"{purpose}:{account}".encode(), hashlib.sha256)

    @cached_property
    def _secret(self) -> bytes:
        found = self._find()
        if found is None:
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(SECRETS).values(name=_NAME, value=secrets.token_hex(32)))
            except IntegrityError:
                pass  # another node was faster
            found = self._find()
        if found is None:
            raise LookupError("the registry keeps no secret")
        return bytes.fromhex(found)

    def _find(self) -> str | None:
        with self._engine.connect() as connection:
            found: str | None = connection.execute(select(SECRETS.c.value).where(SECRETS.c.name == _NAME)).scalar()
        return found
