"""Keeps passwords and tokens out of what a server says (RFC 4954 §4, §9; RFC 4648 §4; RFC 2045 §6.7).

A hostile or chatty server can send back what it got at the login, in any coding and in pieces. What is known to be
secret is looked for in all of them, without regard to letter case and line breaks, and also in parts of it. The texts
of exceptions are cleaned in the same way.

>>> known = Secrets("Geheim-123456")
>>> known.scrub("535 you sent Geheim-123456"), known.scrub("AHNhbGVzAEdlaGVpbS0xMjM0NTY=")
('535 you sent ***', 'AHNhbGVzAE***Y=')
>>> known.scrub("250 2.1.0 Ok")
'250 2.1.0 Ok'
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"
_PIECE: Final = 8  # characters of a coded secret that give it away
_LONGEST_PIECE: Final = 24  # characters of a plain one
_LONG: Final = 256  # characters
_SHORTEST: Final = 4  # a shorter secret is looked for as a whole word only
_SCREEN: Final = 5  # characters; every piece has one of these at each fourth place
_MAX_KNOWN: Final = 256  # texts remembered to be clean
_MAX_SECRET: Final = 16 * 1024  # characters
_BETWEEN_PARTS: Final = re.compile(r"[\x00\x01 ]")  # of what was sent to log in
# What stands between the parts of a word that was split: blanks, line ends with the codes of the next line.
_BETWEEN: Final = re.compile(r"=?[\r\n]+(?:[2-5]\d\d[ -])?(?:[245]\.\d{1,3}\.\d{1,3} ?)?|\s|[\x00-\x1f\x7f]")


class Secrets:
    """The secrets of one login. Words can be added at any time; not to be shared between threads while it grows."""

    def __init__(self, *words: str | bytes | None) -> None:
        self._pieces: dict[int, set[str]] = {}
        self._screen: set[str] = set()
        self._short: set[str] = set()
        self._words: set[str] = set()
        self._clean: set[str] = set()
        self.add(*words)

    def __bool__(self) -> bool:
        return bool(self._words)

    def add(self, *words: str | bytes | None) -> None:
        """Keep these secret, too; empty ones are passed over."""
        for word in words:
            text = word.decode("utf-8", "replace") if isinstance(word, bytes) else word or ""
            text = text[:_MAX_SECRET]
            if not text.strip() or text in self._words:
                continue
            self._words.add(text)
            self._clean.clear()
            for plain in _plain_forms(text):
                self._look_for(plain, min(max(_PIECE, len(plain) * 2 // 3), _LONGEST_PIECE))
            for coded in _coded_forms(text):
                self._look_for(coded, _PIECE)

    def add_response(self, sent: str) -> None:
        """Keep secret what was sent to log in: an initial response, or the answer to a challenge (RFC 4954 §4).

        It is kept as it is, with what is in it: the password of PLAIN, the token of XOAUTH2, the digest of CRAM-MD5.
        """
        sent = sent.strip()
        if len(sent) < _PIECE:
            return
        self._look_for(_squeezed(sent), _PIECE)
        self._clean.clear()
        try:
            decoded = b64decode(sent, validate=True).decode("utf-8", "replace")
        except (Base64Error, ValueError):
            return
        parts = [part for part in _BETWEEN_PARTS.split(decoded) if part]
        if len(parts) > 1:
            self.add(*(part for part in parts[1:] if not part.startswith(("user=", "auth="))))

    def scrub(self, text: str) -> str:
        """Return the text with every secret masked."""
        if not self._screen and not self._short or text in self._clean:
            return text
        found = [*self._spans(text)]
        if found:
            return _masked(text, found)
        if len(text) <= _MAX_KNOWN and len(self._clean) < _MAX_KNOWN:
            self._clean.add(text)
        return text

    def scrub_bytes(self, data: bytes) -> bytes:
        """Return what a server sent with every secret masked; without one it is returned as it is."""
        text = data.decode("latin-1")
        cleaned = self.scrub(text)
        return data if cleaned == text else cleaned.encode("latin-1")

    def scrub_error(self, error: BaseException) -> None:
        """Clean the texts of an exception and of those behind it, in place."""
        seen: set[int] = set()
        cause: BaseException | None = error
        while cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            if isinstance(cause, UnicodeEncodeError):  # it carries the password itself
                cause.object = "?" * len(cause.object)
                cause.args = (cause.encoding, cause.object, *cause.args[2:])
            cause.args = tuple(map(self._cleaned, cause.args))
            for name in ("smtp_error", "strerror", "reason", "recipients"):
                if hasattr(cause, name):
                    setattr(cause, name, self._cleaned(getattr(cause, name)))
            cause = cause.__cause__ or cause.__context__

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, bytes):
            return self.scrub_bytes(value)
        if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
            return type(value)(map(self._cleaned, value))
        return {key: self._cleaned(item) for key, item in value.items()} if isinstance(value, dict) else value

    def _look_for(self, form: str, size: int) -> None:
        if len(form) < size:
            self._short.add(form)
            return
        pieces = self._pieces.setdefault(size, set())
        pieces.update(form[start : start + size] for start in range(len(form) - size + 1))
        self._screen.update(form[start : start + _SCREEN] for start in range(len(form) - _SCREEN + 1))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The places of secrets, as begin and end."""
        squeezed = _squeezed(text)
        suspect = any(
            squeezed[start : start + _SCREEN] in self._screen for start in range(0, len(squeezed), _PIECE - _SCREEN + 1)
        )
        short = [form for form in self._short if form in squeezed]
        if not suspect and not short:
            return
        squeezed, places = _squeezed_with_places(text)
        if suspect:
            for size, pieces in self._pieces.items():
                for start in range(len(squeezed) - size + 1):
                    if squeezed[start : start + size] in pieces:
                        yield places[start], places[start + size - 1] + 1
        for form in short:
            if len(form) < _SHORTEST:
                yield from _as_a_word(text, form)
                continue
            for start in _occurrences(squeezed, form):
                yield places[start], places[start + len(form) - 1] + 1


