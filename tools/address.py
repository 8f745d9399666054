"""Addresses as people type them, and what two spellings of one address have in common (RFC 5322 §3.4, RFC 5890).

>>> address_key("Jan.Kowalski@XN--BCHER-KVA.example") == address_key("jan.kowalski@bücher.example")
True
>>> typed_addresses('"Nowak, Ala" <ala@example.com>; jan(at)example.com,')
['"Nowak, Ala" <ala@example.com>', 'jan(at)example.com']
>>> typed_addresses(None), typed_addresses(" , ")
([], [])
"""

from __future__ import annotations

import re
import unicodedata

_MOST_CHARACTERS = 320  # of what stands for an address: 64 before the @ and 255 after it (RFC 5321 §4.5.3.1)
# A part of a person's name that a comma cut off: "Kowalski, Jan <jan@example.com>".
_NAME = re.compile(r"[^\W\d_][\w .'’-]*")


def address_key(address: str) -> str:
    """The same text for two spellings of one address: letter case, composed letters, a domain in ASCII or not."""
    text = address.strip().strip("<>").lower()
    local, at, domain = (text if text.isascii() else unicodedata.normalize("NFC", text)).rpartition("@")
    return f"{local}{at}{'.'.join(map(_label, domain.split('.')))}" if "xn--" in domain else f"{local}{at}{domain}"


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:  # not by the idna package: a report may name what IDNA 2008 does not allow
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, IndexError, OverflowError):
        return label


def typed_addresses(text: str | None) -> list[str]:
    """Split a field with addresses at its commas, semicolons and line ends, as it was typed.

    Nothing is judged: a part may be no address at all. What is certainly a piece of the name before the next address is
    left out. Each part is cut at 320 characters. Linear time.
    """
    parts = [part for part in map(str.strip, _split(text or "")) if part]
    following = [*parts[1:], ""] if parts else []
    return [
        part[:_MOST_CHARACTERS]
        for part, behind in zip(parts, following, strict=True)
        if not (_NAME.fullmatch(part) and behind.endswith(">") and not behind.startswith("<"))
    ]


def _split(text: str) -> list[str]:
    """Split outside quotes and angle brackets; one that is never closed ends with the line."""
    parts, start, closing = [], 0, ""
    for place, char in enumerate(text):
        if char in "\r\n" or (not closing and char in ",;"):
            parts.append(text[start:place])
            start, closing = place + 1, ""
        elif closing:
            closing = "" if char == closing else closing
        elif char in '"<':
            closing = '"' if char == '"' else ">"
    return [*parts, text[start:]]
