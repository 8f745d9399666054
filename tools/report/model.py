"""What a returned mail says, as values (RFC 3464, RFC 8098, RFC 5965, RFC 3834).

Contract: frozen values without behaviour; text that is not in the mail is "", a number or code that is not in
it is None. Every text is as the reporting system wrote it, decoded and on one line; those of the report's own header
are cut to what a person reads and to what a database takes.

>>> Action.FAILED.value, Kind.DSN.value
('failed', 'dsn')
>>> RecipientReport("user@dest.test", action=Action.FAILED, status=EnhancedStatus(5, 1, 1), hard=True).is_bounce
True
>>> Report(Kind.NONE).is_bounce
False
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..smtp.enhanced_status import EnhancedStatus
from .result import Result, worst_result


class Kind(Enum):
    """What sort of mail came back. A bounce is a DSN, or the MDN by which a delivery agent refuses (RFC 5429)."""

    DSN = "dsn"  # RFC 3464, or a text of a mail system that says the same
    MDN = "mdn"  # RFC 8098: a read receipt, or "deleted without being read"
    FEEDBACK = "feedback"  # RFC 5965: a complaint, or an authentication failure report (RFC 6591)
    AUTO_REPLY = "auto_reply"  # RFC 3834: vacation notice, ticket confirmation
    NONE = "none"  # a mail of a person, a newsletter, a forwarded or quoted bounce


class Action(Enum):
    """RFC 3464 §2.3.3."""

    FAILED = "failed"  # final: not delivered
    DELAYED = "delayed"  # not yet: the system goes on trying
    DELIVERED = "delivered"  # in the mailbox
    RELAYED = "relayed"  # passed on to a system that sends no DSN
    EXPANDED = "expanded"  # delivered to an alias with several members


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What happened for one recipient."""

    recipient: str  # the Final-Recipient
    original_recipient: str = ""  # as the sender gave it: ORCPT, or the alias it came from
    action: Action | None = None
    result: Result | None = None  # None: the report says nothing of it that counts
    # The finest code the report gives. X.0.0 where it gives the class alone, by an SMTP reply code or by the action.
    status: EnhancedStatus | None = None
    hard: bool | None = None  # True: the address cannot get mail at all. None: not a failure
    diagnostic: str = ""
    reply_code: int | None = None  # of the last server, such as 550
    remote_mta: str = ""
    retry_until: str = ""  # Will-Retry-Until, as written

    @property
    def is_bounce(self) -> bool:
        """True when this recipient did not and will not get the mail."""
        return self.action is Action.FAILED


@dataclass(frozen=True, slots=True)
class Disposition:
    """RFC 8098 §3.2.6. Only `displayed` means that a person may have read the mail."""

    type: str  # displayed, deleted, dispatched, processed, denied, failed
    automatic: bool  # automatic-action: no person had a part in it

    @property
    def is_read(self) -> bool:
        """True for a mail that was shown to its reader."""
        return self.type == "displayed"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything needed to find the sent mail again and to write down what became of it."""

    kind: Kind
    recipients: tuple[RecipientReport, ...] = ()
    message_id: str = ""  # of the sent mail, with its angle brackets
    envelope_id: str = ""  # ENVID, else the token of the returned headers
    token: str = ""  # X-Envelope-Id of the returned headers
    references: tuple[str, ...] = ()  # In-Reply-To and References of the report itself
    queue_ids: tuple[str, ...] = ()  # X-Postfix-Queue-ID and the ids in the returned Received fields
    reporting_mta: str = ""
    addressed_to: tuple[str, ...] = ()  # where the report went: a VERP token may stand in one of them
    return_path: str | None = None  # of the report; "" is the null sender, None is not known
    subject: str = ""  # of the report, as are the next three
    sender: str = ""  # From, as a person reads it
    date: str = ""  # as written
    own_id: str = ""  # Message-ID
    # A mail system sent it back, and yet it is of Kind.NONE: its form is not known.
    is_unreadable: bool = False
    disposition: Disposition | None = None
    text: str = ""  # the reason in the words of the report
    format: str = ""  # which form was recognised: rfc3464, qmail, …

    @property
    def is_bounce(self) -> bool:
        """True when at least one recipient did not get the mail."""
        return any(recipient.is_bounce for recipient in self.recipients)

    @property
    def result(self) -> Result | None:
        """The worst that it says of any recipient, None if it says nothing that counts."""
        return worst_result(recipient.result for recipient in self.recipients)
