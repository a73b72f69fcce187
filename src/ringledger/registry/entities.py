"""What an account's directory is made of, a definition a kind; holds no code that changes it."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Column, Table

from ringledger.registry.tables import (
    CAMPAIGNS,
    CONTACT_ORGANIZATIONS,
    CONTACTS,
    EMPLOYEES,
    GROUP_CONTACTS,
    GROUP_EMPLOYEES,
    MEDIA_FILES,
    SCENARIOS,
    SCHEDULES,
    SEGMENTS,
    SITES,
    TAG_RULES,
    TAGS,
    VIRTUAL_NUMBERS,
)


class Reference(msgspec.Struct, frozen=True):
    """A parameter that names another entity by its id; `path` is dotted, `*` stands for every item of an array.

    What is named cannot be deleted, unless the entity can do without it: then it forgets it.
    """

    path: str
    kind: str
    forgets: bool = False


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of entry: `kind` is what its methods call it.

    `named_by` are the parameters that make up its name, `is_unique` says that no other of the account's may have the
    same. An account has `most` at the most. `shows_in_calls` marks kinds whose names stand in stored calls.
    """

    kind: str
    table: Table
    named_by: tuple[str, ...] = ("name",)
    is_unique: bool = True
    most: int = 10_000
    references: tuple[Reference, ...] = ()
    shows_in_calls: bool = False
    groups: str = ""
    """The kind of group that its parameter `groups` names; membership is kept with the group."""

    @property
    def name(self) -> Column[str]:
        """The column of the name."""
        found: Column[str] = self.table.c.full_name if "full_name" in self.table.c else self.table.c.name
        return found


_PERSON: Final = ("last_name", "first_name", "patronymic")

_DEFINITIONS: Final = (
    Entity(kind="tags", table=TAGS, shows_in_calls=True),
    Entity(
        kind="employees",
        table=EMPLOYEES,
        named_by=_PERSON,
        is_unique=False,
        most=100_000,
        references=(
            Reference("schedule_id", "schedules"),
            Reference("coach.coach_id", "employees", forgets=True),
            Reference("operator.operator_sites.*", "sites", forgets=True),
            Reference("groups.*", "group_employees"),
        ),
        shows_in_calls=True,
        groups="group_employees",
    ),
    Entity(
        kind="group_employees", table=GROUP_EMPLOYEES, references=(Reference("members.*", "employees", forgets=True),)
    ),
    Entity(
        kind="sites",
        table=SITES,
        named_by=("domain_name",),
        references=(Reference("default_scenario_id", "scenarios"),),
        shows_in_calls=True,
    ),
    Entity(
        kind="campaigns",
        table=CAMPAIGNS,
        references=(
            Reference("site_id", "sites"),
            Reference("site_blocks.*.phone_number_id", "virtual_numbers"),
            Reference("site_blocks.*.redirection_phone_number_id", "virtual_numbers"),
        ),
        shows_in_calls=True,
    ),
    Entity(kind="scenarios", table=SCENARIOS, shows_in_calls=True),
    Entity(kind="schedules", table=SCHEDULES),
    Entity(kind="segments", table=SEGMENTS, references=(Reference("site_id", "sites"),)),
    Entity(kind="media_files", table=MEDIA_FILES),
    Entity(
        kind="contacts",
        table=CONTACTS,
        named_by=_PERSON,
        is_unique=False,
        most=1_000_000,
        references=(
            Reference("personal_manager_id", "employees", forgets=True),
            Reference("organization_id", "contact_organizations"),
            Reference("groups.*", "group_contacts"),
        ),
        groups="group_contacts",
    ),
    Entity(kind="contact_organizations", table=CONTACT_ORGANIZATIONS, most=100_000),
    Entity(kind="group_contacts", table=GROUP_CONTACTS, references=(Reference("members.*", "contacts", forgets=True),)),
    Entity(kind="tag_rules", table=TAG_RULES, most=100, references=(Reference("tag_id", "tags"),)),
)

ENTITIES: Final = {entity.kind: entity for entity in _DEFINITIONS}
"""Every kind by its name."""

TABLES: Final = {entity.kind: entity.table for entity in _DEFINITIONS} | {"virtual_numbers": VIRTUAL_NUMBERS}
"""The tables of what may be referred to."""
