"""Bounds for the making of a connection: time as a whole, sockets, secrets (RFC 5321 §4.5.3.2; RFC 9051 §5.4).

The timeouts of `smtplib`, `imaplib` and `poplib` count from byte to byte: a server that sends one a second, in a
greeting, a TLS handshake or a reply without end, holds a worker for ever. `BoundedConnect` shuts the connection down
when its time is up. The classes of `bounded_smtp` and `bounded_imap` open their sockets through it; it is found by
whoever is called within its `with` block, in the same thread.

>>> with BoundedConnect(5.0, lambda: 0.0, Secrets("geheim")) as bounds:
...     current() is bounds, bounds.remaining(), bounds.is_expired
(True, 5.0, False)
>>> current() is None
True
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Final, Protocol

from .smtp.secret import Secrets

_TOO_LATE: Final = "the connection was not ready in time"
_CURRENT: ContextVar[BoundedConnect | None] = ContextVar("mail_bounded_connect", default=None)


def current() -> BoundedConnect | None:
    """Return the bounds of this thread, None outside of any."""
    return _CURRENT.get()


class Witness(Protocol):
    """Is told what happens while a connection is made, as it happens. What it is told holds no secret."""

    def looked_up(self, addresses: list[str]) -> None:
        """The host has these addresses, in the order in which they are tried."""

    def tried(self, address: str, error: OSError | None) -> None:
        """This address was tried; None: it is connected."""

    def secured(self, sock: Any) -> None:
        """TLS is ready on this socket."""

    def asked(self, line: str) -> None:
        """This command was sent."""

    def answered(self, code: int, text: bytes) -> None:
        """This reply came: the greeting, or to the last command. The code is -1 if it is none."""


class ShutdownTimer:
    """Shuts a connection down after so many seconds, unless it is released before.

    It has a descriptor of its own, so it does not matter who has wrapped the socket, in TLS or otherwise.
    """

    def __init__(self, sock: Any, seconds: float) -> None:
        self.has_shut_down = False
        self._socket = socket.socket(fileno=os.dup(sock.fileno()))
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True
        self._timer.start()

    def release(self, is_useless: bool = False) -> None:
        """Leave the connection alone, or shut a useless one down now."""
        self._timer.cancel()
        with self._lock:
            if is_useless:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _shut_down(self) -> None:
        with self._lock:
            if self._socket.fileno() >= 0:
                self.has_shut_down = True
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


class BoundedConnect:
    """Watches one attempt to connect and log in. Within another one it keeps to the time of that one, too.

    :param seconds: for all of it; then the sockets are cut and what was going on ends with a TimeoutError
    :param clock: the seconds of a clock that only goes forward
    :param secrets: must not show in what the server says; the login adds to them
    :param witness: is told what happens; None: the one of the attempt around this one, if there is any
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float], secrets: Secrets, witness: Witness | None = None
    ) -> None:
        self.secrets = secrets
        self.witness = witness
        # Whoever chooses the server while connecting says so here: its record, and the TLS that it must speak.
        self.server_id = 0
        self.least_tls: ssl.TLSVersion | None = None
        self.clock = clock
        self._end = clock() + seconds
        self._timers: list[ShutdownTimer] = []

    def __enter__(self) -> BoundedConnect:
        if outer := current():
            self._end = min(self._end, outer._end)
            self.witness = self.witness or outer.witness
        self._token = _CURRENT.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _CURRENT.reset(self._token)
        for timer in self._timers:
            timer.release(is_useless=error is not None)
        if error is not None:
            self.secrets.scrub_error(error)
        if self.is_expired and not isinstance(error, TimeoutError):
            raise TimeoutError(_TOO_LATE) from error

    @property
    def is_expired(self) -> bool:
        """True if a connection was cut because the time was up."""
        return any(timer.has_shut_down for timer in self._timers)

    def remaining(self) -> float:
        """Return the seconds that are left.

        :raise TimeoutError: there are none
        """
        left = self._end - self.clock()
        if left <= 0:
            raise TimeoutError(_TOO_LATE)
        return left

    def open(self, host: str | None, port: int, timeout: Any) -> socket.socket:
        """Connect as `socket.create_connection` does, to all addresses of the host in the same time, and watch.

        :param timeout: seconds, which the socket keeps; what is no number means none
        """
        limit = float(timeout) if isinstance(timeout, (int, float)) else None
        problem = OSError("the host has no address")
        addresses = _look_up(host, port, self.remaining())
        if self.witness:
            self.witness.looked_up([str(address[0]) for address in addresses])
        for address in addresses:
            left = self.remaining()
            try:
                sock = socket.create_connection(address[:2], left if limit is None else min(left, limit))
            except OSError as error:
                problem = error
                if self.witness:
                    self.witness.tried(str(address[0]), error)
                continue
            if self.witness:
                self.witness.tried(str(address[0]), None)
            sock.settimeout(limit)
            self._timers.append(ShutdownTimer(sock, self.remaining()))
            return sock
        raise problem


def _look_up(host: str | None, port: int, seconds: float) -> list[tuple[Any, ...]]:
    """Look a name up with `socket.getaddrinfo`, which cannot be told how long it may take: in a thread of its own.

    :return: addresses, in the order in which they are to be tried
    :raise socket.gaierror: there is none, or no name server answers in time
    """
    answers: SimpleQueue[Any] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put([address for *_kind, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="name lookup", daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except Empty:
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer in time") from None
    if isinstance(found, Exception):
        raise found
    return list(found)
