"""What transactions came to as plain values, to be stored as columns and JSON.

>>> reply_values(Reply.parse([b"250 2.0.0 Ok: queued as 8EF88268011"]), "smtp_")
{'smtp_code': 250, 'smtp_enhanced_code': '2.0.0', 'smtp_reply': '2.0.0 Ok: queued as 8EF88268011'}
>>> reply_values(None)
{'code': None, 'enhanced_code': None, 'reply': None}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from typing import Any

from .reply import Reply
from .session import Session
from .transaction import Outcome, Phase, RecipientResult, TransactionResult
from .trouble import Failure

Values = dict[str, Any]


def transaction_values(result: TransactionResult, session: Session) -> Values:
    """The columns of ``mail_transaction`` for what a transaction came to.

    :param session: the connection it went over
    """
    phase = result.recipients[-1].phase
    outcomes = {recipient.outcome.value for recipient in result.recipients}
    return {
        "outcome": outcomes.pop() if len(outcomes) == 1 else "partial",
        "phase": phase.value if phase else None,
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
        "phase": one.phase.value if one.phase else None,
        "problem": one.problem or None,
        **reply_values(one.reply),
    }


def recipient_of_values(values: Mapping[str, Any]) -> RecipientResult:
    """Return the result that `recipient_reply` made these values of.

    >>> values = recipient_reply(RecipientResult("a@example.com", Outcome.REFUSED, Phase.RCPT, None, "timed out"))
    >>> recipient_of_values(values).problem
    'timed out'
    """
    code, phase = values.get("code"), values.get("phase")
    reply = Reply.of(code, values.get("reply") or "") if code else None
    return RecipientResult(
        values["email"], Outcome(values["outcome"]), Phase(phase) if phase else None, reply, values.get("problem") or ""
    )


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


def as_exception(results: Sequence[RecipientResult]) -> SMTPException | None:
    """What `smtplib.SMTP.send_message` would have raised for an email; None where it would have returned.

    It returns as soon as one address was accepted, and where there is nothing to tell.

    >>> reply = Reply.parse([b"550 no"])
    >>> as_exception([RecipientResult("a@example.com", Outcome.REFUSED, Phase.RCPT, reply)])
    SMTPRecipientsRefused({'a@example.com': (550, b'no')})
    """
    if not results or any(one.outcome is Outcome.ACCEPTED for one in results):
        return None
    first = results[0]
    if first.reply is None:
        return SMTPServerDisconnected(first.problem or "no reply")
    code, text = _said(first.reply)
    if first.phase is Phase.RCPT:
        return SMTPRecipientsRefused({one.address: _said(one.reply) if one.reply else (code, b"") for one in results})
    return SMTPSenderRefused(code, text, "") if first.phase is Phase.MAIL else SMTPDataError(code, text)


def _said(reply: Reply) -> tuple[int, bytes]:
    return reply.code, reply.text.encode()
