"""Entries found by name, and made where they are new: employees without regard to case, tags as they are written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ringledger.registry.names import Entry
from ringledger.registry.registry import Registry


def test_an_employee_is_found_whatever_the_case_and_the_blanks_and_made_once(registry: Registry) -> None:
    acme, rival = registry.accounts.create("acme").id, registry.accounts.create("rival").id
    made = registry.names.employee(acme, " Ünal  ŞAHİN ")
    assert made.name == "Ünal ŞAHİN"
    assert registry.names.employee(acme, "ünal şahi̇n") == made
    assert registry.names.employee(rival, "Ünal ŞAHİN").id != made.id
    assert [one.full_name for one in registry.directories.load(acme).employees] == ["Ünal ŞAHİN"]


def test_a_tag_that_many_make_at_once_is_one(registry: Registry) -> None:
    acme = registry.accounts.create("acme").id
    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(lambda _: registry.names.tag(acme, "vip").id, range(24)))
    assert len(made) == 1
    assert registry.names.tag(acme, "VIP").id not in made


def test_ids_are_known_to_their_own_account_only(registry: Registry) -> None:
    acme, rival = registry.accounts.create("acme").id, registry.accounts.create("rival").id
    tag, ann = registry.names.tag(acme, "vip"), registry.names.employee(acme, "Ann")
    assert registry.names.tags(acme, [tag.id, 999]) == {tag.id: "vip"}
    assert registry.names.employees(acme, [ann.id]) == {ann.id: "Ann"}
    assert registry.names.tags(rival, [tag.id]) == registry.names.employees(rival, [ann.id]) == {}
    assert registry.names.sites(acme, []) == registry.names.campaigns(acme, [1]) == {}


def test_a_users_employee_is_the_first_whose_operator_has_the_login(registry: Registry) -> None:
    account, other = registry.accounts.create("acme"), registry.accounts.create("other")
    operator = {"operator_display_name": "Ann", "operator_login": "ann", "operator_password": "password1"}
    registry.entries.create(account, "employees", {"last_name": "Hart"})
    gone = registry.entries.create(account, "employees", {"last_name": "Gone", "operator": operator})
    registry.entries.delete(account, "employees", gone)
    registry.entries.create(other, "employees", {"last_name": "Other", "operator": operator})
    assert registry.names.employee_of_user(account.id, "ann") is None
    own = registry.entries.create(account, "employees", {"last_name": "Lang", "operator": operator})
    registry.entries.create(account, "employees", {"last_name": "Later", "operator": operator})
    assert registry.names.employee_of_user(account.id, "ann") == Entry(own, "Lang")
    assert registry.names.employee_of_user(account.id, "it's %") is None
