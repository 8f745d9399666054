"""Gmail and Google Workspace. All of its replies end in "gsmtp", or "gcdp" for a rule of the domain's administrator."""

from __future__ import annotations

from typing import Final

from ..cause import Cause
from ..table import Provider, provider, row

_SENDERS: Final = "https://support.google.com/mail/answer/81126"
_RELAY: Final = "https://support.google.com/a/answer/6140680"

GMAIL: Final[Provider] = provider(
    "Gmail",
    "gsmtp|gcdp|support google com|google com mail",
    ("google.com", "gmail.com", "googlemail.com"),
    "2026-11-27",
    "https://support.google.com/a/answer/3726730",
    (
        row(Cause.APP_PASSWORD_NEEDED, words="application specific password required|invalidsecondfactor"),
        row(Cause.LOGIN_SWITCHED_OFF, code=534, status="5.7.14"),
        row(Cause.LOGIN_SWITCHED_OFF, words="log in with your web browser|log in through your web browser"),
        row(Cause.APP_PASSWORD_NEEDED, code=534, status="5.7.9"),  # RFC 4954 means a mechanism
        row(Cause.LOGIN_NOT_NOW, code=454, words="too many login attempts|cannot authenticate due to"),
        row(Cause.SENDING_LIMIT, status="5.4.5"),  # RFC 3463 says congestion
        row(Cause.SENDING_LIMIT, words="daily … limit exceeded|daily sending quota", source=_RELAY),
        row(Cause.SENDING_TOO_FAST, words="peak smtp relay limit", source=_RELAY),
        row(Cause.RELAY_DENIED, words="mail relay denied|invalid credentials for relay", source=_RELAY),
        row(Cause.ACCOUNT_BLOCKED, words="mail sending denied", source=_RELAY),
        row(Cause.RECEIVES_TOO_MUCH, words="is receiving mail too quickly|receiving mail at a rate|receivingrate*"),
        row(Cause.SENDER_NOT_PROVED, status="x.7.26-27", source=_SENDERS),
        row(Cause.SENDER_NOT_PROVED, status="x.7.30-32", source=_SENDERS),
        row(Cause.SENDER_NOT_PROVED, words="authentication checks|unauthenticated email", source=_SENDERS),
        row(Cause.SERVER_NAME, status="x.7.23", source=_SENDERS),
        row(Cause.SERVER_NAME, words="ptr record|ipv6 sending guidelines|helo ehlo argument", source=_SENDERS),
        row(Cause.ENCRYPTION_REQUIRED, status="x.7.29", source=_SENDERS),
        row(Cause.BLOCKLISTED, words="low reputation|ip not in whitelist|not authorized to send email directly"),
        row(Cause.SENDING_TOO_FAST, words="unusual rate of|has been rate limited|same message id"),
        row(Cause.MAIL_MALFORMED, words="rfc 5322 compliant|missing a valid|multiple addresses in from"),
        row(Cause.MAIL_MALFORMED, words="encoded word syntax|disallowed header|message is malformed"),
        row(Cause.CONTENT_FORBIDDEN, words="illegal attachment|potential security issue|blockedmessage"),
        row(Cause.SPAM, words="likely unsolicited mail|nature of the content or the links"),
        row(Cause.TOO_BIG, words="limit of … attachments|header value|message size limit*"),
        row(Cause.MAILBOX_FULL, words="over quota|out of storage space|email quota exceeded"),
        row(Cause.MAILBOX_DISABLED, words="is disabled|is inactive|disableduser"),
        row(Cause.POLICY, words="has a policy that prohibited|gcdp"),
        row(Cause.SERVICE_UNAVAILABLE, words="temporary system problem|server busy|try again later closing connection"),
        row(Cause.COMMAND_REFUSED, words="smtp protocol violation"),
    ),
)
