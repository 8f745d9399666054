"""What in a subject or a file's name may be the number of a document.

Contract: words with a digit, and two or three words beside each other ("FV 12/2026"), as they stand and with the
slashes that a file's name cannot have. Whether one is a number is for the database to say: it must be the whole number.

>>> sorted(candidates("Invoice INV/2026/00012"))
['INV/2026/00012', 'Invoice INV/2026/00012']
>>> "INV/2026/00012" in candidates("INV_2026_00012.pdf"), "FV 12/2026" in candidates("Faktura FV 12/2026, prosze")
(True, True)
"""

from __future__ import annotations

import re

_MOST_WORDS = 40
_MOST_CHARACTERS = 64
_SHORTEST = 4
_SPLIT = re.compile(r"[\s,;:()\[\]{}<>\"'„”“«»|]+")
_DIGIT = re.compile(r"\d")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_FOR_SLASH = re.compile(r"[_\\-]")


def candidates(text: str) -> set[str]:
    """The texts in it that may be a number of a document."""
    words = [word.strip(".!?#*") for word in _SPLIT.split(text)]
    words = [_ENDING.sub("", word) for word in words if word][:_MOST_WORDS]
    # "Faktura_INV_2026_00012": what stands behind each underscore.
    found = {
        form
        for word in words
        for place, letter in enumerate(word)
        if letter == "_"
        for form in _forms(word[place + 1 :])
    }
    for length in (1, 2, 3):
        for place in range(len(words) - length + 1):
            found |= _forms(" ".join(words[place : place + length]))
    return found


def _forms(text: str) -> set[str]:
    if not _SHORTEST <= len(text) <= _MOST_CHARACTERS or not _DIGIT.search(text):
        return set()
    if text.isdigit() and len(text) < _SHORTEST + 1:  # a year
        return set()
    return {text, _FOR_SLASH.sub("/", text)}
