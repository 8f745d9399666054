"""Sendmail before DSN (version 5) and those that copied its headings: Bigfoot, Active!hunter, Biglobe, X1, X5, McAfee.

Contract: the addresses stand below a heading between dashes, or only in the transcript, where a line such as
`550 <address>... User unknown` ends what the lines above it report.

>>> lines = "While talking to mx:\\n>>> RCPT To:<a@dest.test>\\n<<< 550 no\\n550 <a@dest.test>... User unknown"
>>> [(raw.recipient, raw.diagnostic) for raw in transcript(lines)]
[('a@dest.test', 'RCPT To:<a@dest.test> 550 no 550 <a@dest.test>... User unknown')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import address
from ..classification import RawRecipient
from ..mime import Mail
from ..returned_message import Returned
from ..text_format import LINE, TextFormat, fallback, scan

_HEADING = re.compile(
    r"^[ \t]*-{3,}[ \t]*(?:The following|Recipients of this|The follwing).{0,80}(?:address"
    r"|delivery)[^\n]*\n",
    re.I | re.M,
)
_TRANSCRIPT = re.compile(r"^[ \t]*-{3,}[ \t]*(?:Transcript of|Non-delivered information|Details)[^\n]*\n", re.I | re.M)
_ENDED = re.compile(rf"[245]\d\d(?: \d\.\d\.\d)? <?({address.PATTERN})>?\.\.\.")
_LISTED = re.compile(rf"[ \t>]*(?:{address.PATTERN}[ \t]+)?<?(?P<rcpt>{address.PATTERN})>?[ \t]*(?P<why>[\[(].*)?$")
_TALKING = re.compile(r"(?:\.\.\. )?while talking to", re.I)


def transcript(text: str) -> Iterator[RawRecipient]:
    """The recipients a transcript tells of, each with the dialogue that led to its end."""
    lines: list[str] = []
    for line in text.split("\n")[:600]:
        if _TALKING.match(line):
            lines = []
            continue
        lines.append(line.lstrip("<> ").strip()[:500] if line.startswith((">>>", "<<<")) else line.strip()[:500])
        found = _ENDED.match(line.strip())
        if found:
            yield RawRecipient(found.group(1), diagnostic=" ".join(lines[-8:]))
            lines = []


def _read(mail: Mail, returned: Returned) -> list[RawRecipient]:
    heading, second = _HEADING.search(returned.human), _TRANSCRIPT.search(returned.human)
    said = returned.human[second.end() :] if second else ""
    ends = list(transcript(said))
    if not heading:
        return ends or fallback(mail, returned)
    listed = scan(returned.human[heading.end() : second.start() if second else None], _LISTED)
    listed = listed or scan(returned.human[heading.end() :], LINE)
    known = {raw.recipient.lower(): raw.diagnostic for raw in ends}
    return [
        RawRecipient(raw.recipient, raw.original_recipient, diagnostic=f"{raw.diagnostic} {_own(raw, known, said)}")
        for raw in listed
    ]


def _own(raw: RawRecipient, known: dict[str, str], said: str) -> str:
    return known.get(raw.recipient.lower()) or ("" if known else said[:2000])


FORMATS = (
    TextFormat(
        "sendmail",
        (
            "transcript of session follows",
            "the following addresses had",
            "had permanent fatal errors",
            "had delivery problems",
            "had delivery errors",
            "unsent message follows",
            "non-delivered information",
        ),
        reader=_read,
    ),
)
