"""Services that send for others: Amazon SES, Mailgun, SendGrid, Zoho. Their replies are about the account there."""

from __future__ import annotations

from typing import Final

from ..cause import Cause
from ..table import Provider, provider, row

_SES_ERRORS: Final = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html"

AMAZON_SES: Final[Provider] = provider(
    "Amazon SES",
    "amazonaws com|amazonses com|throttling failure|failed the check in region",
    ("amazonaws.com", "amazonses.com"),
    "2026-11-27",
    "https://docs.aws.amazon.com/ses/latest/DeveloperGuide/smtp-response-codes.html",
    (
        row(Cause.SENDING_TOO_FAST, code=454, words="maximum sending rate exceeded"),
        row(Cause.SENDING_LIMIT, code=454, words="daily message quota exceeded"),
        row(Cause.SENDING_TOO_FAST, code=421, words="too many concurrent smtp connections"),
        row(Cause.SENDER_NOT_ALLOWED, code=554, words="address is not verified|failed the check", source=_SES_ERRORS),
        row(Cause.ACCOUNT_BLOCKED, words="sending paused|sending suspended|account is paused", source=_SES_ERRORS),
        row(Cause.SENDER_NOT_ALLOWED, words="access denied … not authorized to perform", source=_SES_ERRORS),
    ),
)

MAILGUN: Final[Provider] = provider(
    "Mailgun",
    "mailgun|sandbox subdomains|previously bounced address|domain is not allowed to send",
    ("mailgun.org", "mailgun.com", "mailgun.net"),
    "2026-11-27",
    "https://help.mailgun.com/hc/en-us/articles/202051664",
    (
        row(
            Cause.WRONG_LOGIN,
            words="not loving your login",
            source="https://github.com/mailgun/documentation/issues/132",
        ),
        row(Cause.ACCOUNT_BLOCKED, words="domain … disabled|account … disabled|account terminated|account … suspended"),
        row(
            Cause.SENDER_NOT_ALLOWED,
            words="not allowed to send|sandbox subdomains",
            source="https://help.kyriossystems.com/en/articles/13613564-email-errors-mailgun-google-workspace",
        ),
        row(
            Cause.USER_UNKNOWN,
            words="previously bounced address",
            source="http://help.loxo.co/en/articles/4779250-email-failure-reasons",
        ),
    ),
)

SENDGRID: Final[Provider] = provider(
    "SendGrid",
    "sendgrid|maximum credits exceeded|verified sender identity|not authorized to send from that email address",
    ("sendgrid.net", "sendgrid.com"),
    "2026-11-27",
    "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting",
    (
        row(Cause.SENDING_LIMIT, words="maximum credits exceeded"),
        row(Cause.SENDER_NOT_ALLOWED, words="verified sender identity|not authorized to send from"),
        row(Cause.WRONG_LOGIN, code=535),
        row(Cause.LOGIN_REQUIRED, words="unauthenticated senders not allowed"),
    ),
)

ZOHO: Final[Provider] = provider(
    "Zoho",
    "zoho|unusual sending activity|sender address blocked",
    ("zoho.com", "zoho.eu"),
    "2026-11-27",
    "public notes of an operator, 2026-08-20: 550 5.4.6, then 554 5.1.8 for all that the account sent",
    (
        row(Cause.ACCOUNT_BLOCKED, status="5.4.6", words="unusual sending activity"),
        row(Cause.ACCOUNT_BLOCKED, status="5.1.8", words="sender address blocked"),
    ),
)
