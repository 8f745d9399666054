"""Enhanced status codes that leave no doubt (RFC 3463 §3; registry: RFC 5248; RFC 4954, 6531, 7372, 7505).

Codes that say little (x.0.0, x.5.1, x.7.1) are not in `STATUSES`: words come before them. `SUBJECTS` is what the
subject alone tells when neither words nor a reply code tell more.
"""

from __future__ import annotations

from typing import Final

from ..smtp.transaction import Phase
from .cause import Cause
from .table import Row, row

_SENDER: Final = (Phase.MAIL,)

STATUSES: Final[tuple[Row, ...]] = (
    row(Cause.SENDER_ADDRESS_WRONG, status="x.1.1-3", phases=_SENDER),  # said of the sender
    # Some servers give 5.1.1 to everything that is about a recipient.
    row(Cause.MAILBOX_FULL, status="x.1.1", words="mailbox is full|quota|overquota"),
    row(Cause.MAILBOX_DISABLED, status="x.1.1", words="inactive|disabled"),
    row(Cause.SENDER_BLOCKED, status="x.1.1", words="recipient preferences|sender is blacklisted"),
    row(Cause.SENDING_TOO_FAST, status="x.1.1", words="too many recipients this hour"),
    row(Cause.MAILBOX_BUSY, status="4.1.1", words="verification in progress|unverified address … lost connection"),
    row(Cause.USER_UNKNOWN, status="x.1.1"),
    row(Cause.DOMAIN_UNKNOWN, status="x.1.2"),
    row(Cause.DOMAIN_NOT_SERVED, status="x.1.3", words="relay not permitted", returned=True),
    row(Cause.ADDRESS_MALFORMED, status="x.1.3"),
    row(Cause.USER_UNKNOWN, status="x.1.4"),  # ambiguous
    row(Cause.MAILBOX_MOVED, status="x.1.6"),
    row(Cause.SENDER_ADDRESS_WRONG, status="x.1.7-8"),
    row(Cause.DOMAIN_TAKES_NO_MAIL, status="x.1.10"),
    row(Cause.USER_UNKNOWN, status="5.2.1", words="unknown|no such user"),
    row(Cause.MAILBOX_DISABLED, status="5.2.1"),
    row(Cause.MAILBOX_FULL, status="x.2.2"),
    row(Cause.TOO_BIG, status="x.2.3"),
    row(Cause.NO_SPACE, status="x.3.1"),
    row(Cause.TOO_BIG, status="x.3.4"),
    row(Cause.RECIPIENT_SERVER_SILENT, status="x.4.1"),
    row(Cause.CONNECTION_LOST, status="x.4.2", returned=False),
    row(Cause.RECIPIENT_SERVER_SILENT, status="x.4.2", returned=True),
    row(Cause.RECIPIENT_SERVER_SILENT, status="5.4.4", words="unexpected name server reply|try again"),
    row(Cause.DOMAIN_UNKNOWN, status="5.4.4"),
    row(Cause.MAIL_LOOP, status="x.4.6"),
    row(Cause.RECIPIENT_SERVER_SILENT, status="x.4.312-316"),  # Microsoft alone has these
    row(Cause.TOO_MANY_RECIPIENTS, status="x.5.3"),
    row(Cause.ADDRESS_NOT_ASCII, status="x.6.7-10"),
    row(Cause.MAILBOX_CLOSED_TO_OTHERS, status="x.7.2"),
    row(Cause.LOGIN_TOO_WEAK, status="x.7.9"),
    row(Cause.ENCRYPTION_REQUIRED, status="x.7.10"),
    row(Cause.LOGIN_NEEDS_ENCRYPTION, status="x.7.11"),
    row(Cause.PASSWORD_TRANSITION, status="x.7.12"),
    row(Cause.ACCOUNT_BLOCKED, status="x.7.13", returned=False),
    row(Cause.MAILBOX_DISABLED, status="x.7.13", returned=True),
    row(Cause.LOGIN_SWITCHED_OFF, status="x.7.139"),  # Microsoft alone
    row(Cause.MAILBOX_MOVED, status="x.7.17-18"),  # the address has a new owner (RFC 7293)
    row(Cause.SENDER_NOT_PROVED, status="x.7.20-24"),
    row(Cause.SERVER_NAME, status="x.7.25"),
    row(Cause.SENDER_NOT_PROVED, status="x.7.26"),
    row(Cause.SENDER_ADDRESS_WRONG, status="x.7.27"),  # takes no mail itself, so that nothing can come back
    row(Cause.SENDING_TOO_FAST, status="x.7.28"),
    row(Cause.SENDER_NOT_PROVED, status="x.7.29"),
    row(Cause.RECIPIENT_ENCRYPTION, status="x.7.30"),
)

SUBJECTS: Final[tuple[Row, ...]] = (
    row(Cause.GIVEN_UP, status="x.4.7"),  # hides why it could not be delivered
    row(Cause.SENDER_ADDRESS_WRONG, status="x.1", phases=_SENDER),
    row(Cause.MAILBOX_BUSY, status="4.1"),
    row(Cause.MAILBOX_UNAVAILABLE, status="5.1"),
    row(Cause.MAILBOX_BUSY, status="4.2"),
    row(Cause.MAILBOX_UNAVAILABLE, status="5.2"),
    row(Cause.SERVICE_UNAVAILABLE, status="x.3.2"),
    row(Cause.SERVER_FAULT, status="x.3"),
    row(Cause.SERVICE_UNAVAILABLE, status="x.4.5"),
    row(Cause.CONNECTION_LOST, status="x.4", returned=False),
    row(Cause.RECIPIENT_SERVER_SILENT, status="x.4", returned=True),
    row(Cause.PARAMETERS_REFUSED, status="x.5.4"),
    row(Cause.COMMAND_REFUSED, status="x.5.1-5"),
    row(Cause.MAIL_MALFORMED, status="x.6"),
    row(Cause.POLICY, status="5.7"),
)