def _occurrences(text: str, part: str) -> Iterator[int]:
    """Where a part begins in a text; the next one is looked for behind it."""
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + len(part))


def _as_a_word(text: str, word: str) -> Iterator[tuple[int, int]]:
    """Where a word stands alone in a text, in any case."""
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals have small forms of two characters
        lower = text
    for start in _occurrences(lower, word.lower()):
        end = start + len(word)
        if not any(char.isalnum() or char == "_" for char in lower[max(start - 1, 0) : start] + lower[end : end + 1]):
            yield start, end


def _squeezed(text: str) -> str:
    return _BETWEEN.sub("", text).lower()


def _squeezed_with_places(text: str) -> tuple[str, list[int]]:
    """Return the squeezed text, and for each of its characters the place that it came from."""
    chars: list[str] = []
    places: list[int] = []
    position = 0
    for gap in [*_BETWEEN.finditer(text), None]:
        end = gap.start() if gap else len(text)
        for place in range(position, end):
            for char in text[place].lower():  # "İ" becomes two
                chars.append(char)
                places.append(place)
        position = gap.end() if gap else end
    return "".join(chars), places


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    position = 0
    for begin, end in sorted(spans):
        if begin > position or not parts:
            parts += [text[position:begin], MASK]
        position = max(position, end)
    return "".join([*parts, text[position:]])


def _plain_forms(secret: str) -> set[str]:
    """The secret as it is, and as it is written into addresses, pages, mails, and dumps."""
    data = secret.encode("utf-8", "replace")
    quoted = "".join(chr(byte) if 33 <= byte <= 126 and byte != 61 else f"={byte:02X}" for byte in data)
    escaped = json.dumps(secret)[1:-1]
    if len(secret) > _LONG:
        return {_squeezed(form) for form in (secret, quote(secret, safe=""), escaped, secret[::-1])}
    forms = {secret, quote(secret, safe=""), quote_plus(secret), quoted, escaped, html.escape(secret), secret[::-1]}
    forms |= {data.decode("latin-1"), repr(secret)[1:-1]}
    return {squeezed for squeezed in map(_squeezed, forms) if squeezed}


def _coded_forms(secret: str) -> set[str]:
    """The secret in hexadecimal and in base64, wherever in a longer text it stands; also coded twice."""
    codings = {
        secret.encode("utf-8", "replace"),
        secret.encode("latin-1", "replace"),
        secret.encode("utf-16-le", "replace"),
    }
    forms = {data.hex() for data in codings}
    once = {form for data in codings for form in _base64_forms(data)}
    twice = {form for text in once for form in _base64_forms(text.encode("ascii"))}
    return {form.lower() for form in forms | once | twice if len(form) >= _SCREEN}


def _base64_forms(data: bytes) -> Iterator[str]:
    """The base64 of data behind 0, 1 or 2 other bytes, without the letters that depend on what stands around it."""
    for before in range(3):
        whole = b"\0" * before + data
        first = (before * 8 + 5) // 6
        last = len(whole) * 8 // 6
        yield b64encode(whole).decode("ascii")[first:last]
        yield urlsafe_b64encode(whole).decode("ascii")[first:last]
