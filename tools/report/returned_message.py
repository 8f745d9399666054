"""The sent mail, or its header, that a report gives back (RFC 3462 §1, RFC 6522 §3, RFC 6533 §4).

Contract: it finds the returned header wherever systems put it: in a part of its own, in an attached text, or
below a line in the human text; and `human` is that text without it. Nothing is trusted: it is a copy that the
reporting system made.

>>> text = "Sorry.\\n--- Below this line is a copy of the message.\\n\\nMessage-ID: <1@odoo.test>\\nTo: a@dest.test\\n"
>>> returned = find(Mail.read(b"\\n" + text.encode()))
>>> returned.human, returned.message_id, returned.recipients
('Sorry.\\n', '<1@odoo.test>', ('a@dest.test',))
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import address
from .header import Fields
from .mime import Mail, Part
from .wording import any_of

TOKEN = "x-envelope-id"  # the header field in which the sender of a mail leaves its envelope id

_TYPES = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers")
_OTHER_TYPES = ("text/rfc822", "message/partial", "rfc822", "message/news", "text/headers", "message/external-body")
# The lines with which systems begin the copy.
_MARK = any_of(
    r"below this line is (?:a|the)|enclosed is (?:a|the)|this is a copy of (?:the|your)",
    r"included is a copy of the message|(?:the )?headers? of the original message",
    r"(?:the )?original message(?: (?:header|is |follows|info|was:?$)|:?[ \t]*[-=]*$)|original mail(?: info|:?$)",
    r"unsent message|message headers? follow|returned message|your message (?:header|follows)",
    r"(?:a copy of )?(?:the|your) (?:original )?message (?:headers? )?(?:follows|is (?:included|attached) below)",
    r"below is a copy of the original|text of your message follows|copy of (?:the|your) (?:original )?message",
    r"message text follows|the (?:first|beginning) .{0,40}message (?:text )?follows",
    r"kopie der (?:nachricht|ursprünglichen)|kopf(?:zeilen)? der (?:original|ursprünglichen)|originalnachricht",
    r"urspr(?:ü|u|ue)ngliche (?:nachricht|e-?mail)|en-t[êe]tes? (?:de|du) message|message d.origine|message original",
    r"oryginaln[aey] (?:nag[łl][óo]wki|wiadomo[śs][ćc])|nag[łl][óo]w\w+ (?:oryginalnej )?wiadomo|kopia wiadomo",
    r"encabezados? (?:de|del) mensaje|mensaje original|intestazioni (?:del )?messaggio|messaggio originale",
    r"копия (?:исходного )?(?:сообщения|письма)",
    before=r"^[ \t>]*(?:[-=*#|]{2,} *)?",
    flags=re.M,
)
# Or the copy begins without any: a run of fields that only a header has.
_RUN = re.compile(
    r"^(?:Return-Path|Received|DKIM-Signature|X-Google-\w[\w-]*|X-Received|Message-ID|MIME-Version):[^\n]*\n"
    r"(?:[ \t][^\n]*\n){0,20}[A-Za-z][A-Za-z0-9-]{1,60}:",
    re.I | re.M,
)
_ID = re.compile(r"^[ \t>]*(?:Original-)?Message-?ID[ \t]*:\s*(<[^<>\n]{1,990}>|[^\s<>]{3,990})", re.I | re.M)
_FIELD = re.compile(r"^[ \t]*[A-Za-z][A-Za-z0-9-]{0,60}:", re.M)
_TOKEN = re.compile(rf"^[ \t>]*{TOKEN}[ \t]*:[ \t]*([^\s]{{1,200}})", re.I | re.M)
# A blank line, or a ruler.
_PARAGRAPH = re.compile(r"\n(?=[ \t]{0,80}\n|[_*=#~-]{5,100}[ \t]{0,80}\n|-- ?\n)")
_ONLY_RULER = re.compile(r"[\s_*=#~-]+")
_FOOTER = any_of(
    r"\b(?:scanned|swept|checked|virus[- ]free|certified|protected)\b[^\n]{0,80}\b(?:virus|spam|malware|by|for|from)",
    r"\b(?:confidential|privileged|disclaimer)\b|intended (?:only|solely|recipient)|consider the environment",
    r"vertraulich|confidentiel|confidenzial|poufne|auf viren|antiwirus",
)
_SAYS_WHY = re.compile(r"@|(?<![\d.])[45]\d\d(?![\d.])|[45]\.\d\.\d")
_QUEUE_ID = re.compile(r"\bid ([\w.+/-]{5,80})")
_BRACKETED = re.compile(r"<[^<>\s]{1,990}>")


@dataclass(frozen=True, slots=True)
class Returned:
    """The returned header and the text written for people."""

    fields: Fields
    human: str
    message_id: str = ""
    token: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses the sent mail was for, as far as its header tells."""
        names = ("to", "cc", "bcc", "x-rcpt-to", "delivered-to")
        return tuple(found for name in names for value in self.fields.all(name) for found in address.find(value))

    @property
    def queue_ids(self) -> tuple[str, ...]:
        """The ids the servers on the way gave it, newest first."""
        lines = (_QUEUE_ID.search(value) for value in self.fields.all("received"))
        return tuple(dict.fromkeys(line.group(1).rstrip(".") for line in lines if line))


