"""Forms of bounces that follow no RFC: an opening phrase, then recipients, each with its reason.

Contract: a `TextFormat` is one row of facts about one system; `read` gives one `RawRecipient` a recipient, or nothing
where the text is not of that form. Who wrote the mail has been checked before (see `origin`). Bounded: the first
600 lines of the human text, 30 lines of reason a recipient.

>>> from .returned_message import find
>>> form = TextFormat("toy", ("could not deliver",))
>>> mail = Mail.read(b"From: MAILER-DAEMON\\n\\nCould not deliver to\\n <a@dest.test>:\\n   550 5.1.1 No such user\\n")
>>> [(raw.recipient, raw.diagnostic) for raw in form.read(mail, find(mail))]
[('a@dest.test', '550 5.1.1 No such user')]
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from . import address, origin
from .classification import RawRecipient, codes_in, reply_code_in
from .mime import Mail
from .model import Action
from .returned_message import Returned

MAX_LINES = 600
MAX_REASON = 30
MAX_RECIPIENTS = 500

# A line that begins with an address and then tells why, or ends: qmail, Postfix, Exim and most others.
LINE = re.compile(
    rf"[ \t]*(?:[*>\"'<•-]{{1,3}}[ \t]*){{0,3}}(?P<rcpt>{address.PATTERN})[>\"']*[ \t]*"
    rf"(?:<mailto:[^<>]{{1,300}}>[ \t]*)?"
    rf"(?:[(\[](?:generated|expanded|originally)? ?(?:from|to|for):? <?(?P<alias>{address.PATTERN})>?[)\]][ \t]*)?"
    rf"(?:$|[:;,.-]{{1,5}}[ \t]*$|[:;-][ \t](?P<why>.*)|(?P<reason>[(\[].{{3,}}|\.\.\..*|on \w{{3}}, .*"
    rf"|[A-Z][a-z]+ .*))"
)
_ALIAS = re.compile(rf"\(?(?:generated|expanded) from:? <?({address.PATTERN})>?\)?[ \t]*", re.I)
_NAMES_BELOW = re.compile(r"^[^\n]{0,300}(?:recipient|address|user)[^\n]{0,300}:[ \t]*\n+", re.I | re.M)
_BARE_NAME = re.compile(r"[ \t]{1,20}<?([\w.+-]{2,64})>?[ \t]{0,20}")
_RULER = re.compile(r"[\s=*#_~.|+-]*\Z")
# In lower case, for a text on one line.
_DELAY = (
    "warning message only", "not need to resend", "not need to re-send", "not yet delivered", "not been delivered yet",
    "not yet been delivered", "not delivered yet", "has been delayed", "is delayed", "delayed mail", "will be retried",
    "delivery attempts will continue", "temporary failure report", "will keep trying", "will keep on trying",
    "continue to try", "been postponed", "will continue trying", "will continue on trying",
    "still being retried", "delivery delay", "(delay)",
    "could not send message for past", "could not send mail for past", "noch nicht zugestellt", "verzögert", "opóźni",
    "n'a pas encore", "retardé", "aún no se ha", "retrasad", "non è stato ancora", "ritard",
)  # fmt: skip
_FINAL = re.compile(
    r"permanent (?:error|fail|fatal)|failed permanently|permanently|giv(?:en|ing) up|will be deleted|no further"
)
_LOOK = 20_000  # characters of a text that are looked at


def _is_system(mail: Mail) -> bool:
    return origin.is_system(mail) or origin.is_likely_system(mail)


def is_delay(text: str) -> bool:
    """True when the text says that the system goes on trying."""
    words = " ".join(text[:_LOOK].lower().split())
    return any(phrase in words for phrase in _DELAY) and not _FINAL.search(words)


class Trust(Enum):
    """Whose word it takes that a mail is of the form, for some phrases are those of shops and parcel services too."""

    SYSTEM = "the name of a mail system in From"
    NOTIFICATION = "the null sender, or a name only mail systems have"
    PROOF = "a header field that only this system writes"


Reader = Callable[[Mail, Returned], Iterable[RawRecipient]]


@dataclass(frozen=True, slots=True)
class TextFormat:
    """One system's form of a bounce."""

    name: str
    needles: tuple[str, ...]  # lower case; one of them stands in the human text
    recipient: re.Pattern[str] = LINE  # groups: rcpt; perhaps alias, why, reason
    evidence: tuple[tuple[str, str], ...] = ()  # (header field, word in lower case) that only this system sends
    reader: Reader | None = None  # where the rows do not do
    trust: Trust = Trust.SYSTEM
    # Sentences that only a mail system begins a mail with: with the null sender they do, whatever From says.
    openings: tuple[str, ...] = ()
    guesses: bool = True  # False: where the text names nobody by address, the returned header tells nothing either

    def matches(self, human: str) -> bool:
        """True when the text is of this form. `human` is in lower case and on one line."""
        return any(needle in human for needle in self.needles)

    def accepts(self, mail: Mail, human: str = "") -> bool:
        """True when the header tells that a system which writes this form sent the mail."""
        if origin.may_be_notification(mail) and any(opening in human[:400] for opening in self.openings):
            return True
        if any(word in mail.fields.get(name).lower() for name, word in self.evidence if name in mail.fields):
            return True
        if self.trust is Trust.SYSTEM:
            return _is_system(mail)
        return self.trust is Trust.NOTIFICATION and origin.is_notification(mail)

    def read(self, mail: Mail, returned: Returned) -> list[RawRecipient]:
        """What the mail says of each recipient; empty when it names none."""
        if self.reader:
            found = self.reader(mail, returned)
        else:
            found = scan(returned.human, self.recipient) or scan(returned.human)
        delayed = is_delay(mail.fields.text("subject") + "\n" + returned.human)
        raws = without_own(unique(found), mail, returned) or bare_names(mail, returned.human)
        if not raws and self.guesses:
            raws = fallback(mail, returned)
        if delayed:
            raws = [replace(raw, action=Action.DELAYED) for raw in raws]
        return [raw if raw.context else replace(raw, context=returned.human[:8000]) for raw in raws]


