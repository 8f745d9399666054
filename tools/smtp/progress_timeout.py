"""A timeout for progress: when a server that still moves is too slow all the same (RFC 5321 §4.5.3.2).

A timeout that begins anew with every byte never ends at a server that sends, or takes, one a second. What counts is a
whole reply, or a good piece of what is being sent.

>>> from types import SimpleNamespace
>>> now, duplex = [0.0], SimpleNamespace(written=0, queued=100_000)
>>> timeout = ProgressTimeout(lambda: now[0], duplex)
>>> now[0], duplex.written = 59.0, 10
>>> timeout.check(60.0, is_answered=False)
>>> now[0] = 60.0
>>> timeout.check(60.0, is_answered=False)  # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
TimedOut
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .reply import TimedOut

_PIECE: Final = 64 * 1024  # bytes; `session` gives its timeout to each such piece


class ProgressTimeout:
    """Watches one connection.

    :param clock: the seconds of a clock that only goes forward; None: there is no timeout
    :param duplex: the `DuplexSocket`, which tells how many bytes are `queued` and `written`
    """

    def __init__(self, clock: Callable[[], float] | None, duplex: Any) -> None:
        self._clock = clock
        self._duplex = duplex
        self._since = clock() if clock else 0.0
        self._mark = 0

    def restart(self) -> None:
        """Note that something is asked for after a time without anything."""
        if self._clock:
            self._since = self._clock()

    def check(self, limit: float | None, is_answered: bool) -> None:
        """Give up where there has been no progress for too long.

        :param limit: seconds
        :param is_answered: a whole reply has come, or none is awaited
        :raise TimedOut: it has
        """
        if self._clock is None or limit is None:
            return
        now = self._clock()
        if self._has_moved() or is_answered:
            self._since = now
        elif now - self._since >= limit:
            raise TimedOut

    def _has_moved(self) -> bool:
        """Tell whether the server has read a good piece, or all that there is."""
        moved = self._duplex.written - self._mark
        if moved < _PIECE and (not moved or self._duplex.written < self._duplex.queued):
            return False
        self._mark = self._duplex.written
        return True
