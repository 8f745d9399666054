"""What travels: an email on its way to a mail server, and what it came to. No ORM in here.

A mail of Odoo becomes one *email* for its typed addresses and one for each contact. An email is handed over by a
*delivery*: one mail transaction (RFC 5321 §3.3); where a server takes fewer recipients at a time by several, one after
the other. A *delivery result* is what one of them came to, for each address. What became of some mails is gathered in
*delivery results*, and recorded in one go.

    models/mail_sender.py  makes Email and Delivery
    engine/sender.py       hands deliveries over, and back come DeliveryResult
    models/mail_sender_record.py  records DeliveryResults
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..tools.address import address_key
from ..tools.kept_message import PackedMessage, replace_once, sha256
from ..tools.problem import describe
from ..tools.smtp.envelope import Envelope
from ..tools.smtp.recipient_limit import is_too_many
from ..tools.smtp.transaction import Outcome, Phase, RecipientResult, TransactionResult
from ..tools.smtp.trouble import Failure
from ..tools.smtp.values import recipient_of_values


def new_envelope_id() -> str:
    """Make an unguessable token for one envelope, of letters and digits only.

    So xtext encoding (RFC 3461 §4) leaves it as it is, and every server brings it back unchanged.
    """
    return secrets.token_hex(16)


@dataclass(frozen=True, eq=False)
class Email:
    """One of the emails that a mail is sent as.

    :param mail_id: of the ``mail.mail``
    :param partner_id: whom it is made for; 0: the addresses that were typed
    :param kinds: ``{address key: "to" | "cc" | "bcc"}`` of all its recipients
    :param evidence: the columns that its transactions and its recipients have in common (``mail.evidence``)
    :param server_id: the ``ir.mail_server``; None: that of Odoo's configuration file
    :param server_name: its host and port, as they are shown
    :param size: bytes of the message
    :param tell_failure: tells other add-ons of a failure, if there are such that want to know
    """

    mail_id: int
    partner_id: int
    kinds: Mapping[str, str]
    evidence: Mapping[str, Any]
    server_id: int | None = None
    server_name: str | None = None
    size: int = 0
    tell_failure: Callable[[Exception], None] | None = None


# Bytes of a packed message, which has no big files in it: a text that is longer is nothing that people read.
MOST_PACKED = 16 * 1024 * 1024


class KeptMessage:
    """A message that is kept exactly as it is sent.

    It is packed when somebody asks: mails by the dozen, one right after the other, take half the time that they take
    in between of what else is done for each (the caches of the processor).

    :param pack: makes the packed message
    :param is_copied: a copy of it is to be made, though somebody deletes the files that others keep
    """

    def __init__(self, pack: Callable[[], PackedMessage], is_copied: bool) -> None:
        self._pack: Callable[[], PackedMessage] | None = pack
        self._is_copied = is_copied

    @cached_property
    def _packed(self) -> PackedMessage | None:
        packed = self._pack() if self._pack else None
        self._pack = None  # what it was made of needs its memory no longer
        return packed if packed and len(packed.data) <= MOST_PACKED else None

    @property
    def data(self) -> bytes | None:
        """What ``mail_transaction`` keeps; None: it is too long."""
        return self._packed and self._packed.data

    @property
    def files(self) -> frozenset[str]:
        """The SHA-1 of the files that are not in ``data`` and have to be kept, too."""
        if not self._packed:
            return frozenset()
        return self._packed.files if self._is_copied else self._packed.missing

    def with_token(self, old: str, new: str) -> "KeptMessage | None":
        """Return the same message with another token: the first place is the header."""
        packed = self._packed
        if not packed:
            return None
        return KeptMessage(
            lambda: replace(packed, data=replace_once(packed.data, old.encode(), new.encode())), self._is_copied
        )


@dataclass(frozen=True, eq=False)
class Delivery:
    """One email in one mail transaction, ready to go.

    :param envelope: sender, recipients and the token of this transaction
    :param message: header and body, as they leave, the last line with its end
    :param known_transaction_id: the last transaction of this email that we know; another one means another worker
    :param transaction_id: its open row in ``mail_transaction``; None: not opened yet
    :param attempts: over how many connections it was begun without anything having been sent
    :param rest: recipients for transactions after this one
    :param earlier: what the transactions before this one came to
    :param kept: the message as ``mail_transaction`` keeps it; None: it does not
    """

    email: Email
    envelope: Envelope
    message: bytes
    known_transaction_id: int = 0
    transaction_id: int | None = None
    attempts: int = 0
    rest: tuple[str, ...] = ()
    earlier: tuple["DeliveryResult", ...] = ()
    kept: KeptMessage | None = None

    @cached_property
    def message_sha256(self) -> str:
        """The SHA-256 of the message, in hex."""
        return sha256(self.message)

    def opened(self, transaction_id: int) -> "Delivery":
        """Return this delivery with its row."""
        return replace(self, transaction_id=transaction_id)

    def begun_again(self) -> "Delivery":
        """Return this delivery, to be tried over another connection."""
        return replace(self, attempts=self.attempts + 1)

    def following(self, recipients: tuple[str, ...], rest: tuple[str, ...], result: "DeliveryResult") -> "Delivery":
        """Return the same email for the next transaction, with a token of its own wherever there is one.

        :param rest: recipients for transactions after that
        :param result: what this delivery came to
        """
        old, new = self.envelope.envelope_id, new_envelope_id()
        sender = self.envelope.sender.replace(old, new)
        return Delivery(
            self.email,
            replace(self.envelope, sender=sender, recipients=recipients, envelope_id=new),
            # The first place is the header: nobody could know the token and write it into the text.
            self.message.replace(old.encode(), new.encode(), 1),
            known_transaction_id=self.transaction_id or 0,
            rest=rest,
            earlier=(*self.earlier, result),
            kept=self.kept and self.kept.with_token(old, new),
        )

    def columns(self) -> dict[str, Any]:
        """Return what ``TransactionLog.open()`` writes of it."""
        return {
            **self.email.evidence,
            "id": self.known_transaction_id,
            "partner_id": self.email.partner_id or None,
            "envelope_id": self.envelope.envelope_id,
            "sender": self.envelope.sender,
            "recipients": self.envelope.recipients,
            "mail_server_id": self.email.server_id,
            "smtp_server_name": self.email.server_name,
            "size": self.email.size,
            "message_sha256": self.message_sha256,
            "sent_message": self.kept and self.kept.data and f"\\x{self.kept.data.hex()}",
        }


@dataclass(frozen=True, eq=False)
class DeliveryResult:
    """What became of an email, for each address: by a transaction, for want of a connection, or decided here.

    :param recipients: one for each address
    :param transaction_id: the transaction that tells it; None if nothing was sent
    :param receipt: the id that the server gave the mail (in its 250 after the content), "" if none
    :param failure: why there was no connection
    """

    email: Email
    recipients: tuple[RecipientResult, ...]
    transaction_id: int | None = None
    envelope_id: str | None = None
    receipt: str = ""
    failure: Failure | None = None

    @classmethod
    def of_transaction(cls, delivery: Delivery, result: TransactionResult) -> "DeliveryResult":
        """Return what the server answered."""
        envelope_id = delivery.envelope.envelope_id
        return cls(delivery.email, result.recipients, delivery.transaction_id, envelope_id, result.receipt)

    @classmethod
    def of_failure(cls, delivery: Delivery, failure: Failure) -> "DeliveryResult":
        """Return that there was no connection: nobody was sent anything, and it is tried again."""
        recipients = without_connection(delivery.envelope.recipients, failure)
        return cls(delivery.email, recipients, envelope_id=delivery.envelope.envelope_id, failure=failure)

    @classmethod
    def of_log(cls, row: Mapping[str, Any]) -> "DeliveryResult":
        """Return what a row of the transaction log says, by its columns."""
        email = Email(row["mail_mail_id"], row["partner_id"] or 0, {}, {}, server_name=row["smtp_server_name"])
        recipients = tuple(map(recipient_of_values, row["recipient_replies"] or ()))
        return cls(email, recipients, row["id"], row["envelope_id"], row["smtp_receipt"] or "")

    @classmethod
    def decided_here(
        cls, email: Email, outcome: Outcome, problem: str = "", phase: Phase | None = None
    ) -> "DeliveryResult":
        """Return the same for all addresses of an email, without a transaction."""
        return cls(email, tuple(RecipientResult(address, outcome, phase, None, problem) for address in email.kinds))

    def without(self, addresses: Iterable[str]) -> "DeliveryResult":
        """Return what it says of the other addresses."""
        left = tuple(one for one in self.recipients if one.address not in addresses)
        return self if len(left) == len(self.recipients) else replace(self, recipients=left)

    def not_shown(self, transactions: Mapping[str, int]) -> "DeliveryResult":
        """Return what it says of the addresses that do not show it yet.

        One address may show it alone: what its server reported of it came before the rest was recorded. An address
        without a row has been taken away since then, where another one shows it.

        :param transactions: ``{address key: the last transaction that it shows, 0 for none}`` of this email
        """
        behind = {key for key, known in transactions.items() if known < (self.transaction_id or 0)}
        if len(behind) == len(transactions):
            return self
        return self.without({one.address for one in self.recipients if address_key(one.address) not in behind})

    def facts(self) -> dict[str, Any]:
        """Return the columns of ``mail_recipient`` that tell by what it is known; none where nothing was tried."""
        if self.envelope_id is None and self.transaction_id is None:
            return {}
        facts = {"envelope_id": self.envelope_id, "smtp_server_name": self.email.server_name}
        return facts if self.transaction_id is None else {**facts, "transaction_id": self.transaction_id}


def without_connection(addresses: Iterable[str], failure: Failure) -> tuple[RecipientResult, ...]:
    """Return the results of addresses that could not be asked because there is no connection."""
    return tuple(
        RecipientResult(address, Outcome.DEFERRED, failure.phase, failure.reply, failure.problem)
        for address in addresses
    )


def last_words(results: Sequence[DeliveryResult], asked_later: Iterable[str] = ()) -> tuple[DeliveryResult, ...]:
    """Return the results of the transactions of one email, each without the addresses that had another one later.

    :param results: in their order
    :param asked_later: addresses of a transaction after these, of which only its row tells what became of it
    """
    later, found = set(asked_later), []
    for result in reversed(results):
        found.append(result.without(later))
        later.update(one.address for one in result.recipients)
    return tuple(reversed(found))


@dataclass
class DeliveryResults:
    """What became of some mails, to be recorded in one go.

    :param results: of their emails
    :param errors: ``{mail id: exceptions}`` of emails that could not be made
    :param attempted: ids of the mails of which something was tried
    :param left: ids of the mails of which some emails wait for their turn
    """

    results: list[DeliveryResult] = field(default_factory=list)
    errors: dict[int, list[Exception]] = field(default_factory=dict)
    attempted: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)

    def add(self, email: Email, results: Sequence[DeliveryResult]) -> None:
        """Note what came back of one email: by its transactions, of which nearly always there is one.

        :param results: none where only the open row tells, to whoever comes next
        """
        self.results += results
        ends = [one for result in results if not result.failure for one in result.recipients]
        if any(one.outcome is Outcome.ACCEPTED for one in ends) and any(map(is_too_many, ends)):
            return  # somebody got it: that does not lengthen the delay of those that were too many
        if results:
            self.attempted.add(email.mail_id)

    def refuse(self, email: Email, problem: str) -> None:
        """Note that an email was not handed over, for a reason that was found here.

        :param problem: why, in the stable words of ``tools``
        """
        self._decide(email, Outcome.REFUSED, problem, Phase.LOCAL)

    def fail(self, mail_id: int, emails: Iterable[Email], error: Exception) -> None:
        """Note that emails of a mail could not be made or addressed; the server was not asked."""
        self.errors.setdefault(mail_id, []).append(error)
        for email in emails:
            self.refuse(email, describe(error))

    def accept(self, email: Email) -> None:
        """Note that an email left in a way that gives no reply."""
        self.attempted.add(email.mail_id)
        self._decide(email, Outcome.ACCEPTED)

    def leave(self, email: Email) -> None:
        """Note that an email waits for its turn."""
        self.left.add(email.mail_id)
        self._decide(email, Outcome.QUEUED)

    def of_email(self) -> dict[tuple[int, int], list[RecipientResult]]:
        """Return what became of the addresses of each email: ``{(mail id, contact id): results}``."""
        found: dict[tuple[int, int], list[RecipientResult]] = {}
        for result in self.results:
            found.setdefault((result.email.mail_id, result.email.partner_id), []).extend(result.recipients)
        return found

    def _decide(self, email: Email, outcome: Outcome, problem: str = "", phase: Phase | None = None) -> None:
        if email.kinds:
            self.results.append(DeliveryResult.decided_here(email, outcome, problem, phase))
