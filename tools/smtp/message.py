r"""A mail's bytes as they go over the wire (RFC 5322 §2.1, §3.6.3; dot-stuffing: RFC 5321 §4.5.2).

The same bytes that `smtplib.SMTP.send_message` sends, so that nothing changes for the receiver.

>>> mail = EmailMessage()
>>> mail["To"], mail["Bcc"] = "a@example.com", "secret@example.com"
>>> mail.set_content(".dot")
>>> flatten(mail).split(b"\r\n")[0], b"secret" in flatten(mail), "secret@example.com" in mail["Bcc"]
(b'To: a@example.com', False, True)
>>> dot_stuff(b"one\r\n.two")
b'one\r\n..two\r\n.\r\n'
"""

from __future__ import annotations

import copy
import re
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO
from typing import Any

from .policy import SmtpPolicy, clean_line_ends

# After a line feed only, as smtplib: flatten() leaves no bare carriage return.
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


def flatten(message: EmailMessage, utf8: bool = False) -> bytes:
    """Return the message with CRLF and without its blind recipients; the message itself is not changed.

    No bare line feed, carriage return or NUL leaves here, see `policy.clean_line_ends`.

    :param utf8: write headers in UTF-8 instead of encoded words, for a transaction with SMTPUTF8 (RFC 6532)
    """
    if isinstance(message.policy, SmtpPolicy) and not utf8:
        return message.policy.flatten(message)
    visible = copy.copy(message)
    del visible["Bcc"]
    del visible["Resent-Bcc"]
    buffer = BytesIO()
    policy: Any = message.policy
    BytesGenerator(buffer, policy=policy.clone(utf8=True) if utf8 else policy).flatten(visible, linesep="\r\n")
    return clean_line_ends(buffer.getvalue())


def dot_stuff(data: bytes) -> bytes:
    """Double the dots at line beginnings and add the line with the final dot."""
    stuffed = _LEADING_DOT.sub(b"..", data) if data.startswith(b".") or b"\n." in data else data
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
