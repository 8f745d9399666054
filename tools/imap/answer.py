"""What an IMAP server answers, out of the shapes that `imaplib` gives it.

>>> answer_text([b"[OVERQUOTA] Quota exceeded"])
'[OVERQUOTA] Quota exceeded'
>>> list(literals([(b"1 (UID 7 BODY[] {5}", b"hello"), b")"]))
[(7, b'hello')]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_UID = re.compile(rb"\bUID (\d{1,10})\b")


class MailboxError(Exception):
    """The server did not do what it was asked; the text is its own, unless it is an `SmtpError` as well."""


def literals(data: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
    """The UID and the literal of each answer; a server may put the UID before or behind the literal."""
    for place, item in enumerate(data):
        if isinstance(item, tuple):
            behind = data[place + 1] if place + 1 < len(data) and isinstance(data[place + 1], bytes) else b""
            found = _UID.search(item[0]) or _UID.search(behind)
            if found:
                yield int(found.group(1)), item[1]


def lines(data: Iterable[Any] | None) -> Iterator[bytes]:
    """The lines of an answer, literals joined to theirs."""
    for item in data or ():
        if item:
            yield b" ".join(item) if isinstance(item, tuple) else item


def answer_text(data: Iterable[Any] | None) -> str:
    """The server's own words."""
    return b" ".join(lines(data)).decode("utf-8", "replace")
