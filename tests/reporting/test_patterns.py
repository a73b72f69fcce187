"""LIKE patterns and POSIX regular expressions in the engine's spelling."""

from __future__ import annotations

import re

import pytest

from ringledger.reporting.patterns import PatternError, like, regexp


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [("%1234%", "%1234%"), (r"\%", r"\%"), (r"\_a", r"\_a"), (r"\\", r"\\"), (r"\x", "x"), ("", "")],
)
def test_a_like_pattern_keeps_its_meaning(pattern: str, spelled: str) -> None:
    assert like(pattern) == spelled


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
