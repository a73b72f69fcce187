"""The tables of the registry; their history is in migrations/, and a test keeps the two the same."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)
from sqlalchemy.schema import SchemaItem

LONGEST_NAME: Final = 300
"""Characters of a name."""

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("timezone", String(64), nullable=False),
    Column("is_partner", Boolean, nullable=False),
    Column("parent_id", ForeignKey("accounts.id")),
    Column("whitelist", JSON, nullable=False),
    Column("day_limit", Integer),
    Column("minute_limit", Integer),
    Column("created", BigInteger),
    Column("status", String(20), nullable=False, server_default="active"),
    Column("status_changed", BigInteger),
    Column("country", String(2)),
)

CUSTOMERS: Final = Table(
    "customers",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("description", String(1000)),
    Column("tariff_plan_id", BigInteger),
    Column("monthly_base_limit", BigInteger),
    Column("monthly_base_notify_limit", BigInteger),
    Column("monthly_base_notify_emails", JSON, nullable=False),
    Column("monthly_calls_limit", BigInteger),
    Column("monthly_calls_notify_limit", BigInteger),
    Column("monthly_calls_notify_emails", JSON, nullable=False),
    Column("daily_calls_limit", BigInteger),
    Column("daily_calls_notify_limit", BigInteger),
    Column("daily_calls_notify_emails", JSON, nullable=False),
)

TARIFF_PLANS: Final = Table(
    "tariff_plans",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("plan_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(200), nullable=False),
)

USERS: Final = Table(
    "users",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("login", String(100), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("description", String(1000)),
    Column("role", String(20), nullable=False, server_default="administrator"),
    Column("employee_ids", JSON),
    Column("virtual_numbers", JSON),
    Column("site_ids", JSON),
    Column("is_masked", Boolean, nullable=False, server_default=false()),
    Column("is_blocked", Boolean, nullable=False, server_default=false()),
    Column("is_deleted", Boolean, nullable=False, server_default=false()),
)

ACCESS_TOKENS: Final = Table(
    "access_tokens",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id")),
    Column("name", String(200)),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("blocked", Boolean, nullable=False),
    Column("last_used", BigInteger),
    Column("is_session", Boolean, nullable=False, server_default=false()),
)

COUNTERS: Final = Table(
    "counters",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("ends", BigInteger, nullable=False, index=True),
    Column("spent", Integer, nullable=False),
)

EMPLOYEES: Final = Table(
    "employees",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("full_name", String(LONGEST_NAME), nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("channels", JSON, nullable=False),
    Column("details", JSON),
    Column("is_deleted", Boolean, nullable=False, server_default=false()),
)

EXTERNALS: Final = Table(
    "externals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("number", String(100)),
    Column("channels", JSON, nullable=False),
)


def _named(table: str, *more: SchemaItem) -> Table:
    """A table of what an account names; `details` are the parameters of its methods that have no column."""
    return Table(
        table,
        METADATA,
        Column("id", Integer, primary_key=True),
        Column("account_id", ForeignKey("accounts.id"), nullable=False),
        Column("name", String(LONGEST_NAME), nullable=False),
        Column("details", JSON),
        Column("is_deleted", Boolean, nullable=False, server_default=false()),
        *more,
    )


def _name_once() -> UniqueConstraint:
    return UniqueConstraint("account_id", "name")


SCENARIOS: Final = _named("scenarios", _name_once())
SITES: Final = _named("sites", _name_once())
CAMPAIGNS: Final = _named("campaigns", _name_once())
TAGS: Final = _named("tags", Column("is_system", Boolean, nullable=False, server_default=false()), _name_once())
GROUP_EMPLOYEES: Final = _named("group_employees", _name_once())
SCHEDULES: Final = _named("schedules", _name_once())
SEGMENTS: Final = _named("segments", _name_once())
MEDIA_FILES: Final = _named("media_files", _name_once())
CONTACT_ORGANIZATIONS: Final = _named("contact_organizations", _name_once())
GROUP_CONTACTS: Final = _named("group_contacts", _name_once())
TAG_RULES: Final = _named("tag_rules", _name_once())
CONTACTS: Final = _named("contacts", Index("ix_contacts_account_id", "account_id"))

CONTACT_NUMBERS: Final = Table(
    "contact_numbers",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("number", String(100), primary_key=True),
    Column("contact_id", ForeignKey("contacts.id"), index=True),
    Column("is_applied", Boolean, nullable=False),
)
"""Whose numbers are whose, E.164; what is not applied has still to be written on the calls with that number."""

CHANGED_NAMES: Final = Table(
    "changed_names",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("kind", String(30), primary_key=True),
    Column("entity_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(LONGEST_NAME)),
)
"""The names of what stored calls may know by another one; null for what was taken away from all calls."""

VIRTUAL_NUMBERS: Final = Table(
    "virtual_numbers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("number", String(100), nullable=False),
    Column("scenario_id", ForeignKey("scenarios.id")),
    Column("site_id", ForeignKey("sites.id")),
    Column("campaign_id", ForeignKey("campaigns.id")),
    UniqueConstraint("account_id", "number"),
)

RECORDING_RULES: Final = Table(
    "recording_rules",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("days", Integer, nullable=False),
)

SECRETS: Final = Table(
    "secrets",
    METADATA,
    Column("name", String(50), primary_key=True),
    Column("value", String(200), nullable=False),
)

FOLLOWED_FILES: Final = Table(
    "followed_files",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("path", String(1000), primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("head_length", Integer, nullable=False),
    Column("head_digest", String(32), nullable=False),
)

INTAKE_CONNECTIONS: Final = Table(
    "intake_connections",
    METADATA,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("source", String(50), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("is_connected", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("error", String(500)),
)

LEASES: Final = Table(
    "leases",
    METADATA,
    Column("name", String(50), primary_key=True),
    Column("holder", String(50), nullable=False),
    Column("expires", BigInteger, nullable=False),
)

WAITING_RECORDINGS: Final = Table(
    "waiting_recordings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("source", String(50), nullable=False),
    Column("call_key", String(200), nullable=False),
    Column("mp3", String(100), nullable=False),
    Column("wav", String(100), nullable=False),
    Column("is_voice_mail", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False),
)

SAVED_VIEWS: Final = Table(
    "saved_views",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("user_id", ForeignKey("users.id")),
    Column("name", String(80), nullable=False),
    Column("query", String(8000), nullable=False),
    Column("is_shared", Boolean, nullable=False),
    UniqueConstraint("account_id", "user_id", "name"),
)
"""Those without a user are the account's own."""
