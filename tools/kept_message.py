r"""Packs a sent message for keeping, and gives it back byte by byte. Files that are kept elsewhere are left out of it.

A file in a mail is base64 (RFC 2045 §6.8) in lines of 76 characters: by its content alone the very same lines can be
written again. So of a file that is in the filestore anyway only the SHA-1 is kept, by which Odoo finds it there. What
stands in the message in any other way is kept as it stands. What comes of it is packed by zlib (RFC 1950).

>>> message = b"To: a\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(b"%PDF" * 1000)
>>> packed = pack(message, {checksum(b"%PDF" * 1000)})
>>> len(packed.data) < 100, packed.missing
(True, frozenset())
>>> unpack(packed.data, lambda checksum: b"%PDF" * 1000) == message
True
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

# The fastest: it is paid for while mails are being made ready.
_LEVEL: Final = 1
_LINE: Final = 76
# Bytes: what is shorter is packed as it stands.
_SHORTEST: Final = 1024
# Bytes: what is longer is left out though nobody keeps it yet: see `PackedMessage.missing`.
_LONGEST: Final = 64 * 1024
# As Odoo and Python write it: whatever is written in another way is kept as it stands.
_BASE64: Final = b"\r\nContent-Transfer-Encoding: base64\r\n"
# One piece of a message: what it is, and how many bytes follow.
_PIECE: Final = struct.Struct(">cI")
_AS_IT_STANDS, _ENCODED, _FILE = b"T", b"B", b"F"


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


def pack(message: bytes, kept: Collection[str], likely: Iterable[bytes] = ()) -> PackedMessage:
    """Make a message small.

    :param message: with CRLF line ends
    :param kept: SHA-1 (hex) of the files that are kept elsewhere
    :param likely: contents that may stand in it: to compare is faster than to decode
    """
    packer = zlib.compressobj(_LEVEL)
    parts, files, done = [], set(), 0
    for start, end, content in _blocks(message, likely):
        name = checksum(content)
        parts += _piece(packer, _AS_IT_STANDS, message[done:start])
        if name in kept or len(content) > _LONGEST:
            files.add(name)
            parts += _piece(packer, _FILE, bytes.fromhex(name))
        else:
            parts += _piece(packer, _ENCODED, content)
        done = end
    parts += _piece(packer, _AS_IT_STANDS, message[done:])
    parts.append(packer.flush())
    return PackedMessage(b"".join(parts), frozenset(files), frozenset(files.difference(kept)))


def unpack(data: bytes, read: Callable[[str], bytes | None]) -> bytes:
    """Return the message as it was.

    :param read: gives the file with this SHA-1 (hex); None if it is not there
    :raise MissingFile: a file is not there any more
    :raise DamagedMessage: this is nothing that `pack` has made
    """
    return b"".join(_unpacked(kind, content, read) for kind, content in _pieces(data))


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
    return zlib.compress(zlib.decompress(data).replace(old, new, 1), _LEVEL)


def base64_lines(content: bytes) -> bytes:
    """Return base64 as it stands in a mail, with CRLF line ends."""
    encoded = b2a_base64(content, newline=False)
    return b"".join(encoded[start : start + _LINE] + b"\r\n" for start in range(0, len(encoded), _LINE))


def _blocks(message: bytes, likely: Iterable[bytes] = ()) -> Iterator[tuple[int, int, bytes]]:
    """Where base64 stands that can be written again: begin, end, content. Each byte is looked at a few times."""
    contents = {content[:_SHORTEST]: content for content in likely if len(content) >= _SHORTEST}
    end = 0
    while (found := message.find(_BASE64, end)) >= 0:
        blank = message.find(b"\r\n\r\n", found + len(_BASE64) - 2)
        if blank < 0:
            return
        start = blank + 4
        end = message.find(b"\r\n--", start)
        end = len(message) if end < 0 else end
        content = _decoded(message[start:end], contents) if end - start >= _SHORTEST else None
        if content is not None:
            yield start, end, content


def _decoded(block: bytes, likely: Mapping[bytes, bytes]) -> bytes | None:
    """The content of base64; None if `base64_lines` would write it in another way.

    :param likely: contents by their beginnings
    """
    encoded = block.translate(None, b"\r\n")
    full, rest = divmod(len(encoded), _LINE)
    is_regular = (
        len(block) == len(encoded) + 2 * (full + bool(rest))
        and block.endswith(b"\r\n")
        and block[_LINE :: _LINE + 2] == b"\r" * full
        and block[_LINE + 1 :: _LINE + 2] == b"\n" * full
    )
    if not is_regular:
        return None
    try:
        begin = a2b_base64(encoded[: (_SHORTEST + 2) // 3 * 4])[:_SHORTEST]
        content = likely.get(begin)
        if content is not None and _encodes(encoded, content):
            return content
        content = a2b_base64(encoded)
    except Error:
        return None
    return content if _encodes(encoded, content) else None


def _encodes(encoded: bytes, content: bytes) -> bool:
    return len(encoded) == (len(content) + 2) // 3 * 4 and b2a_base64(content, newline=False) == encoded


def _piece(packer: zlib._Compress, kind: bytes, content: bytes) -> list[bytes]:
    return [packer.compress(_PIECE.pack(kind, len(content))), packer.compress(content)]


def _pieces(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    try:
        plain, place = zlib.decompress(data), 0
        while place < len(plain):
            kind, length = _PIECE.unpack_from(plain, place)
            place += _PIECE.size + length
            yield kind, plain[place - length : place]
    except (zlib.error, struct.error) as error:
        raise DamagedMessage(str(error)) from error


def _unpacked(kind: bytes, content: bytes, read: Callable[[str], bytes | None]) -> bytes:
    if kind == _AS_IT_STANDS:
        return content
    if kind == _FILE:
        found = read(content.hex())
        if found is None:
            raise MissingFile(content.hex())
        content = found
    return base64_lines(content)
