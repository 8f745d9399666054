"""Header fields that are parsed only if somebody asks for more than their text (RFC 5322 §2.2, §3.4, §3.6; RFC 2047).

`email.headerregistry` parses every field it is given into a tree of tokens, and walks that tree again to fold it: most
of the time it takes to build a mail. Here the plain cases, told by patterns, stay what they are: a text, and the bytes
that stand for it. Everything else, and every attribute beyond the text, comes from `email` itself.

>>> fields = HeaderFactory()
>>> subject = fields("Subject", "Faktura za wrzesień")
>>> subject, subject.name, subject.wire
('Faktura za wrzesień', 'Subject', b'Subject: =?utf-8?q?Faktura_za_wrzesie=C5=84?=\\r\\n')
>>> to = fields("To", '"Jan Kowalski" <jan@example.com>')
>>> to, to.wire, to.addresses[0].domain
('Jan Kowalski <jan@example.com>', b'To: "Jan Kowalski" <jan@example.com>\\r\\n', 'example.com')
>>> type(fields("To", "Jan (at home) <jan@example.com>")).__name__
'_UniqueAddressHeader'
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from datetime import datetime
from email.headerregistry import HeaderRegistry
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Final

MAX_LINE: Final = 78  # characters, RFC 5322 §2.1.1
_MAX_MAILBOX: Final = 500  # characters; a longer one is not looked at by patterns
_HARD_LIMIT: Final = 900  # of 998
_MAX_WORD: Final = 75  # RFC 2047 §2: one encoded word
_MAX_CACHED: Final = 2000  # characters

# What the same sender writes into mail after mail.
REPEATING: Final = frozenset(
    ("from", "reply-to", "sender", "mime-version", "content-type", "content-transfer-encoding", "content-disposition")
)
# RFC 2047 §5 forbids encoded words in them; a folded one is rewritten by some servers, and replies lose their thread.
IDENTIFICATION: Final = frozenset(("message-id", "in-reply-to", "references", "resent-msg-id"))
_ADDRESSES: Final = frozenset(("to", "cc", "bcc", "from", "reply-to", "sender"))

_NAME: Final = re.compile(r"[!-9;-~]+")
_BEARABLE_NAME: Final = re.compile(r"[!-9;-~](?:[ -9;-~]{0,200}[!-9;-~])?")
# Words with single spaces between them; "=?" may begin an encoded word, which the text would have decoded.
_ASCII_TEXT: Final = re.compile(r"(?!.*=\?)[!-~]+(?: [!-~]+)*")
_ADDRESS: Final = r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(?:\.[\w-]+)*"
_ATOMS: Final = r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*"
_QUOTED: Final = r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*"
_MAILBOX: Final = re.compile(rf'(?:(?!.*=\?)(?:({_ATOMS})|"({_QUOTED})") )?(?:<({_ADDRESS})>|({_ADDRESS}))', re.ASCII)
# A name as `email.utils.formataddr` encodes it, alone in front of an address
_ENCODED_MAILBOX: Final = re.compile(rf"=\?utf-8\?b\?[A-Za-z0-9+/]{{1,56}}={{0,2}}\?= <{_ADDRESS}>", re.ASCII)
_MESSAGE_ID: Final = re.compile(r"<[\w.+=-]+@[\w.-]+>", re.ASCII)
_DISPOSITION: Final = re.compile(r'(?:attachment|inline)(?:; filename="[\w.,()+@-]+(?: [\w.,()+@-]+)*")?', re.ASCII)
_SPECIALS: Final = frozenset('()<>@,:;.\\"[]')
_PLAIN_IN_Q: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # RFC 2047 §5


class HeaderNameError(ValueError):
    """A header's name is none (RFC 5322 §2.2): with a line break in it, the rest would be a header of its own."""


def check_name(name: str) -> None:
    """Let names with blanks inside pass, as Odoo does: what they do is up to whoever sets them.

    :raise HeaderNameError: the name could begin another header, or end the head
    """
    if not _BEARABLE_NAME.fullmatch(name):
        raise HeaderNameError(repr(name))


class PlainHeader(str):
    """A header's text. `wire` is the whole field as it is sent; other attributes come from the parsed header."""

    name: str
    wire: bytes
    _source: tuple[HeaderFactory, Any]
    _parsed: Any

    @classmethod
    def make(cls, name: str, text: str, wire: bytes, source: tuple[HeaderFactory, Any]) -> PlainHeader:
        """Return the header that the factory would parse from the value in `source`."""
        self = cls(text)
        self.name = name
        self.wire = wire
        self._source = source
        self._parsed = None
        return self

    def __getattr__(self, attribute: str) -> Any:
        # Only for what neither a text nor this class has: addresses, datetime, params, defects …
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(self._parse(), attribute)

    def _parse(self) -> Any:
        if self._parsed is None:
            factory, value = self._source
            self._parsed = factory[self.name](self.name, value)
        return self._parsed

    def __reduce__(self) -> tuple[Any, ...]:
        reduced: tuple[Any, ...] = self._parse().__reduce__()
        return reduced

    def __deepcopy__(self, _memo: object) -> PlainHeader:
        return self  # nothing in it changes

    def fold(self, *, policy: Any) -> str:
        """Return the field folded as any policy wants it."""
        folded: str = self._parse().fold(policy=policy)
        return folded


