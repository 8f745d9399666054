"""The form of the tables: a row says by what a cause is recognised, and where that is written.

>>> one = row(Cause.GREYLISTED, status="4.7.1", words="greylisted")
>>> one.fits(Facts(450, EnhancedStatus(4, 7, 1), "Greylisted, please try again later"))
True
>>> print(one)
status 4.7.1, says "greylisted"
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from ..smtp.enhanced_status import EnhancedStatus
from ..smtp.reply import Reply
from ..smtp.transaction import Phase
from .cause import Cause
from .text import Phrase, phrase, plain, says

_OPENING: Final = "Unknown address error"  # IronPort puts this before whatever the server said


@dataclass(frozen=True)
class Facts:
    """What is known of one address of one mail.

    `code` and `status` are those of a reply or of a returned mail, `text` its words; `problem` the words of `tools/`
    where there was no reply; `server` the name of the server that spoke; `returned` tells that the mail had been taken
    and came back, `hard` that no mail can arrive at this address, and `delayed` that the other side goes on trying.
    """

    code: int = 0
    status: EnhancedStatus | None = None
    text: str = ""
    phase: Phase | None = None
    problem: str = ""
    server: str = ""
    returned: bool = False
    hard: bool | None = None
    delayed: bool = False

    @classmethod
    def of_reply(cls, reply: Reply, phase: Phase | None = None, problem: str = "", server: str = "") -> Facts:
        """The facts of a server's reply, or of a refused login beside a reply of which the code alone was kept."""
        return cls(reply.code, reply.enhanced or _status_in(reply.text), reply.text, phase, problem, server)

    @classmethod
    def of_return(
        cls, status: str, text: str, hard: bool | None = None, server: str = "", delayed: bool = False
    ) -> Facts:
        """The facts of a returned mail: its status code such as "5.1.1", and what the other server said."""
        given = EnhancedStatus.parse(status)
        finer = _status_in(text) if given is None or (given.subject, given.detail) == (0, 0) else None
        return cls(reply_code(text), finer or given, text, None, "", server, True, hard, delayed)

    @property
    def is_final(self) -> bool:
        """True if the same mail will not be tried again by itself."""
        return (self.returned and not self.delayed) or self.klass == 5 or self.phase is Phase.LOCAL

    @property
    def klass(self) -> int:
        """4 or 5, as the reply code says before the status code; 0 if nothing says it."""
        return self.code // 100 or (self.status.klass if self.status else 0)

    @cached_property
    def words(self) -> str:
        """The text without links, for tables."""
        return plain(self.text.replace(_OPENING, ""))

    @cached_property
    def all_words(self) -> str:
        """The text with its links: providers name their help pages."""
        return plain(self.text, links=True)


@dataclass(frozen=True)
class Row:
    """One row. What is left empty does not matter."""

    cause: Cause
    code: int = 0
    status: str = ""
    words: str = ""
    phases: tuple[Phase, ...] = ()
    returned: bool | None = None
    source: str = ""  # where it is written: an address, an RFC
    read: str = ""  # the day on which that was read
    of_provider: bool = False  # then links count, too: they name help pages
    phrases: tuple[Phrase, ...] = field(default=(), repr=False)
    statuses: tuple[int, int, int, int] | None = field(default=None, repr=False)  # class, subject, details

    def fits(self, facts: Facts) -> bool:
        """Tell whether this row speaks of these facts."""
        return (
            self.code in (0, facts.code)
            and (not self.phases or facts.phase in self.phases)
            and self.returned in (None, facts.returned)
            and (self.statuses is None or self._has_status(facts.status))
            and (not self.phrases or self._says(facts))
        )

    def _has_status(self, status: EnhancedStatus | None) -> bool:
        klass, subject, first, last = self.statuses or (0, 0, 0, 0)
        return (
            status is not None
            and klass in (0, status.klass)
            and subject == status.subject
            and first <= status.detail <= last
        )

    def _says(self, facts: Facts) -> bool:
        words = facts.all_words if self.of_provider else facts.words
        return any(says(words, one) for one in self.phrases)

    def __str__(self) -> str:
        returned = {True: "in a returned mail", False: "when sending", None: ""}[self.returned]
        parts = (
            f"code {self.code}" if self.code else "",
            f"status {self.status}" if self.status else "",
            "says " + " or ".join(f'"{one.strip()}"' for one in self.words.split("|")) if self.words else "",
            "at " + " or ".join(phase.value for phase in self.phases) if self.phases else "",
            returned,
        )
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Provider:
    """One provider: by what it is recognised, and its rows."""

    name: str
    signs: str  # what its replies say, as in `Row.words`
    hosts: tuple[str, ...]  # ends of its servers' names
    rows: tuple[Row, ...]
    phrases: tuple[Phrase, ...] = field(default=(), repr=False)

    def speaks(self, facts: Facts) -> bool:
        """Tell whether this provider's server said it."""
        server = f".{facts.server.lower().rstrip('.')}"
        named = any(server.endswith(f".{host}") for host in self.hosts)
        return named or any(says(facts.all_words, one) for one in self.phrases)


def row(
    cause: Cause,
    code: int = 0,
    status: str = "",
    words: str = "",
    phases: tuple[Phase, ...] = (),
    returned: bool | None = None,
    source: str = "",
) -> Row:
    """A row of a table.

    :param status: "5.7.1", "x.7.1" for both classes, "x.7.606-649" for a range, "x.7" for all of a subject
    :param words: phrases as `text.phrase` reads them, "|" between them: one is enough
    """
    return Row(
        cause, code, status, words, phases, returned, source, phrases=_phrases(words), statuses=_statuses(status)
    )


def provider(name: str, signs: str, hosts: tuple[str, ...], read: str, source: str, rows: tuple[Row, ...]) -> Provider:
    """A provider.

    :param signs: what its replies say, as in `row`
    :param hosts: the ends of its servers' names
    :param read: the day on which the sources were read
    :param source: of all rows that name no other
    """
    own = tuple(replace(one, source=one.source or source, read=read, of_provider=True) for one in rows)
    return Provider(name, signs, hosts, own, _phrases(signs))


def reply_code(text: str) -> int:
    """The first reply code in the words of a returned mail, 0 if there is none."""
    for word in text[:4000].replace("-", " ").split():
        bare = word.strip("<>():,;#'\"")
        if len(bare) == 3 and bare.isascii() and bare.isdigit() and bare[0] in "45" and bare[1] in "012345":
            return int(bare)
    return 0


def _status_in(text: str) -> EnhancedStatus | None:
    return EnhancedStatus.find(text[:4000])


def _phrases(written: str) -> tuple[Phrase, ...]:
    return tuple(phrase(one) for one in written.split("|")) if written else ()


def _statuses(status: str) -> tuple[int, int, int, int] | None:
    if not status:
        return None
    klass, subject, *rest = status.split(".")
    first, _dash, last = (rest[0] if rest else f"0-{10**9}").partition("-")
    return (0 if klass == "x" else int(klass)), int(subject), int(first), int(last or first)
