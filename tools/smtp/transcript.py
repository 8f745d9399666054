"""The protocol of a conversation for people and for support (RFC 5321 §3; AUTH: RFC 4954 §4).

Secrets are masked where they are written: a transcript never holds a password, so no reader of it has to care. The
content of a mail is never written.

>>> transcript = Transcript()
>>> transcript.client("AUTH PLAIN AHNhbGVzAHNlY3JldA==")
>>> transcript.server(Reply.parse([b"235 2.7.0 Authentication successful"]))
>>> transcript.note("<12345 bytes of message>")
>>> print(transcript)
C: AUTH PLAIN ***
S: 235 2.7.0 Authentication successful
-- <12345 bytes of message>
"""

from __future__ import annotations

import re
from collections import deque

from .reply import Reply, printable

MAX_TRANSCRIPT = 64 * 1024  # characters
_MAX_LINE = 1024
# The end says how it went and is kept, however many recipients came before.
_TAIL = MAX_TRANSCRIPT // 4
_HEAD = MAX_TRANSCRIPT - _TAIL - 100

# The mechanism may be followed by an initial response; old clients write "AUTH=PLAIN".
_AUTH = re.compile(r"(?<!\s)(\s*AUTH[\s=]+(?=[^\s=])\S+)\s+\S.*", re.IGNORECASE | re.DOTALL)
_AUTH_BEGINS = re.compile(r"\s*AUTH\b", re.IGNORECASE)
_MASK = "***"


def mask(line: str) -> str:
    """Hide what follows the mechanism in an AUTH command; any other line is returned as it is.

    >>> mask("auth XOAUTH2 dXNlcj1zYWxlcw=="), mask("AUTH LOGIN"), mask("RCPT TO:<auth@example.com>")
    ('auth XOAUTH2 ***', 'AUTH LOGIN', 'RCPT TO:<auth@example.com>')
    """
    return _AUTH.sub(rf"\1 {_MASK}", line)


class Transcript:
    """Collects the lines of one conversation, at most about MAX_TRANSCRIPT characters of its begin and end."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._tail: deque[str] = deque()
        self._head_size = self._tail_size = self._left_out = 0
        self._in_auth = False

    def client(self, line: bytes | str) -> None:
        """Add a command. After AUTH every line is an answer to a challenge, until the server ends the exchange."""
        text = printable(line).strip()
        if _AUTH_BEGINS.match(text):
            self._in_auth = True
            text = mask(text)
        elif self._in_auth:
            text = _MASK
        self._add("C: ", text)

    def server(self, reply: Reply) -> None:
        """Add a reply."""
        if not reply.is_intermediate:
            self._in_auth = False
        for line in str(reply).split("\n"):
            self._add("S: ", line)

    def note(self, text: str) -> None:
        """Add a remark of our own."""
        self._add("-- ", printable(text).replace("\n", " "))

    def __str__(self) -> str:
        gap = [f"-- {self._left_out} lines left out"] if self._left_out else []
        return "\n".join([*self._head, *gap, *self._tail])

    def _add(self, mark: str, text: str) -> None:
        line = mark + (text if len(text) <= _MAX_LINE else text[: _MAX_LINE - 1] + "…")
        size = len(line) + 1
        if not self._tail and self._head_size + size <= _HEAD:
            self._head.append(line)
            self._head_size += size
            return
        self._tail.append(line)
        self._tail_size += size
        while self._tail_size > _TAIL:
            self._tail_size -= len(self._tail.popleft()) + 1
            self._left_out += 1
