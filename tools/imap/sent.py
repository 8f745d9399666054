"""The folder for sent mails of one account: is a mail in it, and if not, put it there (RFC 9051 §6.3.12 APPEND).

Contract: drives a connected, logged-in `imaplib.IMAP4`, with as many round trips as needed and a bounded memory. Raises
`Refusal` where the server says no, and what imaplib raises where the connection breaks: then nobody knows whether a
mail was appended, and whoever tries again asks `holds()` first. Mails are named by their headers alone, never by a UID
from before: that the server numbers its mails anew changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from imaplib import IMAP4
from typing import Any, Final

from .answer import lines, literals
from .folder import Folder, folders, personal_prefix, sent_folder
from .name import decoded, encoded, quoted, search_date
from .refusal import Reason, Refusal, refusal

TOKEN_HEADER: Final = "X-Envelope-Id"
# Of the mails that a search names, so many are looked at. A token names one; more means a server that does not search.
_MOST_FOUND: Final = 20
_MOST_OCTETS: Final = 1000  # of the header with the token
_NEW_FOLDER: Final = "Sent"


class SentMailbox:
    """The folder for sent mails of an account, opened for reading.

    :param folder: its name as a person typed it; "": it is found by itself, and made where there is none
    :raise Refusal: there is no such folder, or it cannot be opened or made
    """

    def __init__(self, connection: IMAP4, folder: str = "") -> None:
        self._connection = connection
        self._raw = encoded(folder) if folder else self._find()
        answer, data = self._ask(connection.select, quoted(self._raw), readonly=True)
        if answer != "OK" and not folder and refusal(data).reason is Reason.MISSING:
            self._create(self._raw)  # the server names it, and it is not there (yet)
            answer, data = self._ask(connection.select, quoted(self._raw), readonly=True)
        if answer != "OK":
            raise refusal(data)

    @property
    def folder(self) -> str:
        """Its name, for people."""
        return decoded(self._raw)

    def holds(self, message_id: str, token: str, sent_at: datetime) -> bool:
        """Whether the mail with this Message-ID and this envelope id is there.

        What came into the folder before it was sent is left out: servers know that day of each mail, and need not look
        into a hundred thousand of them.

        All emails of one message share its Message-ID; the token is of one alone. The server searches, and what it
        names is looked at: the token must really stand there.
        """
        day = sent_at - timedelta(days=2)  # whatever the time zone, and the clock, of the server
        criteria: list[Any] = ["HEADER", TOKEN_HEADER, quoted(token.encode("ascii", "ignore"))]
        if message_id.isascii() and message_id.isprintable():
            criteria = ["HEADER", "Message-ID", quoted(message_id.encode()), *criteria]
        answer, data = self._ask(
            self._connection.uid, "SEARCH", "SINCE", search_date(day.year, day.month, day.day), *criteria
        )
        if answer != "OK":
            raise refusal(data)
        uids = [int(word) for line in lines(data) for word in line.split()[-_MOST_FOUND:] if word.isdigit()]
        if not uids:
            return False
        item = f"(UID BODY.PEEK[HEADER.FIELDS ({TOKEN_HEADER})]<0.{_MOST_OCTETS}>)"
        answer, data = self._ask(self._connection.uid, "FETCH", ",".join(map(str, uids[-_MOST_FOUND:])), item)
        if answer != "OK":
            raise refusal(data)
        return any(token.encode() in header for _uid, header in literals(data))

    def append(self, message: bytes, sent_at: datetime) -> None:
        """Put a mail there, as read.

        :param message: as it left, with CRLF line ends
        :param sent_at: UTC, without a time zone
        :raise Refusal: it is not there
        """
        moment = sent_at.replace(tzinfo=timezone.utc)
        answer, data = self._ask(self._connection.append, quoted(self._raw), r"(\Seen)", moment, message)
        if answer != "OK":
            raise refusal(data)

    # === WHERE IT IS === #

    def _find(self) -> bytes:
        """The name of the folder: by its special use, else by its name; made where there is none."""
        abilities = self._abilities()
        prefix = ""
        if "NAMESPACE" in abilities:
            answer, data = self._ask(self._connection.namespace)
            prefix = personal_prefix(data) if answer == "OK" else ""
        found = None
        if "SPECIAL-USE" in abilities:
            found = sent_folder(self._list('(SPECIAL-USE) ""'), prefix)
        found = found or sent_folder(self._list('""'), prefix)
        if found:
            return found.raw
        raw = encoded(prefix + _NEW_FOLDER)
        self._create(raw)
        return raw

    def _abilities(self) -> frozenset[str]:
        """What the server can do, asked anew: many tell all of it after the login only, and imaplib does not ask."""
        answer, data = self._ask(self._connection.capability)
        if answer != "OK":
            return frozenset()
        return frozenset(b" ".join(lines(data)).decode("ascii", "replace").upper().split())

    def _list(self, reference: str) -> list[Folder]:
        answer, data = self._ask(self._connection.list, reference, '"*"')
        return folders(data) if answer == "OK" else []

    def _create(self, raw: bytes) -> None:
        answer, data = self._ask(self._connection.create, quoted(raw))
        if answer != "OK":
            raise Refusal(Reason.MISSING, str(refusal(data)))
        self._ask(self._connection.subscribe, quoted(raw))  # else many mail programs do not show it

    @staticmethod
    def _ask(command: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        """Give a command; BAD, which imaplib raises for, is an answer like NO."""
        try:
            answer, data = command(*args, **kwargs)
        except IMAP4.abort:
            raise
        except IMAP4.error as error:
            return "NO", [str(error).encode()]
        return answer, data
