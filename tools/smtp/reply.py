"""What a mail server answers (RFC 5321 §4.2; enhanced status codes: RFC 2034 §4).

Nothing that a server can send is too long, too dirty or too odd to be read: the text is cleaned so that it can be
stored and shown, and cut at MAX_TEXT. What is no reply at all raises ProtocolError.

>>> Reply.parse([b"250 2.0.0 Ok: queued as 8EF88268011"])
Reply(code=250, enhanced=EnhancedStatus(klass=2, subject=0, detail=0), text='2.0.0 Ok: queued as 8EF88268011')
>>> print(Reply.parse([b"550-5.1.1 No such user.", b"550 5.1.1 See https://example.com/"]))
550-5.1.1 No such user.
550 5.1.1 See https://example.com/
>>> Reply.parse([b"450 5.1.1 The class contradicts the reply code"]).enhanced is None
True
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from .enhanced_status import EnhancedStatus

MAX_TEXT = 4096  # characters kept of one reply
MAX_LINE = 4096  # bytes kept of one line; RFC 5321 §4.5.3.1.5 allows 512, Exchange and Gmail send more
MAX_REPLY = 1024 * 1024  # bytes read of one reply before it is taken for an endless one

# "250Ok" without the space is tolerated, as smtplib does; "2500" is no reply code.
_LINE = re.compile(rb"([2-5]\d\d)(?!\d)([ -]?)(.*)", re.DOTALL)
# IronPort writes "550 #5.1.0 Address rejected."; some servers put a colon after the code.
_ENHANCED = re.compile(r"#?(\d\.\d{1,3}\.\d{1,3})[:;,.]?(?=\s|$)")
# C0, DEL and C1: PostgreSQL refuses NUL, terminals and browsers obey some of the others.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class SmtpError(Exception):
    """The conversation with the server cannot go on. `problem` is what a result says about it."""

    problem: ClassVar[str] = "SMTP error"


class ProtocolError(SmtpError):
    """The server sent something that is no reply, or a reply that cannot come at this place."""

    problem = "garbled reply"


class ConnectionLost(SmtpError):
    """The connection is gone."""

    problem = "connection lost"


class TimedOut(ConnectionLost):
    """The server did not answer or did not read in time."""

    problem = "timed out"


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply, all its lines.

    `text` is what the server wrote, its lines joined by a line feed, without the reply code and with the enhanced
    status code where the server wrote one; `str()` is the form with the reply codes, as on the wire.
    """

    code: int
    enhanced: EnhancedStatus | None
    text: str

    @classmethod
    def parse(cls, lines: Sequence[bytes]) -> Reply:
        """Read the lines of one reply as they came. The last line's code counts, as in smtplib and Postfix.

        :raise ProtocolError: there is no line, or one does not begin with a reply code
        """
        found = [match for match in map(_LINE.match, lines) if match]
        if not found or len(found) < len(lines):
            raise ProtocolError("not an SMTP reply")
        parts = [match.group(3).rstrip(b" \t\r\n") for match in found]
        return cls.of(int(found[-1].group(1)), b"\n".join(parts))

    @classmethod
    def of(cls, code: int, text: bytes | str) -> Reply:
        """Make a reply of a code and a text without codes, which is how smtplib's exceptions carry it."""
        cleaned = printable(text)
        if len(cleaned) > MAX_TEXT:
            cleaned = cleaned[: MAX_TEXT - 1] + "…"
        return cls(code, _enhanced(code, cleaned), cleaned)

    @property
    def is_positive(self) -> bool:
        """True for 2xx: done."""
        return self.code // 100 == 2

    @property
    def is_intermediate(self) -> bool:
        """True for 3xx: the server waits for more."""
        return self.code // 100 == 3

    @property
    def is_transient(self) -> bool:
        """True for 4xx: not now."""
        return self.code // 100 == 4

    @property
    def is_permanent(self) -> bool:
        """True for 5xx: no."""
        return self.code // 100 == 5

    @property
    def closes_channel(self) -> bool:
        """True for 421, whatever it answers: the server closes the transmission channel (RFC 5321 §3.8)."""
        return self.code == 421

    def __str__(self) -> str:
        *first, last = self.text.split("\n")
        return "\n".join([*(f"{self.code}-{line}" for line in first), f"{self.code} {last}".rstrip()])


class LineReader(Protocol):
    """What a reply is read from: a buffered file, or `TimedLines`."""

    def readline(self, limit: int, /) -> bytes:
        """Read a line, of a longer one at most so many bytes; b"" at the end."""


def read_reply(file: LineReader) -> Reply:
    """Read one reply. Blocks; an OSError of the socket passes through.

    smtplib's own reader breaks the connection at a line over 8192 bytes and never ends at an endless reply.

    :raise ConnectionLost: the stream ended before the reply did
    :raise ProtocolError: what came is no reply, or has no end
    """
    lines: list[bytes] = []
    kept = total = 0
    while True:
        line, size = _read_line(file, MAX_REPLY - total)
        total += size
        found = _LINE.match(line)
        if not found:
            raise ProtocolError("not an SMTP reply")
        is_last = found.group(2) != b"-"
        # The text is cut anyway: of a reply of many lines only so many are worth keeping in memory.
        if is_last or kept <= 4 * MAX_TEXT:
            lines.append(line)
            kept += len(line)
        if is_last:
            return Reply.parse(lines)


def printable(text: bytes | str) -> str:
    """Decode and clean a text from the wire: no control character except the line feed is left in it.

    >>> printable(b"Bo\\xc3\\xaete pleine"), printable(b"Bo\\xeete pleine"), printable("a\\x00b\\tc")
    ('Boîte pleine', 'Boîte pleine', 'a�b c')
    """
    if isinstance(text, bytes):
        text = _decode(text)
    text = text.replace("\r\n", "\n").replace("\t", " ")
    # A lone surrogate cannot be stored; it comes only from callers that decoded with "surrogateescape".
    return _CONTROL.sub("\ufffd", text).encode("utf-8", "replace").decode()


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _read_line(file: LineReader, budget: int) -> tuple[bytes, int]:
    """Read one line; of a long one keep MAX_LINE bytes and drain the rest. Return it and the bytes read."""
    line = part = file.readline(MAX_LINE)
    total = len(part)
    while not part.endswith(b"\n"):
        if total > budget:
            raise ProtocolError("endless reply")
        if not part or len(part) < MAX_LINE:
            raise ConnectionLost("the stream ended within a reply")
        part = file.readline(MAX_LINE)
        total += len(part)
    if total > budget:
        raise ProtocolError("endless reply")
    return line, total


def _enhanced(code: int, text: str) -> EnhancedStatus | None:
    found = _ENHANCED.match(text)
    status = EnhancedStatus.parse(found.group(1)) if found else None
    # RFC 2034 §4: the class agrees with the first digit of the reply code. A code that contradicts it says nothing.
    return status if status and status.klass == code // 100 else None
