"""Puts text and files into a mail (RFC 2045 §6: transfer encodings; RFC 2183: disposition).

What `email.contentmanager.raw_data_manager` does, with the encoders of `binascii` instead of a loop over characters.
The choice of the encoding is the same, so is the content after decoding. Rare arguments are left to `email`.

>>> from email.message import EmailMessage
>>> part = EmailMessage()
>>> part.set_content("Zażółć " * 20, content_manager=CONTENT)
>>> part["Content-Transfer-Encoding"], part.get_content() == "Zażółć " * 20 + "\\r\\n"
('base64', True)
>>> part.set_content(b"%PDF-1.4", "application", "pdf", filename="Faktura 1.pdf", content_manager=CONTENT)
>>> part.items()[-3:]  # doctest: +NORMALIZE_WHITESPACE
[('Content-Type', 'application/pdf'), ('Content-Transfer-Encoding', 'base64'),
 ('Content-Disposition', 'attachment; filename="Faktura 1.pdf"')]
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from email.charset import ALIASES
from email.contentmanager import ContentManager, raw_data_manager
from email.message import Message
from typing import Any, Final

_RAW: Final[Any] = raw_data_manager
_BASE64_LINE: Final = 76
_SNIFFED: Final = 10  # lines
# By quoted-printable (RFC 2045 §6.7), within a line
_SHOWN_AS_THEY_ARE: Final = bytes({*range(32, 127)} - {61}) + b"\t\r\n"
_CHARSET: Final = re.compile(r"[\w-]+", re.ASCII)
_PLAIN_FILENAME: Final = re.compile(r"[\w.,()+@-]+(?: [\w.,()+@-]+)*", re.ASCII)


@dataclass(frozen=True)
class Source:
    """What a body was made of.

    :param encoding: its Content-Transfer-Encoding
    :param content: a file's bytes; of a text those of its charset, with LF line ends, the last one included
    """

    encoding: str
    content: bytes
    is_text: bool


class EncodedBody(bytes):
    """The body of a part as it is sent, which knows what it was made of."""

    source: Source


def encoded_body(part: Message, body: bytes) -> bytes:
    """Return the body of a part as an `EncodedBody`; as it is, if nobody knows any more what it was made of.

    :param body: the payload of the part, with CRLF line ends
    """
    payload, source = part.__dict__.get("_made_of", (None, None))
    if payload is None or payload is not part._payload:  # type: ignore[attr-defined]
        return body
    found = EncodedBody(body)
    found.source = source
    return found


def encode_text(text: str, charset: str, policy: Any) -> tuple[str, Source]:
    """Return a text encoded in the way that suits it, and what that was made of."""
    lines = text.encode(charset).splitlines()
    body = b"\n".join(lines) + b"\n"
    if max(map(len, lines), default=0) <= policy.max_line_length:
        if body.isascii():
            return body.decode("ascii"), Source("7bit", body, True)
        if policy.cte_type == "8bit":
            return body.decode("ascii", "surrogateescape"), Source("8bit", body, True)
    if _is_shorter_in_base64(b"\r\n".join(lines[:_SNIFFED]) + b"\r\n"):
        return _base64(b"\r\n".join(lines) + b"\r\n"), Source("base64", body, True)
    return _quoted_printable(body).decode("ascii"), Source("quoted-printable", body, True)


def _is_shorter_in_base64(data: bytes) -> bool:
    """Tell which is the shorter: quoted-printable costs two more bytes for each byte it cannot show, base64 a third."""
    base64 = (len(data) + 2) // 3 * 4 + 1
    shortest = len(data) + 2 * len(data.translate(None, _SHOWN_AS_THEY_ARE))
    # A blank or a dot can need three bytes at the edge of a line, and each line of 73 to 76 one break of three.
    longest = shortest + 4 * data.count(b"\n") + 3 * (shortest // 73)
    if shortest > base64 or longest <= base64:
        return shortest > base64
    return len(_quoted_printable(data)) > base64


def _quoted_printable(data: bytes) -> bytes:
    return b2a_qp(data, istext=True)


def _base64(data: bytes | bytearray | memoryview) -> str:
    encoded = b2a_base64(data, newline=False).decode("ascii")
    lines = [encoded[start : start + _BASE64_LINE] for start in range(0, len(encoded), _BASE64_LINE)]
    return "\n".join([*lines, ""])


def _set_text(
    part: Message,
    text: str,
    subtype: str = "plain",
    charset: str = "utf-8",
    cte: str | None = None,
    disposition: str | None = None,
    filename: str | None = None,
    cid: str | None = None,
    params: dict[str, Any] | None = None,
    headers: list[Any] | None = None,
) -> None:
    if cte or params or headers or not _CHARSET.fullmatch(charset) or not part.policy.max_line_length:
        _RAW.set_handlers[str](part, text, subtype, charset, cte, disposition, filename, cid, params, headers)
        return
    # Encoded first: whatever is wrong with it, the mail has no half-made content then.
    payload, source = encode_text(text, charset, part.policy)
    part["Content-Type"] = f'text/{subtype}; charset="{ALIASES.get(charset, charset)}"'
    _fill(part, payload, source, disposition, filename, cid)


def _set_bytes(
    part: Message,
    data: bytes | bytearray | memoryview,
    maintype: str,
    subtype: str,
    cte: str = "base64",
    disposition: str | None = None,
    filename: str | None = None,
    cid: str | None = None,
    params: dict[str, Any] | None = None,
    headers: list[Any] | None = None,
) -> None:
    if cte != "base64" or params or headers or part.policy.max_line_length != 78:
        _RAW.set_handlers[bytes](part, data, maintype, subtype, cte, disposition, filename, cid, params, headers)
        return
    part["Content-Type"] = f"{maintype}/{subtype}"
    _fill(part, _base64(data), Source(cte, bytes(data), False), disposition, filename, cid)


def _fill(
    part: Message, payload: str, source: Source, disposition: str | None, filename: str | None, cid: str | None
) -> None:
    part.set_payload(payload)
    part._made_of = payload, source  # type: ignore[attr-defined]
    part["Content-Transfer-Encoding"] = source.encoding
    if disposition is None and filename is not None:
        disposition = "attachment"
    if filename is not None and _PLAIN_FILENAME.fullmatch(filename):
        part["Content-Disposition"] = f'{disposition}; filename="{filename}"'
    elif disposition is not None:
        part["Content-Disposition"] = disposition
        if filename is not None:
            part.set_param("filename", filename, header="Content-Disposition", replace=True)
    if cid is not None:
        part["Content-ID"] = cid


def _manager() -> Any:
    manager: Any = ContentManager()
    manager.get_handlers.update(_RAW.get_handlers)
    manager.set_handlers.update(_RAW.set_handlers)
    manager.add_set_handler(str, _set_text)
    for kind in (bytes, bytearray, memoryview):
        manager.add_set_handler(kind, _set_bytes)
    return manager


CONTENT: Final = _manager()
