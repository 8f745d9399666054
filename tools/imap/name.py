r"""Names of folders, and days, as IMAP writes them: letters outside ASCII in modified UTF-7 (RFC 3501 §5.1.3).

>>> mailbox_name("Zwroty łączne")
'"Zwroty &AUIBBQ-czne"'
>>> decoded(b"Wys&AUI-ane & so on"), decoded(b"A &- B")
('Wysłane & so on', 'A & B')
>>> search_date(2026, 3, 5)
'5-Mar-2026'
>>> quoted(b'a "b"')
b'"a \\"b\\""'
"""

from __future__ import annotations

import base64
import binascii
import re

_NOT_ASCII = re.compile(r"[^ -~]+")
_ENCODED = re.compile(rb"&([A-Za-z0-9+,]{0,2000})-")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


def mailbox_name(name: str) -> str:
    """A folder's name, ready for a command."""
    return quoted(encoded(name)).decode("ascii")


def encoded(name: str) -> bytes:
    """A folder's name as the server has it, not quoted."""
    return _NOT_ASCII.sub(lambda found: f"&{_base64(found.group())}-", name.replace("&", "&-")).encode("ascii")


def decoded(raw: bytes) -> str:
    """A folder's name for people; what is not written as it should be stays as it is."""
    return _ENCODED.sub(_letters, raw).decode("utf-8", "replace")


def quoted(raw: bytes) -> bytes:
    """A string for a command.

    :raise ValueError: it has a control character: a server could have a name of its own end our command
    """
    if _CONTROL.search(raw):
        raise ValueError("control character")
    return b'"%s"' % raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def search_date(year: int, month: int, day: int) -> str:
    """A day, for a search."""
    return f"{day}-{_MONTHS[month - 1]}-{year}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _letters(found: re.Match[bytes]) -> bytes:
    data = found.group(1)
    if not data:
        return b"&"
    try:
        text = base64.b64decode(data.replace(b",", b"/") + b"=" * (-len(data) % 4), validate=True)
        return text.decode("utf-16-be").encode()
    except (binascii.Error, UnicodeError):
        return found.group()
