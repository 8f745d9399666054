r"""The transparency procedure for a mail's content (RFC 5321 §4.5.2).

>>> dot_stuff(b"one\r\n.two")
b'one\r\n..two\r\n.\r\n'
"""

from __future__ import annotations

import re

# After a line feed only, as smtplib: the content has no bare carriage return.
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


def dot_stuff(data: bytes) -> bytes:
    """Double the dots at line beginnings and add the line with the final dot.

    :param data: content with CRLF line ends
    """
    stuffed = _LEADING_DOT.sub(b"..", data) if data.startswith(b".") or b"\n." in data else data
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
