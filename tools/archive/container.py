"""The mails of an archive: a mail (.eml, .msg), a mbox file, a Maildir or another folder, or a zip file of these.

Contract: files are read in the order of their names, so a place (file, offset) that was given before is found again.
What cannot be read is an item with a problem; nothing that is in a file raises. Nothing is unpacked to the disk, and
links are not followed. Raises OSError where the archive itself cannot be opened.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from . import outlook, zip_file
from .mbox import split_mbox
from .model import MOST_MAIL_BYTES, Dialect, Item, Problem

_SNIFFED = 4_096
_MBOX = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*From [^\n]{1,300}\n")
_MAIL = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:[!-9;-~]{1,80}[ \t]*:[^\n]*\r?\n(?:[ \t][^\n]*\n)*){1,2}", re.A)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP, _PST = b"PK\x03\x04", b"!BDN"
_EMPTY_ZIP = b"PK\x05\x06"
# Of mail programs and file managers: no mails, and nobody would miss them.
_IGNORED = {"Thumbs.db", "desktop.ini", "maildirfolder", "msgFilterRules.dat", "filterlog.html", "popstate.dat"}
_IGNORED_STARTS = (".", "dovecot-", "dovecot.")
_DAMAGE = (*zip_file.DAMAGE, zlib.error)


@dataclass(frozen=True)
class _File:
    """A file of the archive."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
    problem: str = ""


class Archive:
    """An archive on the disk, a file or a folder.

    :param path: of the file or folder
    :param dialect: of the mbox files in it
    :param name: of the file as people know it, where the path has another
    """

    def __init__(self, path: Path, dialect: Dialect = Dialect.AUTO, name: str = "") -> None:
        self._path = path
        self._dialect = dialect
        self._name = _clean(name or path.name)
        self.total = 0  # bytes, known when items() has begun

    def items(self, member: str = "", offset: int = 0) -> Iterator[Item]:
        """The mails behind a place that an item has named (``member``, ``end``); from the start on if none is given."""
        files = _named_apart(sorted(self._files(), key=lambda file: file.name))
        self.total = sum(file.size for file in files)
        done = 0
        for file in files:
            if file.name >= member:
                start = offset if file.name == member else 0
                for item in _items(file, start, self._dialect):
                    yield replace(item, done=done + min(item.end, file.size))
            done += file.size

    def _files(self) -> Iterator[_File]:
        if not self._path.is_dir():
            yield from _expanded(self._path, self._name)
            return
        for folder, _folders, names in os.walk(self._path):
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink() and path.is_file():
                    name = _clean(path.relative_to(self._path).as_posix())
                    if name.lower().endswith(".zip"):
                        yield from _expanded(path, name)
                    else:
                        yield _plain(path, name)


def _named_apart(files: list[_File]) -> list[_File]:
    """The files, those that have the same name numbered: a place must say which file it is in."""
    found: list[_File] = []
    for file in files:
        before = found[-1].name if found else ""
        if file.name != before.partition("\0")[0]:
            found.append(file)
        else:
            count = int(before.partition("\0")[2] or 1) + 1
            found.append(replace(file, name=f"{file.name}\0{count}"))
    return [replace(file, name=file.name.replace("\0", "#")) if "\0" in file.name else file for file in found]


def _plain(path: Path, name: str, problem: str = "") -> _File:
    return _File(name, path.stat().st_size, lambda: path.open("rb"), problem)


def _expanded(path: Path, name: str) -> Iterator[_File]:
    """A file, or those in a zip file."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start not in (_ZIP, _EMPTY_ZIP):
        yield _plain(path, name)
        return
    archive, problem = zip_file.listed(path)
    if archive is None:
        yield _plain(path, name, problem)
        return
    for info, problem in zip_file.files(archive):
        inner = f"{name}/{_clean(info.filename)}"
        yield _File(inner, info.file_size, partial(zip_file.opened, archive, info), problem)


def _is_ignored(name: str) -> bool:
    *folders, last = name.split("/")
    return last in _IGNORED or last.startswith(_IGNORED_STARTS) or last.endswith(".msf") or "__MACOSX" in folders


def _clean(name: str) -> str:
    """A file's name as text that can be stored and shown."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:500]).encode(errors="replace").decode()


def _items(file: _File, start: int, dialect: Dialect) -> Iterator[Item]:
    """The mails of one file; whatever is wrong with it is one more item."""
    if _is_ignored(file.name) or not file.size or start >= file.size:
        return
    end = start
    if file.problem:
        yield Item(file.name, 0, file.size, problem=file.problem)
        return
    try:
        with file.open() as stream:
            for item in _read(file, stream, start, dialect):
                end = item.end
                yield item
    except _DAMAGE:
        yield Item(file.name, end, file.size, problem=Problem.DAMAGED.value)


def _read(file: _File, stream: BinaryIO, start: int, dialect: Dialect) -> Iterator[Item]:
    head = stream.read(_SNIFFED)
    if _MBOX.match(head):
        yield from split_mbox(stream, start, dialect, file.name)
        return
    problem = ""
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        problem = Problem.NESTED.value
    elif head.startswith(_PST):
        problem = Problem.OUTLOOK_DATA.value
    elif not head.startswith(_OLE) and not _MAIL.match(head):
        problem = Problem.NO_MAIL.value
    elif file.size > MOST_MAIL_BYTES:
        problem = Problem.TOO_BIG.value
    if problem:
        yield Item(file.name, 0, file.size, problem=problem)
        return
    source = head + stream.read(max(file.size - len(head), 0))  # what is asked for is reserved, and mails are small
    if head.startswith(_OLE):
        yield _outlook(file, source)
    else:
        yield Item(file.name, 0, file.size, source)


def _outlook(file: _File, source: bytes) -> Item:
    if not outlook.is_available():
        return Item(file.name, 0, file.size, problem=Problem.OUTLOOK.value)
    with suppress(outlook.OutlookError):
        return Item(file.name, 0, file.size, outlook.as_mail(source))
    return Item(file.name, 0, file.size, problem=Problem.OUTLOOK_DAMAGED.value)
