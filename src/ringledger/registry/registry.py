"""The registry as one object over one database; holds nothing but its parts."""

from __future__ import annotations

from sqlalchemy import Engine

from ringledger.registry.accounts import Accounts
from ringledger.registry.customers import Customers
from ringledger.registry.database import connect
from ringledger.registry.directories import Directories
from ringledger.registry.keys import Keys
from ringledger.registry.recording_rules import RecordingRules
from ringledger.registry.tokens import Tokens
from ringledger.registry.users import Users


class Registry:
    """Accounts, users, tokens and directories of one database; may be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.accounts = Accounts(engine)
        self.customers = Customers(engine)
        self.users = Users(engine, self.accounts)
        self.tokens = Tokens(engine, self.accounts)
        self.directories = Directories(engine, self.accounts)
        self.recording_rules = RecordingRules(engine, self.accounts)
        self.keys = Keys(engine)

    @classmethod
    def open(cls, url: str) -> Registry:
        """The registry at an SQLAlchemy URL, its schema brought up to date. Raises OperatorFault."""
        return cls(connect(url))

    def close(self) -> None:
        """Writes down what is still remembered and lets the database go."""
        self.tokens.close()
        self._engine.dispose()
