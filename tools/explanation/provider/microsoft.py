"""Microsoft 365 (Exchange Online), Outlook.com and Exchange servers."""

from __future__ import annotations

from typing import Final

from ..cause import Cause
from ..table import Provider, provider, row

_LOGIN: Final = "https://github.com/simonrob/email-oauth2-proxy/issues/193"
_EXCHANGE: Final = (
    "https://learn.microsoft.com/exchange/mail-flow/non-delivery-reports-and-bounce-messages/"
    "non-delivery-reports-and-bounce-messages"
)

MICROSOFT: Final[Provider] = provider(
    "Microsoft 365, Exchange",
    "outlook com|aka ms|resolver|storedrv|smtpclientauthentication|office365 com|microsoft|postmaster live com|smtpsend"
    "|routing … exchange|recipnotfound|tenantattribution|exchangelabs com|basic authentication is disabled",
    ("outlook.com", "office365.com", "office.com", "hotmail.com", "live.com"),
    "2026-11-27",
    "https://learn.microsoft.com/troubleshoot/exchange/email-delivery/ndr/non-delivery-reports-in-exchange-online",
    (
        row(Cause.LOGIN_SWITCHED_OFF, status="5.7.139", source=_LOGIN),
        row(Cause.LOGIN_SWITCHED_OFF, words="smtpclientauthentication is disabled|basic authentication is disabled"),
        row(Cause.WRONG_LOGIN, code=535, status="5.7.3"),
        row(Cause.LOGIN_REQUIRED, status="5.7.57"),
        row(Cause.SENDER_NOT_ALLOWED, status="5.7.60", source="public notes of a developer: 550 5.7.60 SMTP; Client"),
        row(Cause.SENDER_NOT_ALLOWED, words="sendasdenied*|send as this sender"),
        row(Cause.RECEIVES_TOO_MUCH, words="recipient thread limit exceeded"),
        row(Cause.SENDING_TOO_FAST, code=432),  # too many connections at once; RFC 4954 means something else
        row(Cause.SENDING_TOO_FAST, words="concurrent connections limit"),
        row(Cause.SENDING_LIMIT, status="x.1.90"),
        row(Cause.SENDING_LIMIT, words="submission quota exceeded|submissionquotaexceeded*"),
        row(Cause.RECEIVES_TOO_MUCH, status="x.2.121-122"),
        row(Cause.ACCOUNT_BLOCKED, words="outboundspam*|bad outbound sender"),
        row(Cause.ACCOUNT_BLOCKED, status="5.7.501-503"),
        row(Cause.ACCOUNT_BLOCKED, status="5.7.700-750"),
        row(Cause.SENDING_LIMIT, status="5.7.232-233"),
        row(Cause.USER_UNKNOWN, status="5.1.10"),  # RFC 7505 means a domain that takes no mail
        row(Cause.USER_UNKNOWN, words="recipnotfound|recipientnotfound|not found by smtp address"),
        # Directory-based edge blocking says so of addresses that do not exist.
        row(Cause.USER_UNKNOWN, status="5.4.1", words="recipient address rejected access|recipient addresses rejected"),
        row(Cause.DOMAIN_NOT_SERVED, status="5.4.1", words="relay access denied"),
        row(Cause.DOMAIN_NOT_SERVED, status="5.7.64"),
        row(Cause.USER_UNKNOWN, status="5.7.504-505"),
        row(Cause.DOMAIN_UNKNOWN, status="x.4.310"),
        row(Cause.DOMAIN_UNKNOWN, words="hosted tenant which has no mail enabled|dns nonexistentdomain"),
        row(Cause.GIVEN_UP, status="x.4.300"),
        row(Cause.RECIPIENT_SERVER_SILENT, status="x.4.312-316"),
        row(Cause.RECIPIENT_ENCRYPTION, status="x.4.317"),
        row(Cause.RECIPIENT_SERVER_SILENT, status="x.4.318"),
        row(Cause.MAIL_LOOP, status="x.4.14"),
        row(Cause.RECIPIENT_ENCRYPTION, status="x.7.321-325"),
        row(Cause.MAILBOX_CLOSED_TO_OTHERS, status="5.7.12-13", source=_EXCHANGE),
        row(Cause.MAILBOX_CLOSED_TO_OTHERS, status="5.7.124"),
        row(Cause.MAILBOX_CLOSED_TO_OTHERS, status="5.7.133-136"),
        row(Cause.MAILBOX_CLOSED_TO_OTHERS, words="rst authrequired|sender not authenticated for|notauthorized"),
        row(Cause.SENDER_BLOCKED, status="5.7.507"),
        row(Cause.SENDER_BLOCKED, status="5.7.513"),
        row(Cause.BLOCKLISTED, status="x.7.511"),
        row(Cause.BLOCKLISTED, status="5.7.606-649"),
        row(Cause.BLOCKLISTED, words="block list|ip reputation|banned sending ip"),
        row(Cause.SENDER_NOT_PROVED, status="x.7.509"),
        row(Cause.SENDER_NOT_PROVED, status="x.7.515"),
        row(Cause.SERVER_NAME, status="x.7.506"),
        row(Cause.MAIL_MALFORMED, status="x.7.512"),
        row(Cause.SENDING_TOO_FAST, status="x.7.508"),
        row(Cause.SENDING_TOO_FAST, status="4.7.500-899"),
        row(Cause.CHARACTERS, status="5.6.11"),
        row(Cause.POLICY, status="5.7.900-999"),
        row(Cause.POLICY, status="5.0.350"),
        row(Cause.TOO_BIG, words="rst sendsizelimit|rst recipsizelimit", source=_EXCHANGE),
        row(Cause.SPAM, words="quarantined this message", source=_EXCHANGE),
        row(Cause.MAILBOX_DISABLED, words="accountdisabled*|mailbox cannot be accessed", source=_EXCHANGE),
    ),
)
