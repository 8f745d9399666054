"""A mailbox that is only looked through: by UID, nothing in it is changed (RFC 9051 §6.3.3 EXAMINE, §6.4.5 PEEK).

Contract: drives a connected, logged-in `imaplib.IMAP4`. What is in memory at a time is a chunk of short headers, or one
mail, of a big one its beginning. Raises MailboxError where the server refuses something or answers what was not asked,
and what imaplib raises where the connection breaks.

>>> sequence_set([3, 4, 5, 9])
'3:5,9'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from imaplib import IMAP4
from typing import Any

from ..imap.answer import MailboxError, answer_text, lines, literals
from ..imap.name import mailbox_name, search_date
from ..smtp.reply import SmtpError
from .prefilter import FIELDS

# Of a bigger mail the beginning is read: a report stands before the mail that it returns.
MAX_MAIL = 2_000_000
MAX_HEADER = 32_768
# UIDs that one search asks for: a mailbox may have a million mails, and imaplib bounds the answer, which is one line.
UID_WINDOW = 50_000
MAX_UID = 2**32 - 1
_NUMBER = re.compile(rb"[0-9]{1,10}")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})\b")


class InvalidUid(MailboxError, SmtpError):
    """The server names a mail by what is no number of 32 bits (RFC 9051 §2.3.1.1)."""

    problem = "mailbox names a mail by what is no number"


class UnaskedMail(MailboxError, SmtpError):
    """The server shows a mail that it was not asked for."""

    problem = "mailbox shows a mail that it was not asked for"


class ReportMailbox:
    """One folder of an account, for reading only."""

    def __init__(self, connection: IMAP4, folder: str) -> None:
        self._connection = connection
        answer, data = connection.select(mailbox_name(folder), readonly=True)
        if answer != "OK":
            raise MailboxError(f"{folder}: {answer_text(data)}")
        self.uidvalidity = self._number("UIDVALIDITY")
        self._next = self._number("UIDNEXT")

    def _number(self, name: str) -> int:
        _answer, data = self._connection.response(name)
        return _uid(data[0]) if data and data[0] else 0

    def chunks(self, last: int, since: tuple[int, int, int] | None, size: int) -> Iterator[list[int]]:
        """The UIDs after the last one, in order, in lists of at most `size`.

        An empty list stands for a stretch without any, so that the caller can look at the clock. What the server names
        outside of what it was asked for is not believed: it would be taken for the place to go on from.

        :param last: the highest UID that is not wanted
        :param since: year, month, day: mails that came in before are left out
        """
        start = last + 1
        end = self._next - 1 if self._next else None
        while end is None or start <= end:
            criteria = ["UID", f"{start}:{min(start + UID_WINDOW - 1, end) if end else '*'}"]
            if since:
                criteria += ["SINCE", search_date(*since)]
            answer, data = self._connection.uid("SEARCH", *criteria)
            if answer != "OK":
                raise MailboxError(answer_text(data))
            # "*" is the last mail, even if its UID is lower.
            last = min(start + UID_WINDOW - 1, end) if end else MAX_UID
            words = b" ".join(filter(None, data)).split()
            found = sorted({uid for uid in map(_uid, words) if start <= uid <= last})
            for place in range(0, len(found), size):
                yield found[place : place + size]
            if end is None:
                return
            if not found:
                yield []
            start += UID_WINDOW

    def select(self, uids: list[int], wanted: Callable[[bytes], bool]) -> tuple[list[int], int]:
        """Those of the UIDs whose header is wanted, and the highest of which the server showed the header (0: none).

        One that a search named and that is not shown is asked for once more; then it is gone, or never was.

        A server that stumbles over one mail refuses the whole list, so the list is halved until that mail is alone; it
        is passed on, and is told of when it is fetched.
        """
        headers = f"BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]<0.{MAX_HEADER}>"
        answer, data = self._fetch(sequence_set(uids), f"(UID {headers})")
        if answer != "OK":
            if len(uids) == 1:
                return list(uids), uids[0]
            middle = len(uids) // 2
            parts = [self.select(part, wanted) for part in (uids[:middle], uids[middle:])]
            return [uid for found, _last in parts for uid in found], max(last for _found, last in parts)
        shown = dict(literals(data))
        if not shown.keys() <= set(uids):
            raise UnaskedMail
        missing = [uid for uid in uids if uid not in shown]
        if missing:
            answer, data = self._fetch(sequence_set(missing), f"(UID {headers})")
            shown.update((number, header) for number, header in literals(data) if number in missing)
        return [uid for uid in uids if uid in shown and wanted(shown[uid])], max(shown, default=0)

    def fetch(self, uid: int) -> tuple[bytes, bool]:
        """One mail, and whether that is only its beginning; b"" for one that is gone meanwhile."""
        answer, data = self._fetch(str(uid), "(UID RFC822.SIZE)")
        sizes = (_SIZE.search(line) for line in lines(data))
        size = next((int(found.group(1)) for found in sizes if found), 0)
        part = f"<0.{MAX_MAIL}>" if size > MAX_MAIL or not size else ""
        answer, data = self._fetch(str(uid), f"(UID BODY.PEEK[]{part})")
        if answer != "OK":
            raise MailboxError(answer_text(data))
        source = next((literal for number, literal in literals(data) if number == uid), b"")
        return source[:MAX_MAIL], max(size, len(source)) > MAX_MAIL

    def _fetch(self, uids: str, items: str) -> tuple[str, list[Any]]:
        try:
            return self._connection.uid("FETCH", uids, items)
        except IMAP4.abort:
            raise
        except IMAP4.error as error:  # BAD
            return "NO", [str(error).encode()]


def _uid(word: bytes) -> int:
    """:raise InvalidUid: it is none"""
    if not _NUMBER.fullmatch(word) or int(word) > MAX_UID:
        raise InvalidUid
    return int(word)


def sequence_set(uids: list[int]) -> str:
    """UIDs as IMAP writes them, neighbours as a range, so that the command stays short."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(f"{first}:{last}" if last > first else str(first) for first, last in ranges)
