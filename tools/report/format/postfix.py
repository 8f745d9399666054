"""Postfix without a DSN part (before 2.0, or behind a gateway), and its notices to the postmaster.

Contract: `<address>: reason`, folded with spaces; a notice holds the SMTP dialogue instead.

>>> [form.name for form in FORMATS]
['postfix-notice', 'postfix', 'opensmtpd']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import address
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import TextFormat
from ..verdict import Block

_RCPT = re.compile(rf"In:\s+RCPT TO:\s*<({address.PATTERN})>", re.I)
_ERROR = re.compile(r"Out:\s+([45]\d\d[ -].*)")


def _dialogue(mail: Mail, returned: Returned) -> Iterator[Block]:
    """The recipients of a dialogue that ended in an error: `Out:` is Postfix, `In:` the client."""
    text = re.sub(r"\n[ \t]{4,}", " ", mail.text[:64_000])
    errors = _ERROR.findall(text)
    for recipient in dict.fromkeys(_RCPT.findall(text)):
        own = next((error for error in errors if f"<{recipient}>" in error), errors[-1] if errors else "")
        if own:
            yield Block(recipient, diagnostic=own)


FORMATS = (
    TextFormat("postfix-notice", ("transcript of session follows. out: 220",), reader=_dialogue),
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
            rf"<(?P<rcpt>{address.PATTERN})>(?: \(expanded from <(?P<alias>{address.PATTERN})>\))?:[ \t]*(?P<why>.*)$"
        ),
    ),
    TextFormat(
        "opensmtpd",
        ("this is the mailer-daemon, please do not reply",),
        recipient=re.compile(rf"[ \t]*<?(?P<rcpt>{address.PATTERN})>?:[ \t]+(?P<why>.*)$"),
    ),
)
