"""The words of the jsquery language, as PostgreSQL's extension cuts a text into them; knows no grammar.

The extension's scanner takes the longest word that fits, which gives it corners that are kept here: `a.5` is the key
a and the number .5, and a keyword is none where a comment follows it without a blank.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

LONGEST: Final = 10_000
KEYWORDS: Final = frozenset(["and", "or", "not", "in", "is", "array", "boolean", "numeric", "object", "string"])
CONSTANTS: Final = frozenset(["null", "true", "false"])
_MOST_DIGITS: Final = 131_072
_MOST_DECIMALS: Final = 16_383
_EXPONENT_LIMIT: Final = (2**31 - 1) // 2
_EXPONENT_DIGITS: Final = 10

_LETTER: Final = r'[^?%$.\[\]()|&!=<>@#,* \t\n\r\f\\"/:]'
_TOKEN: Final = re.compile(
    rf"""(?P<blank>[ \t\n\r\f]+)
    |(?P<comment>/\*)
    |(?P<slash>/)
    |(?P<dotted>[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?)
    |(?P<special>[?%$.\[\]()|&!=<>@#,*:])
    |(?P<quoted>")
    |(?P<whole>[0-9]+(?!{_LETTER}))
    |(?P<number>[+-]?[0-9]+(?:[eE][+-]?[0-9]+)?(?!{_LETTER}))
    |(?P<plain>(?:{_LETTER}|\\))""",
    re.VERBOSE,
)
_QUOTED: Final = re.compile(r'[^\\"]+')
_PLAIN: Final = re.compile(rf"(?:{_LETTER}|/(?!\*))+")
_ESCAPE: Final = re.compile(r'(?P<units>(?:\\u[0-9A-Fa-f]{4})+)|\\(?P<letter>["\\bfnrt])')
_LETTERS: Final = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HINT: Final = re.compile(r"--[ \t\n\v\f\r]*(?:no)?index", re.IGNORECASE | re.ASCII)


class JsqueryError(ValueError):
    """The text is no jsquery, or one out of all proportion."""


class Token(msgspec.Struct, frozen=True):
    """`kind` is a special sign, a keyword, "number", "whole", "text", "hint" or, after the last, "end"."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """The text's words without blanks and comments. Raises JsqueryError."""
    if len(text) > LONGEST:
        raise JsqueryError("the text is too long")
    if "\0" in text or re.search("[\ud800-\udfff]", text):
        raise JsqueryError("the text holds a NUL or half a character")
    found: list[Token] = []
    at = 0
    while at < len(text):
        token, at = _next(text, at)
        if token is not None:
            found.append(token)
    found.append(Token("end", ""))
    return found


def number(text: str) -> Decimal:
    """The value of a number's text. Raises JsqueryError where PostgreSQL's numeric ends."""
    _, *exponents = re.split("[eE]", text)
    exponent = exponents[0].lstrip("+-").lstrip("0") if exponents else ""
    # Looked at as text first: Decimal itself ends at exponents of 18 digits.
    if len(exponent) > _EXPONENT_DIGITS or int(exponent or "0") >= _EXPONENT_LIMIT:
        raise JsqueryError("a number is out of range")
    value = Decimal(text)
    last_digit = value.as_tuple().exponent
    if not isinstance(last_digit, int) or last_digit < -_MOST_DECIMALS:
        raise JsqueryError("a number is out of range")
    if not value:
        return Decimal(0)
    if value.adjusted() >= _MOST_DIGITS:
        raise JsqueryError("a number is out of range")
    return value


def _next(text: str, at: int) -> tuple[Token | None, int]:
    found = _TOKEN.match(text, at)
    if found is None:
        raise JsqueryError(f"unexpected {text[at]!r}")
    end = found.end()
    match found.lastgroup:
        case "comment":
            return _comment(text, end)
        case "quoted":
            value, end = _string(text, end, _QUOTED)
            if not text.startswith('"', end):
                raise JsqueryError("a quoted string is not closed")
            return Token("text", value), end + 1
        case "plain":
            value, end = _string(text, at, _PLAIN)
            return Token("text" if text.startswith("/*", end) else _kind(value), value), end
        case "special":
            return Token(found.group(), found.group()), end
        case "whole":
            return Token("whole", found.group()), end
        case "number" | "dotted":
            return Token("number", found.group()), end
    return None, end


def _comment(text: str, at: int) -> tuple[Token | None, int]:
    end = text.find("*/", at)
    if end < 0:
        raise JsqueryError("a comment is not closed")
    return (Token("hint", "") if _HINT.match(text[at:end]) else None), end + 2


def _kind(word: str) -> str:
    if word in CONSTANTS:
        return word
    return word.lower() if word.isascii() and word.lower() in KEYWORDS else "text"


def _string(text: str, at: int, unescaped: re.Pattern[str]) -> tuple[str, int]:
    parts: list[str] = []
    while True:
        if found := unescaped.match(text, at):
            parts.append(found.group())
        elif found := _ESCAPE.match(text, at):
            parts.append(_LETTERS[found["letter"]] if found["letter"] else _characters(found["units"]))
        elif text.startswith("\\", at):
            raise JsqueryError("a backslash escapes nothing")
        else:
            return "".join(parts), at
        at = found.end()


def _characters(escapes: str) -> str:
    """What a run of escaped UTF-16 units stands for; the extension drops the first half of a pair at its end."""
    units = [int(unit, 16) for unit in escapes.split("\\u")[1:]]
    if 0xD800 <= units[-1] <= 0xDBFF:
        units.pop()
    if 0 in units:
        raise JsqueryError("a string cannot hold a NUL")
    try:
        return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le")
    except UnicodeDecodeError:
        raise JsqueryError("half of a surrogate pair stands alone") from None
