r"""Packs a sent message for keeping, and gives it back byte by byte. Files that are kept elsewhere are left out of it.

What a body was made of is known where the message was made (`compose.transfer_encoding.EncodedBody`): it is kept
without its transfer encoding (RFC 2045 §6), which a third to half of it may be, and encoded again. Of a file that is in
the filestore anyway only the SHA-1 is kept, by which Odoo finds it there. The plain text is kept by where it stands in
the HTML (`kept_text`). Base64 in pieces that somebody else has made is decoded if it would be written again as it
stands. Everything else is kept as it stands. What comes of it is packed by zlib (raw, RFC 1951) with a dictionary.

>>> message = b"To: a\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(b"%PDF" * 1000)
>>> packed = pack(parts_of([message]), {checksum(b"%PDF" * 1000): None})
>>> len(packed.data) < 100, packed.missing
(True, frozenset())
>>> unpack(packed.data, lambda checksum: b"%PDF" * 1000) == message
True
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from binascii import Error, a2b_base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from .compose.transfer_encoding import EncodedBody, Source
from .kept_dictionary import DICTIONARIES
from .kept_text import base64_lines, encoded, is_repeatable, refer, resolve

# It is paid for while mails are being made ready: the next level is twice as slow, and saves a tenth.
_LEVEL: Final = 2
# Bytes: a file that is shorter is not left out.
_SHORTEST: Final = 1024
# Bytes: what is longer is left out though nobody keeps it yet: see `PackedMessage.missing`.
_LONGEST: Final = 64 * 1024
# As Odoo and Python write it: whatever is written in another way is kept as it stands.
_BASE64: Final = b"\r\nContent-Transfer-Encoding: base64\r\n"
# One piece of a message: what it is, in which of the encodings, and how many bytes follow.
_PIECE: Final = struct.Struct(">cBI")
_AS_IT_STANDS, _FILE_CONTENT, _FILE, _TEXT, _REFERRING_TEXT = b"=", b"C", b"F", b"T", b"R"
_ENCODINGS: Final = ("7bit", "8bit", "quoted-printable", "base64")
# Without header and checksum, in a window of 32 kB: the SHA-256 proves more.
_RAW: Final = -zlib.MAX_WBITS


# What stands in a message, and what its bodies were made of.
Parts = Sequence[bytes | Source]


class MissingFile(Exception):
    """A file that the message was sent with is not there any more."""


class DamagedMessage(ValueError):
    """What was kept is not what `pack` has made."""


@dataclass(frozen=True)
class PackedMessage:
    """A message without its files.

    :param data: what `unpack` takes
    :param files: SHA-1 (hex) of each file that was left out
    :param missing: those of them that are not kept elsewhere: too big for being packed, too
    """

    data: bytes
    files: frozenset[str]
    missing: frozenset[str]


def checksum(content: bytes) -> str:
    """The SHA-1 of a file in hex: by that Odoo's filestore names it. It guards nothing."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def sha256(message: bytes) -> str:
    """The SHA-256 (FIPS 180-4) of a message in hex.

    :param message: with CRLF line ends, the last one included, and without dot-stuffing: what a server stores
    """
    return hashlib.sha256(message).hexdigest()


def parts_of(pieces: Iterable[bytes]) -> Parts:
    """Return what a message is made of, for `pack`.

    :param pieces: the message, with CRLF line ends; bodies as `EncodedBody` where it is known what they were made of
    """
    parts: list[bytes | Source] = []
    standing: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, EncodedBody) and is_repeatable(piece.source.content, piece.source.encoding):
            parts += b"".join(standing), piece.source
            standing.clear()
        else:
            standing.append(piece)
    return [*parts, b"".join(standing)]


def pack(parts: Parts, kept: Mapping[str, bytes | None]) -> PackedMessage:
    """Make a message small.

    :param kept: the files that are kept elsewhere, by their SHA-1 (hex), and the very contents that the message was
        made of, if they are at hand: that saves computing the SHA-1
    """
    texts = [part.content for part in parts if isinstance(part, Source) and part.is_text]
    html = max(texts, key=len, default=b"")
    names = {id(content): name for name, content in kept.items() if content is not None}
    packing: list[bytes] = []
    files = set()
    for part in chain.from_iterable(map(_with_foreign_files, parts)):
        if not isinstance(part, Source):
            packing += _piece(_AS_IT_STANDS, part)
        elif part.is_text:
            packing += _text_piece(part, html)
        elif name := _name_if_left_out(part.content, names, kept):
            files.add(name)
            packing += _piece(_FILE, bytes.fromhex(name))
        else:
            packing += _piece(_FILE_CONTENT, part.content)
    return PackedMessage(_deflated(b"".join(packing)), frozenset(files), frozenset(files.difference(kept)))


