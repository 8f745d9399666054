"""The facts of a certificate as one text, the hash of that text, and whether what somebody typed is that hash.

Facts are what JSON can say: dict, list, str, int, bool, None; no float, whose digits two programs may write
differently. Keys are sorted and nothing stands between the signs, as in RFC 8785: the same facts are the same bytes.
The hash is SHA-256 in 64 hexadecimal digits; its first 20 (80 bits) are the check code, short enough to be typed.

>>> canonical({"b": [1, None], "a": "ż"})
'{"a":"ż","b":[1,null]}'
>>> code = check_code(digest('{"a":"ż","b":[1,null]}'))
>>> code
'610A 601A E866 D795 0A6D'
>>> is_same(digest('{"a":"ż","b":[1,null]}'), code.lower())
True
>>> is_same(digest("{}"), code)
False
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import TypeAlias

Facts: TypeAlias = "dict[str, Facts] | list[Facts] | str | int | bool | None"

_CODE_DIGITS = 20
# What people put between the digits of a hash: spaces of all kinds, dashes, colons, dots.
_BETWEEN = re.compile(r"[\s:.\-\u2010-\u2015]+")
_DIGITS = re.compile(r"[0-9a-f]{20}(?:[0-9a-f]{44})?", re.ASCII)
# Typed text longer than this is no hash, however much stands between the digits.
_LONGEST_TYPED = 400
CONCEALED = "…"


def canonical(facts: Facts) -> str:
    """The one text that says these facts."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, 64 small hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def check_code(whole: str) -> str:
    """The beginning of a hash in groups of four, to be read aloud and typed."""
    code = whole[:_CODE_DIGITS].upper()
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_same(whole: str, typed: str) -> bool:
    """Whether somebody typed this hash, or its check code. It takes the same time whatever was typed.

    :param str whole: 64 hexadecimal digits
    :param str typed: by anybody; capitals, spaces, dashes and colons do not matter
    """
    found = _BETWEEN.sub("", typed[:_LONGEST_TYPED]).lower()
    if not _DIGITS.fullmatch(found):
        return False
    return hmac.compare_digest(whole[: len(found)], found)


def concealed(facts: Facts, words: Iterable[str]) -> Facts:
    """The same facts, without these words in any of their texts, however they are written.

    >>> concealed({"reply": "250 <Boss@x.test> ok", "to": ["a@x.test"]}, ["boss@x.test"])
    {'reply': '250 <…> ok', 'to': ['a@x.test']}
    """
    wanted = sorted({_small(word) for word in words if word}, key=len, reverse=True)
    return _concealed(facts, wanted) if wanted else facts


def _concealed(facts: Facts, words: list[str]) -> Facts:
    if isinstance(facts, dict):
        return {key: _concealed(value, words) for key, value in facts.items()}
    if isinstance(facts, list):
        return [_concealed(value, words) for value in facts]
    return _without(facts, words) if isinstance(facts, str) else facts


def _without(text: str, words: list[str]) -> str:
    for word in words:
        parts, start = [], 0
        small = _small(text)
        while (place := small.find(word, start)) >= 0:
            parts += [text[start:place], CONCEALED]
            start = place + len(word)
        text = "".join([*parts, text[start:]])
    return text


def _small(text: str) -> str:
    """In small letters, each in the place it had: the small form of a few letters has two."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(char.lower()[:1] for char in text)
