"""Keeps several mails in flight on one connection (RFC 2920 PIPELINING, RFC 3030 CHUNKING).

With chunking whole transactions follow each other without waiting: RSET, MAIL, RCPT…, BDAT n LAST, content. Without it
DATA has to be answered first (RFC 2920 §3.1), so the next mail's MAIL, RCPT…, DATA go right behind the final dot.

RSET: a mail whose recipients are all refused (Exim) or whose content is refused (Postfix) leaves its transaction open,
and the next mail's recipients would be added to it, under the wrong sender. While its reply is outstanding nobody
knows, so RSET opens every group that is written meanwhile. How many a server bears: see `reset_budget`.

The example has no server behind it, so the mail was not sent, and may be at once over another connection:

>>> import smtplib, socket
>>> from .envelope import Envelope
>>> from .flight import Job
>>> ours, theirs = socket.socketpair()
>>> connection = smtplib.SMTP(local_hostname="localhost")
>>> connection.sock = ours
>>> job, told = Job(Envelope("s@example.com", ("a@example.com",)), b"Hi"), []
>>> talk = Talk(lambda count, wait: [job], lambda jobs: None, told.extend)
>>> theirs.close()
>>> with Wire(ours) as wire:
...     Stream(Session(connection), wire, 8, True, talk).run()
>>> told == [(job, None)]
True
"""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final

from .flight import Ask, Flight, OutOfStep, Result, Talk
from .dot_stuffing import dot_stuff
from .patience import Patience
from .reply import ConnectionLost, Reply, SmtpError, TimedOut
from .reset_budget import ResetBudget
from .session import LAST_WORDS_TIMEOUT, Session
from .transaction import TransactionResult
from .wire import Wire

# Mails marked at a time where one after the other is sent: each group is a database statement, and after a crash those
# that were marked and had not left are called unknown, too.
_GROUP: Final = 2
_LOOK_AGAIN: Final = 0.1  # seconds, while there is room for more mails and none was to be had
_GOODBYE_TIMEOUT: Final = 10.0  # seconds for a server that has said 421 to close


