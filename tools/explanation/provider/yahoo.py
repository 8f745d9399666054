"""Yahoo and AOL, which speak with one voice."""

from __future__ import annotations

from typing import Final

from ..cause import Cause
from ..table import Provider, provider, row

YAHOO: Final[Provider] = provider(
    "Yahoo, AOL",
    "yahoo*|yahoodns net|postmaster aol com|mx aol com|tss04|dd this user|dd requested mail action",
    ("yahoo.com", "yahoodns.net", "aol.com", "yahooinc.com"),
    "2026-11-27",
    "https://senders.yahooinc.com/smtp-error-codes",
    (
        row(Cause.USER_UNKNOWN, words="this user doesn t have a|mailbox not found"),
        row(Cause.MAILBOX_DISABLED, words="no longer valid|mailbox is disabled|account … disabled"),
        row(Cause.SENDER_NOT_PROVED, status="5.7.9"),  # RFC 4954 means a login
        row(Cause.SENDER_NOT_PROVED, words="requires all senders to authenticate"),
        row(Cause.SENDING_TOO_FAST, words="unexpected volume|max message per connection"),
        row(Cause.SENDING_TOO_FAST, words="temporarily deferred"),
        row(Cause.BLOCKLISTED, words="spamhaus|permanently deferred|connections not accepted"),
        row(Cause.RECEIVES_TOO_MUCH, words="user is receiving mail too quickly"),
        row(Cause.SENDER_ADDRESS_WRONG, words="unresolvable … from domain|unresolvable rfc"),
        row(Cause.POLICY, words="not accepted for policy reasons"),
        row(Cause.SERVER_FAULT, words="resources temporarily"),
        row(Cause.MAIL_MALFORMED, words="headers are not rfc compliant"),
    ),
)
