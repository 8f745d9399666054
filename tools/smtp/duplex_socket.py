"""Writes and reads one connection at the same time (RFC 2920 §3.1, §3.2: neither side may wait for the other to read).

Whoever writes a window of mails with `sendall` and reads afterwards can block for good: the server stops reading when
nobody takes its replies. Here nothing blocks but `exchange`, and that only until the network moves in either direction.

`written` says how far the bytes that were queued have left: the only thing that tells "not sent" from "not known" when
the connection dies. A TLS record counts as left when it is first tried, because a failed try may have sent it.

>>> ours, theirs = socket.socketpair()
>>> with DuplexSocket(ours) as duplex:
...     end = duplex.queue(b"MAIL FROM:<a@example.com>\\r\\n")
...     sent = duplex.exchange(1.0)
...     _ = theirs.send(b"250 2.1.0 Ok\\r\\n250-more")
...     _ = duplex.exchange(1.0)
...     end, duplex.written, str(duplex.reply()), duplex.reply()
(27, 27, '250 2.1.0 Ok', None)
>>> ours.close(), theirs.close()
(None, None)
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
from collections import deque
from functools import lru_cache
from io import BytesIO
from typing import Any, BinaryIO, Final

from .network import network_problem
from .reply import MAX_REPLY, ConnectionLost, ProtocolError, Reply, SmtpError, read_reply

_CHUNK: Final = 64 * 1024
_TLS_RECORD: Final = 16 * 1024  # RFC 8446 §5.1
_MORE_LINES: Final = re.compile(rb"[2-5]\d\d-")
_MAX_CACHED: Final = 200  # bytes

_Selector: Any = getattr(selectors, "PollSelector", selectors.SelectSelector)  # select() fails above descriptor 1023
_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def can_go_both_ways(sock: Any) -> bool:
    """Tell whether `DuplexSocket` knows this kind of socket; pyOpenSSL's, as urllib3 wraps it, is none."""
    return isinstance(sock, socket.socket)


