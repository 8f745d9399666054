"""A server that says on a real socket whatever a test wants, with no protocol behind it.

with RawServer(lambda sock: sock.sendall(b"220-" * 10**9)) as server:
    smtplib.SMTP("127.0.0.1", server.port)
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable


class RawServer:
    """Calls `talk(sock)` for each connection in a thread; whatever the client's end does to it is no error."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self.talk = talk
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> RawServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for sock in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _address = self._listener.accept()
                self._sockets.append(sock)
                threading.Thread(target=self._run, args=(sock,), daemon=True).start()

    def _run(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.talk(sock)
        with contextlib.suppress(OSError):
            sock.close()


def say(*parts: bytes, ask: bool = True) -> Callable[[socket.socket], None]:
    """Say the parts, waiting for a line of the client's before each but the first."""

    def talk(sock: socket.socket) -> None:
        for number, part in enumerate(parts):
            if number and ask:
                sock.recv(65536)
            sock.sendall(part)

    return talk


def after(parts: Iterable[bytes], end: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Say the parts as `say` does, wait for a line, then go on with `end`."""

    def talk(sock: socket.socket) -> None:
        for part in parts:
            sock.sendall(part)
            sock.recv(65536)
        end(sock)

    return talk


def endless(line: bytes) -> Callable[[socket.socket], None]:
    """The same again and again, as fast as it is read."""

    def talk(sock: socket.socket) -> None:
        block = line * max(65536 // len(line), 1)
        while True:
            sock.sendall(block)

    return talk


def drip(data: bytes, pause: float = 0.02) -> Callable[[socket.socket], None]:
    """One byte after the other, round and round."""

    def talk(sock: socket.socket) -> None:
        while True:
            for byte in data:
                sock.sendall(bytes([byte]))
                time.sleep(pause)

    return talk


def silence(sock: socket.socket) -> None:
    """Nothing, until the client goes."""
    while sock.recv(65536):
        pass
