"""Names of people in front of their addresses (RFC 5322 §3.2.4, §3.4): no line break or control character.

A contact whose name was pasted with a line break is no attack: the break becomes a blank, and the mail can be sent.
Only what stands in quotes is touched; a line break anywhere else ends the mail, as it may begin a header of its own.

>>> in_one_line('"Jan\\nKowalski" <jan@example.com>')
'"Jan Kowalski" <jan@example.com>'
>>> in_one_line(["a@example.com\\r\\nBcc: b@example.com"])
['a@example.com\\r\\nBcc: b@example.com']
"""

from __future__ import annotations

import re
from typing import Any, Final

# C0, DEL, C1, and what `str.splitlines` takes for the end of a line.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
# Headers that hold names with addresses, beside those that `email` knows as such.
NAME_HEADERS: Final = frozenset(("x-msg-to-add", "x-forge-to"))


def in_one_line(value: Any) -> Any:
    """Return an address, or a list of them, with blanks for what a name may not hold; anything else as it is."""
    if isinstance(value, (list, tuple)):
        if all(type(item) is str and item.isprintable() for item in value):
            return value
        return [in_one_line(item) for item in value]
    if type(value) is not str or value.isprintable():
        return value
    return _QUOTED.sub(lambda found: plain_name(found.group()), value)


def plain_name(name: str) -> str:
    """Return a name, or a file's name, in one line.

    >>> plain_name("Invoice\\r\\n2026.pdf"), plain_name("a\\x00b")
    ('Invoice 2026.pdf', 'a b')
    """
    return name if name.isprintable() else _CONTROL.sub(" ", name)