def find(mail: Mail) -> Returned:
    """The returned header of a report, empty if it gives none back."""
    text = mail.text
    human, below = _divided(text)
    best = Fields([])
    copies = [part.text for part in mail.parts if part.type in _TYPES]
    copies += [_header_of(part) for part in mail.parts if part.path and "received" in part.fields]
    copies += [part.text for part in mail.parts if part.type in _OTHER_TYPES or _is_header_file(part, mail)]
    for copy in (*copies, below):
        fields = _fields(copy)
        identifier = fields.get("message-id") or _id_in(copy[:64_000])
        if identifier:
            return Returned(fields, human, clean_id(identifier), _token(fields, copy))
        best = best or fields
    identifier = _id_in(human) or _reference(mail)
    return Returned(best, human, clean_id(identifier), _token(best, below))


def _divided(text: str) -> tuple[str, str]:
    """The human text, and the copy below it."""
    starts = [found.start() for found in (_MARK.search(text), _RUN.search(text)) if found]
    cut = min(starts, default=len(text))
    if not text[:cut].strip():  # it begins with the copy: the reason stands below
        return text, text
    return _without_footer(text[:cut]), text[cut:]


def _without_footer(human: str) -> str:
    """The text without what a scanner or a lawyer put below it: its "viruses" and "spam" are no reason."""
    while True:
        ends = [found.start() for found in _PARAGRAPH.finditer(human.rstrip(), max(0, len(human) - 4_000))]
        last = human[ends[-1] :] if ends else ""
        if not (_FOOTER.search(last) or _ONLY_RULER.fullmatch(last)) or _SAYS_WHY.search(last):
            return human
        human = human[: ends[-1]] + "\n"


def _is_header_file(part: Part, mail: Mail) -> bool:
    """An attached text that holds a mail or a header, as X6 and IMail send it."""
    return (
        part is not mail.text_part
        and part.type.startswith(("text/", "application/octet"))
        and bool(_FIELD.match(part.text.lstrip()[:200]))
    )


def _header_of(part: Part) -> str:
    """X1 and m-FILTER put the mail right below the delimiter: its header became the header of the part."""
    return "\n".join(f"{name}: {value}" for name, value in part.fields.items)


def _fields(copy: str) -> Fields:
    """The first header in the text: lines before it, such as a ruler, are passed over."""
    start = _FIELD.search(copy[:20_000])
    block = copy[start.start() :] if start else ""
    return Fields.parse(_first_block(block)[:192_000])


def _first_block(text: str) -> str:
    return text.lstrip("\n").partition("\n\n")[0]


def _id_in(text: str) -> str:
    found = _ID.search(text)
    return found.group(1) if found else ""


def _reference(mail: Mail) -> str:
    """Google and iCloud name the sent mail in In-Reply-To or References of the report."""
    return (mail.fields.get("in-reply-to") or mail.fields.get("references").rpartition(" ")[2]).strip()


def _token(fields: Fields, copy: str) -> str:
    value = fields.get(TOKEN)
    if not value:
        found = _TOKEN.search(copy[:192_000])
        value = found.group(1) if found else ""
    return value.strip()[:200]


def clean_id(identifier: str) -> str:
    """One id in angle brackets; a comment or a second id is left out."""
    found = _BRACKETED.search(identifier)
    bare = identifier.strip().strip("<>").partition(" ")[0]
    return found.group() if found else f"<{bare}>" if bare else ""


def references(mail: Mail) -> tuple[str, ...]:
    """The ids in In-Reply-To and References of the mail itself."""
    text = f"{mail.fields.get('in-reply-to')} {mail.fields.get('references')}"
    return tuple(dict.fromkeys(_BRACKETED.findall(text)))[:50]
