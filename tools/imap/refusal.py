"""What an IMAP server means by refusing a copy: its response code (RFC 9051 §7.1, RFC 5530), else its words.

>>> refusal([b"[OVERQUOTA] Quota exceeded (mailbox for user is full)"]).reason.value
'full'
>>> refusal([b"Mailbox does not exist"]).reason.value  # Cyrus, without TRYCREATE
'missing'
>>> refusal([b"Message contains NUL characters"]).reason.is_of_account
False
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from .answer import MailboxError, answer_text

_MOST_CHARACTERS: Final = 500  # of a server's words that are kept


class Reason(str, Enum):
    """Why there is no copy. `const/copy.py` has the words."""

    FULL = "full"
    MISSING = "missing"  # the folder
    TOO_BIG = "too_big"
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"
    LOGIN = "login"
    CONNECTION = "connection"
    SETTINGS = "settings"  # Odoo itself says no
    NOT_FOUND = "not_found"  # of a mail that nobody knows the outcome of
    LOST = "lost"  # what was sent is not kept any more
    OFF = "off"

    @property
    def is_of_account(self) -> bool:
        """Whether another mail would meet the same."""
        return self in (
            Reason.FULL,
            Reason.MISSING,
            Reason.NOT_ALLOWED,
            Reason.LOGIN,
            Reason.CONNECTION,
            Reason.SETTINGS,
        )

    @property
    def is_final(self) -> bool:
        """Whether it is of no use to try again."""
        return self in (Reason.TOO_BIG, Reason.LOST, Reason.OFF)


class Refusal(MailboxError):
    """The server refused; the text is its own."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text[:_MOST_CHARACTERS])
        self.reason = reason


_SECONDS: Final = re.compile(r" \(\d{1,9}\.\d{1,9} \+ [0-9.+ ]{1,40}secs\)\.?")  # Dovecot tells how long it took
_RULES: Final = tuple(
    (reason, re.compile(words, re.IGNORECASE))
    for reason, words in (
        (Reason.FULL, r"\[OVERQUOTA\]|\bquota\b|mailbox (?:is )?full"),
        (Reason.TOO_BIG, r"\[TOOBIG\]|too (?:big|large)|size limit"),
        (Reason.MISSING, r"\[TRYCREATE\]|\[NONEXISTENT\]|n[o']t exist|nonexistent|unknown (?:mailbox|folder)"),
        (Reason.NOT_ALLOWED, r"\[NOPERM\]|\[READ-ONLY\]|permission denied|read-?only"),
    )
)


def refusal(data: Iterable[Any] | None) -> Refusal:
    """The refusal that an answer of NO or BAD is."""
    text = _SECONDS.sub("", answer_text(data)[:_MOST_CHARACTERS])
    reason = next((reason for reason, words in _RULES if words.search(text)), Reason.REFUSED)
    return Refusal(reason, text)