class Stream:
    """One run. After it `is_clean` tells that the server has no transaction open, `is_used_up` that QUIT is due."""

    def __init__(self, session: Session, wire: Wire, window: int, chunking: bool, talk: Talk) -> None:
        self.is_clean = True
        self._session = session
        self._wire = wire
        self._chunking = chunking
        self._window = window
        self._talk = talk
        self._queue: deque[Flight] = deque()  # marked, not yet launched
        self._flights: deque[Flight] = deque()  # in the order of their replies
        self._results: list[Result] = []
        self._is_ending = self._said_goodbye = False
        self._waited = 0.0  # seconds without any movement
        self._patience = Patience(session.clock, wire)
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
                self._wind_up(patiently=isinstance(error, Exception))
                raise
        if self._flights:
            self._read()
        return bool(self._flights or self._queue or self._results or self._is_ending)

    # Outwards

    def _fill(self) -> None:
        if self._has_room():
            self._queue.extend(self._get())
        if self._is_ending:
            return
        if self._chunking:
            while self._queue:
                self._launch(self._queue.popleft())
        elif self._queue and (not self._flights or self._flights[-1].end is not None):  # no DATA is unanswered
            self._launch(self._queue.popleft())
            # While this travels there is time to mark the next ones.
            self._wire.push()
            if self._has_room():
                self._queue.extend(self._get())

    def _has_room(self) -> bool:
        # Some at a time: to mark mails is a database statement.
        room = self._room()
        return room > 0 and not self._queue and (not self._chunking or not self._flights or 2 * room >= self._window)

    def _room(self) -> int:
        if self._chunking:
            return min(self._window, self._resets.left) - len(self._flights)
        return min(self._window - len(self._flights), _GROUP)

    def _get(self) -> list[Flight]:
        """Take jobs and have them marked."""
        self._report()
        is_idle = not self._flights
        jobs = self._talk.take(self._room(), is_idle)
        flights = [Flight(job, self._session.extensions, self._session.new_transcript()) for job in jobs]
        if flights and is_idle and not self._wire.is_silent():
            self._stop()  # it hung up while we were idle: nothing of these was said
            return flights
        jobs = [flight.job for flight in flights if not flight.is_over]
        if jobs:
            self._talk.before_data(jobs)
        return flights

    def _launch(self, flight: Flight) -> None:
        if flight.is_over:  # refused locally
            self._results.append((flight.job, flight.result(usable=True)))
            return
        group = flight.commands(reset=not self.is_clean)
        self.is_clean = False
        if self._chunking:
            flight.begin = self._wire.queue(group, flight.chunk_command())
            flight.end = self._wire.queue(*flight.content())
        else:
            self._wire.queue(group, flight.data_command())
        if not self._flights:
            self._patience.begin()
        self._flights.append(flight)

    def _send_content(self, flight: Flight) -> None:
        """Answer the 354."""
        flight.begin = self._wire.queued
        # All recipients were refused: RFC 2920 §3.1 wants the dot alone, and no 250 to it means anything.
        flight.end = self._wire.queue(b".\r\n" if flight.needs_dot else dot_stuff(flight.job.message))
        flight.expect_content_reply()

    # Inwards

    def _read(self) -> None:
        limit = self._limit()
        timeout = limit
        if not self._is_ending and self._has_room():
            timeout = _LOOK_AGAIN if limit is None else min(_LOOK_AGAIN, max(limit - self._waited, 0))
        try:
            if self._wire.exchange(timeout):
                self._waited = 0.0
            else:
                self._waited += timeout or 0.0
                if limit is not None and self._waited >= limit:
                    raise TimedOut
            is_answered = False
            while reply := self._wire.reply():
                is_answered = True
                self._on_reply(self._session.clean(reply))
            self._patience.check(limit, is_answered or not self._flights)
        except SmtpError as error:
            self._finish(ConnectionLost.problem if self._wire.is_broken else error.problem, error)

    def _limit(self) -> float | None:
        """Return how many seconds without any movement are too many."""
        limit, patience = self._wire.timeout, self._session.content_timeout
        flight = self._flights[0]
        if self._wire.is_broken:
            limit = LAST_WORDS_TIMEOUT
        elif self._said_goodbye:
            limit = min(limit or _GOODBYE_TIMEOUT, _GOODBYE_TIMEOUT)
        elif patience is not None and flight.awaits is Ask.CONTENT and flight.is_written(self._wire.written):
            limit = patience
        return limit

    def _on_reply(self, reply: Reply) -> None:
        flight = self._flights[0] if self._flights else None
        ask = flight.awaits if flight else None
        if flight is None or ask is None:
            raise OutOfStep(str(reply))
        was_over, is_written = flight.is_over, flight.is_written(self._wire.written)
        flight.take(reply, is_written)
        if reply.closes_channel:
            self._said_goodbye = True
            self._stop()
        elif ask is Ask.RESET:
            self._resets.on_reset()
            if not reply.is_positive:
                self._stop()
        elif ask is Ask.DATA and reply.is_intermediate:
            self._send_content(flight)
        elif ask is Ask.CONTENT:
            if not was_over:
                self._resets.on_mail_received()
            self.is_clean |= reply.is_positive and len(self._flights) == 1
            if not is_written:
                self._stop()  # refused half way: whether the rest would still be read as content is anybody's guess
        if flight.is_answered:
            self._flights.popleft()
            self._land(flight, flight.result(usable=not self._is_ending))

    # The end

    def _stop(self) -> None:
        """Write nothing more; replies may still come."""
        self._is_ending = True
        self._wire.forget_queue()

    def _may_learn_more(self) -> bool:
        return any(not flight.is_over and flight.is_written(self._wire.written) for flight in self._flights)

    def _finish(self, problem: str, error: SmtpError | None = None) -> None:
        """Settle everything that is still open. The connection is of no use any more."""
        self._stop()
        # Closed after 421, as announced: what was not answered was not looked at.
        is_orderly = self._said_goodbye and not isinstance(error, TimedOut)
        is_first = error is not None and not self._said_goodbye
        while self._flights:
            flight = self._flights.popleft()
            is_written = flight.is_written(self._wire.written) and not is_orderly
            # The server hung up over this mail: to send it again at once would be to run into the same wall.
            is_culprit = is_first and (flight.was_heard or flight.is_begun(self._wire.written))
            is_settled = flight.is_over or is_written or is_culprit
            is_first = is_first and flight.is_over
            if is_settled:
                flight.lose(problem, is_written)
            self._land(flight, flight.result(usable=False) if is_settled else None)
        self._results.extend((flight.job, None) for flight in self._queue)
        self._queue.clear()
        self._session._drop()

    def _land(self, flight: Flight, result: TransactionResult | None) -> None:
        self._results.append((flight.job, None if flight.is_unsent else result))

    def _wind_up(self, patiently: bool) -> None:
        """End because the caller failed: what is on its way is waited for, so that its results are known."""
        while patiently and self._flights and (not self._is_ending or self._may_learn_more()):
            self._read()
        self._finish(ConnectionLost.problem)
        with contextlib.suppress(Exception):  # the first exception is the one to tell of
            self._report()

    def _report(self) -> None:
        if self._results:
            results, self._results = self._results, []
            self._talk.done(results)
