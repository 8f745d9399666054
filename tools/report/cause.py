"""What the words of a diagnostic say about the address (RFC 3463 §3), by the tables in `phrases`.

Contract: an ordered table, the first entry that matches wins; addresses, links and underscores do not count, for
they hold any word. Linear time: each repeat is bounded. `Cause.hard` is for an address that cannot get any
mail: it does not exist, its domain does not exist or takes no mail, or it moved away. Everything else may pass
with another try, another mail or another sender, even where the code says 5xx.

>>> cause_of("550 5.1.1 <a@dest.test>... User unknown").name
'USER_UNKNOWN'
>>> cause_of("552 5.2.2 Mailbox full").hard
False
>>> cause_of("250 Ok") is None
True
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from . import phrases


class Cause(Enum):
    """Value: is it hard?"""

    TRY_AGAIN = ("try again", False)
    MAILBOX_FULL = ("mailbox full", False)
    TOO_BIG = ("too big", False)
    MOVED = ("moved", True)
    NO_MAIL = ("takes no mail", True)
    NO_ADDRESS = ("no such address, whatever the code says", True)
    REFUSED = ("refused", False)
    DISABLED = ("disabled", False)
    HOST_UNKNOWN = ("host unknown", True)
    USER_UNKNOWN = ("user unknown", True)
    VAGUE = ("refused, and not said why", False)  # then the code decides
    CONNECTION = ("connection", False)

    @property
    def hard(self) -> bool:
        """True when no mail to this address can ever arrive."""
        return self.value[1]


_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]{1,128}@[\w.-]{1,255}")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}", re.I)
# IronPort puts this before whatever the server said.
_OPENING = re.compile(r"unknown address error (?=\d{3}-)", re.I)
_LETTERS = str.maketrans({"_": " ", "’": "'", "‘": "'", "`": "'", "´": "'", "\xa0": " "})

_TABLE: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (Cause.TRY_AGAIN, phrases.TRY_AGAIN),
    (Cause.MAILBOX_FULL, phrases.MAILBOX_FULL),
    (Cause.TOO_BIG, phrases.TOO_BIG),
    (Cause.MOVED, phrases.MOVED),
    (Cause.NO_MAIL, phrases.NO_MAIL),
    (Cause.NO_ADDRESS, phrases.NO_ADDRESS),
    (Cause.REFUSED, phrases.REFUSED),
    (Cause.DISABLED, phrases.DISABLED),
    (Cause.HOST_UNKNOWN, phrases.HOST_UNKNOWN),
    (Cause.USER_UNKNOWN, phrases.USER_UNKNOWN),
    (Cause.VAGUE, phrases.VAGUE),
    (Cause.CONNECTION, phrases.CONNECTION),
)


@lru_cache(maxsize=4)  # a server says the same of many recipients
def cause_of(text: str) -> Cause | None:
    """The cause that the words tell, None if they tell none known here."""
    words = _OPENING.sub("", _ADDRESS.sub("@", text[:4000]))
    bare = _LINK.sub("", words)
    return _first(bare) or (_first(words) if bare != words else None)


def _first(words: str) -> Cause | None:
    words = words.translate(_LETTERS).lower()
    return next((cause for cause, pattern in _TABLE if pattern.search(words)), None)
