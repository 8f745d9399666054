"""Mails as Outlook saves them (`.msg`, MS-OXMSG), read by the library `extract-msg` where somebody has installed it.

Contract: whatever the library raises becomes OutlookError; without the library `is_available` is False.

>>> try:
...     as_mail(b"no mail")
... except OutlookError:
...     print("not read")
not read
"""

from __future__ import annotations

from email import policy

try:
    import extract_msg
except ImportError:  # optional: Odoo itself does not need it
    extract_msg = None


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
            return bytes(found.asEmailMessage().as_bytes(policy=policy.SMTP))
    except Exception as error:  # of a library that reads what strangers wrote
        raise OutlookError from error