def row(
    name: str,
    needles: tuple[str, ...],
    recipient: str = "",
    evidence: tuple[tuple[str, str], ...] = (),
    trust: Trust = Trust.SYSTEM,
) -> TextFormat:
    """A form whose recipient line is written with `@@` for the address, in brackets or not; without one, LINE."""
    pattern = re.compile(recipient.replace("@@", rf"<?(?P<rcpt>{address.PATTERN})>?"), re.I) if recipient else LINE
    return TextFormat(name, needles, pattern, evidence, trust=trust)


def scan(text: str, recipient: re.Pattern[str] = LINE) -> list[RawRecipient]:
    """Walk the lines: each that names a recipient begins one, the lines after it are its reason."""
    raws: list[RawRecipient] = []
    reasons: list[list[str]] = []
    for line in text.split("\n")[:MAX_LINES]:
        line = line[:2000]
        found = recipient.match(line)
        groups = found.groupdict() if found else {}
        name = groups.get("rcpt", "").strip("<>'")
        again = raws and name == raws[-1].recipient  # the reason names it once more
        if found and not again and len(raws) < MAX_RECIPIENTS:
            raws.append(RawRecipient(name, original_recipient=groups.get("alias") or ""))
            reasons.append([groups.get("reason") or "", groups.get("why") or ""])
        elif raws and len(reasons[-1]) < MAX_REASON and not _RULER.match(line):
            reasons[-1].append(line.strip())
    return [_with_reason(raw, " ".join(filter(None, lines))) for raw, lines in zip(raws, reasons, strict=True)]


def _with_reason(raw: RawRecipient, reason: str) -> RawRecipient:
    alias = _ALIAS.search(reason)
    if alias:
        reason = reason.replace(alias.group(), "", 1)
        raw = replace(raw, original_recipient=raw.original_recipient or alias.group(1))
    return replace(raw, diagnostic=reason)


def unique(raws: Iterable[RawRecipient]) -> list[RawRecipient]:
    """One per address: Mail.ru tells everything twice. The first one with a reason stays."""
    kept: dict[str, RawRecipient] = {}
    for raw in raws:
        known = kept.get(raw.recipient.lower())
        if known is None or (not known.diagnostic and raw.diagnostic):
            kept[raw.recipient.lower()] = raw
    return list(kept.values())


def without_own(raws: list[RawRecipient], mail: Mail, returned: Returned) -> list[RawRecipient]:
    """These without the sender of the sent mail, whom many reports name, too: "A message sent by <…>"."""
    names = [
        value for name in ("to", "delivered-to", "x-original-to", "envelope-to") for value in mail.fields.all(name)
    ]
    names += [returned.fields.get(name) for name in ("return-path", "from", "sender", "reply-to", "errors-to")]
    sent_to = {name.lower() for name in returned.recipients}
    own = {name.lower() for value in names for name in address.find(value)} - sent_to
    others = [raw for raw in raws if raw.recipient.lower() not in own]
    # Who wrote to himself is named with what a server said.
    return others or [raw for raw in raws if codes_in(raw.diagnostic) or reply_code_in(raw.diagnostic)]


def bare_names(mail: Mail, human: str) -> list[RawRecipient]:
    """Names without a domain below "… the following recipients …:": the domain is that of the reporting system."""
    start = _NAMES_BELOW.search(human[:_LOOK])
    domain = origin.sender(mail).rpartition("@")[2]
    if not start or not domain:
        return []
    lines = human[start.end() :].split("\n")[:MAX_LINES]
    found = (_BARE_NAME.fullmatch(line) for line in itertools.takewhile(lambda line: _BARE_NAME.fullmatch(line), lines))
    return unique(RawRecipient(f"{one.group(1)}@{domain}", diagnostic=start.group().strip()) for one in found if one)


def fallback(mail: Mail, returned: Returned) -> list[RawRecipient]:
    """The recipients of a form that names none in its text: of the header, else of the only recipient there was."""
    names = list(address.find(" ".join(mail.fields.all("x-failed-recipients"))))
    sent_to = dict.fromkeys(name.lower() for name in returned.recipients)
    if (
        not names
        and len(sent_to) == 1
        and {name.lower() for name in address.find(returned.human[:_LOOK])} <= {*sent_to}
    ):
        names = list(returned.recipients)
    return unique(RawRecipient(name, diagnostic=returned.human.strip()[:2000]) for name in names)
