"""One mail of several in flight on a connection: its commands, and what the replies make of it (RFC 2920 §3.1).

Commands are written before the replies to earlier ones are known, so replies come that a polite conversation would
never cause: "503 need MAIL" after a refused MAIL, or 354 after every recipient was refused. What they mean for a
recipient is `dialogue`'s business; here they are brought into its order, and the odd ones are kept from it.

>>> job = Job(Envelope("s@example.com", ("a@example.com",)), b"Hi")
>>> transaction = PipelinedTransaction(job, Extensions(), Transcript())
>>> transaction.commands(reset=False) + transaction.chunk_command()
b'MAIL FROM:<s@example.com>\\r\\nRCPT TO:<a@example.com>\\r\\nBDAT 4 LAST\\r\\n'
>>> for line in b"250 Ok", b"550 No such user", b"503 Need RCPT":
...     transaction.on_reply(Reply.parse([line]), is_written=True)
>>> transaction.is_answered, [(end.outcome.value, end.reply.code) for end in transaction.result(True).recipients]
(True, [('refused', 550)])
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from .dialogue import UNEXPECTED, Dialogue
from .envelope import Envelope
from .extension import Extensions
from .reply import Reply, SmtpError
from .transaction import Outcome, Phase, RecipientResult, TransactionResult
from .transcript import Transcript


@dataclass(slots=True)
class Job:
    """A mail to send: CRLF line ends, not dot-stuffed. `tag` is the caller's."""

    envelope: Envelope
    message: bytes
    tag: Any = None


Result = tuple[Job, TransactionResult | None]


class Callbacks(NamedTuple):
    """The caller's side, see `pipeline.Pipeline.run`."""

    take: Callable[[int, bool], list[Job]]
    before_data: Callable[[list[Job]], None]
    done: Callable[[list[Result]], None]


class OutOfStep(SmtpError):
    """A reply that cannot answer the command it came for: from here on no reply can be trusted."""

    problem = UNEXPECTED


class Awaited(Enum):
    """What a reply is awaited for."""

    RESET = "reset"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"  # the final dot, or the last chunk


