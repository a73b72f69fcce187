"""The texts that have what a pattern asks for are those that a plain look at each of them finds."""

from __future__ import annotations

from random import Random

import pytest

from ringledger.reporting.different_texts import DifferentTexts
from ringledger.reporting.patterns import Wanted

LETTERS = "0123456789abcÜя日😀%_\n\\ "


def has(text: str, wanted: Wanted) -> bool:
    if wanted.begins_anyhow and wanted.ends_anyhow:
        return wanted.text in text
    if wanted.begins_anyhow:
        return text.endswith(wanted.text)
    return text.startswith(wanted.text) if wanted.ends_anyhow else text == wanted.text


def made(random: Random, most: int) -> list[str]:
    """Different texts: numbers that begin alike, words, and some of no letter at all."""
    numbers = [f"7916{random.randrange(10_000_000):07}" for _ in range(most * 3 // 4)]
    words = ["".join(random.choices(LETTERS, k=random.randrange(7))) for _ in range(most // 4)]
    return sorted({*numbers, *words}, key=str.encode)


def asked(random: Random, texts: list[str]) -> Wanted:
    """A part of one of the texts, or of none."""
    text = random.choice(texts) if random.random() < 0.9 else "".join(random.choices(LETTERS, k=5))
    begin = random.choice([0, random.randrange(len(text) + 1)])
    end = random.choice([len(text), random.randrange(begin, len(text) + 1)])
    begins_anyhow = random.random() < 0.7
    # A pattern of nothing but a gap has no side on which there is none.
    return Wanted(text[begin:end], begins_anyhow, random.random() < 0.7 if begin < end else begins_anyhow)


@pytest.mark.parametrize("most", [1, 40, 1023, 1100, 5000])
def test_texts_are_found_by_any_part_of_them(most: int) -> None:
    random = Random(most)
    texts = made(random, most) or [""]
    different = DifferentTexts.of([text.encode() for text in texts])
    assert [text.decode() for text in different.all()] == texts
    for _ in range(300):
        wanted = asked(random, texts)
        found = sorted({int(number) for number in different.having(wanted)})
        assert [texts[number] for number in found] == [text for text in texts if has(text, wanted)], wanted
        assert different.numbered([wanted.text]) == [at for at, text in enumerate(texts) if text == wanted.text]
