"""The result of a mail transaction, for each recipient (RFC 5321 §3.3, §4.2.5, §6.1).

There are four outcomes and not two: a server can also say "later", and the connection can die after the final dot, when
nobody but the server knows whether it took the mail.

>>> done = RecipientResult("a@example.com", Outcome.ACCEPTED, Phase.CONTENT, None)
>>> lost = RecipientResult("b@example.com", Outcome.UNKNOWN, Phase.CONTENT, None, "timed out")
>>> result = TransactionResult((done, lost), None, "", "", False, 0)
>>> [one.address for one in result.recipients if one.outcome is Outcome.UNKNOWN]
['b@example.com']
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .reply import Reply


class Outcome(str, Enum):
    """What happened to one recipient."""

    ACCEPTED = "accepted"  # 2xx after the final dot: the server has taken responsibility (RFC 5321 §6.1)
    DEFERRED = "deferred"  # 4xx, or not asked because something else failed: nothing was handed over, try again
    REFUSED = "refused"  # 5xx, or impossible with this server
    UNKNOWN = "unknown"  # the final dot was sent and no reply was read: sending again may double the mail
    QUEUED = "queued"  # it was not its turn yet: nothing was tried


class Phase(str, Enum):
    """How far a recipient came: the step whose reply, or whose missing reply, decided."""

    CONNECT = "connect"  # name resolution, TCP, greeting, EHLO
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # the DATA command, and the content up to the final dot
    CONTENT = "content"  # from the final dot on
    LOCAL = "local"  # decided here; the server was not asked


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """The result for one recipient. `problem` says in a few stable English words what happened if no reply does.

    `phase` is None where nothing is known of any step.
    """

    address: str
    outcome: Outcome
    phase: Phase | None
    reply: Reply | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TransactionResult:
    """The result of one transaction.

    `reply` is the reply to the content, else the one that ended the transaction; `usable` tells whether the connection
    can take another transaction; `size` is the message's bytes before dot-stuffing.
    """

    recipients: tuple[RecipientResult, ...]
    reply: Reply | None
    receipt: str
    transcript: str
    usable: bool
    size: int