class PipelinedTransaction:
    """One job while replies to it may come.

    `begin` and `end`: where in the stream of written bytes its content begins and ends, once it is queued.
    """

    def __init__(self, job: Job, extensions: Extensions, transcript: Transcript) -> None:
        self.job = job
        self.begin: int | None = None
        self.end: int | None = None
        self.has_reply = False  # the server has said something about this mail
        self.needs_dot = False  # 354 came although there is nothing to send
        self.was_reset = True  # the server has confirmed that no earlier transaction is open
        self._dialogue = Dialogue(job.envelope, extensions, job.message)
        self._transcript = transcript
        self._awaited: deque[tuple[Awaited, int, bytes]] = deque()
        self._is_mail_refused = False
        self._has_misplaced_recipient = False
        self._may_be_misdelivered = False

    # What to write

    def commands(self, reset: bool) -> bytes:
        """Return the group that opens the transaction.

        :param reset: end what the server may still have open first
        """
        dialogue = self._dialogue
        group = [(Awaited.RESET, 0, b"RSET\r\n")] if reset else []
        group.append((Awaited.MAIL, 0, dialogue.mail_command()))
        group.extend((Awaited.RCPT, position, dialogue.rcpt_command(position)) for position in dialogue.pending)
        self._awaited.extend(group)
        return b"".join(command for _awaited, _position, command in group)

    def data_command(self) -> bytes:
        """Return the DATA command."""
        return self._expect(Awaited.DATA, b"DATA\r\n")

    def chunk_command(self) -> bytes:
        """Return the BDAT command for the whole content (RFC 3030 §2), which `content()` ends with a line end."""
        return self._expect(Awaited.CONTENT, b"BDAT %d LAST\r\n" % sum(map(len, self.content())))

    def expect_content_reply(self) -> None:
        """Note that content and final dot are on their way."""
        self._expect(Awaited.CONTENT, b"")

    def content(self) -> tuple[bytes, ...]:
        """Return the content as it goes into a chunk: a missing line end is added, as DATA cannot do without it."""
        message = self.job.message
        return (message,) if message.endswith(b"\r\n") else (message, b"\r\n")

    # What came back

    @property
    def awaits(self) -> Awaited | None:
        """What the next reply is for."""
        return self._awaited[0][0] if self._awaited else None

    @property
    def is_over(self) -> bool:
        """True if every recipient is settled."""
        return self._dialogue.is_over

    @property
    def is_answered(self) -> bool:
        """True if every recipient is settled and no reply is awaited."""
        return not self._awaited and self._dialogue.is_over

    @property
    def is_unsent(self) -> bool:
        """True if this mail has not been dealt with at all: it met what an earlier one had left open."""
        return self._is_mail_refused and not self.was_reset and not self._may_be_misdelivered

    def is_begun(self, written: int) -> bool:
        """Tell whether some of its content has left when so many bytes have."""
        return self.begin is not None and written > self.begin

    def is_written(self, written: int) -> bool:
        """Tell whether all of its content has left when so many bytes have."""
        return self.end is not None and written >= self.end

    def on_reply(self, reply: Reply, is_written: bool) -> None:
        """Take the next reply.

        :param is_written: its whole content may have reached the server
        :raise OutOfStep: it is no answer to what was asked
        """
        awaited, position, command = self._awaited[0]
        is_go_ahead = awaited is Awaited.DATA
        if reply.is_intermediate != (is_go_ahead and reply.code == 354) or (is_go_ahead and reply.is_positive):
            raise OutOfStep(str(reply))
        if awaited is Awaited.CONTENT and reply.is_positive and not is_written:
            raise OutOfStep(str(reply))
        self._awaited.popleft()
        self._note(awaited, command, reply)
        self.has_reply |= awaited is not Awaited.RESET
        getattr(self, f"_on_{awaited.value}")(position, reply, is_written)

    def on_connection_lost(self, problem: str, is_written: bool) -> None:
        """Settle what is open: nothing more will come."""
        if self._has_misplaced_recipient and is_written:
            self._may_be_misdelivered = True
        if not self._dialogue.is_over:
            self._transcript.note(problem)
            if is_written:
                self._dialogue.on_final_dot()
            self._dialogue.on_failure(problem)

    def result(self, usable: bool) -> TransactionResult:
        """Return the result of the transaction."""
        dialogue = self._dialogue
        recipients = dialogue.results
        if self._may_be_misdelivered:
            recipients = tuple(
                RecipientResult(address, Outcome.UNKNOWN, Phase.CONTENT, None, UNEXPECTED)
                for address in self.job.envelope.recipients
            )
        return TransactionResult(
            recipients=recipients,
            reply=dialogue.reply,
            receipt=dialogue.receipt,
            transcript=str(self._transcript),
            usable=usable,
            size=len(self.job.message),
        )

    # The replies, one by one

    def _on_reset(self, _position: int, reply: Reply, _is_written: bool) -> None:
        self.was_reset = reply.is_positive

    def _on_mail(self, _position: int, reply: Reply, _is_written: bool) -> None:
        self._is_mail_refused = not reply.is_positive
        self._dialogue.on_mail(reply)

    def _on_rcpt(self, position: int, reply: Reply, _is_written: bool) -> None:
        # The recipient of a refused mail was added to what an earlier mail had left open.
        self._has_misplaced_recipient |= self._is_mail_refused and reply.is_positive
        self._dialogue.on_rcpt(position, reply)

    def _on_data(self, _position: int, reply: Reply, _is_written: bool) -> None:
        if not self.is_over:
            self._dialogue.on_data(reply)
        elif reply.is_intermediate:
            if self._has_misplaced_recipient:
                raise OutOfStep(str(reply))
            self.needs_dot = True

    def _on_content(self, _position: int, reply: Reply, is_written: bool) -> None:
        if self.is_over:
            self._may_be_misdelivered = self._has_misplaced_recipient and reply.is_positive
            return
        if is_written:
            self._dialogue.on_final_dot()
        self._dialogue.on_content(reply)

    def _expect(self, awaited: Awaited, command: bytes) -> bytes:
        self._awaited.append((awaited, 0, command))
        return command

    def _note(self, awaited: Awaited, command: bytes, reply: Reply) -> None:
        """Write down command and reply together, though there was more between them: so they can be read."""
        if command:
            self._transcript.client(command)
        if awaited is Awaited.CONTENT:
            self._transcript.note("<empty mail>" if self.needs_dot else f"<{len(self.job.message)} bytes of message>")
        self._transcript.server(reply)
