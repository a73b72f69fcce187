"""LIKE patterns and POSIX extended regular expressions in the engine's spelling; compiles and matches nothing."""

from __future__ import annotations

from typing import Final, NamedTuple

_CLASSES: Final = frozenset(
    ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"],
)
_SHORTHANDS: Final = frozenset("wWsSdDbB")
_SPECIAL: Final = frozenset("\\.[](){}*+?|^$-")
_MOST_REPEATS: Final = 1000
_DEEPEST: Final = 200


class PatternError(ValueError):
    """The pattern is none."""


def like(pattern: str) -> str:
    r"""A SQL LIKE pattern for the engine: `\x` is x unless x is special.

    Raises PatternError for a lone `\` at the end.
    """
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter != "\\":
            parts.append(letter)
            continue
        escaped = next(letters, None)
        if escaped is None:
            raise PatternError("a backslash at the end escapes nothing")
        parts.append(f"\\{escaped}" if escaped in "%_\\" else escaped)
    return "".join(parts)


class Wanted(NamedTuple):
    """A text that a LIKE pattern asks for, and whether anything may be before and after it."""

    text: str
    begins_anyhow: bool
    ends_anyhow: bool


def wanted(pattern: str) -> Wanted | None:
    """What a LIKE pattern in the engine's spelling asks for, or None where it is more than one text."""
    text: list[str] = []
    gaps = set()
    letters = iter(pattern)
    for letter in letters:
        if letter == "_":
            return None
        if letter == "%":
            gaps.add(len(text))
        else:
            text.append(next(letters) if letter == "\\" else letter)
    if gaps - {0, len(text)}:
        return None
    return Wanted("".join(text), 0 in gaps, len(text) in gaps)


def regexp(pattern: str) -> str:
    """A POSIX extended regular expression in RE2's syntax, where `.` matches a newline too.

    Raises PatternError for what is none; what passes may still be too large for the engine to compile.
    """
    return f"(?s){_Translation(pattern).expression()}"


class _Translation:
    """One walk over a pattern. A quantified atom that is quantified again is wrapped, as `+?` would mean "lazily"."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._open = 0

    def expression(self) -> str:
        parts: list[str] = []
        while self._at < len(self._pattern):
            parts.append(self._piece())
        if self._open:
            raise PatternError("a parenthesis is not closed")
        return "".join(parts)

    def _take(self) -> str:
        letter = self._pattern[self._at]
        self._at += 1
        return letter

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _piece(self) -> str:
        letter = self._take()
        if letter == "(":
            return self._group()
        if letter in "|^":
            if self._peek() and self._peek() in "*+?{" and self._interval_follows():
                raise PatternError("nothing to repeat")
            return letter
        if letter == ")":
            raise PatternError("a parenthesis is not opened")
        if letter in "*+?" or (letter == "{" and self._is_interval(self._at - 1)):
            raise PatternError("nothing to repeat")
        return self._repeated(self._atom(letter))

    def _group(self) -> str:
        self._open += 1
        if self._open > _DEEPEST:
            raise PatternError("parentheses are nested too deep")
        parts: list[str] = []
        while self._peek() != ")":
            if not self._peek():
                raise PatternError("a parenthesis is not closed")
            parts.append(self._piece())
        self._take()
        self._open -= 1
        return self._repeated(f"(?:{''.join(parts)})")

    def _atom(self, letter: str) -> str:
        if letter == "[":
            return self._bracket()
        if letter == "\\":
            return self._escape()
        if letter in ".$":
            return letter
        return f"\\{letter}" if letter in _SPECIAL else letter

    def _escape(self) -> str:
        letter = self._peek()
        if not letter:
            raise PatternError("a backslash at the end escapes nothing")
        self._take()
        if letter in _SHORTHANDS:
            return f"\\{letter}"
        if letter.isascii() and letter.isalnum():
            raise PatternError(f"\\{letter} means nothing")
        return f"\\{letter}" if letter in _SPECIAL else letter

    def _repeated(self, atom: str) -> str:
        repeats = 0
        while self._interval_follows():
            if repeats:
                atom = f"(?:{atom})"
            atom += self._quantifier()
            repeats += 1
        return atom

    def _interval_follows(self) -> bool:
        letter = self._peek()
        return letter != "" and (letter in "*+?" or (letter == "{" and self._is_interval(self._at)))

    def _is_interval(self, at: int) -> bool:
        end = self._pattern.find("}", at)
        return end >= 0 and _bounds(self._pattern[at + 1 : end]) is not None

    def _quantifier(self) -> str:
        letter = self._take()
        if letter != "{":
            return letter
        end = self._pattern.index("}", self._at)
        bounds = _bounds(self._pattern[self._at : end])
        self._at = end + 1
        if bounds is None:
            raise PatternError("no bounds")
        least, most = bounds
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise PatternError("bounds out of range")
        return f"{{{least},{'' if most is None else most}}}"

    def _bracket(self) -> str:
        negated = self._peek() == "^"
        if negated:
            self._take()
        parts: list[str] = []
        first = True
        while first or self._peek() != "]":
            if not self._peek():
                raise PatternError("a bracket is not closed")
            parts.append(self._bracket_item())
            first = False
        self._take()
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _bracket_item(self) -> str:
        if self._pattern.startswith("[:", self._at):
            return self._class()
        begin = self._element()
        if self._peek() != "-" or self._pattern[self._at + 1 : self._at + 2] in {"]", ""}:
            return _inside(begin)
        self._take()
        end = self._element()
        if end < begin:
            raise PatternError("a range ends before it begins")
        return f"{_inside(begin)}-{_inside(end)}"

    def _class(self) -> str:
        end = self._pattern.find(":]", self._at + 2)
        name = self._pattern[self._at + 2 : end] if end >= 0 else ""
        if name not in _CLASSES:
            raise PatternError("no such character class")
        self._at = end + 2
        return f"[:{name}:]"

    def _element(self) -> str:
        for mark in "=.":
            if self._pattern.startswith(f"[{mark}", self._at):
                end = self._pattern.find(f"{mark}]", self._at + 3)
                if end != self._at + 3:
                    raise PatternError("no such collating element")
                letter = self._pattern[self._at + 2]
                self._at = end + 2
                return letter
        return self._take()


def _inside(letter: str) -> str:
    return f"\\{letter}" if letter in _SPECIAL or letter in "&~" else letter


def _bounds(text: str) -> tuple[int, int | None] | None:
    least, comma, most = text.partition(",")
    if not (least or (comma and most)) or not (least + most).isascii() or not (least + most).isdigit():
        return None
    if len(least) > 6 or len(most) > 6:
        return (_MOST_REPEATS + 1, None)
    low = int(least or 0)
    if not comma:
        return low, low
    return low, int(most) if most else None