class HeaderFactory(HeaderRegistry):
    """What `EmailPolicy` calls a header factory. Safe to share between threads; what it remembers is bounded."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = lru_cache(maxsize=256)(super().__getitem__)
        self._repeated = lru_cache(maxsize=512)(self._parsed)

    def __getitem__(self, name: str) -> Any:
        """Return the header's class, which `email` makes anew at every call."""
        return self._kind(name.lower())

    def __call__(self, name: str, value: Any) -> Any:
        """Return a header."""
        plain = self.plain(name, value)
        if plain is not None:
            return plain
        if type(value) is str and name.lower() in REPEATING and len(value) <= _MAX_CACHED:
            return self._repeated(name, value)
        return self._parsed(name, value)

    def plain(self, name: str, value: Any) -> PlainHeader | None:
        """Return the header if it is a plain case. None says nothing about the value: it may also be refused."""
        if not _NAME.fullmatch(name):
            return None
        lowered = name.lower()
        found = None
        if lowered in _ADDRESSES:
            found = _addresses(name, value) if type(value) in ((str, list) if lowered == "to" else (list,)) else None
        elif type(value) is datetime:
            found = _field(name, format_datetime(value)) if lowered == "date" else None
        elif type(value) is str:
            found = _text(name, lowered, value, self)
        if found is None:
            return None
        text, wire = found
        return PlainHeader.make(name, text, wire, (self, value))

    def _parsed(self, name: str, value: Any) -> Any:
        return self[name](name, value)


def _text(name: str, lowered: str, value: str, registry: HeaderFactory) -> tuple[str, bytes] | None:
    if lowered in IDENTIFICATION:
        if lowered == "message-id" and not _MESSAGE_ID.fullmatch(value):
            return None
        # Over the hard limit of a line, folding is the lesser evil.
        return _field(name, value, limit=_HARD_LIMIT) if _ASCII_TEXT.fullmatch(value) else None
    if lowered == "content-disposition":
        return _field(name, value) if _DISPOSITION.fullmatch(value) else None
    if lowered not in registry.registry or lowered == "subject":
        if not value:  # such as the Return-Path where there is no address for bounces
            return value, f"{name}:\r\n".encode()
        if _ASCII_TEXT.fullmatch(value):
            return _field(name, value)
        if not value.isascii() and value.isprintable() and "=?" not in value and value == " ".join(value.split()):
            return value, _encoded(name, value)
    return None


def _field(name: str, text: str, separator: str = " ", limit: int = MAX_LINE) -> tuple[str, bytes] | None:
    """Return text and field, folded at the separator; None if a piece is too long for a line."""
    line = f"{name}: {text}"
    if len(line) <= limit:
        return text, f"{line}\r\n".encode()
    first, *pieces = text.split(separator)
    glue = separator.rstrip()
    lines = [f"{name}: {first}"]
    for piece in pieces:
        if len(lines[-1]) + len(separator) + len(piece) + len(glue) <= limit:
            lines[-1] += separator + piece
        else:
            lines[-1] += glue
            lines.append(f" {piece}")
    # A long word stays whole: `email` makes encoded words of it, which the link of List-Unsubscribe does not survive.
    if max(map(len, lines)) > _HARD_LIMIT:
        return None
    return text, "\r\n".join([*lines, ""]).encode()


def _addresses(name: str, value: str | list[Any]) -> tuple[str, bytes] | None:
    """Return the text and the field of one or more mailboxes.

    Of a list `email` takes the items as they are for the text; one string it takes apart and puts together again.
    """
    if isinstance(value, list):
        if not value or not all(type(item) is str and (_mailbox(item) or _is_encoded(item)) for item in value):
            return None
        return _field(name, ", ".join(value), ", ")
    # A name with a comma in it comes apart, and is no mailbox. Odoo leaves a comma behind where it has nothing to add.
    value = value.removesuffix(", ")
    texts = [_mailbox(item) for item in value.split(", ")]
    field = _field(name, value, ", ") if all(texts) else None
    return (", ".join(texts), field[1]) if field else None


def _mailbox(value: str) -> str:
    """Return the mailbox with quotes only where the name needs them; "" if it is no plain one."""
    found = _MAILBOX.fullmatch(value) if len(value) <= _MAX_MAILBOX else None
    if not found:
        return ""
    atoms, quoted, in_brackets, bare = found.groups()
    if not atoms and not quoted:
        return str(in_brackets or bare)
    if not in_brackets:
        return ""
    return value if atoms or not _SPECIALS.isdisjoint(quoted) else f"{quoted} <{in_brackets}>"


def _is_encoded(value: str) -> bool:
    return len(value) <= _MAX_MAILBOX and _ENCODED_MAILBOX.fullmatch(value) is not None


def _encoded(name: str, text: str) -> bytes:
    """Return the field as encoded words (RFC 2047 §2), in the shorter of the two encodings."""
    data = text.encode()
    plain = sum(byte in _PLAIN_IN_Q or byte == 32 for byte in data)
    encode, mark = (_base64, "b") if (len(data) - plain) * 3 + plain > len(data) * 4 // 3 else (_quoted, "q")
    words: list[str] = []
    room = MAX_LINE - len(name) - 2
    start = 0
    while start < len(text):
        budget = min(room, _MAX_WORD) - len("=?utf-8?q??=")
        end = min(len(text), start + max(budget, 1))
        word = encode(text[start:end])
        while len(word) > budget and end > start + 1:
            # A character is at most four bytes, each three times as long: so many too many at least.
            end -= max((len(word) - budget) // 12, 1)
            word = encode(text[start:end])
        words.append(f"=?utf-8?{mark}?{word}?=")
        start = end
        room = MAX_LINE - 1
    return f"{name}: {(chr(13) + chr(10) + ' ').join(words)}\r\n".encode()


def _base64(text: str) -> str:
    return b2a_base64(text.encode(), newline=False).decode()


def _quoted(text: str) -> str:
    return "".join(
        chr(byte) if byte in _PLAIN_IN_Q else "_" if byte == 32 else f"={byte:02X}" for byte in text.encode()
    )
