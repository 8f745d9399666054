"""Keeps several mails in flight on one connection (RFC 2920 PIPELINING, RFC 3030 CHUNKING).

With chunking whole transactions follow each other without waiting: RSET, MAIL, RCPT…, BDAT n LAST, content. Without it
DATA has to be answered first (RFC 2920 §3.1), so the next mail's MAIL, RCPT…, DATA go right behind the final dot, where
the server reads on: see `trial`.

RSET: a mail whose recipients are all refused (Exim) or whose content is refused (Postfix) leaves its transaction open,
and the next mail's recipients would be added to it, under the wrong sender. While its reply is outstanding nobody
knows, so RSET opens every group that is written meanwhile. How many a server bears: see `reset_budget`.

The example has no server behind it, so the mail was not sent, and may be at once over another connection:

>>> import smtplib, socket
>>> from .envelope import Envelope
>>> from .pipelined_transaction import Job
>>> ours, theirs = socket.socketpair()
>>> connection = smtplib.SMTP(local_hostname="localhost")
>>> connection.sock = ours
>>> job, told = Job(Envelope("s@example.com", ("a@example.com",)), b"Hi"), []
>>> callbacks = Callbacks(lambda count, wait: [job], lambda jobs: None, told.extend)
>>> theirs.close()
>>> with DuplexSocket(ours) as duplex:
...     Stream(Session(connection), duplex, 8, True, callbacks).run()
>>> told == [(job, None)]
True
"""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final

from .dot_stuffing import dot_stuff
from .duplex_socket import DuplexSocket
from .pipelined_transaction import Awaited, Callbacks, OutOfStep, PipelinedTransaction, Result
from .reply import ConnectionLost, Reply, SmtpError, TimedOut
from .reset_budget import ResetBudget
from .session import Session
from .settlement import outcome, settled
from .stream_timeouts import StreamTimeouts
from .trial import Trial

# Mails marked at a time where one after the other is sent: each group is a database statement, and after a crash those
# that were marked and had not left are called unknown, too.
_GROUP: Final = 2
# The least of a group where mails follow each other without waiting.
_CHUNKED_GROUP: Final = 3


