"""One mail of an archive: who, whom, when, what, with which files (RFC 5322, 2045–2047, 2231).

Contract: `read_mail` takes any bytes, never an exception; time is linear in the source. What is returned within a mail
(message/rfc822) is a file of it. A field is read in the character set of the mail where it is in none of its own.

>>> head = b"From: Ala <ala@example.com>\\nTo: b@example.com\\nSubject: =?utf-8?Q?Cze=C5=9B=C4=87?=\\n"
>>> mail = read_mail(head + b"\\nHi\\n")
>>> mail.subject, mail.sender, mail.recipients, mail.text
('Cześć', 'ala@example.com', [('to', 'b@example.com')], 'Hi\\n')
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import getaddresses
from urllib.parse import unquote_to_bytes

from ..address import address_key
from ..report.header import Fields, content_type, date_time, decode, decode_words
from ..report.mime import MAX_HEADER, Span, base64_bytes, read_header, spans

MOST_PARTS = 500
MOST_FIELD = 60_000
MOST_TEXT = 2_000_000  # bytes of a text that is shown; a longer one is cut
MOST_NAME = 200
_CHUNK = 1 << 20
_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}\"?([A-Za-z0-9_-]{2,30})", re.I)
_NOT_IN_NAME = re.compile(r"[\x00-\x1f\x7f/\\]+")
_SPACES = re.compile(r"\s+")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:\\@]{1,128}@[^\s<>()\[\]\",;:\\@]{1,250}")
_ENDINGS = {"message/rfc822": ".eml", "text/html": ".html", "text/plain": ".txt", "text/calendar": ".ics"}
_KINDS = ("to", "cc", "bcc")


@dataclass(frozen=True)
class File:
    """A file in a mail."""

    name: str
    type: str
    data: bytes
    content_id: str = ""  # by which the HTML text names it


@dataclass
class ArchivedMail:
    """What one mail says."""

    fields: Fields
    message_id: str = ""  # with its brackets, "" if it has none
    references: str = ""
    subject: str = ""
    sender: str = ""  # the address alone
    email_from: str = ""  # as it stands in the mail
    reply_to: str = ""
    recipients: list[tuple[str, str]] = field(default_factory=list)  # kind (to, cc, bcc) and address, each once
    addressed: dict[str, str] = field(default_factory=dict)  # kind → the field as it stands
    date: datetime | None = None  # UTC, without a zone
    html: str = ""
    text: str = ""
    files: list[File] = field(default_factory=list)
    key: str = ""  # by which the caller knows it again

    def fingerprint(self) -> str:
        """The same for two copies of one mail, whatever mail programs and servers have added to their headers."""
        words = _SPACES.sub(" ", _TAG.sub(" ", self.html) or self.text).strip()
        whom = sorted({address_key(address) for kind, address in self.recipients if kind != "bcc"})
        files = sorted(hashlib.sha1(file.data, usedforsecurity=False).hexdigest() for file in self.files)
        said = (self.message_id, self.sender.lower(), whom, str(self.date), self.subject, words, files)
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()


def read_mail(source: bytes | bytearray, date_line: str = "") -> ArchivedMail:
    """Read a mail.

    :param date_line: the date of its line in a mbox, for a mail without one of its own
    """
    try:
        fields, body = read_header(source, 0, len(source))  # type: ignore[arg-type]
        fields = _fields(source, body)
        mail = _head(fields, date_line)
    except Exception:  # noqa: BLE001 (the contract)
        return ArchivedMail(Fields([]))
    for span in spans(source, fields, body, MOST_PARTS):  # type: ignore[arg-type]
        try:
            _add(mail, source, span)
        except Exception:  # noqa: BLE001 (the contract: what cannot be read is kept as it is)
            mail.files.append(File(f"part-{len(mail.files) + 1}.bin", "", bytes(source[span[1] : span[2]])))
    return mail


def header_of(source: bytes | bytearray) -> bytes:
    """The header alone."""
    _fields_of, body = read_header(source, 0, len(source))  # type: ignore[arg-type]
    return bytes(source[: min(body, MAX_HEADER)])


def _fields(source: bytes | bytearray, body: int) -> Fields:
    """The fields, longer ones too, in the character set of the mail where somebody wrote them in none."""
    block = bytes(source[: min(body, MAX_HEADER)]).replace(b"\x00", b"")
    charset = ""
    if not block.isascii():
        found = _CHARSET.search(block) or _CHARSET.search(source, body, body + 20_000)
        charset = found.group(1).decode() if found else ""
        try:
            block.decode("utf-8")
            charset = ""
        except UnicodeDecodeError:
            pass
    return Fields.parse(decode(block, charset), MOST_FIELD)


def _head(fields: Fields, date_line: str) -> ArchivedMail:
    ids = _MESSAGE_ID.findall(fields.get("message-id")[:1_000])
    mail = ArchivedMail(
        fields,
        message_id=ids[0] if ids else "",
        references=" ".join(_MESSAGE_ID.findall(f"{fields.get('references')} {fields.get('in-reply-to')}")[:50]),
        subject=_line(fields.text("subject"), 1_000),
        email_from=_line(fields.text("from"), 500),
        reply_to=_line(fields.text("reply-to"), 500),
    )
    mail.sender = next(iter(_addresses(fields.get("from"))), "") or next(iter(_addresses(fields.get("sender"))), "")
    seen = set()
    for kind in _KINDS:
        values = ", ".join(fields.all(kind))
        mail.addressed[kind] = _line(decode_words(values), MOST_FIELD)
        for address in _addresses(values):
            if address_key(address) not in seen:
                seen.add(address_key(address))
                mail.recipients.append((kind, address))
    received = fields.get("received").rpartition(";")[2]
    dates = (date_time(value) for value in (fields.get("date"), date_line, received) if value)
    mail.date = next((date for date in dates if date and 1970 < date.year < 2100), None)
    return mail


def _line(text: str, most: int) -> str:
    return _SPACES.sub(" ", text.replace("\x00", "")).strip()[:most]


def _addresses(value: str) -> list[str]:
    """The addresses in a field, also where it breaks the rules."""
    if not value:
        return []
    found = [address for _name, address in getaddresses([value]) if _ADDRESS.fullmatch(address)]
    return found or _ADDRESS.findall(value)


def _add(mail: ArchivedMail, source: bytes | bytearray, span: Span) -> None:
    """Take a leaf of the mail as its text, or as a file."""
    fields, start, end, path = span
    kind, parameters = content_type(fields.get("content-type"))
    kind = kind if "/" in kind and not kind.startswith("multipart/") else "text/plain"
    disposition, more = content_type(fields.get("content-disposition"))
    name = _name(more, "filename") or _name(parameters, "name")
    is_text = kind in ("text/plain", "text/html") and disposition != "attachment" and not name
    data = decoded(source, start, end, fields.get("content-transfer-encoding").strip().lower())
    if is_text:
        text = decode(data[:MOST_TEXT], parameters.get("charset", "")).replace("\r\n", "\n").replace("\x00", "")
        if kind == "text/html":
            mail.html += text
        else:
            mail.text += text
        return
    if not data and not name:
        return
    if not name:
        name = f"{kind.partition('/')[0]}-{len(mail.files) + 1}{_ENDINGS.get(kind, '')}"
    content_id = fields.get("content-id").strip("<> ")
    mail.files.append(File(name, kind, data, content_id))


def _name(parameters: dict[str, str], word: str) -> str:
    """A file's name, also as RFC 2231 writes it: in pieces, with percent signs."""
    plain = parameters.get(word)
    if plain is None:
        pieces = []
        for number in range(50):
            piece = next(
                (parameters[key] for key in (f"{word}*{number}*", f"{word}*{number}") if key in parameters), None
            )
            if piece is None:
                break
            pieces.append(piece)
        whole = parameters.get(f"{word}*") or "".join(pieces)
        charset, quote, text = whole.partition("'")
        text = text.partition("'")[2] if quote else whole
        plain = decode(unquote_to_bytes(text), charset if quote else "") if "%" in text else text
    return _NOT_IN_NAME.sub("_", decode_words(plain)).strip(" .")[-MOST_NAME:]


def decoded(source: bytes | bytearray, start: int, end: int, encoding: str) -> bytes:
    """A part of a mail without its transfer encoding; what is broken is decoded as far as it goes."""
    if encoding == "base64":
        return _base64(source, start, end)
    data = bytes(source[start:end])
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    return data


def _base64(source: bytes | bytearray, start: int, end: int) -> bytes:
    """Piece by piece: of a big file there are not three copies at once."""
    found = bytearray()
    rest = b""
    for place in range(start, end, _CHUNK):
        piece = rest + bytes(source[place : min(place + _CHUNK, end)]).translate(None, b"\r\n \t")
        whole = len(piece) // 4 * 4
        try:
            found += b64decode(piece[:whole], validate=True)
        except binascii.Error:
            return base64_bytes(bytes(source[start:end]))
        rest = piece[whole:]
    if rest:
        found += base64_bytes(rest)
    return bytes(found)
