"""What the words of a diagnostic say about the address (RFC 3463 §3 in the words of servers).

Contract: an ordered table, the first entry that matches wins. `Cause.hard` is for an address that cannot get any
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
    CONNECTION = ("connection", False)

    @property
    def hard(self) -> bool:
        """True when no mail to this address can ever arrive."""
        return self.value[1]


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.I)


_TABLE: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (
        Cause.TRY_AGAIN,
        _any(
            r"host not found, try again",
            r"(?:temporary|temporarily) (?:lookup |dns |name service )?(?:failure|error|unavailable)",
            r"name server: .{0,60}: host name lookup failure",
            r"host name lookup failure",
            r"no backend server available|malformed or unexpected name server reply",
        ),
    ),
    (
        Cause.MAILBOX_FULL,
        _any(
            r"(?:mail ?box|mail ?folder|maildir|inbox|mailstore|mailspace|storage|account|folder)\b.{0,40}"
            r"\b(?:is |are |was )?(?:over ?)?full",
            r"full mail ?box",
            r"over ?quota|quota .{0,40}(?:exceed|full|violation|reached)|exceed\w* .{0,50}\bquota|out of quota",
            r"exceed\w* (?:the )?(?:local limit|(?:disk|storage|mailbox|maximum|space) (?:space|allocation|size"
            r"|limit))",
            r"size for this (?:user|mailbox) exceeded"
            r"|mailbox.{0,40}exceed\w* (?:allowed )?(?:the )?(?:local )?(?:size|limit)",
            r"user mailbox exceeds|too (?:much mail data|many (?:messages|mails) in)",
            r"(?:out of|insufficient|not enough|no|low on) (?:\w+ )?(?:storage|disk|space)\b",
            r"disk full|mailbox would exceed|total message size exceeded",
            r"boîte .{0,40}pleine|quota d[ée]pass|postfach .{0,30}voll|skrzynka .{0,60}(?:pełn|przepełn)|przepełnion",
            r"buz[oó]n .{0,30}llen|casella .{0,40}piena|переполнен",
        ),
    ),
    (
        Cause.TOO_BIG,
        _any(
            r"(?:message|mail|body|content|e-?mail)\b.{0,40}\b(?:too (?:big|large|long)|size (?:exceed|limit)|exceeds)",
            r"exceed\w* .{0,40}(?:message|mail) size|size limit exceeded|RecipSizeLimit|over max size",
        ),
    ),
    (
        Cause.MOVED,
        _any(
            r"(?:recipient|mailbox|user|address|account|destination mailbox)\b.{0,30}\bha(?:s"
            r"|ve) (?:been )?(?:moved|changed)",
            r"has been replaced by|moved to .{0,60}@|relocated|no forwarding address",
        ),
    ),
    (
        Cause.NO_MAIL,
        _any(
            r"null ?mx|nullmx",
            r"domain .{0,80}(?:accepts? no|doesn.?t accept(?: any)?|does not accept(?: any)?) (?:e-?)?mail",
            r"couldn.?t find a mail exchanger|no smtp service|does not (?:accept|receive) mail\b",
            r"host/domain does not accept mail|smtp protocol returned a permanent error 5\d\d.{0,20}no smtp",
        ),
    ),
    (
        Cause.NO_ADDRESS,
        _any(
            # Exchange Online's directory-based edge blocking answers this for addresses that do not exist.
            r"5\.4\.1 .{0,80}\brecipient address rejected: access denied",
            r"possibly incorrect",  # Mimecast
            r"other recipients in the same domain",  # InterScan
            r"not listed in .{0,30}(?:directory|address book)|not found by smtp address|recip(?:ient)?notfound",
            r"no valid recipients for this MM",
        ),
    ),
    (
        Cause.REFUSED,
        _any(
            r"recipient preferences|too many recipients|too many invalid",
            r"(?:sender|from address|mail from|return path|originator)\b.{0,60}"
            r"(?:reject|denied|not (?:allowed|exist|found|valid)|invalid|unknown|unrout|verif|block)",
            r"(?:unrout\w+|invalid|unknown|bad|unresolvable) (?:sender|from)",
            r"unauthenticated|DMARC|\bSPF\b|\bDKIM\b|authenticat",
            r"black ?list|block ?list|\b(?:dns)?[rdsx]bl\b|spamhaus|spamcop|\bblocked\b|banned|reputation",
            r"\bspam\b|spam(?:ming|mer)|junk|unsolicited|bulk e?-?mail|content (?:reject|denied|filter)|virus|infected",
            r"reverse dns|\bPTR\b|reverse (?:lookup|address)|rDNS|unverifyable",
            r"relay(?:ing)? (?:access )?(?:denied|not|prohibited|through)|not (?:permitted|allowed) to relay"
            r"|we do not relay",
            r"access denied|policy|not authori[sz]ed|permission|prohibited|forbidden|restricted|not local; please",
            r"command output|mailer error|procmail|couldn.t create|service (?:currently )?unavailable",
            r"no access from mail server|open relay|rate limit|rejected for|greylist|loop|hops?\b|too many hop",
            r"you are not (?:a )?member|not (?:a )?(?:registered|subscribed)|members only|filtered|badrcptto",
        ),
    ),
    (
        Cause.DISABLED,
        _any(
            r"(?:account|mail ?box|user(?:name)?|address|recipient|destinataire|konto|compte|skrzynka)\b.{0,50}"
            r"(?:disabled|suspend|inactiv|locked|deactivat|expired|terminated|frozen|closed|temporarily|limited|bloqu"
            r"|gesperrt|zablokowan|over use|discontinued|not activ|not currently active)",
            r"(?:disabled|inactive|suspended|locked|deactivated|invalid/inactive|dormant|blocked) "
            r"(?:user|account|mail ?box|recipient|e-?mail address|address)",
            r"delivery to this (?:user|address) is restricted|not accepting (?:mail|messages)",
        ),
    ),
    (
        Cause.HOST_UNKNOWN,
        _any(
            r"\b(?:host|domain|hostname)s?\b[^:;\[\]\n]{0,60}\b(?:unknown|not found|does not exist"
            r"|doesn.?t exist|must exist|non-?exist)",
            r"(?:unknown|unresolvable|no such|illegal|invalid|nonexistent|bad destination) (?:host|domain)",
            r"couldn.?t find any host|unrout\w+able (?:mail )?(?:domain|address)|all relevant MX records point to non",
            r"domain name not found|illegal host/domain|remote domain doesn.?t exist|name or service not known",
            r"non-?existent (?:domain|host|internet domain)|NXDOMAIN|domain isn.?t|no (?:mx|a) record",
            r"all host address lookups failed permanently|dns lookup failure.{0,80}not found",
            r"domaine? .{0,30}(?:inconnu|introuvable)|домен",
        ),
    ),
    (
        Cause.USER_UNKNOWN,
        _any(
            r"(?:user|recipient|mail ?box|account|address|addressee|alias|customer|mailname|box|destination"
            r"|username|id)s?\b"
            r".{0,60}?\b(?:unknown|not (?:be )?(?:found|known|exist|recogni[sz]ed|listed|valid|a valid|located"
            r"|available)|"
            r"(?:does|do|did) ?n[o']t exist|doesn.?t exist|no longer (?:exist|valid|available|in use)|invalid"
            r"|incorrect|"
            r"is not |wasn.?t found|undeliverable|unavailable|unmatched|name not allowed)",
            r"(?:unknown|invalid|no such|illegal|nonexistent|bad|no valid|undefined|non-?existent|ambiguous|incorrect"
            r"|unrouteable|undeliverable|unregistered) (?:or \w+ )?(?:local |virtual |e-?mail |destination "
            r"|mail |final "
            r"delivery |remote )?(?:user(?:name| ?id)?|recipient|mail ?box|account|address|addressee|alias"
            r"|e-?mail|person)",
            r"user ?unknown|not a (?:valid|known) (?:user|mailbox|recipient)|no (?:mail ?box|account)\b"
            r"|not our customer",
            r"doesn.?t have an? .{0,80}account|dd this user|no valid recipients|not in (?:our|my|the) (?:list"
            r"|directory)|no user by that name",
            r"recipient address rejected\.?[ \t]*(?:\(in reply|$)|no longer on server",
            r"sorry, no mailbox here|possibly incorrect|unknown or illegal alias|mailbox not present|user not exist",
            r"n.existe pas|inconnu|unbekannt|existiert nicht|nicht gefunden|nie istnieje|nieznan|nie znaleziono"
            r"|no existe|desconocid|non esiste|sconosciut|inesistente|ディレクトリのリストにありません"
            r"|не существует|不存在",
        ),
    ),
    (
        Cause.CONNECTION,
        _any(r"timed? ?out|connection (?:refused|reset|lost)|socket error|unreachable|not respond|lost connection"),
    ),
)


def cause_of(text: str) -> Cause | None:
    """The cause that the words tell, None if they tell none known here."""
    text = text[:4000]
    return next((cause for cause, pattern in _TABLE if pattern.search(text)), None)
