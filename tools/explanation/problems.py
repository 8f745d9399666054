"""The problem words of `tools/` and of the engine, which stand where no server replied (`const.PROBLEM_MEANINGS`).

Beside them the few sentences of Odoo's own that people meet. A test holds the table against `PROBLEM_MEANINGS`.
"""

from __future__ import annotations

from typing import Final

from ..smtp.transaction import Phase
from .cause import Cause
from .table import Row, row

# After the last byte of a mail they mean that nobody knows what became of it (RFC 5321 §4.5.3.2.6).
LOST: Final = (Cause.NO_ANSWER, Cause.CONNECTION_LOST, Cause.NOT_A_MAIL_SERVER, Cause.ENCRYPTION_FAILED)

PROBLEMS: Final[dict[str, Cause]] = {
    "connection refused": Cause.NO_ANSWER,
    "connection lost": Cause.CONNECTION_LOST,
    "timed out": Cause.NO_ANSWER,
    "garbled reply": Cause.NOT_A_MAIL_SERVER,
    "unexpected reply": Cause.NOT_A_MAIL_SERVER,
    "endless answer": Cause.NOT_A_MAIL_SERVER,
    "mailbox names a mail by what is no number": Cause.NOT_A_MAIL_SERVER,
    "mailbox shows a mail that it was not asked for": Cause.NOT_A_MAIL_SERVER,
    "SMTP error": Cause.NOT_A_MAIL_SERVER,
    "unexpected error": Cause.SETTINGS_PROBLEM,
    "network error": Cause.NO_ANSWER,
    "host unreachable": Cause.NO_ANSWER,
    "host name not found": Cause.NAME_UNKNOWN,
    "host name is not valid": Cause.NAME_UNKNOWN,
    "name server does not answer": Cause.NAMES_NOT_LOOKED_UP,
    "server does not speak TLS on this port": Cause.ENCRYPTION_NOT_OFFERED,
    "server does not offer STARTTLS": Cause.ENCRYPTION_NOT_OFFERED,
    "server does not offer a login": Cause.LOGIN_METHOD,
    "no login method in common": Cause.LOGIN_METHOD,
    "login refused": Cause.WRONG_LOGIN,
    "no access token for the login": Cause.WRONG_LOGIN,
    "user name or password has characters that the login cannot carry": Cause.WRONG_LOGIN,
    "no TLS version or cipher in common": Cause.ENCRYPTION_FAILED,
    "connection lost in the TLS handshake": Cause.ENCRYPTION_FAILED,
    "TLS error": Cause.ENCRYPTION_FAILED,
    "server's certificate has expired": Cause.CERTIFICATE,
    "server's certificate is not valid yet": Cause.CERTIFICATE,
    "server's certificate is self-signed": Cause.CERTIFICATE,
    "server's certificate was issued by an unknown authority": Cause.CERTIFICATE,
    "server's certificate was revoked": Cause.CERTIFICATE,
    "server's certificate is for another host": Cause.CERTIFICATE,
    "server's certificate could not be verified": Cause.CERTIFICATE,
    "server did not accept the client certificate": Cause.OWN_CERTIFICATE,
    "client certificate or its key is unusable": Cause.OWN_CERTIFICATE,
    "server does not offer SMTPUTF8": Cause.ADDRESS_NOT_ASCII,
    "the mail was deleted": Cause.MAIL_DELETED,
    "the mail could not be put together": Cause.MAIL_NOT_BUILT,
    "a header of the mail contains a line break": Cause.HEADER_BROKEN,
    "a header of the mail has a name that is not allowed": Cause.HEADER_BROKEN,
    "a header of the mail is there twice": Cause.HEADER_BROKEN,
    "the mail contains characters that cannot be sent": Cause.CHARACTERS,
    "an attachment cannot be read": Cause.ATTACHMENT_UNREADABLE,
    "the mail has no recipient": Cause.NO_ADDRESS,
    "the recipient address is empty": Cause.NO_ADDRESS,
    "the recipient address contains a line break": Cause.ADDRESS_MALFORMED,
    "the recipient address contains a space": Cause.ADDRESS_MALFORMED,
    "the recipient address contains an angle bracket": Cause.ADDRESS_MALFORMED,
    "the recipient address contains a control character": Cause.ADDRESS_MALFORMED,
    "the recipient address contains half a character": Cause.ADDRESS_MALFORMED,
    "the recipient address has a domain that cannot exist": Cause.ADDRESS_MALFORMED,
    "the sender address is empty": Cause.SETTINGS_INCOMPLETE,
    "the sender address contains a line break": Cause.SENDER_ADDRESS_WRONG,
    "the sender address contains a space": Cause.SENDER_ADDRESS_WRONG,
    "the sender address contains an angle bracket": Cause.SENDER_ADDRESS_WRONG,
    "the sender address contains a control character": Cause.SENDER_ADDRESS_WRONG,
    "the sender address contains half a character": Cause.SENDER_ADDRESS_WRONG,
    "the sender address has a domain that cannot exist": Cause.SENDER_ADDRESS_WRONG,
    "the envelope id may hold up to 100 letters, digits, dots, dashes and underscores": Cause.MAIL_NOT_BUILT,
    "a notification can be asked for NEVER, SUCCESS, FAILURE or DELAY only": Cause.MAIL_NOT_BUILT,
    "NEVER cannot be combined with another notification": Cause.MAIL_NOT_BUILT,
    "given up after too many attempts": Cause.GIVEN_UP,
    "no longer a recipient of the mail": Cause.NO_LONGER_RECIPIENT,
    "not a valid address": Cause.ADDRESS_MALFORMED,
    "found in the Sent folder": Cause.OUTCOME_UNKNOWN,  # it was
    "another add-on did not hand it over": Cause.ADD_ON_STOPPED,
    "another add-on's transport failed": Cause.OUTCOME_UNKNOWN,
    "not tried again, because the sender was told that it failed": Cause.NOT_RETRIED,
    "the sending process ended before the server answered": Cause.OUTCOME_UNKNOWN,
    "At least one valid recipient address should be specified for outgoing emails": Cause.NO_ADDRESS,
}

# Odoo 19, base/models/ir_mail_server.py.
SENTENCES: Final[tuple[Row, ...]] = (
    row(Cause.ACCOUNT_MISSING, words="missing smtp server|define at least one smtp server"),
    row(Cause.SETTINGS_PROBLEM, words="cannot be used because it is archived"),
    row(Cause.SETTINGS_INCOMPLETE, words="provide a sender address explicitly"),
    row(Cause.SENDER_ADDRESS_WRONG, words="malformed return path or from address"),
)


def cause_of(problem: str, phase: Phase | None) -> Cause | None:
    """The cause of problem words, perhaps with a detail in brackets behind; None if they are not known."""
    cause = PROBLEMS.get(problem) or PROBLEMS.get(problem.partition(" (")[0])
    return Cause.OUTCOME_UNKNOWN if phase is Phase.CONTENT and cause in LOST else cause
