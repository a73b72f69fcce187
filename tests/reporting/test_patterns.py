"""LIKE patterns and POSIX regular expressions in the engine's spelling."""

from __future__ import annotations

import re

import pytest

from ringledger.reporting.patterns import PatternError, Wanted, like, regexp, wanted


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [("%1234%", "%1234%"), (r"\%", r"\%"), (r"\_a", r"\_a"), (r"\\", r"\\"), (r"\x", "x"), ("", "")],
)
def test_a_like_pattern_keeps_its_meaning(pattern: str, spelled: str) -> None:
    assert like(pattern) == spelled


@pytest.mark.parametrize(
    ("pattern", "asked_for"),
    [
        ("12", Wanted("12", begins_anyhow=False, ends_anyhow=False)),
        ("%12", Wanted("12", begins_anyhow=True, ends_anyhow=False)),
        ("12%%", Wanted("12", begins_anyhow=False, ends_anyhow=True)),
        ("%12%", Wanted("12", begins_anyhow=True, ends_anyhow=True)),
        ("", Wanted("", begins_anyhow=False, ends_anyhow=False)),
        ("%", Wanted("", begins_anyhow=True, ends_anyhow=True)),
        (r"\%1\_2\\%", Wanted("%1_2\\", begins_anyhow=False, ends_anyhow=True)),
        ("1%2", None),
        ("1_", None),
        ("%_%", None),
    ],
)
def test_a_like_pattern_for_one_text_tells_what_may_be_around_it(pattern: str, asked_for: Wanted | None) -> None:
    assert wanted(pattern) == asked_for


def test_a_backslash_at_the_end_of_a_like_pattern_is_refused() -> None:
    with pytest.raises(PatternError):
        like("abc\\")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^7.*(12|34)$", "79001234", True),
        ("a.c", "a\nc", True),
        ("[]a]", "]", True),
        (r"[\]", "\\", True),
        (r"[\d]", "d", True),
        ("[^]a]", "]", False),
        ("[[:digit:]]{3}", "a123", True),
        ("[[.-.]]", "-", True),
        ("[a-c]", "b", True),
        ("a{,2}b", "aab", True),
        ("a+?b", "b", True),
        ("a{x", "a{x", True),
        ("()", "", True),
        (r"\.", "a", False),
        (r"\+44", "+44", True),
    ],
)
def test_a_regular_expression_means_what_posix_says(pattern: str, text: str, found: bool) -> None:
    # Python's own engine stands in for RE2, whose classes it spells otherwise.
    spelled = regexp(pattern).replace("[:digit:]", "0-9")
    assert bool(re.search(spelled, text)) is found


@pytest.mark.parametrize(
    "pattern", ["(", ")", "[a", "a{1001}", "a{2,1}", "*a", r"\1", "[[:nope:]]", "[b-a]", "a\\", "(" * 300, "|*"]
)
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        regexp(pattern)
