"""Postfix without a DSN part (before 2.0, or behind a gateway), and OpenSMTPD.

Contract: `<address>: reason`, folded with spaces.

>>> [form.name for form in FORMATS]
['postfix', 'opensmtpd']
"""

from __future__ import annotations

import re

from .. import address
from ..text_format import TextFormat

FORMATS = (
    TextFormat(
        "postfix",
        (
            "this is the postfix program at host",
            "this is the mail system at host",
            "this is the postfix mail system at host",
            "i'm sorry to have to inform you that the message returned",
            "i'm sorry to have to inform you that your message could not",
            "i'm sorry to inform you that the message below",
        ),
        recipient=re.compile(
            rf"<(?P<rcpt>{address.PATTERN})>(?: \(expanded from <(?P<alias>{address.PATTERN})>\))?:(?P<why>.*)"
        ),
        openings=("this is the postfix program at host", "this is the mail system at host"),
    ),
    TextFormat(
        "opensmtpd",
        ("this is the mailer-daemon, please do not reply",),
        recipient=re.compile(rf"[ \t]*<?(?P<rcpt>{address.PATTERN})>?:[ \t]+(?P<why>.*)"),
    ),
)
