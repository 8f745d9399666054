"""Header fields of mails and of report blocks (RFC 5322 §2.2, RFC 2047, RFC 2045 §5).

Contract: linear in the size of the text and never an exception: a line that is no field is skipped, a wrong
encoding is replaced. Very long fields are cut, because nothing that a report needs is that long.

>>> fields = Fields.parse("Subject: =?utf-8?Q?R=C3=A9ponse?=\\nTo: a@odoo.test,\\n b@odoo.test\\n")
>>> fields.text("subject"), fields.get("to")
('Réponse', 'a@odoo.test, b@odoo.test')
>>> content_type('multipart/Report; boundary="b 1"; report-type=delivery-status')
('multipart/report', {'boundary': 'b 1', 'report-type': 'delivery-status'})
>>> date_time("Mon, 15 Jun 2026 15:41:06 +0200")
datetime.datetime(2026, 6, 15, 13, 41, 6)
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

MAX_FIELD = 8_000
MAX_FIELDS = 2_000

_FOLD = re.compile(r"\r?\n[ \t]+")
_NAME = re.compile(r"[!-9;-~]{1,80}[ \t]*\Z")
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bqBQ])\?([^?]{0,4000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")
_PARAMETER = re.compile(r";\s*([^\s=;]{1,60})\s*=\s*(?:\"([^\"]{0,500})\"|([^\s;]{0,500}))")
# Only character sets of mail. Python knows codecs such as punycode too, and those may be slow or no text at all.
_CHARSET = re.compile(
    r"(utf-?[78]|us-ascii|ascii|latin-?1|iso-?8859-\d+(-[ei])?|windows-\d+|cp\d+|koi8-[rut]|iso-2022-(jp|kr)(-\w+)?"
    r"|shift[_-]?jis|sjis|euc-?(jp|kr)|gb2312|gbk|gb18030|big5(-hkscs)?|hz|tis-620|mac-?\w+|unicode-1-1-utf-7)\Z"
)


def decode(data: bytes, charset: str = "") -> str:
    """Text of `data`: in its character set, else UTF-8, else Latin-1."""
    name = charset.strip(" \"'").lower()
    name = "utf-7" if name == "unicode-1-1-utf-7" else name
    if name not in ("", "us-ascii", "ascii", "utf-8", "utf8") and _CHARSET.match(name):
        try:
            return data.decode(name, "replace")
        except (LookupError, UnicodeError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # One broken or cut character must not turn the whole text into Latin-1.
        text = data.decode("utf-8", "replace")
        others = len(text) - len(text.encode("ascii", "ignore"))
        return text if others > 2 * text.count("\ufffd") else data.decode("latin-1")


def decode_words(value: str) -> str:
    """A header value with its encoded words (RFC 2047) decoded."""
    return _WORD.sub(_word, _BETWEEN.sub(r"\1\2", value)) if "=?" in value else value


def _word(found: re.Match[str]) -> str:
    charset, encoding, text = found.groups()
    try:
        raw = text.encode("ascii", "replace")
        if encoding in "bB":
            raw += b"=" * (-len(raw) % 4)
            return decode(binascii.a2b_base64(raw), charset)
        return decode(binascii.a2b_qp(raw, header=True), charset)
    except (binascii.Error, ValueError):
        return found.group()


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """The lower-case type and the parameters of a Content-Type or Content-Disposition value."""
    value = value[:MAX_FIELD]
    kind = value.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(value[value.find(";") :] if ";" in value else ""):
        parameters.setdefault(name.lower(), quoted or bare)
    return kind, parameters


def date_time(value: str) -> datetime | None:
    """The moment that a date field tells (RFC 5322 §3.3), in UTC and without a zone; None if none can be read."""
    try:
        date = parsedate_to_datetime(value)
        return date.astimezone(timezone.utc).replace(tzinfo=None) if date.tzinfo else date
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


class Fields:
    """The fields of one header block, in order; names in lower case."""

    __slots__ = ("items", "_first")

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self.items = items
        self._first: dict[str, str] = {}
        for name, value in items:
            self._first.setdefault(name, value)

    @classmethod
    def parse(cls, block: str, max_field: int = MAX_FIELD) -> Fields:
        """Read a header block. What is no field is skipped."""
        items = []
        for line in _FOLD.sub(" ", block).splitlines()[:MAX_FIELDS]:
            name, colon, value = line[:max_field].partition(":")
            if colon and _NAME.match(name):
                items.append((name.rstrip().lower(), value.strip()))
        return cls(items)

    def get(self, name: str) -> str:
        """The first value of the field, "" if there is none."""
        return self._first.get(name, "")

    def text(self, name: str) -> str:
        """The first value, with encoded words decoded."""
        return decode_words(self.get(name))

    def all(self, name: str) -> Iterator[str]:
        """Every value of the field."""
        return (value for key, value in self.items if key == name)

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def __bool__(self) -> bool:
        return bool(self.items)
