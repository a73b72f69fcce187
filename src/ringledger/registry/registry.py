"""The registry as one object over one database; holds nothing but its parts."""

from __future__ import annotations

from sqlalchemy import Engine

from ringledger.registry.account_users import AccountUsers
from ringledger.registry.accounts import Accounts
from ringledger.registry.changed_names import ChangedNames, changed_names
from ringledger.registry.connections import Connections
from ringledger.registry.contacts import Contacts
from ringledger.registry.counters import Counters
from ringledger.registry.customers import Customers
from ringledger.registry.database import connect
from ringledger.registry.directories import Directories
from ringledger.registry.entries import Entries
from ringledger.registry.followed_files import FollowedFiles
from ringledger.registry.hot import HotConnection
from ringledger.registry.keys import Keys
from ringledger.registry.leases import Leases
from ringledger.registry.listings import Listings
from ringledger.registry.names import Names
from ringledger.registry.recording_rules import RecordingRules
from ringledger.registry.saved_views import SavedViews
from ringledger.registry.tariff_plans import TariffPlans
from ringledger.registry.tokens import Tokens
from ringledger.registry.turns import Turns
from ringledger.registry.users import Users
from ringledger.registry.waiting_recordings import WaitingRecordings


class Registry:
    """Accounts, users, tokens and directories of one database; may be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hot = HotConnection(engine)
        self.counters = Counters(self._hot)
        self.accounts = Accounts(engine)
        self.users = Users(engine, self._hot, self.accounts)
        self.account_users = AccountUsers(engine, self.users)
        self.customers = Customers(engine, self.users)
        self.tariff_plans = TariffPlans(engine, self.accounts)
        self.tokens = Tokens(engine, self._hot, self.accounts)
        self.directories = Directories(engine, self.accounts)
        self.names = Names(engine)
        self.entries = Entries(engine)
        self.listings = Listings(engine, self.entries)
        self.contacts = Contacts(engine)
        self.turns = Turns(engine)
        self.leases = Leases(engine)
        self.waiting_recordings = WaitingRecordings(engine)
        self.recording_rules = RecordingRules(engine, self.accounts)
        self.keys = Keys(engine)
        self.followed_files = FollowedFiles(engine)
        self.connections = Connections(engine)
        self.saved_views = SavedViews(engine)

    @classmethod
    def open(cls, url: str) -> Registry:
        """The registry at an SQLAlchemy URL, its schema brought up to date. Raises OperatorFault."""
        return cls(connect(url))

    def changed_names(self, account: int) -> ChangedNames:
        """What the account's stored calls may know by an older name."""
        key = ("changed names", account)
        return self._hot.remembered(key, lambda connection: changed_names(connection, account)) or {}

    def tidy(self, now: int) -> None:
        """Writes down when tokens were last used and forgets counters of the past; to be called now and then."""
        self.tokens.flush()
        self.counters.forget(now)

    def close(self) -> None:
        """Writes down what is still remembered and lets the database go."""
        self.tokens.flush()
        self._hot.close()
        self.turns.close()
        self._engine.dispose()
