"""The rules of a mail transaction: which reply means what for whom (RFC 5321 §3.3, §4.3.2, §4.5.3.1.10).

No input and no output: a session sends the commands, in whatever grouping the server allows, and feeds the replies in
the order of the commands. Each recipient is settled once; what comes after that does not change it.

>>> from functools import partial
>>> dialogue = Dialogue(Envelope("s@example.com", ("a@example.com", "b@example.com")), Extensions(), b"Hi")
>>> for feed, line in ((dialogue.on_mail, b"250 Ok"), (partial(dialogue.on_rcpt, 0), b"250 Ok"),
...                    (partial(dialogue.on_rcpt, 1), b"550 No"), (dialogue.on_data, b"354 Go")):
...     feed(Reply.parse([line]))
>>> dialogue.on_final_dot()
>>> dialogue.on_content(Reply.parse([b"250 OK id=1xVaWQ-0004RC-3C"]))
>>> [one.outcome.value for one in dialogue.results], dialogue.receipt, dialogue.is_usable
(['accepted', 'refused'], '1xVaWQ-0004RC-3C', True)
"""

from __future__ import annotations

from . import trouble
from .envelope import NO_SMTPUTF8, Envelope, mail_command, needs_smtputf8, rcpt_command
from .extension import Extensions
from .receipt import find_receipt
from .reply import Reply
from .transaction import Outcome, Phase, RecipientResult

UNEXPECTED = "unexpected reply"


class Dialogue:
    """One transaction while it runs.

    `awaiting` is the phase whose reply comes next, `reply` the reply that decided, `needs_reset` tells that the
    server still has a transaction open, `is_usable` that the connection is not to be closed.
    """

    def __init__(self, envelope: Envelope, extensions: Extensions, message: bytes) -> None:
        self.envelope = envelope
        self.awaiting = Phase.MAIL
        self.reply: Reply | None = None
        self.receipt = ""
        self.is_usable = True
        self.needs_reset = False
        self._extensions = extensions
        self._size = len(message)
        self._eight_bit = not message.isascii()
        self._results: list[RecipientResult | None] = [None] * len(envelope.recipients)
        self._left = len(self._results)
        self._check_locally()
        self._unasked = set(self.pending)

    # What to send

    @property
    def pending(self) -> tuple[int, ...]:
        """The positions in the envelope of the recipients that are not settled."""
        return tuple(position for position, one in enumerate(self._results) if one is None)

    @property
    def is_over(self) -> bool:
        """True if every recipient is settled."""
        return not self._left

    @property
    def results(self) -> tuple[RecipientResult, ...]:
        """The settled recipients in the envelope's order: all of them once it is over."""
        return tuple(one for one in self._results if one)

    def mail_command(self) -> bytes:
        """Return the MAIL command."""
        return mail_command(self.envelope, self._extensions, self._size, self._eight_bit)

    def rcpt_command(self, position: int) -> bytes:
        """Return the RCPT command of the recipient at this position."""
        return rcpt_command(self.envelope, self.envelope.recipients[position], self._extensions)

    # What came back

    def on_mail(self, reply: Reply) -> None:
        """Take the reply to MAIL: a refusal is everybody's."""
        self.awaiting = Phase.MAIL
        if reply.is_positive:
            self.awaiting = Phase.RCPT
        else:
            self._end_all(reply)

    def on_rcpt(self, position: int, reply: Reply) -> None:
        """Take the reply to one RCPT: a refusal is this recipient's alone, a 421 is everybody's."""
        if self._results[position]:
            return
        if not reply.is_positive:
            if reply.closes_channel or reply.is_intermediate:
                self._end_all(reply)
                return
            self.reply = reply
            self._settle(position, self._outcome(position, reply), reply)
            self.needs_reset = self.is_over
        self._unasked.discard(position)
        if not self._unasked:
            self.awaiting = Phase.DATA

    def on_data(self, reply: Reply) -> None:
        """Take the reply to DATA. Only 354 lets the content follow."""
        if reply.code != 354:
            self._end_all(reply)

    def on_final_dot(self) -> None:
        """Note that the final dot is about to be written: from here on a missing reply means unknown."""
        self.awaiting = Phase.CONTENT

    def on_content(self, reply: Reply) -> None:
        """Take the reply to the content."""
        if not reply.is_positive:
            # RFC 5321 §4.1.1.4: the end of the content ends the transaction, also when it is refused. Not in Postfix,
            # whose smtpd_end_of_data_restrictions leave it open: without RSET the next MAIL gets "503 nested MAIL".
            self._end_all(reply)
            return
        self.reply = reply
        self.receipt = find_receipt(reply.text)
        for position in self.pending:
            self._settle(position, Outcome.ACCEPTED, reply)

    def on_failure(self, problem: str, last_reply: Reply | None = None) -> None:
        """Note that the connection is of no use any more.

        :param last_reply: what the server had said before it hung up, for example 552 in the middle of the content
        """
        self.is_usable = self.needs_reset = False
        if self.is_over:
            return
        if last_reply and (last_reply.is_transient or last_reply.is_permanent):
            self._end_all(last_reply)
            self.is_usable = self.needs_reset = False
        elif last_reply and last_reply.is_positive and self.awaiting is Phase.CONTENT:
            self.on_content(last_reply)
        else:
            self.reply = None
            outcome = Outcome.UNKNOWN if self.awaiting is Phase.CONTENT else Outcome.DEFERRED
            for position in self.pending:
                self._settle(position, outcome, None, problem)

    # Rules behind

    def _check_locally(self) -> None:
        if self._extensions.smtputf8:
            return
        sender_needs = needs_smtputf8(self.envelope.sender)
        for position, address in enumerate(self.envelope.recipients):
            if sender_needs or needs_smtputf8(address):
                self._results[position] = RecipientResult(address, Outcome.REFUSED, Phase.LOCAL, None, NO_SMTPUTF8)
                self._left -= 1

    def _end_all(self, reply: Reply) -> None:
        """End the transaction with a reply that lets nobody go on."""
        if reply.is_positive or reply.is_intermediate:
            # A reply that cannot come here: command and reply are out of step, no later one could be trusted.
            self.on_failure(UNEXPECTED)
            self.reply = reply
            return
        self.reply = reply
        # The server closes after 421 (RFC 5321 §3.8): no recipient was handed anything, even one with a 250.
        self.is_usable = not reply.closes_channel
        self.needs_reset = self.is_usable
        for position in self.pending:
            self._settle(position, self._outcome(position, reply), reply)

    def _settle(self, position: int, outcome: Outcome, reply: Reply | None, problem: str = "") -> None:
        address = self.envelope.recipients[position]
        self._results[position] = RecipientResult(address, outcome, self.awaiting, reply, problem)
        self._left -= 1

    def _outcome(self, position: int, reply: Reply) -> Outcome:
        return trouble.from_reply(self.awaiting, reply, self.envelope.recipients[position]).outcome
