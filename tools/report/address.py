"""Addresses as reports write them (RFC 5322 §3.4, RFC 3461 §4 xtext, RFC 6533 §3).

Contract: `of_field` reads one typed address field, `find` the addresses in running text. No validation beyond
that: a report may name an address that no server would accept. Linear time.

>>> of_field("rfc822; <user+2Borig@dest.test>")
'user+orig@dest.test'
>>> of_field(r"utf-8; jos\\x{E9}@dest.test")
'josé@dest.test'
>>> list(find('Sent to <a@dest.test>, "b c"@dest.test and c@host.'))
['a@dest.test', '"b c"@dest.test']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LOCAL = r"(?:\"[^\"\n@]{1,64}\"|[^\s<>()\[\]\",;:\\@]{1,128})"
_DOMAIN = r"(?:[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}|\[[0-9A-Fa-f:.]{3,45}\])"
# One address; a longer word with a second @ in it is none.
PATTERN = rf"{_LOCAL}@{_DOMAIN}"
_ADDRESS = re.compile(rf"(?<![\w.@]){PATTERN}(?![\w@])")
_TYPE = re.compile(r"\s*(?:rfc\s*-?822|utf-?8|smtp|x400|lmtp|local|internet|unknown|dns|x-[\w-]+)\s*;\s*", re.I)
_LINE_END = re.compile(r"[\r\n]+")  # in the JSON of Amazon
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_IN_BRACKETS = re.compile(r"<\s*([^<>\s][^<>]{0,300}?)\s*>")


def from_xtext(text: str) -> str:
    """Decode xtext (RFC 3461 §4). Exim passes ENVID and ORCPT on without decoding them."""
    return _XTEXT.sub(lambda found: chr(int(found.group(1), 16)), text) if "+" in text else text


def _unicode_point(found: re.Match[str]) -> str:
    point = int(found.group(1), 16)
    return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else found.group()


def _untyped(value: str) -> str:
    kind = _TYPE.match(value)
    return value[kind.end() :] if kind else value


def of_field(value: str) -> str:
    """The address of a field such as Final-Recipient: without type, brackets, comments."""
    text = _UNITEXT.sub(_unicode_point, _untyped(_LINE_END.sub(" ", value[:1000]))).strip()
    bracketed = _IN_BRACKETS.search(text)
    if bracketed:
        text = bracketed.group(1)
    elif not text.startswith('"'):
        found = _ADDRESS.search(text)
        text = found.group() if found else text.partition(" ")[0]
    text = text.strip(" \t'<>,;").removeprefix("mailto:").removeprefix("smtp:").removeprefix("SMTP:")
    return _decoded(text.rstrip("."))


def _decoded(address: str) -> str:
    # "user+2Borig@": only the escapes xtext must use (+ = and what is no ASCII letter) are undone, for a plus
    # address such as user+42@ may look like one.
    return _XTEXT.sub(lambda found: {"2B": "+", "3D": "="}.get(found.group(1), found.group()), address)


def find(text: str) -> Iterator[str]:
    """The addresses in running text, in order, repeated as there."""
    return (found.group().strip("'").rstrip(".") for found in _ADDRESS.finditer(text))


def first(text: str) -> str:
    """The first address in the text, "" if there is none."""
    return next(find(text), "")
