"""A first look at the header of a mail: may it be something that came back?

Contract: cheap and generous. It reads a few header fields only, so that a mailbox with thousands of ordinary mails can
be looked through without fetching them; what passes is read whole by `tools.report`, which decides. No exception.

>>> looks_like_report(b"From: MAILER-DAEMON@mx.dest.test\\nSubject: Undelivered Mail\\n\\n")
True
>>> looks_like_report(b"From: Jan <jan@dest.test>\\nSubject: Re: Offer\\nContent-Type: text/plain\\n\\n")
False
"""

from __future__ import annotations

import re

from . import auto_reply, origin
from .mime import Mail

# The fields that the look needs (an IMAP server is asked for these alone).
FIELDS = (
    "FROM",
    "SENDER",
    "RETURN-PATH",
    "SUBJECT",
    "CONTENT-TYPE",
    "AUTO-SUBMITTED",
    "PRECEDENCE",
    "X-PRECEDENCE",
    "X-FAILED-RECIPIENTS",
    "X-AUTOREPLY",
    "X-AUTORESPOND",
    "X-AUTO-REPLY",
    "LIST-UNSUBSCRIBE",
    "LIST-POST",
    "FEEDBACK-ID",
)
# Systems that write no word of failure and have no sender's name to be known by: SNS, fml, Hotmail's complaints.
_SUBJECT = re.compile(
    r"aws notification message|are not member \(|fml status report|complaint about message from",
    re.I,
)


def looks_like_report(header: bytes) -> bool:
    """Tell whether a mail with this header may be a report or an automatic reply."""
    mail = Mail.read(header)
    subject = mail.fields.text("subject")
    return (
        origin.was_sent_back(mail)
        or origin.is_system(mail)
        or origin.is_null_sender(mail)
        or (bool(origin.FAILURE_SUBJECT.search(subject)) and not origin.is_reply(mail))
        or bool(_SUBJECT.search(subject))
        or auto_reply.is_auto_reply(mail)
    )