class Stream:
    """One run. After it `is_clean` tells that the server has no transaction open, `is_used_up` that QUIT is due.

    :param trial: of the connection; not needed for chunking
    """

    def __init__(
        self,
        session: Session,
        duplex: DuplexSocket,
        window: int,
        chunking: bool,
        callbacks: Callbacks,
        trial: Trial | None = None,
    ) -> None:
        self.is_clean = True
        self._trial = trial or Trial()
        self._session = session
        self._duplex = duplex
        self._chunking = chunking
        self._window = window
        self._callbacks = callbacks
        self._queue: deque[PipelinedTransaction] = deque()  # marked; their commands are not written yet
        self._in_flight: deque[PipelinedTransaction] = deque()  # in the order of their replies
        self._results: list[Result] = []
        self._is_ending = False  # nothing more is written
        self._timeouts = StreamTimeouts(session, duplex)
        self._resets = ResetBudget(session.extensions)

    @property
    def is_used_up(self) -> bool:
        """True if one more refused mail could make the server hang up."""
        return self._chunking and not self._resets.left

    def run(self) -> None:
        """Send until `take` has nothing more or the connection is of no use any more."""
        try:
            while self._turn():
                pass
        except BaseException:
            self._session._drop()
            raise

    def _turn(self) -> bool:
        self._report()
        if self._is_ending and not self._may_learn_more():
            self._finish(ConnectionLost.problem)
            self._report()
            return False
        if not self._is_ending:
            try:
                self._fill()
            except BaseException as error:
                self._finish_for_caller(wait=isinstance(error, Exception))
                raise
        if self._in_flight or self._trial.is_running:
            self._read()
        return bool(self._in_flight or self._queue or self._results or self._is_ending)

    # Outwards

    def _fill(self) -> None:
        if self._has_room():
            self._queue.extend(self._take_jobs())
        if self._is_ending:
            return
        if self._chunking:
            while self._queue:
                self._send_commands(self._queue.popleft())
        elif self._queue and self._may_begin():
            self._send_commands(self._queue.popleft())
            # While this travels there is time to mark the next ones.
            self._duplex.push()
            if self._has_room():
                self._queue.extend(self._take_jobs())

    def _may_begin(self) -> bool:
        """Tell whether the next mail's commands may be written; begin the trial where that is to be found out."""
        trial = self._trial
        if trial.is_running or not self._in_flight:
            return not trial.is_running
        if self._in_flight[-1].end is None:
            return False  # DATA is unanswered
        if trial.reads_on is None:
            self._duplex.queue(trial.begin())
        return bool(trial.reads_on)

    def _has_room(self) -> bool:
        # Some at a time: to mark mails is a database statement.
        room = self._room()
        if self._chunking and self._in_flight and room < min(_CHUNKED_GROUP, self._window):
            return False
        return room > 0 and not self._queue

    def _room(self) -> int:
        if self._chunking:
            return min(self._window, self._resets.left) - len(self._in_flight)
        return min(self._window - len(self._in_flight), _GROUP)

    def _take_jobs(self) -> list[PipelinedTransaction]:
        """Take jobs and have them marked."""
        self._report()
        is_idle = not self._in_flight
        session = self._session
        jobs = self._callbacks.take(self._room(), is_idle)
        transactions = [PipelinedTransaction(job, session.extensions, session.new_transcript()) for job in jobs]
        if transactions and is_idle and not self._duplex.is_silent():
            self._stop()  # it hung up while we were idle: nothing of these was said
            return transactions
        jobs = [transaction.job for transaction in transactions if not transaction.is_over]
        if jobs:
            self._callbacks.before_data(jobs)
        return transactions

    def _send_commands(self, transaction: PipelinedTransaction) -> None:
        if transaction.is_over:  # refused locally
            self._results.append((transaction.job, transaction.result(usable=True)))
            return
        group = transaction.commands(reset=not self.is_clean)
        self.is_clean = False
        if self._chunking:
            transaction.begin = self._duplex.queue(group, transaction.chunk_command())
            transaction.end = self._duplex.queue(*transaction.content())
        else:
            self._duplex.queue(group, transaction.data_command())
        if not self._in_flight:
            self._timeouts.restart()
        self._in_flight.append(transaction)

    def _send_content(self, transaction: PipelinedTransaction) -> None:
        """Answer the 354."""
        transaction.begin = self._duplex.queued
        # All recipients were refused: RFC 2920 §3.1 wants the dot alone, and no 250 to it means anything.
        transaction.end = self._duplex.queue(b".\r\n" if transaction.needs_dot else dot_stuff(transaction.job.message))
        transaction.expect_content_reply()

    # Inwards

    def _read(self) -> None:
        limit = self._timeouts.limit(self._in_flight[0] if self._in_flight else None)
        try:
            self._timeouts.wait(limit, not self._is_ending and self._has_room())
            is_answered = False
            while reply := self._duplex.reply():
                is_answered = True
                self._on_reply(self._session.clean(reply))
            self._timeouts.check(limit, is_answered or not self._in_flight)
        except SmtpError as error:
            if self._trial.is_running or self._in_flight and self._in_flight[0].awaits is Awaited.RESET:
                self._trial.fail()
            self._finish(ConnectionLost.problem if self._duplex.is_broken else error.problem, error)

    def _on_reply(self, reply: Reply) -> None:
        transaction = self._in_flight[0] if self._in_flight else None
        if transaction is None and self._trial.is_running:
            self._on_trial(reply)
            return
        awaited = transaction.awaits if transaction else None
        if transaction is None or awaited is None:
            raise OutOfStep(str(reply))
        was_over, is_written = transaction.is_over, transaction.is_written(self._duplex.written)
        transaction.on_reply(reply, is_written)
        if reply.closes_channel:
            self._timeouts.is_closing = True
            self._stop()
        elif awaited is Awaited.RESET:
            self._resets.on_reset()
            if not reply.is_positive:
                self._trial.fail()
                self._stop()
        elif awaited is Awaited.DATA and reply.is_intermediate:
            self._send_content(transaction)
        elif awaited is Awaited.CONTENT:
            if not was_over:
                self._resets.on_mail_received()
            self.is_clean |= reply.is_positive and len(self._in_flight) == 1
            if not is_written:
                self._stop()  # refused half way: whether the rest would still be read as content is anybody's guess
        if transaction.is_answered:
            self._in_flight.popleft()
            self._results.append(outcome(transaction, transaction.result(usable=not self._is_ending)))

    def _on_trial(self, reply: Reply) -> None:
        if reply.is_intermediate:
            raise OutOfStep(str(reply))
        self._trial.on_reply(reply)
        self.is_clean |= reply.is_positive
        if reply.closes_channel:
            self._timeouts.is_closing = True
            self._stop()

    # The end

    def _stop(self) -> None:
        """Write nothing more; replies may still come."""
        self._is_ending = True
        self._duplex.forget_queue()

    def _may_learn_more(self) -> bool:
        return any(not one.is_over and one.is_written(self._duplex.written) for one in self._in_flight)

    def _finish(self, problem: str, error: SmtpError | None = None) -> None:
        """Settle everything that is still open. The connection is of no use any more."""
        self._stop()
        is_closing = self._timeouts.is_closing
        is_orderly = is_closing and not isinstance(error, TimedOut)
        is_sudden = error is not None and not is_closing
        self._results += settled(self._in_flight, self._duplex.written, problem, is_orderly, is_sudden)
        self._in_flight.clear()
        self._results.extend((transaction.job, None) for transaction in self._queue)
        self._queue.clear()
        self._session._drop()

    def _finish_for_caller(self, wait: bool) -> None:
        """End because the caller failed: what is on its way is waited for, so that its results are known."""
        while wait and self._in_flight and (not self._is_ending or self._may_learn_more()):
            self._read()
        self._finish(ConnectionLost.problem)
        with contextlib.suppress(Exception):  # the first exception is the one to tell of
            self._report()

    def _report(self) -> None:
        if self._results:
            results, self._results = self._results, []
            self._callbacks.done(results)
