"""What happened while a connection was made, with its times: a witness of `tools.bounded_connect`.

>>> times = iter((0.0, 0.1, 0.3, 0.4, 0.5, 0.7))
>>> recording = Recording(lambda: next(times))
>>> recording.looked_up(["192.0.2.1"])
>>> recording.tried("192.0.2.1", None)
>>> recording.answered(220, b"mx.dest.test ESMTP")
>>> recording.asked("EHLO here")
>>> recording.answered(250, b"mx.dest.test\\nDSN")
>>> print(recording.text())
S: 220 mx.dest.test ESMTP
C: EHLO here
S: 250-mx.dest.test
S: 250 DSN
>>> recording.greeting.reply.code, recording.last("EHLO").seconds > 0.1
(220, True)
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..smtp.network import tls_facts
from ..smtp.reply import Reply

_MOST: int = 200  # exchanges that are kept: OAuth needs a handful


@dataclass
class Exchange:
    """A command with its reply; the greeting has no command."""

    command: str
    begun: float
    reply: Reply | None = None
    is_garbled: bool = False
    seconds: float = 0.0

    @property
    def verb(self) -> str:
        """The command's first word, in upper case."""
        return self.command.split(" ", 1)[0].split(":")[0].upper()

    @property
    def is_positive(self) -> bool:
        """True if the server said yes."""
        return self.reply is not None and self.reply.is_positive

    def __str__(self) -> str:
        lines = [f"C: {self.command}"] if self.command else []
        lines += [f"S: {line}" for line in str(self.reply).split("\n")] if self.reply else []
        return "\n".join([*lines, *(["-- no SMTP reply"] if self.is_garbled else [])])


@dataclass(frozen=True)
class Attempt:
    """One address that was tried; `error` is "" if it is connected."""

    address: str
    error: str
    seconds: float


class Recording:
    """One connection. `clock` gives the seconds of a clock that only goes forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._mark = clock()
        self.addresses: list[str] = []
        self.lookup_seconds = self.rest_seconds = 0.0
        self.attempts: list[Attempt] = []
        self.exchanges: list[Exchange] = []
        self.is_secured = False
        self.tls_seconds = 0.0
        self.tls_version = self.cipher = ""
        self.certificate = b""  # DER

    # What a witness is told

    def looked_up(self, addresses: list[str]) -> None:
        """Note the addresses of the host, each once."""
        self.addresses = list(dict.fromkeys(addresses))
        self.lookup_seconds = self._since()

    def tried(self, address: str, error: OSError | None) -> None:
        """Note an address that was tried."""
        words = "" if error is None else str(error.strerror or error) or type(error).__name__
        self.attempts.append(Attempt(address, words, self._since()))

    def secured(self, sock: Any) -> None:
        """Note what was agreed on; no look at it fails."""
        self.is_secured = True
        self.tls_seconds = self._since()
        with contextlib.suppress(Exception):  # pyOpenSSL's errors are no OSError
            self.tls_version, self.cipher = tls_facts(sock)
            self.certificate = sock.getpeercert(binary_form=True) or b""

    def asked(self, line: str) -> None:
        """Note a command."""
        if len(self.exchanges) < _MOST:
            self.exchanges.append(Exchange(line[:1000], self._clock()))

    def answered(self, code: int, text: bytes) -> None:
        """Note the reply to the last command."""
        if not self.exchanges:
            self.exchanges.append(Exchange("", self._mark))
        last = self.exchanges[-1]
        if last.reply is not None and len(self.exchanges) < _MOST:  # a challenge was answered
            last = Exchange("", self._mark)
            self.exchanges.append(last)
        if 200 <= code <= 599:
            last.reply = Reply.of(code, text)
        else:
            last.is_garbled = True
        self._mark = self._clock()
        last.seconds = self._mark - last.begun

    def end(self) -> None:
        """Note that nothing more comes: what has passed since the last thing was waited in vain."""
        self.rest_seconds = self._since()

    # What is asked of it

    @property
    def is_connected(self) -> bool:
        """True if one of the addresses was reached."""
        return any(not attempt.error for attempt in self.attempts)

    @property
    def greeting(self) -> Exchange | None:
        """The server's first words."""
        first = self.exchanges[0] if self.exchanges else None
        return first if first and not first.command else None

    def of(self, *verbs: str) -> list[Exchange]:
        """All exchanges with one of these verbs."""
        return [exchange for exchange in self.exchanges if exchange.verb in verbs]

    def last(self, *verbs: str) -> Exchange | None:
        """The last exchange with one of these verbs."""
        found = self.of(*verbs)
        return found[-1] if found else None

    def login(self) -> list[Exchange]:
        """The exchanges of the last login: from AUTH to the reply that ended it."""
        begin = max((place for place, one in enumerate(self.exchanges) if one.verb == "AUTH"), default=None)
        if begin is None:
            return []
        found = [self.exchanges[begin]]
        for one in self.exchanges[begin + 1 :]:
            if found[-1].reply is None or not found[-1].reply.is_intermediate:
                break
            found.append(one)
        return found

    def text(self, exchanges: Iterable[Exchange | None] | None = None) -> str:
        """The lines on the wire, of all or of some."""
        chosen = self.exchanges if exchanges is None else exchanges
        return "\n".join(str(one) for one in chosen if one is not None)

    def _since(self) -> float:
        before, self._mark = self._mark, self._clock()
        return self._mark - before
