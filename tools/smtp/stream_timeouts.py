"""How long a stream of mails may stand still (RFC 5321 §4.5.3.2): it depends on what is awaited.

>>> import smtplib, socket
>>> from .duplex_socket import DuplexSocket
>>> ours, theirs = socket.socketpair()
>>> connection = smtplib.SMTP(local_hostname="localhost", timeout=60)
>>> connection.sock = ours
>>> ours.settimeout(60)
>>> with DuplexSocket(ours) as duplex:
...     timeouts = StreamTimeouts(Session(connection), duplex)
...     timeouts.limit(None)  # a trial is running
3.0
"""

from __future__ import annotations

from typing import Final

from .duplex_socket import DuplexSocket
from .pipelined_transaction import Awaited, PipelinedTransaction
from .progress_timeout import ProgressTimeout
from .reply import TimedOut
from .session import LAST_REPLY_TIMEOUT, Session
from .trial import TRIAL_TIMEOUT

_LOOK_AGAIN: Final = 0.1  # seconds, while there is room for more mails and none was to be had
_CLOSE_TIMEOUT: Final = 10.0  # seconds for a server that has said 421 to close


class StreamTimeouts:
    """Waits for one connection. `is_closing`: the server has said 421."""

    def __init__(self, session: Session, duplex: DuplexSocket) -> None:
        self.is_closing = False
        self._session = session
        self._duplex = duplex
        self._waited = 0.0  # seconds without any movement
        self._progress = ProgressTimeout(session.clock, duplex)

    def limit(self, first: PipelinedTransaction | None) -> float | None:
        """Return how many seconds without any movement are too many, None for no limit.

        :param first: the one that the next reply is for; None: it is for a trial
        """
        limit, content_timeout = self._duplex.timeout, self._session.content_timeout
        if first is None:
            return min(limit or TRIAL_TIMEOUT, TRIAL_TIMEOUT)
        if self._duplex.is_broken:
            return LAST_REPLY_TIMEOUT
        if self.is_closing:
            return min(limit or _CLOSE_TIMEOUT, _CLOSE_TIMEOUT)
        if content_timeout is not None and first.awaits is Awaited.CONTENT and first.is_written(self._duplex.written):
            return content_timeout
        return limit

    def wait(self, limit: float | None, has_room: bool) -> None:
        """Let bytes go and come, up to the limit; for a moment only while there is room for more mails.

        :raise SmtpError: the connection is lost, or nothing has moved for so long
        """
        timeout = limit
        if has_room:
            timeout = _LOOK_AGAIN if limit is None else min(_LOOK_AGAIN, max(limit - self._waited, 0))
        if self._duplex.exchange(timeout):
            self._waited = 0.0
            return
        self._waited += timeout or 0.0
        if limit is not None and self._waited >= limit:
            raise TimedOut

    def restart(self) -> None:
        """Note that something is asked for after a time without anything."""
        self._progress.restart()

    def check(self, limit: float | None, is_answered: bool) -> None:
        """Give up where something moves, and too slowly: see `ProgressTimeout.check`."""
        self._progress.check(limit, is_answered)
