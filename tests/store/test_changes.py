"""What was written and when: stamps of days, writes under way, writes that nobody announced."""

from __future__ import annotations

from ringledger.store.changes import DAY, EVER, Changes

T0 = 20_000 * DAY


def test_a_write_stamps_the_days_of_its_account_and_no_others() -> None:
    changes = Changes()
    before = changes.stamp(1, T0, T0 + DAY)
    with changes.writing(1, T0 + 5, T0 + 9):
        pass
    assert changes.stamp(1, T0, T0).written > before.written
    assert changes.stamp(1, T0, T0 + 3 * DAY).replaced > before.replaced
    assert changes.stamp(1, T0 + DAY, T0 + DAY) == before
    assert changes.stamp(2, T0, T0) == before


def test_a_write_that_replaces_rows_is_seen_before_it_is_over() -> None:
    changes = Changes()
    before = changes.stamp(1, T0, T0)
    with changes.writing(1, T0, T0):
        during = changes.stamp(1, T0, T0)
        assert not during.is_quiet
        assert during.replaced > before.replaced
        assert changes.stamp(1, T0 + 100, T0 + 200).is_quiet
        assert changes.stamp(2, T0, T0).is_quiet
    after = changes.stamp(1, T0, T0)
    assert after.is_quiet
    assert after.replaced > during.replaced


def test_a_write_of_new_rows_makes_what_was_read_old_but_not_wrong() -> None:
    changes = Changes()
    before = changes.stamp(1, T0, T0)
    with changes.writing(1, T0, T0, replaces=False):
        during = changes.stamp(1, T0, T0)
        assert during.is_quiet
        assert not during.is_still
        assert (during.written, during.replaced) == (before.written, before.replaced)
        assert changes.stamp(2, T0, T0).is_still
    after = changes.stamp(1, T0, T0)
    assert after.is_still
    assert after.written > before.written
    assert after.replaced == before.replaced


def test_a_write_over_years_stamps_every_day_of_its_account() -> None:
    changes = Changes()
    before, others = changes.stamp(1, 0, 0), changes.stamp(7, T0, T0)
    with changes.writing(1, T0, EVER):
        assert not changes.stamp(1, T0, T0).is_quiet
    assert changes.stamp(1, 0, 0).replaced > before.replaced
    assert changes.stamp(7, T0, T0) == others


def test_a_write_of_all_accounts_stamps_everything() -> None:
    changes = Changes()
    before = changes.stamp(7, T0, T0)
    with changes.writing(None, T0, T0):
        assert not changes.stamp(1, T0, T0).is_quiet
    assert changes.stamp(7, T0, T0).replaced > before.replaced


def test_a_statement_on_sessions_that_nobody_announced_counts_as_a_write_of_everything() -> None:
    changes = Changes()
    before = changes.stamp(1, T0, T0)
    with changes.unannounced("INSERT INTO call_events SELECT 1"):
        pass
    assert changes.stamp(1, T0, T0) == before
    with changes.writing(2, T0, T0), changes.unannounced("INSERT INTO call_sessions SELECT 1"):
        pass
    assert changes.stamp(1, T0, T0) == before
    with changes.unannounced("ALTER TABLE call_sessions UPDATE is_lost = 1 WHERE 1"):
        pass
    assert changes.stamp(1, T0, T0).replaced > before.replaced
