"""What a server says, as words that a table can name: whole words, without codes, addresses, links and accents.

Contract: a text of any kind, of which MAX_TEXT characters are read, in linear time; never an exception.

>>> plain("550-5.2.2 <a.spam@dest.test>: Skrzynka jest\\n550 5.2.2 przepe\\u0142niona")
' skrzynka jest przepelniona '
>>> says(plain("552 Mailbox of this user is full"), phrase("mailbox … full"))
True
>>> says(plain("452 the inbox is fully used"), phrase("inbox … full")), says(plain("inbox fully used"), phrase("full*"))
(False, True)
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_TEXT: Final = 4000  # characters
Phrase = tuple[str, ...]

_OF_CODES: Final = frozenset("0123456789.")
_GAP: Final = re.compile(r"[\W_]+")
_LINKS: Final = ("http://", "https://", "www.", "<http", "(http")
_NO_ACCENT: Final = str.maketrans("łøđı", "lodi")  # letters that are no letter with an accent for Unicode


def plain(text: str, links: bool = False) -> str:
    """The words of a text in lower case, one space before and behind each."""
    words = (_without_code(word) for word in text[:MAX_TEXT].lower().split() if "@" not in word)
    kept = " ".join(word for word in words if links or not word.startswith(_LINKS))
    if not kept.isascii():
        decomposed = unicodedata.normalize("NFKD", kept.translate(_NO_ACCENT))
        kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return f" {_GAP.sub(' ', kept).strip()} "


def _without_code(word: str) -> str:
    """The word without the codes that stand before every line of a reply: within a sentence, once it is folded."""
    if len(word) > 3 and word[3] == "-" and word[:3].isdigit():
        word = word[4:]
    bare = word.strip("<>()[]:;,#'\"")
    is_code = bare[:1] in ("2", "4", "5") and set(bare) <= _OF_CODES and (len(bare) == 3 or "." in bare)
    return "" if is_code else word


def phrase(written: str) -> Phrase:
    """Read a phrase as tables write it: "a b" stands side by side, "a … b" in this order, "a*" begins a word."""
    parts = []
    for part in written.split("…"):
        words = plain(part).rstrip()
        parts.append(words if part.rstrip().endswith("*") else f"{words} ")
    return tuple(parts)


def says(words: str, wanted: Phrase) -> bool:
    """Tell whether plain words contain a phrase."""
    place = 0
    for part in wanted:
        place = words.find(part, place)
        if place < 0:
            return False
        place += len(part.rstrip())
    return True
