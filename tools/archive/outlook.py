"""Mails as Outlook saves them (`.msg`, MS-OXMSG), read by the library `extract-msg` where somebody has installed it.

Contract: whatever the library raises becomes OutlookError; without the library `is_available` is False.

>>> try:
...     as_mail(b"no mail")
... except OutlookError:
...     print("not read")
not read
"""

from __future__ import annotations

from collections.abc import Iterable
from email import policy
from email.message import EmailMessage
from email.utils import formataddr, unquote
from typing import Any

try:
    import extract_msg
except ImportError:  # optional: Odoo itself does not need it
    extract_msg = None

# PidTagSentRepresentingSmtpAddress, PidTagSenderSmtpAddress, PidTagSenderEmailAddress (MS-OXPROPS).
_SENDER_TAGS = ("5D02", "5D01", "0C1F")


class OutlookError(Exception):
    """This is no mail of Outlook that the library can read, or the library is not there."""


def is_available() -> bool:
    """Whether `.msg` files can be read here."""
    return extract_msg is not None


def as_mail(source: bytes) -> bytes:
    """A `.msg` file as a mail of the internet (RFC 5322).

    :raise OutlookError: it cannot be read
    """
    try:
        with extract_msg.openMsg(source) as found:
            mail = found.asEmailMessage()
            _add_recipients(mail, found.recipients)
            _add_sender(mail, found)
            return bytes(mail.as_bytes(policy=policy.SMTP))
    except Exception as error:  # of a library that reads what strangers wrote
        raise OutlookError from error


def _add_recipients(mail: EmailMessage, recipients: Iterable[Any]) -> None:
    """A mail that Outlook has sent has no header of the internet, and To has names alone: the addresses stand apart."""
    for number, name in enumerate(("To", "Cc", "Bcc"), 1):
        rows = [
            row for row in recipients if getattr(row.type, "value", row.type) == number and "@" in (row.email or "")
        ]
        if rows and "@" not in str(mail.get(name, "")):
            del mail[name]
            mail[name] = ", ".join(formataddr((row.name or "", row.email)) for row in rows)


def _add_sender(mail: EmailMessage, found: Any) -> None:
    """The sender's address and the subject, where there is no header of the internet that has them."""
    if "@" not in str(mail.get("From", "")):
        addresses = (found.getStringStream(f"__substg1.0_{tag}") or "" for tag in _SENDER_TAGS)
        address = next((one for one in addresses if "@" in one), "")
        if address:
            name = unquote(str(mail.get("From", "")))
            del mail["From"]
            mail["From"] = formataddr((name, address))
    if not mail.get("Subject") and found.subject:
        del mail["Subject"]
        mail["Subject"] = " ".join(found.subject.split())
