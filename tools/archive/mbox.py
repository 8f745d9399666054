"""A mbox file cut into its mails (RFC 4155, and the four dialects that qmail's manual page mbox(5) tells apart).

Contract: any bytes, never an exception of its own; what is in memory at a time is one mail and a chunk. It begins at
any offset that it has given before, so an import goes on where it was stopped. A line "From …" starts a mail if it has
a time, stands behind a blank line (or is Thunderbird's "From - …") and the next line is a header field. A
Content-Length counts where exactly such a line, or the end, stands behind that many bytes.

>>> import io
>>> lines = b"From a Mon Jun 15 10:00:00 2026\\nSubject: 1\\n\\n>From me\\n\\n"
>>> lines += b"From b Mon Jun 15 10:01:00 2026\\nSubject: 2\\n\\n"
>>> [(mail.offset, bytes(mail.source)) for mail in split_mbox(io.BytesIO(lines))]
[(0, b'Subject: 1\\n\\nFrom me\\n'), (54, b'Subject: 2\\n\\n')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from .model import MOST_MAIL_BYTES, Dialect, Item, Problem

CHUNK = 1 << 20
# Bytes behind the start of a line that are looked at, to tell whether a mail begins there.
_AHEAD = 2_000
_MOST_HEADER = 200_000
_START = re.compile(rb"From [^\n]{0,200}\d{1,2}:\d{2}[^\n]{0,100}\n(?:>From [^\n]{0,300}\n)?[!-9;-~]{1,80}:")
_THUNDERBIRD = re.compile(rb"From - [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}\r?\n")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
_FROM_LINE = re.compile(rb"From (?:[^\n]{0,200}?\s)?((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[^\n]{0,60})\r?\n|From [^\n]*\n")
_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.I | re.M)
_BLANK = re.compile(rb"\n\r?\n")
_LINE_ENDS = re.compile(rb"(?:\r?\n){0,2}")
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_QUOTED_ONCE = re.compile(rb"^>(From )", re.M)


class _Window:
    """What of the file is in memory."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream = stream
        stream.seek(start)
        self.base = start  # the offset of the first byte
        self.data = bytearray()
        self.is_all = False

    def fill(self) -> None:
        """Read a chunk more."""
        chunk = self._stream.read(CHUNK)
        self.data += chunk
        self.is_all = not chunk

    def need(self, size: int) -> None:
        """Have so many bytes, or all that there are."""
        while len(self.data) < size and not self.is_all:
            self.fill()

    def drop(self, size: int) -> None:
        """Forget the first bytes."""
        del self.data[:size]
        self.base += size

    def take(self, size: int) -> bytearray:
        """Hand over the first bytes. Of a big mail nothing is copied but what stands behind it."""
        if size > CHUNK:
            taken, self.data = self.data, self.data[size:]
            del taken[size:]
        else:
            taken = self.data[:size]
            del self.data[:size]
        self.base += size
        return taken


def split_mbox(stream: BinaryIO, start: int = 0, dialect: Dialect = Dialect.AUTO, member: str = "") -> Iterator[Item]:
    """The mails from an offset on.

    :param stream: that can seek
    :param start: 0, or the ``end`` of a mail
    :param member: the file's name, for the items
    """
    window = _Window(stream, start)
    window.need(_AHEAD)
    if start == 0:
        leading = _LEADING.match(window.data)
        window.drop(leading.end() if leading else 0)
    while window.data:
        offset = window.base
        end, has_length = _end_by_length(window, dialect)
        is_big = False
        if not end:
            end, is_big = _end_by_lines(window)
        if is_big:
            window.drop(end)
            yield Item(member, offset, window.base, problem=Problem.TOO_BIG.value)
        else:
            yield _mail(window.take(end), member, offset, dialect, has_length)
        window.need(_AHEAD)


def _mail(data: bytearray, member: str, offset: int, dialect: Dialect, has_length: bool) -> Item:
    end = offset + len(data)
    line = _FROM_LINE.match(data)
    date = (line.group(1) or b"").decode("ascii", "replace").strip() if line else ""
    if line:
        del data[: line.end()]
    for blank in (b"\r\n\r\n", b"\n\n"):  # the blank line belongs to the mbox
        if data.endswith(blank) and data.count(b"\n", 0, _MOST_HEADER) > 2 and not _is_header_alone(data):
            del data[-len(blank) // 2 :]
            break
    return Item(member, offset, end, _unquoted(data, dialect, has_length), date_line=date)


def _is_header_alone(data: bytearray) -> bool:
    blank = _BLANK.search(data)
    return blank is not None and blank.end() == len(data)


def _unquoted(data: bytearray, dialect: Dialect, has_length: bool) -> bytes | bytearray:
    """The mail without the marks that the dialect puts before "From "."""
    if dialect is Dialect.MBOXCL2 or b">From " not in data:
        return data
    if dialect is Dialect.AUTO and has_length and b"\nFrom " in data:
        return data  # nothing is quoted here: mboxcl2
    pattern = _QUOTED_ONCE if dialect in (Dialect.MBOXO, Dialect.MBOXCL) else _QUOTED
    return pattern.sub(rb"\1", data)


def _end_by_length(window: _Window, dialect: Dialect) -> tuple[int, bool]:
    """Where the mail ends by its Content-Length: 0 where it has none, or a wrong one."""
    if dialect in (Dialect.MBOXO, Dialect.MBOXRD):
        return 0, False
    window.need(_MOST_HEADER if not _BLANK.search(window.data, 0, _MOST_HEADER) else 1)
    blank = _BLANK.search(window.data, 0, _MOST_HEADER)
    found = blank and _LENGTH.search(window.data, 0, blank.end())
    if not blank or not found:
        return 0, False
    end = blank.end() + int(found.group(1))
    if end > MOST_MAIL_BYTES:
        return 0, False
    window.need(end + _AHEAD)
    if end > len(window.data):
        return 0, False
    behind = _LINE_ENDS.match(window.data, end)
    place = behind.end() if behind else end
    if place == len(window.data) and window.is_all or _START.match(window.data, place):
        return place, True
    return 0, False


def _end_by_lines(window: _Window) -> tuple[int, bool]:
    """Where the next mail begins, or the file ends; and whether the mail was too big to be kept."""
    scanned, is_big = 0, False
    while True:
        place = window.data.find(b"\nFrom ", scanned)
        if place >= 0:
            window.need(place + _AHEAD)
            if _is_start(window.data, place + 1):
                return place + 1, is_big
            scanned = place + 1
            continue
        scanned = max(len(window.data) - 5, 0)
        if window.is_all:
            return len(window.data), is_big
        if scanned > MOST_MAIL_BYTES:
            is_big = True
            window.drop(scanned - 2)
            scanned = 2
        window.fill()


def _is_start(data: bytearray, place: int) -> bool:
    """Whether a mail begins at this line."""
    is_behind_blank = data[max(place - 3, 0) : place].endswith((b"\n\n", b"\n\r\n"))
    return bool(_START.match(data, place)) and (is_behind_blank or bool(_THUNDERBIRD.match(data, place)))
