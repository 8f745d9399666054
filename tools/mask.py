"""Hides whose addresses a text names, for people outside: what stands before the @, all but its first character.

The same address is masked in the same way wherever it stands, so that it can still be told from another one.

>>> mask_addresses("550 <Jan.Kowalski@example.com>: no such user, try jk@example.com")
'550 <J***1@example.com>: no such user, try j***2@example.com'
>>> mask_addresses("<1764.42@odoo.test> to anna@example.com", keep={"1764.42@odoo.test"})
'<1764.42@odoo.test> to a***1@example.com'
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from .address import address_key

# At most 64 characters before the @ and 255 behind it (RFC 5321 §4.5.3.1), so no more are looked at from any place.
_ADDRESS: Final = re.compile(r"""(?<![^\s<>()\[\]{}"'`,;:=|])([^\s<>()\[\]{}"'`,;:=|@]{1,64})@([\w.-]{1,255})""")


def mask_addresses(text: str, keep: Collection[str] = ()) -> str:
    """Mask each address of a text of any length.

    :param keep: what looks like an address and is none: Message-IDs, without their angle brackets
    """
    numbers: dict[str, int] = {}

    def masked(found: re.Match[str]) -> str:
        if found[0] in keep:
            return found[0]
        number = numbers.setdefault(address_key(found[0]), len(numbers) + 1)
        return f"{found[1][0]}***{number}@{found[2]}"

    return _ADDRESS.sub(masked, text)
