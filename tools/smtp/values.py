"""What transactions came to as plain values, to be stored as columns and JSON.

>>> reply_values(Reply.parse([b"250 2.0.0 Ok: queued as 8EF88268011"]), "smtp_")
{'smtp_code': 250, 'smtp_enhanced_code': '2.0.0', 'smtp_reply': '2.0.0 Ok: queued as 8EF88268011'}
>>> reply_values(None)
{'code': None, 'enhanced_code': None, 'reply': None}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from typing import Any

from .reply import Reply
from .session import Session
from .transaction import RecipientResult, TransactionResult
from .trouble import Failure

Values = dict[str, Any]


def transaction_values(result: TransactionResult, session: Session) -> Values:
    """The columns of ``mail_transaction`` for what a transaction came to.

    :param session: the connection it went over
    """
    outcomes = {recipient.outcome.value for recipient in result.recipients}
    return {
        "outcome": outcomes.pop() if len(outcomes) == 1 else "partial",
        "phase": result.recipients[-1].phase.value,
        **reply_values(result.reply, "smtp_"),
        "smtp_receipt": result.receipt or None,
        "problem": next((one.problem for one in result.recipients if one.problem), None),
        "transcript": result.transcript,
        "recipient_replies": [recipient_reply(one) for one in result.recipients],
        "tls_version": session.tls_version or None,
        "tls_cipher": session.cipher or None,
    }


def recipient_reply(one: RecipientResult) -> Values:
    """What a transaction came to for one address, as plain values."""
    return {
        "email": one.address,
        "outcome": one.outcome.value,
        "phase": one.phase.value,
        "problem": one.problem or None,
        **reply_values(one.reply),
    }


def reply_values(reply: Reply | None, prefix: str = "") -> Values:
    """A reply as plain values: code, enhanced_code and reply, each None where the server gave none."""
    return {
        f"{prefix}code": reply.code if reply else None,
        f"{prefix}enhanced_code": str(reply.enhanced) if reply and reply.enhanced else None,
        f"{prefix}reply": reply.text if reply else None,
    }


def failure_values(failure: Failure, prefix: str = "smtp_") -> Values:
    """Why there is no connection, as the columns of ``mail_transaction``."""
    return {
        "phase": failure.phase.value,
        "problem": failure.problem or None,
        **reply_values(failure.reply, prefix),
    }


def deferred(addresses: Iterable[str], failure: Failure) -> list[Values]:
    """The replies of addresses that could not be asked because there is no connection.

    :param failure: why not
    """
    cause = failure_values(failure, "")
    return [{"email": address, "outcome": "deferred", **cause} for address in addresses]


def as_exception(replies: Sequence[Values]) -> SMTPException | None:
    """What `smtplib.SMTP.send_message` would have raised for an email; None where it would have returned.

    It returns as soon as one address was accepted, and where there is nothing to tell.

    :param replies: as `recipient_reply` and `deferred` make them

    >>> as_exception([{"email": "a@example.com", "outcome": "refused", "phase": "rcpt", "code": 550, "reply": "no"}])
    SMTPRecipientsRefused({'a@example.com': (550, b'no')})
    """
    if not replies or any(reply["outcome"] == "accepted" for reply in replies):
        return None
    first = replies[0]
    code, text = first.get("code"), (first.get("reply") or "").encode()
    if not code:
        return SMTPServerDisconnected(first.get("problem") or "no reply")
    if first["phase"] == "rcpt":
        return SMTPRecipientsRefused(
            {one["email"]: (one.get("code") or code, (one.get("reply") or "").encode()) for one in replies}
        )
    return SMTPSenderRefused(code, text, "") if first["phase"] == "mail" else SMTPDataError(code, text)
