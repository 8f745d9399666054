"""Exim, and the gateways and providers that run it: GMX, 1&1 (kundenserver.de), Mail.ru, MX Logic, cPanel hosts.

Contract: the address two spaces in, its reason four spaces in; GMX and 1&1 write `"address":` instead.

>>> FORMATS[0].matches("permanent error. the following address(es) failed:")
True
"""

from __future__ import annotations

import re

from ..address import PATTERN
from ..text_format import TextFormat

_LINE = re.compile(
    rf"[ \t]{{0,6}}(?:\S{{1,80}} (?=<))?[\"<]?(?P<rcpt>{PATTERN})[\">]*"
    rf"(?:[ \t]+\((?:generated|ultimately generated) from <?(?P<alias>{PATTERN})>?\))?(?:[ \t]*$|:[ \t]*(?P<why>.*))"
)

FORMATS = (
    TextFormat(
        "exim",
        (
            "address(es) failed",
            "following address failed",
            "following addresses failed",
            "created automatically by mail delivery software",
            "created automatically by the smtp relay",
            "a message that you sent could not be delivered",
            "a message that you sent contained one or more recipient addresses",
            "a message that you sent has not yet been delivered",
            "a message that you sent contained no recipient addresses",
            "a message that you sent was rejected by the local scanning code",
            "a message that you have sent could not be delivered",
            "has been frozen",
            "was frozen on arrival",
            "address(es) have yet to be delivered",
        ),
        recipient=_LINE,
    ),
)
