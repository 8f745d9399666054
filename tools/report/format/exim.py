"""Exim, and the gateways and providers that run it: GMX, 1&1 (kundenserver.de), Mail.ru, MX Logic, cPanel hosts.

Contract: the address two spaces in, its reason four spaces in; GMX and 1&1 write `"address":` instead.

>>> FORMATS[0].matches("permanent error. the following address(es) failed:")
True
"""

from __future__ import annotations

import re

from ..address import PATTERN
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import TextFormat, scan

_LINE = re.compile(
    rf"[ \t]{{0,6}}(?:Local mailbox |\S{{1,80}} (?=<))?[\"<]?(?P<rcpt>{PATTERN})[\">]*"
    rf"(?:[ \t]+\((?:generated|ultimately generated) from <?(?P<alias>{PATTERN})>?\))?"
    rf"(?:[ \t]*$|(?::| is) ?(?P<why>.*))"
)
# The site hides where the alias leads to (hide_child_in_errmsg): the alias is what the sender wrote to.
_HIDDEN = re.compile(rf"an undisclosed address[ \t]*\n[ \t]{{1,20}}\(generated from <?({PATTERN})>?\)")


def _read(mail: Mail, returned: Returned) -> list[RawRecipient]:
    text = _HIDDEN.sub(r"\1", returned.human)
    return scan(text, _LINE) or scan(text)


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
        reader=_read,
        openings=("this message was created automatically by mail delivery software",),
    ),
)
