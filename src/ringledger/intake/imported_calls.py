"""What follows from the sessions of a file: contacts' names on them, waits and attributes of calls derived before."""

from __future__ import annotations

from ringledger.registry.registry import Registry
from ringledger.store.contact_calls import followings, update_followings
from ringledger.store.contacts import apply_contacts
from ringledger.store.engine import Engine
from ringledger.store.imported_calls import contacts_brought, derived_among, has_derived


def settle(engine: Engine, registry: Registry, account: int, since: int) -> None:
    """Brings up to date what the account's rows that came from files after the version `since` have to do with.

    Safe to repeat. Raises EngineFault.
    """
    knows_contacts, derived = registry.contacts.is_kept(account), has_derived(engine, account)
    if not knows_contacts and not derived:
        return
    sites = registry.entries.site_rules(account)
    for numbers in contacts_brought(engine, account, since):
        with registry.turns.of(account):
            if known := registry.contacts.by_number(account, numbers):
                apply_contacts(engine, account, known)
            if derived and (touched := derived_among(engine, account, numbers)):
                update_followings(engine, account, followings(engine, account, touched, sites))
