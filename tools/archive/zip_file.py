"""A zip file with mails, looked at before anything in it is unpacked.

Contract: nothing is ever written to the disk, so the paths in it are names and nothing else. The list of its files is
read only if it is not too long for the memory; a file that would become far bigger than mails do is not read.

>>> ratio_is_strange(1_000, 100_000), ratio_is_strange(100_000, 100_000_000)
(False, True)
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .model import Problem

# Of the list of files, for which Python needs about twelve times as much memory.
MOST_LIST_BYTES = 24_000_000
# Text shrinks to a tenth, a mailbox with many copies of one text to a fiftieth.
_MOST_RATIO = 200
_SMALL = 10_000_000
_TAIL = 70_000
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"


def ratio_is_strange(packed: int, unpacked: int) -> bool:
    """Whether no mailbox shrinks so far: a zip bomb."""
    return unpacked > _SMALL and unpacked > _MOST_RATIO * packed


def listed(path: Path) -> tuple[zipfile.ZipFile | None, str]:
    """The zip file, opened; or None and the problem with it."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(size - _TAIL, 0))
        if _list_bytes(stream.read()) > MOST_LIST_BYTES:
            return None, Problem.TOO_MANY.value
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return None, Problem.DAMAGED.value
    packed = sum(info.compress_size for info in archive.infolist())
    if packed > size or _is_bomb_of_many(archive):  # files that share their bytes, or each of them looks harmless
        archive.close()
        return None, Problem.BOMB.value
    return archive, ""


def _is_bomb_of_many(archive: zipfile.ZipFile) -> bool:
    """Whether the files, without those that are told as bombs by themselves, would together be far too big."""
    sizes = [(info.compress_size, info.file_size) for info in archive.infolist()]
    packed, unpacked = map(sum, zip((0, 0), *(one for one in sizes if not ratio_is_strange(*one)), strict=True))
    return ratio_is_strange(packed, unpacked)


def _list_bytes(tail: bytes) -> int:
    """How long the list of files says it is (APPNOTE.TXT 4.3.14, 4.3.16)."""
    place = tail.rfind(_END_64)
    if place >= 0 and len(tail) >= place + 48:
        return int.from_bytes(tail[place + 40 : place + 48], "little")
    place = tail.rfind(_END)
    return int.from_bytes(tail[place + 12 : place + 16], "little") if place >= 0 else 0


def files(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The files in it by name, each with the problem that keeps it from being read."""
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        if info.filename.endswith("/"):  # a folder; ``is_dir()`` stumbles over a file without a name
            continue
        problem = ""
        if not info.filename:
            problem = Problem.DAMAGED.value
        elif info.flag_bits & 1:
            problem = Problem.ENCRYPTED.value
        elif ratio_is_strange(info.compress_size, info.file_size):
            problem = Problem.BOMB.value
        yield info, problem


def opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    """A file in it, unpacked as it is read. Reading may raise what `DAMAGE` names."""
    return archive.open(info)  # type: ignore[return-value]


# What a broken file raises while it is read.
DAMAGE = (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, RuntimeError)