class DuplexSocket:
    """A connected socket while it is entered; then it is non-blocking, afterwards as it was before.

    :param file: smtplib's buffered reader of the same socket, which may have read ahead
    """

    def __init__(self, sock: socket.socket, file: BinaryIO | None = None) -> None:
        self.queued = self.written = 0
        self.is_broken = False  # nothing can be written any more; what was said before can still be read
        self._sock = sock
        self._file = file
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        self._timeout = sock.gettimeout()
        self._out: deque[memoryview] = deque()
        self._chunk = memoryview(b"")
        self._chunk_end = 0  # how many of the queued bytes there are up to the end of the chunk
        self._replies = ReplyBuffer()
        self._end: SmtpError | None = None
        self._reads_on, self._writes_on = selectors.EVENT_READ, selectors.EVENT_WRITE
        self._selector: Any = _Selector()

    def __enter__(self) -> DuplexSocket:
        self._selector.register(self._sock, selectors.EVENT_READ)
        self._sock.settimeout(0)
        self._take_over()
        return self

    def __exit__(self, *_error: object) -> None:
        self._selector.close()
        if self._sock.fileno() >= 0:
            self._sock.settimeout(self._timeout)

    @property
    def timeout(self) -> float | None:
        """The socket's own timeout in seconds."""
        return self._timeout

    def queue(self, *parts: bytes) -> int:
        """Have these written; return the value of `written` that tells that they are."""
        for part in filter(None, parts):
            self._out.append(memoryview(part))
            self.queued += len(part)
        return self.queued

    def forget_queue(self) -> None:
        """Do not write what has not been written. Nothing may be queued after this: the server would misread it."""
        self._out.clear()
        self._chunk = memoryview(b"")

    def push(self) -> bool:
        """Write what the network takes at once; tell whether it took anything."""
        moved = False
        while not self.is_broken and (chunk := self._next_chunk()):
            if self._is_tls:
                self.written = self._chunk_end
            try:
                count = self._sock.send(chunk)
            except _NOT_NOW as error:
                self._writes_on = _event(error, selectors.EVENT_WRITE)
                break
            except OSError:
                self.is_broken = True
                self.forget_queue()
                return True
            self._chunk = chunk[count:]
            self.written = max(self.written, self._chunk_end - len(self._chunk))
            moved = True
        return moved

    def exchange(self, timeout: float | None) -> bool:
        """Write and read; wait if neither is possible. False: the time is up and nothing has moved.

        :raise ConnectionLost: nothing more will come; what came before has been given out already
        """
        pushed = self.push()
        # The selector does not see what TLS has decrypted. Else to look unasked would only cost the thread its turn.
        if (self._is_tls or self.is_broken) and self._pull() or pushed:
            return True
        if self._end:
            raise self._end
        if not self._wait(timeout):
            return False
        self._move()
        return True

    def reply(self) -> Reply | None:
        """Return the next reply that is here as a whole.

        :raise ProtocolError: what is here is no reply
        """
        return self._replies.take()

    def is_silent(self) -> bool:
        """Tell whether the server has neither spoken unasked, as in "421 timeout exceeded", nor hung up."""
        return not self._pull() and not self._end and not self._replies

    def _move(self) -> bool:
        pushed = self.push()
        return self._pull() or pushed

    def _pull(self) -> bool:
        moved = False
        # The limit keeps a server that never stops talking from filling the memory before anybody looks at it.
        while self._end is None and len(self._replies) <= MAX_REPLY:
            try:
                data = self._sock.recv(_CHUNK)
            except _NOT_NOW as error:
                self._reads_on = _event(error, selectors.EVENT_READ)
                break
            except OSError as error:
                self._end = ConnectionLost(network_problem(error))
                break
            if not data:
                self._end = ConnectionLost("the server closed the connection")
                break
            self._replies.feed(data)
            moved = True
            if len(data) < _CHUNK and not self._is_tls:
                break
        return moved

    def _wait(self, timeout: float | None) -> bool:
        events = self._reads_on
        if self._out or self._chunk:
            events |= self._writes_on
        self._selector.modify(self._sock, events)
        return bool(self._selector.select(timeout))

    def _next_chunk(self) -> memoryview:
        """Return what to write next. OpenSSL wants a failed write repeated with the same bytes, so it stays."""
        if not self._chunk and self._out:
            room = _TLS_RECORD if self._is_tls else _CHUNK
            parts = []
            while self._out and room:
                part = self._out.popleft()
                if len(part) > room:
                    self._out.appendleft(part[room:])
                    part = part[:room]
                parts.append(part)
                room -= len(part)
            self._chunk = memoryview(b"".join(parts))
            self._chunk_end += len(self._chunk)
        return self._chunk

    def _take_over(self) -> None:
        """Take what smtplib's reader has read ahead."""
        if self._file is None:
            return
        try:
            ahead = self._file.peek()  # type: ignore[attr-defined]
        except OSError:  # "would block" of TLS; anything worse comes again when the socket is read
            return
        if ahead:
            self._replies.feed(self._file.read(len(ahead)))


class ReplyBuffer:
    """Bytes from the server, given out as whole replies. Its length is the number of bytes not given out."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._line = self._searched = 0  # where the line that is looked at begins, how far it was looked at

    def __len__(self) -> int:
        return len(self._data)

    def feed(self, data: bytes) -> None:
        """Add bytes as they came."""
        self._data += data

    def take(self) -> Reply | None:
        """Return the next whole reply, None if it is not here yet.

        :raise ProtocolError: what is here is no reply, or has no end
        """
        while (end := self._data.find(b"\n", self._searched)) >= 0:
            is_last = not _MORE_LINES.match(self._data, self._line)
            self._line = self._searched = end + 1
            if is_last:
                whole = bytes(self._data[: end + 1])
                del self._data[: end + 1]
                self._line = self._searched = 0
                return _cached_reply(whole) if len(whole) <= _MAX_CACHED else read_reply(BytesIO(whole))
        self._searched = len(self._data)
        if self._searched > MAX_REPLY:
            raise ProtocolError("endless reply")
        return None


@lru_cache(maxsize=256)
def _cached_reply(whole: bytes) -> Reply:
    """Read a reply; nearly all are "250 2.1.0 Ok" and "250 2.1.5 Ok"."""
    return read_reply(BytesIO(whole))


def _event(error: BaseException, usual: int) -> int:
    """Return what to wait for: TLS may have to read before it can write, and the other way round."""
    if isinstance(error, ssl.SSLWantReadError):
        return selectors.EVENT_READ
    return selectors.EVENT_WRITE if isinstance(error, ssl.SSLWantWriteError) else usual