def unpack(data: bytes, read: Callable[[str], bytes | None]) -> bytes:
    """Return the message as it was.

    :param read: gives the file with this SHA-1 (hex); None if it is not there
    :raise MissingFile: a file is not there any more
    :raise DamagedMessage: this is nothing that `pack` has made
    """
    try:
        found = list(_pieces(_inflated(data)))
        html = max((content for kind, _encoding, content in found if kind == _TEXT), key=len, default=b"")
        return b"".join(_unpacked(*piece, html, read) for piece in found)
    except (ValueError, IndexError, struct.error, zlib.error) as error:
        raise DamagedMessage(str(error)) from error


def files_in(message: bytes, names: Collection[str]) -> dict[str, bytes]:
    """Return the files of a message that have one of these SHA-1 (hex): ``{SHA-1: content}``."""
    found = {checksum(content): content for _start, _end, content in _blocks(message)} if names else {}
    return {name: content for name, content in found.items() if name in names}


def replace_once(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return a packed message in which one word is another, at its first place.

    :param new: as long as the old one
    :raise ValueError: it is not
    """
    if len(old) != len(new):
        raise ValueError("another length")
    return _deflated(_inflated(data).replace(old, new, 1))


def _with_foreign_files(part: bytes | Source) -> Parts:
    """A part of a message; where somebody else has encoded files in it, these apart."""
    if isinstance(part, Source) or _BASE64 not in part:
        return [part]
    found: list[bytes | Source] = []
    done = 0
    for start, end, content in _blocks(part):
        found += part[done:start], Source("base64", content, False)
        done = end
    return [*found, part[done:]]


def _blocks(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where base64 stands that can be written again: begin, end, content. Each byte is looked at a few times."""
    end = 0
    while (found := message.find(_BASE64, end)) >= 0:
        blank = message.find(b"\r\n\r\n", found + len(_BASE64) - 2)
        if blank < 0:
            return
        start = blank + 4
        end = message.find(b"\r\n--", start)
        end = len(message) if end < 0 else end
        content = _decoded(message[start:end]) if end - start >= _SHORTEST else None
        if content is not None:
            yield start, end, content


def _decoded(block: bytes) -> bytes | None:
    """The content of base64; None if `base64_lines` would write it in another way."""
    try:
        content = a2b_base64(block)
    except Error:
        return None
    return content if base64_lines(content) == block else None


def _name_if_left_out(content: bytes, names: Mapping[int, str], kept: Collection[str]) -> str | None:
    """The SHA-1 of a file that is left out; None if it is packed.

    :param names: of contents that are at hand, by their `id`
    """
    if len(content) < _SHORTEST:
        return None
    name = names.get(id(content)) or checksum(content)
    return name if name in kept or len(content) > _LONGEST else None


def _text_piece(source: Source, html: bytes) -> tuple[bytes, bytes]:
    encoding = _ENCODINGS.index(source.encoding)
    if source.content is html or b"\0" in source.content:
        return _piece(_TEXT, source.content, encoding)
    return _piece(_REFERRING_TEXT, refer(source.content, html), encoding)


def _piece(kind: bytes, content: bytes, encoding: int = 0) -> tuple[bytes, bytes]:
    return _PIECE.pack(kind, encoding, len(content)), content


def _pieces(plain: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    place = 0
    while place < len(plain):
        kind, encoding, length = _PIECE.unpack_from(plain, place)
        place += _PIECE.size + length
        content = plain[place - length : place]
        if len(content) != length:
            raise DamagedMessage("a piece has no end")
        yield kind, encoding, content


def _unpacked(kind: bytes, encoding: int, content: bytes, html: bytes, read: Callable[[str], bytes | None]) -> bytes:
    if kind == _AS_IT_STANDS:
        return content
    if kind == _REFERRING_TEXT:
        content = resolve(content, html)
    if kind in (_TEXT, _REFERRING_TEXT):
        return encoded(content, _ENCODINGS[encoding])
    if kind == _FILE_CONTENT:
        return base64_lines(content)
    if kind != _FILE:
        raise DamagedMessage("there is no such kind of piece")
    found = read(content.hex())
    if found is None:
        raise MissingFile(content.hex())
    return base64_lines(found)


def _deflated(plain: bytes) -> bytes:
    number = len(DICTIONARIES) - 1
    packer = zlib.compressobj(_LEVEL, wbits=_RAW, zdict=DICTIONARIES[number])
    return bytes((number,)) + packer.compress(plain) + packer.flush()


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(_RAW, zdict=DICTIONARIES[data[0]])
    plain = unpacker.decompress(data[1:])
    if not unpacker.eof:
        raise DamagedMessage("it has no end")
    return plain
