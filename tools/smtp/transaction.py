"""What a mail transaction ended with, for each recipient (RFC 5321 §3.3, §4.2.5, §6.1).

There are four ends and not two: a server can also say "later", and the connection can die after the final dot, when
nobody but the server knows whether it took the mail.

>>> done = RecipientResult("a@example.com", Outcome.ACCEPTED, Phase.CONTENT, None)
>>> lost = RecipientResult("b@example.com", Outcome.UNKNOWN, Phase.CONTENT, None, "timed out")
>>> [result.address for result in TransactionResult((done, lost), None, "", "", False, 0).unknown]
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
    """The end of one recipient. `problem` says in a few stable English words what happened if no reply does.

    `phase` is None where nothing is known of any step.
    """

    address: str
    outcome: Outcome
    phase: Phase | None
    reply: Reply | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TransactionResult:
    """The end of one transaction.

    `reply` is the reply to the content, else the one that ended the transaction; `usable` tells whether the connection
    can take another transaction; `size` is the message's bytes before dot-stuffing.
    """

    recipients: tuple[RecipientResult, ...]
    reply: Reply | None
    receipt: str
    transcript: str
    usable: bool
    size: int

    @property
    def accepted(self) -> tuple[RecipientResult, ...]:
        """The recipients the server took responsibility for."""
        return self._with(Outcome.ACCEPTED)

    @property
    def deferred(self) -> tuple[RecipientResult, ...]:
        """The recipients to try again."""
        return self._with(Outcome.DEFERRED)

    @property
    def refused(self) -> tuple[RecipientResult, ...]:
        """The recipients that were turned down for good."""
        return self._with(Outcome.REFUSED)

    @property
    def unknown(self) -> tuple[RecipientResult, ...]:
        """The recipients of whom nobody here knows whether the server took the mail."""
        return self._with(Outcome.UNKNOWN)

    def _with(self, outcome: Outcome) -> tuple[RecipientResult, ...]:
        return tuple(result for result in self.recipients if result.outcome is outcome)
