"""Hands over many mails on one connection as fast as its server allows (RFC 2920 PIPELINING, RFC 3030 CHUNKING).

Three modes, chosen from what the server announced; a mail costs so many round trips of the network:

* "bdat" (CHUNKING and PIPELINING): 1/window, nothing is waited for between the mails;
* "pipeline" (PIPELINING): 1, or 2 where the server does not read on behind the final dot, see `trial`;
* "step_by_step": 3 and one for each recipient, see `session`. Also for pyOpenSSL's sockets.

What a result says is the same in each: the replies are matched in order, every recipient and receipt has its own.

>>> import smtplib
>>> pipeline = Pipeline(Session(smtplib.SMTP(local_hostname="localhost")))  # not connected
>>> pipeline.mode
'step_by_step'
>>> pipeline.run(lambda count, wait: [], lambda jobs: None, lambda results: None)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Literal

from .duplex_socket import DuplexSocket, can_go_both_ways
from .pipelined_transaction import Callbacks, Job
from .session import Session
from .stream import Stream
from .transaction import Outcome, Phase, TransactionResult
from .trial import Trial

Mode = Literal["bdat", "pipeline", "step_by_step"]
WINDOW_MAILS: Final = 5  # in flight on one connection
# Seconds for which one mail more in flight is worth its while: about what it takes to make the next.
_PACE: Final = 0.01
# Where nothing is waited for. More than that only wait at the server, and when this process dies nobody knows of any of
# them what became of it.
_LEAST_WINDOW: Final = 3

__all__ = ["WINDOW_MAILS", "Job", "Mode", "Pipeline"]


class Pipeline:
    """Takes over a session that has said EHLO and logged in. One thread at a time.

    :param window: at most so many mails are on their way without their results handed to `done`
    :param mode: to use less than the server offers
    :param reads_on: whether the server reads on behind the final dot, as far as an earlier connection has shown
    """

    def __init__(
        self,
        session: Session,
        window: int = WINDOW_MAILS,
        mode: Mode | None = None,
        reads_on: bool | None = None,
    ) -> None:
        self._session = session
        self._trial = Trial(reads_on)
        self._window = max(window, 1)
        self.mode: Mode = mode or best_mode(session)

    @property
    def reads_on(self) -> bool | None:
        """What this connection has shown."""
        return self._trial.reads_on

    def run(
        self,
        take: Callable[[int, bool], list[Job]],
        before_data: Callable[[list[Job]], None],
        done: Callable[[list[tuple[Job, TransactionResult | None]]], None],
    ) -> None:
        """Send what `take` gives. A failure of server or network is a result; then the session is not usable any more.

        Returns when `take` has nothing more, or when the session is not usable any more; every job that was taken
        has been told to `done` by then.

        :param take: gives up to n jobs. `wait` is True only if nothing is on its way: then it may block, and [] means
            that there is no more work. Else [] means: not now
        :param before_data: called once for a group of jobs before any content of theirs is written; "step_by_step"
            calls it when the server waits for the content, the other modes before anything is said of the jobs, so it
            also sees mails that are refused afterwards. If it raises, none of the group is sent, those on their way are
            waited for and told to `done`, the connection is closed, and the exception passes on; the group itself
            is not told to `done`. An exception of `take` or `done` also closes the connection and passes on
        :param done: takes the results as they are read, always before anything else is marked or written. None for
            a result: nothing of this job was accepted or can be; the connection ended before its turn, and it may
            be sent at once over another one. A run that ends without any result but None says something about the
            server, not about the mails
        """
        if self.mode == "step_by_step":
            self._one_by_one(Callbacks(take, before_data, done))
        elif self._session.usable:
            self._stream(Callbacks(take, before_data, done))

    def _stream(self, callbacks: Callbacks) -> None:
        session = self._session
        with DuplexSocket(session.socket, session.file) as duplex:
            stream = Stream(session, duplex, self._useful_window(), self.mode == "bdat", callbacks, self._trial)
            stream.run()
        if session.usable and stream.is_used_up:
            session.close()
        elif session.usable and not stream.is_clean:
            session.reset()

    def _useful_window(self) -> int:
        """Return how many mails in flight keep the server busy, by how far it is."""
        far = self._session.round_trip
        if self.mode != "bdat" or far is None:
            return self._window
        return min(self._window, _LEAST_WINDOW - 1 + max(math.ceil(far / _PACE), 1))

    def _one_by_one(self, callbacks: Callbacks) -> None:
        try:
            while self._session.usable and (jobs := callbacks.take(1, True)):
                for job in jobs:
                    callbacks.done([(job, self._transact(job, callbacks))])
        except BaseException:
            self._session._drop()
            raise

    def _transact(self, job: Job, callbacks: Callbacks) -> TransactionResult | None:
        session = self._session
        if session.usable and can_go_both_ways(session.socket):
            with DuplexSocket(session.socket, session.file) as duplex:
                hung_up = not duplex.is_silent()
            if hung_up:
                session._drop()
        result = session.transact(job.envelope, job.message, lambda: callbacks.before_data([job]))
        return None if _was_not_begun(result) else result


def best_mode(session: Session) -> Mode:
    """Return the fastest mode that the session's server and socket allow."""
    if not session.extensions.pipelining or not session.usable or not can_go_both_ways(session.socket):
        return "step_by_step"
    return "bdat" if session.extensions.chunking else "pipeline"


def _was_not_begun(result: TransactionResult) -> bool:
    """Tell whether the connection was lost before the server said anything about the mail."""
    return not result.usable and all(
        end.outcome is Outcome.DEFERRED and end.phase in (Phase.CONNECT, Phase.MAIL) and not end.reply
        for end in result.recipients
    )
