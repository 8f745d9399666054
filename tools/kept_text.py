r"""Texts of a message, as they are kept: decoded, and the plain text by where it stands in the HTML.

Of a mail's HTML Odoo makes its plain text, so most lines of that stand in the HTML, too, and in the same order. What is
kept of such a line is how far on it stands there, and its length.

>>> html = b"<p>Your order has left our warehouse.</p><p>Kind regards</p>"
>>> refer(b"Your order has left our warehouse.\n\nKind regards\n", html)
b'\x003,34\n\nKind regards\n'
>>> resolve(_, html)
b'Your order has left our warehouse.\n\nKind regards\n'
>>> encoded("Zażółć\n".encode(), "quoted-printable")
b'Za=C5=BC=C3=B3=C5=82=C4=87\r\n'
"""

from __future__ import annotations

from binascii import b2a_base64, b2a_qp
from typing import Final

_LINE: Final = 76
# Bytes: where a shorter line stands takes as much as the line.
_SHORTEST: Final = 24
# Bytes of the HTML in which the next line is looked for: so the time does not grow with the square of the text.
_WINDOW: Final = 4096
_MARK: Final = b"\0"
_ESCAPES: Final = [b"=%02X" % byte for byte in range(256)]
# RFC 2045 §6.7: what quoted-printable shows as it is
_TOKENS: Final = [
    bytes((byte,)) if byte in b"\t " or 32 < byte < 127 and byte != ord("=") else _ESCAPES[byte] for byte in range(256)
]
_SOFT_BREAK: Final = b"=\r\n"


def refer(text: bytes, html: bytes) -> bytes:
    """Return a text with where its lines stand in the HTML; what stands nowhere stays.

    :param text: without NUL
    """
    lines, place = [], 0
    for line in text.split(b"\n"):
        if len(line) >= _SHORTEST:
            found = html.find(line[:_SHORTEST], place, place + _WINDOW)
            if found >= 0 and html.startswith(line, found):
                lines.append(b"%b%d,%d" % (_MARK, found - place, len(line)))
                place = found + len(line)
                continue
        lines.append(line)
    return b"\n".join(lines)


def resolve(referring: bytes, html: bytes) -> bytes:
    """Return the text that `refer` was given.

    :raise ValueError: it was given none
    """
    lines, place = [], 0
    for line in referring.split(b"\n"):
        if line.startswith(_MARK):
            distance, length = map(int, line[1:].split(b","))
            start, place = place + distance, place + distance + length
            line = html[start:place]
            if distance < 0 or len(line) != length:
                raise ValueError("nothing stands there")
        lines.append(line)
    return b"\n".join(lines)


def encoded(content: bytes, encoding: str) -> bytes:
    """Return a content as it stands in a message, with CRLF line ends.

    :param content: of a text with LF line ends
    :param encoding: RFC 2045 §6.1; the text is base64 of CRLF line ends
    """
    if encoding == "quoted-printable":
        return b"".join(_quoted_printable(line) + b"\r\n" for line in content.splitlines())
    content = content.replace(b"\n", b"\r\n")
    return base64_lines(content) if encoding == "base64" else content


def is_repeatable(content: bytes, encoding: str) -> bool:
    """Whether `encoded` makes of this content what `compose.transfer_encoding` has made of it."""
    if encoding == "quoted-printable":
        return _IS_QUOTED_PRINTABLE_KNOWN
    return encoding == "base64" or b"\0" not in content  # a blank is sent in its place


def base64_lines(content: bytes) -> bytes:
    """Return base64 as it stands in a mail, with CRLF line ends."""
    whole = b2a_base64(content, newline=False)
    return b"".join(whole[start : start + _LINE] + b"\r\n" for start in range(0, len(whole), _LINE))


def _quoted_printable(line: bytes) -> bytes:
    """One line as `binascii.b2a_qp` writes it: where it breaks lines is its own choice, so it is repeated here.

    Another Python may choose otherwise; what was kept by this one must stay what it is.
    """
    tokens, width, last = [], 0, len(line) - 1
    is_dot_escaped = line[:1] == b"." and line[1:2] in (b"", _MARK)
    for place, byte in enumerate(line):
        token = _ESCAPES[byte] if is_dot_escaped and place == 0 else _TOKENS[byte]
        if width + len(token) >= _LINE and (len(token) > 1 or place != last):
            tokens.append(_SOFT_BREAK)
            width = 0
        tokens.append(token)
        width += len(token)
    if line.endswith((b" ", b"\t")):
        tokens[-1] = _ESCAPES[line[-1]]
    return b"".join(tokens)


_SAMPLE: Final = b"\n.\n.\0\n. x\n \nx \t\n" + b"\n".join(
    b"." * width + end for width in range(71, 79) for end in (b"=", b"= ", b"a", b"\xc5\x82b", b" ", b"\t=")
)
# Whether the Python that runs encodes as this file does.
_IS_QUOTED_PRINTABLE_KNOWN: Final = encoded(_SAMPLE, "quoted-printable") == b2a_qp(_SAMPLE + b"\n").replace(
    b"\n", b"\r\n"
)
