"""The socket below the conversation: its errors, its TLS facts (RFC 3207; TLS: RFC 8446).

Three kinds of sockets come here: plain ones, `ssl.SSLSocket`, and urllib3's wrapper around pyOpenSSL, which Odoo uses
to log in with a client certificate. The last one lets errors through that are no OSError; pyOpenSSL is not imported
here, so they are known by their module.

>>> network_problem(TimeoutError("The read operation timed out")), network_problem(ConnectionResetError())
('timed out', 'connection lost')
>>> network_problem(ZeroDivisionError())
''
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from .reply import ConnectionLost, TimedOut


def network_problem(error: BaseException) -> str:
    """Return in words what the network did, "" if the error is none of the network's."""
    if isinstance(error, TimeoutError):
        return TimedOut.problem
    return ConnectionLost.problem if isinstance(error, OSError) or is_pyopenssl(error) else ""


def is_pyopenssl(error: BaseException) -> bool:
    """Tell whether pyOpenSSL raised it."""
    return any(base.__module__.startswith("OpenSSL.") for base in type(error).__mro__)


@contextlib.contextmanager
def network_errors() -> Iterator[None]:
    """Turn the socket's errors into TimedOut and ConnectionLost; others pass."""
    try:
        yield
    except Exception as error:
        problem = network_problem(error)
        if not problem:
            raise
        kind = TimedOut if problem == TimedOut.problem else ConnectionLost
        raise kind(str(error)) from error


class TimedLines:
    """Lines of a connection, all of them within so many seconds, however slowly the bytes drip.

    The timeout of a socket begins anew with every byte. It is changed meanwhile.

    :param file: the socket's buffered reader
    :param clock: the seconds of a clock that only goes forward
    """

    def __init__(self, file: Any, sock: Any, seconds: float, clock: Callable[[], float]) -> None:
        self._file, self._sock, self._clock = file, sock, clock
        self._end = clock() + seconds

    def readline(self, limit: int, /) -> bytes:
        """Read a line, of a longer one at most so many bytes; b"" at the end of the stream.

        :raise TimeoutError: the time is up
        """
        line = b""
        while len(line) < limit and not line.endswith(b"\n"):
            left = self._end - self._clock()
            if left <= 0:
                raise TimeoutError("the reply took too long")
            self._sock.settimeout(left)
            ahead = self._file.peek(1)
            if not ahead:
                break
            line += self._file.read(min(ahead.find(b"\n") + 1 or len(ahead), limit - len(line)))
        return line


def require_tls(context: Any, least: ssl.TLSVersion) -> Any:
    """Return a TLS context that agrees on no older version: the given one; None: a new one that checks no certificate.

    >>> require_tls(None, ssl.TLSVersion.TLSv1_3).minimum_version.name
    'TLSv1_3'
    """
    if context is None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    inner = getattr(context, "_ctx", None)
    if inner is not None:  # urllib3's wrapper around pyOpenSSL; its own `minimum_version` came with urllib3 2
        inner.set_min_proto_version(int(least))
    else:
        context.minimum_version = max(context.minimum_version, least)
    return context


def tls_facts(sock: Any) -> tuple[str, str]:
    """Return the TLS version and the cipher in the words of OpenSSL, both "" without TLS."""
    if isinstance(sock, ssl.SSLSocket):
        cipher = sock.cipher()
        return sock.version() or "", cipher[0] if cipher else ""
    wrapped: Any = getattr(sock, "connection", None)
    if hasattr(wrapped, "get_cipher_name"):
        return wrapped.get_protocol_version_name() or "", wrapped.get_cipher_name() or ""
    return "", ""


def send_at_once(sock: Any) -> None:
    """Switch off Nagle's algorithm: the last small piece of a mail would wait for the server's delayed ACK, 40 ms."""
    raw = getattr(sock, "socket", sock)  # urllib3's wrapper has no setsockopt of its own
    with contextlib.suppress(OSError, AttributeError):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
