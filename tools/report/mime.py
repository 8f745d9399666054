"""A shallow, bounded view of a mail (RFC 5322, RFC 2045, RFC 2046 §5.1).

Contract: `Mail.read` takes any bytes. Only the parts that a report can have are cut out, each bounded in size,
number and depth; a returned mail (message/rfc822) is a leaf and never opened. That is why this is not the
`email` package: it would build the whole tree, however large. Time is linear in the source, memory small.

>>> mail = Mail.read(b"Subject: Hi\\r\\nContent-Type: text/plain\\r\\n\\r\\nHello\\r\\n")
>>> mail.fields.get("subject"), mail.text
('Hi', 'Hello\\n')
>>> [part.type for part in mail.parts]
['text/plain']
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator
from functools import cached_property

from .header import Fields, content_type, decode

MAX_HEADER = 192_000  # bytes of one header; of a longer one the start and the end are read
MAX_BODY = 192_000  # bytes of one part
MAX_PARTS = 60  # a report has three; what comes behind these is not looked at
MAX_DEPTH = 6
MAX_FINDS = 20_000  # looks for a delimiter

# Where a leaf lies in the source, with the types of the multiparts around it, outermost first.
Span = tuple["Fields", int, int, tuple[str, ...]]

_BLANK = re.compile(rb"\n\r?\n")
_MBOX = re.compile(rb"(?:[ \t]*\r?\n|>?From [^\n]{0,300}\n)+")
_DELIMITER = re.compile(rb"^[ \t]?--([^\s\"<>]{1,70})[ \t]*\r?\n(?=content-)", re.I | re.M)
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_HIDDEN = re.compile(r"<(style|script|head)[\s>]", re.I)
_TAG_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li|/td)\b[^<>]{0,200}>", re.I)
_TAG = re.compile(r"<!?/?[a-zA-Z!][^<>]{0,2000}>")
_SPACES = re.compile(r"[ \t\xa0]+")


class Part:
    """One leaf of the mail: a header and a body that is not a multipart."""

    def __init__(self, fields: Fields, body: bytes, path: tuple[str, ...]) -> None:
        self.fields = fields
        self.body = body
        self.path = path  # the types of the multiparts around it, outermost first
        self.type, self.parameters = content_type(fields.get("content-type"))
        if not self.type or self.type.startswith("multipart/"):  # a multipart without its delimiters is just text
            self.type = "text/plain"

    @cached_property
    def is_attachment(self) -> bool:
        """True when the sender marked it as a file."""
        return content_type(self.fields.get("content-disposition"))[0] == "attachment"

    @cached_property
    def text(self) -> str:
        """The body decoded, lines ended by \\n."""
        encoding = self.fields.get("content-transfer-encoding").strip().lower()
        data = self.body
        if encoding == "quoted-printable":
            data = binascii.a2b_qp(data)
        elif encoding == "base64":
            data = base64_bytes(data)
        text = decode(data, self.parameters.get("charset", ""))
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")

    @cached_property
    def plain(self) -> str:
        """The text without markup."""
        return _from_html(self.text) if self.type == "text/html" else self.text


def base64_bytes(data: bytes) -> bytes:
    """Decode base64, whatever else is in it."""
    cleaned = data.translate(None, _NOT_BASE64)
    if len(cleaned) % 4 == 1:
        cleaned = cleaned[:-1]
    return binascii.a2b_base64(cleaned + b"=" * (-len(cleaned) % 4)) if cleaned else data


def _without_hidden(text: str) -> str:
    """The text without styles and scripts. One that is not closed is kept: it may hold the reason."""
    lower, kept, start = text.lower(), [], 0
    unclosed: set[str] = set()
    for found in _HIDDEN.finditer(lower):
        name = found.group(1)
        if found.start() < start or name in unclosed:
            continue
        close = lower.find(f"</{name}", found.end())
        if close < 0:
            unclosed.add(name)
            continue
        kept.append(text[start : found.start()])
        start = close
    return "".join(kept) + text[start:]


def _from_html(text: str) -> str:
    text = _TAG_BREAK.sub("\n", _without_hidden(text.replace("\n", " ")))
    lines = (_SPACES.sub(" ", html.unescape(line)).strip() for line in _TAG.sub("", text).split("\n"))
    return "\n".join(lines)


class Mail:
    """The header and the leaves of one mail."""

    def __init__(self, fields: Fields, parts: list[Part]) -> None:
        self.fields = fields
        self.parts = parts
        self.type, self.parameters = content_type(fields.get("content-type"))

    @classmethod
    def read(cls, source: bytes) -> Mail:
        """Cut a mail into its header and its leaves."""
        if b"\n" not in source[:MAX_HEADER] and b"\r" in source[:MAX_HEADER]:
            source = source.replace(b"\r", b"\n")  # line ends of the old Mac OS
        mbox = _MBOX.match(source)
        fields, body = read_header(source, mbox.end() if mbox else 0, len(source))
        leaves = (
            Part(fields, source[start : min(end, start + MAX_BODY)], path)
            for fields, start, end, path in spans(source, fields, body)
        )
        return cls(fields, list(leaves))

    @cached_property
    def text(self) -> str:
        """What a person is meant to read: the first text part."""
        return self.text_part.plain if self.text_part else ""

    @cached_property
    def text_part(self) -> Part | None:
        """The first plain text that is not empty, else the first HTML text."""
        texts = [part for part in self.parts if part.type in ("text/plain", "text/html", "text", "plain/text")]
        shown = [part for part in texts if not part.is_attachment] or texts
        filled = [part for part in shown if part.body.strip()] or shown
        return next((part for part in filled if part.type != "text/html"), filled[0] if filled else None)

    def part(self, *types: str) -> Part | None:
        """The first leaf of one of the types."""
        return next((part for part in self.parts if part.type in types), None)


def read_header(source: bytes, start: int, end: int) -> tuple[Fields, int]:
    """The fields from `start` on, and where the body begins."""
    if source[start : start + 1] == b"\n" or source[start : start + 2] == b"\r\n":
        return Fields([]), source.index(b"\n", start) + 1
    blank = _BLANK.search(source, start, end)
    stop = blank.start() if blank else end
    block = source[start:stop] if stop - start <= MAX_HEADER else _ends(source, start, stop)
    fields = Fields.parse(decode(block))
    if not fields:  # a body part that begins with its text
        return fields, start
    return fields, blank.end() if blank else end


def _ends(source: bytes, start: int, stop: int) -> bytes:
    return source[start : start + MAX_HEADER // 2] + b"\n" + source[stop - MAX_HEADER // 2 : stop]


def spans(source: bytes, fields: Fields, body: int, most_parts: int = MAX_PARTS) -> Iterator[Span]:
    """Where the leaves lie, in reading order, found without recursion."""
    todo: list[Span] = [(fields, body, len(source), ())]
    found = 0
    while todo and found < most_parts:
        fields, start, end, path = todo.pop()
        kind, parameters = content_type(fields.get("content-type"))
        sections: list[tuple[int, int]] = []
        if len(path) < MAX_DEPTH and (kind.startswith("multipart/") or not path and not kind):
            sections = _sections(source, start, end, parameters.get("boundary", ""), most_parts)
        if not sections:
            found += 1
            yield fields, start, end, path
            continue
        for section_start, section_end in reversed(sections):
            inner, inner_body = read_header(source, section_start, section_end)
            todo.append((inner, min(inner_body, section_end), section_end, (*path, kind)))


def _sections(source: bytes, start: int, end: int, boundary: str, most_parts: int) -> list[tuple[int, int]]:
    """Where the body parts of a multipart begin and end."""
    sections = _cut(source, start, end, boundary.encode("utf-8", "replace"), most_parts) if boundary else []
    if not sections:  # no boundary, or a wrong one: some gateways drop or rewrite the header field
        # Only near the start: further down it belongs to a returned mail.
        guess = _DELIMITER.search(source, start, min(end, start + 2_000))
        if guess and len(source[start : guess.start()].strip()) <= 200:
            sections = _cut(source, start, end, guess.group(1), most_parts)
    return sections


def _cut(source: bytes, start: int, end: int, boundary: bytes, most_parts: int) -> list[tuple[int, int]]:
    delimiter = b"--" + boundary
    sections: list[tuple[int, int]] = []
    opened = -1
    position = start
    for _ in range(MAX_FINDS):
        position = source.find(delimiter, position, end)
        if position < 0:
            break
        after = position + len(delimiter)
        line_end = source.find(b"\n", after, min(end, after + 200))
        rest = source[after : line_end if line_end >= 0 else min(end, after + 200)].strip()
        if rest in (b"", b"--") and _at_line_start(source, position, start):
            if opened >= 0:
                sections.append((opened, max(opened, position - 1)))
            opened = -1 if rest else (line_end + 1 if line_end >= 0 else end)
            if rest or len(sections) >= most_parts:
                break
        position = after
    if opened >= 0 and len(sections) < most_parts:
        sections.append((opened, end))
    return sections


def _at_line_start(source: bytes, position: int, start: int) -> bool:
    # An MTA of the RFC 3464 era indented the delimiters by one space.
    before = source[max(start, position - 2) : position]
    return not before or before.endswith(b"\n") or before in (b"\n ", b" ")
