"""Zoho Mail's text form.

Contract: a line of address, words and two ERROR_CODE fields, of which either may be empty; or, in the delay
notice, one bracketed record with a ResponseCode.

>>> FORMATS[0].recipient.match("a@dest.test Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 no").group("rcpt")
'a@dest.test'
"""

from __future__ import annotations

import re

from ..address import PATTERN
from ..text_format import TextFormat

FORMATS = (
    TextFormat(
        "zoho",
        ("error_code :", "responsecode "),
        recipient=re.compile(
            rf"[ \t]*(?:\[Status:.{{0,80}}?Address:[ \t]*)?<?(?P<rcpt>{PATTERN})>?,?(?P<why>.*)", re.I
        ),
    ),
)
