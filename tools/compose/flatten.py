r"""A mail's bytes (RFC 5322 §2.1, §3.6.3).

The same bytes that `smtplib.SMTP.send_message` sends, so that nothing changes for the receiver.

>>> mail = EmailMessage()
>>> mail["To"], mail["Bcc"] = "a@example.com", "secret@example.com"
>>> mail.set_content(".dot")
>>> flatten(mail).split(b"\r\n")[0], b"secret" in flatten(mail), "secret@example.com" in mail["Bcc"]
(b'To: a@example.com', False, True)
"""

from __future__ import annotations

import copy
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO
from typing import Any

from .policy import SmtpPolicy, clean_line_ends


def flatten(message: EmailMessage, utf8: bool = False) -> bytes:
    """Return the message with CRLF and without its blind recipients; the message itself is not changed.

    No bare line feed, carriage return or NUL leaves here, see `policy.clean_line_ends`.

    :param utf8: write headers in UTF-8 instead of encoded words, for a transaction with SMTPUTF8 (RFC 6532)
    """
    return b"".join(pieces(message, utf8))


def pieces(message: EmailMessage, utf8: bool = False) -> list[bytes]:
    """Return the message in pieces; bodies of its parts, where they are known, as `transfer_encoding.EncodedBody`."""
    if isinstance(message.policy, SmtpPolicy) and not utf8:
        return message.policy.pieces(message)
    visible = copy.copy(message)
    del visible["Bcc"]
    del visible["Resent-Bcc"]
    buffer = BytesIO()
    policy: Any = message.policy
    BytesGenerator(buffer, policy=policy.clone(utf8=True) if utf8 else policy).flatten(visible, linesep="\r\n")
    return [clean_line_ends(buffer.getvalue())]
